//! Who goes next: first come, first served, and no share more than another's.

use cxpulse_core::time::Span;
use expect_test::expect;

use crate::check::{Crowd, NOON, check_gate};

#[test]
fn who_came_first_goes_first() {
    check_gate(
        "in_flight=1",
        "ask a; +2ms; ask b; +2ms; ask c; +2ms; ask d; report 1 good; ask d; ask c; ask b; report 2 good; ask d; ask c; report 3 good; ask d",
        &expect![[r#"
            ask a => granted 1 with token 1
            ask b => hold 50 ms: permit
            ask c => hold 100 ms: permit
            ask d => hold 150 ms: permit
            report 1 good => 0 of 1, 3 wait
            ask d => hold 80 ms: permit
            ask c => hold 40 ms: permit
            ask b => granted 2 with token 1
            report 2 good => 0 of 1, 2 wait
            ask d => hold 40 ms: permit
            ask c => hold 1 ms: rate_limited
            report 3 good => nothing was let go
            ask d => hold 40 ms: permit
        "#]],
    );
}

#[test]
fn one_who_comes_back_keeps_its_place() {
    check_gate(
        "in_flight=1",
        "ask a; +2ms; ask b; ask c; ask b; ask c; ask b; look",
        &expect![[r#"
            ask a => granted 1 with token 1
            ask b => hold 50 ms: permit
            ask c => hold 100 ms: permit
            ask b => hold 50 ms: permit
            ask c => hold 100 ms: permit
            ask b => hold 50 ms: permit
            look => 1 of 1, 2 wait
        "#]],
    );
}

#[test]
fn one_held_who_does_not_come_back_is_passed_over_soon() {
    check_gate(
        "in_flight=1",
        "ask a; +2ms; ask b; ask c; report 1 good; ask c; +249ms; ask c; +2ms; ask c",
        &expect![[r#"
            ask a => granted 1 with token 1
            ask b => hold 50 ms: permit
            ask c => hold 100 ms: permit
            report 1 good => 0 of 1, 2 wait
            ask c => hold 40 ms: permit
            ask c => hold 40 ms: permit
            ask c => granted 2 with token 1
        "#]],
    );
}

#[test]
fn a_batch_cannot_starve_a_single_one() {
    let mut crowd = Crowd::at("rate=50 in_flight=10");
    (0..1_000).for_each(|_| crowd.add(BATCH, Span::ZERO));
    crowd.add(1, Span::from_millis(1));
    crowd.add(2, Span::from_secs(5));
    crowd.play();
    assert_eq!(crowd.served.len(), 1_002);
    for single in [1_000, 1_001] {
        let served = crowd.served.iter().find(|served| served.caller == single).expect("it was served");
        let waited = served.at.since(served.asked_at);
        assert!(waited <= Span::from_millis(2_000), "single {single} waited {waited:?} behind a batch");
    }
}

#[test]
fn two_batches_share_evenly() {
    let mut crowd = Crowd::at("rate=50 in_flight=10");
    (0..50).for_each(|_| crowd.add(BATCH, Span::ZERO));
    (0..50).for_each(|_| crowd.add(1, Span::from_millis(1)));
    crowd.play();
    let firsts = crowd.served.iter().take(50).filter(|served| served.caller < 50).count();
    assert!((20..=30).contains(&firsts), "{firsts} of the first fifty are the first batch's");
}

#[test]
fn strangers_are_served_as_they_came() {
    let mut crowd = Crowd::at("rate=100 in_flight=10");
    (0..300).for_each(|key| crowd.add(key, Span::from_millis(key)));
    crowd.play();
    let order: Vec<usize> = crowd.served.iter().map(|served| served.caller).collect();
    let displaced = order.iter().enumerate().map(|(place, caller)| place.abs_diff(*caller)).max();
    assert!(displaced <= Some(3), "somebody is {displaced:?} places from its own");
}

#[test]
fn those_who_never_come_back_delay_nobody() {
    let alive = time_to_serve(&[]);
    let away = time_to_serve(&[100, 101, 102, 103, 150]);
    assert!(
        away <= alive.plus(Span::from_millis(100)),
        "{away:?} with some of those away dead, {alive:?} with all alive"
    );
    let held = time_to_serve(&[5]);
    assert!(held <= alive.plus(Span::from_millis(350)), "{held:?} with one at the gate dead, {alive:?} with all alive");
    let many = time_to_serve(&[3, 4, 5, 6, 7, 8, 9, 10]);
    assert!(
        many <= alive.plus(Span::from_millis(600)),
        "{many:?} with many at the gate dead, {alive:?} with all alive"
    );
}

/// How long a gate takes to serve two hundred who come together, of whom some die as soon as they have to wait.
fn time_to_serve(dead: &[usize]) -> Span {
    let mut crowd = Crowd::at("rate=50 in_flight=10");
    (0..200).for_each(|key| crowd.add(key, Span::ZERO));
    dead.iter().for_each(|caller| crowd.kill(*caller));
    crowd.play();
    assert_eq!(crowd.served.len(), 200 - dead.len());
    crowd.served.last().expect("some are served").at.since(NOON)
}

#[test]
fn one_whom_nothing_holds_asks_once() {
    let mut crowd = Crowd::at("rate=50 in_flight=10");
    (0..1_000).for_each(|key| crowd.add(key, Span::from_millis(25 * key)));
    crowd.play();
    assert_eq!(crowd.served.len(), 1_000);
    assert_eq!(trips(&crowd), (1_000, 1), "every call of a steady 40 a second came once");
}

#[test]
fn a_herd_is_told_when_to_come_and_comes_then() {
    // The rate decides: come, be told when, come then and stay at the gate until it is time.
    for (rate, takes) in [(50, 40), (50, 150), (5, 40), (1_000, 40)] {
        let (all, most) = trips(&herd(rate, takes));
        assert!(all <= 2_000 && most <= 2, "{all} trips, {most} of one, of {takes} ms at {rate} a second");
    }
    // Permits decide, and answers take longer than the gate could know when it told the first ones.
    for (rate, takes, mean_max, most_max) in [(50, 250, 3, 4), (50, 900, 5, 8), (400, 1_900, 7, 10)] {
        let (all, most) = trips(&herd(rate, takes));
        assert!(
            all <= 1_000 * mean_max && most <= most_max,
            "{all} trips, {most} of one, of {takes} ms at {rate} a second"
        );
    }
}

fn herd(rate: u32, takes_ms: u64) -> Crowd {
    let mut crowd = Crowd::at(&format!("rate={rate} in_flight=10"));
    crowd.takes = Span::from_millis(takes_ms);
    (0..1_000).for_each(|key| crowd.add(key, Span::ZERO));
    crowd.play();
    assert_eq!(crowd.served.len(), 1_000);
    crowd
}

/// How often they came to the gate: all together, and whoever came most often.
fn trips(crowd: &Crowd) -> (u32, u32) {
    let each = crowd.served.iter().map(|served| served.trips);
    (each.clone().sum(), each.max().unwrap_or_default())
}

const BATCH: u64 = 1_000_000;
