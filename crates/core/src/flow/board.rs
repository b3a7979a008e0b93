//! Nodes with executions, on a scheduler: what a batch and a chain have in common. Never decides what an end means.

use alloc::vec::Vec;

use super::{Aftermath, Answer, Edges, Flow, Item, Limits, Node, NodeStatus, Rate, Standing, Stop, Turn};
use crate::execution::Ignored;
use crate::id::Run;
use crate::time::{Span, Timestamp};

/// A flow in memory: some hundred bytes a node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Board {
    pub(crate) standing: Standing,
    items: Vec<Item>,
    pub(crate) flow: Flow,
}

impl Board {
    /// A new flow, whose first nodes are due to start at once.
    pub(crate) fn open(limits: Limits, edges: Edges, total: u32, created_at: Timestamp, timeout: Span) -> Self {
        let standing = Standing { next_run: total, ..Standing::open(created_at, timeout) };
        Self::restore(limits, edges, total, standing, |_| None)
    }

    /// The flow as it was saved. `row` gives a node by its index; one that there is no row of is as [`Item::new`] made it.
    pub(crate) fn restore(
        limits: Limits,
        edges: Edges,
        total: u32,
        standing: Standing,
        mut row: impl FnMut(u32) -> Option<Item>,
    ) -> Self {
        let numbers = (0..total).filter_map(|index| Some((index, Run::new(index)?)));
        let items: Vec<Item> = numbers.map(|(index, run)| row(index).unwrap_or_else(|| Item::new(run))).collect();
        let nodes = items.iter().map(|item| item.node(standing.floor));
        let flow = Flow::restore(limits, edges, nodes, standing.excused);
        Self { standing, items, flow }
    }

    pub(crate) fn item(&self, index: u32) -> Option<&Item> {
        self.items.get(usize::try_from(index).ok()?)
    }

    pub(crate) const fn total(&self) -> u32 {
        self.flow.summary().total
    }

    pub(crate) fn status(&self, index: u32) -> Option<NodeStatus> {
        self.flow.node(index).map(Node::status)
    }

    /// Nodes under way, in order, each with its execution.
    pub(crate) fn running(&self) -> impl Iterator<Item = (u32, Run)> + '_ {
        self.flow.running().filter_map(|index| Some((index, self.item(index)?.run)))
    }

    /// The node that this is the latest run of; `None` where it is none's.
    pub(crate) fn item_of(&self, run: u32) -> Option<u32> {
        let is_it = |index: &u32| self.item(*index).is_some_and(|item| item.run.get() == run);
        // That of a first generation stands where its number says.
        Some(run).filter(is_it).or_else(|| (0..self.total()).find(is_it))
    }

    pub(crate) fn shown_answer(&self, index: u32) -> Option<&Answer> {
        self.item(index)?.shown_answer(self.standing.floor)
    }

    pub(crate) const fn is_over(&self) -> bool {
        self.standing.ended.is_some()
    }

    /// The instant that a step is at: time never runs back past what was seen.
    pub(crate) fn see(&mut self, now: Timestamp) -> Timestamp {
        self.standing.see(now)
    }

    /// The end of a step: counts a change, or says why there was none.
    pub(crate) fn conclude<E>(&mut self, turn: &mut Turn<E>, now: Timestamp) {
        self.standing.conclude(turn, now);
    }

    /// Whether anybody waits for the end of this run; why not, where nobody does.
    pub(crate) fn expects(&self, index: u32, answer: &Answer) -> Result<(), Ignored> {
        let item = self.item(index).ok_or(Ignored::Stale)?;
        if item.is_running() && item.run == answer.run {
            return Ok(());
        }
        // What the flow made of its end is no other end.
        let is_it = |known: &Answer| Answer { end: answer.end, ..known.clone() } == *answer;
        Err(if item.answer.as_ref().is_some_and(is_it) { Ignored::Repeated } else { Ignored::Stale })
    }

    /// A node that runs has ended so.
    pub(crate) fn take_end(&mut self, index: u32, answer: Answer, now: Timestamp) -> Aftermath {
        let Some(item) = self.item(index) else { return Aftermath::default() };
        let end = answer.end;
        let merged = item.clone().merge(answer);
        self.replace(index, merged);
        self.standing.rate.ended(now);
        self.flow.end(index, end).unwrap_or_default()
    }

    /// A node that may start has ended without an execution.
    pub(crate) fn take_pass(&mut self, index: u32, answer: Answer) {
        let Some(item) = self.item(index) else { return };
        let end = answer.end;
        let merged = item.clone().merge(answer);
        self.replace(index, merged);
        self.flow.pass(index, end);
    }

    /// A node that the scheduler has started begins its run.
    pub(crate) fn begin(&mut self, index: u32, now: Timestamp) -> Option<Run> {
        let item = self.item(index)?;
        let (item, run) = (Item { started_at: Some(now), ..item.clone() }, item.run);
        self.replace(index, item);
        Some(run)
    }

    /// The caller wants it stopped. Gives what is to be canceled; why nothing changed, where nothing did.
    pub(crate) fn cancel(&mut self) -> Result<Vec<(u32, Run)>, Ignored> {
        if self.is_over() {
            return Err(Ignored::Ended);
        }
        if self.standing.stop == Some(Stop::Canceled) {
            return Err(Ignored::Repeated);
        }
        self.stop(Stop::Canceled);
        Ok(self.running().collect())
    }

    /// Starts nothing more. What was planned again and never began shows its old answer from now on.
    pub(crate) fn stop(&mut self, why: Stop) {
        self.standing.stop = Some(why);
        self.standing.stopped_at = Some(self.standing.seen_at);
        self.standing.floor = self.standing.generation.saturating_add(1);
        self.standing.binding.clear();
        self.flow.halt();
    }

    /// A further generation begins, in which these have a new run each.
    pub(crate) fn regenerate(&mut self, planned: &[u32], timeout: Span, now: Timestamp) {
        self.standing.generation = self.standing.generation.saturating_add(1);
        planned.iter().for_each(|index| self.plan_again(*index));
        let is_over = self.is_over();
        let standing = &mut self.standing;
        standing.excused = self.flow.excused();
        standing.deadline_at = now.plus(timeout);
        standing.began_at = now;
        standing.stop = None;
        standing.ended = None;
        if is_over {
            standing.started_at = None;
            standing.rate = Rate::new(now);
        }
    }

    /// The answer of these is of no worth any more.
    pub(crate) fn forget_answers(&mut self, indices: &[u32]) {
        for index in indices {
            if let Some(item) = self.item(*index) {
                let item = Item { answer: None, ..item.clone() };
                self.replace(*index, item);
            }
        }
    }

    fn plan_again(&mut self, index: u32) {
        let (Some(item), Some(run)) = (self.item(index), Run::new(self.standing.next_run)) else { return };
        let item = item.clone().planned(run, self.standing.generation);
        self.standing.next_run = self.standing.next_run.saturating_add(1);
        self.replace(index, item);
    }

    fn replace(&mut self, index: u32, item: Item) {
        if let Some(place) = usize::try_from(index).ok().and_then(|index| self.items.get_mut(index)) {
            *place = item;
        }
    }
}
