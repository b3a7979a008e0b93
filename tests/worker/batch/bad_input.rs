//! What is no batch is refused whole, with every fault and its place.

use serde_json::{Value, json};

use super::{accept, batch, count, ended, id_of, items};
use crate::worker::stack::{Stack, merged};

#[test]
fn what_is_no_batch_is_refused_with_every_fault() {
    let stack = Stack::shared();
    let item = |more: &Value| merged(json!({"id": "a"}), more);
    let with = |more: &Value| merged(json!({"action_id": "sim-instant", "payloads": [{"id": "a"}]}), more);
    let too_many: Vec<Value> = (0..10_001).map(|index| json!({"id": format!("{index}")})).collect();
    for (body, problem) in [
        (json!({"action_id": "sim-instant"}), "422 invalid-request /payloads missing"),
        (with(&json!({"payloads": []})), "422 invalid-request /payloads out_of_range"),
        (with(&json!({"payloads": too_many})), "422 invalid-request /payloads out_of_range"),
        (with(&json!({"payloads": [{}]})), "422 invalid-request /payloads/0/id missing"),
        (
            with(&json!({"payloads": [item(&json!({})), item(&json!({"id": "b"})), item(&json!({}))]})),
            "422 invalid-request /payloads/2/id repeated_field",
        ),
        (with(&json!({"max_parallel": 0})), "422 invalid-request /max_parallel out_of_range"),
        (with(&json!({"max_parallel": 201})), "422 invalid-request /max_parallel out_of_range"),
        (with(&json!({"chunk_size": 1_001})), "422 invalid-request /chunk_size out_of_range"),
        (
            with(&json!({"tolerate": {"failed": 1, "failed_percent": 5}})),
            "422 invalid-request /tolerate/failed_percent contradiction",
        ),
        (with(&json!({"notify": {"url": "ftp://x"}})), "422 invalid-request /notify/url out_of_range"),
        (with(&json!({"tenant": "nobody"})), "422 invalid-request /tenant out_of_range"),
        (with(&json!({"profile": "other"})), "422 invalid-request /profile out_of_range"),
        (
            with(&json!({"payloads": [item(&json!({"inputs": 1})), item(&json!({"id": "", "more": 1}))]})),
            "422 invalid-request /payloads/0/inputs wrong_type, /payloads/1/id out_of_range, /payloads/1/more unknown_field",
        ),
    ] {
        assert_eq!(stack.client().post("/v1/batches", &body).problem(), problem);
    }
    let many: Vec<Value> = (0..150).map(|index| json!({"id": format!("{index}"), "inputs": []})).collect();
    let refused = stack.client().post("/v1/batches", &with(&json!({"payloads": many}))).json();
    assert_eq!((refused["violations"].as_array().map(Vec::len), &refused["omitted"]), (Some(100), &json!(50)));
    let large = json!({"action_id": "sim-instant", "payloads": [{"id": "a", "inputs": {"text": "x".repeat(300_000)}}]});
    assert_eq!(stack.client().post("/v1/batches", &large).problem(), "422 invalid-request /payloads/0 out_of_range");
    let text = stack.client().with("content-type", "text/plain").send("POST", "/v1/batches", b"{}");
    assert_eq!(text.problem(), "415 unsupported-media-type");
}

#[test]
fn with_leave_items_that_are_none_are_left_out_and_named() {
    let stack = Stack::shared();
    let more = json!({"accept_valid": true, "payloads": [{"id": "a"}, {"id": "b", "inputs": 1}, {}, {"id": "d"}]});
    let accepted = accept(stack, &batch("sim-instant", 0, &more));
    assert_eq!(count(&accepted, "total"), 2);
    assert_eq!(accepted["refused"]["count"], 2);
    let named: Vec<_> =
        accepted["refused"]["items"].as_array().into_iter().flatten().map(|item| &item["index"]).collect();
    assert_eq!(named, [1, 2]);
    let over = ended(stack, &id_of(&accepted));
    assert_eq!(over["outcome"], "completed", "{over}");
    assert_eq!(items(stack, &id_of(&accepted)).into_keys().collect::<Vec<_>>(), ["a", "d"]);
}

#[test]
fn a_batch_comes_as_lines_too_and_under_a_key_it_is_made_once() {
    let stack = Stack::shared();
    let lines = "{\"action_id\":\"sim-instant\",\"callback\":false}\n{\"id\":\"a\"}\n\n{\"id\":\"b\"}\n";
    let key = crate::worker::stack::fresh_correlation_id();
    let client = stack.client().with("idempotency-key", &key).with("content-type", "application/x-ndjson");
    let first = client.send("POST", "/v1/batches?wait=20", lines.as_bytes());
    assert_eq!(first.status(), 202, "{}", first.text());
    assert_eq!(first.header("location"), first.json()["links"]["self"]);
    let again = client.send("POST", "/v1/batches", lines.as_bytes()).json();
    assert_eq!(id_of(&again), id_of(&first.json()), "a repeat finds the first");
    let other = client.send("POST", "/v1/batches", lines.replace("\"b\"", "\"c\"").as_bytes());
    assert_eq!(other.problem(), "422 idempotency-key-reused");
    let over = ended(stack, &id_of(&again));
    assert_eq!((count(&over, "successful"), &over["outcome"]), (2, &json!("completed")));
}

#[test]
fn a_query_with_faults_names_each() {
    let stack = Stack::shared();
    let id = id_of(&accept(stack, &batch("sim-instant", 1, &json!({}))));
    for (query, problem) in [
        ("status=bad", "400 invalid-parameter ?status out_of_range"),
        ("limit=0", "400 invalid-parameter ?limit out_of_range"),
        ("cursor=x", "400 invalid-parameter ?cursor out_of_range"),
        ("colour=red", "400 invalid-parameter ?colour unknown_field"),
    ] {
        assert_eq!(stack.client().get(&format!("/v1/batches/{id}?{query}")).problem(), problem);
    }
    let nobody = "/v1/batches/bat_0123456789abcdef0123456789abcdef";
    for path in [nobody.to_owned(), format!("{nobody}/events"), "/v1/batches/x".into(), format!("/v1/executions/{id}")]
    {
        assert_eq!(stack.client().get(&path).problem(), "404 not-found", "{path}");
    }
    for (path, body) in [("items", r#"{"items": ["nobody"]}"#), ("statuses", r#"{"statuses": ["running"]}"#)] {
        let answer = stack.client().send("POST", &format!("/v1/batches/{id}/redrive"), body.as_bytes());
        assert_eq!(answer.problem(), format!("422 invalid-request /{path}/0 out_of_range"));
    }
}
