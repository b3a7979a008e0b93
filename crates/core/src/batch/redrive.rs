//! What a redrive would run again. Changes nothing.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Batch, GENERATIONS_MAX};
use crate::flow::NodeStatus;
use crate::validate::{BatchRedrive, Code, Faults, Invalid};

/// What a redrive runs again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Indices, in order.
    pub items: Vec<u32>,
    /// Items that were asked for, and stay as they are: they are successful, under way or to start.
    pub left_out: u32,
}

impl Batch {
    /// Chooses what a redrive runs again.
    ///
    /// # Errors
    /// [`Invalid`] with the pointer of each item that there is not, or for a batch that was redriven too often.
    pub fn plan(&self, request: &BatchRedrive) -> Result<Plan, Invalid> {
        let faults = Faults::default();
        if self.standing().generation >= GENERATIONS_MAX {
            let message = format!("cannot be redriven: it has had its {GENERATIONS_MAX} generations");
            faults.add(String::new(), Code::Contradiction, message);
        }
        let named = request.items.as_ref().map(|ids| self.find(ids, &faults));
        faults.check(Some(()))?;
        let (named, is_named) = match named {
            Some(named) => (named.into_iter().collect::<Vec<_>>(), true),
            None => ((0..self.summary().total).collect(), false),
        };
        let is_meant = |index: &u32| self.status(*index).is_some_and(|status| request.statuses.contains(&status));
        let items: Vec<u32> =
            named.iter().copied().filter(|index| is_meant(index) && self.may_be_redriven(*index)).collect();
        let left_out = if is_named { named.len().saturating_sub(items.len()) } else { 0 };
        Ok(Plan { items, left_out: u32::try_from(left_out).unwrap_or(u32::MAX) })
    }

    /// How many of these have this status.
    #[must_use]
    pub fn count_of(&self, items: &[u32], status: NodeStatus) -> u32 {
        let count = items.iter().filter(|index| self.status(**index) == Some(status)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Those of these that may have run on CXone without our knowing how it ended: to run them again may do it twice.
    #[must_use]
    pub fn may_have_run(&self, items: &[u32]) -> Vec<u32> {
        let may_have = |index: &u32| {
            let answer = self.board.shown_answer(*index);
            answer.is_some_and(|answer| answer.may_have_run)
        };
        items.iter().copied().filter(may_have).collect()
    }

    fn find(&self, ids: &[String], faults: &Faults) -> BTreeSet<u32> {
        let find = |(at, id): (usize, &String)| {
            let found = self.names.index(id);
            if found.is_none() {
                faults.add(format!("/items/{at}"), Code::OutOfRange, "is no item of this batch");
            }
            found
        };
        ids.iter().enumerate().filter_map(find).collect()
    }
}
