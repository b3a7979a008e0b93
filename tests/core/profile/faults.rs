//! Every fault that a profile can have, each named by its pointer.

use cxpulse_core::profile::Profile;
use cxpulse_core::validate::PROFILE_BYTES_MAX;
use serde_json::Value;

use super::FULL;

/// What is wrong with [`FULL`] once the value at `pointer` is `value`, or is gone where that is empty.
#[track_caller]
fn check(pointer: &str, value: &str, expected: &[&str]) {
    let mut profile: Value = serde_json::from_str(FULL).expect("JSON");
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = profile.pointer_mut(parent).expect("the parent is there");
    match parent {
        Value::Object(fields) if value.is_empty() => drop(fields.remove(name)),
        Value::Object(fields) => drop(fields.insert(name.to_owned(), serde_json::from_str(value).expect("JSON"))),
        Value::Array(items) => {
            items[name.parse::<usize>().expect("an index")] = serde_json::from_str(value).expect("JSON")
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            unreachable!("{other} has no fields")
        }
    }
    assert_eq!(faults(&profile.to_string()), expected, "{pointer} = {value}");
}

fn faults(text: &str) -> Vec<String> {
    let Err(invalid) = Profile::parse(text) else { return Vec::new() };
    invalid.violations().iter().map(|fault| format!("{} {:?}", fault.pointer, fault.code)).collect()
}

#[test]
fn what_is_missing_is_named() {
    for pointer in [
        "/name",
        "/version",
        "/source",
        "/base",
        "/token",
        "/token/flow",
        "/words",
        "/words/completed",
        "/words/failed",
        "/submit/method",
        "/submit/path",
        "/submit/answer",
        "/poll/answer/status",
        "/lookup/answer/list",
        "/history/answer/list",
        "/history/path",
        "/breaker/mode",
        "/proxy/0/methods",
        "/proxy/0/path",
    ] {
        check(pointer, "", &[&format!("{pointer} Missing")]);
    }
    check("/base/template", "", &["/base/template Missing"]);
    check("/token/url", "", &["/token/path Missing"]);
    check("/submit/answer/id", "", &["/submit/answer/id Missing"]);
    check("/poll/path", r#""/v1/runs""#, &["/poll/path Missing"]);
    check("/cancel/path", r#""/v1/runs""#, &["/cancel/path Missing"]);
    check("/lookup/path", r#""/v1/runs""#, &["/lookup/path Missing"]);
    check("/token", r#"{"flow": "access_key", "path": "/t"}"#, &["/token/encoding Missing"]);
    check(
        "/base",
        r#"{"discovery": {}}"#,
        &["/base/discovery/issuer Missing", "/base/discovery/path Missing", "/base/discovery/pointer Missing"],
    );
    let nothing = r#"{"name": "a", "version": 1, "source": "b", "base": {"template": "https://c.example"}, "token": {"flow": "static"}}"#;
    assert_eq!(faults(nothing), [" Missing"]);
}

#[test]
fn what_there_is_not_is_named() {
    for pointer in [
        "/sauce",
        "/base/host",
        "/token/secret",
        "/submit/url",
        "/submit/answer/list",
        "/poll/answer/page",
        "/cancel/wait",
        "/lookup/answer/words",
        "/history/answer/id",
        "/words/paused",
        "/limits/per_minute",
        "/breaker/percents",
        "/limits/least_interval_seconds/history",
        "/proxy/0/host",
        "/callback/secret",
        "/call_back",
    ] {
        check(pointer, "1", &[&format!("{pointer} UnknownField")]);
    }
    // A field of the other mode, flow or endpoint is none either.
    check("/breaker/failures", "5", &["/breaker/failures UnknownField"]);
    check("/token/encoding", r#""form""#, &["/token/encoding UnknownField"]);
    check("/cancel/answer", r#"{"status": "/status"}"#, &["/cancel/answer/status UnknownField"]);
}

#[test]
fn what_is_of_another_type_is_named() {
    for (pointer, value) in [
        ("/name", "7"),
        ("/version", r#""1""#),
        ("/base", "[]"),
        ("/token", r#""none""#),
        ("/submit", "[]"),
        ("/poll/path", "1"),
        ("/poll/answer", r#""/status""#),
        ("/poll/answer/status", "{}"),
        ("/words", "[]"),
        ("/words/failed", r#""FAILED""#),
        ("/words/failed/0", "1"),
        ("/headers", "[]"),
        ("/headers/X-Api-Version", "5"),
        ("/ids_are_uuids", r#""yes""#),
        ("/limits", "1"),
        ("/limits/in_flight", r#""5""#),
        ("/limits/per_second", "true"),
        ("/breaker", "[]"),
        ("/proxy", "{}"),
        ("/proxy/0", r#""/a""#),
        ("/proxy/0/methods", r#""GET""#),
        ("/proxy/0/cache_seconds", r#""1""#),
        ("/callback_field", "1"),
        ("/callback", "[]"),
        ("/callback/header", "1"),
        ("/not_found_grace_seconds", r#""30""#),
    ] {
        check(pointer, value, &[&format!("{pointer} WrongType")]);
    }
}

#[test]
fn what_is_out_of_range_or_form_is_named() {
    for (pointer, values) in [
        ("/name", vec![r#""""#, r#""Acme""#, r#""a b""#, r#""a_b""#]),
        ("/version", vec!["0", "-1", "1.5", "4294967296"]),
        ("/source", vec![r#""""#, r#""a\nb""#]),
        (
            "/base/template",
            vec![
                r#""http://{organization}.example.com""#,
                r#""https://u@h.example""#,
                r#""https://h.example/""#,
                r#""https://h.example?a""#,
                r#""https://h.example#a""#,
                r#""ftp://h.example""#,
                r#""https://""#,
                r#""https://h..example""#,
                r#""https://{a""#,
                r#""https://h.example:0""#,
                r#""https://h.example:70000""#,
                r#""https://h.example/a/../b""#,
                r#""http://127.0.0.1.example""#,
                r#""https://{Org}.example""#,
                r#""https://h.example\\@evil.example""#,
                r#""http://127.evil.example""#,
            ],
        ),
        ("/token/scope", vec![r#""""#, r#""a  b""#, r#""a\"b""#]),
        ("/token/flow", vec![r#""implicit""#]),
        ("/token/client_authentication", vec![r#""post""#]),
        ("/correlation_header", vec![r#""""#, r#""X Id""#, r#""Authorization""#, r#""x-trace-id""#, r#""X-Id:""#]),
        ("/headers/X-Api-Version", vec![r#""""#, r#"" a""#, r#""a\r\nb""#, r#""ä""#]),
        ("/submit/method", vec![r#""post""#, r#""TRACE""#, r#""CONNECT""#, r#""""#]),
        (
            "/submit/path",
            vec![
                r#""v1/a""#,
                r#""""#,
                r#""/v1/../a""#,
                r#""/v1//a""#,
                r#""/v1/a#b""#,
                r#""/v1/{execution_id}""#,
                r#""/v1/{inputs}""#,
                r#""/v1/{what}""#,
                r#""/v1/{action_id""#,
                r#""/v1/action_id}""#,
                r#""/v1/a?b?c""#,
                r#""/v1/%2e%2E/a""#,
                r#""/v1/a b""#,
                r#""//evil.example""#,
                r#""/v1\\a""#,
                r#""https://evil.example""#,
            ],
        ),
        ("/submit/body/action", vec![r#""{execution_id}""#, r#""{what}""#, r#""{filter}""#]),
        ("/submit/body/...", vec![r#""{action_id}""#, r#""x""#, "1"]),
        ("/submit/answer/id", vec![r#""id""#, r#""/a~2""#, r#""/a~""#]),
        ("/poll/path", vec![r#""/v1/runs/{execution_id}/{inputs}""#]),
        ("/history/path", vec![r#""/v1/{action_id}""#]),
        ("/words/failed", vec!["[]"]),
        ("/words/failed/0", vec![r#""""#, r#"" FAILED""#, r#""FAI\nLED""#]),
        ("/not_found_grace_seconds", vec!["-1", "3601", "1.5"]),
        ("/limits/in_flight", vec!["0", "10001", "1.5"]),
        ("/limits/per_second", vec!["0", "0.0001", "10001", "-1"]),
        ("/limits/least_interval_seconds/poll", vec!["-1", "86401"]),
        ("/limits/slow_seconds", vec!["0", "3601"]),
        ("/breaker/mode", vec![r#""sliding""#]),
        ("/breaker/percent", vec!["0", "101"]),
        ("/breaker/window_seconds", vec!["0", "86401"]),
        ("/breaker/calls_min", vec!["0", "100001"]),
        ("/breaker/open_seconds", vec!["0", "86401"]),
        ("/breaker/probes", vec!["0", "101"]),
        ("/proxy/0/methods", vec!["[]"]),
        ("/proxy/0/methods/0", vec![r#""get""#, r#""TRACE""#]),
        (
            "/proxy/0/path",
            vec![
                r#""users""#,
                r#""/users/../x""#,
                r#""/users//x""#,
                r#""/us*rs""#,
                r#""/**/users""#,
                r#""/users?x""#,
                r#""/us%65rs""#,
                r#""/users/{id}x""#,
                r#""/users/{}""#,
                r#""/users/***""#,
            ],
        ),
        ("/proxy/0/cache_seconds", vec!["0", "86401"]),
        ("/proxy/0/request_bytes_max", vec!["104857601"]),
        ("/proxy/0/answer_bytes_max", vec!["0"]),
        ("/proxy/0/timeout_seconds", vec!["0", "301"]),
    ] {
        for value in values {
            check(pointer, value, &[&format!("{pointer} OutOfRange")]);
        }
    }
    check("/poll/answer", r#"{"means": "NOPE"}"#, &["/poll/answer/means OutOfRange"]);
    check("/headers/Authorization", r#""Bearer x""#, &["/headers/Authorization OutOfRange"]);
    check("/headers/Content-Length", r#""1""#, &["/headers/Content-Length OutOfRange"]);
    check("/headers/transfer-encoding", r#""chunked""#, &["/headers/transfer-encoding OutOfRange"]);
    check("/headers/X Y", r#""1""#, &["/headers/X Y OutOfRange"]);
}

#[test]
fn what_cannot_stand_together_is_named() {
    for (pointer, value, expected) in [
        (
            "/base/discovery",
            r#"{"issuer": "https://a.example", "path": "/b", "pointer": "/c"}"#,
            "/base/discovery Contradiction",
        ),
        ("/token/path", r#""/token""#, "/token/url Contradiction"),
        ("/poll/answer/means", r#""DONE""#, "/poll/answer/means Contradiction"),
        ("/poll/answer/total", "", "/poll/answer/done Contradiction"),
        ("/poll/answer/done", "", "/poll/answer/total Contradiction"),
        ("/poll/body", "{}", "/poll/body Contradiction"),
        ("/words/failed", r#"["done"]"#, "/words/failed/0 Contradiction"),
        ("/words/running", r#"["A", "a"]"#, "/words/running/1 Contradiction"),
        ("/submit/body/context", "1", "/callback_field Contradiction"),
        ("/headers/x-acme-id", r#""1""#, "/headers/x-acme-id Contradiction"),
        ("/proxy/0/methods", r#"["POST"]"#, "/proxy/0/cache_seconds Contradiction"),
        ("/proxy/0/methods", r#"["GET", "GET"]"#, "/proxy/0/methods/1 Contradiction"),
    ] {
        check(pointer, value, &[expected]);
    }
    check("/headers/x-api-version", r#""1""#, &["/headers/x-api-version RepeatedField"]);
    check("/poll", "", &["/cancel Contradiction", "/callback_field Contradiction"]);
    check("/submit", "", &["/lookup Contradiction", "/callback_field Contradiction"]);
    let twice = FULL.replacen(r#""action": "{action_id}""#, r#""action": "{action_id}", "action": 1"#, 1);
    assert_eq!(faults(&twice), ["/submit/body/action RepeatedField"]);
    let twice = FULL.replacen(r#""version": 3"#, r#""version": 3, "version": 4"#, 1);
    assert_eq!(faults(&twice), ["/version RepeatedField"]);
}

#[test]
fn every_fault_is_named_not_the_first() {
    let text = r#"{"name": "A", "version": 0, "base": {}, "token": {"flow": "access_key"}, "submit": {"path": "x"}, "limits": {"in_flight": 0},
        "words": {"failed": []}, "more": 1}"#;
    let expected = [
        "/name OutOfRange",
        "/version OutOfRange",
        "/source Missing",
        "/base/template Missing",
        "/token/path Missing",
        "/token/encoding Missing",
        "/submit/method Missing",
        "/submit/path OutOfRange",
        "/submit/answer Missing",
        "/words/completed Missing",
        "/words/failed OutOfRange",
        "/limits/in_flight OutOfRange",
        "/more UnknownField",
    ];
    assert_eq!(faults(text), expected);
    assert_eq!(faults("[]"), [" WrongType"]);
    assert_eq!(faults(""), [" NotJson"]);
    assert_eq!(faults(&"[".repeat(100)), [" TooDeep"]);
}

#[test]
fn a_profile_at_the_size_limit_is_read_and_one_byte_more_is_not() {
    let padded = |bytes: usize| format!("{FULL}{}", " ".repeat(bytes - FULL.len()));
    assert_eq!(faults(&padded(PROFILE_BYTES_MAX)), [""; 0]);
    assert_eq!(faults(&padded(PROFILE_BYTES_MAX + 1)), [" OutOfRange"]);
}

#[test]
fn lists_at_their_limits_are_read_and_one_more_is_not() {
    let list = |count: usize, item: &dyn Fn(usize) -> String| {
        format!("[{}]", (0..count).map(item).collect::<Vec<_>>().join(","))
    };
    let words = |count| list(count, &|index| format!(r#""W{index}""#));
    check("/words/running", &words(32), &[]);
    check("/words/running", &words(33), &["/words/running OutOfRange"]);
    let rules = |count| list(count, &|_| r#"{"methods": ["GET"], "path": "/a"}"#.to_owned());
    check("/proxy", &rules(64), &[]);
    check("/proxy", &rules(65), &["/proxy OutOfRange"]);
    let headers =
        |count: usize| format!("{{{}}}", (0..count).map(|i| format!(r#""X-{i}": "1""#)).collect::<Vec<_>>().join(","));
    check("/headers", &headers(32), &[]);
    check("/headers", &headers(33), &["/headers OutOfRange"]);
}
