//! What a redrive would run again. Changes nothing.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Chain, GENERATIONS_MAX};
use crate::flow::Activity;
use crate::validate::{ChainRedrive, Code, Faults, Invalid};
use crate::wire::chain::ChainStatus;

/// What a redrive runs again, if all goes well: what fails on the way keeps others from it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChainRedrivePlan {
    /// Those that were chosen, in order.
    pub nodes: Vec<u32>,
    /// Those that depend on them, in order: they run again after them, whatever became of them before.
    pub after: Vec<u32>,
    /// Those that were named, and stay as they are, in order.
    pub left_out: Vec<u32>,
}

impl Chain {
    /// Chooses what a redrive runs again: all that failed, was canceled or did not start, or what was named.
    ///
    /// # Errors
    /// [`Invalid`] with the pointer of each node that there is not, or for a chain that was redriven too often.
    pub fn plan(&self, request: &ChainRedrive) -> Result<ChainRedrivePlan, Invalid> {
        let faults = Faults::default();
        if self.standing().generation >= GENERATIONS_MAX {
            let message = format!("cannot be redriven: it has had its {GENERATIONS_MAX} generations");
            faults.add(String::new(), Code::Contradiction, message);
        }
        let named = request.nodes.as_ref().map(|names| self.find(names, &faults));
        faults.check(Some(()))?;
        let chosen = match &named {
            Some(named) => named.clone(),
            None => (0..self.total()).filter(|index| self.is_unfinished(*index)).collect(),
        };
        let roots: BTreeSet<u32> = chosen.into_iter().filter(|index| self.may_be_redriven(*index)).collect();
        let planned = self.board.flow.clone().renew(&self.with_dependents(&roots));
        let (nodes, after): (Vec<u32>, Vec<u32>) = planned.iter().partition(|index| roots.contains(index));
        let left_out = named.into_iter().flatten().filter(|index| !planned.contains(index)).collect();
        Ok(ChainRedrivePlan { nodes, after, left_out })
    }

    /// Those of these that may have run on CXone without our knowing how it ended: to run them again may do it twice.
    #[must_use]
    pub fn may_have_run(&self, nodes: &[u32]) -> Vec<u32> {
        let may_have = |index: &u32| self.answer(*index).is_some_and(|answer| answer.may_have_run);
        nodes.iter().copied().filter(may_have).collect()
    }

    fn is_unfinished(&self, index: u32) -> bool {
        let unfinished = [ChainStatus::Failed, ChainStatus::Canceled, ChainStatus::NotStarted];
        self.status(index).is_some_and(|status| unfinished.contains(&status))
    }

    /// Whether a redrive may begin with it: it is idle, not successful, and nothing that depends on it is under way, for that
    /// has what it needs from this run.
    pub(super) fn may_be_redriven(&self, index: u32) -> bool {
        let is_idle = self.board.flow.node(index).is_some_and(|node| node.activity == Activity::Idle);
        let is_free = |status| status != ChainStatus::Successful;
        let is_busy = |index: &u32| self.status(*index) == Some(ChainStatus::Running);
        is_idle
            && self.status(index).is_some_and(is_free)
            && !self.with_dependents(&BTreeSet::from([index])).iter().any(is_busy)
    }

    /// These, and all that needs one of them, by way of others or not; in order.
    pub(super) fn with_dependents(&self, roots: &BTreeSet<u32>) -> Vec<u32> {
        let mut found = roots.clone();
        let mut open: Vec<u32> = roots.iter().copied().collect();
        while let Some(index) = open.pop() {
            open.extend(self.edges().feeds(index).iter().copied().filter(|fed| found.insert(*fed)));
        }
        found.into_iter().collect()
    }

    fn find(&self, names: &[String], faults: &Faults) -> BTreeSet<u32> {
        let find = |(at, name): (usize, &String)| {
            let found = self.names.index(name);
            if found.is_none() {
                faults.add(format!("/nodes/{at}"), Code::UnknownNode, "is no node of this chain");
            }
            found
        };
        names.iter().enumerate().filter_map(find).collect()
    }
}
