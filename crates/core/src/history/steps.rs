//! The report for each step, a line of JSON each: how long it took, whether it held the interaction up, what it changed. Each step
//! is told once, however many rows have it. Never holds more than one row's lines, and fingerprints of the steps that rows share.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use self::merge::{HELD_MAX, Merge, Notes, Told, TooMany};
use super::anomaly::Anomalies;
use super::cursor::Fault;
use super::fields::{Change, ChangeKind};
use super::log::NO_END;
use super::mix;
use super::options::{Judged, MissingEnd, Options, is_decision};
use super::read::{Expected, Reader, Sink, StepRead};
use super::text::{Instants, push_quoted, push_seconds};

mod merge;

/// Why lines were not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepsError {
    /// The text is not JSON, or no page.
    Unreadable(Fault),
    /// The writer failed.
    Writer,
    /// More rows than can be held in mind, or more steps that several rows share.
    TooMany,
}

impl fmt::Display for StepsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(fault) => write!(f, "{fault}"),
            Self::Writer => f.write_str("the steps could not be written"),
            Self::TooMany => {
                write!(f, "more than {HELD_MAX} rows, or steps that several rows have: ask for a shorter period")
            }
        }
    }
}

impl core::error::Error for StepsError {}

impl From<TooMany> for StepsError {
    fn from(_: TooMany) -> Self {
        Self::TooMany
    }
}

/// Writes a line for each step of a page, a list of rows, or a row, that has both times, in the order in which they stand.
///
/// `{"interaction", "node", "type", "start", "end", "dwell" (seconds), "is_decision", "is_bottleneck", "error", "changes":
/// {"changed": {name: {"before", "after"}}, "added": {name: value}, "removed": {name: value}, "retyped": {name: {"before",
/// "after"}}}}`. Values stand as they came. A step that several rows of an interaction have is told once, with the values of the
/// first. Where the options give a missing end the next start, it is that of the interaction's next step.
///
/// # Errors
/// [`StepsError`]; lines of rows before the place of a fault are written.
pub fn write_steps(text: &str, options: &Options, out: &mut impl Write) -> Result<(), StepsError> {
    if options.missing_end == MissingEnd::LeaveOut {
        return StepLines { options: options.clone(), merge: Merge::at_once() }.read(text, Expected::Any, out);
    }
    let mut notes = StepNotes::new(options.clone());
    let noted = notes.read(text, Expected::Any);
    if let Err(error @ StepsError::TooMany) = noted {
        return Err(error);
    }
    notes.finish().read(text, Expected::Any, out)
}

/// The first look at rows that are stored: which interactions have several of them, so that [`StepLines`] tells each step once.
///
/// Holds eight bytes for each row, and twenty-four more for each step where a missing end takes the next start.
#[derive(Debug, Clone)]
pub struct StepNotes {
    options: Options,
    notes: Notes,
}

/// The second look at the same rows in the same order: writes the lines of [`write_steps`].
///
/// Holds some twenty bytes for each step of those interactions of which some rows were written and others not yet.
#[derive(Debug, Clone)]
pub struct StepLines {
    options: Options,
    merge: Merge,
}

impl StepNotes {
    /// Of no row yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options, notes: Notes::default() }
    }

    /// Looks at a row. One that cannot be read is nobody's.
    ///
    /// # Errors
    /// [`StepsError::TooMany`].
    pub fn row(&mut self, text: &str) -> Result<(), StepsError> {
        self.read(text, Expected::Row).or_else(unless_unreadable)
    }

    /// Looks at a line of a file: a row, a page of them, or a list.
    ///
    /// # Errors
    /// [`StepsError::TooMany`].
    pub fn line(&mut self, text: &str) -> Result<(), StepsError> {
        self.read(text, Expected::Any).or_else(unless_unreadable)
    }

    /// All rows were seen.
    #[must_use]
    pub fn finish(self) -> StepLines {
        StepLines { options: self.options, merge: self.notes.finish() }
    }

    fn read(&mut self, text: &str, expected: Expected) -> Result<(), StepsError> {
        let has_steps = self.options.missing_end == MissingEnd::TakeNextStart;
        let mut seen = Seen { notes: &mut self.notes, has_steps, steps: Vec::new(), mark: mix::SEED, kept: Ok(()) };
        let read = Reader::new(text, &mut seen).document(expected);
        seen.kept?;
        read.map_err(StepsError::Unreadable)
    }
}

impl StepLines {
    /// Writes the lines of a row: none of one that cannot be read, for such a row is counted in the report.
    ///
    /// # Errors
    /// [`StepsError::Writer`], [`StepsError::TooMany`].
    pub fn row(&mut self, text: &str, out: &mut impl Write) -> Result<(), StepsError> {
        self.read(text, Expected::Row, out).or_else(unless_unreadable)
    }

    /// Writes the lines of a file's line, as [`StepNotes::line`] looked at it.
    ///
    /// # Errors
    /// [`StepsError::Writer`], [`StepsError::TooMany`].
    pub fn line(&mut self, text: &str, out: &mut impl Write) -> Result<(), StepsError> {
        self.read(text, Expected::Any, out).or_else(unless_unreadable)
    }

    fn read(&mut self, text: &str, expected: Expected, out: &mut impl Write) -> Result<(), StepsError> {
        let mut lines = Lines {
            options: &self.options,
            merge: &mut self.merge,
            out,
            steps: Vec::new(),
            texts: String::new(),
            changes: Default::default(),
            mark: mix::SEED,
            lines: String::new(),
            instants: Instants::default(),
            written: Ok(()),
        };
        let read = Reader::new(text, &mut lines).document(expected);
        lines.written?;
        read.map_err(StepsError::Unreadable)
    }
}

/// What is wrong with one row of many is no reason to end.
const fn unless_unreadable(error: StepsError) -> Result<(), StepsError> {
    match error {
        StepsError::Unreadable(_) => Ok(()),
        StepsError::Writer | StepsError::TooMany => Err(error),
    }
}

/// Takes notes of rows.
struct Seen<'n> {
    notes: &'n mut Notes,
    has_steps: bool,
    /// Start and fingerprint.
    steps: Vec<(i64, u64)>,
    /// Of what the next step changed.
    mark: u64,
    kept: Result<(), TooMany>,
}

impl<'a> Sink<'a> for &mut Seen<'_> {
    fn wants_steps(&self) -> bool {
        self.has_steps
    }

    fn change(&mut self, change: Change<'a>) {
        self.mark = marked(self.mark, &change);
    }

    fn step(&mut self, step: &StepRead<'a>) {
        let mark = core::mem::replace(&mut self.mark, mix::SEED);
        self.steps.push((step.start, fingerprint(mark, step)));
    }

    fn leave_out(&mut self) {
        self.mark = mix::SEED;
    }

    fn row(&mut self, id: Option<&str>, _: &Anomalies) {
        if let Some(id) = id
            && self.kept.is_ok()
        {
            self.kept = self.notes.add(mix::text(id), self.steps.drain(..));
        }
        self.steps.clear();
    }
}

/// What two steps have in common that are the same one: as in `gather`, values of variables are not looked at.
fn fingerprint(changes: u64, step: &StepRead<'_>) -> u64 {
    let words = [
        step.start.cast_unsigned(),
        step.end.unwrap_or(NO_END).cast_unsigned(),
        mix::text(&step.node),
        mix::text(&step.kind),
        u64::from(step.is_error),
    ];
    words.into_iter().fold(changes, mix::mixed)
}

fn marked(mark: u64, change: &Change<'_>) -> u64 {
    let kind = match change.kind {
        ChangeKind::Changed => 0,
        ChangeKind::Added => 1,
        ChangeKind::Removed => 2,
        ChangeKind::Retyped => 3,
    };
    mix::mixed(mix::mixed(mark, mix::text(&change.name.decoded())), kind)
}

struct Lines<'o, W> {
    options: &'o Options,
    merge: &'o mut Merge,
    out: &'o mut W,
    steps: Vec<Line>,
    texts: String,
    /// Of the step that comes next: changed, added, removed, retyped.
    changes: [String; 4],
    /// The fingerprint of these, where rows share steps.
    mark: u64,
    /// Room for what is written of a row.
    lines: String,
    instants: Instants,
    written: Result<(), StepsError>,
}

/// A step that waits for its interaction's id.
struct Line {
    start: i64,
    end: Option<i64>,
    /// Whether it came without an end.
    is_open: bool,
    is_decision: bool,
    is_error: bool,
    /// Whether an earlier row told it.
    is_repeated: bool,
    /// What it is known by, where rows share steps.
    mark: u64,
    /// In the texts: node and type, then the changes.
    names_end: usize,
    changes_end: usize,
}

impl<'a, W: Write> Sink<'a> for &mut Lines<'_, W> {
    fn change(&mut self, change: Change<'a>) {
        if !self.merge.is_empty() {
            self.mark = marked(self.mark, &change);
        }
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
        self.texts.push_str("\"node\":");
        push_quoted(&step.node, &mut self.texts);
        self.texts.push_str(",\"type\":");
        push_quoted(&step.kind, &mut self.texts);
        let names_end = self.texts.len();
        let mut separator = "";
        for (name, list) in ["changed", "added", "removed", "retyped"].iter().zip(&mut self.changes) {
            if !list.is_empty() {
                self.texts.extend([separator, "\"", name, "\":{", list.as_str(), "}"]);
                separator = ",";
                list.clear();
            }
        }
        let mark = core::mem::replace(&mut self.mark, mix::SEED);
        self.steps.push(Line {
            start: step.start,
            end: step.end,
            is_open: step.end.is_none(),
            is_decision: is_decision(&step.kind),
            is_error: step.is_error,
            is_repeated: false,
            mark: if self.merge.is_empty() { mark } else { fingerprint(mark, step) },
            names_end,
            changes_end: self.texts.len(),
        });
    }

    fn leave_out(&mut self) {
        self.changes.iter_mut().for_each(String::clear);
        self.mark = mix::SEED;
    }

    fn row(&mut self, id: Option<&str>, _: &Anomalies) {
        if self.options.missing_end == MissingEnd::TakeNextStart {
            self.take_next_starts();
        }
        if let Some(id) = id {
            self.merge(id);
            let written = self.write(id);
            self.note(written);
        }
        self.steps.clear();
        self.texts.clear();
    }
}

impl<W: Write> Lines<'_, W> {
    /// Keeps why it failed first.
    fn note(&mut self, written: fmt::Result) {
        if written.is_err() && self.written.is_ok() {
            self.written = Err(StepsError::Writer);
        }
    }

    /// Marks what an earlier row told, and lets ends be the starts that other rows have.
    fn merge(&mut self, id: &str) {
        if self.merge.is_empty() {
            return;
        }
        let is_taken = self.options.missing_end == MissingEnd::TakeNextStart;
        let marks: Vec<(i64, u64)> = self.steps.iter().map(|line| (line.start, line.mark)).collect();
        let mut lines = self.steps.iter_mut();
        let merged = self.merge.row(mix::text(id), marks.into_iter(), |told| match (lines.next(), told) {
            (Some(line), Told::Again) => line.is_repeated = true,
            (Some(line), Told::First { next }) if is_taken && line.is_open => line.end = next,
            (Some(_) | None, Told::First { .. }) | (None, Told::Again) => {}
        });
        if self.written.is_ok() {
            self.written = merged.map_err(StepsError::from);
        }
    }

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
        let is_every_judged = self.options.judged == Judged::All;
        let mut from = 0;
        self.lines.clear();
        let out = &mut self.lines;
        for line in &self.steps {
            let names = self.texts.get(from..line.names_end).unwrap_or_default();
            let changes = self.texts.get(line.names_end..line.changes_end).unwrap_or_default();
            from = line.changes_end;
            let Some(end) = line.end.filter(|_| !line.is_repeated) else { continue };
            let dwell = hours.map_or(end.saturating_sub(line.start), |hours| hours.between(line.start, end));
            let is_bottleneck = (line.is_decision || is_every_judged) && dwell > threshold;
            out.push_str("{\"interaction\":");
            push_quoted(id, out);
            out.extend([",", names, ",\"start\":\""]);
            self.instants.push(line.start, out);
            out.push_str("\",\"end\":\"");
            self.instants.push(end, out);
            out.push_str("\",\"dwell\":");
            push_seconds(dwell, out);
            out.extend([",\"is_decision\":", word(line.is_decision), ",\"is_bottleneck\":", word(is_bottleneck)]);
            out.extend([",\"error\":", word(line.is_error), ",\"changes\":{", changes, "}}\n"]);
        }
        if self.lines.is_empty() { Ok(()) } else { self.out.write_str(&self.lines) }
    }
}

const fn word(is_so: bool) -> &'static str {
    if is_so { "true" } else { "false" }
}

/// A value on one line: a line's end in JSON is never within a string.
fn flat(value: &str, out: &mut String) {
    if value.contains(['\n', '\r']) {
        out.extend(value.chars().map(|one| if matches!(one, '\n' | '\r') { ' ' } else { one }));
    } else {
        out.push_str(value);
    }
}
