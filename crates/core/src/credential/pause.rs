//! A wait that a clock set back cannot lengthen. Never waits itself.

use super::CLOCK_SKEW;
use crate::time::{Span, Timestamp};

/// Until when something is left alone, and for how long that was meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    until: Timestamp,
    span: Span,
}

impl Pause {
    /// Begins at `now`.
    #[must_use]
    pub const fn new(span: Span, now: Timestamp) -> Self {
        Self { until: now.plus(span), span }
    }

    /// When it is over; `None` where it is, or would last longer than it was meant to, for then the clock went back.
    #[must_use]
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let is_credible = self.until.since(now) <= self.span.plus(CLOCK_SKEW);
        Some(self.until).filter(|until| now < *until && is_credible)
    }
}
