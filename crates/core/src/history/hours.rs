//! A clock that runs in business hours only. Never asks which zone somebody lives in: its offset is fixed, and daylight saving is not
//! known here.

use alloc::vec::Vec;

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

/// 0 for Monday.
fn weekday(day: i64) -> usize {
    usize::try_from(day.saturating_add(3).rem_euclid(7)).unwrap_or_default()
}

const DAY_MS: i64 = 86_400_000;

/// Ten thousand years.
const DAYS_MAX: i64 = 3_652_500;
