//! One step in the making: the state functions, and the few moves that they are made of.

use alloc::vec::Vec;

use super::effect::{Effect, Ignored, Step};
use super::event::{Event, Reason};
use super::state::{ANOMALIES_MAX, CALL_PATIENCE, Cleanup, Ending, Limit, State};
use super::{Execution, Order};
use crate::backoff::{Cause, Chance};
use crate::cache::Memory;
use crate::call::{Answer, Call, CallKind, Credential, Payload};
use crate::failure::{Failure, FailureKind};
use crate::id::Attempt;
use crate::outbox::Topic;
use crate::status::{Anomaly, AnomalyKind, Outcome};
use crate::time::{Span, Timestamp};

mod answered;
mod cleanup;
mod sighted;

/// The next state as far as it is decided, and what goes with it.
pub(super) struct Turn<'a> {
    before: &'a Execution,
    order: &'a Order,
    now: Timestamp,
    next: Execution,
    effects: Vec<Effect>,
    topics: Vec<Topic>,
    anomalies: Vec<Anomaly>,
}

// The state functions: each answers every event.
impl<'a> Turn<'a> {
    pub(super) fn new(before: &'a Execution, order: &'a Order, now: Timestamp) -> Self {
        let now = now.max(before.seen_at);
        let next = Execution { seen_at: now, ..before.clone() };
        Self { before, order, now, next, effects: Vec::new(), topics: Vec::new(), anomalies: Vec::new() }
    }

    pub(super) fn waiting(self, next: Call, until: Timestamp, reason: Reason, event: Event) -> Step {
        match event {
            Event::Woken if self.is_over() => self.expire(),
            Event::Woken if self.now >= until => self.acquire(next),
            Event::Woken => self.ignore(Ignored::TooEarly),
            Event::Cleared { call } if call == next && self.is_over() => self.expire(),
            Event::Cleared { call } if call == next => self.send(next),
            Event::Cleared { .. } => self.ignore(Ignored::Stale),
            Event::Postponed { call, reason, until } if call == next => self.postpone(next, until, reason),
            Event::Postponed { .. } => self.ignore(Ignored::Stale),
            Event::Recalled { call, memory } if call == next && call.kind == CallKind::Submit => self.recalled(memory),
            Event::Recalled { .. } => self.ignore(Ignored::Stale),
            Event::Answered { call, answer, took } if is_late_submit(call, next) => self.settled(call, answer, took),
            Event::Answered { .. } => self.ignore(Ignored::Stale),
            Event::Interrupted => self.ignore(Ignored::Idle),
            Event::CalledBack { sighting } => self.called_back(sighting, |turn| turn.keep_waiting(next, reason)),
            Event::CancelRequested => self.cancel(),
        }
    }

    pub(super) fn calling(self, call: Call, sent_at: Timestamp, event: Event) -> Step {
        match event {
            Event::Woken if self.is_over() => self.expire(),
            Event::Woken if self.now >= sent_at.plus(CALL_PATIENCE) => self.gave_up_on(call),
            Event::Woken => self.ignore(Ignored::TooEarly),
            Event::Cleared { .. } | Event::Postponed { .. } | Event::Recalled { .. } => self.ignore(Ignored::Stale),
            Event::Answered { call: of, answer, took } if of == call => self.answered(call, answer, took),
            Event::Answered { .. } => self.ignore(Ignored::Stale),
            Event::Interrupted => self.interrupted(call),
            Event::CalledBack { sighting } => self.called_back(sighting, Self::keep_calling),
            Event::CancelRequested => self.cancel(),
        }
    }

    pub(super) fn adrift(self, event: Event) -> Step {
        match event {
            Event::Woken if self.is_over() => self.expire(),
            Event::Woken => self.ignore(Ignored::TooEarly),
            Event::Cleared { .. } | Event::Postponed { .. } | Event::Recalled { .. } => self.ignore(Ignored::Stale),
            Event::Answered { call, answer, took } if call.kind == CallKind::Submit => self.settled(call, answer, took),
            Event::Answered { .. } => self.ignore(Ignored::Stale),
            Event::Interrupted => self.ignore(Ignored::Idle),
            Event::CalledBack { sighting } => self.called_back(sighting, Self::keep_drifting),
            Event::CancelRequested => self.cancel(),
        }
    }

    pub(super) fn ended(self, ending: &Ending, at: Timestamp, cleanup: Cleanup, event: Event) -> Step {
        match event {
            Event::Woken => self.woken_after_end(cleanup),
            Event::Cleared { call } => self.cleared_after_end(cleanup, call),
            Event::Postponed { call, until, .. } => self.postponed_after_end(at, cleanup, call, until),
            Event::Answered { call, answer, took } => self.answered_after_end(cleanup, call, answer, took),
            Event::Recalled { .. } => self.ignore(Ignored::Ended),
            Event::Interrupted => self.interrupted_after_end(cleanup),
            Event::CalledBack { sighting } => self.called_back_after_end(ending, &sighting),
            Event::CancelRequested => self.ignore(Ignored::Ended),
        }
    }
}

// The moves: each makes a step, or gives the turn back for another.
impl Turn<'_> {
    fn is_over(&self) -> bool {
        self.now >= self.order.deadline_at
    }

    fn ignore(self, why: Ignored) -> Step {
        Step { next: self.before.clone(), effects: Vec::new(), anomalies: Vec::new(), ignored: Some(why) }
    }

    /// Asks the gate, and changes nothing until it has answered.
    fn acquire(mut self, call: Call) -> Step {
        self.effects.push(Effect::Acquire { call });
        self.finish()
    }

    fn send(mut self, call: Call) -> Step {
        self.next.state = State::Calling { call, sent_at: self.now };
        self.next.is_overtaken = false;
        self.effects.push(Effect::Send { call });
        self.finish()
    }

    /// Waits for `until`, or asks the gate at once when that is now; never past the deadline.
    fn wait(mut self, next: Call, until: Timestamp, reason: Reason) -> Step {
        let until = until.min(self.order.deadline_at);
        if self.is_over() {
            return self.expire();
        }
        self.next.attempt = next.attempt;
        self.next.state = State::Waiting { next, until, reason };
        if until <= self.now {
            self.effects.push(Effect::Acquire { call: next });
        }
        self.finish()
    }

    /// As the gate asks; at least a moment, so that gate and machine cannot chase each other.
    fn postpone(self, next: Call, until: Timestamp, reason: Reason) -> Step {
        let soonest = self.now.plus(POSTPONE_MIN);
        self.wait(next, until.max(soonest), reason)
    }

    /// The attempt after `call`, by the ladder of `cause` and not before `floor`.
    fn climb(self, call: Call, kind: CallKind, cause: Cause, floor: Span, reason: Reason) -> Step {
        let wait = self.order.backoff.wait(cause, call.attempt, self.chance());
        self.go_on(call, kind, wait.max(floor), reason)
    }

    /// The attempt after `call`, in a while; the end, when attempts are spent.
    fn go_on(mut self, call: Call, kind: CallKind, wait: Span, reason: Reason) -> Step {
        if self.order.backoff.is_spent(call.attempt) {
            return self.spent(call);
        }
        self.next.previous_wait = wait;
        let next = Call { kind, attempt: call.attempt.next(), credential: Credential::Held };
        let until = self.now.plus(wait);
        self.wait(next, until, reason)
    }

    fn chance(&self) -> Chance {
        Chance { seed: self.order.seed, previous: self.next.previous_wait }
    }

    /// The same attempt at once, with a new token.
    fn repeat_with_fresh_token(self, call: Call) -> Step {
        let now = self.now;
        self.wait(Call { credential: Credential::Fresh, ..call }, now, Reason::Credentials)
    }

    fn spent(self, call: Call) -> Step {
        if self.before.state.is_unsettled() && call.kind != CallKind::Submit {
            return self.drift(call.attempt);
        }
        let last = self.next.last_failure.clone();
        self.end(Ending::TimedOut { limit: Limit::Attempts, last })
    }

    /// Polls it where its id is known; else looks for it where the profile can, or waits for a callback.
    fn unsettle(self, submit: Call) -> Step {
        if self.is_known() {
            return self.poll_next(submit);
        }
        if self.order.abilities.lookup && !self.order.backoff.is_spent(submit.attempt) {
            let cause = Cause::Failed(FailureKind::Transient);
            return self.climb(submit, CallKind::LookUp, cause, Span::ZERO, Reason::LookUp);
        }
        self.drift(submit.attempt)
    }

    fn drift(mut self, attempt: Attempt) -> Step {
        if self.is_over() {
            return self.expire();
        }
        self.next.state = State::Adrift { attempt };
        self.finish()
    }

    fn expire(self) -> Step {
        if self.before.state.is_unsettled() && self.next.upstream_id.is_none() {
            return self.end(Ending::Unknown);
        }
        let last = self.next.last_failure.clone();
        self.end(Ending::TimedOut { limit: Limit::Deadline, last })
    }

    fn end(self, ending: Ending) -> Step {
        self.end_with(ending, Cleanup::Done)
    }

    fn end_with(mut self, ending: Ending, cleanup: Cleanup) -> Step {
        if self.order.may_recall() && matches!(ending, Ending::Completed { result: Some(Payload::Whole(_)) }) {
            self.effects.push(Effect::Remember);
        }
        self.topics.push(match ending.outcome() {
            Outcome::Completed => Topic::Completed,
            Outcome::Canceled => Topic::Canceled,
            Outcome::TimedOut => Topic::TimedOut,
            Outcome::Failed | Outcome::Rejected | Outcome::Invalid | Outcome::Unknown => Topic::Failed,
        });
        self.next.state = State::Ended { ending, at: self.now, cleanup };
        self.finish()
    }

    /// The cache has what the submit would bring: as good as new, or for when nothing new can be had in time.
    fn recalled(mut self, memory: Memory) -> Step {
        if !self.order.may_recall() {
            return self.ignore(Ignored::Stale);
        }
        if memory.is_fresh && !self.before.state.is_unsettled() {
            let Memory { result, stored_at, .. } = memory;
            return self.end(Ending::Cached { result: Payload::Whole(result), stored_at });
        }
        if self.before.fallback.as_ref().is_some_and(|known| known.stored_at >= memory.stored_at) {
            return self.ignore(Ignored::Repeated);
        }
        self.next.fallback = Some(memory);
        self.finish()
    }

    /// A call's answer never came. Of a submit that settles nothing; anything else is a failure like others.
    fn gave_up_on(self, call: Call) -> Step {
        let failure = Failure::unanswered("no answer in time");
        self.answered(call, Answer::Failed(failure), CALL_PATIENCE)
    }

    /// The process was lost while `call` was under way.
    fn interrupted(self, call: Call) -> Step {
        let now = self.now;
        match call.kind {
            CallKind::Submit => self.unsettle(call),
            CallKind::Poll => self.wait(call, now, Reason::Permit),
            CallKind::LookUp => self.wait(call, now, Reason::LookUp),
            // Cancels are made after the end only.
            CallKind::Cancel => self.ignore(Ignored::Idle),
        }
    }

    fn note(&mut self, kind: AnomalyKind) {
        let anomaly = Anomaly { at: self.now, attempt: self.next.attempt, kind };
        self.anomalies.push(anomaly.clone());
        if self.next.anomalies.len() < ANOMALIES_MAX {
            self.next.anomalies.push(anomaly);
        }
        self.topics.push(Topic::Anomaly);
    }

    fn failed(&mut self, failure: Failure) {
        self.next.last_failure = Some(failure);
        self.next.is_retried = true;
        self.topics.push(Topic::Retried);
    }

    /// Numbers the step if it changed anything, and owes the notifications that the caller asked for.
    fn finish(mut self) -> Step {
        let is_changed = Execution { seen_at: self.before.seen_at, ..self.next.clone() } != *self.before;
        if is_changed {
            self.next.seq = self.before.seq.saturating_add(1);
            self.next.updated_at = self.now;
        } else {
            self.next = self.before.clone();
        }
        if self.next.status != self.before.status {
            self.topics.insert(0, Topic::StatusChanged);
        }
        // A failure that ended it is told as the end, not as a retry.
        let is_over = self.next.ending().is_some();
        self.topics.retain(|topic| !(is_over && *topic == Topic::Retried));
        if let Some(subscription) = &self.order.notify {
            let wanted = self.topics.iter().filter(|topic| subscription.wants(**topic));
            self.effects.extend(wanted.map(|topic| Effect::Notify { topic: *topic }));
        }
        Step { next: self.next, effects: self.effects, anomalies: self.anomalies, ignored: None }
    }
}

/// Whether `call` is the submit whose answer was given up before `next` was planned.
fn is_late_submit(call: Call, next: Call) -> bool {
    call.kind == CallKind::Submit && next.kind == CallKind::LookUp
}

/// The least that a postponed call waits.
const POSTPONE_MIN: Span = Span::from_millis(10);
