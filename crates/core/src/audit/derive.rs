//! Records out of a step: what came back, what was wrong with it, what the machine chose, and the end. Never decides any
//! of it: everything is read from the journal's entry and from the execution before and after it.

use alloc::string::ToString;
use alloc::vec::Vec;

use super::{Decision, Kind, Record, Who};
use crate::call::{Answer, Call, CallKind, Credential, Sighting, Word};
use crate::execution::{Canceler, Cleanup, Ending, Event, Execution, Fault, Order, Reason, State};
use crate::failure::FailureKind;
use crate::journal::{Entry, Happened};
use crate::status::Status;
use crate::time::{Span, Timestamp};
use crate::wire::{error_of, source_of};

/// The records of one entry of the journal, numbered on from `last`. `before` is the execution before it, `None` of the
/// opening; `who` opened it, or asked for the cancel. An entry may have none.
#[must_use]
pub fn records_of(
    order: &Order,
    entry: &Entry,
    before: Option<&Execution>,
    after: &Execution,
    who: &Who,
    last: u64,
) -> Vec<Record> {
    let mut log = Log { order, at: entry.at.0, last, records: Vec::new() };
    match (&entry.happened, before) {
        (Happened::Event(event), Some(before)) => {
            log.came(entry, event);
            log.anomalies(entry, event);
            if entry.ignored.is_none() {
                log.follows(event, before, after, who);
            }
        }
        (Happened::Opened { .. } | Happened::Event(_), _) => log.opened(who),
    }
    log.records
}

/// Records in the making.
struct Log<'a> {
    order: &'a Order,
    at: Timestamp,
    last: u64,
    records: Vec<Record>,
}

impl Log<'_> {
    /// A record with the next number.
    fn next(&mut self, kind: Kind, who: Who) -> Record {
        self.last = self.last.saturating_add(1);
        Record::new(self.order, self.last, self.at, kind, who)
    }

    fn opened(&mut self, who: &Who) {
        let record = self.next(Kind::Opened, who.clone());
        let record = self.with_names(record);
        self.records.push(record);
    }

    /// The execution's own span, and the names that it is found by.
    fn with_names(&self, record: Record) -> Record {
        Record {
            span_id: Some(self.order.trace.span_id().into()),
            parent_span_id: self.order.trace.parent_id().map(Into::into),
            action_id: self.order.door.action_id().cloned(),
            correlation_id: Some(self.order.correlation_id.clone()),
            ..record
        }
    }

    /// What came in from CXone.
    fn came(&mut self, entry: &Entry, event: &Event) {
        let record = match event {
            Event::Answered { call, answer, took } => self.answered(*call, answer, *took),
            Event::CalledBack { sighting } => {
                let record = self.next(Kind::Callback, Who::Cxone);
                Record { allowed: Some(true), status: status_of(sighting), ..record }
            }
            Event::Woken
            | Event::Cleared { .. }
            | Event::Postponed { .. }
            | Event::Recalled { .. }
            | Event::Interrupted
            | Event::CancelRequested => return,
        };
        self.records.push(Record { ignored: entry.ignored, ..record });
    }

    fn answered(&mut self, call: Call, answer: &Answer, took: Span) -> Record {
        let kind = match call.kind {
            CallKind::Submit => Kind::Submit,
            CallKind::Poll | CallKind::LookUp => Kind::StatusCheck,
            CallKind::Cancel => Kind::Cancel,
        };
        let (status, failure) = match answer {
            Answer::Seen(sighting) => (status_of(sighting), None),
            Answer::Failed(failure) => (None, Some(failure)),
            Answer::Absent | Answer::Acknowledged => (None, None),
        };
        Record {
            span_id: Some(self.order.span_of(call).span_id().into()),
            parent_span_id: Some(self.order.trace.span_id().into()),
            attempt: Some(call.attempt.get()),
            call: Some(call.kind),
            started_at: Some(self.at.minus(took).into()),
            took_ms: Some(took.as_millis()),
            status,
            http_status: failure.and_then(|failure| failure.status),
            failure: failure.map(|failure| failure.kind),
            ..self.next(kind, Who::System)
        }
    }

    fn anomalies(&mut self, entry: &Entry, event: &Event) {
        let who =
            if matches!(event, Event::CalledBack { .. } | Event::Answered { .. }) { Who::Cxone } else { Who::System };
        for anomaly in &entry.anomalies {
            let record = Record {
                attempt: Some(anomaly.attempt.get()),
                anomaly: Some(anomaly.kind.name().into()),
                code: Some(anomaly.kind.code()),
                ..self.next(Kind::Anomaly, who.clone())
            };
            self.records.push(record);
        }
    }

    /// What the machine made of it.
    fn follows(&mut self, event: &Event, before: &Execution, after: &Execution, who: &Who) {
        if after.fallback() != before.fallback() {
            self.decided(Decision::KeepFallback, None, None);
        }
        match after.state() {
            State::Waiting { .. } | State::Adrift { .. } if after.state() == before.state() => {}
            State::Waiting { next, until, reason } => self.waits(event, after, *next, *until, *reason),
            State::Adrift { .. } => self.decided(Decision::AwaitCallback, None, Some(Reason::Callback)),
            State::Calling { .. } => {}
            State::Ended { ending, cleanup, .. } => {
                if before.ending().is_none() {
                    self.ended(event, before, after, ending, who);
                }
                self.cleans_up(event, before, *cleanup);
            }
        }
    }

    fn waits(&mut self, event: &Event, after: &Execution, next: Call, until: Timestamp, reason: Reason) {
        let failure = match event {
            Event::Answered { answer: Answer::Failed(failure), .. } => Some(failure.kind),
            // An answer that was not waited for any longer.
            Event::Woken => after.last_failure().map(|failure| failure.kind),
            Event::Answered { .. }
            | Event::Cleared { .. }
            | Event::Postponed { .. }
            | Event::Recalled { .. }
            | Event::Interrupted
            | Event::CalledBack { .. }
            | Event::CancelRequested => None,
        };
        let decision = match (event, failure) {
            (Event::Postponed { .. }, _) => Decision::Postpone,
            _ if next.kind == CallKind::LookUp => Decision::LookUp,
            (_, Some(FailureKind::AuthExpired)) => Decision::RenewToken,
            (_, Some(failure)) => return self.retries(failure, next, until, reason),
            (Event::Interrupted, None) => Decision::Repeat,
            _ if reason == Reason::Predicted => Decision::PollAtForetoldEnd,
            _ => Decision::PollLater,
        };
        self.decided(decision, Some((next, until)), Some(reason));
    }

    fn retries(&mut self, failure: FailureKind, next: Call, until: Timestamp, reason: Reason) {
        let record = Record { failure: Some(failure), ..self.next(Kind::Retry, Who::System) };
        let record = self.with_wait(record, next, until);
        self.records.push(Record { reason: Some(reason), ..record });
    }

    fn decided(&mut self, decision: Decision, next: Option<(Call, Timestamp)>, reason: Option<Reason>) {
        let record = Record { decision: Some(decision), reason, ..self.next(Kind::Decision, Who::System) };
        let record = match next {
            Some((call, until)) => self.with_wait(record, call, until),
            None => record,
        };
        self.records.push(record);
    }

    fn with_wait(&self, record: Record, next: Call, until: Timestamp) -> Record {
        Record {
            attempt: Some(next.attempt.get()),
            call: Some(next.kind),
            until: Some(until.into()),
            wait_ms: Some(until.since(self.at).as_millis()),
            ..record
        }
    }

    fn ended(&mut self, event: &Event, before: &Execution, after: &Execution, ending: &Ending, who: &Who) {
        match ending {
            Ending::Cached { .. } => self.decided(Decision::UseCached, None, None),
            Ending::Invalid { fault: Fault::Transition(_) } => self.decided(Decision::RefuseTransition, None, None),
            _ if after.degraded().is_some() => self.decided(Decision::Degrade, None, None),
            Ending::Completed { .. }
            | Ending::Failed { .. }
            | Ending::Canceled { .. }
            | Ending::TimedOut { .. }
            | Ending::Rejected { .. }
            | Ending::Invalid { .. }
            | Ending::Unknown => {}
        }
        let who = match event {
            Event::CancelRequested => who.clone(),
            Event::CalledBack { .. } => Who::Cxone,
            Event::Woken
            | Event::Answered { .. }
            | Event::Cleared { .. }
            | Event::Postponed { .. }
            | Event::Recalled { .. }
            | Event::Interrupted => Who::System,
        };
        let record = Record {
            attempt: Some(after.attempt().get()),
            status: after.status(),
            outcome: Some(ending.outcome()),
            code: error_of(ending).map(|error| error.code.to_string()),
            source: source_of(after),
            started_at: Some(self.order.created_at.into()),
            took_ms: Some(self.at.since(self.order.created_at).as_millis()),
            notice_delay_ms: notice_delay(event, before, ending, self.at).map(Span::as_millis),
            ..self.next(Kind::Ended, who)
        };
        let record = self.with_names(record);
        self.records.push(record);
    }

    /// What CXone still has to be told after the end.
    fn cleans_up(&mut self, event: &Event, before: &Execution, cleanup: Cleanup) {
        let Cleanup::Waiting { next, until } = cleanup else { return };
        let had = match before.state() {
            State::Ended { cleanup, .. } => Some(*cleanup),
            State::Waiting { .. } | State::Calling { .. } | State::Adrift { .. } => None,
        };
        if had == Some(cleanup) {
            return;
        }
        match event {
            Event::Postponed { reason, .. } => self.decided(Decision::Postpone, Some((next, until)), Some(*reason)),
            Event::Answered { answer: Answer::Failed(_), .. } if next.credential == Credential::Fresh => {
                self.decided(Decision::RenewToken, Some((next, until)), Some(Reason::Credentials));
            }
            Event::Answered { call, answer: Answer::Failed(failure), .. } if call.kind == CallKind::Cancel => {
                self.retries(failure.kind, next, until, Reason::Retry);
            }
            Event::Interrupted => self.decided(Decision::Repeat, Some((next, until)), None),
            Event::Woken
            | Event::Answered { .. }
            | Event::Cleared { .. }
            | Event::Recalled { .. }
            | Event::CalledBack { .. }
            | Event::CancelRequested => self.decided(Decision::CancelUpstream, Some((next, until)), None),
        }
    }
}

fn status_of(sighting: &Sighting) -> Option<Status> {
    match &sighting.word {
        Word::Known(status) => Some(*status),
        Word::Unknown(_) => None,
    }
}

/// See [`Record::notice_delay_ms`]. `None` where the end was ours, or nothing bounds it.
fn notice_delay(event: &Event, before: &Execution, ending: &Ending, at: Timestamp) -> Option<Span> {
    match ending {
        Ending::Completed { .. } | Ending::Failed { .. } | Ending::Canceled { by: Canceler::Upstream } => {}
        Ending::Canceled { by: Canceler::Caller }
        | Ending::Cached { .. }
        | Ending::TimedOut { .. }
        | Ending::Rejected { .. }
        | Ending::Invalid { .. }
        | Ending::Unknown => return None,
    }
    match event {
        Event::CalledBack { .. } => Some(Span::ZERO),
        // A submit's answer is the end itself.
        Event::Answered { call, .. } if call.kind == CallKind::Submit => Some(Span::ZERO),
        Event::Answered { .. } => {
            let foretold = before.foretold_end_at().filter(|end| *end <= at);
            foretold.into_iter().chain(before.sighted_at()).max().map(|since| at.since(since))
        }
        Event::Woken
        | Event::Cleared { .. }
        | Event::Postponed { .. }
        | Event::Recalled { .. }
        | Event::Interrupted
        | Event::CancelRequested => None,
    }
}
