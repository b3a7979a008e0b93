//! What must hold after every step and at the end. Never steers anything.

use core::fmt;

use cxpulse_core::call::CallKind;
use cxpulse_core::execution::{ANOMALIES_MAX, Cleanup, Effect, Event, Execution, Order, Reason, State, Step};
use cxpulse_core::failure::RETRY_AFTER_MAX;
use cxpulse_core::journal::{Entry, Replay};
use cxpulse_core::status::Outcome;
use cxpulse_core::time::{Span, Timestamp};

/// An invariant that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Plays the same life again.
    pub seed: u64,
    /// Which step of the machine, 1 and up.
    pub step: u64,
    /// What did not hold.
    pub what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {} step {}: {}", self.seed, self.step, self.what)
    }
}

/// The invariants, in words, as the commands print them.
pub const INVARIANTS: [&str; 11] = [
    "at most one call is under way",
    "attempts never exceed the maximum and never go back",
    "an outcome never changes",
    "the sequence number counts every change by one, and nothing else",
    "something is due while it has not ended, never after the deadline",
    "a wake at or after the deadline ends it",
    "a wait lies within the ladder's bounds, or the server asked for more, or the deadline cut it",
    "nothing is submitted twice",
    "the journal replays to the same state, through JSON",
    "a stored state loads as it was saved",
    "the outcome agrees with what CXone knows",
];

/// Watches one execution.
#[derive(Debug)]
pub struct Oracle {
    seed: u64,
    /// Steps seen.
    pub steps: u64,
}

/// One step with what led to it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// What was asked for.
    pub order: &'a Order,
    /// The state before.
    pub before: &'a Execution,
    /// What happened.
    pub event: &'a Event,
    /// By the shell's clock.
    pub now: Timestamp,
    /// What it led to.
    pub step: &'a Step,
}

impl Oracle {
    /// Watches the life of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, steps: 0 }
    }

    /// Checks one step.
    ///
    /// # Errors
    /// [`Breach`], where an invariant does not hold.
    pub fn watch(&mut self, seen: Seen<'_>) -> Result<(), Breach> {
        self.steps += 1;
        self.check_calls(seen)?;
        self.check_attempts(seen)?;
        self.check_end(seen)?;
        self.check_sequence(seen)?;
        self.check_due(seen)?;
        self.check_wait(seen)
    }

    /// A breach here, unless `holds`.
    ///
    /// # Errors
    /// [`Breach`], where it does not.
    pub fn demand(&self, holds: bool, what: impl FnOnce() -> String) -> Result<(), Breach> {
        if holds { Ok(()) } else { Err(Breach { seed: self.seed, step: self.steps, what: what() }) }
    }

    /// Checks that a journal replays to `execution`, each line through its JSON.
    ///
    /// # Errors
    /// [`Breach`], where it does not.
    pub fn check_journal(&self, lines: &[String], execution: &Execution) -> Result<(), Breach> {
        let read = |line: &String| {
            serde_json::from_str::<Entry>(line).map_err(|error| self.breach(format!("{error}: {line}")))
        };
        let mut lines = lines.iter();
        let first = lines.next().ok_or_else(|| self.breach("the journal is empty".into()))?;
        let mut replay = Replay::begin(read(first)?).map_err(|error| self.breach(error.to_string()))?;
        for line in lines {
            replay.follow(&read(line)?).map_err(|error| self.breach(format!("{error}: {line}")))?;
        }
        self.demand(replay.execution() == execution, || "the journal replays to another state".into())
    }

    fn breach(&self, what: String) -> Breach {
        Breach { seed: self.seed, step: self.steps, what }
    }

    fn check_calls(&self, seen: Seen<'_>) -> Result<(), Breach> {
        let sent: Vec<_> = seen.step.effects.iter().filter_map(sent_call).collect();
        self.demand(sent.len() <= 1, || format!("{} calls in one step", sent.len()))?;
        let Some(call) = sent.first() else { return Ok(()) };
        let under_way = calling(seen.step.next.state());
        self.demand(under_way == Some(call.kind), || format!("sent {call:?} in {:?}", seen.step.next.state()))?;
        let before = calling(seen.before.state());
        self.demand(before.is_none(), || format!("sent {call:?} while {before:?} was under way"))?;
        let is_second = call.kind == CallKind::Submit && seen.before.upstream_id().is_some();
        self.demand(!is_second, || "submitted with the id known".into())
    }

    fn check_attempts(&self, seen: Seen<'_>) -> Result<(), Breach> {
        let (before, after) = (seen.before.attempt(), seen.step.next.attempt());
        self.demand(after >= before, || format!("attempt {after} after {before}"))?;
        let most = seen.order.backoff.attempts_max;
        self.demand(after.get() <= most, || format!("attempt {after} of {most}"))
    }

    fn check_end(&self, seen: Seen<'_>) -> Result<(), Breach> {
        let (before, after) = (seen.before.ending(), seen.step.next.ending());
        self.demand(before.is_none() || before == after, || format!("{before:?} became {after:?}"))?;
        let is_last_wake = *seen.event == Event::Woken && seen.now >= seen.order.deadline_at;
        self.demand(!is_last_wake || after.is_some(), || "outlived the wake at its deadline".into())
    }

    fn check_sequence(&self, seen: Seen<'_>) -> Result<(), Breach> {
        let (before, after) = (seen.before, &seen.step.next);
        let is_changed = before != after;
        let expected = before.seq() + u64::from(is_changed);
        self.demand(after.seq() == expected, || format!("seq {} after {}", after.seq(), before.seq()))?;
        let is_ignored = seen.step.ignored.is_some();
        self.demand(!(is_ignored && is_changed), || "an ignored event changed something".into())?;
        self.demand(after.anomalies().len() <= ANOMALIES_MAX, || "too many anomalies kept".into())
    }

    fn check_due(&self, seen: Seen<'_>) -> Result<(), Breach> {
        let (execution, order) = (&seen.step.next, seen.order);
        let due_at = execution.next_wake_at(order);
        match execution.state() {
            State::Ended { cleanup: Cleanup::Done, .. } => {
                self.demand(due_at.is_none(), || "something is due after the end".into())
            }
            State::Ended { .. } => self.demand(due_at.is_some(), || "nothing is due with a cancel owed".into()),
            State::Waiting { .. } | State::Calling { .. } | State::Adrift { .. } => {
                let is_in_time = due_at.is_some_and(|due_at| due_at <= order.deadline_at);
                self.demand(is_in_time, || format!("due {due_at:?} with the deadline at {}", order.deadline_at))
            }
        }
    }

    fn check_wait(&self, seen: Seen<'_>) -> Result<(), Breach> {
        let State::Waiting { until, reason, next } = seen.step.next.state() else { return Ok(()) };
        let is_new = next.attempt > seen.before.attempt();
        if !is_new || matches!(reason, Reason::Permit | Reason::BreakerOpen | Reason::Credentials | Reason::Callback) {
            return Ok(());
        }
        let ladders = || seen.order.backoff.by_failure.values().chain([&seen.order.backoff.ladder]);
        let least = ladders().map(|ladder| ladder.min).min().unwrap_or(Span::ZERO);
        let most = ladders().map(|ladder| ladder.max).max().unwrap_or(Span::ZERO);
        let asked = asked_for(seen.event).unwrap_or(Span::ZERO);
        // The machine's clock is the later of the shell's and the latest that it has seen.
        let now = seen.step.next.updated_at();
        let wait = until.since(now);
        let is_cut = *until == seen.order.deadline_at;
        self.demand(wait <= most.max(asked).min(RETRY_AFTER_MAX), || format!("waits {wait:?}, more than {most:?}"))?;
        self.demand(is_cut || wait >= least.max(asked), || format!("waits {wait:?}, less than {least:?}"))
    }
}

/// Whether an outcome can stand beside what CXone says at the same instant.
#[must_use]
pub fn agrees(outcome: Outcome, canceled_here: bool, status: Option<&str>) -> bool {
    let word = status.unwrap_or_default().to_ascii_uppercase();
    match outcome {
        Outcome::Completed => word == "COMPLETED",
        Outcome::Failed => word == "FAILED",
        Outcome::Canceled => canceled_here || word == "CANCELED" || word == "CANCELLED",
        Outcome::TimedOut | Outcome::Rejected | Outcome::Invalid | Outcome::Unknown => true,
    }
}

fn sent_call(effect: &Effect) -> Option<cxpulse_core::call::Call> {
    match effect {
        Effect::Send { call } => Some(*call),
        Effect::Acquire { .. } | Effect::Remember | Effect::Notify { .. } => None,
    }
}

fn calling(state: &State) -> Option<CallKind> {
    match state {
        State::Calling { call, .. } => Some(call.kind),
        State::Ended { cleanup: Cleanup::Calling { call, .. } | Cleanup::AwaitingSubmit { call, .. }, .. } => {
            Some(call.kind)
        }
        State::Ended { cleanup: Cleanup::Done | Cleanup::Waiting { .. }, .. }
        | State::Waiting { .. }
        | State::Adrift { .. } => None,
    }
}

fn asked_for(event: &Event) -> Option<Span> {
    match event {
        Event::Answered { answer: cxpulse_core::call::Answer::Failed(failure), .. } => failure.retry_after,
        Event::Answered { .. }
        | Event::Woken
        | Event::Cleared { .. }
        | Event::Postponed { .. }
        | Event::Recalled { .. }
        | Event::Interrupted
        | Event::CalledBack { .. }
        | Event::CancelRequested => None,
    }
}
