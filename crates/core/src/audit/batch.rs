//! Records of a batch itself: that it was accepted, who used it, who was told, and how each of its generations ended. What
//! becomes of its items is in the records of their executions.

use super::flow::Subject;
use super::{Notification, Record, Who};
use crate::batch::{Batch, BatchOrder, FlowOutcome, Stop, Turn};
use crate::time::Timestamp;

impl Record {
    /// A batch was accepted.
    #[must_use]
    pub fn batch_opened(order: &BatchOrder, who: Who) -> Self {
        let record = subject(order).opened(order.created_at, who, order.total);
        Self { action_id: Some(order.action_id.clone()), ..record }
    }

    /// A generation of a batch ended by a turn; `None` where it did not.
    #[must_use]
    pub fn batch_ended(order: &BatchOrder, batch: &Batch, turn: &Turn, number: u64) -> Option<Self> {
        let standing = batch.standing();
        let code = |outcome| code_of(outcome, standing.stop());
        let record = subject(order).ended(standing, number, code).filter(|_| turn.is_changed)?;
        Some(Self { action_id: Some(order.action_id.clone()), ..record })
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
        subject(order).access(number, at, who, verb, refusal)
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
        subject(order).redriven(number, at, who, generation, items)
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
        let span = |attempt| order.span_of_delivery(notification.number, attempt);
        subject(order).notification(number, at, who, notification, span)
    }
}

const fn subject(order: &BatchOrder) -> Subject<'_> {
    Subject { id: &order.id, tenant: &order.tenant, trace: &order.trace }
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
