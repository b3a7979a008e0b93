//! One execution: the machine that submits, polls, waits, takes callbacks and ends. It does none of that itself.
//!
//! A shell keeps an [`Order`] and an [`Execution`], and has one loop: load, [`Execution::step`], save the next
//! state, set one alarm from [`Execution::next_wake_at`], perform the effects, feed what they bring back in as
//! events. Submit is the one call that is not repeatable, so a call goes out in two steps: `Acquire` asks the
//! gate and changes nothing; `Cleared` marks the call as under way and gives `Send` in the same write. A crash
//! before the write means that nothing was sent, one after it that its fate is unknown; then an execution finds
//! itself by its correlation id, or waits for a callback, or ends `unknown`. It never submits twice.
//!
//! ```text
//!   open ─► Waiting ─ Cleared ─► Calling ─ Answered ─► Waiting … ─► Ended
//!             ▲   └─ Postponed ─┘   │ submit lost          ▲
//!             │                     ▼                      │
//!             └── found ── Waiting(look up) ── spent ─► Adrift ── callback, deadline
//! ```

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::cache::Memory;
use crate::call::{Call, CallKind, Credential, Word};
use crate::failure::Failure;
use crate::id::{Attempt, UpstreamId};
use crate::metrics::Latency;
use crate::progress::{Forecast, Progress};
use crate::status::{Anomaly, Status};
use crate::time::{Span, Timestamp};

mod effect;
mod event;
mod order;
mod state;
mod turn;

pub use effect::{Effect, Ignored, Step};
pub use event::{Event, Reason};
pub use order::{Abilities, Door, Identity, Order, Policy};
pub use state::{
    ANOMALIES_MAX, CALL_PATIENCE, CANCELS_MAX, CLEANUP_PATIENCE, Canceler, Cleanup, Ending, Fault, Limit,
    MALFORMED_MAX, State,
};

use turn::Turn;

/// Everything of an execution that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// Counts up with every change; what a stream resumes from.
    seq: u64,
    /// The latest instant seen. Time never runs back past it, whatever a clock says.
    seen_at: Timestamp,
    /// When it last changed.
    updated_at: Timestamp,
    state: State,
    /// The number of the latest attempt, sent or about to be.
    attempt: Attempt,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upstream_id: Option<UpstreamId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    /// The latest word, understood or not: said again, it is no news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    word: Option<Word>,
    /// When CXone last showed it to us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sighted_at: Option<Timestamp>,
    /// When CXone accepted the submit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accepted_at: Option<Timestamp>,
    /// Whether a callback came in while the call under way was: its answer may be the older news.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    is_overtaken: bool,
    forecast: Forecast,
    /// Polls since the foretold end passed.
    overdue: u32,
    /// Answers in a row that were not the schema.
    malformed: u32,
    previous_wait: Span,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_failure: Option<Failure>,
    /// Whether a call of it ever failed: if it goes on, that call is made again.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    is_retried: bool,
    /// An old result, for when no fresh one can be had in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fallback: Option<Memory>,
    latency: Latency,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    anomalies: Vec<Anomaly>,
}

impl Execution {
    /// A new execution, with its first call to acquire.
    #[must_use]
    pub fn open(order: &Order) -> Step {
        let kind = match order.door {
            Door::Start { .. } => CallKind::Submit,
            Door::Watch { .. } => CallKind::Poll,
        };
        let upstream_id = match &order.door {
            Door::Start { .. } => None,
            Door::Watch { execution_id, .. } => Some(execution_id.clone()),
        };
        let next = Call { kind, attempt: Attempt::FIRST, credential: Credential::Held };
        let execution = Self {
            seq: 1,
            seen_at: order.created_at,
            updated_at: order.created_at,
            state: State::Waiting { next, until: order.created_at, reason: Reason::Permit },
            attempt: Attempt::FIRST,
            upstream_id,
            status: None,
            word: None,
            sighted_at: None,
            accepted_at: None,
            is_overtaken: false,
            forecast: Forecast::default(),
            overdue: 0,
            malformed: 0,
            previous_wait: Span::ZERO,
            last_failure: None,
            is_retried: false,
            fallback: None,
            latency: Latency::default(),
            anomalies: Vec::new(),
        };
        let effects = alloc::vec![Effect::Acquire { call: next }];
        Step { next: execution, effects, anomalies: Vec::new(), ignored: None }
    }

    /// What follows `event` at `now`. Borrows: whatever happens, `self` is as it was.
    ///
    /// Total: every event is answered in every state. One that nobody waits for is `ignored`, with the reason.
    #[must_use]
    pub fn step(&self, order: &Order, event: Event, now: Timestamp) -> Step {
        let turn = Turn::new(self, order, now);
        match self.state.clone() {
            State::Waiting { next, until, reason } => turn.waiting(next, until, reason, event),
            State::Calling { call, sent_at } => turn.calling(call, sent_at, event),
            State::Adrift { .. } => turn.adrift(event),
            State::Ended { ending, at, cleanup } => turn.ended(&ending, at, cleanup, event),
        }
    }

    /// The only source of timers: when to send [`Event::Woken`]. `None` when nothing will ever be due.
    /// May lie in the past: then it is due now.
    #[must_use]
    pub fn next_wake_at(&self, order: &Order) -> Option<Timestamp> {
        match &self.state {
            State::Ended { .. } => self.state.due_at(),
            State::Waiting { .. } | State::Calling { .. } | State::Adrift { .. } => {
                Some(self.state.due_at().map_or(order.deadline_at, |due_at| due_at.min(order.deadline_at)))
            }
        }
    }

    /// Whether it has ended, and CXone is owed nothing more: no call will follow.
    #[must_use]
    pub fn is_settled(&self, order: &Order) -> bool {
        self.ending().is_some() && self.next_wake_at(order).is_none()
    }

    /// Counts up with every change.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// How it ended, and when; `None` while it has not.
    #[must_use]
    pub const fn ending(&self) -> Option<(&Ending, Timestamp)> {
        match &self.state {
            State::Ended { ending, at, .. } => Some((ending, *at)),
            State::Waiting { .. } | State::Calling { .. } | State::Adrift { .. } => None,
        }
    }

    /// The number of the latest attempt, sent or about to be.
    #[must_use]
    pub const fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// What CXone last said, as far as its lifecycle allows it to be believed; `None` before it said anything.
    #[must_use]
    pub const fn status(&self) -> Option<Status> {
        self.status
    }

    /// The latest word, understood or not.
    #[must_use]
    pub const fn word(&self) -> Option<&Word> {
        self.word.as_ref()
    }

    /// The old result that stands in where no new one can be had in time, once one was found.
    #[must_use]
    pub const fn fallback(&self) -> Option<&Memory> {
        self.fallback.as_ref()
    }

    /// CXone's id, once known.
    #[must_use]
    pub const fn upstream_id(&self) -> Option<&UpstreamId> {
        self.upstream_id.as_ref()
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        self.forecast.progress()
    }

    /// When it will end, if it goes on so.
    #[must_use]
    pub fn forecast_end_at(&self) -> Option<Timestamp> {
        self.forecast.ends_at()
    }

    /// When it will have ended, where its speed was measured: what a poll is placed by, however late it comes.
    #[must_use]
    pub fn foretold_end_at(&self) -> Option<Timestamp> {
        self.forecast.ends_at().filter(|_| self.forecast.is_measured())
    }

    /// When CXone last showed it to us, by answer or callback.
    #[must_use]
    pub const fn sighted_at(&self) -> Option<Timestamp> {
        self.sighted_at
    }

    /// The latest failure, until CXone answers well again.
    #[must_use]
    pub const fn last_failure(&self) -> Option<&Failure> {
        self.last_failure.as_ref()
    }

    /// Whether a call of it ever failed. Of one that completed: whether it took more than one attempt at something.
    #[must_use]
    pub const fn is_retried(&self) -> bool {
        self.is_retried
    }

    /// Whether CXone took it, or may have: an id of its own, or a submit whose fate is not known.
    #[must_use]
    pub const fn may_be_upstream(&self) -> bool {
        let is_unsettled = matches!(
            &self.state,
            State::Adrift { .. }
                | State::Ended { ending: Ending::Unknown, .. }
                | State::Ended { cleanup: Cleanup::AwaitingSubmit { .. }, .. }
        );
        self.upstream_id.is_some() || is_unsettled
    }

    /// The old result that stands in for the one that could not be had in time; `None` for any other end, and before.
    #[must_use]
    pub const fn degraded(&self) -> Option<&Memory> {
        let is_out_of_time = matches!(self.ending(), Some((Ending::TimedOut { .. } | Ending::Unknown, _)));
        if is_out_of_time { self.fallback.as_ref() } else { None }
    }

    /// How long calls took.
    #[must_use]
    pub const fn latency(&self) -> &Latency {
        &self.latency
    }

    /// The first [`ANOMALIES_MAX`] anomalies.
    #[must_use]
    pub fn anomalies(&self) -> &[Anomaly] {
        &self.anomalies
    }

    /// When it last changed.
    #[must_use]
    pub const fn updated_at(&self) -> Timestamp {
        self.updated_at
    }
}
