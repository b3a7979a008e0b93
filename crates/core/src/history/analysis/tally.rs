//! What is counted of a node, an edge, and of the whole. Never a text.

use alloc::vec::Vec;

use super::super::log::Step;
use super::super::number::many;
use super::super::times::Times;
use super::outlier::Sample;
use super::walk::Walk;

/// Of a node.
#[derive(Debug, Clone, Default)]
pub(super) struct NodeTally {
    pub(super) dwell: Times,
    pub(super) waiting: Times,
    pub(super) contributed: i64,
    pub(super) flagged: u64,
    pub(super) interactions: u64,
    pub(super) starts: u64,
    pub(super) ends: u64,
    pub(super) kinds: Vec<u16>,
    pub(super) self_loops: u64,
    pub(super) repeats: u64,
    pub(super) back_and_forth: u64,
    pub(super) reworked: u64,
    pub(super) errors: u64,
    pub(super) first_errors: u64,
    pub(super) recovered: u64,
    /// The interaction, by its number in this analysis, that was here last; that had rework here; that succeeded here.
    pub(super) seen_in: u64,
    pub(super) reworked_in: u64,
    pub(super) succeeded_in: u64,
    /// What followed last, and the edge to it.
    pub(super) last_edge: Option<(u32, u32)>,
    pub(super) samples: Vec<Sample>,
}

/// Of an edge.
#[derive(Debug, Clone, Default)]
pub(super) struct EdgeTally {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) waiting: Times,
    pub(super) contributed: i64,
    pub(super) interactions: u64,
    pub(super) errors: u64,
    pub(super) seen_in: u64,
    pub(super) samples: Vec<Sample>,
}

/// Of all interactions.
#[derive(Debug, Clone, Default)]
pub(super) struct Whole {
    pub(super) interactions: u64,
    pub(super) steps: u64,
    /// From the first start to the last end, epoch milliseconds.
    pub(super) period: Option<(i64, i64)>,
    pub(super) duration: Times,
    pub(super) contributed: i64,
    pub(super) reworked: u64,
    pub(super) self_loops: u64,
    pub(super) back_and_forth: u64,
    pub(super) error_steps: u64,
    pub(super) error_interactions: u64,
    pub(super) went_on: u64,
    pub(super) recovered: u64,
    /// Times held for outliers; beyond the bound none are.
    pub(super) samples: usize,
}

impl NodeTally {
    pub(super) fn saw(&mut self, kind: u16) {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
    }

    /// Notes rework in an interaction, once.
    pub(super) fn rework(&mut self, interaction: u64) {
        if self.reworked_in != interaction {
            self.reworked_in = interaction;
            raise(&mut self.reworked);
        }
    }
}

impl Whole {
    pub(super) fn take(&mut self, walk: &Walk, steps: &[Step]) {
        raise(&mut self.interactions);
        self.steps = self.steps.saturating_add(many(steps.len()));
        let (from, to) = self.period.unwrap_or((walk.from, walk.to));
        self.period = Some((from.min(walk.from), to.max(walk.to)));
        self.duration.add(walk.duration);
        self.contributed = self.contributed.saturating_add(walk.duration);
        for (count, is_so) in [
            (&mut self.self_loops, walk.has_self_loop),
            (&mut self.back_and_forth, walk.has_return),
            (&mut self.reworked, walk.has_repeat),
            (&mut self.error_interactions, walk.has_error),
            (&mut self.went_on, walk.went_on),
            (&mut self.recovered, walk.recovered),
        ] {
            *count = count.saturating_add(u64::from(is_so));
        }
        self.error_steps = self.error_steps.saturating_add(walk.errors);
    }
}

pub(super) const fn raise(count: &mut u64) {
    *count = count.saturating_add(1);
}
