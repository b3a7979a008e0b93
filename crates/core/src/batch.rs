//! A batch: one action over many items, each an execution of its own. Decides what starts, counts what ended, and says when it
//! is over. It runs nothing itself, and never holds an input or a result.
//!
//! A shell keeps a [`BatchOrder`], an [`ItemOrder`] and an [`Item`] for each item, and a [`Standing`]. It holds the whole
//! [`Batch`] in memory, takes events in by [`Batch::step`], and writes what the [`Turn`] names: the standing and the items that
//! changed, with the executions that it opens, in one write. So a step costs what it changes, whatever there is. Where a write
//! fails, the batch in memory is ahead of what is stored: the shell drops it and calls [`Batch::restore`].
//!
//! **Nothing starts twice.** An item has a run number from the moment that it is planned, and is saved as running in the write
//! that opens the execution of that number. A further generation gives new numbers, past all others.
//!
//! **Merging** takes the answer of the later run, whichever came first: late and repeated answers change nothing.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

mod event;
mod journal;
mod order;
mod redrive;
mod sources;
mod turn;

pub use event::{Effect, Event, Turn};
pub use journal::{BatchEntry, BatchHappened};
pub use order::{BatchIdentity, BatchOrder, ItemId, ItemOrder, RESULTS_MAX, Tolerance, Turnout};
pub use redrive::Plan;
pub use sources::Sources;

pub use crate::flow::{
    Answer, AnswerSource, Degradation, FaultCode, FlowOutcome, FlowStatus, Item, ItemFault, Names, POINT_GAP, POINTS_MAX,
    Rate, Standing, Stop,
};

use crate::flow::{Edges, Flow, NodeStatus, Summary};
use crate::id::{RUN_MAX, Run};
use crate::time::Timestamp;

/// A batch in memory: some hundred bytes an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    standing: Standing,
    items: Vec<Item>,
    names: Names,
    flow: Flow,
    sources: Sources,
    /// Items that show a fault, in order.
    faulty: BTreeSet<u32>,
}

impl Batch {
    /// A new batch, whose first items are due to start at once: by the first [`Event::Woken`], not here, so that its
    /// creation is answered before any work.
    #[must_use]
    pub fn open(order: &BatchOrder, names: Names) -> Self {
        let standing = Standing {
            seq: 1,
            seen_at: order.created_at,
            updated_at: order.created_at,
            generation: 1,
            floor: 1,
            next_run: order.total,
            started_at: None,
            deadline_at: order.created_at.plus(order.timeout),
            stop: None,
            stopped_at: None,
            ended: None,
            excused: 0,
            began_at: order.created_at,
            rate: Rate::new(order.created_at),
            binding: BTreeSet::new(),
        };
        Self::restore(order, standing, names, |_| None)
    }

    /// The batch as it was saved. `row` gives an item by its index; one that there is no row of is as [`Item::new`] made it.
    #[must_use]
    pub fn restore(
        order: &BatchOrder,
        standing: Standing,
        names: Names,
        mut row: impl FnMut(u32) -> Option<Item>,
    ) -> Self {
        let numbers = (0..order.total).filter_map(|index| Some((index, Run::new(index)?)));
        let items: Vec<Item> = numbers.map(|(index, run)| row(index).unwrap_or_else(|| Item::new(run))).collect();
        let nodes = items.iter().map(|item| item.node(standing.floor));
        let flow = Flow::restore(order.limits(), Edges::none(), nodes, standing.excused);
        let mut batch = Self { standing, items, names, flow, sources: Sources::default(), faulty: BTreeSet::new() };
        for index in 0..order.total {
            batch.count(index);
        }
        batch
    }

    /// The only source of timers: when to send [`Event::Woken`]. `None` when nothing will be due but by an item's end. May lie
    /// in the past: then it is due now.
    #[must_use]
    pub fn next_wake_at(&self) -> Option<Timestamp> {
        if self.standing.ended.is_some() || self.standing.stop.is_some() {
            return None;
        }
        Some(if self.flow.can_start() { self.standing.seen_at } else { self.standing.deadline_at })
    }

    /// What changes of it beside its items.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// An item by its index; `None` where there is none.
    #[must_use]
    pub fn item(&self, index: u32) -> Option<&Item> {
        self.items.get(usize::try_from(index).ok()?)
    }

    /// How an item is counted; `None` where there is none.
    #[must_use]
    pub fn status(&self, index: u32) -> Option<NodeStatus> {
        self.flow.node(index).map(crate::flow::Node::status)
    }

    /// The items' ids.
    #[must_use]
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// Items under way, in order, each with its execution: after a restart the shell has these to go on with.
    pub fn running(&self) -> impl Iterator<Item = (u32, Run)> + '_ {
        self.flow.running().filter_map(|index| Some((index, self.item(index)?.run)))
    }

    /// The item that this is the latest run of; `None` where it is none's.
    #[must_use]
    pub fn item_of(&self, run: u32) -> Option<u32> {
        let is_it = |index: &u32| self.item(*index).is_some_and(|item| item.run.get() == run);
        // That of a first generation stands where its number says.
        Some(run).filter(is_it).or_else(|| (0..self.summary().total).find(is_it))
    }

    /// How many items stand where.
    #[must_use]
    pub const fn summary(&self) -> &Summary {
        self.flow.summary()
    }

    /// Where answers are from.
    #[must_use]
    pub const fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Items that show a fault, with it, in order.
    pub fn faults(&self) -> impl Iterator<Item = (u32, &ItemFault)> {
        self.faulty.iter().filter_map(|index| {
            let answer = self.item(*index)?.shown_answer(self.standing.floor)?;
            Some((*index, answer.fault.as_deref()?))
        })
    }

    /// One letter an item, in order: [`NodeStatus::letter`].
    #[must_use]
    pub fn grid(&self) -> alloc::string::String {
        (0..self.summary().total).filter_map(|index| self.status(index)).map(NodeStatus::letter).collect()
    }

    /// How many items end in a second, over its last moments; `None` before any ended, and after the end.
    #[must_use]
    pub fn per_second(&self) -> Option<f64> {
        let is_over = self.standing.ended.is_some();
        self.standing.rate.per_second(self.standing.updated_at).filter(|_| !is_over)
    }

    /// When it will end, if it goes on so; never past its deadline.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        let summary = self.summary();
        let left =
            if self.standing.stop.is_some() { summary.running } else { summary.total.saturating_sub(summary.ended()) };
        let at = self.standing.rate.ends_at(left, self.standing.updated_at)?;
        self.standing.ended.is_none().then(|| at.min(self.standing.deadline_at))
    }
}

/// Items of a batch.
pub const ITEMS_MAX: usize = 10_000;

/// Generations of a batch.
pub const GENERATIONS_MAX: u32 = 100;

// Every item in every generation has a run.
const _: () = assert!(RUN_MAX >= 10_000 * GENERATIONS_MAX);
