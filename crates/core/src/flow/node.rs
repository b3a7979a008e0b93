//! Where one node of a flow stands: two bytes. Never says why.

use serde::{Deserialize, Serialize};

use super::NodeStatus;

/// Where one node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Node {
    /// What it does.
    pub activity: Activity,
    /// How it last ended; `None` before it ever did.
    pub end: Option<End>,
}

/// What a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Activity {
    /// It is to start.
    #[default]
    Planned,
    /// It has started.
    Running,
    /// It has ended, or is not to start.
    Idle,
}

/// How a node ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// With an answer.
    Successful,
    /// In time with an old answer, or with none: what needs it goes on.
    Degraded,
    /// Badly: what needs it does not start.
    Failed,
    /// Stopped: what needs it does not start.
    Canceled,
    /// Not run, because nobody wanted it: what needs it goes on. Of chains.
    Skipped,
    /// Badly, and what needs it goes on all the same. Of chains.
    Excused,
    /// Badly, and a value of the caller's stands in: what needs it goes on. Of chains.
    Replaced,
}

impl Node {
    /// How it is counted.
    #[must_use]
    pub const fn status(self) -> NodeStatus {
        match (self.activity, self.end) {
            (Activity::Running, _) => NodeStatus::Running,
            (Activity::Planned, _) | (Activity::Idle, None) => NodeStatus::NotStarted,
            // A chain tells those that were skipped apart by itself.
            (Activity::Idle, Some(End::Successful | End::Skipped)) => NodeStatus::Successful,
            (Activity::Idle, Some(End::Degraded | End::Replaced)) => NodeStatus::Degraded,
            (Activity::Idle, Some(End::Failed | End::Excused)) => NodeStatus::Failed,
            (Activity::Idle, Some(End::Canceled)) => NodeStatus::Canceled,
        }
    }
}

impl End {
    /// Whether what needs it may start.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Successful | Self::Degraded | Self::Skipped | Self::Excused | Self::Replaced)
    }
}
