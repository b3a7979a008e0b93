//! Retention: when what is over goes, and what a setting may say.

use cxpulse_core::retention::{LOOK_GAP, Retention, look_at, over_at, parse_days};
use cxpulse_core::time::Span;

use crate::check::NOON;

const DAY: u64 = 86_400;

#[test]
fn an_execution_is_kept_for_thirty_days_after_its_end_and_its_records_for_ninety() {
    let retention = Retention::default();
    assert_eq!(retention.delete_at(NOON), NOON.plus(Span::from_secs(30 * DAY)));
    assert_eq!(retention.audit, Span::from_secs(90 * DAY));
}

#[test]
fn what_goes_on_or_owes_something_stays() {
    assert_eq!(over_at(None, None, false), None);
    assert_eq!(over_at(None, Some(NOON), true), None);
    assert_eq!(over_at(Some(NOON), None, true), None);
}

#[test]
fn a_notification_that_is_given_up_late_can_be_redriven_for_as_long_as_any() {
    let late = NOON.plus(Span::from_secs(4 * DAY));
    assert_eq!(over_at(Some(NOON), None, false), Some(NOON));
    assert_eq!(over_at(Some(NOON), Some(late), false), Some(late));
    assert_eq!(over_at(Some(late), Some(NOON), false), Some(late), "what was told before the end keeps it no shorter");
}

#[test]
fn what_is_kept_for_long_looks_each_week_whether_it_still_is() {
    let day = |days: u64| NOON.plus(Span::from_secs(days * DAY));
    assert_eq!(LOOK_GAP, Span::from_secs(7 * DAY));
    for (now, delete_at, expected) in [
        (0, Some(30), 7),
        (6, Some(30), 7),
        (7, Some(30), 14),
        (27, Some(30), 28),
        (28, Some(30), 30),
        (0, Some(1), 1),
        (40, Some(30), 30),
        (8, None, 14),
    ] {
        assert_eq!(look_at(NOON, delete_at.map(day), day(now)), day(expected), "day {now} of {delete_at:?}");
    }
    assert_eq!(look_at(day(3), Some(day(33)), day(0)), day(10), "a clock that went back");
}

#[test]
fn days_may_be_parts_of_days() {
    for (days, seconds) in [(1.0, DAY), (400.0, 400 * DAY), (0.5, DAY / 2), (0.001, 86)] {
        let span = parse_days(days).expect("it is a retention");
        assert_eq!(span.as_millis() / 1_000, seconds, "{days}");
    }
    for days in [0.0, -1.0, 400.1, f64::NAN, f64::INFINITY, 0.000_001] {
        assert!(parse_days(days).is_err(), "{days}");
    }
    assert_eq!(parse_days(0.0).expect_err("none").to_string(), "must be a number of days, 0.00001 to 400");
}
