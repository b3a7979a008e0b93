//! What the element asks of the server beside its connection: one question, one answer. Never says when.

use alloc::string::String;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// Where nodes and edges are drawn.
    Graph,
    /// What the node of that name came to.
    Output(String),
    /// What a redrive would run.
    Preview,
    /// A redrive.
    Redrive,
    /// A cancel.
    Cancel,
}

impl Errand {
    /// What stands behind the address of the chain: a path, a query. Names of nodes need no encoding.
    #[must_use]
    pub fn address(&self) -> String {
        match self {
            Self::Graph => "/graph?format=json".into(),
            Self::Output(node) => ["/results?node=", node].concat(),
            Self::Preview | Self::Redrive => "/redrive".into(),
            Self::Cancel => "/cancel".into(),
        }
    }

    /// What is posted; `None` for a question that changes nothing.
    #[must_use]
    pub const fn body(&self) -> Option<&'static str> {
        match self {
            Self::Graph | Self::Output(_) => None,
            Self::Preview => Some("{\"preview\":true}"),
            Self::Redrive | Self::Cancel => Some("{}"),
        }
    }
}
