//! A clock that runs in business hours only. Never asks which zone somebody lives in: its offset is fixed, and daylight saving is not
//! known here.

use alloc::format;
use alloc::vec::Vec;

use crate::time::Timestamp;

/// When the clock runs: hours of each weekday at a fixed offset from UTC, but for holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenHours {
    offset_ms: i64,
    /// From Monday; milliseconds of the day.
    week: [(i64, i64); 7],
    /// Open time before each weekday of a week, and of the whole one.
    before: [i64; 8],
    /// Days since 1970-01-01, in order, with the open time that all up to each would have had.
    holidays: Vec<(i64, i64)>,
}

/// From when to when a day is open, in minutes after midnight, 0..=1,440. Nothing where they are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The first minute.
    pub opens: u16,
    /// The minute after the last; before [`Day::opens`] it is taken for it.
    pub closes: u16,
}

impl OpenHours {
    /// `offset_minutes` east of UTC, -1,080..=1,080 (what is beyond is cut); `week` from Monday; holidays as days since
    /// 1970-01-01 in any order. `None` where no day is open.
    #[must_use]
    pub fn new(offset_minutes: i16, week: [Day; 7], holidays: impl IntoIterator<Item = i64>) -> Option<Self> {
        let offset_ms = i64::from(offset_minutes.clamp(-1_080, 1_080)).saturating_mul(60_000);
        let ms = |minutes: u16| i64::from(minutes.min(1_440)).saturating_mul(60_000);
        let week = week.map(|day| (ms(day.opens), ms(day.closes).max(ms(day.opens))));
        let mut before = [0; 8];
        let mut open = 0_i64;
        for (slot, (opens, closes)) in before.iter_mut().skip(1).zip(week) {
            open = open.saturating_add(closes.saturating_sub(opens));
            *slot = open;
        }
        let mut hours = Self { offset_ms, week, before, holidays: Vec::new() };
        if open == 0 {
            return None;
        }
        let mut days: Vec<i64> = holidays.into_iter().map(|day| day.clamp(-DAYS_MAX, DAYS_MAX)).collect();
        days.sort_unstable();
        days.dedup();
        let mut sum = 0_i64;
        for day in days {
            sum = sum.saturating_add(hours.open_on(day));
            hours.holidays.push((day, sum));
        }
        Some(hours)
    }

    /// Reads `mon-fri 09:00-17:30 +01:00`: days, hours, and the offset from UTC, which is zero unless given. `holidays` as in
    /// [`OpenHours::new`].
    ///
    /// # Errors
    /// In words, what such a text is like.
    pub fn parse(words: &str, holidays: &[i64]) -> Result<Self, &'static str> {
        let rule = || "must be like mon-fri 09:00-17:30 +01:00, and open at some time";
        Self::read(words, holidays).ok_or_else(rule)
    }

    /// Reads a day off: `2026-12-24`, as days since 1970-01-01.
    ///
    /// # Errors
    /// In words, what such a text is like.
    pub fn parse_holiday(date: &str) -> Result<i64, &'static str> {
        let midnight = Timestamp::parse_rfc3339(&format!("{date}T00:00:00Z")).ok().filter(|_| date.len() == 10);
        let midnight = midnight.ok_or("must be a date like 2026-12-24")?;
        Ok(i64::try_from(midnight.as_millis()).unwrap_or_default().div_euclid(DAY_MS))
    }

    fn read(words: &str, holidays: &[i64]) -> Option<Self> {
        let mut parts = words.split_whitespace();
        let (days, clock, zone) = (parts.next()?, parts.next()?, parts.next());
        if parts.next().is_some() {
            return None;
        }
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let number = |name: &str| WEEK.iter().position(|day| day.eq_ignore_ascii_case(name));
        let (first, last) = (number(first)?, number(last)?);
        let (opens, closes) = clock.split_once('-')?;
        let open = Day { opens: minutes(opens)?, closes: minutes(closes)? };
        let week = core::array::from_fn(|day| {
            let is_open = if first <= last { (first..=last).contains(&day) } else { day >= first || day <= last };
            if is_open { open } else { Day { opens: 0, closes: 0 } }
        });
        let offset = zone.map_or(Some(0), offset)?;
        Self::new(offset, week, holidays.iter().copied())
    }

    /// Open milliseconds between two instants, negative where the second is the earlier one.
    #[must_use]
    pub fn between(&self, from: i64, to: i64) -> i64 {
        self.until(to).saturating_sub(self.until(from))
    }

    /// Open milliseconds since the Monday before 1970-01-01; negative before it.
    fn until(&self, at: i64) -> i64 {
        let local = at.saturating_add(self.offset_ms);
        let (day, ms) = (local.div_euclid(DAY_MS), local.rem_euclid(DAY_MS));
        // 1970-01-01 was a Thursday.
        let since_monday = day.saturating_add(3);
        let weeks = since_monday.div_euclid(7);
        let [whole, today] = [7, weekday(day)].map(|at| self.before.get(at).copied().unwrap_or_default());
        let (opens, closes) = self.week.get(weekday(day)).copied().unwrap_or_default();
        let part = if self.is_holiday(day) { 0 } else { ms.clamp(opens, closes).saturating_sub(opens) };
        let open = weeks.saturating_mul(whole).saturating_add(today).saturating_add(part);
        open.saturating_sub(self.closed_before(day))
    }

    /// What holidays before `day` take from the weeks.
    fn closed_before(&self, day: i64) -> i64 {
        let count = self.holidays.partition_point(|(holiday, _)| *holiday < day);
        let last = count.checked_sub(1).and_then(|last| self.holidays.get(last));
        last.map_or(0, |(_, sum)| *sum)
    }

    fn is_holiday(&self, day: i64) -> bool {
        self.holidays.binary_search_by_key(&day, |(holiday, _)| *holiday).is_ok()
    }

    fn open_on(&self, day: i64) -> i64 {
        self.week.get(weekday(day)).map_or(0, |(opens, closes)| closes.saturating_sub(*opens))
    }
}

/// `09:30`, up to `24:00`.
fn minutes(clock: &str) -> Option<u16> {
    let (hour, minute) = clock.split_once(':')?;
    let digits = |text: &str| text.parse::<u16>().ok().filter(|_| (1..=2).contains(&text.len()));
    let (hour, minute) = (digits(hour)?, digits(minute)?);
    let at = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && at <= 1_440).then_some(at)
}

/// `Z`, `+01:00` or `-05:30`.
fn offset(zone: &str) -> Option<i16> {
    let east = |clock: &str| i16::try_from(minutes(clock)?).ok().filter(|minutes| *minutes <= 1_080);
    match zone.split_at_checked(1)? {
        ("Z" | "z", "") => Some(0),
        ("+", clock) => east(clock),
        ("-", clock) => east(clock).and_then(i16::checked_neg),
        _ => None,
    }
}

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// 0 for Monday.
fn weekday(day: i64) -> usize {
    usize::try_from(day.saturating_add(3).rem_euclid(7)).unwrap_or_default()
}

const DAY_MS: i64 = 86_400_000;

/// Ten thousand years.
const DAYS_MAX: i64 = 3_652_500;
