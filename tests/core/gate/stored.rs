//! The gate through its JSON, and back from rows.

use cxpulse_core::gate::{Ask, CALL_PATIENCE, Share};
use cxpulse_core::time::Span;
use expect_test::expect;

use crate::check::{GateScene, check_gate};

#[test]
fn a_restart_keeps_everything_but_the_line() {
    check_gate(
        "in_flight=2 breaker=1/30s/1 poll=10s",
        "ask a kind=poll; +2ms; ask b; +2ms; ask c; look; crash; ask d kind=poll; report 2 good; report 2 good; ask c; crash; report 1 http 429 after=7; crash; +7s; ask e; report 4 silent; crash; ask f; +30s; ask f; crash; ask g; report 5 good; look",
        &expect![[r#"
            ask a kind=poll => granted 1 with token 1
            ask b => granted 2 with token 1
            ask c => hold 25 ms: permit
            look => 2 of 2, 1 wait
            crash => 2 of 2
            ask d kind=poll => leave 9616 ms: rate_limited
            report 2 good => 1 of 2, 1 wait
            report 2 good => no news
            ask c => granted 3 with token 1
            crash => 2 of 2
            report 1 http 429 after=7 => 1 of 1, embargo 7.000 s
            crash => 1 of 1, embargo 7.000 s
            ask e => hold 40 ms: permit
            report 4 silent => nothing was let go
            crash => 1 of 1
            ask f => hold 40 ms: permit
            ask f => hold 40 ms: permit
            crash => 1 of 1
            ask g => hold 40 ms: permit
            report 5 good => nothing was let go
            look => 1 of 1, 1 wait
        "#]],
    );
}

#[test]
fn numbers_of_leases_go_on_after_a_restart_and_after_a_reset() {
    let mut scene = GateScene::open("in_flight=4");
    for happening in [
        "ask a",
        "report 1 good",
        "+2ms",
        "crash",
        "ask b",
        "report 2 good",
        "+2ms",
        "reset",
        "token",
        "ask c",
        "crash",
        "+2ms",
        "ask d",
    ] {
        scene.play(happening);
    }
    let numbers: Vec<u64> = scene.leases.iter().map(|lease| lease.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

#[test]
fn what_is_stored_has_no_leases_and_no_line_in_it() {
    let mut scene = GateScene::open("in_flight=2 rate=1000");
    for caller in 0..100 {
        scene.decide(&Ask {
            caller,
            key: caller,
            kind: None,
            newer_than: None,
            patience: CALL_PATIENCE,
            share: Share::Whole,
        });
        scene.play("+2ms");
    }
    let text = serde_json::to_string(&scene.gate).expect("JSON");
    assert!(text.len() < 1_000, "{text}");
}

#[test]
fn a_reset_lifts_everything_but_the_leases() {
    check_gate(
        "in_flight=2 breaker=2/30s/1 rate=1",
        "ask a; +1s; report 1 silent; ask b; +1s; ask c; +1s; report 2 http 429 after=60; report 3 silent; look; reset; token; +1s; ask d; look",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 silent => 0 of 1
            ask b => granted 2 with token 1
            ask c => hold 50 ms: permit
            report 2 http 429 after=60 => 0 of 1, 1 wait, embargo 60.000 s
            report 3 silent => nothing was let go
            look => 0 of 1, 1 wait, embargo 60.000 s
            reset => 0 of 2, token none
            token => 0 of 2
            ask d => granted 3 with token 2
            look => 1 of 2
        "#]],
    );
}

#[test]
fn a_lower_bound_holds_at_once_and_a_higher_one_is_grown_into() {
    let mut scene = GateScene::open("in_flight=4");
    for happening in ["ask a", "+2ms", "ask b", "+2ms", "ask c", "+2ms"] {
        scene.play(happening);
    }
    scene.rules = crate::check::rules("in_flight=2");
    expect!["ask d => hold 25 ms: permit"].assert_eq(&scene.play("ask d").unwrap_or_default());
    scene.rules = crate::check::rules("in_flight=8");
    expect!["ask d => hold 25 ms: permit"].assert_eq(&scene.play("ask d").unwrap_or_default());
    expect!["report 1 good => 2 of 2, 1 wait"].assert_eq(&scene.play("report 1 good").unwrap_or_default());
}

#[test]
fn the_view_says_it_all() {
    let mut scene = GateScene::open("in_flight=2 breaker=1/30s/1 poll=10s rate=50");
    for happening in [
        "ask a kind=poll",
        "+50ms",
        "ask b",
        "+50ms",
        "ask c",
        "ask d kind=poll",
        "ask e",
        "report 1 good took=100ms",
        "report 2 http 503 after=7",
    ] {
        scene.play(happening);
    }
    let view = scene.gate.view(&scene.rules, scene.now);
    expect![[r#"
        {
          "in_flight": 0,
          "limit": 2,
          "bound": 2,
          "per_second": 50.0,
          "mean_ms": 100,
          "waiting": {
            "main": 2,
            "by_kind": {
              "poll": 1
            }
          },
          "embargo_until": "2026-11-21T10:00:07.100Z",
          "breaker": {
            "state": "open",
            "until": "2026-11-21T10:00:30.100Z",
            "probes": 0
          },
          "credentials": {
            "state": "good",
            "renew_at": "2026-11-22T09:55:00.000Z",
            "expires_at": "2026-11-22T10:00:00.000Z",
            "retry_at": null
          },
          "counts": {
            "granted": 2,
            "sent_away": 1,
            "rate_limited": 0,
            "faults": 1,
            "opened": 1
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&view).expect("JSON"));
}

#[test]
fn a_lease_past_its_deadline_is_not_shown_as_in_flight() {
    let mut scene = GateScene::open("in_flight=4");
    ["ask a", "+2ms", "ask b"].into_iter().for_each(|happening| {
        scene.play(happening);
    });
    let [first, last] = [scene.leases.first(), scene.leases.last()].map(|lease| lease.expect("two went").until);
    let seen = |at| scene.gate.view(&scene.rules, at).in_flight;
    assert_eq!((seen(first.minus(Span::from_millis(1))), seen(first), seen(last)), (2, 1, 0));
}
