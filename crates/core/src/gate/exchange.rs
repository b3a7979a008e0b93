//! What a shell asks the gate, what the gate says, and what the shell reports. Never decides anything.

use serde::{Deserialize, Serialize};

use crate::allowance::Allowance;
use crate::call::CallKind;
use crate::credential::Token;
use crate::execution::Reason;
use crate::failure::{Failure, FailureKind};
use crate::limiter::{Lease, Newcomer};
use crate::time::{Span, Timestamp};

/// Who wants to make a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Tells the call from others of the tenant: asking again, it keeps its place.
    pub caller: u64,
    /// Whose share it takes: the same for all calls of an execution, or of a flow.
    pub key: u64,
    /// Which endpoint; `None` for one that has no limit of its own.
    pub kind: Option<CallKind>,
    /// The version of the token that CXone refused, where it refused one.
    pub newer_than: Option<u64>,
    /// How long the call may take, at most [`crate::limiter::PATIENCE_MAX`]: its lease lasts somewhat longer.
    #[serde(default = "usual_patience")]
    pub patience: Span,
    /// How many of the permits calls of its kind may have.
    #[serde(default)]
    pub share: Share,
}

/// How many of the permits calls of a kind may have at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// All: calls that we make ourselves, and that end when we say.
    #[default]
    Whole,
    /// All of these together half, and at least one: calls that others make through us. How long one takes is for its
    /// reader to say, and what it asks is no word on our own calls.
    Half,
}

impl Ask {
    pub(super) const fn newcomer(&self) -> Newcomer {
        Newcomer { key: self.key, caller: self.caller }
    }
}

/// What the gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Go: with this token, and under this lease, which is to be reported on.
    Granted {
        /// The permit.
        lease: Lease,
        /// The token.
        token: Token,
    },
    /// Fetch a token, tell [`Gate::granted`] or [`Gate::troubled`], and ask again.
    Fetch,
    /// Stay here, and ask again then; or as soon as a call was reported on, where [`super::hears_reports`] says so.
    Hold {
        /// What for.
        reason: Reason,
        /// Until when.
        until: Timestamp,
    },
    /// Go away, and come back then.
    Leave {
        /// What for.
        reason: Reason,
        /// Until when.
        until: Timestamp,
    },
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Under which lease.
    pub lease: Lease,
    /// Whether its holder keeps the lease, for the next call of a [`super::Series`]: only after a good answer.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub keeps: bool,
    /// The version of the token that it went with; 0 for one that was not made, or not known.
    #[serde(default)]
    pub token_version: u64,
    /// How it went.
    pub fate: Fate,
    /// From the first byte sent to the last one read.
    pub took: Span,
    /// What the answer's headers say of calls left.
    #[serde(default)]
    pub allowance: Allowance,
}

impl Report {
    /// On a lease that no call was made under.
    #[must_use]
    pub fn unused(lease: Lease) -> Self {
        let (fate, took, allowance) = (Fate::Unused, Span::ZERO, Allowance::default());
        Self { lease, keeps: false, token_version: 0, fate, took, allowance }
    }
}

/// How a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It was not made after all.
    Unused,
    /// It was answered well.
    Good,
    /// It failed.
    Failed {
        /// As what.
        kind: FailureKind,
        /// Whether CXone answered at all.
        is_answered: bool,
        /// How long it asked us to wait.
        retry_after: Option<Span>,
    },
}

impl From<&Failure> for Fate {
    fn from(failure: &Failure) -> Self {
        Self::Failed { kind: failure.kind, is_answered: failure.status.is_some(), retry_after: failure.retry_after }
    }
}

const fn usual_patience() -> Span {
    CALL_PATIENCE
}

/// How long an execution's call may take, from the first byte sent to the last one read.
pub const CALL_PATIENCE: Span = Span::from_secs(30);
