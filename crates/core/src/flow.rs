//! The scheduler of a batch or a chain: nodes, what each needs, how many run at once, how much may fail. Never knows what a
//! node is, what time it is, or where it is kept.
//!
//! A node is a number and two bytes. It is `Planned` until it may start and there is room, then `Running`, then `Idle` with an
//! end; one that is not to start (any more) is `Idle` without. What is planned again, by a redrive, keeps its old end beside it
//! until it has a newer one: if it never starts, that is still what is known of it.
//!
//! ```text
//!   Planned ── start ─► Running ── end ─► Idle(end)
//!      │ ▲                                  │
//! halt, skip └─────────── redrive ──────────┘
//!      ▼
//!    Idle
//! ```
//!
//! Everything but [`Flow::new`], [`Flow::restore`], [`Flow::halt`] and [`Flow::redrive`] costs what it changes, not what there is.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

mod board;
mod edges;
mod item;
mod names;
mod node;
mod rate;
mod standing;
mod summary;
mod turn;
mod turnout;

pub(crate) use board::Board;
pub use edges::{EdgeError, Edges};
pub(crate) use item::end_of;
pub use item::{Answer, AnswerSource, Degradation, FaultCode, Item, ItemFault};
pub use names::Names;
pub use node::{Activity, End, Node};
pub use rate::{POINT_GAP, POINTS_MAX, Rate};
pub use standing::{FlowOutcome, FlowStatus, Standing, Stop};
pub use summary::{NodeStatus, Summary};
pub use turn::Turn;
pub use turnout::Turnout;
pub(crate) use turnout::{drawn_bytes, in_generation, span_of_delivery};

/// The nodes of a flow, in memory. Made again from its [`Node`]s after a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    limits: Limits,
    edges: Edges,
    nodes: Vec<Node>,
    /// Planned, and all that they need has ended well.
    ready: BTreeSet<u32>,
    /// Those that run: at most as many as may at once, however many nodes there are.
    running: BTreeSet<u32>,
    planned: u32,
    summary: Summary,
    /// Failed nodes that do not count: a redrive left them as they were.
    excused: u32,
}

/// How much at once, and how much may go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Nodes that run at once, 1 and up.
    pub parallel: u32,
    /// Nodes that start in one go, 1 and up.
    pub chunk: u32,
    /// Nodes that may fail before nothing more is started; `None` for all of them.
    pub failed_max: Option<u32>,
}

/// What follows from a node's end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Aftermath {
    /// Nodes that will not start, because they need one that did not end well.
    pub skipped: Vec<u32>,
    /// Whether more has failed now than may: [`Flow::halt`] is due.
    pub is_intolerable: bool,
}

impl Flow {
    /// A flow of `total` nodes, all of them planned.
    #[must_use]
    pub fn new(limits: Limits, edges: Edges, total: u32) -> Self {
        Self::restore(limits, edges, (0..total).map(|_| Node::default()), 0)
    }

    /// A flow whose nodes stand like this; `excused` is as [`Flow::excused`] was. A planned node that waits for one that will
    /// never end well is planned no more.
    #[must_use]
    pub fn restore(limits: Limits, edges: Edges, nodes: impl IntoIterator<Item = Node>, excused: u32) -> Self {
        let nodes: Vec<Node> = nodes.into_iter().collect();
        let mut summary = Summary::default();
        for node in &nodes {
            summary.total = summary.total.saturating_add(1);
            *summary.count_mut(node.status()) = summary.count(node.status()).saturating_add(1);
        }
        let planned = nodes.iter().filter(|node| node.activity == Activity::Planned).count();
        let planned = u32::try_from(planned).unwrap_or(u32::MAX);
        let is_running = |(number, node): (u32, &Node)| (node.activity == Activity::Running).then_some(number);
        let running = (0_u32..).zip(&nodes).filter_map(is_running).collect();
        let mut flow = Self { limits, edges, nodes, ready: BTreeSet::new(), running, planned, summary, excused };
        flow.prune();
        flow.ready = flow.numbers().filter(|node| flow.may_start(*node)).collect();
        flow
    }

    /// Starts as many as there is room for, a chunk at most, the lowest numbers first. Gives which.
    pub fn start(&mut self) -> Vec<u32> {
        let room = self.room().min(self.limits.chunk);
        let started: Vec<u32> = self.ready.iter().take(usize::try_from(room).unwrap_or(usize::MAX)).copied().collect();
        for node in &started {
            self.set(*node, Activity::Running, None);
        }
        started
    }

    /// Whether [`Self::start`] would start something.
    #[must_use]
    pub fn can_start(&self) -> bool {
        !self.ready.is_empty() && self.room() > 0
    }

    /// How many more may run at once.
    #[must_use]
    pub const fn room(&self) -> u32 {
        self.limits.parallel.saturating_sub(self.summary.running)
    }

    /// Those that may start, in order.
    pub fn ready(&self) -> impl Iterator<Item = u32> + '_ {
        self.ready.iter().copied()
    }

    /// Starts this one. `false`, and no change, where it may not start.
    pub fn begin(&mut self, node: u32) -> bool {
        let is_ready = self.ready.contains(&node);
        if is_ready {
            self.set(node, Activity::Running, None);
        }
        is_ready
    }

    /// One that may start ends without having run. `false`, and no change, where it may not start.
    pub fn pass(&mut self, node: u32, end: End) -> bool {
        let is_ready = self.ready.contains(&node);
        if is_ready {
            self.close(node, end);
        }
        is_ready
    }

    /// A running node ended. `None`, and no change, where it does not run.
    pub fn end(&mut self, node: u32, end: End) -> Option<Aftermath> {
        if self.node(node)?.activity != Activity::Running {
            return None;
        }
        let skipped = self.close(node, end);
        Some(Aftermath { skipped, is_intolerable: end == End::Failed && self.has_failed_too_often() })
    }

    /// Gives what will not start for it.
    fn close(&mut self, node: u32, end: End) -> Vec<u32> {
        self.set(node, Activity::Idle, Some(end));
        if end.is_good() { self.release(node) } else { self.skip_after(node) }
    }

    /// Plans no node any more. What runs goes on.
    pub fn halt(&mut self) {
        for node in self.numbers() {
            if self.is_planned(node) {
                self.set(node, Activity::Idle, None);
            }
        }
    }

    /// Plans these again, as far as they are idle and what they need is planned, runs or ended well. What stays failed is
    /// excused from now on. Gives which, in order.
    pub fn redrive(&mut self, nodes: &[u32]) -> Vec<u32> {
        let mut meant: BTreeSet<u32> = BTreeSet::new();
        for node in nodes {
            if self.is_idle(*node) {
                self.set(*node, Activity::Planned, None);
                meant.insert(*node);
            }
        }
        self.prune();
        meant.retain(|node| self.is_planned(*node));
        for node in &meant {
            if self.may_start(*node) {
                self.ready.insert(*node);
            }
            // What was ready by its old end waits for the new one.
            for fed in self.edges.feeds(*node) {
                self.ready.remove(fed);
            }
        }
        if !meant.is_empty() {
            self.excused = self.summary.failed;
        }
        meant.into_iter().collect()
    }

    /// The same, but that what is planned again has no end any more, whether it starts or not: of those that were made of what
    /// others gave, an old end says nothing once these run again.
    pub fn renew(&mut self, nodes: &[u32]) -> Vec<u32> {
        let renewed = self.redrive(nodes);
        for node in &renewed {
            if let Some(node) = usize::try_from(*node).ok().and_then(|index| self.nodes.get_mut(index)) {
                node.end = None;
            }
        }
        renewed
    }

    /// What needs what.
    #[must_use]
    pub const fn edges(&self) -> &Edges {
        &self.edges
    }

    /// Whether nothing runs, and nothing is to start.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.planned == 0 && self.summary.running == 0
    }

    /// How many nodes stand where.
    #[must_use]
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Failed nodes that do not count against the limit.
    #[must_use]
    pub const fn excused(&self) -> u32 {
        self.excused
    }

    /// Where a node stands; `None` where there is none of that number.
    #[must_use]
    pub fn node(&self, node: u32) -> Option<Node> {
        self.nodes.get(usize::try_from(node).ok()?).copied()
    }

    /// Those that run, in order.
    pub fn running(&self) -> impl Iterator<Item = u32> + '_ {
        self.running.iter().copied()
    }

    fn numbers(&self) -> core::ops::Range<u32> {
        0..self.summary.total
    }

    fn is_planned(&self, node: u32) -> bool {
        self.node(node).is_some_and(|node| node.activity == Activity::Planned)
    }

    fn is_idle(&self, node: u32) -> bool {
        self.node(node).is_some_and(|node| node.activity == Activity::Idle)
    }

    fn has_failed_too_often(&self) -> bool {
        self.limits.failed_max.is_some_and(|max| self.summary.failed > self.excused.saturating_add(max))
    }

    fn may_start(&self, node: u32) -> bool {
        self.is_planned(node) && self.edges.needs(node).iter().all(|need| self.is_answered(*need))
    }

    /// Whether what needs this one may go on.
    fn is_answered(&self, node: u32) -> bool {
        self.node(node).is_some_and(|node| node.activity == Activity::Idle && node.end.is_some_and(End::is_good))
    }

    /// Whether what needs this one waits in vain.
    fn is_hopeless(&self, node: u32) -> bool {
        self.is_idle(node) && !self.is_answered(node)
    }

    /// What this good end lets start; nothing is skipped by it.
    fn release(&mut self, node: u32) -> Vec<u32> {
        let released: Vec<u32> = self.edges.feeds(node).iter().copied().filter(|fed| self.may_start(*fed)).collect();
        self.ready.extend(released);
        Vec::new()
    }

    /// What this bad end keeps from starting, and what that keeps from starting.
    fn skip_after(&mut self, node: u32) -> Vec<u32> {
        let mut skipped = BTreeSet::new();
        let mut open = self.edges.feeds(node).to_vec();
        while let Some(next) = open.pop() {
            if self.is_planned(next) {
                self.set(next, Activity::Idle, None);
                skipped.insert(next);
                open.extend_from_slice(self.edges.feeds(next));
            }
        }
        skipped.into_iter().collect()
    }

    /// Takes out of the plan what waits in vain.
    fn prune(&mut self) {
        if self.edges.is_empty() {
            return;
        }
        let is_vain = |flow: &Self, node: &u32| {
            flow.is_planned(*node) && flow.edges.needs(*node).iter().any(|need| flow.is_hopeless(*need))
        };
        let vain: Vec<u32> = self.numbers().filter(|node| is_vain(self, node)).collect();
        for node in vain {
            self.set(node, Activity::Idle, None);
            self.skip_after(node);
        }
    }

    /// The one place where a node changes, and with it the counts.
    fn set(&mut self, number: u32, activity: Activity, end: Option<End>) {
        let Some(node) = usize::try_from(number).ok().and_then(|index| self.nodes.get_mut(index)) else { return };
        let before = *node;
        *node = Node { activity, end: end.or(before.end) };
        let after = *node;
        self.summary.move_one(before.status(), after.status());
        if before.activity == Activity::Planned && activity != Activity::Planned {
            self.planned = self.planned.saturating_sub(1);
            self.ready.remove(&number);
        }
        if before.activity != Activity::Planned && activity == Activity::Planned {
            self.planned = self.planned.saturating_add(1);
        }
        if activity == Activity::Running {
            self.running.insert(number);
        } else {
            self.running.remove(&number);
        }
    }
}
