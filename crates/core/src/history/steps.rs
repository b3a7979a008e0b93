//! The report for each step, a line of JSON each: how long it took, whether it held the interaction up, what it changed. Never
//! holds more than one row's lines.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use super::anomaly::Anomalies;
use super::cursor::Fault;
use super::fields::{Change, ChangeKind};
use super::number::seconds;
use super::options::{Judged, MissingEnd, Options, is_decision};
use super::read::{Reader, Sink, StepRead};
use super::text::{Instant, Quoted};

/// Why lines were not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepsError {
    /// The text is not JSON, or no page.
    Unreadable(Fault),
    /// The writer failed.
    Writer,
}

impl fmt::Display for StepsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(fault) => write!(f, "{fault}"),
            Self::Writer => f.write_str("the steps could not be written"),
        }
    }
}

impl core::error::Error for StepsError {}

/// Writes a line for each step of a page or row that has both times, in the order in which they stand.
///
/// `{"interaction", "node", "type", "start", "end", "dwell" (seconds), "is_decision", "is_bottleneck", "error", "changes":
/// {"changed": {name: {"before", "after"}}, "added": {name: value}, "removed": {name: value}, "retyped": {name: {"before",
/// "after"}}}}`. Values stand as they came. Where the options give a missing end the next start, it is that of the next step
/// of the row.
///
/// # Errors
/// [`StepsError`]; lines of rows before the place of a fault are written.
pub fn write_steps(text: &str, options: &Options, out: &mut impl Write) -> Result<(), StepsError> {
    let mut lines =
        Lines { options, out, steps: Vec::new(), texts: String::new(), changes: Default::default(), failed: false };
    let read = Reader::new(text, &mut lines).document();
    if lines.failed {
        return Err(StepsError::Writer);
    }
    read.map_err(StepsError::Unreadable)
}

struct Lines<'o, W> {
    options: &'o Options,
    out: &'o mut W,
    steps: Vec<Line>,
    texts: String,
    /// Of the step that comes next: changed, added, removed, retyped.
    changes: [String; 4],
    failed: bool,
}

/// A step that waits for its interaction's id.
struct Line {
    start: i64,
    end: Option<i64>,
    is_decision: bool,
    is_error: bool,
    /// In the texts: node and type, then the changes.
    names_end: usize,
    changes_end: usize,
}

impl<'a, W: Write> Sink<'a> for &mut Lines<'_, W> {
    fn change(&mut self, change: Change<'a>) {
        let [changed, added, removed, retyped] = &mut self.changes;
        let list = match change.kind {
            ChangeKind::Changed => changed,
            ChangeKind::Added => added,
            ChangeKind::Removed => removed,
            ChangeKind::Retyped => retyped,
        };
        if !list.is_empty() {
            list.push(',');
        }
        // A name is spelled as it came, which is JSON.
        list.extend(["\"", change.name.raw, "\":"]);
        match (change.before, change.after) {
            (Some(before), Some(after)) => {
                list.push_str("{\"before\":");
                flat(before, list);
                list.push_str(",\"after\":");
                flat(after, list);
                list.push('}');
            }
            (Some(value), None) | (None, Some(value)) => flat(value, list),
            (None, None) => list.push_str("null"),
        }
    }

    fn step(&mut self, step: &StepRead<'a>) {
        let names = write!(self.texts, "\"node\":{},\"type\":{}", Quoted(&step.node), Quoted(&step.kind));
        let names_end = self.texts.len();
        let mut separator = "";
        for (name, list) in ["changed", "added", "removed", "retyped"].iter().zip(&mut self.changes) {
            if !list.is_empty() {
                self.texts.extend([separator, "\"", name, "\":{", list.as_str(), "}"]);
                separator = ",";
                list.clear();
            }
        }
        self.failed |= names.is_err();
        self.steps.push(Line {
            start: step.start,
            end: step.end,
            is_decision: is_decision(&step.kind),
            is_error: step.is_error,
            names_end,
            changes_end: self.texts.len(),
        });
    }

    fn leave_out(&mut self) {
        self.changes.iter_mut().for_each(String::clear);
    }

    fn row(&mut self, id: Option<&str>, _: &Anomalies) {
        if self.options.missing_end == MissingEnd::TakeNextStart {
            self.take_next_starts();
        }
        if let Some(id) = id {
            self.failed |= self.write(id).is_err();
        }
        self.steps.clear();
        self.texts.clear();
    }
}

impl<W: Write> Lines<'_, W> {
    fn take_next_starts(&mut self) {
        let mut order: Vec<&mut Line> = self.steps.iter_mut().collect();
        order.sort_by_key(|line| line.start);
        let mut next = None;
        for line in order.into_iter().rev() {
            line.end = line.end.or(next);
            next = Some(line.start);
        }
    }

    fn write(&mut self, id: &str) -> fmt::Result {
        let hours = self.options.hours.as_ref();
        let threshold = i64::try_from(self.options.threshold.as_millis()).unwrap_or(i64::MAX);
        let mut from = 0;
        for line in &self.steps {
            let names = self.texts.get(from..line.names_end).unwrap_or_default();
            let changes = self.texts.get(line.names_end..line.changes_end).unwrap_or_default();
            from = line.changes_end;
            let Some(end) = line.end else { continue };
            let dwell = hours.map_or(end.saturating_sub(line.start), |hours| hours.between(line.start, end));
            let is_judged = line.is_decision || self.options.judged == Judged::All;
            writeln!(
                self.out,
                "{{\"interaction\":{},{names},\"start\":\"{}\",\"end\":\"{}\",\"dwell\":{},\"is_decision\":{},\
                 \"is_bottleneck\":{},\"error\":{},\"changes\":{{{changes}}}}}",
                Quoted(id),
                Instant(line.start),
                Instant(end),
                seconds(dwell),
                line.is_decision,
                is_judged && dwell > threshold,
                line.is_error,
            )?;
        }
        Ok(())
    }
}

/// A value on one line: a line's end in JSON is never within a string.
fn flat(value: &str, out: &mut String) {
    if value.contains(['\n', '\r']) {
        out.extend(value.chars().map(|one| if matches!(one, '\n' | '\r') { ' ' } else { one }));
    } else {
        out.push_str(value);
    }
}
