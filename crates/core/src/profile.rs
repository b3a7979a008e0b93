//! How one kind of CXone API is spoken: paths, bodies, words and limits as data. Never a call itself.
//!
//! The seeds disagree on all of it, and real tenants differ again; so a profile is JSON, and a new dialect is a file.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::call::CallKind;
use crate::status::Status;
use crate::time::Span;
use crate::validate::{Invalid, parse_profile};

mod callback;
mod limits;
mod place;
mod proxy;
pub(crate) mod template;
mod token;
pub(crate) mod url;

pub use callback::{CallbackRule, Encoding, Preset};
pub use limits::{BreakerRule, Limits};
pub use place::{Base, Discovery, Located, PlaceError, Question, Site, TokenPlace};
pub use proxy::ProxyRule;
pub use token::{ClientAuthentication, KeyEncoding, TokenRule};
pub use url::{URL_MAX, check_url, is_loopback};

/// A connector profile. Made by [`Profile::parse`] only, so every rule of the schema holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// Its name in requests and configuration, such as `dataactions`: 1..=64 lower-case letters, digits and hyphens.
    pub name: String,
    /// Counts up with every change of meaning; 1 and up.
    pub version: u32,
    /// Where the facts come from, for people.
    pub source: String,
    /// Where CXone is.
    pub base: Base,
    /// How a token is had.
    pub token: TokenRule,
    /// The header that carries the correlation id.
    pub correlation_header: String,
    /// Headers that every call carries beside ours.
    pub headers: BTreeMap<String, String>,
    /// Starts an execution.
    pub submit: Option<Endpoint>,
    /// Asks after one.
    pub poll: Option<Endpoint>,
    /// Stops one.
    pub cancel: Option<Endpoint>,
    /// Finds one by its correlation id; `list` then points at the array.
    pub lookup: Option<Endpoint>,
    /// Reads a page of what happened; `list` then points at the rows.
    pub history: Option<Endpoint>,
    /// Days that CXone keeps a history, 1..=3,650; 30 unless given.
    pub retention_days: u32,
    /// The field of the start's context that carries our callback URL, where CXone calls back.
    pub callback_field: Option<String>,
    /// What a callback has to carry to be believed; `None` where its address is enough.
    pub callback: Option<CallbackRule>,
    /// Each status with the words that mean it; compared in upper case.
    pub words: BTreeMap<Status, Vec<String>>,
    /// Whether upstream ids are UUIDs, so that any other text is refused before it is sent.
    pub ids_are_uuids: bool,
    /// Seconds after a submit in which "not found" means "not yet", 0..=3,600.
    pub not_found_grace_seconds: u32,
    /// What the gate lets through.
    pub limits: Limits,
    /// When the gate's breaker opens.
    pub breaker: BreakerRule,
    /// What the plain proxy lets through; nothing where empty.
    pub proxy: Vec<ProxyRule>,
}

/// One endpoint: what is sent and where the answer keeps what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Endpoint {
    /// HTTP method, in capitals.
    pub method: String,
    /// Path and query with placeholders such as `{action_id}`; values are percent-encoded.
    pub path: String,
    /// JSON whose strings `{action_id}`, `{inputs}` and the like stand for values. An object's key `"..."` with an object's
    /// placeholder spreads its fields into the object around it; where names clash, the template's own field stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Where the answer keeps what.
    pub answer: AnswerRule,
}

/// Where an answer keeps what: RFC 6901 pointers, the empty one for the whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct AnswerRule {
    /// The array of executions, for a lookup, or of rows, for a history. A lookup's other pointers start at its one item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// CXone's id of the execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The status word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The status word that a 2xx answer stands for which itself has none; in place of `status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub means: Option<String>,
    /// The result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Of a history: what its next page is asked for with; absent, null or empty where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Of a history: what its rows are.
    #[serde(skip_serializing_if = "RowKind::is_usual")]
    pub rows: RowKind,
    /// Records done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<String>,
    /// Records in all; of a history, rows in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
}

/// What the rows of a history are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// Interactions with their steps.
    #[default]
    Interactions,
    /// States that the one contact of the answer went through.
    ContactStates,
}

impl RowKind {
    const fn is_usual(&self) -> bool {
        matches!(self, Self::Interactions)
    }
}

impl Profile {
    /// The built-in profile of that name.
    ///
    /// # Errors
    /// [`ProfileError::Unknown`] where there is none.
    pub fn built_in(name: &str) -> Result<Self, ProfileError> {
        let (_, text) =
            BUILT_IN.iter().find(|(known, _)| *known == name).ok_or_else(|| ProfileError::Unknown(name.into()))?;
        Self::parse(text).map_err(ProfileError::Invalid)
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// [`Invalid`] with every fault and its pointer.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        parse_profile(text)
    }

    /// The status that a word means, in any case; `None` for a word that the profile does not know.
    #[must_use]
    pub fn status_of(&self, word: &str) -> Option<Status> {
        let means = |words: &Vec<String>| words.iter().any(|known| known.eq_ignore_ascii_case(word.trim()));
        self.words.iter().find_map(|(status, words)| means(words).then_some(*status))
    }

    /// The endpoint of a kind of call; `None` where the profile has none.
    #[must_use]
    pub const fn endpoint(&self, kind: CallKind) -> Option<&Endpoint> {
        match kind {
            CallKind::Submit => self.submit.as_ref(),
            CallKind::Poll => self.poll.as_ref(),
            CallKind::LookUp => self.lookup.as_ref(),
            CallKind::Cancel => self.cancel.as_ref(),
        }
    }

    /// Days that CXone keeps a history.
    #[must_use]
    pub const fn retention_days(&self) -> u32 {
        self.retention_days
    }

    /// How long after a submit "not found" means "not yet".
    #[must_use]
    pub fn not_found_grace(&self) -> Span {
        Span::from_secs(self.not_found_grace_seconds.into())
    }
}

impl Endpoint {
    /// Whether the path or the body has the placeholder of that name.
    #[must_use]
    pub fn names(&self, slot: &str) -> bool {
        template::slots(&self.path).contains(&slot)
            || self.body.as_ref().is_some_and(|body| template::holds(body, slot))
    }
}

/// Why there is no such profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileError {
    /// No profile has this name.
    Unknown(String),
    /// The text breaks the schema.
    Invalid(Invalid),
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "no profile is called {name}"),
            Self::Invalid(invalid) => write!(f, "not a profile: {invalid}"),
        }
    }
}

impl core::error::Error for ProfileError {}

/// Name and text of every built-in profile.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("dataactions", include_str!("profile/dataactions.json")),
    ("dx-actions", include_str!("profile/dx-actions.json")),
    ("data-actions", include_str!("profile/data-actions.json")),
    ("interactions-history", include_str!("profile/interactions-history.json")),
    ("cxone-data-extraction", include_str!("profile/cxone-data-extraction.json")),
    ("cxone-state-history", include_str!("profile/cxone-state-history.json")),
];
