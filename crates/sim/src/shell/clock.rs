//! The simulator's only clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cxpulse_core::time::{Span, Timestamp};

/// This instant; the epoch where the machine's clock is before it.
pub(super) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}

/// A span as the runtime's timers take it.
pub(super) const fn duration(span: Span) -> Duration {
    Duration::from_millis(span.as_millis())
}
