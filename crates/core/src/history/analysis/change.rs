//! Which node changed which variable, how often. Never more pairs than [`CHANGES_MAX`]: names beyond are data.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::super::ChangeKind;
use super::super::log::{NO_VARIABLE, unpacked};
use super::super::number::place;
use super::tally::raise;

/// Counts by node and variable.
#[derive(Debug, Clone, Default)]
pub(super) struct ChangeTallies {
    pub(super) is_full: bool,
    /// Of the first nodes and variables, which most changes are of: by node, then by change as it is packed.
    near: Vec<u64>,
    /// Of others.
    far: BTreeMap<(u32, u32), Counts>,
}

/// How often: changed, added, removed, retyped.
pub(super) type Counts = [u64; 4];

impl ChangeTallies {
    pub(super) fn add(&mut self, node: u32, change: u32) {
        let (row, column) = (place(node), place(change));
        if row < NODES_NEAR && column < CHANGES_NEAR {
            let at = row.saturating_mul(CHANGES_NEAR).saturating_add(column);
            if at >= self.near.len() {
                self.near.resize(row.saturating_add(1).saturating_mul(CHANGES_NEAR), 0);
            }
            return self.near.get_mut(at).into_iter().for_each(raise);
        }
        let (variable, kind) = unpacked(change);
        let Some(counts) = self.far(node, variable) else {
            self.is_full = true;
            return;
        };
        let [changed, added, removed, retyped] = counts;
        raise(match kind {
            ChangeKind::Changed => changed,
            ChangeKind::Added => added,
            ChangeKind::Removed => removed,
            ChangeKind::Retyped => retyped,
        });
    }

    /// Node, variable and counts of each pair with any.
    pub(super) fn list(&self) -> Vec<(u32, u32, Counts)> {
        let mut list = Vec::new();
        let (rows, _) = self.near.as_chunks::<CHANGES_NEAR>();
        for (node, row) in (0..).zip(rows) {
            let (variables, _) = row.as_chunks::<4>();
            let some = (0..).zip(variables).filter(|(_, counts)| counts.iter().any(|count| *count > 0));
            list.extend(some.map(|(variable, counts)| (node, variable, *counts)));
        }
        list.extend(self.far.iter().map(|((node, variable), counts)| (*node, *variable, *counts)));
        list
    }

    fn far(&mut self, node: u32, variable: u32) -> Option<&mut Counts> {
        let is_known = self.far.contains_key(&(node, variable));
        let has_room = self.far.len() < CHANGES_MAX && variable != NO_VARIABLE;
        (is_known || has_room).then(|| self.far.entry((node, variable)).or_default())
    }
}

/// Different pairs of node and variable that are told, beyond those that have a place of their own.
const CHANGES_MAX: usize = 100_000;

/// 256 KiB at most.
const NODES_NEAR: usize = 128;
const CHANGES_NEAR: usize = 256;
