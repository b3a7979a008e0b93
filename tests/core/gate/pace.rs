//! Calls in a time: evenly spaced, and endpoints with a least interval of their own.

use cxpulse_core::time::Span;
use expect_test::expect;

use crate::check::{Crowd, NOON, check_gate};

#[test]
fn calls_are_evenly_spaced_a_little_below_the_rate() {
    check_gate(
        "rate=10",
        "ask a; ask b; +53ms; ask b; ask c; +106ms; ask c; +10s; ask d; ask e; +53ms; ask e; ask f",
        &expect![[r#"
            ask a => granted 1 with token 1
            ask b => hold 52 ms: rate_limited
            ask b => granted 2 with token 1
            ask c => hold 102 ms: rate_limited
            ask c => granted 3 with token 1
            ask d => granted 4 with token 1
            ask e => hold 52 ms: rate_limited
            ask e => granted 5 with token 1
            ask f => hold 102 ms: rate_limited
        "#]],
    );
}

#[test]
fn an_endpoint_with_a_least_interval_keeps_it() {
    check_gate(
        "rate=100 poll=10s",
        "ask a kind=poll; ask b kind=poll; +10119ms; ask b kind=poll; +1ms; ask b kind=poll; ask c kind=poll",
        &expect![[r#"
            ask a kind=poll => granted 1 with token 1
            ask b kind=poll => leave 9620 ms: rate_limited
            ask b kind=poll => hold 1 ms: rate_limited
            ask b kind=poll => granted 2 with token 1
            ask c kind=poll => leave 9620 ms: rate_limited
        "#]],
    );
}

#[test]
fn endpoints_wait_for_themselves_alone_but_share_the_rate() {
    check_gate(
        "rate=10 poll=10s",
        "ask a kind=poll; ask b kind=poll; +53ms; ask c; ask d kind=submit; +106ms; ask d kind=submit; look",
        &expect![[r#"
            ask a kind=poll => granted 1 with token 1
            ask b kind=poll => leave 9620 ms: rate_limited
            ask c => granted 2 with token 1
            ask d kind=submit => hold 102 ms: rate_limited
            ask d kind=submit => granted 3 with token 1
            look => 3 of 10, 1 wait
        "#]],
    );
}

#[test]
fn a_rate_is_used_to_the_full_and_no_second_sees_more_than_it_allows() {
    for (rate, callers) in [(1, 20), (3, 60), (10, 100), (50, 500), (200, 1_000)] {
        let mut crowd = Crowd::at(&format!("rate={rate} in_flight=100"));
        (0..callers).for_each(|key| crowd.add(key, Span::ZERO));
        crowd.play();
        let at: Vec<u64> = crowd.served.iter().map(|served| served.at.since(NOON).as_millis()).collect();
        assert_eq!(at.len(), usize::try_from(callers).expect("few"), "all of rate {rate} are served");
        let most = (0..at.len()).map(|first| at[first..].iter().filter(|later| **later < at[first] + 1_000).count());
        assert!(most.max().unwrap_or(0) <= rate + 1, "more than {rate} a second");
        let ideal = callers * 1_000 / u64::try_from(rate).expect("small");
        assert!(at[at.len() - 1] <= ideal * 115 / 100, "rate {rate}: {} ms where {ideal} are ideal", at[at.len() - 1]);
    }
}

#[test]
fn a_thousand_who_are_sent_away_come_back_one_after_the_other() {
    for rate in [10, 50, 400] {
        let mut scene = crate::check::GateScene::open(&format!("rate={rate}"));
        let mut told = std::collections::BTreeMap::new();
        for caller in 0..1_000 {
            let ask = cxpulse_core::gate::Ask {
                caller,
                key: caller,
                kind: None,
                newer_than: None,
                patience: cxpulse_core::gate::CALL_PATIENCE,
                share: cxpulse_core::gate::Share::Whole,
            };
            if let cxpulse_core::gate::Decision::Leave { until, .. } = scene.decide(&ask) {
                *told.entry(until).or_insert(0) += 1;
            }
        }
        assert!(told.len() > 500, "most are sent away");
        let together: Vec<_> = told.iter().filter(|(_, callers)| **callers > 1).collect();
        assert_eq!(together, [], "rate {rate}");
    }
}

#[test]
fn a_thousand_who_wait_for_an_embargo_come_back_one_after_the_other() {
    let mut scene = crate::check::GateScene::open("rate=50");
    scene.play("ask first");
    scene.play("report 1 http 429 after=30");
    let mut told = std::collections::BTreeSet::new();
    for caller in 0..1_000 {
        let ask = cxpulse_core::gate::Ask {
            caller,
            key: caller,
            kind: None,
            newer_than: None,
            patience: cxpulse_core::gate::CALL_PATIENCE,
            share: cxpulse_core::gate::Share::Whole,
        };
        if let cxpulse_core::gate::Decision::Leave { until, .. } = scene.decide(&ask) {
            assert!(until.since(NOON) >= Span::from_secs(30), "nobody is told to come before it ends");
            assert!(told.insert(until), "caller {caller} is told {until}, as another is");
        }
    }
    assert_eq!(told.len(), 1_000);
}
