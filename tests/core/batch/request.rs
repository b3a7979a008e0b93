//! Requests for a batch: every violation of every item with its pointer, as one object and as lines.

use cxpulse_core::batch::ITEMS_MAX;
use cxpulse_core::json::{FIELDS_MAX, Json};
use cxpulse_core::redaction::{Rules, conceal_batch};
use cxpulse_core::validate::{
    BODY_MAX, BatchRequest, CONTEXT_MAX, Invalid, check_batch_against_profile, parse_batch, parse_batch_lines,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::check::{profile, violations};

#[test]
fn the_least_that_can_be_said_has_the_defaults() {
    let request = parse_batch(r#"{"action_id": "sim-fast", "payloads": [{"id": "a"}]}"#).expect("it is enough");
    expect![[r#"10 4 Span(3600000) Span(604800000) None None default false "{}" true"#]].assert_eq(&format!(
        "{} {} {:?} {:?} {:?} {:?} {} {} {:?} {}",
        request.chunk_size,
        request.max_parallel,
        request.item_timeout,
        request.timeout,
        request.tolerate,
        request.refused,
        request.tenant,
        request.is_tenant_named,
        request.items[0].inputs.as_str(),
        request.callback,
    ));
}

#[test]
fn a_batch_without_items_is_none() {
    for body in
        ["", "[]", "{}", r#"{"payloads": null}"#, r#"{"payloads": {}}"#, r#"{"action_id": "a", "payloads": []}"#]
    {
        assert!(parse_batch(body).is_err(), "{body}");
    }
    check(
        r#"{}"#,
        &expect![[r#"
        "/payloads" Missing is required
        "/action_id" Missing is required"#]],
    );
    check(r#"{"action_id": "a", "payloads": []}"#, &expect![[r#""/payloads" OutOfRange must have 1 to 10000 items"#]]);
    check(r#"{"action_id": "a", "payloads": {"id": "a"}}"#, &expect![[r#""/payloads" WrongType must be a list"#]]);
    check_lines("", &expect![[r#""" NotJson EOF while parsing a value at line 1 column 0"#]]);
    check_lines("{\"action_id\": \"a\"}\n\n", &expect![[r#""/payloads" OutOfRange must have 1 to 10000 items"#]]);
}

#[test]
fn every_fault_of_the_batch_is_named() {
    check(
        r#"{"action_id": "../x", "chunk_size": 0, "max_parallel": 201, "item_timeout_seconds": 4, "timeout_seconds": "9",
        "tolerate": {"failed": 1, "failed_percent": 101, "all": true}, "accept_valid": 1, "tenant": "A", "policy": "loose",
        "context": [], "tags": [""], "backoff": {"multiplier": 11}, "cache": {"ttl_seconds": 0}, "callback": "no",
        "notify": {"events": ["started", "status_changed"]}, "correlation_id": "k", "start": {}, "payloads": [{"id": "a"}]}"#,
        &expect![[r#"
            "/action_id" OutOfRange must be 1 to 128 letters, digits or any of . _ ~ : -
            "/context" WrongType must be an object
            "/item_timeout_seconds" OutOfRange must be 5 to 2592000
            "/timeout_seconds" WrongType must be a number
            "/tenant" OutOfRange must be 1 to 64 lower-case letters, digits or inner hyphens
            "/chunk_size" OutOfRange must be a whole number, 1 to 1000
            "/max_parallel" OutOfRange must be a whole number, 1 to 200
            "/tolerate/failed_percent" OutOfRange must be a whole number, 0 to 100
            "/tolerate/failed_percent" Contradiction cannot stand beside failed: give exactly one of them
            "/tolerate/all" UnknownField is not a field of this object
            "/accept_valid" WrongType must be true or false
            "/policy" OutOfRange must be one of lenient, strict
            "/tags/0" OutOfRange must be 1 to 64 characters without control characters
            "/backoff/multiplier" OutOfRange must be 1 to 10
            "/cache/ttl_seconds" OutOfRange must be 1 to 86400
            "/notify/url" Missing is required
            "/notify/events/1" OutOfRange must be one of started, completed, failed, timed_out, canceled
            "/callback" WrongType must be true or false
            "/correlation_id" UnknownField is not a field of this object
            "/start" UnknownField is not a field of this object"#]],
    );
}

#[test]
fn every_fault_of_every_item_is_named() {
    check(
        r#"{"action_id": "a", "payloads": [{"id": "a"}, {}, 7, {"id": "a", "inputs": []}, {"id": "", "extra": 1},
        {"id": "b", "correlation_id": "a b", "context": "c"}, {"id": "c", "inputs": {"x": "\u0000"}, "id": "d"}]}"#,
        &expect![[r#"
            "/payloads/1/id" Missing is required
            "/payloads/2" WrongType must be an object
            "/payloads/3/inputs" WrongType must be an object
            "/payloads/3/id" RepeatedField is the id of /payloads/0 already
            "/payloads/4/id" OutOfRange must be 1 to 128 characters without control characters
            "/payloads/4/extra" UnknownField is not a field of this object
            "/payloads/5/context" WrongType must be an object
            "/payloads/5/correlation_id" OutOfRange must be 1 to 128 visible ASCII characters
            "/payloads/6/inputs/x" OutOfRange has the character U+0000
            "/payloads/6/id" RepeatedField appears more than once"#]],
    );
}

#[test]
fn two_items_have_no_name_in_common() {
    // By its correlation id an item is looked for on CXone after a lost answer: of two with one, neither is taken for it.
    check(
        r#"{"action_id": "a", "payloads": [{"id": "a", "correlation_id": "k"}, {"id": "b", "correlation_id": "l"},
        {"id": "c", "correlation_id": "k"}, {"id": "b", "correlation_id": "l"}]}"#,
        &expect![[r#"
            "/payloads/2/correlation_id" RepeatedField is the correlation id of /payloads/0 already
            "/payloads/3/id" RepeatedField is the id of /payloads/1 already
            "/payloads/3/correlation_id" RepeatedField is the correlation id of /payloads/1 already"#]],
    );
    // One that has another fault is to be mended, so that its name counts; one that is left out has none.
    let faulty = r#"{"id": "a", "inputs": 7}, {"id": "a"}"#;
    check(
        &format!(r#"{{"action_id": "a", "payloads": [{faulty}]}}"#),
        &expect![[r#"
            "/payloads/0/inputs" WrongType must be an object
            "/payloads/1/id" RepeatedField is the id of /payloads/0 already"#]],
    );
    let request = parse_batch(&format!(r#"{{"action_id": "a", "accept_valid": true, "payloads": [{faulty}]}}"#));
    assert_eq!(request.expect("one is left").places, [1]);
}

#[test]
fn names_that_repeat_are_told_wherever_they_are() {
    check(
        r#"{"action_id": "a", "action_id": "b", "tags": [], "payloads": [{"id": "a"}]}"#,
        &expect![[r#""/action_id" RepeatedField appears more than once"#]],
    );
    check(
        r#"{"action_id": "a", "payloads": [{"id": "a"}], "payloads": [{"id": "b"}]}"#,
        &expect![[r#""/payloads" RepeatedField appears more than once"#]],
    );
    check(
        r#"{"action_id": "a", "context": {"x": 1, "x": 2}, "payloads": [{"id": "a"}]}"#,
        &expect![[r#""/context/x" RepeatedField appears more than once"#]],
    );
}

#[test]
fn with_accept_valid_bad_items_are_left_out_and_told() {
    let body = r#"{"action_id": "a", "accept_valid": true, "payloads": [{"id": "a"}, {"id": ""}, {"id": "b"}, {"id": "a"}, 7]}"#;
    let request = parse_batch(body).expect("two of them are items");
    let ids: Vec<&str> = request.items.iter().map(|item| item.id.as_str()).collect();
    assert_eq!((ids, request.places.clone()), (vec!["a", "b"], vec![0, 2]));
    expect![[r#"{"count":3,"items":[{"index":1,"violations":[{"pointer":"/payloads/1/id","code":"out_of_range","message":"must be 1 to 128 characters without control characters"}]},{"index":3,"violations":[{"pointer":"/payloads/3/id","code":"repeated_field","message":"is the id of /payloads/0 already"}]},{"index":4,"violations":[{"pointer":"/payloads/4","code":"wrong_type","message":"must be an object"}]}]}"#]].assert_eq(&serde_json::to_string(&request.refused).expect("JSON"));
    let none = r#"{"action_id": "a", "accept_valid": true, "payloads": [{"id": ""}, 7]}"#;
    check(
        none,
        &expect![[r#"
        "/payloads/0/id" OutOfRange must be 1 to 128 characters without control characters
        "/payloads/1" WrongType must be an object"#]],
    );
    check(
        &body.replace("\"action_id\": \"a\", ", ""),
        &expect![[r#"
        "/action_id" Missing is required
        "/payloads/1/id" OutOfRange must be 1 to 128 characters without control characters
        "/payloads/3/id" RepeatedField is the id of /payloads/0 already
        "/payloads/4" WrongType must be an object"#]],
    );
}

#[test]
fn lines_say_the_same_as_one_object() {
    let head = r#"{"action_id": "a", "max_parallel": 7}"#;
    let lines = format!("{head}\r\n{{\"id\": \"a\", \"inputs\": {{\"n\": 1}}}}\n\n{{\"id\": \"b\"}}");
    let object = r#"{"action_id": "a", "max_parallel": 7, "payloads": [{"id": "a", "inputs": {"n": 1}}, {"id": "b"}]}"#;
    assert_eq!(parse_batch_lines(&lines), parse_batch(object));
    check_lines(
        &format!("{head}\n{{\"id\": \"a\"}}\nnot json\n{{\"id\": \"a\"}}\n[]"),
        &expect![[r#"
        "/payloads/1" NotJson expected ident at line 1 column 2
        "/payloads/2/id" RepeatedField is the id of /payloads/0 already
        "/payloads/3" WrongType must be an object"#]],
    );
    check_lines(
        "{\"action_id\": \"a\", \"payloads\": []}\n{\"id\": \"a\"}",
        &expect![[r#""/payloads" Contradiction stand on the lines after the first, one on each"#]],
    );
    check_lines("not json\n{\"id\": \"a\"}", &expect![[r#""" NotJson expected ident at line 1 column 2"#]]);
}

#[test]
fn ten_thousand_items_are_taken_and_not_one_more() {
    let request = parse_batch(&many(ITEMS_MAX)).expect("they are not too many");
    assert_eq!(request.items.len(), ITEMS_MAX);
    check(&many(ITEMS_MAX + 1), &expect![[r#""/payloads" OutOfRange must have 1 to 10000 items"#]]);
    let lines = |count| format!("{{\"action_id\": \"a\"}}\n{}", payloads(count).join("\n"));
    assert_eq!(parse_batch_lines(&lines(ITEMS_MAX)).expect("not too many").items.len(), ITEMS_MAX);
    check_lines(&lines(ITEMS_MAX + 1), &expect![[r#""/payloads" OutOfRange must have 1 to 10000 items"#]]);
}

#[test]
fn a_hundred_violations_are_listed_and_the_rest_is_counted() {
    let bad: Vec<String> = (0..250).map(|_| "{}".to_owned()).collect();
    let invalid =
        parse_batch(&format!(r#"{{"action_id": "a", "payloads": [{}]}}"#, bad.join(","))).expect_err("none has an id");
    assert_eq!((invalid.violations().len(), invalid.omitted()), (100, 150));
    assert_eq!(invalid.violations()[99].pointer, "/payloads/99/id");
}

#[test]
fn an_item_and_a_context_are_taken_up_to_their_limits_and_not_past_them() {
    let item = |length: usize| {
        let frame = r#"{"id":"a","inputs":{"x":""}}"#.len();
        format!(r#"{{"id":"a","inputs":{{"x":"{}"}}}}"#, "x".repeat(length - frame))
    };
    assert!(parse_batch(&format!(r#"{{"action_id": "a", "payloads": [{}]}}"#, item(BODY_MAX))).is_ok());
    check(
        &format!(r#"{{"action_id": "a", "payloads": [{}]}}"#, item(BODY_MAX + 1)),
        &expect![[r#""/payloads/0" OutOfRange must be at most 262144 bytes"#]],
    );
    let context = |length: usize| {
        let context = format!(r#"{{"x":"{}"}}"#, "x".repeat(length - r#"{"x":""}"#.len()));
        format!(r#"{{"action_id": "a", "context": {context}, "payloads": [{{"id": "a"}}]}}"#)
    };
    assert!(parse_batch(&context(CONTEXT_MAX)).is_ok());
    check(&context(CONTEXT_MAX + 1), &expect![[r#""/context" OutOfRange must be at most 8192 bytes"#]]);
}

#[test]
fn what_is_said_of_all_items_is_no_longer_than_a_request() {
    let head = |length: usize| format!(r#"{{"action_id": "a", "tags": ["{}"]"#, "x".repeat(length));
    let too_long = expect![[r#""" OutOfRange must be at most 262144 bytes without its payloads"#]];
    check(&format!(r#"{}, "payloads": [{{"id": "a"}}]}}"#, head(BODY_MAX)), &too_long);
    check_lines(&format!("{}}}\n{{\"id\": \"a\"}}", head(BODY_MAX)), &too_long);
    let tag = expect![[r#""/tags/0" OutOfRange must be 1 to 64 characters without control characters"#]];
    check(&format!(r#"{}, "payloads": [{{"id": "a"}}]}}"#, head(BODY_MAX / 2)), &tag);
    check_lines(&format!("{}}}\n{{\"id\": \"a\"}}", head(BODY_MAX / 2)), &tag);
}

#[test]
fn what_is_sent_in_masses_is_counted_and_not_kept() {
    let zeros = vec!["0"; 1_000_000].join(",");
    let invalid =
        parse_batch(&format!(r#"{{"action_id": "a", "payloads": [{zeros}]}}"#)).expect_err("they are no items");
    assert_eq!(invalid.violations().len(), 100);
    assert_eq!(usize::try_from(invalid.omitted()), Ok(ITEMS_MAX + 1 - 100), "an item has one each, their number one");
    let names: Vec<String> = (0..=FIELDS_MAX).map(|number| format!(r#""{number}":0"#)).collect();
    check(
        &format!(r#"{{"payloads": [], {}}}"#, names.join(",")),
        &expect![[r#""" OutOfRange must have at most 65536 fields"#]],
    );
}

#[test]
fn a_profile_that_cannot_submit_runs_no_batch() {
    assert_eq!(check_batch_against_profile(&profile()), Ok(()));
    let without = cxpulse_core::profile::Profile { submit: None, ..profile() };
    expect![[r#""/action_id" Contradiction cannot be had from this profile, which has no submit"#]]
        .assert_eq(&violations(&check_batch_against_profile(&without).expect_err("it has no submit")));
}

#[test]
fn what_must_not_be_kept_is_taken_out_of_every_item() {
    let mut request = secret(
        r#"{"id": "a", "inputs": {"pin": "secret-4711", "note": "pin is secret-4711"}},
        {"id": "b", "inputs": {"n": 1}}, {"id": "c", "inputs": {"pin": "hidden-0815"}, "context": {"c": "hidden-0815"}}"#,
    );
    let concealed = conceal_batch(&mut request, &Rules::default()).expect("nothing else holds them");
    let shown: Vec<String> = request
        .items
        .iter()
        .map(|item| format!("{} {}", item.inputs.as_str(), item.context.as_ref().map_or("-", Json::as_str)))
        .collect();
    expect![[r#"
        {"pin": "[redacted]", "channel": "API"}
        {"pin": "[redacted]", "note": "pin is [redacted]"} -
        {"n": 1} -
        {"pin": "[redacted]"} {"c": "[redacted]"}"#]]
    .assert_eq(&format!("{}\n{}", request.context.as_str(), shown.join("\n")));
    let originals: Vec<Option<&str>> =
        concealed.iter().map(|taken| taken.originals.as_ref().map(|kept| kept.inputs.as_str())).collect();
    assert_eq!(originals[0], Some(r#"{"pin": "secret-4711", "note": "pin is secret-4711"}"#));
    assert_eq!((originals[1].is_some(), originals.len()), (true, 3), "the batch's context is its own, too");
}

#[test]
fn a_name_that_gives_a_secret_away_is_refused_alone_or_with_all() {
    let items =
        r#"{"id": "secret-4711", "inputs": {"pin": "secret-4711"}}, {"id": "b", "inputs": {"pin": "nightly-run"}}"#;
    let mut request = secret(items);
    let invalid = conceal_batch(&mut request, &Rules::default()).expect_err("a name and a tag hold what is secret");
    expect![[r#"
        "/payloads/0/id" Contradiction holds a value that is to be redacted, and cannot be redacted itself
        "/tags/0" Contradiction holds a value that is to be redacted, and cannot be redacted itself"#]]
    .assert_eq(&violations(&invalid));
    let body = request_of(items).replace("\"tags\": [\"nightly-run\"],", "\"accept_valid\": true,");
    let mut request = parse_batch(&body).expect("it is well formed");
    let concealed = conceal_batch(&mut request, &Rules::default()).expect("the other one can be kept");
    assert_eq!((concealed.len(), request.items.len(), request.places.clone()), (1, 1, vec![1]));
    assert_eq!(request.refused.map(|refused| refused.count), Some(1));
}

#[test]
fn without_rules_nothing_is_taken_out() {
    let mut request = parse_batch(&many(3)).expect("it is well formed");
    let before = request.clone();
    assert!(conceal_batch(&mut request, &Rules::default()).expect("no rules").is_empty());
    assert_eq!(request, before);
}

proptest! {
    /// Whatever is sent: an answer, and a pointer that leads into the body or to what is missing from it.
    #[test]
    fn no_body_breaks_it(body in ".{0,200}", item in "[\\[\\]{}\",:a-z0-9\\\\ ]{0,40}") {
        let _answer = (parse_batch(&body), parse_batch_lines(&body));
        let framed = format!(r#"{{"action_id": "a", "payloads": [{item}]}}"#);
        if let Err(invalid) = parse_batch(&framed) {
            prop_assert!(!invalid.violations().is_empty());
        }
        if let Err(invalid) = parse_batch_lines(&format!("{{\"action_id\": \"a\"}}\n{item}")) {
            let is_of_item = |v: &cxpulse_core::validate::Violation| v.pointer.starts_with("/payloads");
            prop_assert!(invalid.violations().iter().all(is_of_item), "{invalid}");
        }
    }
}

/// A request whose inputs have a `pin` that must not be kept, and whose own context has one, too.
fn secret(items: &str) -> BatchRequest {
    parse_batch(&request_of(items)).expect("it is well formed")
}

fn request_of(items: &str) -> String {
    format!(
        r#"{{"action_id": "a", "tags": ["nightly-run"], "context": {{"pin": "shared-pin", "channel": "API"}},
        "redact": {{"names": ["pin"]}}, "payloads": [{items}]}}"#
    )
}

fn many(count: usize) -> String {
    format!(r#"{{"action_id": "a", "payloads": [{}]}}"#, payloads(count).join(","))
}

fn payloads(count: usize) -> Vec<String> {
    (0..count).map(|number| format!(r#"{{"id":"item-{number}","inputs":{{"n":{number}}}}}"#)).collect()
}

#[track_caller]
fn check(body: &str, expect: &Expect) {
    told(parse_batch(body), expect);
}

#[track_caller]
fn check_lines(body: &str, expect: &Expect) {
    told(parse_batch_lines(body), expect);
}

fn told(read: Result<BatchRequest, Invalid>, expect: &Expect) {
    let text = match read {
        Ok(_) => "accepted".to_owned(),
        Err(invalid) => violations(&invalid),
    };
    expect.assert_eq(&text);
}
