//! Ways through the workflow, each once. Never takes one for another: a hash finds, the way itself decides.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::super::number::{number, place};
use super::super::times::Times;

/// All ways that were gone.
#[derive(Debug, Clone, Default)]
pub(super) struct Paths {
    pub(super) list: Vec<VariantTally>,
    by_hash: BTreeMap<u64, u32>,
    /// Those whose hash another has: nobody's history, but who makes one up could have many.
    others: BTreeMap<Box<[u32]>, u32>,
}

/// What is counted of a way.
#[derive(Debug, Clone, Default)]
pub(super) struct VariantTally {
    pub(super) path: Box<[u32]>,
    pub(super) count: u64,
    pub(super) errors: u64,
    pub(super) duration: Times,
}

impl Paths {
    /// The tally of a way, new or not; always there.
    pub(super) fn of(&mut self, path: &[u32]) -> Option<&mut VariantTally> {
        let next = number(self.list.len());
        let known = *self.by_hash.entry(hash(path)).or_insert(next);
        let at = match self.list.get(place(known)) {
            None => known,
            Some(tally) if *tally.path == *path => known,
            Some(_) => match self.others.get(path) {
                Some(at) => *at,
                None => {
                    self.others.insert(path.into(), next);
                    next
                }
            },
        };
        if at == next {
            self.list.push(VariantTally { path: path.into(), ..VariantTally::default() });
        }
        self.list.get_mut(place(at))
    }
}

/// After FNV-1a, a word at a time.
fn hash(path: &[u32]) -> u64 {
    let mix = |hash: u64, node: &u32| {
        let mixed = (hash ^ u64::from(*node)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    };
    path.iter().fold(0xcbf2_9ce4_8422_2325, mix)
}
