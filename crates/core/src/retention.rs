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
    /// When an execution that ended at `ended_at` is deleted. `None` while it goes on, or owes somebody something: then
    /// whatever it owes wakes it.
    #[must_use]
    pub const fn delete_at(&self, ended_at: Option<Timestamp>, is_owing: bool) -> Option<Timestamp> {
        match ended_at {
            Some(ended_at) if !is_owing => Some(ended_at.plus(self.executions)),
            Some(_) | None => None,
        }
    }
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

/// The least that can be set: about a second, for those who want to see it happen.
pub const DAYS_MIN: f64 = 0.00001;

/// The most.
pub const DAYS_MAX: f64 = 400.0;

const DAY_SECONDS: u64 = 86_400;
