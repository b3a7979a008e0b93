//! Notifications: in order, at least once, until they are given up.

use cxpulse_core::outbox::{Delivery, OWED_MAX, Outbox};
use cxpulse_core::time::Span;
use expect_test::expect;

use crate::check::NOON;

fn owing(numbers: &[u64]) -> Outbox {
    let mut outbox = Outbox::default();
    numbers.iter().for_each(|number| assert!(outbox.owe(*number, NOON)));
    outbox
}

#[test]
fn notifications_leave_one_by_one_in_order() {
    let mut outbox = owing(&[1, 2]);
    assert_eq!(outbox.take_due(NOON), Some(1));
    assert_eq!(outbox.take_due(NOON), None, "the first is under way");
    assert_eq!(outbox.delivered(2, Delivery::Arrived, NOON), [0; 0], "the second was not sent");
    assert_eq!(outbox.delivered(1, Delivery::Arrived, NOON), [1]);
    assert_eq!(outbox.take_due(NOON), Some(2));
    assert_eq!(outbox.delivered(2, Delivery::Arrived, NOON), [2]);
    assert_eq!((outbox.take_due(NOON), outbox.next_wake_at(), outbox.owed()), (None, None, 0));
}

#[test]
fn what_fails_is_tried_ten_times_over_three_days_and_does_not_hold_up_the_rest_for_ever() {
    let mut outbox = owing(&[1, 2]);
    let mut waits = Vec::new();
    let mut now = NOON;
    while outbox.take_due(now) == Some(1) {
        outbox.delivered(1, Delivery::Failed(None), now);
        let due_at = outbox.next_wake_at().expect("the second is owed");
        waits.push(due_at.since(now).as_millis() / 1_000);
        now = now.max(due_at);
    }
    expect!["[5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400, 0]"].assert_eq(&format!("{waits:?}"));
    assert_eq!(outbox.dead(), [1]);
    assert_eq!(outbox.owed(), 1);
}

#[test]
fn a_receiver_may_ask_for_more_time_but_not_for_less() {
    for (asked, waited) in [(1, 5), (60, 60)] {
        let mut outbox = owing(&[1]);
        outbox.take_due(NOON);
        outbox.delivered(1, Delivery::Failed(Some(Span::from_secs(asked))), NOON);
        assert_eq!(outbox.next_wake_at(), Some(NOON.plus(Span::from_secs(waited))));
    }
}

#[test]
fn a_receiver_that_is_gone_gets_no_more() {
    let mut outbox = owing(&[1, 2, 3]);
    outbox.take_due(NOON);
    assert_eq!(outbox.delivered(1, Delivery::Gone, NOON), [1, 2, 3]);
    assert!(!outbox.owe(4, NOON));
    assert_eq!(outbox.next_wake_at(), None);
}

#[test]
fn what_was_under_way_at_a_crash_or_never_came_back_is_due_again() {
    let mut outbox = owing(&[1]);
    assert_eq!(outbox.take_due(NOON), Some(1));
    outbox.interrupted();
    assert_eq!(outbox.take_due(NOON), Some(1));
    let later = outbox.next_wake_at().expect("patience ends");
    assert_eq!(outbox.take_due(later), Some(1));
}

#[test]
fn no_more_are_owed_than_the_limit() {
    let numbers: Vec<u64> = (1..=OWED_MAX as u64).collect();
    let mut outbox = owing(&numbers);
    assert!(!outbox.owe(999, NOON));
    assert_eq!(outbox.owed(), OWED_MAX);
}
