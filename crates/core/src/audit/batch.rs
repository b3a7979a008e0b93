//! Records of a batch itself: that it was accepted, who used it, who was told, and how each of its generations ended. What
//! becomes of its items is in the records of their executions.

use super::{Kind, Notification, Record, Who};
use crate::batch::{Batch, BatchOrder, FlowOutcome, Stop, Turn};
use crate::status::Outcome;
use crate::time::Timestamp;

impl Record {
    /// A batch was accepted.
    #[must_use]
    pub fn batch_opened(order: &BatchOrder, who: Who) -> Self {
        Self {
            action_id: Some(order.action_id.clone()),
            generation: Some(1),
            items: Some(order.total),
            ..Self::of_batch(order, 1, order.created_at, Kind::Opened, who).with_span_of(order, 1)
        }
    }

    /// A generation of a batch ended by a turn; `None` where it did not.
    #[must_use]
    pub fn batch_ended(order: &BatchOrder, batch: &Batch, turn: &Turn, number: u64) -> Option<Self> {
        let standing = batch.standing();
        let (outcome, at) = standing.ended().filter(|_| turn.is_changed)?;
        let started_at = standing.generation_began_at();
        Some(Self {
            action_id: Some(order.action_id.clone()),
            generation: Some(standing.generation()),
            started_at: Some(started_at.into()),
            took_ms: Some(at.since(started_at).as_millis()),
            outcome: Some(outcome_of(outcome)),
            code: code_of(outcome, standing.stop()).map(Into::into),
            ..Self::of_batch(order, number, at, Kind::Ended, Who::System).with_span_of(order, standing.generation())
        })
    }

    /// `who` used `verb` on the batch; `refusal` names the class of reason why it was not allowed to.
    #[must_use]
    pub fn batch_access(
        order: &BatchOrder,
        number: u64,
        at: Timestamp,
        who: Who,
        verb: &str,
        refusal: Option<&str>,
    ) -> Self {
        Self {
            verb: Some(verb.into()),
            allowed: Some(refusal.is_none()),
            refusal: refusal.map(Into::into),
            ..Self::of_batch(order, number, at, Kind::Access, who)
        }
    }

    /// `who` had so many items run again, as this generation.
    #[must_use]
    pub fn batch_redriven(
        order: &BatchOrder,
        number: u64,
        at: Timestamp,
        who: Who,
        generation: u32,
        items: u32,
    ) -> Self {
        let access = Self::batch_access(order, number, at, who, "redrive", None);
        Self { generation: Some(generation), items: Some(items), ..access }
    }

    /// Something became of a notification of the batch.
    #[must_use]
    pub fn batch_notification(
        order: &BatchOrder,
        number: u64,
        at: Timestamp,
        who: Who,
        notification: &Notification,
    ) -> Self {
        let attempt = notification.trip.and(notification.attempt);
        let span = attempt.map(|attempt| order.span_of_delivery(notification.number, attempt));
        Self::of_batch(order, number, at, Kind::Notification, who).with_delivery(notification, span.as_ref())
    }

    fn of_batch(order: &BatchOrder, number: u64, at: Timestamp, kind: Kind, who: Who) -> Self {
        let at_tenant = Self::blank(&order.tenant, &order.trace, number, at, who);
        Self { kind, flow: Some(order.id.clone()), ..at_tenant }
    }

    /// The batch's span ends with its first generation; what is redriven lies behind it.
    fn with_span_of(self, order: &BatchOrder, generation: u32) -> Self {
        if generation > 1 {
            return self;
        }
        let (span_id, parent_id) = (order.trace.span_id().into(), order.trace.parent_id().map(Into::into));
        Self { span_id: Some(span_id), parent_span_id: parent_id, ..self }
    }
}

/// How a batch ended, in its own words, by what its record says in an execution's.
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

const fn code_of(outcome: FlowOutcome, stop: Option<Stop>) -> Option<&'static str> {
    match (outcome, stop) {
        (FlowOutcome::Completed, _) => None,
        (FlowOutcome::Partial, _) => Some("PARTIAL"),
        (FlowOutcome::Failed, Some(Stop::Tolerance)) => Some("TOLERANCE_EXCEEDED"),
        (FlowOutcome::Failed, _) => Some("NOTHING_ANSWERED"),
        (FlowOutcome::Canceled, _) => Some("CANCELED"),
        (FlowOutcome::TimedOut, _) => Some("DEADLINE_PASSED"),
    }
}
