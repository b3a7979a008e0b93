//! A cancel by our caller: over here at once, and CXone told afterwards. The outcome never waits for that.

use super::Turn;
use crate::backoff::{Cause, Chance};
use crate::call::{Answer, Call, CallKind, Credential, Sighting, Word};
use crate::execution::effect::{Effect, Ignored, Step};
use crate::execution::state::{CALL_PATIENCE, CANCELS_MAX, CLEANUP_PATIENCE, Canceler, Cleanup, Ending, State};
use crate::failure::{Failure, FailureKind};
use crate::id::Attempt;
use crate::status::AnomalyKind;
use crate::time::{Span, Timestamp};

impl Turn<'_> {
    /// Ends it, owing CXone a cancel where one can be made.
    pub(super) fn cancel(mut self) -> Step {
        let cleanup = match &self.before.state {
            _ if !self.order.abilities.cancel => Cleanup::Done,
            State::Calling { call, sent_at } if call.kind == CallKind::Submit => {
                Cleanup::AwaitingSubmit { call: *call, sent_at: *sent_at }
            }
            _ if self.next.upstream_id.is_some() => self.first_cancel(),
            state if state.is_unsettled() => {
                self.note(AnomalyKind::CancelUnconfirmed);
                Cleanup::Done
            }
            State::Calling { .. } | State::Waiting { .. } | State::Adrift { .. } | State::Ended { .. } => Cleanup::Done,
        };
        self.end_with(Ending::Canceled { by: Canceler::Caller }, cleanup)
    }

    pub(super) fn woken_after_end(mut self, cleanup: Cleanup) -> Step {
        let is_given_up = |sent_at: Timestamp, now: Timestamp| now >= sent_at.plus(CALL_PATIENCE);
        match cleanup {
            Cleanup::Done => self.ignore(Ignored::Ended),
            Cleanup::Waiting { next, until } if self.now >= until => {
                self.effects.push(Effect::Acquire { call: next });
                self.finish()
            }
            Cleanup::AwaitingSubmit { sent_at, .. } if is_given_up(sent_at, self.now) => self.unconfirmed(),
            Cleanup::Calling { call, sent_at } if is_given_up(sent_at, self.now) => {
                self.cancel_failed(call, &Failure::unanswered("no answer in time"))
            }
            Cleanup::Waiting { .. } | Cleanup::AwaitingSubmit { .. } | Cleanup::Calling { .. } => {
                self.ignore(Ignored::TooEarly)
            }
        }
    }

    pub(super) fn cleared_after_end(mut self, cleanup: Cleanup, call: Call) -> Step {
        match cleanup {
            Cleanup::Waiting { next, .. } if next == call => {
                self.effects.push(Effect::Send { call });
                let sent_at = self.now;
                self.clean_up(Cleanup::Calling { call, sent_at })
            }
            Cleanup::Done | Cleanup::AwaitingSubmit { .. } | Cleanup::Calling { .. } | Cleanup::Waiting { .. } => {
                self.ignore(Ignored::Stale)
            }
        }
    }

    /// A cancel that the gate holds up for too long is as lost as one that fails.
    pub(super) fn postponed_after_end(self, at: Timestamp, cleanup: Cleanup, call: Call, until: Timestamp) -> Step {
        match cleanup {
            Cleanup::Waiting { next, .. } if next == call => {
                if self.now >= at.plus(CLEANUP_PATIENCE) {
                    return self.unconfirmed();
                }
                self.wait_to_cancel(next, until)
            }
            Cleanup::Done | Cleanup::AwaitingSubmit { .. } | Cleanup::Calling { .. } | Cleanup::Waiting { .. } => {
                self.ignore(Ignored::Stale)
            }
        }
    }

    pub(super) fn answered_after_end(mut self, cleanup: Cleanup, call: Call, answer: Answer, took: Span) -> Step {
        match (cleanup, answer) {
            (Cleanup::AwaitingSubmit { call: submit, .. }, answer) if submit == call => {
                self.next.latency.record(took);
                self.submit_answered_after_end(answer)
            }
            (Cleanup::Calling { call: cancel, .. }, Answer::Failed(failure)) if cancel == call => {
                self.cancel_failed(call, &failure)
            }
            (Cleanup::Calling { call: cancel, .. }, Answer::Acknowledged) if cancel == call => {
                self.clean_up(Cleanup::Done)
            }
            (_, Answer::Seen(sighting)) => self.sighted_after_end(&sighting),
            (_, Answer::Absent | Answer::Acknowledged | Answer::Failed(_)) => self.ignore(Ignored::Stale),
        }
    }

    pub(super) fn interrupted_after_end(self, cleanup: Cleanup) -> Step {
        let now = self.now;
        match cleanup {
            Cleanup::Done | Cleanup::Waiting { .. } => self.ignore(Ignored::Idle),
            Cleanup::AwaitingSubmit { .. } => self.unconfirmed(),
            // A cancel may be repeated.
            Cleanup::Calling { call, .. } => self.wait_to_cancel(call, now),
        }
    }

    fn submit_answered_after_end(mut self, answer: Answer) -> Step {
        match answer {
            Answer::Seen(Sighting { word: Word::Known(status), .. }) if status.is_terminal() => {
                self.clean_up(Cleanup::Done)
            }
            Answer::Seen(Sighting { upstream_id: Some(id), .. }) => {
                self.next.upstream_id = Some(id);
                let cleanup = self.first_cancel();
                self.clean_up(cleanup)
            }
            Answer::Failed(failure) if is_refused(&failure) => self.clean_up(Cleanup::Done),
            Answer::Seen(_) | Answer::Absent | Answer::Acknowledged | Answer::Failed(_) => self.unconfirmed(),
        }
    }

    fn cancel_failed(self, call: Call, failure: &Failure) -> Step {
        let now = self.now;
        match failure.kind {
            FailureKind::AuthExpired if call.credential == Credential::Held => {
                self.wait_to_cancel(Call { credential: Credential::Fresh, ..call }, now)
            }
            // CXone has no such execution, or it is past canceling: there is nothing left to stop.
            FailureKind::NotFound | FailureKind::ClientError => self.clean_up(Cleanup::Done),
            FailureKind::AuthExpired | FailureKind::ScopeDenied => self.unconfirmed(),
            FailureKind::RateLimited | FailureKind::Transient | FailureKind::Malformed => {
                if call.attempt.get() >= CANCELS_MAX {
                    return self.unconfirmed();
                }
                let chance = Chance { seed: self.order.seed, previous: Span::ZERO };
                let wait = self.order.backoff.wait(Cause::Failed(failure.kind), call.attempt, chance);
                let until = now.plus(wait.max(failure.retry_after.unwrap_or(Span::ZERO)));
                let next = Call { attempt: call.attempt.next(), credential: Credential::Held, ..call };
                self.wait_to_cancel(next, until)
            }
        }
    }

    fn first_cancel(&mut self) -> Cleanup {
        let call = Call { kind: CallKind::Cancel, attempt: Attempt::FIRST, credential: Credential::Held };
        self.effects.push(Effect::Acquire { call });
        Cleanup::Waiting { next: call, until: self.now }
    }

    fn wait_to_cancel(mut self, next: Call, until: Timestamp) -> Step {
        if until <= self.now {
            self.effects.push(Effect::Acquire { call: next });
        }
        self.clean_up(Cleanup::Waiting { next, until })
    }

    fn unconfirmed(mut self) -> Step {
        self.note(AnomalyKind::CancelUnconfirmed);
        self.clean_up(Cleanup::Done)
    }

    fn clean_up(mut self, owed: Cleanup) -> Step {
        if let State::Ended { cleanup, .. } = &mut self.next.state {
            *cleanup = owed;
        }
        self.finish()
    }
}

/// Whether a submit that failed so did not start anything.
fn is_refused(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::AuthExpired
        | FailureKind::ScopeDenied
        | FailureKind::NotFound
        | FailureKind::ClientError
        | FailureKind::RateLimited => true,
        FailureKind::Transient | FailureKind::Malformed => failure.proves_not_accepted(),
    }
}
