//! What records of a batch and of a chain have in common. Never says what one is.

use super::{Kind, Notification, Record, Who};
use crate::flow::{FlowOutcome, Standing};
use crate::id::{FlowId, TenantId};
use crate::status::Outcome;
use crate::time::Timestamp;
use crate::trace::TraceContext;

/// What records have of a flow's order.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) id: &'a FlowId,
    pub(super) tenant: &'a TenantId,
    pub(super) trace: &'a TraceContext,
}

impl Subject<'_> {
    pub(super) fn record(self, number: u64, at: Timestamp, kind: Kind, who: Who) -> Record {
        let at_tenant = Record::blank(self.tenant, self.trace, number, at, who);
        Record { kind, flow: Some(self.id.clone()), ..at_tenant }
    }

    pub(super) fn opened(self, at: Timestamp, who: Who, items: u32) -> Record {
        let record = self.record(1, at, Kind::Opened, who);
        self.with_span(Record { generation: Some(1), items: Some(items), ..record }, 1)
    }

    /// A generation ended; `code` says why, where it is not completed.
    pub(super) fn ended(
        self,
        standing: &Standing,
        number: u64,
        code: impl FnOnce(FlowOutcome) -> Option<&'static str>,
    ) -> Option<Record> {
        let (outcome, at) = standing.ended()?;
        let started_at = standing.generation_began_at();
        let record = Record {
            generation: Some(standing.generation()),
            started_at: Some(started_at.into()),
            took_ms: Some(at.since(started_at).as_millis()),
            outcome: Some(outcome_of(outcome)),
            code: code(outcome).map(Into::into),
            ..self.record(number, at, Kind::Ended, Who::System)
        };
        Some(self.with_span(record, standing.generation()))
    }

    pub(super) fn access(self, number: u64, at: Timestamp, who: Who, verb: &str, refusal: Option<&str>) -> Record {
        Record {
            verb: Some(verb.into()),
            allowed: Some(refusal.is_none()),
            refusal: refusal.map(Into::into),
            ..self.record(number, at, Kind::Access, who)
        }
    }

    pub(super) fn redriven(self, number: u64, at: Timestamp, who: Who, generation: u32, items: u32) -> Record {
        let access = self.access(number, at, who, "redrive", None);
        Record { generation: Some(generation), items: Some(items), ..access }
    }

    /// `span` is that of a try of that number.
    pub(super) fn notification(
        self,
        number: u64,
        at: Timestamp,
        who: Who,
        notification: &Notification,
        span: impl FnOnce(u32) -> TraceContext,
    ) -> Record {
        let span = notification.trip.and(notification.attempt).map(span);
        self.record(number, at, Kind::Notification, who).with_delivery(notification, span.as_ref())
    }

    /// The flow's span ends with its first generation; what is redriven lies behind it.
    fn with_span(self, record: Record, generation: u32) -> Record {
        if generation > 1 {
            return record;
        }
        let parent_span_id = self.trace.parent_id().map(Into::into);
        Record { span_id: Some(self.trace.span_id().into()), parent_span_id, ..record }
    }
}

/// How a flow ended, in its own words, by what its record says in an execution's.
pub(crate) const fn flow_outcome_of(outcome: Option<Outcome>, code: Option<&str>) -> FlowOutcome {
    match (outcome, code) {
        (Some(Outcome::Completed), None) => FlowOutcome::Completed,
        (Some(Outcome::Completed), Some(_)) => FlowOutcome::Partial,
        (Some(Outcome::Canceled), _) => FlowOutcome::Canceled,
        (Some(Outcome::TimedOut), _) => FlowOutcome::TimedOut,
        (Some(Outcome::Failed | Outcome::Rejected | Outcome::Invalid | Outcome::Unknown) | None, _) => {
            FlowOutcome::Failed
        }
    }
}

/// In the words that executions have: one with some answers is completed.
const fn outcome_of(outcome: FlowOutcome) -> Outcome {
    match outcome {
        FlowOutcome::Completed | FlowOutcome::Partial => Outcome::Completed,
        FlowOutcome::Failed => Outcome::Failed,
        FlowOutcome::Canceled => Outcome::Canceled,
        FlowOutcome::TimedOut => Outcome::TimedOut,
    }
}
