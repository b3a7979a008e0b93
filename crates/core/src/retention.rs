//! How long what is over is kept. Never deletes anything.

use core::fmt;

use crate::time::{Span, Timestamp};

/// How long a tenant's things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// An execution after its end: with its journal, its records and its place in lists. 30 days unless set.
    pub executions: Span,
    /// A record in the tenant's audit log after what it tells of. 90 days unless set.
    pub audit: Span,
}

/// Days that are no retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionError;

impl fmt::Display for RetentionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be a number of days, {DAYS_MIN} to {DAYS_MAX}")
    }
}

impl core::error::Error for RetentionError {}

impl Default for Retention {
    fn default() -> Self {
        Self { executions: Span::from_secs(30 * DAY_SECONDS), audit: Span::from_secs(90 * DAY_SECONDS) }
    }
}

impl Retention {
    /// When an execution that is over since `over_at` is deleted.
    #[must_use]
    pub const fn delete_at(&self, over_at: Timestamp) -> Timestamp {
        over_at.plus(self.executions)
    }
}

/// From when on the retention of an execution counts: its end, or what last became of its notifications, so that one
/// that is given up days after the end can be redriven for as long as any. `None` while it goes on, or owes somebody
/// something: then whatever it owes wakes it.
#[must_use]
pub fn over_at(ended_at: Option<Timestamp>, notified_at: Option<Timestamp>, is_owing: bool) -> Option<Timestamp> {
    ended_at.filter(|_| !is_owing).map(|ended_at| notified_at.map_or(ended_at, |at| at.max(ended_at)))
}

/// When what is over since `over_at` looks whether it is to be deleted: at `delete_at`, which may be unknown, but every
/// [`LOOK_GAP`] at least, for the retention may be made shorter. The same instant whoever asks within one gap.
#[must_use]
pub fn look_at(over_at: Timestamp, delete_at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let looks = now.since(over_at).as_millis().checked_div(LOOK_GAP.as_millis()).unwrap_or_default();
    let next = over_at.plus(Span::from_millis(LOOK_GAP.as_millis().saturating_mul(looks.saturating_add(1))));
    delete_at.map_or(next, |delete_at| delete_at.min(next))
}

/// So many days, a fraction allowed.
///
/// # Errors
/// [`RetentionError`] outside of [`DAYS_MIN`]..=[`DAYS_MAX`].
pub fn parse_days(days: f64) -> Result<Span, RetentionError> {
    if !(DAYS_MIN..=DAYS_MAX).contains(&days) {
        return Err(RetentionError);
    }
    Ok(Span::from_secs_f64(days * 86_400.0))
}

/// The longest time between two looks of what is over at the retention that it has.
pub const LOOK_GAP: Span = Span::from_secs(7 * DAY_SECONDS);

/// The least that can be set: about a second, for those who want to see it happen.
pub const DAYS_MIN: f64 = 0.00001;

/// The most.
pub const DAYS_MAX: f64 = 400.0;

const DAY_SECONDS: u64 = 86_400;
