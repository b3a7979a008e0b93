//! Bad input: each kind gets its problem type, status and violations, and leaves nothing behind, neither with
//! CXone nor in storage.

use std::path::Path;

use serde_json::{Value, json};

use super::client::Answer;
use super::stack::{Stack, fresh_correlation_id, quick_start};

#[test]
fn every_bad_body_gets_its_problem_and_leaves_nothing_behind() {
    let stack = Stack::alone();
    let (submits, objects) = (stack.sim().total("submit"), objects(stack.data()));
    let client = stack.client().with("content-type", "application/json");
    let mut wrong = Vec::new();
    for (body, expected) in BODIES {
        let found = client.send("POST", "/v1/executions", body.as_bytes()).problem();
        if found != *expected {
            wrong.push(format!("{body}\n  gives    {found}\n  expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(stack.sim().total("submit"), submits, "CXone heard of none of them");
    assert_eq!(self::objects(stack.data()), objects, "nothing is stored of any of them");
}

#[test]
fn a_body_that_is_not_text_is_refused() {
    let stack = Stack::shared();
    let client = stack.client().with("content-type", "application/json");
    for body in [&b"\xff\xfe\x00"[..], b"{\"start\": {\"action_id\": \"\xc3\x28\"}}"] {
        assert_eq!(client.send("POST", "/v1/executions", body).problem(), "400 malformed-body");
    }
}

#[test]
fn a_body_of_256_kib_is_taken_and_one_byte_more_is_not() {
    let stack = Stack::shared();
    let correlation_id = fresh_correlation_id();
    let client = stack.client().with("content-type", "application/json");
    let post = |bytes| client.send("POST", "/v1/executions", sized(bytes, &correlation_id).as_bytes());
    assert_eq!(post(BODY_MAX + 1).problem(), "413 too-large");
    assert_eq!(stack.sim().of_correlation(&correlation_id), []);
    let answer = post(BODY_MAX);
    assert_eq!(answer.status(), 202, "{}", answer.text());
}

#[test]
fn sixty_four_levels_are_taken_and_one_more_is_not() {
    let stack = Stack::shared();
    let client = stack.client().with("content-type", "application/json");
    let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    // Two levels stand around the inputs.
    let post = |levels: usize| {
        let body = format!(r#"{{"start": {{"action_id": "sim-instant", "inputs": {}}}}}"#, nested(levels - 2));
        client.send("POST", "/v1/executions", body.as_bytes())
    };
    assert_eq!(post(65).problem(), "400 malformed-body  too_deep");
    let answer = post(64);
    assert_eq!(answer.status(), 202, "{}", answer.text());
}

#[test]
fn limits_are_taken_and_one_past_them_is_not() {
    let stack = Stack::shared();
    let post = |more: Value| stack.client().post("/v1/executions", &quick_start("sim-instant", &more));
    let tags =
        |count: usize, length: usize| json!({"tags": (0..count).map(|_| "é".repeat(length)).collect::<Vec<_>>()});
    for more in [
        json!({"timeout_seconds": 5}),
        json!({"timeout_seconds": 2_592_000}),
        json!({"backoff": {"max_attempts": 1}}),
        json!({"backoff": {"max_attempts": 10_000}}),
        json!({"correlation_id": format!("{}-{}", fresh_correlation_id(), "x".repeat(100))}),
        tags(16, 64),
        json!({"profile": "dataactions", "tenant": "default"}),
    ] {
        let answer = post(more.clone());
        assert_eq!(answer.status(), 202, "{more}: {}", answer.text());
    }
    for (more, expected) in [
        (json!({"timeout_seconds": 4.999}), "422 invalid-request /timeout_seconds out_of_range"),
        (json!({"timeout_seconds": 2_592_001}), "422 invalid-request /timeout_seconds out_of_range"),
        (json!({"backoff": {"max_attempts": 0}}), "422 invalid-request /backoff/max_attempts out_of_range"),
        (json!({"backoff": {"max_attempts": 10_001}}), "422 invalid-request /backoff/max_attempts out_of_range"),
        (json!({"correlation_id": "x".repeat(129)}), "422 invalid-request /correlation_id out_of_range"),
        (tags(17, 1), "422 invalid-request /tags out_of_range"),
        (tags(1, 65), "422 invalid-request /tags/0 out_of_range"),
        (json!({"start": {"action_id": "x".repeat(129)}}), "422 invalid-request /start/action_id out_of_range"),
    ] {
        assert_eq!(post(more.clone()).problem(), expected, "{more}");
    }
}

#[test]
fn violations_are_listed_up_to_a_hundred() {
    let stack = Stack::shared();
    let fields: Vec<String> = (0..150).map(|index| format!("\"f{index}\": 1")).collect();
    let client = stack.client().with("content-type", "application/json");
    let problem = client.send("POST", "/v1/executions", format!("{{{}}}", fields.join(",")).as_bytes()).json();
    assert_eq!(problem.get("violations").and_then(Value::as_array).map(Vec::len), Some(100));
}

#[test]
fn only_json_is_taken() {
    let stack = Stack::shared();
    let body = quick_start("sim-instant", &json!({})).to_string();
    let post = |media_type: &str| {
        stack.client().with("content-type", media_type).send("POST", "/v1/executions", body.as_bytes())
    };
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "text/json"] {
        assert_eq!(post(media_type).problem(), "415 unsupported-media-type", "{media_type}");
    }
    let without = stack.client().send("POST", "/v1/executions", body.as_bytes());
    assert_eq!(without.problem(), "415 unsupported-media-type");
    for media_type in ["application/json; charset=utf-8", "Application/JSON"] {
        assert_eq!(post(media_type).status(), 202, "{media_type}");
    }
}

#[test]
fn a_malformed_idempotency_key_is_refused() {
    let stack = Stack::shared();
    let body = quick_start("sim-instant", &json!({}));
    let long = "k".repeat(300);
    let quoted = format!("\"{long}\"");
    for key in
        ["", " ", "\"\"", "\"open", "\"a\"b", "\"a\", \"b\"", "a, b", "a;b", "\"a\";X=1", "\"\\a\"", &long, &quoted]
    {
        for path in ["/v1/executions", "/v1/tokens"] {
            let answer = stack.client().with("idempotency-key", key).post(path, &body);
            let problem = answer.problem();
            assert_eq!(problem.split(' ').take(2).collect::<Vec<_>>(), ["400", "invalid-parameter"], "{path} {key:?}");
        }
    }
    let both = stack.client().with("idempotency-key", "\"open").post("/v1/executions?wait=1000", &body);
    assert_eq!(both.problem(), "400 invalid-parameter ?wait out_of_range, Idempotency-Key out_of_range");
}

#[test]
fn an_unknown_id_is_not_found_and_leaves_nothing_behind() {
    let stack = Stack::alone();
    let before = objects(stack.data());
    stack.accept(&quick_start("sim-instant", &json!({})));
    let objects = objects(stack.data());
    assert_eq!(objects.len(), before.len() + 1, "an execution that is accepted is stored");
    let unknown = "/v1/executions/exe_0123456789abcdef0123456789abcdef";
    let client = stack.client();
    for path in ["", "?wait=1", "/events", "/journal"] {
        assert_eq!(client.get(&format!("{unknown}{path}")).problem(), "404 not-found", "{path}");
    }
    assert_eq!(client.send("POST", &format!("{unknown}/cancel"), b"").problem(), "404 not-found");
    assert_eq!(self::objects(stack.data()), objects, "nothing is stored of what is not there");
}

#[test]
fn an_id_that_is_none_is_not_found_or_refused_but_never_a_fault() {
    let stack = Stack::shared();
    for id in ["exe_", "exe_XYZ", "x", "exe_0123456789ABCDEF0123456789ABCDEF", "%00", "%2e%2e", "..%2f..", "exe_%F0%9F"]
    {
        let answer = stack.client().get(&format!("/v1/executions/{id}"));
        assert!(matches!(answer.status(), 400 | 404), "{id}: {}", answer.problem());
        answer.problem();
    }
}

#[test]
fn no_key_and_wrong_keys_are_refused_on_every_route() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let this = format!("/v1/executions/{}", accepted.id());
    let check = |answer: &Answer, what: &str| {
        assert_eq!(answer.problem(), "401 unauthorized", "{what}");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{what}");
        assert!(!answer.text().contains(stack.api_key()), "{what}: the answer gives nothing away");
    };
    let long = "k".repeat(8_000);
    let key = stack.api_key();
    let keys = [None, Some(""), Some("wrong"), Some(long.as_str()), key.get(..key.len() - 1), Some("cxv1.e30.AAAA")];
    for key in keys {
        let caller = stack.client_with(key);
        for path in [this.clone(), format!("{this}/events"), format!("{this}/journal")] {
            check(&caller.get(&path), &path);
        }
        check(&caller.send("POST", &format!("{this}/cancel"), b""), "cancel");
        check(&caller.post("/v1/executions", &quick_start("sim-instant", &json!({}))), "start");
        check(&caller.post("/v1/tokens", &json!({"resources": [accepted.id()], "verbs": ["read"]})), "tokens");
    }
    let basic = stack.client_with(None).with("authorization", &format!("Basic {}", stack.api_key()));
    check(&basic.get(&this), "another scheme");
}

#[test]
fn the_key_may_come_in_a_header_of_its_own() {
    let stack = Stack::shared();
    let caller = stack.client_with(None).with("x-api-key", stack.api_key());
    assert_eq!(caller.post("/v1/executions", &quick_start("sim-instant", &json!({}))).status(), 202);
}

/// A well-formed request of so many bytes.
fn sized(bytes: usize, correlation_id: &str) -> String {
    let body = |filler: &str| {
        let inputs = json!({"filler": filler});
        quick_start("sim-instant", &json!({"correlation_id": correlation_id, "start": {"inputs": inputs}})).to_string()
    };
    let missing = bytes.saturating_sub(body("").len());
    body(&"x".repeat(missing))
}

/// The objects that have a table of ours. Of one that was only asked, the runtime keeps an empty database.
pub(super) fn objects(data: &Path) -> Vec<String> {
    let folder = data.join("objects").join("cxpulse-Execution");
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let has_table = |bytes: &[u8]| bytes.windows(TABLE.len()).any(|window| window == TABLE);
    let is_used = |entry: &std::fs::DirEntry| std::fs::read(entry.path()).is_ok_and(|bytes| has_table(&bytes));
    let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().trim_end_matches("-wal").to_owned();
    let mut names: Vec<String> = entries.filter(is_used).map(name).collect();
    names.sort();
    names.dedup();
    names
}

/// How SQLite's schema, which it keeps as text, begins of the table that every execution has.
const TABLE: &[u8] = b"CREATE TABLE sheet";

/// Bytes of a body that are taken.
const BODY_MAX: usize = 262_144;

/// Bodies of `POST /v1/executions`, and what is said of them.
const BODIES: &[(&str, &str)] = &[
    ("{", "400 malformed-body  not_json"),
    ("", "400 malformed-body  not_json"),
    ("start", "400 malformed-body  not_json"),
    (r#"{"start": {"action_id": "sim-fast"}} {}"#, "400 malformed-body  not_json"),
    (r#"{"start": {"action_id": NaN}}"#, "400 malformed-body  not_json"),
    ("[]", "422 invalid-request  wrong_type"),
    ("null", "422 invalid-request  wrong_type"),
    ("\"start\"", "422 invalid-request  wrong_type"),
    ("{}", "422 invalid-request /start missing"),
    (r#"{"start": null}"#, "422 invalid-request /start missing"),
    (r#"{"start": []}"#, "422 invalid-request /start wrong_type"),
    (r#"{"start": {}}"#, "422 invalid-request /start/action_id missing"),
    (r#"{"start": {"action_id": ""}}"#, "422 invalid-request /start/action_id out_of_range"),
    (r#"{"start": {"action_id": "a/b"}}"#, "422 invalid-request /start/action_id out_of_range"),
    (r#"{"start": {"action_id": 7}}"#, "422 invalid-request /start/action_id wrong_type"),
    (r#"{"start": {"action_id": "sim-fast", "inputs": []}}"#, "422 invalid-request /start/inputs wrong_type"),
    (r#"{"start": {"action_id": "sim-fast", "context": "x"}}"#, "422 invalid-request /start/context wrong_type"),
    (r#"{"start": {"action_id": "sim-fast", "input": {}}}"#, "422 invalid-request /start/input unknown_field"),
    (
        r#"{"start": {"action_id": "sim-fast"}, "start": {"action_id": "sim-slow"}}"#,
        "422 invalid-request /start repeated_field",
    ),
    (
        r#"{"start": {"action_id": "sim-fast"}, "watch": {"execution_id": "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d"}}"#,
        "422 invalid-request /watch contradiction",
    ),
    (r#"{"watch": {}}"#, "422 invalid-request /watch/execution_id missing"),
    (r#"{"watch": {"execution_id": "not-a-uuid"}}"#, "422 invalid-request /watch/execution_id out_of_range"),
    (
        r#"{"watch": {"execution_id": "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5"}}"#,
        "422 invalid-request /watch/execution_id out_of_range",
    ),
    (r#"{"start": {"action_id": "sim-fast"}, "tenant": "nobody"}"#, "422 invalid-request /tenant out_of_range"),
    (r#"{"start": {"action_id": "sim-fast"}, "profile": "nothing"}"#, "422 invalid-request /profile out_of_range"),
    (r#"{"start": {"action_id": "sim-fast"}, "policy": "loose"}"#, "422 invalid-request /policy out_of_range"),
    (r#"{"start": {"action_id": "sim-fast"}, "callback": "yes"}"#, "422 invalid-request /callback wrong_type"),
    (
        r#"{"start": {"action_id": "sim-fast"}, "timeout_seconds": "60"}"#,
        "422 invalid-request /timeout_seconds wrong_type",
    ),
    (
        r#"{"start": {"action_id": "sim-fast"}, "backoff": {"min_seconds": 9, "max_seconds": 5, "jitter": "some"}}"#,
        "422 invalid-request /backoff/jitter out_of_range, /backoff/min_seconds contradiction",
    ),
    (r#"{"start": {"action_id": "sim-fast"}, "notify": {}}"#, "422 invalid-request /notify/url missing"),
    (
        r#"{"start": {"action_id": "sim-fast"}, "notify": {"url": "ftp://example.com", "events": ["sometimes"]}}"#,
        "422 invalid-request /notify/url out_of_range, /notify/events/0 out_of_range",
    ),
    (
        r#"{"tags": "crm", "strat": {}, "start": {"action_id": "", "inputs": 1}, "backoff": {"predict": 0}}"#,
        "422 invalid-request /start/action_id out_of_range, /start/inputs wrong_type, /tags wrong_type, \
         /backoff/predict wrong_type, /strat unknown_field",
    ),
];
