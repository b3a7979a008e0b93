//! Ways through the workflow, each once. Never takes one for another: a hash finds, the way itself decides. Never more of them
//! than [`VARIANTS_MAX`], and never more than [`VARIANT_STEPS_MAX`] nodes in all of them.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::super::mix;
use super::super::number::{number, place};
use super::super::times::Times;
use super::{VARIANT_STEPS_MAX, VARIANTS_MAX};

/// All ways that were gone.
#[derive(Debug, Clone, Default)]
pub(super) struct Paths {
    pub(super) list: Vec<VariantTally>,
    /// Interactions whose way came when there was no room for one more.
    pub(super) beyond: u64,
    /// All ways, one after the other.
    nodes: Vec<u32>,
    by_hash: BTreeMap<u64, u32>,
    /// Those whose hash another has: nobody's history, but who makes one up could have many.
    others: BTreeMap<Box<[u32]>, u32>,
}

/// What is counted of a way.
#[derive(Debug, Clone, Default)]
pub(super) struct VariantTally {
    /// In all ways, from where to where this one is.
    from: u32,
    to: u32,
    pub(super) count: u64,
    pub(super) errors: u64,
    pub(super) duration: Times,
}

impl Paths {
    /// The tally of a way, new or not; `None` of a new one for which there is no room.
    pub(super) fn of(&mut self, path: &[u32]) -> Option<&mut VariantTally> {
        let hash = mix::way(path);
        let first = self.by_hash.get(&hash).copied();
        let known = match first {
            Some(at) if self.is(at, path) => Some(at),
            Some(_) => self.others.get(path).copied(),
            None => None,
        };
        let at = match known {
            Some(at) => at,
            None => self.add(path)?,
        };
        if first.is_none() {
            self.by_hash.insert(hash, at);
        } else if known.is_none() {
            self.others.insert(path.into(), at);
        }
        self.list.get_mut(place(at))
    }

    /// The nodes of a way.
    pub(super) fn nodes(&self, tally: &VariantTally) -> &[u32] {
        self.nodes.get(place(tally.from)..place(tally.to)).unwrap_or_default()
    }

    fn is(&self, at: u32, path: &[u32]) -> bool {
        self.list.get(place(at)).is_some_and(|tally| self.nodes(tally) == path)
    }

    fn add(&mut self, path: &[u32]) -> Option<u32> {
        let steps = self.nodes.len().saturating_add(path.len());
        if self.list.len() >= VARIANTS_MAX || steps > VARIANT_STEPS_MAX {
            self.beyond = self.beyond.saturating_add(1);
            return None;
        }
        let (from, at) = (number(self.nodes.len()), number(self.list.len()));
        self.nodes.extend_from_slice(path);
        self.list.push(VariantTally { from, to: number(steps), ..VariantTally::default() });
        Some(at)
    }
}
