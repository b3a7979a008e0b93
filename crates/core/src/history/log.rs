//! A history as it is gathered, page by page: each step in some thirty bytes, under its interaction. Never keeps a text but
//! names; what is computed of it is the [`Analysis`]'s matter.

use alloc::string::String;
use alloc::vec::Vec;

use super::analysis::{Analysis, AnalysisError, Case, NODES_MAX};
use super::anomaly::{Anomalies, AnomalyKind};
use super::cursor::Fault;
use super::fields::{Change, ChangeKind};
use super::gather::{self, Part};
use super::names::{Bound, Names};
use super::number::{number, place};
use super::options::{Filter, Options};
use super::read::{Expected, Reader, Sink, StepRead};
use super::report::Report;

/// Interactions with their steps, from any number of pages that come in any order.
///
/// A page and a row have a place in their source, which decides between steps of one interaction that start at the same
/// time; nothing else depends on it, and nothing at all on the order in which pages are taken.
#[derive(Debug, Clone, Default)]
pub struct Log {
    pub(super) names: Book,
    pub(super) steps: Vec<Step>,
    pub(super) changes: Vec<u32>,
    pub(super) parts: Vec<Part>,
    pub(super) anomalies: Anomalies,
    rows: u64,
    /// Why nothing more is taken in.
    refused: Option<AnalysisError>,
}

/// All names of a log.
#[derive(Debug, Clone)]
pub(super) struct Book {
    pub(super) interactions: Names,
    pub(super) nodes: Names,
    pub(super) kinds: Names,
    pub(super) variables: Names,
}

/// One timed visit of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    /// Epoch milliseconds.
    pub(super) start: i64,
    /// The same; [`NO_END`] where there is none.
    pub(super) end: i64,
    pub(super) node: u32,
    /// Of the changes, where this step's begin and how many they are.
    pub(super) changes_at: u32,
    pub(super) changes_len: u32,
    pub(super) kind: u16,
    pub(super) is_error: bool,
}

impl Log {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a page: an object with its rows in `data`, a list of rows, or a row.
    ///
    /// `page` is the page's place in its source, 0 and up.
    ///
    /// # Errors
    /// [`Fault`] where it is not JSON, or no page. Rows before that place are taken in.
    pub fn page(&mut self, text: &str, page: u32) -> Result<(), Fault> {
        self.read(text, u64::from(page) << 32, Expected::Any)
    }

    /// Takes in a row: one interaction, or a part of one. What cannot be read is counted.
    ///
    /// `place` is the row's place in its source, 0 and up. A row is a row whatever fields it has, `data` among them.
    pub fn row(&mut self, text: &str, place: u64) {
        self.counted(text, place, Expected::Row);
    }

    /// Takes in a line of a file: a row, a page of them, or a list. What cannot be read is counted.
    ///
    /// `place` is the line's place in its source, 0 and up, with room for the rows of a page after it.
    pub fn line(&mut self, text: &str, place: u64) {
        self.counted(text, place, Expected::Any);
    }

    fn counted(&mut self, text: &str, place: u64, expected: Expected) {
        if text.len() > super::ROW_MAX {
            return self.oversized(text);
        }
        let (parts, steps, changes) = (self.parts.len(), self.steps.len(), self.changes.len());
        if self.read(text, place, expected).is_err() {
            // Also where a whole row has something after it: who knows what was lost between.
            self.parts.truncate(parts);
            self.steps.truncate(steps);
            self.changes.truncate(changes);
            self.anomalies.add(AnomalyKind::UnreadableRow, None, None, text);
        }
    }

    /// Counts a row that was too long to be had as a text.
    pub fn oversized(&mut self, beginning: &str) {
        self.anomalies.add(AnomalyKind::OversizedRow, None, None, beginning);
    }

    /// Steps in it.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// Different interactions in it.
    #[must_use]
    pub fn interactions(&self) -> usize {
        self.names.interactions.len()
    }

    /// Rows that were read, whatever was in them.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether it can be analysed, as far as it was gathered. Where it cannot, nothing more is taken in.
    ///
    /// # Errors
    /// [`AnalysisError`] where it is no workflow's history, by the number of its nodes or interactions.
    pub const fn check(&self) -> Result<(), AnalysisError> {
        match self.refused {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// What is to be known of it, as far as it was gathered.
    ///
    /// # Errors
    /// [`AnalysisError`] where it is no workflow's history, by the number of its nodes, edges or interactions.
    pub fn report(&self, options: &Options, filter: &Filter) -> Result<Report, AnalysisError> {
        let mut analysis = Analysis::new(options.clone(), filter.clone());
        self.feed(&mut analysis)?;
        Ok(analysis.report(self))
    }

    /// Feeds every interaction to an analysis and forgets its steps: for a shell that gathers the rows of an interaction
    /// before it takes them in, and cannot hold all. Names stay.
    ///
    /// # Errors
    /// As [`Log::report`].
    pub fn flush(&mut self, analysis: &mut Analysis) -> Result<(), AnalysisError> {
        self.feed(analysis)?;
        self.steps.clear();
        self.changes.clear();
        self.parts.clear();
        Ok(())
    }

    /// Each interaction with its steps in order.
    pub(super) fn feed(&self, analysis: &mut Analysis) -> Result<(), AnalysisError> {
        analysis.begin(self)?;
        gather::each(self, |id, steps| analysis.take(self, &Case { id, steps }))
    }

    fn read(&mut self, text: &str, source: u64, expected: Expected) -> Result<(), Fault> {
        let (steps, changes) = (self.steps.len(), self.changes.len());
        let mut settled = Settled { steps, changes };
        let mut gatherer =
            Gatherer { log: self, source, settled: &mut settled, changes_at: changes, kept: (NO_KIND, String::new()) };
        let read = Reader::new(text, &mut gatherer).document(expected);
        // Of a row that broke off nothing stays.
        self.steps.truncate(settled.steps);
        self.changes.truncate(settled.changes);
        read
    }
}

/// Steps and changes that belong to rows which are over.
struct Settled {
    steps: usize,
    changes: usize,
}

struct Gatherer<'l> {
    log: &'l mut Log,
    source: u64,
    settled: &'l mut Settled,
    /// Where the changes of the next step begin.
    changes_at: usize,
    /// The last step's type, which is mostly that of the next.
    kept: (u16, String),
}

impl Gatherer<'_> {
    fn kind(&mut self, kind: &str) -> u16 {
        if self.kept.0 != NO_KIND && self.kept.1 == kind {
            return self.kept.0;
        }
        let number = self.log.names.kinds.number(kind).and_then(|number| u16::try_from(number).ok()).unwrap_or(NO_KIND);
        self.kept.0 = number;
        self.kept.1.clear();
        self.kept.1.push_str(kind);
        number
    }
}

impl<'a> Sink<'a> for &mut Gatherer<'_> {
    fn change(&mut self, change: Change<'a>) {
        let variable = self.log.names.variables.number(&change.name.decoded());
        self.log.changes.push(packed(variable.unwrap_or(NO_VARIABLE), change.kind));
    }

    fn step(&mut self, step: &StepRead<'a>) {
        let Some(node) = self.log.names.nodes.number(&step.node) else {
            self.log.refuse(AnalysisError::TooManyNodes);
            return self.leave_out();
        };
        let changes_len = self.log.changes.len().saturating_sub(self.changes_at);
        let step = Step {
            start: step.start,
            end: step.end.unwrap_or(NO_END),
            node,
            changes_at: number(self.changes_at),
            changes_len: number(changes_len),
            kind: self.kind(&step.kind),
            is_error: step.is_error,
        };
        self.log.steps.push(step);
        self.changes_at = self.log.changes.len();
    }

    fn leave_out(&mut self) {
        self.log.changes.truncate(self.changes_at);
    }

    fn row(&mut self, id: Option<&str>, anomalies: &Anomalies) {
        self.log.rows = self.log.rows.saturating_add(1);
        if !anomalies.is_empty() {
            self.log.anomalies.merge(anomalies, id);
        }
        let interaction = id.and_then(|id| self.log.interaction(id));
        if let Some(interaction) = interaction {
            let (from, to) = (number(self.settled.steps), number(self.log.steps.len()));
            self.log.parts.push(Part { interaction, source: self.source, from, to });
            self.source = self.source.saturating_add(1);
        } else {
            self.log.steps.truncate(self.settled.steps);
            self.log.changes.truncate(self.settled.changes);
        }
        *self.settled = Settled { steps: self.log.steps.len(), changes: self.log.changes.len() };
        self.changes_at = self.settled.changes;
    }
}

/// A variable and how it changed, in one number.
const fn packed(variable: u32, kind: ChangeKind) -> u32 {
    let kind = match kind {
        ChangeKind::Changed => 0,
        ChangeKind::Added => 1,
        ChangeKind::Removed => 2,
        ChangeKind::Retyped => 3,
    };
    (variable << 2) | kind
}

/// The same again.
pub(super) const fn unpacked(change: u32) -> (u32, ChangeKind) {
    let kind = match change & 3 {
        0 => ChangeKind::Changed,
        1 => ChangeKind::Added,
        2 => ChangeKind::Removed,
        _ => ChangeKind::Retyped,
    };
    (change >> 2, kind)
}

impl Log {
    /// The number of an interaction; `None` once the log is refused, for what is there is not told any more.
    fn interaction(&mut self, id: &str) -> Option<u32> {
        let number = self.names.interactions.number(id);
        if number.is_none() {
            self.refuse(AnalysisError::TooManyInteractions);
        }
        number.filter(|_| self.refused.is_none())
    }

    fn refuse(&mut self, error: AnalysisError) {
        self.refused = self.refused.or(Some(error));
    }

    /// The changes that a step made.
    pub(super) fn changes_of(&self, step: &Step) -> &[u32] {
        let from = place(step.changes_at);
        self.changes.get(from..from.saturating_add(place(step.changes_len))).unwrap_or_default()
    }
}

impl Default for Book {
    fn default() -> Self {
        let bound = |count, bytes| Names::new(Bound { count, bytes });
        Self {
            interactions: bound(INTERACTIONS_MAX, INTERACTIONS_BYTES_MAX),
            nodes: bound(NODES_MAX, usize::MAX),
            kinds: bound(KINDS_MAX, usize::MAX),
            variables: bound(VARIABLES_MAX, VARIABLES_BYTES_MAX),
        }
    }
}

/// Stands for an end that a step does not have.
pub(super) const NO_END: i64 = i64::MIN;

/// Stands for a type that has no number.
const NO_KIND: u16 = u16::MAX;

/// Stands for a variable that has none.
pub(super) const NO_VARIABLE: u32 = u32::MAX >> 2;

/// Different interactions of a history.
pub const INTERACTIONS_MAX: usize = 1_000_000;

/// Bytes of all their ids.
const INTERACTIONS_BYTES_MAX: usize = 48 << 20;

/// Types of nodes that are told apart; those beyond are none that we know.
const KINDS_MAX: usize = 1_000;

/// Names of variables that are told apart, and their bytes; with more of them nothing is told of changes: they are data.
const VARIABLES_MAX: usize = 100_000;
const VARIABLES_BYTES_MAX: usize = 8 << 20;
