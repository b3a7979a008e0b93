//! Progress, and the end that it foretells.

use cxpulse_core::progress::{Forecast, Progress};
use cxpulse_core::time::{Span, Timestamp};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::check::NOON;

/// Sightings as `SECONDS DONE/TOTAL`, and the foretold end after each, in seconds.
#[track_caller]
fn check(sightings: &str, expect: &Expect) {
    let mut forecast = Forecast::default().begun(NOON);
    let mut ends = Vec::new();
    for sighting in sightings.split(';') {
        let (at, counts) = sighting.trim().split_once(' ').expect("two parts");
        let (done, total) = counts.split_once('/').expect("two counts");
        let number = |text: &str| text.parse::<u64>().expect("a number");
        let progress = Progress::new(number(done), number(total)).expect("a total");
        forecast = forecast.seen(progress, NOON.plus(Span::from_secs(number(at))));
        ends.push(forecast.ends_at().map_or("-".to_owned(), |at| format!("{} s", at.since(NOON).as_secs_f64())));
    }
    expect.assert_eq(&ends.join(", "));
}

#[test]
fn steady_progress_foretells_its_end() {
    check("1 10/100; 2 20/100; 5 50/100", &expect!["10 s, 10 s, 10 s"]);
}

#[test]
fn a_change_of_pace_is_followed() {
    check("10 10/100; 20 20/100; 30 60/100; 40 61/100; 60 63/100", &expect!["100 s, 100 s, 40 s, 430 s, 430 s"]);
}

#[test]
fn a_stall_moves_the_end_away_and_no_progress_foretells_nothing() {
    check("1 0/100; 2 0/100; 3 30/100; 9 30/100", &expect!["-, -, 5.333 s, 25.333 s"]);
}

#[test]
fn counts_that_go_back_start_over_and_more_than_all_foretells_nothing() {
    check("1 50/100; 2 10/100; 3 20/100; 4 120/100", &expect!["2 s, -, 11 s, -"]);
}

#[test]
fn nothing_can_be_said_of_a_total_of_zero() {
    assert_eq!(Progress::new(1, 0), None);
    assert_eq!(Progress::new(7, 5).map(Progress::ratio), Some(1.0));
}

proptest! {
    #[test]
    fn no_counts_foretell_an_end_before_the_last_sighting(points in prop::collection::vec((0..10_000_u64, 0..u64::MAX, 1..u64::MAX), 1..20)) {
        let mut forecast = Forecast::default();
        let mut at = Timestamp::default();
        for (later, done, total) in points {
            at = at.plus(Span::from_millis(later));
            forecast = forecast.seen(Progress::new(done, total).expect("a total"), at);
            prop_assert!(forecast.ends_at().is_none_or(|ends_at| ends_at >= at));
        }
    }
}
