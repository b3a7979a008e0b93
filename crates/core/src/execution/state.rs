//! Where an execution stands. Every variant owns what is true in it, and nothing else.

use serde::{Deserialize, Serialize};

use super::event::Reason;
use crate::call::{Call, CallKind, Payload};
use crate::failure::Failure;
use crate::id::Attempt;
use crate::json::Json;
use crate::status::{AnomalyKind, Outcome};
use crate::time::{Span, Timestamp};

mod read;

/// The state. At most one call is under way in any of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", try_from = "read::StateFields")]
pub enum State {
    /// A submit, poll or lookup is under way.
    Calling {
        /// Which.
        call: Call,
        /// Since when; an answer after [`CALL_PATIENCE`] is not waited for.
        sent_at: Timestamp,
    },
    /// The next submit, poll or lookup is due later.
    Waiting {
        /// Which.
        next: Call,
        /// When.
        until: Timestamp,
        /// Why not now.
        reason: Reason,
    },
    /// Whether the submit arrived is not known, and nothing that we could ask is left: CXone may call back.
    Adrift {
        /// The latest attempt made: the submit, or the last look for it.
        attempt: Attempt,
    },
    /// Over. The outcome never changes again.
    Ended {
        /// How.
        ending: Ending,
        /// When.
        at: Timestamp,
        /// What CXone still has to be told.
        cleanup: Cleanup,
    },
}

/// How it ended, with what there is to show for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case", try_from = "read::EndingFields")]
pub enum Ending {
    /// CXone completed it.
    Completed {
        /// Its result, where it gave one.
        result: Option<Payload>,
    },
    /// The tenant's cache had a fresh result, so nothing was submitted.
    Cached {
        /// The result.
        result: Payload,
        /// When the execution ended that it is of.
        stored_at: Timestamp,
    },
    /// CXone says that it failed.
    Failed {
        /// Its error, where it gave one.
        error: Option<Json>,
        /// A partial result, where it gave one.
        result: Option<Payload>,
    },
    /// Canceled.
    Canceled {
        /// By whom.
        by: Canceler,
    },
    /// Our limits ended it.
    TimedOut {
        /// Which of them.
        limit: Limit,
        /// The last failure before, where the last answer was one.
        last: Option<Failure>,
    },
    /// CXone refused our request.
    Rejected {
        /// With what.
        failure: Failure,
    },
    /// A strict check failed.
    Invalid {
        /// Which.
        fault: Fault,
    },
    /// We submitted, and never learned what became of it.
    Unknown,
}

/// Who canceled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Canceler {
    /// Our caller.
    Caller,
    /// Somebody on CXone.
    Upstream,
}

/// Which limit of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// The deadline passed.
    Deadline,
    /// The attempts were spent.
    Attempts,
}

/// Which strict check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A transition that the lifecycle forbids, under [`super::Policy::Strict`].
    Transition(AnomalyKind),
    /// [`MALFORMED_MAX`] answers in a row that were not the schema.
    Malformed(Failure),
}

/// Telling CXone to stop what ended here by a cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cleanup", rename_all = "snake_case")]
pub enum Cleanup {
    /// Nothing is owed.
    Done,
    /// The submit is under way; its answer brings the id to cancel.
    AwaitingSubmit {
        /// That submit.
        call: Call,
        /// Since when.
        sent_at: Timestamp,
    },
    /// The cancel is under way.
    Calling {
        /// Which.
        call: Call,
        /// Since when.
        sent_at: Timestamp,
    },
    /// The cancel is due.
    Waiting {
        /// Which.
        next: Call,
        /// When.
        until: Timestamp,
    },
}

impl Ending {
    /// What a caller switches on.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Completed { .. } | Self::Cached { .. } => Outcome::Completed,
            Self::Failed { .. } => Outcome::Failed,
            Self::Canceled { .. } => Outcome::Canceled,
            Self::TimedOut { .. } => Outcome::TimedOut,
            Self::Rejected { .. } => Outcome::Rejected,
            Self::Invalid { .. } => Outcome::Invalid,
            Self::Unknown => Outcome::Unknown,
        }
    }
}

impl State {
    /// The instant at which something is due in this state, but for the deadline.
    #[must_use]
    pub const fn due_at(&self) -> Option<Timestamp> {
        match self {
            Self::Calling { sent_at, .. } => Some(sent_at.plus(CALL_PATIENCE)),
            Self::Waiting { until, .. } => Some(*until),
            Self::Adrift { .. } => None,
            Self::Ended { cleanup, .. } => match cleanup {
                Cleanup::Done => None,
                Cleanup::AwaitingSubmit { sent_at, .. } | Cleanup::Calling { sent_at, .. } => {
                    Some(sent_at.plus(CALL_PATIENCE))
                }
                Cleanup::Waiting { until, .. } => Some(*until),
            },
        }
    }

    /// Whether a submit may have arrived whose fate we do not know.
    #[must_use]
    pub fn is_unsettled(&self) -> bool {
        match self {
            Self::Calling { call, .. } => call.kind != CallKind::Poll,
            Self::Waiting { next, .. } => next.kind == CallKind::LookUp,
            Self::Adrift { .. } => true,
            Self::Ended { .. } => false,
        }
    }
}

/// How long a call may be under way. Longer than a shell's own time limit, so that this is the second net.
pub const CALL_PATIENCE: Span = Span::from_secs(45);

/// Answers in a row that are not the schema before an execution ends `invalid`.
pub const MALFORMED_MAX: u32 = 5;

/// How long after the end a cancel may wait for the gate.
pub const CLEANUP_PATIENCE: Span = Span::from_secs(300);

/// Times that CXone is told to cancel.
pub const CANCELS_MAX: u32 = 3;

/// Anomalies kept in the state; the journal has them all.
pub const ANOMALIES_MAX: usize = 32;
