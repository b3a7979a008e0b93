//! What a person looks at: a node of the map, what its edges tell, which tables stand open.

/// What a person looks at, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// The node of the map that the keyboard is at, by its place.
    pub cursor: usize,
    /// Whether what there is to say of it is shown.
    pub is_open: bool,
    /// What nodes and edges tell.
    pub measure: Measure,
    /// How many of a hundred edges are drawn; `None` for what can be read.
    pub percent: Option<u64>,
    /// How large the map is drawn.
    pub size: Size,
    /// Sections whose table is shown, a bit each.
    tables: u32,
}

/// What nodes and edges tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Measure {
    /// How often.
    #[default]
    Count,
    /// How long, in the mean.
    Mean,
    /// How long, all together.
    Total,
}

/// How large the map is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Size {
    /// As large as there is room.
    #[default]
    Fit,
    /// At full size.
    Full,
}

/// What stands below each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The process map.
    Map,
    /// The ways that interactions went.
    Variants,
    /// Where the time goes.
    Bottlenecks,
    /// How long nodes took.
    Dwell,
    /// What is done again.
    Rework,
    /// What failed.
    Errors,
    /// Times that stand out.
    Outliers,
    /// Who changes what.
    Changes,
}

impl Look {
    /// Whether a section's table is shown.
    #[must_use]
    pub const fn has_table(&self, section: Section) -> bool {
        self.tables & section.bit() != 0
    }

    /// Shows it, or no longer.
    pub(super) const fn turn_table(&mut self, section: Section) {
        self.tables ^= section.bit();
    }
}

impl Measure {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Count, Self::Mean, Self::Total];

    /// As the page names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Mean => "mean",
            Self::Total => "total",
        }
    }
}

impl Section {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Map,
        Self::Variants,
        Self::Bottlenecks,
        Self::Dwell,
        Self::Rework,
        Self::Errors,
        Self::Outliers,
        Self::Changes,
    ];

    /// As the page names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Variants => "variants",
            Self::Bottlenecks => "bottlenecks",
            Self::Dwell => "dwell",
            Self::Rework => "rework",
            Self::Errors => "errors",
            Self::Outliers => "outliers",
            Self::Changes => "changes",
        }
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}
