//! Calls in a time, evenly spaced. Never counts who they are for.
//!
//! The generic cell rate algorithm (ITU-T I.371): each call moves a theoretical arrival time on by one interval, and a call
//! may go half an interval before it. So of a rate of n a second no second ever sees more than n + 1, however late
//! single calls come; a window counter would let twice as many through around its edge.

use serde::{Deserialize, Serialize};

use crate::time::{Span, Timestamp};

/// The spacing of calls so far. Its interval comes from the rules, so that another rule holds at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pace {
    /// When the next call would go if all came in time, in microseconds of the epoch.
    theoretical: u64,
}

/// From one call to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    micros: u64,
    /// How much earlier than evenly spaced a call may go, in microseconds.
    tolerance: u64,
}

impl Pace {
    /// The first instant at which a call may go; may lie in the past.
    #[must_use]
    pub const fn next_at(self, interval: Interval) -> Timestamp {
        let early = self.theoretical.saturating_sub(interval.tolerance);
        Timestamp::from_millis(early.div_ceil(MICROS))
    }

    /// The instant of the call that has `ahead` others before it, if all go as soon as they may, from `from` on.
    #[must_use]
    pub fn nth_at(self, interval: Interval, ahead: u64, from: Timestamp) -> Timestamp {
        let wait = Span::from_millis(interval.micros.saturating_mul(ahead) / MICROS);
        self.next_at(interval).max(from).plus(wait)
    }

    /// A call goes at `now`.
    pub fn take(&mut self, interval: Interval, now: Timestamp) {
        let now = now.as_millis().saturating_mul(MICROS);
        self.theoretical = self.theoretical.max(now).saturating_add(interval.micros);
    }

    /// The clock was set back by `by`: what was planned moves with it.
    pub fn shift_back(&mut self, by: Span) {
        self.theoretical = self.theoretical.saturating_sub(by.as_millis().saturating_mul(MICROS));
    }
}

impl Interval {
    /// For so many calls a second. A little wider than asked: calls arrive less evenly than they go.
    #[must_use]
    pub fn of_rate(per_second: f64) -> Self {
        let micros = Span::from_millis_f64(1_000_000.0 / (per_second * HEADROOM)).as_millis().max(1);
        Self { micros, tolerance: micros / 2 }
    }

    /// Twice as long.
    #[must_use]
    pub const fn doubled(self) -> Self {
        Self { micros: self.micros.saturating_mul(2), tolerance: self.tolerance.saturating_mul(2) }
    }

    /// For a least time from one call to the next: none may come early, so a hundredth is added for the way.
    #[must_use]
    pub fn of_least(span: Span) -> Self {
        let micros = span.as_millis().saturating_mul(MICROS);
        Self { micros: micros.saturating_add(micros / 100).saturating_add(LEAST_MARGIN), tolerance: 0 }
    }
}

/// The share of a rate that is used.
const HEADROOM: f64 = 0.97;

/// Microseconds added to a least interval.
const LEAST_MARGIN: u64 = 20_000;

const MICROS: u64 = 1_000;
