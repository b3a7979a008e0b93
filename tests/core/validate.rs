//! Requests: every violation with its pointer, limits at and one past.

use cxpulse_core::validate::{TAGS_MAX, VIOLATIONS_MAX, parse_execution};
use expect_test::expect;
use proptest::prelude::*;

use crate::check::check_body;

#[test]
fn what_is_not_an_object_is_refused_as_a_whole() {
    check_body("", &expect![[r#""" NotJson EOF while parsing a value at line 1 column 0"#]]);
    check_body("[]", &expect![[r#""" WrongType must be an object"#]]);
    check_body("{\"start\":", &expect![[r#""" NotJson EOF while parsing a value at line 1 column 9"#]]);
    check_body(&"[".repeat(65), &expect![[r#""" TooDeep nested deeper than 64 levels"#]]);
}

#[test]
fn exactly_one_door_is_to_be_named() {
    check_body("{}", &expect![[r#""/start" Missing is required, unless there is watch: give exactly one of them"#]]);
    check_body(
        r#"{"start": null, "watch": null}"#,
        &expect![[r#""/start" Missing is required, unless there is watch: give exactly one of them"#]],
    );
    check_body(
        r#"{"start": {"action_id": "a"}, "watch": {"execution_id": "x"}}"#,
        &expect![[r#""/watch" Contradiction cannot stand beside start: give exactly one of them"#]],
    );
}

#[test]
fn every_violation_is_named_not_the_first() {
    check_body(
        r#"{"start": {"action_id": "../x", "inputs": [], "extra": 1}, "tenant": "A", "timeout_seconds": "45",
        "policy": "loose", "tags": ["ok", "", 7], "callback": 1, "colour": "red", "a/b": 1,
        "backoff": {"multiplier": 11, "max_attempts": 1.5, "jitter": "none", "min_seconds": 50},
        "cache": {"ttl_seconds": 0}, "notify": {"events": ["ended"]}}"#,
        &expect![[r#"
            "/start/action_id" OutOfRange must be 1 to 128 letters, digits or any of . _ ~ : -
            "/start/inputs" WrongType must be an object
            "/start/extra" UnknownField is not a field of this object
            "/tenant" OutOfRange must be 1 to 64 lower-case letters, digits or inner hyphens
            "/timeout_seconds" WrongType must be a number
            "/policy" OutOfRange must be one of lenient, strict
            "/tags/1" OutOfRange must be 1 to 64 characters without control characters
            "/tags/2" WrongType must be a string
            "/backoff/multiplier" OutOfRange must be 1 to 10
            "/backoff/jitter" OutOfRange must be one of proportional, full, equal, decorrelated
            "/backoff/min_seconds" Contradiction cannot be more than max_seconds
            "/backoff/max_attempts" OutOfRange must be a whole number, 1 to 10000
            "/cache/ttl_seconds" OutOfRange must be 1 to 86400
            "/notify/url" Missing is required
            "/notify/events/0" OutOfRange must be one of status_changed, retried, anomaly, completed, failed, timed_out, canceled
            "/callback" WrongType must be true or false
            "/colour" UnknownField is not a field of this object
            "/a~1b" UnknownField is not a field of this object"#]],
    );
}

#[test]
fn a_field_twice_is_a_violation() {
    check_body(
        r#"{"start": {"action_id": "a"}, "tenant": "a", "tenant": "b"}"#,
        &expect![[r#""/tenant" RepeatedField appears more than once"#]],
    );
}

#[test]
fn destinations_are_web_addresses() {
    for url in ["ftp://x", "https://", "https:///x", "javascript:alert(1)", "https://x y", "//x"] {
        let body = format!(r#"{{"start": {{"action_id": "a"}}, "notify": {{"url": "{url}"}}}}"#);
        check_body(&body, &expect![[r#""/notify/url" OutOfRange must be an https URL of at most 2048 characters"#]]);
    }
}

#[test]
fn numbers_are_admitted_at_their_limits_and_not_past_them() {
    let rows = [
        ("timeout_seconds", "5", true),
        ("timeout_seconds", "4.999", false),
        ("timeout_seconds", "2592000", true),
        ("timeout_seconds", "2592001", false),
        ("timeout_seconds", "1e999", false),
        ("timeout_seconds", "-5", false),
    ];
    for (field, value, is_good) in rows {
        let body = format!(r#"{{"start": {{"action_id": "a"}}, "{field}": {value}}}"#);
        assert_eq!(parse_execution(&body).is_ok(), is_good, "{field} {value}");
    }
    let rows = [
        ("max_attempts", "1", true),
        ("max_attempts", "0", false),
        ("max_attempts", "10000", true),
        ("max_attempts", "10001", false),
        ("multiplier", "1", true),
        ("multiplier", "0.99", false),
        ("multiplier", "10", true),
        ("multiplier", "10.01", false),
        ("jitter_factor", "1", true),
        ("jitter_factor", "1.01", false),
        ("max_seconds", "86400", true),
        ("max_seconds", "86401", false),
        ("base_seconds", "0", false),
        ("base_seconds", "45", true),
        ("base_seconds", "46", false),
        ("min_seconds", "0", true),
    ];
    for (field, value, is_good) in rows {
        let body = format!(r#"{{"start": {{"action_id": "a"}}, "backoff": {{"{field}": {value}}}}}"#);
        assert_eq!(parse_execution(&body).is_ok(), is_good, "{field} {value}");
    }
}

#[test]
fn tags_are_admitted_up_to_their_limit_and_violations_are_listed_up_to_theirs() {
    let tags =
        |count: usize| format!(r#"{{"start": {{"action_id": "a"}}, "tags": [{}]}}"#, vec!["\"t\""; count].join(","));
    assert!(parse_execution(&tags(TAGS_MAX)).is_ok() && parse_execution(&tags(TAGS_MAX + 1)).is_err());
    let unknown: Vec<String> = (0..VIOLATIONS_MAX + 1).map(|n| format!("\"u{n}\": 1")).collect();
    let invalid = parse_execution(&format!("{{{}}}", unknown.join(","))).expect_err("unknown fields");
    assert_eq!(invalid.violations().len(), VIOLATIONS_MAX);
}

proptest! {
    #[test]
    fn no_body_is_a_panic_and_a_refusal_has_a_reason(body in "[\\[\\]{}\",:a0. -]{0,60}") {
        if let Err(invalid) = parse_execution(&body) {
            prop_assert!(!invalid.violations().is_empty());
        }
    }

    #[test]
    fn a_stored_request_is_read_back_as_it_was(multiplier in 1.0..=10.0, factor in 0.0..=1.0) {
        let body = format!(r#"{{"start": {{"action_id": "a"}}, "backoff": {{"multiplier": {multiplier}, "jitter_factor": {factor}}}}}"#);
        let backoff = parse_execution(&body).expect("well formed").backoff;
        let stored = serde_json::to_string(&backoff).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<cxpulse_core::backoff::Backoff>(&stored).ok(), Some(backoff));
    }
}
