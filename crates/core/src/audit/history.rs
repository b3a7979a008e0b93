//! Records of a history query: that it was accepted, who used it, who was told, and how it ended.

use super::flow::Subject;
use super::{Notification, Record, Who};
use crate::retrieval::{AuditEntry, HistoryOrder, Retrieval, Turn};
use crate::time::Timestamp;

impl Record {
    /// A history query was accepted.
    #[must_use]
    pub fn history_opened(order: &HistoryOrder, who: Who) -> Self {
        let record = subject(order).opened(order.created_at, who, 0);
        Self { items: None, correlation_id: Some(order.correlation_id.clone()), ..record }
    }

    /// A history query ended by a turn; `None` where it did not.
    #[must_use]
    pub fn history_ended(order: &HistoryOrder, retrieval: &Retrieval, turn: &Turn, number: u64) -> Option<Self> {
        let record = subject(order).ended(retrieval.standing(), number, |_| None).filter(|_| turn.is_changed)?;
        let completion = retrieval.completion(order)?;
        Some(Self {
            correlation_id: Some(order.correlation_id.clone()),
            code: retrieval.progress().shortfall.as_ref().map(|shortfall| shortfall.code.clone()),
            extraction: Some(AuditEntry::of(order, &completion, record.at.0)),
            ..record
        })
    }

    /// `who` used `verb` on the history; `refusal` names the class of reason why it was not allowed to.
    #[must_use]
    pub fn history_access(
        order: &HistoryOrder,
        number: u64,
        at: Timestamp,
        who: Who,
        verb: &str,
        refusal: Option<&str>,
    ) -> Self {
        subject(order).access(number, at, who, verb, refusal)
    }

    /// Something became of a notification of the history.
    #[must_use]
    pub fn history_notification(
        order: &HistoryOrder,
        number: u64,
        at: Timestamp,
        who: Who,
        notification: &Notification,
    ) -> Self {
        let span = |attempt| order.span_of_delivery(notification.number, attempt);
        subject(order).notification(number, at, who, notification, span)
    }
}

const fn subject(order: &HistoryOrder) -> Subject<'_> {
    Subject { id: &order.id, tenant: &order.tenant, trace: &order.trace }
}
