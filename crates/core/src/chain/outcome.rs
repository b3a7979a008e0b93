//! How a chain ended, and along which nodes it took longest. Never changes anything.

use alloc::vec::Vec;

use super::{Chain, FlowOutcome, Stop};
use crate::flow::{Activity, End};
use crate::wire::chain::{ChainStatus, ChainSummary};

impl Chain {
    /// How many nodes stand where.
    #[must_use]
    pub fn summary(&self) -> ChainSummary {
        let mut summary = ChainSummary { total: self.total(), ..ChainSummary::default() };
        for status in (0..self.total()).filter_map(|index| self.status(index)) {
            let count = summary.count_mut(status);
            *count = count.saturating_add(1);
        }
        summary
    }

    /// How a node is counted; `None` where there is none.
    #[must_use]
    pub fn status(&self, index: u32) -> Option<ChainStatus> {
        let node = self.board.flow.node(index)?;
        Some(match (node.activity, node.end) {
            (Activity::Running, _) => ChainStatus::Running,
            (Activity::Planned, _) | (Activity::Idle, None) => ChainStatus::NotStarted,
            (Activity::Idle, Some(End::Successful)) => ChainStatus::Successful,
            (Activity::Idle, Some(End::Degraded | End::Replaced)) => ChainStatus::Degraded,
            (Activity::Idle, Some(End::Failed | End::Excused)) => ChainStatus::Failed,
            (Activity::Idle, Some(End::Canceled)) => ChainStatus::Canceled,
            (Activity::Idle, Some(End::Skipped)) => ChainStatus::Skipped,
        })
    }

    /// Whether every node has ended such that others go on.
    pub(super) fn is_completed(&self) -> bool {
        (0..self.total()).all(|index| self.end(index).is_some_and(End::is_good))
    }

    /// Of one that is over.
    pub(super) fn outcome(&self) -> FlowOutcome {
        if self.is_completed() {
            return FlowOutcome::Completed;
        }
        match self.standing().stop {
            Some(Stop::Canceled) => FlowOutcome::Canceled,
            Some(Stop::Deadline) => FlowOutcome::TimedOut,
            Some(Stop::Tolerance) | None if self.has_delivered() => FlowOutcome::Partial,
            Some(Stop::Tolerance) | None => FlowOutcome::Failed,
        }
    }

    /// Whether something that nothing depends on has an output.
    fn has_delivered(&self) -> bool {
        let has_output = |index: u32| matches!(self.end(index), Some(End::Successful | End::Degraded | End::Replaced));
        (0..self.total()).any(|index| self.edges().feeds(index).is_empty() && has_output(index))
    }

    /// Of all nodes that follow one after the other those whose executions of this generation took longest together, in their
    /// order, and how long, in milliseconds; of equals those that were written first.
    #[must_use]
    pub fn critical_path(&self) -> (Vec<u32>, u64) {
        let is_of_now =
            |index: &u32| self.item(*index).is_some_and(|item| item.generation == self.standing().generation);
        let took = |index: u32| Some(index).filter(is_of_now).and_then(|index| self.took_ms(index));
        let weights: Vec<u64> = (0..self.total()).map(|index| took(index).unwrap_or_default()).collect();
        let (path, sum) = super::graph::longest_path(self.edges(), &self.order, &weights);
        // What has not begun takes no time, and is no part of the way.
        (path.into_iter().filter(|index| took(*index).is_some()).collect(), sum)
    }

    /// How long a node's execution took, or has taken by the latest change; `None` where there is none.
    pub(crate) fn took_ms(&self, index: u32) -> Option<u64> {
        let item = self.item(index)?;
        let ended_at = item.answer.as_ref().map_or(self.standing().updated_at, |answer| answer.ended_at);
        Some(ended_at.since(item.started_at?).as_millis())
    }
}
