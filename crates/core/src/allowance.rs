//! What an answer's headers say of the calls that are left. Never decides what follows: the gate does.
//!
//! `X-RateLimit-Remaining` and `-Reset` as CXone's gateway sends them, and `RateLimit-Remaining` and `-Reset` of the IETF
//! drafts. None of them has a unit that all agree on, so each number has a rule, and nonsense is as if it were not there.

use serde::{Deserialize, Serialize};

use crate::time::{Span, Timestamp};

/// Calls left, and when there are more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Allowance {
    /// Calls left in the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// How long the window lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<Span>,
}

impl Allowance {
    /// Reads the two headers, each in either spelling of its name.
    #[must_use]
    pub fn read(remaining: Option<&str>, reset: Option<&str>, now: Timestamp) -> Self {
        Self { remaining: remaining.and_then(read_count), reset: reset.and_then(|text| read_reset(text, now)) }
    }

    /// How long no call is left; `None` where some are, or nobody says for how long.
    #[must_use]
    pub fn drought(&self) -> Option<Span> {
        self.reset.filter(|reset| self.remaining == Some(0) && *reset > Span::ZERO)
    }
}

fn read_count(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// Seconds from now; or, where the number is too large for that, an instant in seconds or milliseconds of the epoch; or
/// an HTTP date. What lies in the past is zero.
fn read_reset(text: &str, now: Timestamp) -> Option<Span> {
    let text = text.trim();
    let Ok(number) = text.parse::<f64>() else {
        return Timestamp::parse_http_date(text).ok().map(|at| at.since(now));
    };
    if !number.is_finite() || number < 0.0 {
        return None;
    }
    Some(if number < EPOCH_SECONDS_MIN {
        Span::from_secs_f64(number)
    } else if number < EPOCH_MILLIS_MIN {
        Timestamp::from_millis(Span::from_secs_f64(number).as_millis()).since(now)
    } else {
        Timestamp::from_millis(Span::from_millis_f64(number).as_millis()).since(now)
    })
}

/// 2001 in seconds: no window lasts that long.
const EPOCH_SECONDS_MIN: f64 = 1e9;

/// 2001 in milliseconds.
const EPOCH_MILLIS_MIN: f64 = 1e12;
