//! What rules take out of documents, what is found again of it elsewhere, and that nothing else is touched.

use std::fmt::Write as _;

use cxpulse_core::cache::Memory;
use cxpulse_core::call::{self, Answer, CallKind, HEAD_MAX, Payload, RESULT_MAX, Reply};
use cxpulse_core::execution::Door;
use cxpulse_core::id::UpstreamId;
use cxpulse_core::json::Json;
use cxpulse_core::redaction::{Concealed, Originals, Redactor, Rules, Values, conceal};
use cxpulse_core::validate::{ExecutionRequest, parse_execution, parse_redaction};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::check::{NOON, profile};

const NAMED: &str = r#"{"names": ["password"]}"#;

/// Redacts a result by rules, and shows its text.
#[track_caller]
fn check_result(rules: &str, result: &str, expect: &Expect) {
    let redactor = Redactor::new(rules_of(rules), None, Vec::new());
    expect.assert_eq(&result_by(&redactor, result));
}

/// Conceals a start, and shows what the order has, or why it is refused.
#[track_caller]
fn check_start(tenant: &str, request: &str, expect: &Expect) {
    let mut request = parse_execution(request).expect("the table's request is well formed");
    let shown = match conceal(&mut request, &rules_of(tenant)) {
        Ok(concealed) => {
            let (inputs, context) = documents(&request);
            let sealed = concealed.originals.map_or("nothing to seal", |_| "sealed");
            format!("inputs  {inputs}\ncontext {context}\n{sealed}\n")
        }
        Err(invalid) => format!("{invalid}\n"),
    };
    expect.assert_eq(&shown);
}

/// Reads rules, and shows what is wrong with them.
#[track_caller]
fn check_rules(text: &str, expect: &Expect) {
    let shown = match parse_redaction(text) {
        Ok(_) => "taken\n".into(),
        Err(invalid) => invalid.violations().iter().fold(String::new(), |mut lines, one| {
            let _ = writeln!(lines, "{} {}", one.pointer, one.message);
            lines
        }),
    };
    expect.assert_eq(&shown);
}

#[test]
fn names_are_found_at_any_depth_in_any_case_and_however_they_are_spelled() {
    check_result(NAMED, r#"{"password": "hunter22"}"#, &expect![[r#"{"password": "[redacted]"}"#]]);
    check_result(
        NAMED,
        r#"{"a":[{"b":{"PassWord" : 1}}]}"#,
        &expect![[r#"{"a":[{"b":{"PassWord" : "[redacted]"}}]}"#]],
    );
    check_result(NAMED, r#"{"pass\u0077ord": null}"#, &expect![[r#"{"pass\u0077ord": "[redacted]"}"#]]);
    check_result(NAMED, r#"{"password": {"deep": [1, {"er": "x"}]}}"#, &expect![[r#"{"password": "[redacted]"}"#]]);
    check_result(
        NAMED,
        r#"{"password": 1, "password": 2}"#,
        &expect![[r#"{"password": "[redacted]", "password": "[redacted]"}"#]],
    );
    check_result(
        NAMED,
        r#"{"passwords": 1, "note": "password"}"#,
        &expect![[r#"{"passwords": 1, "note": "password"}"#]],
    );
}

#[test]
fn pointers_lead_through_members_items_and_anything() {
    let card = r#"{"pointers": ["/result/card/number", "/result/lines/*/token", "/result/codes/1"]}"#;
    check_result(
        card,
        r#"{"card": {"number": 4111111111111111, "cvc": 1}}"#,
        &expect![[r#"{"card": {"number": "[redacted]", "cvc": 1}}"#]],
    );
    check_result(
        card,
        r#"{"lines": [{"token": "a"}, {"token": "b"}, {"no": "c"}, 4]}"#,
        &expect![[r#"{"lines": [{"token": "[redacted]"}, {"token": "[redacted]"}, {"no": "c"}, 4]}"#]],
    );
    check_result(card, r#"{"codes": [1, 2, 3]}"#, &expect![[r#"{"codes": [1, "[redacted]", 3]}"#]]);
    check_result(card, r#"{"codes": {"1": true}}"#, &expect![[r#"{"codes": {"1": "[redacted]"}}"#]]);
    check_result(
        r#"{"pointers": ["/result/a~1b/c~0d"]}"#,
        r#"{"a/b": {"c~d": 1, "c": 2}}"#,
        &expect![[r#"{"a/b": {"c~d": "[redacted]", "c": 2}}"#]],
    );
    check_result(r#"{"pointers": ["/result"]}"#, r#"{"all": "of it"}"#, &expect![[r#""[redacted]""#]]);
    check_result(r#"{"pointers": ["/inputs/a", "/error/a"]}"#, r#"{"a": 1}"#, &expect![[r#"{"a": 1}"#]]);
}

#[test]
fn what_is_taken_out_of_one_place_is_taken_out_of_every_other() {
    check_start(
        NAMED,
        r#"{"start": {"action_id": "sim-fast",
            "inputs": {"password": "hunter22", "note": "it is hunter22!", "n": 1.50, "hunter22": [1e400]},
            "context": {"was": "hunter22", "channel": "API"}}}"#,
        &expect![[r#"
            inputs  {"password": "[redacted]", "note": "it is [redacted]!", "n": 1.50, "[redacted]": [1e400]}
            context {"was": "[redacted]", "channel": "API"}
            sealed
        "#]],
    );
    // What is shorter than six characters stands by chance in too many texts.
    check_start(
        NAMED,
        r#"{"start": {"action_id": "sim-fast", "inputs": {"password": "abcde", "note": "abcde"}}}"#,
        &expect![[r#"
            inputs  {"password": "[redacted]", "note": "abcde"}
            context {}
            sealed
        "#]],
    );
    check_start(
        NAMED,
        r#"{"start": {"action_id": "sim-fast", "inputs": {"user": "password"}}}"#,
        &expect![[r#"
            inputs  {"user": "password"}
            context {}
            nothing to seal
        "#]],
    );
}

#[test]
fn a_request_adds_rules_to_the_tenants_and_takes_none_away() {
    check_start(
        NAMED,
        r#"{"start": {"action_id": "sim-fast", "inputs": {"password": "hunter22", "pin": 4711}, "context": {"pin": 4712}},
            "redact": {"names": [], "pointers": ["/inputs/pin"]}}"#,
        &expect![[r#"
            inputs  {"password": "[redacted]", "pin": "[redacted]"}
            context {"pin": 4712}
            sealed
        "#]],
    );
}

#[test]
fn a_name_that_cannot_be_redacted_must_not_hold_a_value_that_is() {
    check_start(
        NAMED,
        r#"{"start": {"action_id": "hunter22", "inputs": {"password": "hunter22"}}, "correlation_id": "of-hunter22",
            "tags": ["crm", "hunter22"], "notify": {"url": "https://example.com/?key=hunter22"}}"#,
        &expect![[r#"
            /start/action_id: holds a value that is to be redacted, and cannot be redacted itself; /correlation_id: holds a value that is to be redacted, and cannot be redacted itself; /tags/1: holds a value that is to be redacted, and cannot be redacted itself; /notify/url: holds a value that is to be redacted, and cannot be redacted itself
        "#]],
    );
}

#[test]
fn rules_that_are_none_are_named_with_their_places() {
    check_rules(
        r#"{"names": ["a"], "pointers": ["/inputs", "/context/~0/~1/*", "/result//", "/error/0"]}"#,
        &expect![[r#"
        taken
    "#]],
    );
    check_rules(
        r#"{}"#,
        &expect![[r#"
        taken
    "#]],
    );
    check_rules(
        r#"{"names": ["", 5], "pointers": ["inputs", "/input", "", "/result/~2", "/result/~"], "more": 1}"#,
        &expect![[r#"
        /names/0 must be 1 to 128 bytes
        /names/1 must be a string
        /pointers/0 must be a pointer of at most 512 bytes that begins with /inputs, /context, /result or /error
        /pointers/1 must be a pointer of at most 512 bytes that begins with /inputs, /context, /result or /error
        /pointers/2 must be a pointer of at most 512 bytes that begins with /inputs, /context, /result or /error
        /pointers/3 must be a pointer of at most 512 bytes that begins with /inputs, /context, /result or /error
        /pointers/4 must be a pointer of at most 512 bytes that begins with /inputs, /context, /result or /error
        /more is not a field of this object
    "#]],
    );
    let many = |count: usize| json!({"names": vec!["n"; count]}).to_string();
    check_rules(
        &many(64),
        &expect![[r#"
        taken
    "#]],
    );
    check_rules(
        &many(65),
        &expect![[r#"
        /names must have at most 64 items
    "#]],
    );
    let long =
        |bytes: usize| json!({"pointers": [format!("/inputs/{}", "p".repeat(bytes - 8))], "names": ["n"]}).to_string();
    check_rules(
        &long(512),
        &expect![[r#"
        taken
    "#]],
    );
    check_rules(
        &long(513),
        &expect![[r#"
        /pointers/0 must be a pointer of at most 512 bytes that begins with /inputs, /context, /result or /error
    "#]],
    );
    assert!(parse_redaction("[]").is_err() && parse_redaction("").is_err());
}

#[test]
fn an_echo_is_taken_out_in_every_spelling() {
    let secret = "S3cr\u{e9}t \"mark\"";
    let redactor = Redactor::new(rules_of(NAMED), Some(&originals(&json!({"password": secret}))), Vec::new());
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let encode = |text: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
    for spelling in [
        secret.to_owned(),
        "S3cr%C3%A9t%20%22mark%22".into(),
        "S3cr%c3%a9t%20%22mark%22".into(),
        "S3cr%C3%A9t+%22mark%22".into(),
        "S3cr%c3%a9t+%22mark%22".into(),
        encode(secret),
        encode(&format!("{secret} and more")),
        hex.to_uppercase(),
        hex,
        json!({"nested": json!({"password": secret}).to_string()}).to_string(),
    ] {
        let result =
            json!({"echo": format!("you sent {spelling}, did you not?"), spelling.clone(): [spelling.clone()]});
        let shown = result_by(&redactor, &result.to_string());
        assert!(!shown.contains(&spelling), "{spelling}: {shown}");
        let shown = redactor.word(&spelling).into_owned();
        assert!(!shown.contains(&spelling), "{spelling}: {shown}");
    }
}

#[test]
fn a_number_is_taken_out_where_it_is_the_whole_number_or_stands_in_a_text() {
    let redactor = Redactor::new(rules_of(NAMED), Some(&originals(&json!({"password": 411_111_u32}))), Vec::new());
    expect![[r#"{"a":"[redacted]","b":14111110,"c":"nr [redacted]"}"#]]
        .assert_eq(&result_by(&redactor, r#"{"a":411111,"b":14111110,"c":"nr 411111"}"#));
}

#[test]
fn a_longer_value_leaves_nothing_over_where_a_shorter_one_begins_it() {
    let inputs = json!({"password": ["secret", "secret-and-more", "and-more-of-it"]});
    let redactor = Redactor::new(rules_of(NAMED), Some(&originals(&inputs)), Vec::new());
    expect![[r#"{"echo":"[redacted], [redacted], [redacted]"}"#]]
        .assert_eq(&result_by(&redactor, r#"{"echo":"secret, secret-and-more, and-more-of-it"}"#));
}

#[test]
fn what_is_cut_off_a_large_result_is_redacted_before_it_is_cut() {
    let filler = "x".repeat(RESULT_MAX);
    let body = json!({"execution_id": "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d", "status": "COMPLETED",
        "result": {"a": {"password": "hunter22"}, "b": filler}});
    let body = body.to_string();
    let redactor = Redactor::new(rules_of(NAMED), None, Vec::new());
    let reply = Reply { status: 200, retry_after: None, body: &body };
    let answer = call::read_answer(&profile(), CallKind::Poll, reply, &redactor, NOON);
    let Answer::Seen(sighting) = answer else { unreachable!("it is a sighting: {answer:?}") };
    let Some(Payload::Truncated { head, .. }) = sighting.result else { unreachable!("it is too large") };
    assert_eq!(head.len(), HEAD_MAX);
    assert!(head.starts_with(r#"{"a":{"password":"[redacted]"}"#), "{}", &head[..80]);
}

#[test]
fn once_the_originals_are_gone_nothing_of_what_cxone_says_is_kept_but_what_it_means() {
    let known = "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d";
    let redactor = Redactor::closed(UpstreamId::parse(known).ok());
    let body = |id: &str, status: &str| {
        json!({"execution_id": id, "status": status, "result": {"a": 1}, "error": "e"}).to_string()
    };
    let said = |id: &str, status: &str| call::read_callback(&profile(), &body(id, status), &redactor);
    let seen = said(known, "COMPLETED").expect("it is about the execution");
    assert_eq!((&seen.result, &seen.error), (&None, &None));
    let seen = said(known, "hunter22").expect("a word that nobody knows is one");
    assert_eq!(format!("{:?}", seen.word), r#"Unknown("[redacted]")"#);
    let other = said("5f9a3b2c-1d4e-4a7b-9c8d-000000000000", "COMPLETED").expect_err("it has another id");
    assert_eq!(other.message, "its id holds what must not be kept");
    assert_eq!(redactor.memory(memory("{}")), None);
}

#[test]
fn cxones_own_id_is_refused_where_it_holds_a_long_value_only() {
    let name = |text: &str| UpstreamId::parse(text).expect("it is an id");
    let redactor =
        |value: &str| Redactor::new(rules_of(NAMED), Some(&originals(&json!({"password": value}))), Vec::new());
    assert!(redactor("hunter22-hunter22").forbids(&name("id-of-hunter22-hunter22")));
    assert!(redactor("hunter22").forbids(&name("hunter22")));
    assert!(!redactor("482913").forbids(&name("5f9a3b2c-1d4e-4a7b-9c8d-0e1f48291305")));
}

#[test]
fn another_executions_result_is_redacted_by_ones_own_rules() {
    let redactor = Redactor::new(rules_of(NAMED), None, Vec::new());
    let kept = redactor.memory(memory(r#"{"password": 1, "n": 1.0}"#)).expect("the rules are known");
    assert_eq!(kept.result.as_str(), r#"{"password": "[redacted]", "n": 1.0}"#);
}

#[test]
fn nothing_that_holds_values_prints_them() {
    let mut request = start(&json!({"password": "hunter22"}));
    let concealed = conceal(&mut request, &rules_of(NAMED)).expect("nothing speaks against it");
    let redactor = Redactor::new(rules_of(NAMED), concealed.originals.as_ref(), vec!["another-one".into()]);
    for printed in [format!("{concealed:?}"), format!("{redactor:?}"), format!("{request:?}")] {
        assert!(!printed.contains("hunter22") && !printed.contains("another-one"), "{printed}");
    }
}

proptest! {
    /// Any document that no rule touches keeps its text, whatever it is spelled like.
    #[test]
    fn what_no_rule_touches_keeps_its_text(value in any_json(), indent in any::<bool>()) {
        let text = if indent { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.expect("a value is JSON");
        let redactor = Redactor::new(rules_of(r#"{"names": ["absent"], "pointers": ["/result/absent/*"]}"#), None, vec!["no such text".into()]);
        prop_assert_eq!(result_by(&redactor, &text), text);
    }

    /// Wherever a named secret is put, and wherever it is said again, it is gone; and all the rest is as it was.
    #[test]
    fn a_planted_secret_is_nowhere_and_the_rest_is_where_it_was(value in any_json(), way in prop::collection::vec(0..4_usize, 0..5)) {
        let planted = plant(value.clone(), &way, &json!({"password": MARK, "also": format!("<{MARK}>")}));
        let expected = plant(value, &way, &json!({"password": "[redacted]", "also": "<[redacted]>"}));
        let mut request = start(&json!({"doc": planted}));
        let concealed = conceal(&mut request, &rules_of(NAMED)).expect("nothing speaks against it");
        let (inputs, _) = documents(&request);
        prop_assert_eq!(serde_json::from_str::<Value>(&inputs).expect("it is JSON"), json!({"doc": expected}));
        prop_assert!(!inputs.contains(MARK));
        let original = concealed.originals.expect("something was taken out").inputs;
        prop_assert!(original.as_str().contains(MARK));
    }

    /// The search agrees with one that looks for each value by itself.
    #[test]
    fn values_are_found_exactly_where_they_are(values in prop::collection::vec("[ab]{6,9}", 1..8), text in "[ab]{0,24}") {
        let found = Values::of(values.clone()).are_in(&text);
        prop_assert_eq!(found, values.iter().any(|value| text.contains(value.as_str())));
        let scrubbed = Values::of(values.clone()).scrub(&text).unwrap_or(text);
        prop_assert!(!values.iter().any(|value| scrubbed.contains(value.as_str())));
    }
}

fn rules_of(text: &str) -> Rules {
    parse_redaction(text).expect("the table's rules are well formed")
}

fn json_of(text: &str) -> Json {
    Json::parse(text).expect("the table's document is JSON")
}

fn originals(inputs: &Value) -> Originals {
    let concealed: Concealed = conceal(&mut start(inputs), &rules_of(NAMED)).expect("nothing speaks against it");
    concealed.originals.expect("something was taken out")
}

fn memory(result: &str) -> Memory {
    Memory { result: json_of(result), stored_at: NOON, is_fresh: true }
}

fn start(inputs: &Value) -> ExecutionRequest {
    let request = json!({"start": {"action_id": "sim-fast", "inputs": inputs}});
    parse_execution(&request.to_string()).expect("it is well formed")
}

fn documents(request: &ExecutionRequest) -> (String, String) {
    match &request.door {
        Door::Start { inputs, context, .. } => (inputs.as_str().into(), context.as_str().into()),
        Door::Watch { .. } => unreachable!("the tables have starts only"),
    }
}

fn result_by(redactor: &Redactor, result: &str) -> String {
    match redactor.payload(json_of(result).as_raw()) {
        Some(Payload::Whole(json)) => json.as_str().into(),
        Some(Payload::Truncated { head, .. }) => head,
        None => "nothing".into(),
    }
}

/// Puts `what` into the document, on the way that the numbers pick.
fn plant(document: Value, way: &[usize], what: &Value) -> Value {
    let Some((first, rest)) = way.split_first() else { return what.clone() };
    match document {
        Value::Array(mut items) if !items.is_empty() => {
            let at = first % items.len();
            items[at] = plant(items[at].take(), rest, what);
            Value::Array(items)
        }
        Value::Object(mut fields) if !fields.is_empty() => {
            let name = fields.keys().nth(first % fields.len()).cloned().unwrap_or_default();
            let before = fields.remove(&name).unwrap_or_default();
            fields.insert(name, plant(before, rest, what));
            Value::Object(fields)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            what.clone()
        }
    }
}

/// Without the characters that no request may have.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,4}", inner, 0..4).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

const MARK: &str = "MARKED-secret-7f3a";
