//! Histories for other tools: XES and CSV of a [`Log`], DOT and Mermaid of a [`Report`]. All are written piece by piece; what
//! an id has in it is text everywhere.

use core::fmt::{self, Write};

use super::analysis::AnalysisError;
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

/// A row for each step, by interaction and start: `interaction, node, type, start, end, dwell_seconds, waiting_seconds,
/// is_decision, is_bottleneck, error` (RFC 4180, with a header).
///
/// # Errors
/// [`ExportError`].
pub fn write_csv(log: &Log, options: &Options, filter: &Filter, out: &mut impl Write) -> Result<(), ExportError> {
    csv::write(log, options, filter, out)
}

/// A trace for each interaction and an event for each step (IEEE 1849-2016): `time:timestamp` is its end, with the
/// transition `complete`; its start is `start_timestamp`.
///
/// # Errors
/// [`ExportError`].
pub fn write_xes(log: &Log, options: &Options, filter: &Filter, out: &mut impl Write) -> Result<(), ExportError> {
    xes::write(log, options, filter, out)
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
