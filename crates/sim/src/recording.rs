//! A past that was recorded elsewhere, to be served as a tenant's own. Never changes how long anything took: each
//! interaction is moved in time as a whole.
//!
//! Its shape is that of the answer to a history query: `{"data": [{"interactionId", "steps": [{"startTime", "endTime",
//! …}]}]}`, plain or compressed by gzip. Whatever else a row has is served as it stands.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::io::Read as _;

use cxpulse_core::time::Timestamp;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::fields::Fields;

/// Bytes of a recording, unpacked: far above any that a test or a demo has.
pub const RECORDING_BYTES_MAX: u64 = 1 << 30;

/// A recorded past: at least one interaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    pub(crate) rows: Vec<Recorded>,
}

/// Why bytes are no recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingError {
    /// They say that they are gzip and are not, or not to their end.
    NotUnpacked(String),
    /// Over [`RECORDING_BYTES_MAX`].
    TooLarge,
    /// No JSON, or not of that shape; in words.
    Unread(String),
    /// A row that is no object, by its place from 0.
    RowUnread(usize),
    /// Not one interaction.
    Empty,
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUnpacked(words) => write!(f, "not whole, or no gzip: {words}"),
            Self::TooLarge => write!(f, "more than {RECORDING_BYTES_MAX} bytes"),
            Self::Unread(words) => write!(f, "no history of the shape {{\"data\": [...]}}: {words}"),
            Self::RowUnread(place) => write!(f, "the interaction at {place} is no object"),
            Self::Empty => f.write_str("no interactions"),
        }
    }
}

impl Error for RecordingError {}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

impl Recording {
    /// Reads a file's bytes.
    ///
    /// # Errors
    /// [`RecordingError`] says which rule they break.
    pub fn read(bytes: &[u8]) -> Result<Self, RecordingError> {
        let plain = unpacked(bytes)?;
        let file: File<'_> =
            serde_json::from_slice(&plain).map_err(|error| RecordingError::Unread(error.to_string()))?;
        let rows = file.data.iter().enumerate();
        let rows = rows.map(|(place, row)| Recorded::read(row.get()).ok_or(RecordingError::RowUnread(place)));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        if rows.is_empty() { Err(RecordingError::Empty) } else { Ok(Self { rows }) }
    }
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, RecordingError> {
    let mut plain = Vec::new();
    if !bytes.starts_with(&GZIP_MAGIC) {
        plain.extend_from_slice(bytes);
    } else if let Err(error) = MultiGzDecoder::new(bytes).take(RECORDING_BYTES_MAX + 1).read_to_end(&mut plain) {
        return Err(RecordingError::NotUnpacked(error.to_string()));
    }
    let is_over = u64::try_from(plain.len()).is_ok_and(|length| length > RECORDING_BYTES_MAX);
    if is_over { Err(RecordingError::TooLarge) } else { Ok(plain) }
}

/// One interaction: its text without the instants that can be moved, and where those stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// Empty where the row has none.
    pub(crate) id: String,
    text: String,
    instants: Vec<(usize, Timestamp)>,
    pub(crate) visits: Vec<RecordedVisit>,
}

/// What a filter asks of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordedVisit {
    pub(crate) start: Option<Timestamp>,
    pub(crate) has_error: bool,
}

impl Recorded {
    fn read(text: &str) -> Option<Self> {
        let fields = Fields::of(text)?;
        let id = fields.get("interactionId").and_then(|id| serde_json::from_str(id).ok()).unwrap_or_default();
        let mut recorded = Self { id, text: String::new(), instants: Vec::new(), visits: Vec::new() };
        let mut written = String::with_capacity(text.len());
        fields.write(&mut written, |to, name, value| match name {
            "steps" => recorded.write_steps(to, value),
            _ => to.push_str(value),
        });
        recorded.text = written;
        Some(recorded)
    }

    /// The last instant that it names; `None` where it names none.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.instants.iter().map(|(_, at)| *at).max()
    }

    /// The start of its latest step.
    pub(crate) fn last_start(&self) -> Option<Timestamp> {
        self.visits.iter().filter_map(|visit| visit.start).max()
    }

    /// The row with every instant where `moved` puts it.
    pub(crate) fn text(&self, moved: impl Fn(Timestamp) -> Timestamp) -> String {
        let mut text = String::with_capacity(self.text.len().saturating_add(self.instants.len() * INSTANT_BYTES));
        let mut written = 0;
        for (place, at) in &self.instants {
            text.push_str(self.text.get(written..*place).unwrap_or_default());
            // Writing to a String does not fail.
            let _ = write!(text, "{}", moved(*at));
            written = *place;
        }
        text.push_str(self.text.get(written..).unwrap_or_default());
        text
    }

    /// Steps that are no list, or of which one is no object, stay as they are, and no condition on steps finds them.
    fn write_steps(&mut self, to: &mut String, value: &str) {
        let steps = serde_json::from_str::<Vec<&RawValue>>(value).ok();
        let steps = steps.and_then(|steps| steps.into_iter().map(|step| Fields::of(step.get())).collect());
        let Some(steps): Option<Vec<Fields<'_>>> = steps else { return to.push_str(value) };
        to.push('[');
        for (number, step) in steps.iter().enumerate() {
            if number > 0 {
                to.push(',');
            }
            self.write_step(to, step);
        }
        to.push(']');
    }

    fn write_step(&mut self, to: &mut String, step: &Fields<'_>) {
        self.visits.push(RecordedVisit {
            start: step.get("startTime").and_then(instant),
            has_error: step.get("errorState") == Some("true"),
        });
        step.write(to, |to, name, value| match (name, instant(value)) {
            ("startTime" | "endTime", Some(at)) => {
                to.push('"');
                self.instants.push((to.len(), at));
                to.push('"');
            }
            _ => to.push_str(value),
        });
    }
}

/// An instant as RFC 3339 has it, with its zone; any other text cannot be moved.
fn instant(value: &str) -> Option<Timestamp> {
    let text: String = serde_json::from_str(value).ok()?;
    Timestamp::parse_rfc3339(&text).ok()
}

/// RFC 1952 section 2.3.1.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// `2026-11-21T10:00:05.120Z`.
const INSTANT_BYTES: usize = 24;
