//! CXone showed the execution, by answer or callback: what that says, and what follows.

use super::Turn;
use crate::backoff::Cause;
use crate::call::{Call, CallKind, Credential, Sighting, Word};
use crate::execution::effect::{Ignored, Step};
use crate::execution::event::Reason;
use crate::execution::order::{Door, Policy};
use crate::execution::state::{Canceler, Ending, Fault};
use crate::failure::{Failure, FailureKind};
use crate::id::Attempt;
use crate::status::{AnomalyKind, Status, Transition, transition};
use crate::time::Span;

/// What a sighting leaves to do.
enum Verdict {
    /// It goes on.
    GoOn,
    /// It is over.
    Over(Ending),
}

impl Turn<'_> {
    /// The answer to a submit, poll or lookup.
    pub(super) fn sighted(mut self, call: Call, sighting: Sighting) -> Step {
        if self.is_foreign(&sighting) {
            self.note(AnomalyKind::ForeignAnswer);
            // Known from a callback, which only the submit's own execution can make: that one is polled.
            if call.kind != CallKind::Poll {
                return self.poll_next(call);
            }
            let failure = Failure::new(FailureKind::Malformed, "the answer is about another execution");
            return self.poll_failed(call, failure);
        }
        self.next.last_failure = None;
        self.next.malformed = 0;
        match self.believe(sighting) {
            Verdict::Over(ending) => self.end(ending),
            Verdict::GoOn => self.unsettle(call),
        }
    }

    /// A callback before the end: believed if it is about this execution and new, and over if it says so.
    pub(super) fn called_back(mut self, sighting: Sighting, go_on: impl FnOnce(Self) -> Step) -> Step {
        if self.is_foreign(&sighting) {
            return self.note_once(AnomalyKind::ForeignAnswer);
        }
        if self.is_repeated(&sighting) {
            return self.ignore(Ignored::Repeated);
        }
        match self.believe(sighting) {
            Verdict::Over(ending) => self.end(ending),
            Verdict::GoOn => go_on(self),
        }
    }

    /// After a callback with `next` planned.
    pub(super) fn keep_waiting(self, next: Call, reason: Reason) -> Step {
        match next.kind {
            // It was accepted after all, or has been found: from here on it is polled.
            CallKind::Submit | CallKind::LookUp if self.is_known() => self.poll_next(next),
            // Accepted too, but without an id: a second submit would be a second execution.
            CallKind::Submit => self.unsettle(next),
            CallKind::Poll | CallKind::LookUp | CallKind::Cancel => {
                let until = self.before.state.due_at().unwrap_or(self.now);
                self.wait(next, until, reason)
            }
        }
    }

    /// After a callback with a call under way, which will tell the rest, though perhaps older news.
    pub(super) fn keep_calling(mut self) -> Step {
        self.next.is_overtaken = true;
        self.finish()
    }

    /// After a callback to one that nothing else could find.
    pub(super) fn keep_drifting(self) -> Step {
        if !self.is_known() {
            return self.finish();
        }
        let attempt = self.next.attempt;
        self.poll_next(Call { kind: CallKind::LookUp, attempt, credential: Credential::Held })
    }

    /// The end is the end; a callback that differs from it is recorded.
    pub(super) fn called_back_after_end(self, ending: &Ending, sighting: &Sighting) -> Step {
        if self.is_foreign(sighting) {
            return self.note_once(AnomalyKind::ForeignAnswer);
        }
        match (upstream_end(ending), &sighting.word) {
            (Some(known), Word::Known(said)) if known == *said => self.ignore(Ignored::Repeated),
            (Some(known), Word::Known(said)) if said.is_terminal() => {
                self.note_once(AnomalyKind::CallbackDisagrees { known, called_back: *said })
            }
            (Some(from), Word::Known(to)) => self.note_once(AnomalyKind::SpokeAfterEnd { from, to: *to }),
            (None, Word::Known(_)) | (_, Word::Unknown(_)) => self.ignore(Ignored::Ended),
        }
    }

    /// A poll that was under way when the end came has come back. That it had not seen the end yet is no news; that
    /// it saw another one is.
    pub(super) fn sighted_after_end(self, sighting: &Sighting) -> Step {
        if self.is_foreign(sighting) {
            return self.ignore(Ignored::Stale);
        }
        match (self.next.status, &sighting.word) {
            (Some(from), Word::Known(to)) if from.is_terminal() && to.is_terminal() && from != *to => {
                self.note_once(AnomalyKind::SpokeAfterEnd { from, to: *to })
            }
            (_, Word::Known(_) | Word::Unknown(_)) => self.ignore(Ignored::Stale),
        }
    }

    fn note_once(mut self, kind: AnomalyKind) -> Step {
        if self.next.anomalies.iter().any(|anomaly| anomaly.kind == kind) {
            return self.ignore(Ignored::Repeated);
        }
        self.note(kind);
        self.finish()
    }

    fn is_foreign(&self, sighting: &Sighting) -> bool {
        let ours = self.before.upstream_id.as_ref();
        ours.zip(sighting.upstream_id.as_ref()).is_some_and(|(ours, theirs)| ours != theirs)
    }

    fn is_repeated(&self, sighting: &Sighting) -> bool {
        let is_progress_new = sighting.progress.is_some() && sighting.progress != self.before.progress();
        let is_id_new = sighting.upstream_id.is_some() && self.before.upstream_id.is_none();
        self.before.word.as_ref() == Some(&sighting.word) && !is_progress_new && !is_id_new
    }

    /// Takes in what a sighting says, as far as the lifecycle allows.
    fn believe(&mut self, sighting: Sighting) -> Verdict {
        self.adopt(&sighting);
        let is_news = self.before.word.as_ref() != Some(&sighting.word);
        self.next.word = Some(sighting.word.clone());
        self.next.sighted_at = Some(self.now);
        let to = match &sighting.word {
            Word::Known(status) => *status,
            Word::Unknown(word) => {
                if is_news {
                    self.note(AnomalyKind::UnknownStatus { word: word.clone() });
                }
                return Verdict::GoOn;
            }
        };
        let is_back = transition(self.next.status, to) == Transition::Back;
        if is_back && self.before.is_overtaken {
            return Verdict::GoOn;
        }
        if let Some(kind) = forbidden(self.next.status, to).filter(|_| is_news) {
            self.note(kind.clone());
            if self.order.policy == Policy::Strict {
                return Verdict::Over(Ending::Invalid { fault: Fault::Transition(kind) });
            }
        }
        if !is_back {
            self.next.status = Some(to);
        }
        ending_of(to, sighting).map_or(Verdict::GoOn, Verdict::Over)
    }

    fn adopt(&mut self, sighting: &Sighting) {
        if self.next.upstream_id.is_none() {
            self.next.upstream_id.clone_from(&sighting.upstream_id);
        }
        if self.next.accepted_at.is_none() && matches!(self.order.door, Door::Start { .. }) {
            self.next.accepted_at = Some(self.now);
            self.next.forecast = self.next.forecast.begun(self.now);
        }
        if let Some(progress) = sighting.progress {
            self.next.forecast = self.next.forecast.seen(progress, self.now);
        }
    }

    /// Whether CXone's id is known, so that it can be polled.
    pub(super) const fn is_known(&self) -> bool {
        self.next.upstream_id.is_some()
    }

    /// The next poll: at the foretold end, soon after it when that has passed, or by the ladder.
    pub(super) fn poll_next(mut self, call: Call) -> Step {
        let backoff = &self.order.backoff;
        match self.next.forecast.ends_at().filter(|_| backoff.predict) {
            Some(ends_at) if ends_at > self.now => {
                let foretold = backoff.ladder.clamp(with_margin(ends_at.since(self.now)));
                let rung = backoff.wait(Cause::NotDone, call.attempt, self.chance());
                self.next.overdue = 0;
                // A guess may shorten the wait, never lengthen it.
                let wait = if self.next.forecast.is_measured() { foretold } else { foretold.min(rung) };
                self.go_on(call, CallKind::Poll, wait, Reason::Predicted)
            }
            Some(_) => {
                let polls = (0..self.next.overdue).fold(Attempt::FIRST, |attempt, _| attempt.next());
                let wait = backoff.wait(Cause::NotDone, polls, self.chance());
                self.next.overdue = self.next.overdue.saturating_add(1);
                self.go_on(call, CallKind::Poll, wait, Reason::Backoff)
            }
            None => self.climb(call, CallKind::Poll, Cause::NotDone, Span::ZERO, Reason::Backoff),
        }
    }
}

/// A little past the foretold end: a poll just before it costs another whole wait.
fn with_margin(remaining: Span) -> Span {
    remaining.plus(Span::from_millis(remaining.as_millis() / 64)).plus(Span::from_millis(50))
}

fn forbidden(from: Option<Status>, to: Status) -> Option<AnomalyKind> {
    match (transition(from, to), from) {
        (Transition::Skipped, Some(from)) => Some(AnomalyKind::SkippedState { from, to }),
        (Transition::Back, Some(from)) => Some(AnomalyKind::SteppedBack { from, to }),
        (Transition::AfterEnd, Some(from)) => Some(AnomalyKind::SpokeAfterEnd { from, to }),
        (Transition::First | Transition::Stay | Transition::Forward, _)
        | (Transition::Skipped | Transition::Back | Transition::AfterEnd, None) => None,
    }
}

fn ending_of(status: Status, sighting: Sighting) -> Option<Ending> {
    match status {
        Status::Completed => Some(Ending::Completed { result: sighting.result }),
        Status::Failed => Some(Ending::Failed { error: sighting.error, result: sighting.result }),
        Status::Canceled => Some(Ending::Canceled { by: Canceler::Upstream }),
        Status::Pending | Status::Queued | Status::Running => None,
    }
}

/// The word with which CXone itself ended it; `None` where the end was ours.
fn upstream_end(ending: &Ending) -> Option<Status> {
    match ending {
        Ending::Completed { .. } => Some(Status::Completed),
        Ending::Failed { .. } => Some(Status::Failed),
        Ending::Canceled { by: Canceler::Upstream } => Some(Status::Canceled),
        Ending::Canceled { by: Canceler::Caller }
        | Ending::Cached { .. }
        | Ending::TimedOut { .. }
        | Ending::Rejected { .. }
        | Ending::Invalid { .. }
        | Ending::Unknown => None,
    }
}
