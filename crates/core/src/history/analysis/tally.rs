//! What is counted of a node, an edge, and of the whole. Never a text.

use alloc::vec::Vec;

use super::super::log::Step;
use super::super::number::{many, place};
use super::super::times::Times;
use super::outlier::Sample;
use super::walk::Walk;

/// Of a node.
#[derive(Debug, Clone, Default)]
pub(super) struct NodeTally {
    pub(super) dwell: Times,
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
    pub(super) next: Next,
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

/// The edges that leave a node, by where they lead.
#[derive(Debug, Clone, Default)]
pub(super) struct Next {
    /// To the nodes that came first, by their number: most steps are theirs, and no search is faster than a place.
    near: Vec<u32>,
    /// To others, in order.
    far: Vec<(u32, u32)>,
}

impl Next {
    pub(super) fn find(&self, to: u32) -> Option<u32> {
        let edge = match self.near.get(place(to)) {
            Some(edge) => *edge,
            None if to < NEAR => NO_EDGE,
            None => {
                let at = self.far.binary_search_by_key(&to, |next| next.0).ok();
                at.and_then(|at| self.far.get(at)).map_or(NO_EDGE, |next| next.1)
            }
        };
        (edge != NO_EDGE).then_some(edge)
    }

    /// Adds an edge that is not there yet.
    pub(super) fn add(&mut self, to: u32, edge: u32) {
        if to >= NEAR {
            let at = self.far.partition_point(|next| next.0 < to);
            return self.far.insert(at, (to, edge));
        }
        if self.near.len() <= place(to) {
            self.near.resize(place(to).saturating_add(1), NO_EDGE);
        }
        if let Some(slot) = self.near.get_mut(place(to)) {
            *slot = edge;
        }
    }
}

const NO_EDGE: u32 = u32::MAX;

/// Nodes that have a place of their own: 512 bytes for each node in the worst case.
const NEAR: u32 = 128;

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

    /// Notes a visit in an interaction, and gives whether it is not the first. Without a branch: no processor guesses who
    /// comes back.
    pub(super) fn visit(&mut self, interaction: u64) -> bool {
        let is_again = self.seen_in == interaction;
        let is_new_rework = is_again && self.reworked_in != interaction;
        self.seen_in = interaction;
        self.reworked_in = if is_again { interaction } else { self.reworked_in };
        count_if(&mut self.interactions, !is_again);
        count_if(&mut self.repeats, is_again);
        count_if(&mut self.reworked, is_new_rework);
        is_again
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
            count_if(count, is_so);
        }
        self.error_steps = self.error_steps.saturating_add(walk.errors);
    }
}

pub(super) fn count_if(count: &mut u64, is_so: bool) {
    *count = count.saturating_add(u64::from(is_so));
}

pub(super) const fn raise(count: &mut u64) {
    *count = count.saturating_add(1);
}
