//! What CXone asks us to wait for holds the whole tenant.

use std::collections::{BTreeMap, BTreeSet};

use cxpulse_core::gate::{AWAY_MAX, Ask, CALL_PATIENCE, Decision, Share};
use cxpulse_core::time::{Span, Timestamp};
use expect_test::expect;

use crate::check::{GateScene, check_gate};

#[test]
fn retry_after_holds_the_whole_tenant() {
    check_gate(
        "",
        "ask a; report 1 http 429 after=7; ask b; ask c kind=poll; +6999ms; ask b; +1ms; ask b; look",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 http 429 after=7 => 0 of 5, embargo 7.000 s
            ask b => leave 7000 ms: rate_limited
            ask c kind=poll => leave 7000 ms: rate_limited
            ask b => hold 1 ms: rate_limited
            ask b => granted 2 with token 1
            look => 1 of 5, 1 wait
        "#]],
    );
}

#[test]
fn a_503_that_says_how_long_holds_the_whole_tenant_and_one_that_does_not_holds_nobody() {
    check_gate(
        "",
        "ask a; +2ms; ask b; report 1 http 503; report 2 http 503 after=7; ask c",
        &expect![[r#"
        ask a => granted 1 with token 1
        ask b => granted 2 with token 1
        report 1 http 503 => 1 of 10
        report 2 http 503 after=7 => 0 of 10, embargo 7.000 s
        ask c => leave 7000 ms: rate_limited
    "#]],
    );
}

#[test]
fn absurd_waits_are_cut_to_a_quarter_of_an_hour() {
    check_gate(
        "",
        "ask a; report 1 http 429 after=31536000; ask b; +900s; ask b; report 2 http 429 after=99999999999999999999; look",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 http 429 after=31536000 => 0 of 5, embargo 900.000 s
            ask b => leave 60000 ms: rate_limited
            ask b => granted 2 with token 1
            report 2 http 429 after=99999999999999999999 => 0 of 2, embargo 900.000 s
            look => 0 of 2, embargo 900.000 s
        "#]],
    );
}

#[test]
fn a_429_that_does_not_say_waits_twice_as_long_each_time() {
    let round = |number: u32| format!("ask c{number}; report {number} http 429; +32s;");
    let story: String = (1..=8).map(round).collect();
    check_gate(
        "",
        &format!("{story} ask good; report 9 good; ask bad; +2ms; ask bad; report 10 http 429"),
        &expect![[r#"
            ask c1 => granted 1 with token 1
            report 1 http 429 => 0 of 5, embargo 1.000 s
            ask c2 => granted 2 with token 1
            report 2 http 429 => 0 of 2, embargo 2.000 s
            ask c3 => granted 3 with token 1
            report 3 http 429 => 0 of 1, embargo 4.000 s
            ask c4 => granted 4 with token 1
            report 4 http 429 => 0 of 1, embargo 8.000 s
            ask c5 => granted 5 with token 1
            report 5 http 429 => 0 of 1, embargo 16.000 s
            ask c6 => granted 6 with token 1
            report 6 http 429 => 0 of 1, embargo 32.000 s
            ask c7 => granted 7 with token 1
            report 7 http 429 => 0 of 1, embargo 32.000 s
            ask c8 => granted 8 with token 1
            report 8 http 429 => 0 of 1, embargo 32.000 s
            ask good => granted 9 with token 1
            report 9 good => 0 of 2
            ask bad => hold 1 ms: rate_limited
            ask bad => granted 10 with token 1
            report 10 http 429 => 0 of 1, embargo 1.000 s
        "#]],
    );
}

#[test]
fn a_wait_of_nothing_of_the_past_or_of_nonsense_is_as_if_it_were_not_said() {
    check_gate(
        "",
        "ask a; report 1 http 429 after=0; +1s; ask b; report 2 http 429 after=soon; +2s; ask c; report 3 http 429 after=-5; look",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 http 429 after=0 => 0 of 5, embargo 1.000 s
            ask b => granted 2 with token 1
            report 2 http 429 after=soon => 0 of 2, embargo 2.000 s
            ask c => granted 3 with token 1
            report 3 http 429 after=-5 => 0 of 1, embargo 4.000 s
            look => 0 of 1, embargo 4.000 s
        "#]],
    );
}

#[test]
fn the_longest_of_several_waits_holds() {
    check_gate(
        "",
        "ask a; +2ms; ask b; +2ms; ask c; report 1 http 429 after=7; report 2 http 429 after=2; report 3 http 429 after=9; look",
        &expect![[r#"
            ask a => granted 1 with token 1
            ask b => granted 2 with token 1
            ask c => granted 3 with token 1
            report 1 http 429 after=7 => 2 of 5, embargo 7.000 s
            report 2 http 429 after=2 => 1 of 5, embargo 7.000 s
            report 3 http 429 after=9 => 0 of 5, embargo 9.000 s
            look => 0 of 5, embargo 9.000 s
        "#]],
    );
}

#[test]
fn an_answer_that_leaves_no_calls_holds_until_there_are_more() {
    check_gate(
        "",
        "ask a; report 1 good left=1 reset=9; +2ms; ask b; report 2 good left=0 reset=3; ask c; +3s; ask c; report 3 good left=0; +2ms; ask d; report 4 good left=0 reset=NaN; +2ms; ask e; report 5 good left=0 reset=0; +2ms; ask f; report 6 good left=0 reset=99999999; look",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 good left=1 reset=9 => 0 of 10
            ask b => granted 2 with token 1
            report 2 good left=0 reset=3 => 0 of 10, embargo 3.000 s
            ask c => leave 3000 ms: rate_limited
            ask c => granted 3 with token 1
            report 3 good left=0 => 0 of 10
            ask d => granted 4 with token 1
            report 4 good left=0 reset=NaN => 0 of 10
            ask e => granted 5 with token 1
            report 5 good left=0 reset=0 => 0 of 10
            ask f => granted 6 with token 1
            report 6 good left=0 reset=99999999 => 0 of 10, embargo 900.000 s
            look => 0 of 10, embargo 900.000 s
        "#]],
    );
}

#[test]
fn a_429_without_retry_after_waits_as_its_other_headers_say() {
    check_gate(
        "",
        "ask a; report 1 http 429 left=0 reset=12; look; +12s; ask b; report 2 http 429 left=5 reset=4",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 http 429 left=0 reset=12 => 0 of 5, embargo 12.000 s
            look => 0 of 5, embargo 12.000 s
            ask b => granted 2 with token 1
            report 2 http 429 left=5 reset=4 => 0 of 2, embargo 4.000 s
        "#]],
    );
}

#[test]
fn those_who_wait_for_what_is_long_closed_come_back_each_minute_one_by_one() {
    for closed in ["report 1 http 429 after=31536000", "put off"] {
        let mut scene = GateScene::open("rate=50 in_flight=10");
        let until = scene.now.plus(Span::from_secs(900));
        ["ask a", closed].into_iter().filter(|happening| *happening != "put off").for_each(|happening| {
            scene.play(happening);
        });
        let mut away = |number: u64, now: Timestamp| {
            let ask = Ask {
                caller: number,
                key: number,
                kind: None,
                newer_than: None,
                patience: CALL_PATIENCE,
                share: Share::Whole,
            };
            let (gate, rules) = (&mut scene.gate, &scene.rules);
            let is_put_off = closed == "put off";
            let decision =
                if is_put_off { gate.put_off(rules, &ask, until, now) } else { gate.acquire(rules, &ask, now) };
            let Decision::Leave { until, .. } = decision else { unreachable!("{number} is sent away: {decision:?}") };
            until
        };
        let begun = until.minus(Span::from_secs(900));
        let mut back: BTreeSet<_> = (0..1_000).map(|number| (away(number, begun), number)).collect();
        let mut asks = BTreeMap::<u64, u32>::new();
        while let Some((now, number)) = back.pop_first().filter(|(now, _)| now.since(begun) < Span::from_secs(600)) {
            *asks.entry(now.since(begun).as_millis() / 60_000).or_default() += 1;
            let next = away(number, now);
            let wait = next.since(now);
            assert!(wait >= AWAY_MAX && wait <= AWAY_MAX.plus(Span::from_secs(30)), "{wait:?}");
            back.insert((next, number));
        }
        let instants: BTreeSet<_> = back.iter().map(|(at, _)| *at).collect();
        assert!(instants.len() >= 998, "{closed}: {} instants of {}", instants.len(), back.len());
        assert!(asks.len() > 5 && asks.values().all(|count| *count <= 1_000), "{closed}: {asks:?}");
    }
}
