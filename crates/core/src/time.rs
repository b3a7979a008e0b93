//! Instants and spans in whole milliseconds, and their text forms. Never reads a clock.
//!
//! Text forms: RFC 3339 section 5.6 (UTC, milliseconds, as our JSON has it) and the three HTTP dates
//! of RFC 9110 section 5.6.7. Written here because a date library costs the element twice its whole
//! size budget; the tests hold every form against the `jiff` crate. Calendar arithmetic after
//! "chrono-Compatible Low-Level Date Algorithms" (Howard Hinnant).

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant: milliseconds since 1970-01-01T00:00:00Z, as Durable Object alarms and JS count them.
///
/// Range 0..=253_402_300_799_999 (the end of year 9999), so every value has a four-digit year.
/// Stored as a number; API JSON wraps it in [`Rfc3339`].
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

/// A [`Timestamp`] as API JSON has it: RFC 3339 text. Inside and in storage it stays a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rfc3339(pub Timestamp);

impl From<Timestamp> for Rfc3339 {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Rfc3339 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::parse_rfc3339(&text).map(Self).map_err(de::Error::custom)
    }
}

/// Reads a text from the left; every method gives `None` where the text does not fit.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    const fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    fn rfc3339(mut self) -> Option<Timestamp> {
        let year = self.digits(4)?;
        let month = self.literal("-")?.digits(2)?;
        let day = self.literal("-")?.digits(2)?;
        self.one_of(&["T", "t", " "])?;
        let second = self.clock()?;
        let milli = if self.literal(".").is_some() { self.fraction_ms()? } else { 0 };
        let offset = self.offset_minutes()?;
        self.end()?;
        instant(Civil { year, month, day, second }, milli, offset)
    }

    /// RFC 9110: `Sun, 06 Nov 1994 …`, `Sunday, 06-Nov-94 …` or `Sun Nov  6 …`.
    fn http_date(mut self) -> Option<Timestamp> {
        let name = self.letters()?;
        if self.literal(",").is_none() {
            return self.asctime_date();
        }
        let (separator, year_digits) = if name.len() == 3 { (" ", 4) } else { ("-", 2) };
        let day = self.literal(" ")?.digits(2)?;
        let month = self.literal(separator)?.month()?;
        let year = self.literal(separator)?.digits(year_digits)?;
        let second = self.literal(" ")?.clock()?;
        self.literal(" GMT")?.end()?;
        // Two digits are read in the window 1970..=2069: enough for anything that a server dates now.
        let century = match year_digits {
            4 => 0,
            _ if year < 70 => 2_000,
            _ => 1_900,
        };
        instant(Civil { year: year.checked_add(century)?, month, day, second }, 0, 0)
    }

    fn asctime_date(mut self) -> Option<Timestamp> {
        let month = self.literal(" ")?.month()?;
        self.literal(" ")?;
        let day = if self.literal(" ").is_some() { self.digits(1)? } else { self.digits(2)? };
        let second = self.literal(" ")?.clock()?;
        let year = self.literal(" ")?.digits(4)?;
        self.end()?;
        instant(Civil { year, month, day, second }, 0, 0)
    }

    fn literal(&mut self, text: &str) -> Option<&mut Self> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(self)
    }

    fn one_of(&mut self, texts: &[&str]) -> Option<()> {
        texts.iter().find_map(|text| self.literal(text).map(|_| ()))
    }

    fn digits(&mut self, count: usize) -> Option<u64> {
        let (head, tail) = self.rest.split_at_checked(count)?;
        if !head.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.rest = tail;
        head.parse().ok()
    }

    fn letters(&mut self) -> Option<&'a str> {
        let end = self.rest.find(|c: char| !c.is_ascii_alphabetic())?;
        let (head, tail) = self.rest.split_at_checked(end)?;
        self.rest = tail;
        Some(head)
    }

    fn month(&mut self) -> Option<u64> {
        let name = self.letters()?;
        MONTHS.iter().zip(1..).find_map(|(month, number)| (*month == name).then_some(number))
    }

    /// `hh:mm:ss` as a second of the day; a leap second counts as the last second before it.
    fn clock(&mut self) -> Option<u64> {
        let hour = self.digits(2)?;
        let minute = self.literal(":")?.digits(2)?;
        let second = self.literal(":")?.digits(2)?;
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        hour.checked_mul(3_600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second.min(59))
    }

    /// One to nine digits after the point; what is finer than a millisecond is cut off.
    fn fraction_ms(&mut self) -> Option<u64> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (head, tail) = self.rest.split_at_checked(end)?;
        if head.is_empty() || head.len() > 9 {
            return None;
        }
        self.rest = tail;
        let digits = head.bytes().map(|byte| u64::from(byte.saturating_sub(b'0')));
        Some(digits.chain([0, 0]).take(3).fold(0, |sum, digit| sum.saturating_mul(10).saturating_add(digit)))
    }

    /// Minutes east of UTC.
    fn offset_minutes(&mut self) -> Option<i64> {
        if self.one_of(&["Z", "z"]).is_some() {
            return Some(0);
        }
        let sign = if self.literal("+").is_some() { 1 } else { self.literal("-").map(|_| -1)? };
        let hours = self.digits(2)?;
        let minutes = self.literal(":")?.digits(2)?;
        if hours > 23 || minutes > 59 {
            return None;
        }
        let total = hours.checked_mul(60)?.checked_add(minutes)?;
        i64::try_from(total).ok()?.checked_mul(sign)
    }

    fn end(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }
}

/// A date and the second of that day.
struct Civil {
    year: u64,
    month: u64,
    day: u64,
    second: u64,
}

fn instant(civil: Civil, milli: u64, east_minutes: i64) -> Option<Timestamp> {
    let Civil { year, month, day, second } = civil;
    if year < 1970 || day == 0 || day > days_in_month(year, month)? {
        return None;
    }
    let days = days_from_civil(year, month, day)?;
    let ms = days.checked_mul(MS_PER_DAY)?.checked_add(second.checked_mul(1_000)?)?.checked_add(milli)?;
    let utc = i64::try_from(ms).ok()?.checked_sub(east_minutes.checked_mul(60_000)?)?;
    let utc = u64::try_from(utc).ok()?;
    (utc <= Timestamp::MAX.0).then_some(Timestamp(utc))
}

fn days_in_month(year: u64, month: u64) -> Option<u64> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if is_leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Days from 1970-01-01 to a date not before it. Years run from March, so that the leap day is a year's last.
fn days_from_civil(year: u64, month: u64, day: u64) -> Option<u64> {
    let (year, month) = match month.checked_sub(3) {
        Some(from_march) => (year, from_march),
        None => (year.checked_sub(1)?, month.checked_add(9)?),
    };
    let day_of_year = month.checked_mul(153)?.checked_add(2)?.checked_div(5)?.checked_add(day)?.checked_sub(1)?;
    let leap_days = (year / 4).checked_sub(year / 100)?.checked_add(year / 400)?;
    year.checked_mul(365)?.checked_add(leap_days)?.checked_add(day_of_year)?.checked_sub(DAYS_TO_EPOCH)
}

/// The inverse: (year, month, day) of a day counted from 1970-01-01.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let from_origin = days.saturating_add(DAYS_TO_EPOCH);
    let (era, day_of_era) = (from_origin / 146_097, from_origin % 146_097);
    let without_leap_days = day_of_era
        .saturating_sub(day_of_era / 1_460)
        .saturating_add(day_of_era / 36_524)
        .saturating_sub(day_of_era / 146_096);
    let year_of_era = without_leap_days / 365;
    let year_start = year_of_era.saturating_mul(365).saturating_add(year_of_era / 4).saturating_sub(year_of_era / 100);
    let day_of_year = day_of_era.saturating_sub(year_start);
    let from_march = day_of_year.saturating_mul(5).saturating_add(2) / 153;
    let month_start = from_march.saturating_mul(153).saturating_add(2) / 5;
    let day = day_of_year.saturating_sub(month_start).saturating_add(1);
    let year = era.saturating_mul(400).saturating_add(year_of_era);
    match from_march.checked_sub(10) {
        Some(from_january) => (year.saturating_add(1), from_january.saturating_add(1), day),
        None => (year, from_march.saturating_add(3), day),
    }
}

const MS_PER_DAY: u64 = 86_400_000;

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_EPOCH: u64 = 719_468;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
