//! How long a call waits whose gate does not answer at all. Never counts tries: the deadline of an execution does.

use crate::random;
use crate::time::{Span, Timestamp};

/// When to ask again: [`UNREACHED_MIN`] to [`UNREACHED_MAX`] after `now`, by the execution's own seed, so that those who
/// lost the gate together do not come back together.
#[must_use]
pub fn unreached_until(seed: u64, now: Timestamp) -> Timestamp {
    let range = UNREACHED_MAX.minus(UNREACHED_MIN).as_millis_f64();
    let more = Span::from_millis_f64(random::draw_unit(seed, now.as_millis()) * range);
    now.plus(UNREACHED_MIN).plus(more)
}

/// The shortest such wait.
pub const UNREACHED_MIN: Span = Span::from_secs(1);

/// The longest.
pub const UNREACHED_MAX: Span = Span::from_secs(3);
