//! Pages of other origins: those that settings name may call the API, nobody else's; the element's package is for all.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::stack::{Stack, quick_start};

#[test]
fn a_preflight_of_a_named_origin_is_told_what_it_may_send() {
    let stack = open_stack();
    let answer = preflight(stack, FRIEND, "/v1/executions");
    assert_eq!((answer.status(), answer.body().len()), (204, 0));
    assert_eq!(answer.header("access-control-allow-origin"), FRIEND);
    for (name, wanted) in [
        ("access-control-allow-methods", &["get", "post"][..]),
        (
            "access-control-allow-headers",
            &["authorization", "content-type", "idempotency-key", "last-event-id", "x-request-id"],
        ),
        ("vary", &["origin"]),
    ] {
        assert_lists(&answer, name, wanted);
    }
    assert_eq!(answer.header("access-control-allow-credentials"), "", "browsers send nothing of their own");
}

#[test]
fn a_named_origin_reads_answers_with_their_headers_and_refusals_too() {
    let stack = open_stack();
    let friend = stack.client().with("origin", FRIEND);
    let started = friend.post("/v1/executions", &quick_start("sim-instant", &json!({})));
    assert_eq!(started.status(), 202, "{}", started.text());
    let id = started.json().get("id").and_then(Value::as_str).expect("a start has an id").to_owned();
    stack.ended(&id, Duration::from_secs(30));
    let this = format!("/v1/executions/{id}");
    let events = friend.get(&format!("{this}/events"));
    let refused = stack.client_with(None).with("origin", FRIEND).get(&this);
    assert_eq!(refused.problem(), "401 unauthorized");
    for answer in [started, friend.get(&this), events, refused, friend.get("/v1/nothing")] {
        assert_eq!(answer.header("access-control-allow-origin"), FRIEND);
        let exposed = ["date", "etag", "link", "location", "retry-after", "x-request-id"];
        assert_lists(&answer, "access-control-expose-headers", &exposed);
        assert_lists(&answer, "vary", &["origin"]);
    }
}

#[test]
fn other_origins_and_none_are_told_nothing_but_that_the_answer_varies() {
    let stack = open_stack();
    assert_closed(&preflight(stack, STRANGER, "/v1/executions"));
    for client in [stack.client().with("origin", STRANGER), stack.client(), stack.client_with(None)] {
        for path in ["/v1/executions/exe_0123456789abcdef0123456789abcdef", "/v1/executions", "/v1/nothing"] {
            assert_closed(&client.get(path));
        }
    }
}

#[test]
fn without_settings_no_origin_may_call() {
    let stack = Stack::shared();
    for answer in [preflight(stack, FRIEND, "/v1/executions"), friend_of(stack).get("/v1/nothing")] {
        assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), ("", ""));
    }
}

#[test]
fn the_package_loads_from_anywhere_and_no_other_file_does() {
    let stack = Stack::shared();
    let ask = |path: &str| stack.client_with(None).with("origin", STRANGER).get(path);
    let script = ask("/pkg/cxpulse.js");
    assert_eq!(script.status(), 200);
    assert_eq!(script.header("access-control-allow-origin"), "*");
    assert_eq!(script.header("cross-origin-resource-policy"), "cross-origin");
    for path in ["/", "/healthz", "/dev/session"] {
        let answer = ask(path);
        assert_eq!((answer.status(), answer.header("access-control-allow-origin")), (200, ""), "{path}");
    }
}

#[test]
fn the_key_of_development_stays_on_this_machine() {
    let stack = Stack::shared();
    let ask = |client: &Client| client.get("/dev/session");
    let client = stack.client_with(None);
    assert_eq!(ask(&client).json().get("api_key"), Some(&json!(stack.api_key())));
    let elsewhere = ask(&client.with("host", "cxpulse.example"));
    assert_eq!(elsewhere.problem(), "503 misconfigured");
    assert!(!elsewhere.text().contains(stack.api_key()));
}

/// A Worker that pages of [`FRIEND`] may call.
fn open_stack() -> &'static Stack {
    static OPEN: OnceLock<Stack> = OnceLock::new();
    OPEN.get_or_init(|| Stack::start_open_to(Stack::shared(), &format!("https://other.example, {FRIEND}/")))
}

fn friend_of(stack: &Stack) -> Client {
    stack.client().with("origin", FRIEND)
}

fn preflight(stack: &Stack, origin: &str, path: &str) -> Answer {
    let client = stack.client_with(None).with("origin", origin).with("access-control-request-method", "POST");
    client.with("access-control-request-headers", "authorization,content-type").send("OPTIONS", path, b"")
}

fn assert_closed(answer: &Answer) {
    assert_eq!(answer.header("access-control-allow-origin"), "", "{}", answer.text());
    assert_eq!(answer.header("access-control-expose-headers"), "", "{}", answer.text());
    assert_lists(answer, "vary", &["origin"]);
}

fn assert_lists(answer: &Answer, name: &str, wanted: &[&str]) {
    let found = answer.header(name).to_ascii_lowercase();
    let found: Vec<&str> = found.split(',').map(str::trim).collect();
    let missing: Vec<&&str> = wanted.iter().filter(|one| !found.contains(one)).collect();
    assert!(missing.is_empty(), "{name} lacks {missing:?}: {found:?}");
}

const FRIEND: &str = "https://crm.example";
const STRANGER: &str = "https://stranger.example";
