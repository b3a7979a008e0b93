//! What an answer says of an execution. Never reads one: [`super::read_answer`] does.

use alloc::string::String;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::failure::{Failure, FailureKind, cut};
use crate::id::{UpstreamId, prefixed_hex};
use crate::json::Json;
use crate::progress::Progress;
use crate::status::Status;
use crate::time::Span;

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case", try_from = "AnswerFields")]
pub enum Answer {
    /// The execution as CXone sees it.
    Seen(Sighting),
    /// No execution has the correlation id yet, or several have, and none can be told to be ours.
    Absent,
    /// The cancel was taken.
    Acknowledged,
    /// It failed.
    Failed(Failure),
}

/// One look at an execution, by poll, callback or the submit's own answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// CXone's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_id: Option<UpstreamId>,
    /// The status word.
    pub word: Word,
    /// How far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// The result, where there is one that is not null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Payload>,
    /// The error, where there is one that is not null; at most [`super::ERROR_MAX`] bytes, else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Json>,
}

impl Sighting {
    /// The same with what fits of a result that is longer than `max` bytes.
    #[must_use]
    pub fn within(self, max: usize) -> Self {
        Self { result: self.result.map(|result| result.within(max)), ..self }
    }
}

/// A status word, understood or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// The profile knows it.
    Known(Status),
    /// It does not: the word, cut to 64 bytes.
    Unknown(String),
}

/// A result: whole, or what stays of one that is too large.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// At most [`RESULT_MAX`] bytes.
    Whole(Json),
    /// Larger.
    Truncated {
        /// Bytes of the JSON text.
        size: u64,
        /// SHA-256 of the JSON text in lower-case hex.
        sha256: String,
        /// Its first part, at most [`HEAD_MAX`] bytes, cut between characters.
        head: String,
    },
}

impl Payload {
    /// Keeps a result, or what fits of it.
    #[must_use]
    pub fn of(raw: &RawValue) -> Self {
        if raw.get().len() <= RESULT_MAX { Self::Whole(raw.into()) } else { Self::truncated(raw.get()) }
    }

    /// The same, or what fits of it, where less than [`RESULT_MAX`] bytes are to be kept whole.
    #[must_use]
    pub fn within(self, max: usize) -> Self {
        match self {
            Self::Whole(whole) if whole.as_str().len() > max => Self::truncated(whole.as_str()),
            Self::Whole(_) | Self::Truncated { .. } => self,
        }
    }

    fn truncated(text: &str) -> Self {
        let sha256 = prefixed_hex("", &Sha256::digest(text.as_bytes()));
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        Self::Truncated { size, sha256, head: cut(text, HEAD_MAX).into() }
    }
}

/// An answer as it is read: out of a struct, for serde's way to read a tagged enum loses the text of JSON in it.
#[derive(Deserialize)]
struct AnswerFields {
    answer: AnswerTag,
    upstream_id: Option<UpstreamId>,
    word: Option<Word>,
    progress: Option<Progress>,
    result: Option<Payload>,
    error: Option<Json>,
    kind: Option<FailureKind>,
    status: Option<u16>,
    retry_after: Option<Span>,
    message: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AnswerTag {
    Seen,
    Absent,
    Acknowledged,
    Failed,
}

impl TryFrom<AnswerFields> for Answer {
    type Error = &'static str;

    fn try_from(fields: AnswerFields) -> Result<Self, &'static str> {
        let AnswerFields { answer, upstream_id, word, progress, result, error, kind, status, retry_after, message } =
            fields;
        let read = || {
            Some(match answer {
                AnswerTag::Seen => Self::Seen(Sighting { upstream_id, word: word?, progress, result, error }),
                AnswerTag::Absent => Self::Absent,
                AnswerTag::Acknowledged => Self::Acknowledged,
                AnswerTag::Failed => Self::Failed(Failure { kind: kind?, status, retry_after, message: message? }),
            })
        };
        read().ok_or("a field of the answer is missing")
    }
}

/// Bytes of a result that is kept whole: 1 MiB.
pub const RESULT_MAX: usize = 1_048_576;

/// Bytes kept of a larger one.
pub const HEAD_MAX: usize = 65_536;
