//! Calls that go one after the other under one lease: when they may, and that neither rate nor permits know a difference.

use std::collections::VecDeque;

use cxpulse_core::allowance::Allowance;
use cxpulse_core::gate::{Ask, CALL_PATIENCE, Decision, Fate, Report, SERIES_MAX, SERIES_SPAN, Series, Share};
use cxpulse_core::limiter::Lease;
use cxpulse_core::random::draw;
use cxpulse_core::time::{Span, Timestamp};
use expect_test::expect;

use crate::check::{GateScene, NOON, check_gate};

#[test]
fn whoever_is_let_go_where_there_is_room_may_go_on() {
    check_gate(
        "rate=100 in_flight=1",
        "ask a series=3; report 1 good keeps; report 1 good keeps; ask b; report 1 good; +20ms; ask b series=9; look",
        &expect![[r#"
            ask a series=3 => granted 1 with token 1 and 3 more for 500 ms
            report 1 good keeps => 1 of 1
            report 1 good keeps => 1 of 1
            ask b => hold 40 ms: permit
            report 1 good => 0 of 1, 1 wait
            ask b series=9 => granted 2 with token 1 and 8 more for 500 ms
            look => 1 of 1
        "#]],
    );
}

#[test]
fn nobody_goes_on_while_others_wait_or_something_is_wrong() {
    for (rules, story, expected) in [
        ("rate=100 in_flight=2", "ask a; report 1 good; +50ms; ask b series=1", "none waits"),
        ("rate=100 in_flight=2", "ask a; ask b; ask c; report 1 good; +50ms; ask a series=1", "another waits"),
        ("rate=100 poll=10s", "ask a kind=poll series=1", "a kind with an interval of its own"),
        ("rate=100 in_flight=4", "ask a half series=1", "a call of others"),
        ("rate=100 in_flight=4", "ask a; report 1 http 429 after=1; +1100ms; ask b series=1", "the limit went down"),
        ("rate=3", "ask a series=8", "more than half of the rate"),
    ] {
        let mut scene = GateScene::open(rules);
        let told = story.split(';').filter_map(|happening| scene.play(happening.trim())).last().unwrap_or_default();
        let is_let_on = told.contains("more for");
        assert_eq!(is_let_on, expected == "none waits", "{expected}: {told}");
    }
}

#[test]
fn a_series_is_over_after_its_calls_or_its_time() {
    let series = Series { calls: 2, until: NOON.plus(SERIES_SPAN) };
    let second = series.next(NOON).expect("two are left");
    assert_eq!(second.calls, 1);
    let third = second.next(NOON).expect("one is left");
    assert_eq!((third.calls, third.next(NOON)), (0, None));
    assert_eq!(series.next(series.until), None);
}

#[test]
fn a_series_outlives_a_restart_and_goes_back_with_the_clock() {
    let mut scene = GateScene::open("rate=20");
    assert!(scene.play("ask a series=8").is_some_and(|told| told.contains("8 more")));
    assert_eq!(scene.reloaded(), scene.gate);
    // Too many of late for another, before as after the clock was set back by an hour.
    for story in ["+200ms; ask b series=4", "clock -5s; ask c; +200ms; ask c; +200ms; ask d series=4"] {
        let told = story.split(';').filter_map(|happening| scene.play(happening.trim())).last().unwrap_or_default();
        assert!(told.ends_with("no more"), "{told}");
    }
    scene.play("+5s");
    assert!(scene.play("ask e series=4").is_some_and(|told| told.contains("4 more")));
}

#[test]
fn no_second_sees_more_calls_than_the_rate_and_no_moment_more_than_the_permits() {
    let mut series = 0;
    for seed in 0..300 {
        series += play(seed);
    }
    assert!(series > 300, "hardly anybody went on: {series}");
}

/// Callers come in waves, and whoever may go on does so at the worst of moments. Gives how many went on.
fn play(seed: u64) -> usize {
    let rate = 20 + draw(seed, 0) % 400;
    let in_flight = 1 + draw(seed, 1) % 12;
    let mut scene = GateScene::open(&format!("rate={rate} in_flight={in_flight}"));
    let mut calls: Vec<Timestamp> = Vec::new();
    let mut out: VecDeque<(Lease, Option<Series>)> = VecDeque::new();
    let mut spare: Vec<(Lease, Series)> = Vec::new();
    let mut went_on = 0;
    for step in 0..1_500_u64 {
        let chance = |what: u64, of: u64| draw(seed, 10 + step * 8 + what) % of;
        // Waves: nearly nothing for a while, then as much as there is.
        let is_rush = draw(seed, 5_000_000 + step / 200).is_multiple_of(2);
        scene.now = scene.now.plus(Span::from_millis(chance(0, if is_rush { 4 } else { 60 })));
        if chance(1, 3) > 0
            && let Some((lease, left)) = out.pop_front()
        {
            let next = left.and_then(|left| left.next(scene.now));
            scene.gate.report(&scene.rules.clone(), &good(lease, next.is_some()), scene.now);
            spare.extend(next.map(|next| (lease, next)));
        }
        // One who kept a lease uses it late, if at all.
        if chance(2, 4) == 0
            && let Some((lease, left)) = spare.pop()
        {
            if scene.now < left.until {
                calls.push(scene.now);
                out.push_back((lease, Some(left)));
                went_on += 1;
            } else {
                scene.gate.report(&scene.rules.clone(), &unused(lease), scene.now);
            }
        }
        let ask = ask(chance(3, 5), 1);
        if let Decision::Granted { lease, .. } = scene.decide(&ask) {
            calls.push(scene.now);
            let left = scene.gate.series(&scene.rules.clone(), &ask, SERIES_MAX, scene.now);
            out.push_back((lease, left));
        }
        assert!(out.len() + spare.len() <= usize::try_from(in_flight).expect("few"), "seed {seed}, step {step}");
    }
    let most = (0..calls.len()).map(|first| {
        let until = calls[first].plus(Span::from_secs(1));
        calls[first..].iter().take_while(|at| **at < until).count()
    });
    let most = most.max().unwrap_or_default();
    assert!(most <= usize::try_from(rate + 1).expect("few"), "seed {seed}: {most} in a second at a rate of {rate}");
    went_on
}

fn ask(caller: u64, key: u64) -> Ask {
    Ask { caller, key, kind: None, newer_than: None, patience: CALL_PATIENCE, share: Share::Whole }
}

fn good(lease: Lease, keeps: bool) -> Report {
    let (took, allowance) = (Span::from_millis(20), Allowance::default());
    Report { lease, keeps, token_version: 1, fate: Fate::Good, took, allowance }
}

fn unused(lease: Lease) -> Report {
    Report { fate: Fate::Unused, ..good(lease, false) }
}
