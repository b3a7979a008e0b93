//! What an analysis looks for, and of what.

use alloc::string::String;

use super::hours::OpenHours;
use crate::time::{Span, Timestamp};

/// How a history is analysed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// A dwell time beyond this one is a bottleneck's. 15 s.
    pub threshold: Span,
    /// Whose dwell times are held against it. Decisions.
    pub judged: Judged,
    /// What becomes of a step without an end. It is left out.
    pub missing_end: MissingEnd,
    /// When the clock runs. Always.
    pub hours: Option<OpenHours>,
    /// Whether times are held against their own past, which takes as much memory as the steps themselves.
    pub outliers: Outliers,
    /// Variants, bottlenecks, outliers, and changed variables that are listed: the first so many. 20.
    pub top: usize,
}

/// Nodes that a bottleneck may be at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// Those of a type that decides: `DECISION`, `ROUTING`, `CONDITION`.
    Decisions,
    /// All.
    All,
}

/// What becomes of a step that has a start only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingEnd {
    /// It is left out.
    LeaveOut,
    /// It ends when the interaction's next step starts; the last one is left out.
    TakeNextStart,
}

/// Whether outliers are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outliers {
    /// Yes.
    Find,
    /// No: the report says so.
    Skip,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threshold: Span::from_secs(15),
            judged: Judged::Decisions,
            missing_end: MissingEnd::LeaveOut,
            hours: None,
            outliers: Outliers::Find,
            top: 20,
        }
    }
}

/// Which interactions are analysed; each condition that is given has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Those whose first step starts then or later.
    pub from: Option<Timestamp>,
    /// Those whose first step starts earlier.
    pub until: Option<Timestamp>,
    /// Those that went this way: a variant's id, as in the report.
    pub variant: Option<String>,
    /// Those that visited this node.
    pub node: Option<String>,
    /// Those with an error in any step, or those without.
    pub error: Option<bool>,
}

/// Whether a type of node decides where an interaction goes.
#[must_use]
pub fn is_decision(node_type: &str) -> bool {
    matches!(node_type, "DECISION" | "ROUTING" | "CONDITION")
}

/// Whether a type of node is one that we know.
#[must_use]
pub fn is_known(node_type: &str) -> bool {
    is_decision(node_type) || KNOWN.contains(&node_type)
}

/// Types that are known and decide nothing; a state is one of a contact, which CXone's reporting tells.
const KNOWN: [&str; 9] = ["START", "END", "ACTION", "MENU", "QUEUE", "AGENT", "SCRIPT", "WAIT", "STATE"];
