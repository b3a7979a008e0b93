//! What the element asks of the server beside its connection: one question, one answer. Never says when.

use alloc::string::String;

use crate::filter::Filter;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// The report; with the number of the question, for an answer to an earlier one is no news.
    Report(u32, Filter),
    /// A file for other tools, which the page keeps.
    Save(Export, Filter),
    /// A cancel.
    Cancel,
}

/// A file for other tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// For process mining: IEEE 1849.
    Xes,
    /// For tables.
    Csv,
    /// For Graphviz.
    Dot,
    /// For Mermaid.
    Mermaid,
    /// A line of JSON for each step.
    Steps,
    /// What is shown.
    Report,
}

impl Errand {
    /// What stands behind the address of the history: a path, a query.
    #[must_use]
    pub fn address(&self) -> String {
        match self {
            Self::Report(_, filter) => filter.address("/report"),
            Self::Save(export, filter) => filter.address(export.path()),
            Self::Cancel => "/cancel".into(),
        }
    }

    /// What is posted; `None` for a question that changes nothing.
    #[must_use]
    pub const fn body(&self) -> Option<&'static str> {
        match self {
            Self::Report(..) | Self::Save(..) => None,
            Self::Cancel => Some("{}"),
        }
    }
}

impl Export {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 6] = [Self::Xes, Self::Csv, Self::Dot, Self::Mermaid, Self::Steps, Self::Report];

    /// As the page names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xes => "xes",
            Self::Csv => "csv",
            Self::Dot => "dot",
            Self::Mermaid => "mermaid",
            Self::Steps => "steps",
            Self::Report => "report",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|export| export.name() == name)
    }

    /// What a file of it is called after the history's id.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Xes => ".xes",
            Self::Csv => ".csv",
            Self::Dot => ".dot",
            Self::Mermaid => ".mmd",
            Self::Steps => ".ndjson",
            Self::Report => ".json",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Xes => "/export?format=xes",
            Self::Csv => "/export?format=csv",
            Self::Dot => "/export?format=dot",
            Self::Mermaid => "/export?format=mermaid",
            Self::Steps => "/steps",
            Self::Report => "/report",
        }
    }
}
