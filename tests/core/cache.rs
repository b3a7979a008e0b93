//! The result cache: what is found, how fresh, and what has to go.

use cxpulse_core::cache::{Asking, CACHE_MAX, Cache, CacheKey, Found};
use cxpulse_core::id::{ActionId, TenantId};
use cxpulse_core::json::Json;
use cxpulse_core::time::{Span, Timestamp};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::check::{CACHED, NOON, START, WATCH, order, parse_span};

/// Plays `+5s`, `store KEY TTL`, `look KEY TTL`, and `again KEY TTL` for one who was told of what was stored last, one a
/// line.
#[track_caller]
fn check(story: &str, expect: &Expect) {
    let (mut cache, mut now, mut known_since) = (Cache::default(), NOON, None);
    let mut lines = String::new();
    for happening in story.split("; ") {
        let mut words = happening.split(' ');
        let (verb, name, ttl) = (words.next().unwrap_or_default(), words.next(), words.next());
        let ttl = ttl.map(parse_span).unwrap_or_default();
        let result = match (verb, name) {
            ("store", Some(name)) => format!("{} kept", cache.store(key(name), ttl, now).map_or(cache.len(), |_| 0)),
            ("look", Some(name)) => {
                let found = cache.look_up(key(name), ttl, Asking::First, now);
                known_since = found.map(|found| found.stored_at);
                told(found, now)
            }
            ("again", Some(name)) => told(cache.look_up(key(name), ttl, Asking::Again(known_since), now), now),
            ("back", _) => {
                now = now.minus(Span::from_secs(3_600));
                continue;
            }
            _ => {
                now = now.plus(parse_span(verb.trim_start_matches('+')));
                continue;
            }
        };
        lines += &format!("{happening} => {result}\n");
    }
    let (hits, misses) = cache.hits_and_misses();
    expect.assert_eq(&format!("{lines}{hits} hits, {misses} misses\n"));
}

fn told(found: Option<Found>, now: Timestamp) -> String {
    match found {
        None => "nothing".to_owned(),
        Some(found) if found.is_fresh => "fresh".to_owned(),
        Some(found) => format!("old, of {:.3} s ago", now.since(found.stored_at).as_secs_f64()),
    }
}

#[test]
fn who_waits_and_asks_again_counts_once_and_is_told_only_what_is_new() {
    check(
        "look a 9s; again a 9s; again a 9s; store a 5s; +6s; again a 9s; look a 9s; again a 9s; again a 9s; store a 5s; again a 9s; +5s; again a 9s",
        &expect![[r#"
            look a 9s => nothing
            again a 9s => nothing
            again a 9s => nothing
            store a 5s => 1 kept
            again a 9s => old, of 6.000 s ago
            look a 9s => old, of 6.000 s ago
            again a 9s => nothing
            again a 9s => nothing
            store a 5s => 1 kept
            again a 9s => fresh
            again a 9s => old, of 5.000 s ago
            1 hits, 2 misses
        "#]],
    );
}

#[test]
fn a_result_is_fresh_for_as_long_as_both_allow() {
    check(
        "look a 300s; store a 300s; look a 300s; look a 1s; +1s; look a 1s; look a 2s; +298999ms; look a 300s; +1ms; look a 300s; look a 9000s; look b 300s",
        &expect![[r#"
            look a 300s => nothing
            store a 300s => 1 kept
            look a 300s => fresh
            look a 1s => fresh
            look a 1s => old, of 1.000 s ago
            look a 2s => fresh
            look a 300s => fresh
            look a 300s => old, of 300.000 s ago
            look a 9000s => old, of 300.000 s ago
            look b 300s => nothing
            4 hits, 5 misses
        "#]],
    );
}

#[test]
fn a_newer_result_takes_the_place_of_the_old_one() {
    check(
        "store a 10s; +11s; look a 300s; store a 10s; look a 300s; +10s; look a 300s",
        &expect![[r#"
        store a 10s => 1 kept
        look a 300s => old, of 11.000 s ago
        store a 10s => 1 kept
        look a 300s => fresh
        look a 300s => old, of 10.000 s ago
        1 hits, 2 misses
    "#]],
    );
}

#[test]
fn a_clock_set_back_makes_nothing_fresher() {
    check(
        "store a 300s; back; look a 300s; store a 300s; look a 300s",
        &expect![[r#"
        store a 300s => 1 kept
        look a 300s => old, of 0.000 s ago
        store a 300s => 1 kept
        look a 300s => fresh
        1 hits, 1 misses
    "#]],
    );
}

#[test]
fn it_keeps_as_many_as_it_may_and_then_the_least_recently_used_goes() {
    let mut cache = Cache::default();
    for number in 0..CACHE_MAX {
        assert_eq!(cache.store(key(&number.to_string()), Span::from_secs(300), NOON), None);
    }
    assert_eq!(cache.len(), 1_024);
    assert!(cache.look_up(key("0"), Span::from_secs(300), Asking::First, NOON).is_some());
    assert_eq!(cache.store(key("one more"), Span::from_secs(300), NOON), Some(key("1")));
    assert_eq!(cache.store(key("2"), Span::from_secs(300), NOON), None, "stored again, it takes no more room");
    assert_eq!(cache.store(key("yet one more"), Span::from_secs(300), NOON), Some(key("3")));
    assert_eq!(cache.len(), CACHE_MAX);
}

#[test]
fn a_key_is_of_tenant_profile_action_inputs_and_context() {
    let in_context = |tenant: &str, profile: &str, action: &str, inputs: &str, context: &str| {
        let tenant = TenantId::parse(tenant).expect("a tenant");
        let action = ActionId::parse(action).expect("an action");
        let json = |text| Json::parse(text).expect("JSON");
        CacheKey::of(&tenant, profile, &action, &json(inputs), &json(context))
    };
    let key =
        |tenant: &str, profile: &str, action: &str, inputs: &str| in_context(tenant, profile, action, inputs, " { } ");
    let one = key("default", "dataactions", "act", r#"{"a": 1, "b": [2]}"#);
    assert_eq!(key("default", "dataactions", "act", r#"{"b":[2.0],"a":1e0}"#), one);
    let others = [
        key("other", "dataactions", "act", r#"{"a": 1, "b": [2]}"#),
        key("default", "dx-actions", "act", r#"{"a": 1, "b": [2]}"#),
        key("default", "dataactions", "act2", r#"{"a": 1, "b": [2]}"#),
        key("default", "dataactions", "act", r#"{"a": 1, "b": [3]}"#),
        key("default", "dataactionsa", "ct", r#"{"a": 1, "b": [2]}"#),
        key("default", "dataaction", "sact", r#"{"a": 1, "b": [2]}"#),
    ];
    assert!(!others.contains(&one));
    let within = |context: &str| in_context("default", "dataactions", "act", r#"{"a": 1, "b": [2]}"#, context);
    let voice = within(r#"{"channel": "VOICE", "n": 1}"#);
    assert_eq!(within(r#"{"n":1.0,"channel":"VOICE"}"#), voice);
    let elsewhere = [within("{}"), within(r#"{"channel": "API", "n": 1}"#), within(r#"{"channel": "VOICE"}"#)];
    assert!(elsewhere[0] == one && !elsewhere.contains(&voice) && elsewhere[1] != elsewhere[2]);
    expect!["acfc3fb1bf3fde1cf74a1472e31ca70518cce2650669de7db7a0e086e7d05e59"].assert_eq(&one.to_string());
}

#[test]
fn only_an_order_that_starts_something_and_allows_it_has_a_key() {
    assert!(CacheKey::of_order(&order(CACHED)).is_some());
    assert_eq!(CacheKey::of_order(&order(START)), None);
    assert_eq!(CacheKey::of_order(&order(WATCH)), None);
}

#[test]
fn a_key_is_read_from_its_own_text_only() {
    let one = key("a");
    assert_eq!(CacheKey::parse(&one.to_string()), Some(one));
    let text = serde_json::to_string(&one).expect("JSON");
    assert_eq!(serde_json::from_str::<CacheKey>(&text).ok(), Some(one));
    let digits = one.to_string();
    for wrong in [
        String::new(),
        digits[1..].to_owned(),
        format!("{digits}0"),
        format!("+{}", &digits[1..]),
        "g".repeat(64),
        "ä".repeat(32),
    ] {
        assert_eq!(CacheKey::parse(&wrong), None, "{wrong}");
        assert!(serde_json::from_str::<CacheKey>(&format!("{wrong:?}")).is_err());
    }
}

proptest! {
    /// Against a list that does the same the plain way.
    #[test]
    fn it_is_a_list_by_use(happenings in prop::collection::vec((any::<bool>(), 0_u64..1_500, 0_u64..400), 1..3_000)) {
        let (mut cache, mut list) = (Cache::default(), Vec::<(CacheKey, Timestamp)>::new());
        for (index, (is_store, number, ttl)) in happenings.into_iter().enumerate() {
            let now = NOON.plus(Span::from_secs(u64::try_from(index).unwrap_or(0)));
            let (key, ttl) = (key(&number.to_string()), Span::from_secs(ttl));
            let place = list.iter().position(|(known, _)| *known == key);
            let known = place.map(|place| list.remove(place));
            if is_store {
                list.push((key, now));
                let expected = (list.len() > CACHE_MAX).then(|| list.remove(0).0);
                prop_assert_eq!(cache.store(key, ttl, now), expected);
            } else {
                list.extend(known);
                let found = cache.look_up(key, ttl, Asking::First, now);
                prop_assert_eq!(found.map(|found| found.stored_at), known.map(|(_, at)| at));
            }
            prop_assert!(cache.len() <= CACHE_MAX && cache.len() == list.len());
        }
    }
}

fn key(name: &str) -> CacheKey {
    let tenant = TenantId::parse("default").expect("a tenant");
    let action = ActionId::parse("sim-fast").expect("an action");
    let json = |value: serde_json::Value| Json::from_value(&value).expect("JSON");
    CacheKey::of(&tenant, "dataactions", &action, &json(name.into()), &json(serde_json::json!({})))
}
