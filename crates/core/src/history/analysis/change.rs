//! Which node changed which variable, how often. Never more pairs than [`CHANGES_MAX`]: names beyond are data.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::super::ChangeKind;
use super::super::log::{NO_VARIABLE, unpacked};
use super::super::number::{number, place};

/// Counts by node and variable.
#[derive(Debug, Clone, Default)]
pub(super) struct ChangeTallies {
    pub(super) list: Vec<ChangeTally>,
    pub(super) is_full: bool,
    numbers: BTreeMap<(u32, u32), u32>,
    /// What was asked for lately.
    recent: Vec<u32>,
}

/// Of one pair.
#[derive(Debug, Clone, Default)]
pub(super) struct ChangeTally {
    pub(super) node: u32,
    pub(super) variable: u32,
    /// Changed, added, removed, retyped.
    pub(super) counts: [u64; 4],
}

impl ChangeTallies {
    pub(super) fn add(&mut self, node: u32, change: u32) {
        let (variable, kind) = unpacked(change);
        let tally = if variable == NO_VARIABLE { None } else { self.of(node, variable) };
        let Some(tally) = tally else {
            self.is_full = true;
            return;
        };
        let [changed, added, removed, retyped] = &mut tally.counts;
        let count = match kind {
            ChangeKind::Changed => changed,
            ChangeKind::Added => added,
            ChangeKind::Removed => removed,
            ChangeKind::Retyped => retyped,
        };
        *count = count.saturating_add(1);
    }

    fn of(&mut self, node: u32, variable: u32) -> Option<&mut ChangeTally> {
        let slot = place(node).wrapping_mul(37).wrapping_add(place(variable)) % SLOTS;
        if self.recent.is_empty() {
            self.recent.resize(SLOTS, u32::MAX);
        }
        let recent = self.recent.get(slot).copied().unwrap_or(u32::MAX);
        let is_it = self.list.get(place(recent)).is_some_and(|tally| (tally.node, tally.variable) == (node, variable));
        if is_it {
            return self.list.get_mut(place(recent));
        }
        let at = match self.numbers.get(&(node, variable)) {
            Some(at) => *at,
            None if self.list.len() >= CHANGES_MAX => return None,
            None => {
                let at = number(self.list.len());
                self.list.push(ChangeTally { node, variable, ..ChangeTally::default() });
                self.numbers.insert((node, variable), at);
                at
            }
        };
        if let Some(slot) = self.recent.get_mut(slot) {
            *slot = at;
        }
        self.list.get_mut(place(at))
    }
}

/// Different pairs of node and variable that are told.
const CHANGES_MAX: usize = 100_000;

const SLOTS: usize = 1_024;
