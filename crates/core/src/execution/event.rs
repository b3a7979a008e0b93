//! What can happen to an execution.

use serde::{Deserialize, Serialize};

use crate::cache::Memory;
use crate::call::{Answer, Call, Sighting};
use crate::time::{Span, Timestamp};

/// One happening, as the shell saw it. All of them may come late, twice, or when nobody waits for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", try_from = "Fields")]
pub enum Event {
    /// The alarm rang, or a request came by after it should have.
    Woken,
    /// A call came back.
    Answered {
        /// Which call.
        call: Call,
        /// With what.
        answer: Answer,
        /// From the first byte sent to the last one read.
        took: Span,
    },
    /// The tenant's gate let a call pass: token and permit are at hand.
    Cleared {
        /// Which call.
        call: Call,
    },
    /// The gate did not: limits or credentials stood in the way. The same attempt, later.
    Postponed {
        /// Which call.
        call: Call,
        /// What stood in the way.
        reason: Reason,
        /// Until when.
        until: Timestamp,
    },
    /// The tenant's cache has a result of the same action on the same inputs.
    Recalled {
        /// The submit that asked.
        call: Call,
        /// The result, and how old it is.
        memory: Memory,
    },
    /// The process was lost, and with it every call under way.
    Interrupted,
    /// CXone called back.
    CalledBack {
        /// What it said.
        sighting: Sighting,
    },
    /// Our caller wants it stopped.
    CancelRequested,
}

impl Event {
    /// The same with what fits of a result that is longer than `max` bytes, which are kept whole.
    #[must_use]
    pub fn within(self, max: usize) -> Self {
        match self {
            Self::Answered { call, answer: Answer::Seen(sighting), took } => {
                Self::Answered { call, answer: Answer::Seen(sighting.within(max)), took }
            }
            Self::CalledBack { sighting } => Self::CalledBack { sighting: sighting.within(max) },
            Self::Answered { .. }
            | Self::Woken
            | Self::Cleared { .. }
            | Self::Postponed { .. }
            | Self::Recalled { .. }
            | Self::Interrupted
            | Self::CancelRequested => self,
        }
    }
}

/// What an execution is waiting for, when no call is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "WaitingReason"))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The ladder, after an answer that was no end.
    Backoff,
    /// The end that progress foretells.
    Predicted,
    /// The ladder, after a failure of CXone's.
    Retry,
    /// CXone said 429, or the tenant's rate is used up.
    RateLimited,
    /// A place among the tenant's calls in flight.
    Permit,
    /// The tenant's breaker.
    BreakerOpen,
    /// A token.
    Credentials,
    /// The next look for it by correlation id, because the submit's answer was lost.
    LookUp,
    /// CXone to call back: the submit's answer was lost, and nothing else can tell.
    Callback,
}

impl Reason {
    /// Ours, as in JSON: `rate_limited`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Backoff => "backoff",
            Self::Predicted => "predicted",
            Self::Retry => "retry",
            Self::RateLimited => "rate_limited",
            Self::Permit => "permit",
            Self::BreakerOpen => "breaker_open",
            Self::Credentials => "credentials",
            Self::LookUp => "look_up",
            Self::Callback => "callback",
        }
    }
}

/// An event as it is read. serde reads a tagged enum by way of a tree, which loses the text of the [`crate::json::Json`]
/// in it; out of a struct it reads straight.
#[derive(Deserialize)]
struct Fields {
    event: Tag,
    call: Option<Call>,
    answer: Option<Answer>,
    took: Option<Span>,
    reason: Option<Reason>,
    until: Option<Timestamp>,
    sighting: Option<Sighting>,
    memory: Option<Memory>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Tag {
    Woken,
    Answered,
    Cleared,
    Postponed,
    Recalled,
    Interrupted,
    CalledBack,
    CancelRequested,
}

impl TryFrom<Fields> for Event {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, &'static str> {
        let Fields { event, call, answer, took, reason, until, sighting, memory } = fields;
        let read = || {
            Some(match event {
                Tag::Woken => Self::Woken,
                Tag::Answered => Self::Answered { call: call?, answer: answer?, took: took? },
                Tag::Cleared => Self::Cleared { call: call? },
                Tag::Postponed => Self::Postponed { call: call?, reason: reason?, until: until? },
                Tag::Recalled => Self::Recalled { call: call?, memory: memory? },
                Tag::Interrupted => Self::Interrupted,
                Tag::CalledBack => Self::CalledBack { sighting: sighting? },
                Tag::CancelRequested => Self::CancelRequested,
            })
        };
        read().ok_or("a field of the event is missing")
    }
}
