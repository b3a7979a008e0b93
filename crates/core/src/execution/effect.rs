//! What an execution wants done, and what a step found. Never how it is done.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::Execution;
use crate::call::Call;
use crate::outbox::Topic;
use crate::status::Anomaly;

/// Something to do outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Ask the tenant's gate whether this call may go, and bring back [`super::Event::Cleared`] or
    /// [`super::Event::Postponed`]. Changes nothing, so it may be asked again after a crash.
    Acquire {
        /// Which.
        call: Call,
    },
    /// Make this call, and bring back [`super::Event::Answered`] with it. Given in the step that marks the call
    /// as under way, so a crash before that write means that it was never made.
    Send {
        /// Which.
        call: Call,
    },
    /// Store the result that this execution ended with in the tenant's cache: its order allows it.
    Remember,
    /// Owe the caller's webhook a notification of the state after this step.
    Notify {
        /// About what.
        topic: Topic,
    },
}

/// Why an event changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "IgnoredReason"))]
#[serde(rename_all = "snake_case")]
pub enum Ignored {
    /// Nothing is due yet.
    TooEarly,
    /// The answer of a call that nobody waits for any more.
    Stale,
    /// Said before, word for word.
    Repeated,
    /// It has ended.
    Ended,
    /// No call was under way.
    Idle,
}

/// What follows an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The execution after it; equal to the one before where the event was ignored.
    pub next: Execution,
    /// What to do, in order, once `next` is saved.
    pub effects: Vec<Effect>,
    /// Anomalies found by this step.
    pub anomalies: Vec<Anomaly>,
    /// Why nothing changed, where nothing did.
    pub ignored: Option<Ignored>,
}
