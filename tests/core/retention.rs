//! Retention: when what is over goes, and what a setting may say.

use cxpulse_core::retention::{Retention, parse_days};
use cxpulse_core::time::Span;

use crate::check::NOON;

const DAY: u64 = 86_400;

#[test]
fn an_execution_is_kept_for_thirty_days_after_its_end_and_its_records_for_ninety() {
    let retention = Retention::default();
    assert_eq!(retention.delete_at(Some(NOON), false), Some(NOON.plus(Span::from_secs(30 * DAY))));
    assert_eq!(retention.audit, Span::from_secs(90 * DAY));
}

#[test]
fn what_goes_on_or_owes_something_stays() {
    let retention = Retention::default();
    assert_eq!(retention.delete_at(None, false), None);
    assert_eq!(retention.delete_at(None, true), None);
    assert_eq!(retention.delete_at(Some(NOON), true), None);
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
