//! An execution that has not begun: an item of a batch that is still to start, or is not to any more. Answers like any other.

use super::{ErrorView, Snapshot};
use crate::execution::{Execution, Order};
use crate::status::{Outcome, Status};
use crate::time::Timestamp;

impl Snapshot {
    /// Of an order that nothing was done about yet; its times are those of its batch. `stopped_at` is since when it is not to
    /// begin any more: `None` while it is.
    #[must_use]
    pub fn unbegun(order: &Order, stopped_at: Option<Timestamp>, base: &str) -> Self {
        let pending = Self { seq: 0, waiting: None, ..Self::of(order, &Execution::open(order).next, base) };
        let Some(stopped_at) = stopped_at else { return pending };
        let error = ErrorView {
            code: "NOT_STARTED".into(),
            message: "its batch was stopped before it began".into(),
            http_status: None,
            upstream: None,
        };
        Self {
            seq: 1,
            status: Status::Canceled,
            outcome: Some(Outcome::Canceled),
            error: Some(error),
            updated_at: stopped_at.into(),
            ended_at: Some(stopped_at.into()),
            ..pending
        }
    }
}
