//! Pace, permits and line by themselves: their bounds, at the limit and one past it.

use cxpulse_core::gate::Share;
use cxpulse_core::limiter::{
    HELD_MAX, Hears, Interval, LEASE_MAX, LEASE_SLACK, Lease, Line, Newcomer, PATIENCE_MAX, Pace, Permits, WAIT_MAX,
    WAITING_BY_KEY_MAX, WAITING_MAX,
};
use cxpulse_core::time::Span;
use proptest::prelude::*;

use crate::check::NOON;

#[test]
fn a_key_may_wait_so_often_and_no_more() {
    let mut line = Line::new();
    let one = |caller: u32| Newcomer { caller: u64::from(caller), key: 7 };
    for caller in 0..WAITING_BY_KEY_MAX {
        assert_eq!(line.join(one(caller), NOON), Some(u64::from(caller)), "each stands behind the one before");
    }
    assert_eq!(line.join(one(WAITING_BY_KEY_MAX), NOON), None);
    assert!(line.join(one(3), NOON).is_some(), "one who stands there already still does");
    assert_eq!(line.join(Newcomer { caller: 999, key: 8 }, NOON), Some(1), "another key waits for one call of each");
    line.serve(one(5));
    assert!(line.join(one(WAITING_BY_KEY_MAX), NOON).is_some(), "one who is served makes room");
}

#[test]
fn a_line_holds_so_many_and_no_more() {
    let mut line = Line::new();
    let most = u64::try_from(WAITING_MAX).expect("few");
    for caller in 0..most {
        assert_eq!(line.join(Newcomer { caller, key: caller }, NOON), Some(caller));
    }
    assert_eq!(line.join(Newcomer { caller: most, key: most }, NOON), None);
    assert_eq!((line.waiting(), line.ahead_of_all()), (WAITING_MAX, most));
    line.serve(Newcomer { caller: 0, key: 0 });
    assert!(line.join(Newcomer { caller: most, key: most }, NOON).is_some());
}

#[test]
fn so_many_stay_at_the_gate_and_no_more() {
    let mut line = Line::new();
    let one = |number: usize| Newcomer { caller: 1, key: u64::try_from(number).expect("few") };
    for number in 0..=HELD_MAX {
        line.join(one(number), NOON);
        assert_eq!(line.has_room(one(number)), number < HELD_MAX);
        line.expect_back(one(number), NOON.plus(Span::from_secs(1)), (number < HELD_MAX).then_some(Hears::Nothing));
    }
    assert!(line.has_room(one(7)), "one who stays already may");
    line.serve(one(7));
    assert!(line.has_room(one(HELD_MAX)));
}

#[test]
fn whoever_is_long_overdue_loses_its_place() {
    let mut line = Line::new();
    for caller in 0..3 {
        line.join(Newcomer { caller, key: caller }, NOON);
        line.expect_back(Newcomer { caller, key: caller }, NOON.plus(Span::from_secs(caller)), None);
    }
    let after = |ms: u64| NOON.plus(Span::from_millis(ms));
    line.join(Newcomer { caller: 9, key: 9 }, after(10_000));
    assert_eq!(line.waiting(), 4, "ten seconds late is not gone");
    line.join(Newcomer { caller: 9, key: 9 }, after(11_000));
    assert_eq!(line.waiting(), 3, "one is later than that");
    line.join(Newcomer { caller: 9, key: 9 }, after(12_001));
    assert_eq!(line.waiting(), 1, "only the one who asks is left");
}

#[test]
fn callers_who_give_up_do_not_put_their_key_behind_all_others() {
    let (mut line, mut now) = (Line::new(), NOON);
    for caller in 0..1_000 {
        now = now.plus(Span::from_secs(30));
        line.join(Newcomer { caller, key: 7 }, now);
        line.expect_back(Newcomer { caller, key: 7 }, now, None);
    }
    assert_eq!(line.join(Newcomer { caller: 1_000, key: 8 }, now), Some(1));
    assert_eq!(line.join(Newcomer { caller: 1_001, key: 7 }, now), Some(2));
    assert_eq!(line.join(Newcomer { caller: 1_002, key: 8 }, now), Some(3), "a second call of each: they take turns");
}

#[test]
fn leases_end_at_their_deadline_and_not_before() {
    let mut permits = Permits::new(2);
    let patience = Span::from_secs(30);
    let (one, other) = (
        permits.take(Share::Whole, patience, NOON),
        permits.take(Share::Whole, patience, NOON.plus(Span::from_millis(1))),
    );
    let end = NOON.plus(patience).plus(LEASE_SLACK);
    assert_eq!(permits.expire(end.minus(Span::from_millis(1))), None);
    assert_eq!((permits.expire(end), permits.expire(end)), (Some(one), None));
    assert_eq!([other, other, one].map(|lease| permits.give_back(lease)), [Some(Share::Whole), None, None]);
}

#[test]
fn nobody_is_told_to_wait_long_for_a_permit_however_slow_calls_are() {
    let mut permits = Permits::new(2);
    for call in 0..32_u64 {
        let sent_at = NOON.plus(Span::from_secs(20 * call));
        permits.went_well(Span::from_secs(20), Span::from_secs(300), sent_at, sent_at.plus(Span::from_secs(20)), true);
    }
    let now = NOON.plus(Span::from_secs(660));
    permits.take(Share::Whole, Span::from_secs(30), now);
    permits.take(Share::Whole, Span::from_secs(30), now);
    let waits = [0, 1, 5, 200, 10_000, u64::MAX].map(|ahead| permits.nth_at(Share::Whole, 2, ahead, now).since(now));
    assert!(waits.is_sorted() && waits[1] > Span::from_secs(10), "{waits:?}");
    assert_eq!((waits[3], waits[5]), (WAIT_MAX, WAIT_MAX), "a slow spell may be over long before");
}

#[test]
fn each_lease_outlasts_its_own_call() {
    let mut permits = Permits::new(4);
    let patience = |seconds| Span::from_secs(seconds);
    let long = permits.take(Share::Whole, patience(300), NOON);
    let short = permits.take(Share::Whole, patience(2), NOON);
    let endless = permits.take(Share::Whole, patience(86_400), NOON);
    let usual = permits.take(Share::Whole, patience(30), NOON);
    assert_eq!(permits.leases().collect::<Vec<_>>(), [short, usual, long, endless], "by deadline, whoever came first");
    let in_flight_at = |seconds| {
        let mut permits = permits.clone();
        while permits.expire(NOON.plus(Span::from_secs(seconds))).is_some() {}
        permits.in_flight()
    };
    let ends: Vec<u32> = [16, 17, 44, 45, 60, 314, 315].map(in_flight_at).into();
    assert_eq!(ends, [4, 3, 3, 2, 2, 2, 0], "the longest ends {} s after it began", LEASE_MAX.as_secs_f64());
    assert_eq!(LEASE_MAX, PATIENCE_MAX.plus(LEASE_SLACK));
    assert!([long, short, usual, endless].into_iter().all(|lease| permits.give_back(lease).is_some()));
}

#[test]
fn a_step_back_of_the_clock_leaves_each_lease_the_time_that_it_had() {
    let mut permits = Permits::new(2);
    let ahead = permits.take(Share::Whole, Span::from_secs(30), NOON.plus(Span::from_secs(3_600)));
    permits.shift_back(Span::from_secs(3_600));
    let until = NOON.plus(Span::from_secs(45));
    assert_eq!(permits.leases().collect::<Vec<_>>(), [Lease { until, number: ahead.number }]);
    assert!(permits.give_back(ahead).is_some(), "it is known by its number");
}

#[test]
fn a_lease_of_a_clock_that_was_ahead_ends_no_later_than_the_longest_new_one() {
    let mut permits = Permits::new(2);
    let ahead = permits.take(Share::Whole, Span::from_secs(30), NOON.plus(Span::from_secs(3_600)));
    permits.curtail(NOON);
    assert_eq!(permits.leases().collect::<Vec<_>>(), [Lease { until: NOON.plus(LEASE_MAX), number: ahead.number }]);
    assert!(permits.give_back(ahead).is_some(), "it is known by its number");
    assert_eq!(permits.in_flight(), 0);
}

proptest! {
    #[test]
    fn no_second_sees_more_than_the_rate_and_one(per_second in 0.2_f64..3_000.0, waits in prop::collection::vec(0_u64..400, 1..400)) {
        let (mut pace, interval) = (Pace::default(), Interval::of_rate(per_second));
        let (mut now, mut gone) = (NOON, Vec::new());
        for wait in waits {
            now = now.plus(Span::from_millis(wait));
            while pace.next_at(interval) <= now && gone.len() < 5_000 {
                pace.take(interval, now);
                gone.push(now);
            }
        }
        for (index, first) in gone.iter().enumerate() {
            let within = gone[index..].iter().take_while(|at| at.since(*first) < Span::from_secs(1)).count();
            prop_assert!(within as f64 <= per_second.ceil() + 1.0, "{within} in a second at {per_second}");
        }
    }

    #[test]
    fn a_least_interval_is_kept(millis in 1_u64..20_000, waits in prop::collection::vec(0_u64..30_000, 1..100)) {
        let (mut pace, interval) = (Pace::default(), Interval::of_least(Span::from_millis(millis)));
        let (mut now, mut before) = (NOON, None);
        for wait in waits {
            now = now.plus(Span::from_millis(wait));
            if pace.next_at(interval) <= now {
                pace.take(interval, now);
                let apart = before.replace(now).map(|before| now.since(before).as_millis());
                prop_assert!(apart.is_none_or(|apart| apart >= millis), "{apart:?} ms apart");
            }
        }
    }

    #[test]
    fn places_foretold_are_in_order_and_apart(per_second in 0.2_f64..900.0, from in 0_u64..5_000) {
        let (mut pace, interval) = (Pace::default(), Interval::of_rate(per_second));
        pace.take(interval, NOON);
        let from = NOON.plus(Span::from_millis(from));
        let at: Vec<_> = (0..100).map(|ahead| pace.nth_at(interval, ahead, from)).collect();
        prop_assert!(at.windows(2).all(|pair| pair[0] < pair[1]) && at[0] >= from);
    }

    #[test]
    fn the_limit_stays_between_one_and_the_bound(bound in 1_u32..50, answers in prop::collection::vec((0_u8..3, 0_u64..5_000), 1..300)) {
        let mut permits = Permits::new(bound);
        let mut now = NOON;
        for (fate, took) in answers {
            let took = Span::from_millis(took);
            let sent_at = now;
            now = now.plus(took);
            match fate {
                0 => permits.overloaded(sent_at, now),
                _ => permits.went_well(took, Span::from_secs(2), sent_at, now, fate == 1),
            }
            permits.bind(bound);
            prop_assert!((1..=bound).contains(&permits.limit(bound)));
        }
    }
}
