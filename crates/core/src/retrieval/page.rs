//! One page: which rows it has, how often it was asked for, and what it waits for. Never its rows.

use serde::{Deserialize, Serialize};

use super::query::InteractionId;
use crate::call::Credential;
use crate::execution::Reason;
use crate::id::Attempt;
use crate::time::{Span, Timestamp};

/// Which rows a page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window<'a> {
    /// Of this one only, where the profile asks for one at a time.
    pub contact: Option<&'a InteractionId>,
    /// Rows before the first.
    pub offset: u64,
    /// Rows at most.
    pub limit: u32,
}

/// One request for a page, or for what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageCall {
    /// Which page, 0 and up.
    pub page: u32,
    /// In which pass, 1 and up.
    pub pass: u32,
    /// Which try, 1 and up.
    pub attempt: Attempt,
    /// With which token.
    pub credential: Credential,
}

/// A page that was asked for, and is not there yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub(super) call: PageCall,
    pub(super) state: PageState,
    /// Answers in a row that were not the schema.
    #[serde(default)]
    pub(super) malformed: u32,
    /// The wait before this one.
    #[serde(default)]
    pub(super) previous_wait: Span,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PageState {
    /// Somebody is asked: the gate, or CXone.
    UnderWay {
        /// Since when.
        since: Timestamp,
    },
    /// It is asked for again then.
    Waiting {
        /// Why not before.
        reason: Reason,
        /// When.
        until: Timestamp,
    },
}

impl Asked {
    pub(super) const fn new(page: u32, pass: u32, now: Timestamp) -> Self {
        let call = PageCall { page, pass, attempt: Attempt::FIRST, credential: Credential::Held };
        Self { call, state: PageState::UnderWay { since: now }, malformed: 0, previous_wait: Span::ZERO }
    }

    pub(super) const fn is_under_way(&self) -> bool {
        matches!(self.state, PageState::UnderWay { .. })
    }

    /// When something is due of it; of one under way, when nobody will answer any more.
    pub(super) const fn due_at(&self) -> Option<Timestamp> {
        match self.state {
            PageState::UnderWay { since } => Some(since.plus(PAGE_PATIENCE)),
            PageState::Waiting { until, .. } => Some(until),
        }
    }

    pub(super) const fn wait(&mut self, reason: Reason, until: Timestamp) {
        self.state = PageState::Waiting { reason, until };
    }
}

/// How long a page may be under way, the gate's answer with it: more than any call takes.
pub(super) const PAGE_PATIENCE: Span = Span::from_secs(600);
