//! A call came back: what its answer means, by what the call was for.

use super::Turn;
use crate::backoff::Cause;
use crate::call::{Answer, Call, CallKind, Credential};
use crate::execution::effect::{Ignored, Step};
use crate::execution::event::Reason;
use crate::execution::state::{Ending, Fault, MALFORMED_MAX};
use crate::failure::{Failure, FailureKind};
use crate::time::Span;

impl Turn<'_> {
    /// The call that is under way came back.
    pub(super) fn answered(mut self, call: Call, answer: Answer, took: Span) -> Step {
        self.next.latency.record(took);
        match (call.kind, answer) {
            (_, Answer::Seen(sighting)) => self.sighted(call, sighting),
            // A callback has told what this call was to find out, so its failure settles nothing.
            (CallKind::Submit | CallKind::LookUp, Answer::Absent | Answer::Failed(_)) if self.is_known() => {
                self.poll_next(call)
            }
            (CallKind::LookUp, Answer::Absent) => self.absent(call),
            (CallKind::Submit, Answer::Failed(failure)) => self.submit_failed(call, failure),
            (CallKind::Poll, Answer::Failed(failure)) => self.poll_failed(call, failure),
            (CallKind::LookUp, Answer::Failed(failure)) => self.lookup_failed(call, failure),
            // Answers to a cancel, which is made after the end only, and a list where no list was asked for.
            (_, Answer::Absent | Answer::Acknowledged) | (CallKind::Cancel, Answer::Failed(_)) => {
                self.ignore(Ignored::Stale)
            }
        }
    }

    /// The submit's answer came after it was given up: good news settles it, bad news changes nothing.
    pub(super) fn settled(mut self, call: Call, answer: Answer, took: Span) -> Step {
        match answer {
            Answer::Seen(sighting) => {
                self.next.latency.record(took);
                let latest = Call { attempt: self.next.attempt, ..call };
                self.sighted(latest, sighting)
            }
            Answer::Absent | Answer::Acknowledged | Answer::Failed(_) => self.ignore(Ignored::Stale),
        }
    }

    fn absent(self, call: Call) -> Step {
        self.climb(call, CallKind::LookUp, Cause::NotDone, Span::ZERO, Reason::LookUp)
    }

    fn submit_failed(mut self, call: Call, failure: Failure) -> Step {
        self.failed(failure.clone());
        match failure.kind {
            FailureKind::AuthExpired if call.credential == Credential::Held => self.repeat_with_fresh_token(call),
            FailureKind::AuthExpired | FailureKind::ScopeDenied | FailureKind::NotFound | FailureKind::ClientError => {
                self.end(Ending::Rejected { failure })
            }
            FailureKind::RateLimited | FailureKind::Transient | FailureKind::Malformed => {
                if failure.proves_not_accepted() { self.try_later(call, &failure) } else { self.unsettle(call) }
            }
        }
    }

    pub(super) fn poll_failed(mut self, call: Call, failure: Failure) -> Step {
        self.failed(failure.clone());
        match failure.kind {
            FailureKind::AuthExpired if call.credential == Credential::Held => self.repeat_with_fresh_token(call),
            FailureKind::NotFound if self.is_in_grace() => self.try_later(call, &failure),
            FailureKind::AuthExpired | FailureKind::ScopeDenied | FailureKind::NotFound | FailureKind::ClientError => {
                self.end(Ending::Rejected { failure })
            }
            FailureKind::RateLimited | FailureKind::Transient => self.try_later(call, &failure),
            FailureKind::Malformed => {
                if self.is_one_malformed_too_many() {
                    return self.end(Ending::Invalid { fault: Fault::Malformed(failure) });
                }
                self.try_later(call, &failure)
            }
        }
    }

    /// A lookup that is refused proves nothing of the submit: then only a callback can tell.
    fn lookup_failed(mut self, call: Call, failure: Failure) -> Step {
        self.failed(failure.clone());
        match failure.kind {
            FailureKind::AuthExpired if call.credential == Credential::Held => self.repeat_with_fresh_token(call),
            FailureKind::AuthExpired | FailureKind::ScopeDenied | FailureKind::NotFound | FailureKind::ClientError => {
                self.drift(call.attempt)
            }
            FailureKind::RateLimited | FailureKind::Transient => self.try_later(call, &failure),
            FailureKind::Malformed => {
                if self.is_one_malformed_too_many() {
                    return self.drift(call.attempt);
                }
                self.try_later(call, &failure)
            }
        }
    }

    /// The ladder of the failure, with what the server asked for as the floor.
    fn try_later(self, call: Call, failure: &Failure) -> Step {
        let reason = if failure.kind == FailureKind::RateLimited { Reason::RateLimited } else { Reason::Retry };
        let floor = failure.retry_after.unwrap_or(Span::ZERO);
        self.climb(call, call.kind, Cause::Failed(failure.kind), floor, reason)
    }

    fn is_in_grace(&self) -> bool {
        let grace = self.order.abilities.not_found_grace;
        self.next.accepted_at.is_some_and(|accepted_at| self.now < accepted_at.plus(grace))
    }

    fn is_one_malformed_too_many(&mut self) -> bool {
        self.next.malformed = self.next.malformed.saturating_add(1);
        self.next.malformed >= MALFORMED_MAX
    }
}
