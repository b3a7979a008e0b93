//! Bodies that are meant to hurt, at each route that makes something: 4xx with a problem, and nothing kept of them.

use serde_json::{Value, json};

use super::bad_input::objects;
use super::stack::{Stack, fresh_correlation_id, quick_start};

#[test]
fn every_hostile_body_is_refused_by_every_creating_route_and_nothing_is_kept() {
    // One of its own: what an earlier test began might still be written while this one counts.
    let stack = Stack::start();
    stack.sim().calm();
    let (submits, before) = (stack.sim().total("submit"), objects(stack.data()));
    let client = stack.client().with("content-type", "application/json");
    let mut wrong = Vec::new();
    for (route, shell) in CREATING.iter() {
        for (name, body) in bodies(shell) {
            let answer = client.send("POST", route, &body);
            let is_problem = answer.header("content-type") == "application/problem+json";
            if !(400..500).contains(&answer.status()) || !is_problem {
                wrong.push(format!("{name} at {route}: {} {}", answer.status(), answer.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(stack.sim().total("submit"), submits, "CXone heard of none of them");
    assert_eq!(objects(stack.data()), before, "nothing is stored of any of them");
    assert_eq!(stack.client().get("/healthz").status(), 200);
}

#[test]
fn a_flaw_is_named_by_its_place_also_deep_in_the_callers_own_data() {
    let client = Stack::shared().client().with("content-type", "application/json");
    for (inputs, expected) in [
        (r#"{"a": {"b": 1, "b": 2}}"#, "422 invalid-request /start/inputs/a/b repeated_field"),
        (r#"{"a": ["\ud800"]}"#, "422 invalid-request /start/inputs/a/0 out_of_range"),
        (r#"{"a\u0000": 1}"#, "422 invalid-request /start/inputs/a\u{0} out_of_range"),
    ] {
        let body = format!(r#"{{"start": {{"action_id": "sim-instant", "inputs": {inputs}}}}}"#);
        assert_eq!(client.send("POST", "/v1/executions", body.as_bytes()).problem(), expected);
    }
}

#[test]
fn numbers_past_two_to_the_53_reach_cxone_digit_by_digit() {
    let stack = Stack::shared();
    let correlation_id = fresh_correlation_id();
    let body = format!(
        r#"{{"start": {{"action_id": "sim-instant", "inputs": {{"big": 9007199254740993, "long": 0.12345678901234567890}}}},
            "correlation_id": "{correlation_id}", "callback": false}}"#
    );
    let client = stack.client().with("content-type", "application/json");
    let accepted = client.send("POST", "/v1/executions", body.as_bytes());
    assert_eq!(accepted.status(), 202, "{}", accepted.text());
    let journal = accepted.json()["links"]["journal"].as_str().map(|path| stack.client().get(path).text().to_owned());
    let journal = journal.unwrap_or_default();
    assert!(journal.contains("9007199254740993") && journal.contains("0.12345678901234567890"), "{journal}");
}

/// Each hostile body around a body that would do, which has `"HERE"` where anything may stand.
fn bodies(shell: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let sound = shell.to_string();
    let with = |text: &str| sound.replace("\"HERE\"", text).into_bytes();
    let around = |before: &[u8], after: &[u8]| [before, sound.as_bytes(), after].concat();
    vec![
        (
            "invalid UTF-8",
            sound
                .replace("HERE", "@")
                .into_bytes()
                .into_iter()
                .map(|byte| if byte == b'@' { 0xff } else { byte })
                .collect(),
        ),
        (
            "an overlong spelling",
            with("\"@\"")
                .into_iter()
                .flat_map(|byte| if byte == b'@' { vec![0xc0, 0xaf] } else { vec![byte] })
                .collect(),
        ),
        (
            "a surrogate in UTF-8",
            with("\"@\"")
                .into_iter()
                .flat_map(|byte| if byte == b'@' { vec![0xed, 0xa0, 0x80] } else { vec![byte] })
                .collect(),
        ),
        ("UTF-16", around(b"\xff\xfe", b"")),
        ("a byte order mark", around(b"\xef\xbb\xbf", b"")),
        ("NUL before", around(b"\0", b"")),
        ("NUL after", around(b"", b"\0")),
        ("NUL in a string", with("\"a\0b\"")),
        ("an escaped NUL", with("\"a\\u0000b\"")),
        ("half of a surrogate pair", with("\"\\ud83d\"")),
        ("the other half", with("\"\\ude00\"")),
        ("a name twice", with("{\"a\": 1, \"a\": 2}")),
        ("a name twice in two spellings", with("{\"a\": 1, \"\\u0061\": 2}")),
        (
            "a field of ours twice",
            sound.replacen('{', "{\"tenant\": \"default\", \"tenant\": \"default\", ", 1).into_bytes(),
        ),
        ("too deep", with(&format!("{}{}", "[".repeat(70), "]".repeat(70)))),
        ("much too deep", with(&"[".repeat(100_000))),
        ("many objects that nobody closes", with(&"{\"a\":".repeat(40_000))),
        ("a huge string", with(&format!("\"{}\"", "a".repeat(300_000)))),
        (
            "a huge number of ours",
            sound.replacen('{', "{\"timeout_seconds\": 1e999999, \"ttl_seconds\": 1e999999, ", 1).into_bytes(),
        ),
        (
            "a number past 2^53 that is ours",
            sound
                .replacen('{', "{\"timeout_seconds\": 9007199254740993, \"ttl_seconds\": 9007199254740993, ", 1)
                .into_bytes(),
        ),
        ("NaN", with("NaN")),
        ("a leading zero", with("01")),
        ("a control character", with("\"\u{1}\"")),
        ("two documents", around(b"", b"{}")),
        ("a comma too many", around(b"", b",")),
        ("nothing", Vec::new()),
        ("blanks", b" \n\t ".to_vec()),
        ("noise", (0..4_096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect()),
    ]
}

/// Routes that make something, and a body that each would take.
static CREATING: std::sync::LazyLock<Vec<(&str, Value)>> = std::sync::LazyLock::new(|| {
    let start = quick_start("sim-instant", &json!({"start": {"inputs": {"note": "HERE"}}}));
    // Nothing of a token's body is free, so whatever stands there is refused by its own name as well.
    let mint = json!({"resources": ["exe_0123456789abcdef0123456789abcdef"], "verbs": ["read"], "more": "HERE"});
    vec![("/v1/executions", start), ("/v1/tokens", mint)]
});
