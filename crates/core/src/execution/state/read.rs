//! How a stored state is read: out of structs. Never writes one.
//!
//! serde reads a tagged enum by way of a tree, which loses the text of the [`Json`] in it.

use serde::Deserialize;

use super::{Canceler, Cleanup, Ending, Fault, Limit, State};
use crate::call::{Call, Payload};
use crate::execution::event::Reason;
use crate::failure::Failure;
use crate::id::Attempt;
use crate::json::Json;
use crate::time::Timestamp;

#[derive(Deserialize)]
pub(super) struct StateFields {
    state: StateTag,
    call: Option<Call>,
    sent_at: Option<Timestamp>,
    next: Option<Call>,
    until: Option<Timestamp>,
    reason: Option<Reason>,
    attempt: Option<Attempt>,
    ending: Option<Ending>,
    at: Option<Timestamp>,
    cleanup: Option<Cleanup>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateTag {
    Calling,
    Waiting,
    Adrift,
    Ended,
}

impl TryFrom<StateFields> for State {
    type Error = &'static str;

    fn try_from(fields: StateFields) -> Result<Self, &'static str> {
        let StateFields { state, call, sent_at, next, until, reason, attempt, ending, at, cleanup } = fields;
        let read = || {
            Some(match state {
                StateTag::Calling => Self::Calling { call: call?, sent_at: sent_at? },
                StateTag::Waiting => Self::Waiting { next: next?, until: until?, reason: reason? },
                StateTag::Adrift => Self::Adrift { attempt: attempt? },
                StateTag::Ended => Self::Ended { ending: ending?, at: at?, cleanup: cleanup? },
            })
        };
        read().ok_or("a field of the state is missing")
    }
}

#[derive(Deserialize)]
pub(super) struct EndingFields {
    outcome: EndingTag,
    result: Option<Payload>,
    error: Option<Json>,
    by: Option<Canceler>,
    limit: Option<Limit>,
    last: Option<Failure>,
    failure: Option<Failure>,
    fault: Option<Fault>,
    stored_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EndingTag {
    Completed,
    Cached,
    Failed,
    Canceled,
    TimedOut,
    Rejected,
    Invalid,
    Unknown,
}

impl TryFrom<EndingFields> for Ending {
    type Error = &'static str;

    fn try_from(fields: EndingFields) -> Result<Self, &'static str> {
        let EndingFields { outcome, result, error, by, limit, last, failure, fault, stored_at } = fields;
        let read = || {
            Some(match outcome {
                EndingTag::Completed => Self::Completed { result },
                EndingTag::Cached => Self::Cached { result: result?, stored_at: stored_at? },
                EndingTag::Failed => Self::Failed { error, result },
                EndingTag::Canceled => Self::Canceled { by: by? },
                EndingTag::TimedOut => Self::TimedOut { limit: limit?, last },
                EndingTag::Rejected => Self::Rejected { failure: failure? },
                EndingTag::Invalid => Self::Invalid { fault: fault? },
                EndingTag::Unknown => Self::Unknown,
            })
        };
        read().ok_or("a field of the ending is missing")
    }
}
