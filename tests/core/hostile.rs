//! Texts that are meant to hurt: JSON that two readers take differently, and noise in every parser that reads from outside.

use cxpulse_core::call::read_callback;
use cxpulse_core::json::Json;
use cxpulse_core::json::sound::{Flaw, flaws};
use cxpulse_core::origin::{Origins, parse_ancestors};
use cxpulse_core::profile::{BUILT_IN, Profile};
use cxpulse_core::redaction::Redactor;
use cxpulse_core::time::Timestamp;
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::{
    Code, parse_execution, parse_keys, parse_profile, parse_tenants, parse_token, parse_variables,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn flaws_are_found_wherever_they_are() {
    check(
        r#"{"a": 1, "b": {"a": 2, "c": [1, {"x": 1, "x": 2}], "c": 3}, "\u0061": 4}"#,
        &expect!["/b/c/1/x Repeated, /b/c Repeated, /a Repeated"],
    );
    check(
        r#"[{"a/b": 1, "a~b": 1, "a/b": 2}, "\ud800", "\udc00", "\ud83d\ude00"]"#,
        &expect!["/0/a~1b Repeated, /1 Unpaired, /2 Unpaired"],
    );
    check(
        r#"["\ud800\ud800", "\ud800x\udc00", "\ud800\\udc00", "\ud800\n", "\\ud800", "\\\ud800"]"#,
        &expect!["/0 Unpaired, /1 Unpaired, /2 Unpaired, /3 Unpaired, /5 Unpaired"],
    );
    check(
        r#"{"\ud800": 1, "\u0000": 2, "ok": "a\u0000b", "fine": "\\u0000"}"#,
        &expect!["/\\ud800 Unpaired, /\u{0} Nul, /ok Nul"],
    );
    check(r#"{"a": "{\"a\": 1, \"a\": 2}", "b": "],[\\", "c": "}"}"#, &expect!["none"]);
    check(r#"{"a": [], "b": {}, "c": [[1, 2], [3, {"a": 1}]], "d": {"a": {"a": {"a": 1}}}}"#, &expect!["none"]);
    check("\"\\u0000\"", &expect![" Nul"]);
}

#[test]
fn as_many_flaws_are_told_as_asked_for() {
    let text = format!("[{}]", vec![r#""\u0000""#; 150].join(","));
    assert_eq!(flaws(&text, 100).len(), 100);
}

#[test]
fn a_body_with_a_flaw_is_refused_with_its_place_also_in_what_is_not_ours() {
    let refused = |body: &str| {
        let invalid = parse_execution(body).expect_err("it is refused");
        invalid.violations().iter().map(|one| (one.pointer.clone(), one.code)).collect::<Vec<_>>()
    };
    let inputs = |inputs: &str| format!(r#"{{"start": {{"action_id": "a", "inputs": {inputs}}}}}"#);
    assert_eq!(refused(&inputs(r#"{"x": {"y": 1, "y": 2}}"#)), [("/start/inputs/x/y".into(), Code::RepeatedField)]);
    assert_eq!(refused(&inputs(r#"{"x": "\udead"}"#)), [("/start/inputs/x".into(), Code::OutOfRange)]);
    assert_eq!(refused(&inputs(r#"{"x": ["", "\u0000"]}"#)), [("/start/inputs/x/1".into(), Code::OutOfRange)]);
}

#[test]
fn numbers_past_two_to_the_53_are_kept_where_they_are_data_and_refused_where_they_are_ours() {
    let body =
        r#"{"start": {"action_id": "a", "inputs": {"n": 9007199254740993, "m": -1e400, "o": 0.1000000000000000055}}}"#;
    let request = parse_execution(body).map(|request| format!("{:?}", request.door)).unwrap_or_default();
    for digits in ["9007199254740993", "-1e400", "0.1000000000000000055"] {
        assert!(request.contains(digits), "{digits} in {request}");
    }
    for ours in ["9007199254740993", "1e400", "-1e400", "18446744073709551617"] {
        for field in [format!(r#""timeout_seconds": {ours}"#), format!(r#""backoff": {{"max_attempts": {ours}}}"#)] {
            let body = format!(r#"{{"start": {{"action_id": "a"}}, {field}}}"#);
            assert!(parse_execution(&body).is_err(), "{body}");
        }
    }
}

proptest! {
    #[test]
    fn noise_never_panics(text in ".{0,400}") {
        read_everywhere(&text);
    }

    #[test]
    fn bytes_that_are_made_text_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_everywhere(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn json_that_is_broken_somewhere_never_panics(seed in 0..SEEDS.len(), at: prop::sample::Index, with in "[\\x00-\\x7f]{0,4}", cut in 0_usize..8) {
        let seed = SEEDS.get(seed).copied().unwrap_or_default();
        let from = at.index(seed.len());
        let until = (from + cut).min(seed.len());
        let broken = format!("{}{with}{}", seed.get(..from).unwrap_or_default(), seed.get(until..).unwrap_or_default());
        read_everywhere(&broken);
    }

    #[test]
    fn what_two_readers_take_alike_has_no_flaw_and_reads_back(value in json()) {
        let text = value.to_string();
        prop_assert_eq!(flaws(&text, 10), vec![]);
        let kept = Json::parse(&text).map(|json| json.as_str().to_owned());
        prop_assert_eq!(kept, Ok(text));
    }

    #[test]
    fn a_name_that_is_there_twice_is_always_found(value in json(), name in "[a-z/~\"\\\\]{1,6}") {
        let quoted = Value::String(name).to_string();
        let text = format!("{{\"deep\": [{value}, {{{quoted}: {value}, {quoted}: 1}}]}}");
        let found = flaws(&text, 10);
        prop_assert_eq!(found.iter().map(|(_, flaw)| *flaw).collect::<Vec<_>>(), [Flaw::Repeated]);
        let document: Value = serde_json::from_str(&text).expect("it is JSON");
        let place = found.first().map(|(pointer, _)| pointer.as_str()).unwrap_or_default();
        prop_assert_eq!(document.pointer(place), Some(&Value::from(1)), "{} leads to the last of both", place);
    }
}

/// Every parser of the core that reads what others have written.
fn read_everywhere(text: &str) {
    let _ = parse_execution(text);
    let _ = parse_token(text);
    let _ = parse_tenants(text);
    let _ = parse_variables(text);
    let _ = parse_keys(text);
    let _ = parse_profile(text);
    let _ = Json::parse(text).map(|json| json.canonical());
    let _ = flaws(text, 10);
    let _ = Origins::parse(text);
    let _ = parse_ancestors(text);
    let _ = TraceContext::parse(text, Some(text));
    let _ = Timestamp::parse_rfc3339(text);
    let _ = Timestamp::parse_http_date(text);
    for (_, profile) in BUILT_IN {
        if let Ok(profile) = Profile::parse(profile) {
            let _ = read_callback(&profile, text, &Redactor::default());
        }
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[^\\x00]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[^\\x00]{0,6}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn check(text: &str, expected: &Expect) {
    assert!(Json::parse(text).is_ok(), "the grammar lets it through: {text}");
    let found = flaws(text, 100);
    let rows = found.iter().map(|(pointer, flaw)| format!("{pointer} {flaw:?}")).collect::<Vec<_>>().join(", ");
    expected.assert_eq(if rows.is_empty() { "none" } else { &rows });
}

const SEEDS: [&str; 4] = [
    r#"{"start": {"action_id": "sim-fast", "inputs": {"a": [1, "\ud83d\ude00", {"b": null}]}}, "tags": ["crm"], "timeout_seconds": 45, "backoff": {"jitter": "full", "by_failure": {"transient": {"base_seconds": 1}}}, "notify": {"url": "https://hooks.example/x", "events": ["completed"]}}"#,
    r#"{"resources": ["exe_0123456789abcdef0123456789abcdef"], "verbs": ["read", "cancel"], "ttl_seconds": 3600, "tenant": "acme"}"#,
    r#"[{"name": "crm", "scopes": ["execute", "read"], "key": "0123456789abcdef", "not_before": "2026-01-01T00:00:00Z", "per_minute": 60}]"#,
    r#"{"acme": {"profile": "dx-actions", "client_secret": {"binding": "ACME"}, "api_keys": [{"sha256": "00"}], "variables": {"a": "b"}}}"#,
];
