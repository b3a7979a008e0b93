//! What the element asks of the server beside its connection: one question, one answer. Never says when.

use alloc::string::String;

use cxpulse_element::text::decimal;

use crate::snapshot::Class;

/// One question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// One letter for each item.
    Grid,
    /// The item at that place.
    Item(u64),
    /// A page of items.
    Page(Query),
    /// What a redrive would run.
    Preview,
    /// A redrive.
    Redrive,
    /// A cancel.
    Cancel,
}

/// Which page of which items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Query {
    /// Which items; `None` for all.
    pub filter: Option<Filter>,
    /// How many of them stand before the page.
    pub offset: u64,
}

/// Which items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Those that failed or are degraded.
    Faulty,
    /// Those that are counted so.
    Only(Class),
}

impl Errand {
    /// What stands behind the address of the batch: a path, a query.
    #[must_use]
    pub fn address(self) -> String {
        match self {
            Self::Grid => "?fields=grid".into(),
            Self::Item(index) => ["?limit=1&offset=", &decimal(index)].concat(),
            Self::Page(query) => {
                let status = query.filter.map_or("", Filter::words);
                let status_is = if status.is_empty() { "" } else { "&status=" };
                ["?limit=", &decimal(ROWS), "&offset=", &decimal(query.offset), status_is, status].concat()
            }
            Self::Preview | Self::Redrive => "/redrive".into(),
            Self::Cancel => "/cancel".into(),
        }
    }

    /// What is posted; `None` for a question that changes nothing.
    #[must_use]
    pub const fn body(self) -> Option<&'static str> {
        match self {
            Self::Grid | Self::Item(_) | Self::Page(_) => None,
            Self::Preview => Some("{\"preview\":true}"),
            Self::Redrive | Self::Cancel => Some("{}"),
        }
    }
}

impl Filter {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Faulty,
        Self::Only(Class::Successful),
        Self::Only(Class::Degraded),
        Self::Only(Class::Failed),
        Self::Only(Class::Canceled),
        Self::Only(Class::Running),
        Self::Only(Class::NotStarted),
    ];

    /// As the wire has it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Faulty => "failed,degraded",
            Self::Only(class) => class.name(),
        }
    }

    /// The filter of those words; `None` for all items.
    #[must_use]
    pub fn of(words: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.words() == words)
    }
}

/// Items of a page.
pub const ROWS: u64 = 25;
