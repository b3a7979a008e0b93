//! A chain: actions as a graph, with values that flow along its edges. Decides what starts and what goes on without what
//! failed, counts what ended, and says when it is over. It runs nothing itself, makes no inputs, and never holds a result.
//!
//! A shell keeps a [`ChainOrder`], a [`NodeOrder`] and an [`Item`] for each node, and a [`Standing`]. It holds the whole
//! [`Chain`] in memory, takes events in by [`Chain::step`], and writes what the [`Turn`] names, with the executions that it
//! opens, in one write. Where a write fails, it drops the chain and calls [`Chain::restore`].
//!
//! ```text
//!   planned ── all it needs has ended, and there is room ─► Bind ── Go ────► Start ─► running ── NodeEnded ─► ended
//!      │                                                     ├─── Skip ──► skipped
//!      │ something it needs failed, and halts                └─── Fault ─► failed
//!      ▼
//!  not started
//! ```
//!
//! **Values.** Before a node starts, the shell is asked to [`Effect::Bind`] it: it looks at the condition, and makes the inputs
//! of the results that it has stored. All that a node reads has ended by then, so it finds the same after any crash.
//!
//! **Ends.** Whatever keeps a node from having an output, by itself, counts as failed, and its [`OnFailure`] says what becomes of
//! those that need it. What did not end in time and has an old output in its place is degraded, and nothing halts for it.
//!
//! **Outcome**, of a chain that is over: `completed`, where all nodes ended such that others go on; else `canceled` or
//! `timed_out`, where that stopped it; else `partial`, where at least one node that nothing depends on is successful or
//! degraded; else `failed`.

use alloc::vec::Vec;

mod bound;
mod event;
pub mod graph;
mod journal;
mod judgment;
pub mod layout;
mod order;
mod outcome;
pub mod picture;
mod redrive;
mod replay;
mod turn;

pub use bound::{Held, output_of};
pub use event::{Bound, Effect, Event, Turn};
pub use journal::{ChainEntry, ChainHappened};
pub use order::{ChainIdentity, ChainNode, ChainOrder, NAME_MAX, NodeName, NodeOrder, OnFailure, RESERVED};
pub use redrive::ChainRedrivePlan;
pub use replay::{ChainReplay, ChainReplayError};

pub use crate::flow::{
    Answer, AnswerSource, EdgeError, FlowOutcome, FlowStatus, Item, ItemFault, Names, Standing, Stop, Turnout,
};

use crate::flow::{Activity, Board, Edges, End};
use crate::id::Run;
use crate::time::Timestamp;

/// A chain in memory: some hundred bytes a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    board: Board,
    names: Names,
    /// Nodes such that each stands after all it needs.
    order: Vec<u32>,
}

impl Chain {
    /// A new chain, whose first nodes are due to start at once: by the first [`Event::Woken`], not here, so that its creation
    /// is answered before any work.
    ///
    /// # Errors
    /// [`EdgeError`] where what a node needs is a circle or not there, which no request that was checked has.
    pub fn open(order: &ChainOrder) -> Result<Self, EdgeError> {
        let board = Board::open(order.limits(), edges(order)?, order.total(), order.created_at, order.timeout);
        Ok(Self::on(board, order))
    }

    /// The chain as it was saved. `row` gives a node by its index; one that there is no row of is as [`Item::new`] made it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn restore(
        order: &ChainOrder,
        standing: Standing,
        row: impl FnMut(u32) -> Option<Item>,
    ) -> Result<Self, EdgeError> {
        let board = Board::restore(order.limits(), edges(order)?, order.total(), standing, row);
        Ok(Self::on(board, order))
    }

    fn on(board: Board, order: &ChainOrder) -> Self {
        // Edges are never a circle.
        let sorted = graph::order(board.flow.edges()).unwrap_or_default();
        Self { board, names: Names::new(order.nodes.iter().map(|node| &node.name)), order: sorted }
    }

    /// The only source of timers: when to send [`Event::Woken`]. `None` when nothing will be due but by a node's end. May lie
    /// in the past: then it is due now.
    #[must_use]
    pub fn next_wake_at(&self) -> Option<Timestamp> {
        let standing = self.standing();
        if standing.ended.is_some() || standing.stop.is_some() {
            return None;
        }
        let is_due = !standing.binding.is_empty() || self.may_bind().next().is_some();
        Some(if is_due { standing.seen_at } else { standing.deadline_at })
    }

    /// What changes of it beside its nodes.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.board.standing
    }

    /// A node's executions by its index; `None` where there is none.
    #[must_use]
    pub fn item(&self, index: u32) -> Option<&Item> {
        self.board.item(index)
    }

    /// The nodes' names.
    #[must_use]
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// How many nodes it has.
    #[must_use]
    pub const fn total(&self) -> u32 {
        self.board.total()
    }

    /// What each node needs, and what needs it.
    #[must_use]
    pub const fn edges(&self) -> &Edges {
        self.board.flow.edges()
    }

    /// Nodes under way, in order, each with its execution: after a restart the shell has these to go on with.
    pub fn running(&self) -> impl Iterator<Item = (u32, Run)> + '_ {
        self.board.running()
    }

    /// Nodes that the shell was asked to bind, and did not answer for yet.
    pub fn binding(&self) -> impl Iterator<Item = u32> + '_ {
        self.standing().binding.iter().copied()
    }

    /// The node that this is the latest run of; `None` where it is none's.
    #[must_use]
    pub fn node_of(&self, run: u32) -> Option<u32> {
        self.board.item_of(run)
    }

    /// How a node has ended; `None` while it has not, and where it is not to start.
    #[must_use]
    pub fn answer(&self, index: u32) -> Option<&Answer> {
        self.board.item(index)?.answer.as_ref()
    }

    /// Changes were counted that are not written down.
    pub(crate) fn catch_up(&mut self, seq: u64) {
        self.board.standing.seq = self.board.standing.seq.max(seq);
    }

    /// Those that may start, are not being bound yet, and find room.
    fn may_bind(&self) -> impl Iterator<Item = u32> + '_ {
        let binding = &self.standing().binding;
        let taken = u32::try_from(binding.len()).unwrap_or(u32::MAX);
        let room = usize::try_from(self.board.flow.room().saturating_sub(taken)).unwrap_or(usize::MAX);
        self.board.flow.ready().filter(|index| !binding.contains(index)).take(room)
    }

    /// How a node ended, as the scheduler has it.
    fn end(&self, index: u32) -> Option<End> {
        let node = self.board.flow.node(index)?;
        node.end.filter(|_| node.activity == Activity::Idle)
    }

    /// Why a node has no output of its own; `None` of one that has one, was stopped, or has not ended.
    #[must_use]
    pub fn failure(&self, index: u32) -> Option<&ItemFault> {
        let is_failure = matches!(self.end(index)?, End::Failed | End::Excused | End::Replaced);
        self.answer(index)?.fault.as_deref().filter(|_| is_failure)
    }

    /// Whether what needs this one waits in vain.
    pub(crate) fn halts(&self, index: u32) -> bool {
        let is_idle = self.board.flow.node(index).is_some_and(|node| node.activity == Activity::Idle);
        is_idle && !self.end(index).is_some_and(End::is_good)
    }

    /// Whether it needs others, and all of them were skipped.
    pub(crate) fn is_skipped_by_needs(&self, index: u32) -> bool {
        let needs = self.edges().needs(index);
        !needs.is_empty() && needs.iter().all(|need| self.end(*need) == Some(End::Skipped))
    }
}

fn edges(order: &ChainOrder) -> Result<Edges, EdgeError> {
    Edges::new(order.nodes.iter().map(|node| node.needs.clone()).collect::<Vec<_>>())
}

/// Nodes of a chain.
pub const NODES_MAX: usize = 1_000;

/// Dependencies of a chain.
pub const EDGES_MAX: usize = 10_000;

/// Nodes that follow one after the other.
pub const DEPTH_MAX: u32 = 250;

/// Generations of a chain.
pub const GENERATIONS_MAX: u32 = 100;
