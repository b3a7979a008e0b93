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

mod event;
mod journal;
mod order;
mod redrive;
mod sources;
mod turn;

pub use event::{Effect, Event, Turn};
pub use journal::{BatchEntry, BatchHappened};
pub use order::{BatchIdentity, BatchOrder, ItemId, ItemOrder, RESULTS_MAX, Tolerance};
pub use redrive::Plan;
pub use sources::Sources;

pub use crate::flow::{
    Answer, AnswerSource, Degradation, FaultCode, FlowOutcome, FlowStatus, Item, ItemFault, Names, POINT_GAP,
    POINTS_MAX, Rate, Standing, Stop, Turnout,
};

use crate::flow::{Board, Edges, NodeStatus, Summary};
use crate::id::{RUN_MAX, Run};
use crate::time::Timestamp;

/// A batch in memory: some hundred bytes an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    board: Board,
    names: Names,
    sources: Sources,
    /// Items that show a fault, in order.
    faulty: BTreeSet<u32>,
}

impl Batch {
    /// A new batch, whose first items are due to start at once: by the first [`Event::Woken`], not here, so that its
    /// creation is answered before any work.
    #[must_use]
    pub fn open(order: &BatchOrder, names: Names) -> Self {
        let board = Board::open(order.limits(), Edges::none(), order.total, order.created_at, order.timeout);
        Self::on(board, names)
    }

    /// The batch as it was saved. `row` gives an item by its index; one that there is no row of is as [`Item::new`] made it.
    #[must_use]
    pub fn restore(order: &BatchOrder, standing: Standing, names: Names, row: impl FnMut(u32) -> Option<Item>) -> Self {
        Self::on(Board::restore(order.limits(), Edges::none(), order.total, standing, row), names)
    }

    fn on(board: Board, names: Names) -> Self {
        let mut batch = Self { board, names, sources: Sources::default(), faulty: BTreeSet::new() };
        for index in 0..batch.summary().total {
            batch.count(index);
        }
        batch
    }

    /// The only source of timers: when to send [`Event::Woken`]. `None` when nothing will be due but by an item's end. May lie
    /// in the past: then it is due now.
    #[must_use]
    pub fn next_wake_at(&self) -> Option<Timestamp> {
        let standing = self.standing();
        if standing.ended.is_some() || standing.stop.is_some() {
            return None;
        }
        Some(if self.board.flow.can_start() { standing.seen_at } else { standing.deadline_at })
    }

    /// What changes of it beside its items.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.board.standing
    }

    /// An item by its index; `None` where there is none.
    #[must_use]
    pub fn item(&self, index: u32) -> Option<&Item> {
        self.board.item(index)
    }

    /// How an item is counted; `None` where there is none.
    #[must_use]
    pub fn status(&self, index: u32) -> Option<NodeStatus> {
        self.board.status(index)
    }

    /// The items' ids.
    #[must_use]
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// Items under way, in order, each with its execution: after a restart the shell has these to go on with.
    pub fn running(&self) -> impl Iterator<Item = (u32, Run)> + '_ {
        self.board.running()
    }

    /// The item that this is the latest run of; `None` where it is none's.
    #[must_use]
    pub fn item_of(&self, run: u32) -> Option<u32> {
        self.board.item_of(run)
    }

    /// Which item a run that never began is, or was, planned for, and in which generation; `None` of one that never was.
    #[must_use]
    pub fn planned(&self, run: u32) -> Option<(u32, u32)> {
        if let Some(index) = self.item_of(run) {
            return Some((index, self.item(index)?.generation));
        }
        let of_first = Some((run, 1)).filter(|_| run < self.summary().total);
        let is_it = |past: &&(Run, u32)| past.0.get() == run;
        let of_item = |index: u32| Some((index, self.item(index)?.unbegun.iter().find(is_it)?.1));
        of_first.or_else(|| (0..self.summary().total).find_map(of_item))
    }

    /// How many items stand where.
    #[must_use]
    pub const fn summary(&self) -> &Summary {
        self.board.flow.summary()
    }

    /// Where answers are from.
    #[must_use]
    pub const fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Items that show a fault, with it, in order.
    pub fn faults(&self) -> impl Iterator<Item = (u32, &ItemFault)> {
        self.faulty.iter().filter_map(|index| {
            let answer = self.board.shown_answer(*index)?;
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
        self.standing().per_second()
    }

    /// When it will end, if it goes on so; never past its deadline.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        let (summary, standing) = (self.summary(), self.standing());
        let left =
            if standing.stop.is_some() { summary.running } else { summary.total.saturating_sub(summary.ended()) };
        standing.ends_at(left)
    }
}

/// Items of a batch.
pub const ITEMS_MAX: usize = 10_000;

/// Generations of a batch.
pub const GENERATIONS_MAX: u32 = 100;

// Every item in every generation has a run.
const _: () = assert!(RUN_MAX >= 10_000 * GENERATIONS_MAX);
