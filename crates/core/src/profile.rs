//! How one kind of CXone API is spoken: paths, bodies, words and limits as data. Never a call itself.
//!
//! The seeds disagree on all of it, and real tenants differ again; so a profile is JSON, and a new dialect is a file.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use core::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::CallKind;
use crate::status::Status;
use crate::time::Span;

mod limits;

pub use limits::{BreakerRule, Limits};

/// A connector profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name in requests and configuration, such as `dataactions`.
    pub name: String,
    /// Counts up with every change of meaning.
    pub version: u32,
    /// Where the facts come from, for people.
    pub source: String,
    /// How a token is had.
    pub token: TokenRule,
    /// The header that carries the correlation id.
    pub correlation_header: String,
    /// Starts an execution.
    pub submit: Endpoint,
    /// Asks after one.
    pub poll: Endpoint,
    /// Stops one, where CXone can.
    #[serde(default)]
    pub cancel: Option<Endpoint>,
    /// Finds one by its correlation id, where CXone can; `list` then points at the array.
    #[serde(default)]
    pub lookup: Option<Endpoint>,
    /// The field of the start's context that carries our callback URL, where CXone calls back.
    #[serde(default)]
    pub callback_field: Option<String>,
    /// Each status with the words that mean it; compared in upper case.
    pub words: BTreeMap<Status, alloc::vec::Vec<String>>,
    /// Whether upstream ids are UUIDs, so that any other text is refused before it is sent.
    #[serde(default)]
    pub ids_are_uuids: bool,
    /// Seconds after a submit in which "not found" means "not yet".
    pub not_found_grace_seconds: u64,
    /// What the gate lets through.
    #[serde(default)]
    pub limits: Limits,
    /// When the gate's breaker opens.
    #[serde(default)]
    pub breaker: BreakerRule,
}

/// How a token is had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "flow", rename_all = "snake_case", deny_unknown_fields)]
pub enum TokenRule {
    /// OAuth 2.0 client credentials (RFC 6749 section 4.4), form-encoded.
    ClientCredentials {
        /// Path on the base URL, unless the tenant's configuration names a whole URL.
        path: String,
        /// Scopes to ask for, parted by spaces; none where absent.
        #[serde(default)]
        scope: Option<String>,
    },
}

/// One endpoint: what is sent and where the answer keeps what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// HTTP method.
    pub method: String,
    /// Path and query with `{action_id}`, `{execution_id}`, `{correlation_id}`; values are percent-encoded.
    pub path: String,
    /// JSON whose strings `{action_id}`, `{inputs}`, `{context}`, `{correlation_id}` stand for values.
    #[serde(default)]
    pub body: Option<Value>,
    /// Where the answer keeps what.
    #[serde(default)]
    pub answer: Pointers,
}

/// RFC 6901 pointers into an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pointers {
    /// The array of executions, for a lookup; the other pointers then start at its first item.
    #[serde(default)]
    pub list: Option<String>,
    /// CXone's id of the execution.
    #[serde(default)]
    pub id: Option<String>,
    /// The status word.
    #[serde(default)]
    pub status: Option<String>,
    /// The result.
    #[serde(default)]
    pub result: Option<String>,
    /// The error.
    #[serde(default)]
    pub error: Option<String>,
    /// Records done.
    #[serde(default)]
    pub done: Option<String>,
    /// Records in all.
    #[serde(default)]
    pub total: Option<String>,
}

impl Profile {
    /// The built-in profile of that name.
    ///
    /// # Errors
    /// [`ProfileError::Unknown`] where there is none.
    pub fn built_in(name: &str) -> Result<Self, ProfileError> {
        let (_, text) =
            BUILT_IN.iter().find(|(known, _)| *known == name).ok_or_else(|| ProfileError::Unknown(name.into()))?;
        Self::parse(text)
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// [`ProfileError::Malformed`] with the place of the fault.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        serde_json::from_str(text).map_err(|error| ProfileError::Malformed(error.to_string()))
    }

    /// The status that a word means, in any case; `None` for a word that the profile does not know.
    #[must_use]
    pub fn status_of(&self, word: &str) -> Option<Status> {
        let means = |words: &alloc::vec::Vec<String>| words.iter().any(|known| known.eq_ignore_ascii_case(word.trim()));
        self.words.iter().find_map(|(status, words)| means(words).then_some(*status))
    }

    /// The endpoint of a kind of call; `None` where the profile has none.
    #[must_use]
    pub const fn endpoint(&self, kind: CallKind) -> Option<&Endpoint> {
        match kind {
            CallKind::Submit => Some(&self.submit),
            CallKind::Poll => Some(&self.poll),
            CallKind::LookUp => self.lookup.as_ref(),
            CallKind::Cancel => self.cancel.as_ref(),
        }
    }

    /// How long after a submit "not found" means "not yet".
    #[must_use]
    pub const fn not_found_grace(&self) -> Span {
        Span::from_secs(self.not_found_grace_seconds)
    }
}

/// Why there is no such profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileError {
    /// No profile has this name.
    Unknown(String),
    /// The text is not a profile: what is wrong, and where.
    Malformed(String),
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "no profile is called {name}"),
            Self::Malformed(what) => write!(f, "not a profile: {what}"),
        }
    }
}

impl core::error::Error for ProfileError {}

/// Name and text of every built-in profile.
pub const BUILT_IN: &[(&str, &str)] = &[("dataactions", include_str!("profile/dataactions.json"))];
