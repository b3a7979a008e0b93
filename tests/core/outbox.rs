//! Notifications: in order, at least once, until they are given up.

use cxpulse_core::outbox::{Admission, Delivery, OWED_MAX, Outbox};
use cxpulse_core::time::Span;
use expect_test::expect;

use crate::check::NOON;

fn owing(numbers: &[u64]) -> Outbox {
    let mut outbox = Outbox::default();
    let taken = Admission::Taken { dropped: None };
    numbers.iter().for_each(|number| assert_eq!(outbox.owe(*number, NOON), taken));
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
fn what_fails_is_tried_ten_times_over_three_days_and_then_all_that_waits_behind_it_is_given_up() {
    let mut outbox = owing(&[1, 2]);
    let mut waits = Vec::new();
    let mut now = NOON;
    while outbox.take_due(now) == Some(1) {
        outbox.delivered(1, Delivery::Failed(None), now);
        let Some(due_at) = outbox.next_wake_at() else { break };
        waits.push(due_at.since(now).as_millis() / 1_000);
        now = now.max(due_at);
    }
    expect!["[5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]"].assert_eq(&format!("{waits:?}"));
    assert_eq!(outbox.dead(), [1, 2]);
    assert_eq!(outbox.owed(), 0);
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
    assert_eq!(outbox.owe(4, NOON), Admission::Refused);
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
fn at_the_limit_the_oldest_that_is_not_under_way_makes_room_for_the_newest() {
    let numbers: Vec<u64> = (1..=OWED_MAX as u64).collect();
    let mut outbox = owing(&numbers);
    assert_eq!(outbox.owe(997, NOON), Admission::Taken { dropped: Some(1) });
    assert_eq!(outbox.take_due(NOON), Some(2));
    assert_eq!(outbox.owe(998, NOON), Admission::Taken { dropped: Some(3) });
    assert_eq!(outbox.owed(), OWED_MAX);
}
