//! A clock that runs in business hours only, against counting minute by minute.

use cxpulse_core::history::{Day, OpenHours, Options};
use cxpulse_core::time::Timestamp;
use proptest::prelude::*;

use super::{report_with, row};

#[test]
fn an_interaction_over_the_weekend_takes_its_open_hours() {
    // From Monday 10:00 UTC, which is 11:00 at +01:00: 8 h a day, Tuesday a holiday.
    let options = Options { hours: Some(weekdays([tuesday()])), ..Options::default() };
    let week = 7 * 86_400;
    let report = report_with(&[row("i", &format!("a 0-{week}; b {week}-{week}"))], &options);
    assert!(report.method.is_business_time);
    assert!((report.dwell[0].times.mean - 4.0 * 8.0 * 3_600.0).abs() < 1e-9, "{}", report.dwell[0].times.mean);
    assert!((report.bottlenecks.total - 115_200.0).abs() < 1e-9);
}

#[test]
fn hours_that_are_never_open_are_none() {
    let closed = Day { opens: 600, closes: 600 };
    assert!(OpenHours::new(0, [closed; 7], []).is_none());
    assert!(OpenHours::new(0, [Day { opens: 900, closes: 60 }; 7], []).is_none(), "closes before it opens");
}

proptest! {
    #[test]
    fn open_time_is_what_counting_minutes_gives(from in 0_i64..40_000, len in -20_000_i64..20_000, offset in -720_i16..720) {
        let hours = OpenHours::new(offset, week(), [20_000 + 3, 20_000 + 5]).expect("open");
        let (from, to) = (BEGIN + from * MINUTE, BEGIN + (from + len) * MINUTE);
        let (first, last) = (from.min(to), from.max(to));
        let open = (first / MINUTE..last / MINUTE).filter(|minute| is_open(minute + i64::from(offset))).count();
        let open = i64::try_from(open).expect("few") * MINUTE * len.signum();
        prop_assert_eq!(hours.between(from, to), open);
    }

    #[test]
    fn parts_add_up(from in any::<i64>(), middle in any::<i64>(), to in any::<i64>()) {
        let hours = OpenHours::new(60, week(), [20_003]).expect("open");
        let [from, middle, to] = [from, middle, to].map(|at| at % 1_000_000_000_000_000);
        prop_assert_eq!(hours.between(from, middle) + hours.between(middle, to), hours.between(from, to));
    }
}

fn weekdays(holidays: impl IntoIterator<Item = i64>) -> OpenHours {
    let (open, closed) = (Day { opens: 540, closes: 1_020 }, Day { opens: 0, closes: 0 });
    OpenHours::new(60, [open, open, open, open, open, closed, closed], holidays).expect("open")
}

fn tuesday() -> i64 {
    let at = Timestamp::parse_rfc3339("2026-11-24T00:00:00Z").expect("a time");
    i64::try_from(at.as_millis() / 86_400_000).expect("days")
}

/// Every day otherwise: 2024-10-04, day 20,000, was a Friday.
fn week() -> [Day; 7] {
    let day = |opens, closes| Day { opens, closes };
    [day(0, 1_440), day(540, 1_020), day(0, 0), day(1, 2), day(600, 601), day(0, 60), day(1_400, 1_440)]
}

/// A minute since 1970 at the offset.
fn is_open(minute: i64) -> bool {
    let (day, minute) = (minute.div_euclid(1_440), minute.rem_euclid(1_440));
    let weekday = usize::try_from((day - 20_000 + 4).rem_euclid(7)).expect("a weekday");
    let hours = week()[weekday];
    !matches!(day, 20_003 | 20_005) && (i64::from(hours.opens)..i64::from(hours.closes)).contains(&minute)
}

const MINUTE: i64 = 60_000;
const BEGIN: i64 = 20_000 * 86_400_000;
