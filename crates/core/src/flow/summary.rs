//! How a flow's nodes are counted. Never says why one stands where it does.

use serde::{Deserialize, Serialize};

/// How a node is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ItemStatus"))]
#[serde(rename_all = "snake_case")]
pub enum NodeStatus {
    /// CXone completed it, now or for somebody else a short while ago.
    Successful,
    /// CXone says that it failed, or refused it, or broke its own rules.
    Failed,
    /// It did not end in time: an old result stands in, or there is none.
    Degraded,
    /// It was stopped.
    Canceled,
    /// It has not begun, or not again.
    NotStarted,
    /// It has begun.
    Running,
}

/// How many nodes stand where. The six parts add up to `total` at every moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Summary {
    /// All of them.
    pub total: u32,
    /// Completed by CXone, now or for somebody else a short while ago.
    pub successful: u32,
    /// Failed on CXone, or refused by it.
    pub failed: u32,
    /// Not ended in time: with an old result, or with none.
    pub degraded: u32,
    /// Stopped.
    pub canceled: u32,
    /// Not begun, or not again.
    pub not_started: u32,
    /// Begun, and not ended.
    pub running: u32,
}

impl NodeStatus {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Successful, Self::Failed, Self::Degraded, Self::Canceled, Self::NotStarted, Self::Running];

    /// What a redrive takes, unless it is told otherwise.
    pub const REDRIVEN: [Self; 4] = [Self::Failed, Self::Degraded, Self::Canceled, Self::NotStarted];

    /// Ours, as in JSON: `not_started`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Successful => "successful",
            Self::Failed => "failed",
            Self::Degraded => "degraded",
            Self::Canceled => "canceled",
            Self::NotStarted => "not_started",
            Self::Running => "running",
        }
    }

    /// Its first letter: `n`. No two begin alike.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Successful => 's',
            Self::Failed => 'f',
            Self::Degraded => 'd',
            Self::Canceled => 'c',
            Self::NotStarted => 'n',
            Self::Running => 'r',
        }
    }
}

impl Summary {
    /// How many of this status.
    #[must_use]
    pub const fn count(&self, status: NodeStatus) -> u32 {
        match status {
            NodeStatus::Successful => self.successful,
            NodeStatus::Failed => self.failed,
            NodeStatus::Degraded => self.degraded,
            NodeStatus::Canceled => self.canceled,
            NodeStatus::NotStarted => self.not_started,
            NodeStatus::Running => self.running,
        }
    }

    /// How many have ended and are not to start again.
    #[must_use]
    pub const fn ended(&self) -> u32 {
        self.total.saturating_sub(self.not_started).saturating_sub(self.running)
    }

    pub(super) const fn count_mut(&mut self, status: NodeStatus) -> &mut u32 {
        match status {
            NodeStatus::Successful => &mut self.successful,
            NodeStatus::Failed => &mut self.failed,
            NodeStatus::Degraded => &mut self.degraded,
            NodeStatus::Canceled => &mut self.canceled,
            NodeStatus::NotStarted => &mut self.not_started,
            NodeStatus::Running => &mut self.running,
        }
    }

    pub(super) const fn move_one(&mut self, from: NodeStatus, to: NodeStatus) {
        let count = self.count_mut(from);
        *count = count.saturating_sub(1);
        let count = self.count_mut(to);
        *count = count.saturating_add(1);
    }
}
