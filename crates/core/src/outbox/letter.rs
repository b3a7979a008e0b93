//! What is known of one notification: what it is about, how often it was tried, what came of it. Never its body.

use alloc::format;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::{Change, Outbox, Topic};
use crate::time::{Rfc3339, Timestamp};

/// One notification, as the shell keeps it in a row beside its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Letter {
    /// 1 and up within its execution.
    pub number: u64,
    /// What it is about.
    pub topic: Topic,
    /// When it was owed.
    pub owed_at: Rfc3339,
    /// Where it stands.
    pub state: LetterState,
    /// How often it was sent, as far as is known: one that was lost with its process is not counted.
    pub tries: u32,
    /// The latest try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Try>,
}

/// Where a notification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NotificationState"))]
#[serde(rename_all = "snake_case")]
pub enum LetterState {
    /// To be sent.
    Owed,
    /// The receiver has it.
    Delivered,
    /// Given up; an operator may have it sent again.
    Dead,
    /// Given up for newer ones, of which there were too many.
    Dropped,
    /// The receiver said 410 to it or to one before it.
    Unwanted,
}

/// One try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NotificationTry"))]
pub struct Try {
    /// When it was sent.
    pub at: Rfc3339,
    /// Until the answer, in milliseconds.
    pub took_ms: u64,
    /// The receiver's HTTP status, where it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What was wrong; absent where it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failing>,
}

/// Why a try did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NotificationFailure"))]
#[serde(rename_all = "snake_case")]
pub enum Failing {
    /// A status other than 2xx.
    Status,
    /// A redirect, which is not followed: name the place itself.
    Redirect,
    /// No answer within the time.
    TimedOut,
    /// No connection, or a broken one.
    Unreachable,
    /// The destination is none that may be called, by the operator's list of now.
    Forbidden,
}

/// One notification, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NotificationLetter"))]
pub struct LetterView {
    /// The `webhook-id` that it is sent with, the same at every try: `msg_exe_…_1`.
    pub id: String,
    /// As the shell keeps it.
    #[serde(flatten)]
    pub letter: Letter,
    /// When it is tried next; absent where it is not owed, or others are before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Rfc3339>,
}

impl Letter {
    /// One that is owed.
    #[must_use]
    pub fn new(number: u64, topic: Topic, now: Timestamp) -> Self {
        Self { number, topic, owed_at: now.into(), state: LetterState::Owed, tries: 0, last: None }
    }

    /// After a try of this one.
    #[must_use]
    pub fn tried(self, last: Try) -> Self {
        Self { tries: self.tries.saturating_add(1), last: Some(last), ..self }
    }

    /// After a change of this one.
    #[must_use]
    pub fn changed(self, change: Change) -> Self {
        Self { state: change.state, ..self }
    }

    /// For an operator.
    #[must_use]
    pub fn view(self, of: &impl fmt::Display, outbox: &Outbox) -> LetterView {
        let next_at = outbox.next_try_at(self.number).map(Rfc3339::from);
        LetterView { id: Self::id(of, self.number), next_at, letter: self }
    }

    /// The `webhook-id`: a function of the id of execution or batch, and number, so that a receiver knows a repeat whatever happened here.
    #[must_use]
    pub fn id(of: &impl fmt::Display, number: u64) -> String {
        format!("msg_{of}_{number}")
    }
}

impl LetterState {
    /// Whether its body is needed: it may be sent.
    #[must_use]
    pub const fn has_body(self) -> bool {
        matches!(self, Self::Owed | Self::Dead)
    }

    /// Ours, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owed => "owed",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Dropped => "dropped",
            Self::Unwanted => "unwanted",
        }
    }

    /// By its name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::Owed, Self::Delivered, Self::Dead, Self::Dropped, Self::Unwanted];
        all.into_iter().find(|state| state.name() == name)
    }
}
