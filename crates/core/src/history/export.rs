//! Histories for other tools: XES and CSV of a [`Log`], DOT and Mermaid of a [`Report`]. All are written piece by piece; what
//! an id has in it is text everywhere.

use core::fmt::{self, Write};

use super::analysis::{AnalysisError, Interactions};
use super::log::Log;
use super::options::{Filter, Options};
use super::report::Report;

mod csv;
mod dot;
mod mermaid;
mod xes;

/// Why an export broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportError {
    /// The history is none of a workflow.
    Analysis(AnalysisError),
    /// The writer failed.
    Writer,
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Analysis(error) => write!(f, "{error}"),
            Self::Writer => f.write_str("the export could not be written"),
        }
    }
}

impl core::error::Error for ExportError {}

impl From<fmt::Error> for ExportError {
    fn from(_: fmt::Error) -> Self {
        Self::Writer
    }
}

impl From<AnalysisError> for ExportError {
    fn from(error: AnalysisError) -> Self {
        Self::Analysis(error)
    }
}

/// An export that has every step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// That of [`write_csv`].
    Csv,
    /// That of [`write_xes`].
    Xes,
}

/// An export that is written in parts, so that nobody has to hold all of it.
#[derive(Debug, Clone)]
pub struct Exporter {
    table: Table,
    interactions: Interactions,
    /// Whether its head was written.
    has_begun: bool,
}

impl Exporter {
    /// Of a log as it is now: what comes later is not in it.
    ///
    /// # Errors
    /// [`ExportError::Analysis`].
    pub fn new(table: Table, log: &Log, options: &Options, filter: &Filter) -> Result<Self, ExportError> {
        Ok(Self { table, interactions: Interactions::of(log, options, filter)?, has_begun: false })
    }

    /// Writes the next part, an interaction at most; `false` where that was the end. `log` is the one that it was made of.
    ///
    /// # Errors
    /// [`ExportError::Writer`].
    pub fn write(&mut self, log: &Log, out: &mut impl Write) -> Result<bool, ExportError> {
        let (head, tail) = match self.table {
            Table::Csv => (csv::HEAD, ""),
            Table::Xes => (xes::HEAD, xes::TAIL),
        };
        if !core::mem::replace(&mut self.has_begun, true) {
            out.write_str(head)?;
        }
        let table = self.table;
        let is_more = self.interactions.next(log, |interaction| match table {
            Table::Csv => csv::write(interaction, out),
            Table::Xes => xes::write(interaction, out),
        })?;
        if !is_more {
            out.write_str(tail)?;
        }
        Ok(is_more)
    }
}

fn whole(table: Table, log: &Log, options: &Options, filter: &Filter, out: &mut impl Write) -> Result<(), ExportError> {
    let mut exporter = Exporter::new(table, log, options, filter)?;
    while exporter.write(log, out)? {}
    Ok(())
}

/// A row for each step, by interaction and start: `interaction, node, type, start, end, dwell_seconds, waiting_seconds,
/// is_decision, is_bottleneck, error` (RFC 4180, with a header).
///
/// # Errors
/// [`ExportError`].
pub fn write_csv(log: &Log, options: &Options, filter: &Filter, out: &mut impl Write) -> Result<(), ExportError> {
    whole(Table::Csv, log, options, filter, out)
}

/// A trace for each interaction and an event for each step (IEEE 1849-2016): `time:timestamp` is its end, with the
/// transition `complete`; its start is `start_timestamp`.
///
/// # Errors
/// [`ExportError`].
pub fn write_xes(log: &Log, options: &Options, filter: &Filter, out: &mut impl Write) -> Result<(), ExportError> {
    whole(Table::Xes, log, options, filter, out)
}

/// The directly-follows graph for Graphviz.
///
/// # Errors
/// Those of the writer.
pub fn write_dot(report: &Report, out: &mut impl Write) -> fmt::Result {
    dot::write(report, out)
}

/// The directly-follows graph for Mermaid.
///
/// # Errors
/// Those of the writer.
pub fn write_mermaid(report: &Report, out: &mut impl Write) -> fmt::Result {
    mermaid::write(report, out)
}
