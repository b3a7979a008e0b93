//! Callers that send the same again and say so nowhere: a key that is known for it makes one execution of both.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::client::Client;
use super::snapshot::Snapshot;
use super::stack::{Stack, fresh_correlation_id, quick_start};

#[test]
fn the_same_content_by_a_caller_known_to_repeat_is_one_execution_and_by_others_two() {
    let entry = |name: &str, repeats: bool| json!({"name": name, "scopes": ["execute", "read"], "sha256": sha256(&key(name)), "repeats": repeats});
    let keys = json!([entry("flow", true), entry("other", true), entry("careful", false)]);
    let stack = Stack::start_with(Stack::shared(), &[&format!("CXPULSE_API_KEYS={keys}")]);
    let client = |name: &str| stack.client_with(Some(&key(name)));
    let correlation_id = fresh_correlation_id();
    let body = quick_start("sim-instant", &json!({"correlation_id": correlation_id}));
    let first = start(&client("flow"), &body.to_string());
    let spelled = body.to_string().replace(',', " ,\n");
    assert_eq!(start(&client("flow"), &spelled), first, "the same content is the same request");
    assert!(start(&client("flow").with("idempotency-key", "mine"), &spelled) != first, "a key of its own says more");
    let other = quick_start("sim-instant", &json!({"correlation_id": fresh_correlation_id()}));
    assert!(start(&client("flow"), &other.to_string()) != first, "another correlation id is another request");
    assert!(start(&client("other"), &body.to_string()) != first, "another caller's request is another");
    let careful = [start(&client("careful"), &body.to_string()), start(&client("careful"), &body.to_string())];
    assert!(careful[0] != careful[1], "who is not known to repeat means it");
}

fn start(client: &Client, body: &str) -> String {
    let answer =
        client.clone().with("content-type", "application/json").send("POST", "/v1/executions", body.as_bytes());
    assert_eq!(answer.status(), 202, "{}", answer.text());
    Snapshot::of(answer.json()).id().to_owned()
}

fn key(name: &str) -> String {
    format!("the-key-of-{name}-0123456789")
}

fn sha256(text: &str) -> Value {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}
