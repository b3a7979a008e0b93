//! The analysis itself: takes interactions one by one, each whole and in any order, and keeps what commutes: counts, exact sums,
//! distributions. Never holds a text.

use alloc::vec::Vec;
use core::fmt;

use super::anomaly::Anomalies;
use super::gather::Gathered;
use super::log::{INTERACTIONS_MAX, Log, Step};
use super::number::{many, place};
use super::options::{self, Filter, Options};
use super::report::Report;

mod arrange;
mod change;
mod ordered;
mod outlier;
mod path;
mod ranking;
mod show;
mod tally;
mod walk;

use self::arrange::{Notes, Traits};
use self::change::ChangeTallies;
pub(super) use self::ordered::{Interactions, Ordered};
use self::path::Paths;
use self::tally::{EdgeTally, NodeTally, Whole};

/// A running analysis.
#[derive(Debug, Clone)]
pub struct Analysis {
    options: Options,
    filter: Filter,
    whole: Whole,
    nodes: Vec<NodeTally>,
    edges: Vec<EdgeTally>,
    variants: Paths,
    changes: ChangeTallies,
    anomalies: Anomalies,
    /// Of the types of nodes, by number.
    traits: Vec<Traits>,
    /// Room for the steps of an interaction that has to be put in order, used again and again.
    steps: Vec<Step>,
    path: Vec<u32>,
}

/// What an interaction is given as.
#[derive(Debug)]
pub(super) struct Case<'l> {
    pub(super) id: u32,
    pub(super) steps: Gathered<'l>,
}

/// Why a history cannot be analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnalysisError {
    /// More nodes than [`NODES_MAX`].
    TooManyNodes,
    /// More edges than [`EDGES_MAX`].
    TooManyEdges,
    /// More interactions than [`INTERACTIONS_MAX`], or more bytes of their ids than are kept.
    TooManyInteractions,
}

impl fmt::Display for AnalysisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyNodes => {
                write!(f, "more than {NODES_MAX} different nodeIds: they do not name nodes of a workflow")
            }
            Self::TooManyEdges => write!(f, "more than {EDGES_MAX} different pairs of nodes: they are no workflow"),
            Self::TooManyInteractions => {
                write!(
                    f,
                    "more than {INTERACTIONS_MAX} different interactionIds, or too long ones: ask for a shorter period"
                )
            }
        }
    }
}

impl core::error::Error for AnalysisError {}

impl Analysis {
    /// Of nothing yet.
    #[must_use]
    pub fn new(options: Options, filter: Filter) -> Self {
        Self {
            options,
            filter,
            whole: Whole::default(),
            nodes: Vec::new(),
            edges: Vec::new(),
            variants: Paths::default(),
            changes: ChangeTallies::default(),
            anomalies: Anomalies::default(),
            traits: Vec::new(),
            steps: Vec::new(),
            path: Vec::new(),
        }
    }

    /// What is known so far. `log` is the one that fed it.
    #[must_use]
    pub fn report(&self, log: &Log) -> Report {
        show::report(self, log)
    }

    /// Makes room for the nodes of the log.
    pub(super) fn begin(&mut self, log: &Log) -> Result<(), AnalysisError> {
        log.check()?;
        self.nodes.resize_with(log.names.nodes.len(), NodeTally::default);
        let kinds = (0..).map_while(|kind| log.names.kinds.text(kind));
        let traits = |kind| Traits { is_decision: options::is_decision(kind), is_known: options::is_known(kind) };
        self.traits = kinds.map(traits).collect();
        Ok(())
    }

    /// Takes in one interaction.
    pub(super) fn take(&mut self, log: &Log, case: &Case<'_>) -> Result<(), AnalysisError> {
        let mut room = core::mem::take(&mut self.steps);
        let notes = Notes { interaction: case.id, log, traits: &self.traits, anomalies: &mut self.anomalies };
        let steps = arrange::arrange(&mut room, case, notes, &self.options);
        let taken = if self.admits(steps, log) { self.tally(steps, case.id, log) } else { Ok(()) };
        self.steps = room;
        taken
    }

    fn tally(&mut self, steps: &[Step], id: u32, log: &Log) -> Result<(), AnalysisError> {
        let walk = self.walk(steps, id)?;
        self.whole.take(&walk, steps);
        self.path.clear();
        for step in steps {
            self.path.push(step.node);
            for change in log.changes_of(step) {
                self.changes.add(step.node, *change);
            }
        }
        if let Some(variant) = self.variants.of(&self.path) {
            variant.count = variant.count.saturating_add(1);
            variant.errors = variant.errors.saturating_add(u64::from(walk.has_error));
            variant.duration.add(walk.duration);
        }
        Ok(())
    }

    /// Whether the interaction is one that was asked for. One without steps never is.
    fn admits(&self, steps: &[Step], log: &Log) -> bool {
        let Some(first) = steps.first() else { return false };
        let filter = &self.filter;
        let ms = |at: crate::time::Timestamp| i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
        let is_in = filter.from.is_none_or(|from| ms(from) <= first.start)
            && filter.until.is_none_or(|until| first.start < ms(until));
        let has_error = || steps.iter().any(|step| step.is_error);
        let visits = |node: &str| {
            let node = log.names.nodes.find(node);
            node.is_some_and(|node| steps.iter().any(|step| step.node == node))
        };
        let goes = |id: &str| {
            let nodes = steps.iter().map(|step| log.names.nodes.text(step.node).unwrap_or_default());
            super::variant_id(nodes) == id
        };
        is_in
            && filter.error.is_none_or(|error| error == has_error())
            && filter.node.as_deref().is_none_or(visits)
            && filter.variant.as_deref().is_none_or(goes)
    }

    /// The number of an edge, new or not.
    fn edge(&mut self, from: u32, to: u32) -> Result<u32, AnalysisError> {
        let Some(node) = self.nodes.get_mut(place(from)) else { return Ok(u32::MAX) };
        if let Some(edge) = node.next.find(to) {
            return Ok(edge);
        }
        if self.edges.len() >= EDGES_MAX {
            return Err(AnalysisError::TooManyEdges);
        }
        let edge = super::number::number(self.edges.len());
        self.edges.push(EdgeTally { from, to, ..EdgeTally::default() });
        node.next.add(to, edge);
        Ok(edge)
    }

    /// Interactions so far.
    #[must_use]
    pub fn interactions(&self) -> u64 {
        self.whole.interactions
    }

    /// Variants so far.
    #[must_use]
    pub fn variants(&self) -> u64 {
        many(self.variants.list.len())
    }
}

/// Different nodes of a history.
pub const NODES_MAX: usize = 10_000;

/// Different edges.
pub const EDGES_MAX: usize = 100_000;

/// Variants that are counted each by itself; interactions that went another way are counted together.
pub const VARIANTS_MAX: usize = 50_000;

/// Steps of all these variants together.
pub const VARIANT_STEPS_MAX: usize = 2_000_000;
