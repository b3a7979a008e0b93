//! Records of a chain itself: that it was accepted, who used it, who was told, and how each of its generations ended. What
//! becomes of its nodes is in the records of their executions.

use super::flow::Subject;
use super::{Notification, Record, Who};
use crate::chain::{Chain, ChainOrder, FlowOutcome, Turn};
use crate::time::Timestamp;

impl Record {
    /// A chain was accepted.
    #[must_use]
    pub fn chain_opened(order: &ChainOrder, who: Who) -> Self {
        subject(order).opened(order.created_at, who, order.total())
    }

    /// A generation of a chain ended by a turn; `None` where it did not.
    #[must_use]
    pub fn chain_ended(order: &ChainOrder, chain: &Chain, turn: &Turn, number: u64) -> Option<Self> {
        subject(order).ended(chain.standing(), number, code_of).filter(|_| turn.is_changed)
    }

    /// `who` used `verb` on the chain; `refusal` names the class of reason why it was not allowed to.
    #[must_use]
    pub fn chain_access(
        order: &ChainOrder,
        number: u64,
        at: Timestamp,
        who: Who,
        verb: &str,
        refusal: Option<&str>,
    ) -> Self {
        subject(order).access(number, at, who, verb, refusal)
    }

    /// `who` had so many nodes run again, as this generation.
    #[must_use]
    pub fn chain_redriven(
        order: &ChainOrder,
        number: u64,
        at: Timestamp,
        who: Who,
        generation: u32,
        nodes: u32,
    ) -> Self {
        subject(order).redriven(number, at, who, generation, nodes)
    }

    /// Something became of a notification of the chain, or of one of its nodes.
    #[must_use]
    pub fn chain_notification(
        order: &ChainOrder,
        number: u64,
        at: Timestamp,
        who: Who,
        notification: &Notification,
    ) -> Self {
        let span = |attempt| order.span_of_delivery(notification.number, attempt);
        subject(order).notification(number, at, who, notification, span)
    }
}

const fn subject(order: &ChainOrder) -> Subject<'_> {
    Subject { id: &order.id, tenant: &order.tenant, trace: &order.trace }
}

const fn code_of(outcome: FlowOutcome) -> Option<&'static str> {
    match outcome {
        FlowOutcome::Completed => None,
        FlowOutcome::Partial => Some("PARTIAL"),
        FlowOutcome::Failed => Some("HALTED"),
        FlowOutcome::Canceled => Some("CANCELED"),
        FlowOutcome::TimedOut => Some("DEADLINE_PASSED"),
    }
}
