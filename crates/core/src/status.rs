//! What CXone says of an execution, and which words may follow which. Never ends anything: the machine does.
//!
//! Words and lifecycle from the seed poller: PENDING, QUEUED, RUNNING, then COMPLETED, FAILED or CANCELED.

use alloc::format;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::Attempt;
use crate::time::Timestamp;

/// What CXone says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Accepted, not yet looked at.
    Pending,
    /// Waiting for its turn.
    Queued,
    /// At work.
    Running,
    /// Ended well; there is a result.
    Completed,
    /// Ended badly; there is an error.
    Failed,
    /// Ended by somebody.
    Canceled,
}

impl Status {
    /// Every status, in the order of the lifecycle.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Queued, Self::Running, Self::Completed, Self::Failed, Self::Canceled];

    /// Whether nothing may follow it.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled)
    }

    /// CXone's spelling: `RUNNING`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Canceled => "CANCELED",
        }
    }

    /// Ours, as in JSON: `running`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

/// How a status follows the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// Nothing was known before.
    First,
    /// The same again.
    Stay,
    /// As the lifecycle has it.
    Forward,
    /// Ahead, past a state that should have been seen.
    Skipped,
    /// Behind the one before.
    Back,
    /// Another word after the end.
    AfterEnd,
}

/// How `to` follows `from`.
#[must_use]
pub const fn transition(from: Option<Status>, to: Status) -> Transition {
    use Status::{Canceled, Completed, Failed, Pending, Queued, Running};
    let Some(from) = from else { return Transition::First };
    match (from, to) {
        (Pending, Pending) | (Queued, Queued) | (Running, Running) => Transition::Stay,
        (Completed, Completed) | (Failed, Failed) | (Canceled, Canceled) => Transition::Stay,
        (Pending, Queued | Running | Canceled) | (Queued, Running | Canceled) => Transition::Forward,
        (Running, Completed | Failed | Canceled) => Transition::Forward,
        (Pending | Queued, Completed | Failed) => Transition::Skipped,
        (Queued | Running, Pending) | (Running, Queued) => Transition::Back,
        (Completed | Failed | Canceled, _) => Transition::AfterEnd,
    }
}

/// Something upstream did that its own lifecycle forbids: recorded, never hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anomaly {
    /// When it was noticed.
    pub at: Timestamp,
    /// The attempt that noticed it.
    pub attempt: Attempt,
    /// What it was.
    pub kind: AnomalyKind,
}

/// Which rule was broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AnomalyKind {
    /// A status word that the profile does not know, cut to 64 characters.
    UnknownStatus {
        /// As CXone sent it.
        word: String,
    },
    /// Ahead, past a state.
    SkippedState {
        /// Last known.
        from: Status,
        /// Now said.
        to: Status,
    },
    /// Back to an earlier state.
    SteppedBack {
        /// Last known.
        from: Status,
        /// Now said.
        to: Status,
    },
    /// Another word after the end.
    SpokeAfterEnd {
        /// The end that we know.
        from: Status,
        /// Now said.
        to: Status,
    },
    /// A callback named an end that differs from the one that a poll saw.
    CallbackDisagrees {
        /// What we knew.
        known: Status,
        /// What the callback said.
        called_back: Status,
    },
    /// An answer about another execution than the one asked for.
    ForeignAnswer,
    /// Canceled here; CXone never confirmed that it stopped.
    CancelUnconfirmed,
}

impl AnomalyKind {
    /// Ours, as in JSON and metrics: `skipped_state`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::UnknownStatus { .. } => "unknown_status",
            Self::SkippedState { .. } => "skipped_state",
            Self::SteppedBack { .. } => "stepped_back",
            Self::SpokeAfterEnd { .. } => "spoke_after_end",
            Self::CallbackDisagrees { .. } => "callback_disagrees",
            Self::ForeignAnswer => "foreign_answer",
            Self::CancelUnconfirmed => "cancel_unconfirmed",
        }
    }

    /// The code that callers match on, as the seed's validator writes it: `INVALID_TRANSITION:PENDING->COMPLETED`.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::UnknownStatus { word } => format!("UNKNOWN_STATUS:{word}"),
            Self::SkippedState { from, to } | Self::SteppedBack { from, to } | Self::SpokeAfterEnd { from, to } => {
                format!("INVALID_TRANSITION:{}->{}", from.word(), to.word())
            }
            Self::CallbackDisagrees { known, called_back } => {
                format!("CALLBACK_DISAGREES:{}!={}", called_back.word(), known.word())
            }
            Self::ForeignAnswer => "FOREIGN_ANSWER".into(),
            Self::CancelUnconfirmed => "CANCEL_UNCONFIRMED".into(),
        }
    }
}

/// How an execution ended for our caller: what a caller switches on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// CXone completed it.
    Completed,
    /// CXone says that it failed.
    Failed,
    /// Canceled, by our caller or on CXone.
    Canceled,
    /// Our deadline passed, or the attempts were spent.
    TimedOut,
    /// Upstream refused: 400, 401 with a fresh token, 403, 404 past the grace, another 4xx.
    Rejected,
    /// A strict check failed, or answers were not of the schema for too long.
    Invalid,
    /// We submitted, never learned what became of it, and the deadline passed.
    Unknown,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 7] =
        [Self::Completed, Self::Failed, Self::Canceled, Self::TimedOut, Self::Rejected, Self::Invalid, Self::Unknown];

    /// Ours, as in JSON: `timed_out`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::TimedOut => "timed_out",
            Self::Rejected => "rejected",
            Self::Invalid => "invalid",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
