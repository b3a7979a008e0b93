//! What a person looks at: one node, what it came to, and how large all are drawn.

use alloc::string::String;

use cxpulse_element::flow::reason_of;

use crate::results::output;
use crate::snapshot::{Class, Snapshot};

/// What a person looks at, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// The node that the keyboard is at, by its place.
    pub cursor: usize,
    /// Whether what there is to say of it is shown.
    pub is_open: bool,
    /// What that node came to, as far as somebody asked.
    pub output: Output,
    /// How large nodes are drawn; `None` for what suits their number.
    pub size: Option<Size>,
    /// As a list, where there would be room for a graph.
    pub is_list: bool,
}

/// What a node came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Output {
    /// Nobody asked.
    #[default]
    Unasked,
    /// The server was asked.
    Asked,
    /// That; empty for a node without one.
    Known(String),
    /// The server did not say: the HTTP status, or 0 for no answer, and its reason.
    Refused(u16, String),
}

/// How large nodes are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Name, state, time.
    Large,
    /// Name and state.
    Small,
    /// State.
    Tiny,
}

impl Look {
    /// How large so many nodes are drawn.
    #[must_use]
    pub fn size(&self, nodes: usize) -> Size {
        self.size.unwrap_or(if nodes <= LARGE_MAX {
            Size::Large
        } else if nodes <= SMALL_MAX {
            Size::Small
        } else {
            Size::Tiny
        })
    }

    /// The keyboard is at another node; what is shown of one follows.
    pub(super) fn go(&mut self, node: usize) {
        if self.cursor != node {
            self.cursor = node;
            self.output = Output::Unasked;
        }
    }

    pub(super) fn answered(&mut self, node: &str, status: u16, text: &str) {
        if self.output == Output::Asked {
            let found = Some(text).filter(|_| status == 200).and_then(|text| output(text, node));
            self.output = found.map_or_else(|| Output::Refused(status, reason_of(text)), Output::Known);
        }
    }

    /// What a node came to before it ran again, or while it had not ended, is nothing to be shown any more.
    pub(super) fn settle(&mut self, before: &Snapshot, after: &Snapshot) {
        let [before, after] = [before, after].map(|snapshot| snapshot.nodes.get(self.cursor));
        let run = |node: &crate::snapshot::Node| (node.generation, node.class == Class::Running);
        if before.map(run) != after.map(run) {
            self.output = Output::Unasked;
        }
    }
}

impl Size {
    /// As the style sheet has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Large => "large",
            Self::Small => "small",
            Self::Tiny => "tiny",
        }
    }

    /// One step larger; `None` from the largest.
    #[must_use]
    pub const fn larger(self) -> Option<Self> {
        match self {
            Self::Large => None,
            Self::Small => Some(Self::Large),
            Self::Tiny => Some(Self::Small),
        }
    }

    /// One step smaller; `None` from the smallest.
    #[must_use]
    pub const fn smaller(self) -> Option<Self> {
        match self {
            Self::Large => Some(Self::Small),
            Self::Small => Some(Self::Tiny),
            Self::Tiny => None,
        }
    }
}

/// Nodes that are drawn with all there is to say.
const LARGE_MAX: usize = 24;

/// Nodes that are drawn with their names.
const SMALL_MAX: usize = 150;
