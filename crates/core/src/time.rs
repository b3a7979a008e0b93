//! Instants and spans in whole milliseconds, and their text forms. Never reads a clock.
//!
//! Text forms: RFC 3339 section 5.6 (UTC, milliseconds, as our JSON has it) and the three HTTP dates
//! of RFC 9110 section 5.6.7. Written here because a date library costs the element twice its whole
//! size budget; the tests hold every form against the `jiff` crate. Calendar arithmetic after
//! "chrono-Compatible Low-Level Date Algorithms" (Howard Hinnant).

use alloc::string::{String, ToString};
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant: milliseconds since 1970-01-01T00:00:00Z, as Durable Object alarms and JS count them.
///
/// Range 0..=253_402_300_799_999 (the end of year 9999), so every value has a four-digit year.
/// Stored as a number; written in API JSON as RFC 3339 text by [`Rfc3339`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

/// A length of time in whole milliseconds, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(u64);

impl Timestamp {
    /// The last millisecond of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// From epoch milliseconds, clamped to the range of the type.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        if millis > Self::MAX.0 { Self::MAX } else { Self(millis) }
    }

    /// Epoch milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The span from `earlier` to `self`; zero when `earlier` is the later one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// `span` later, or the last representable instant.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_add(span.0))
    }

    /// `span` earlier, or the epoch.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// Reads RFC 3339, with any offset and up to nanoseconds (cut to milliseconds).
    ///
    /// # Errors
    /// [`TimeError`] for any other shape, an impossible date, a missing offset, or an instant before 1970.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimeError> {
        Reader::new(text).rfc3339().ok_or(TimeError)
    }

    /// Reads an HTTP date in any of its three forms; all are UTC.
    ///
    /// # Errors
    /// [`TimeError`] for any other shape or an impossible date. The day's name is not compared.
    pub fn parse_http_date(text: &str) -> Result<Self, TimeError> {
        Reader::new(text).http_date().ok_or(TimeError)
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// From whole seconds, saturating.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// From seconds with a fraction: rounded to the millisecond; negative and NaN are zero.
    #[must_use]
    pub fn from_secs_f64(seconds: f64) -> Self {
        Self::from_millis_f64(seconds * 1_000.0)
    }

    /// From milliseconds with a fraction: rounded; negative and NaN are zero; too large saturates.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "a float to integer cast saturates, which is what is wanted")]
    pub fn from_millis_f64(millis: f64) -> Self {
        Self((millis + 0.5) as u64)
    }

    /// Milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Milliseconds as a float, exact below 2^53 (285,000 years).
    #[must_use]
    #[expect(clippy::as_conversions, reason = "exact for every span that two timestamps can be apart")]
    pub const fn as_millis_f64(self) -> f64 {
        self.0 as f64
    }

    /// Seconds as a float.
    #[must_use]
    pub const fn as_secs_f64(self) -> f64 {
        self.as_millis_f64() / 1_000.0
    }

    /// Whole seconds, rounded up: what `Retry-After` is given in.
    #[must_use]
    pub const fn as_secs_ceil(self) -> u64 {
        self.0.div_ceil(1_000)
    }

    /// The sum, saturating.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, zero when `other` is longer.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// A text that is not a time in the form asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeError;

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a time like 2026-11-21T10:00:05.120Z")
    }
}

impl core::error::Error for TimeError {}

/// RFC 3339 in UTC with milliseconds: `2026-11-21T10:00:05.120Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, ms) = (self.0 / MS_PER_DAY, self.0 % MS_PER_DAY);
        let (year, month, day) = civil_from_days(days);
        let (hour, minute) = (ms / 3_600_000, ms / 60_000 % 60);
        let (second, milli) = (ms / 1_000 % 60, ms % 1_000);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

/// A timestamp as API JSON has it.
///
