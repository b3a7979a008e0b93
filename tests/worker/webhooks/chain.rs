//! What a chain tells its caller's webhook, of itself and of its nodes.

use cxpulse_core::outbox::Topic;
use serde_json::{Value, json};

use super::{NEW_SECRET, check, list, stack};
use crate::worker::receiver::{PATIENCE, Receiver};
use crate::worker::stack::{Stack, wait_for};

#[test]
fn a_chain_tells_of_itself_and_of_each_node_in_order() {
    let receiver = Receiver::start(&[]);
    let id = start(stack(), &receiver, &json!(null));
    let told = receiver.until("chain.completed");
    let kinds: Vec<String> = told
        .iter()
        .map(|delivery| {
            let name = delivery.json().pointer("/data/node/name").and_then(Value::as_str).map(str::to_owned);
            name.map_or_else(|| delivery.kind().to_owned(), |name| format!("{} {name}", delivery.kind()))
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "chain.started",
            "chain.node_started a",
            "chain.node_completed a",
            "chain.node_started b",
            "chain.node_failed c",
            "chain.node_completed b",
            "chain.completed",
        ]
    );
    assert!(told.iter().all(|delivery| delivery.json().pointer("/data/id") == Some(&json!(id))));
    let completed = told.iter().find(|delivery| delivery.kind() == "chain.node_completed").expect("one is told");
    let completed = completed.json();
    assert_eq!(completed.pointer("/data/node/status"), Some(&json!("successful")));
    assert!(
        completed.pointer("/data/output/customer_id").is_some_and(Value::is_string),
        "with its output: {completed}"
    );
    let failed = told.iter().find(|delivery| delivery.kind() == "chain.node_failed").expect("one is told").json();
    assert_eq!(failed.pointer("/data/node/error/code"), Some(&json!("TEMPLATE_UNDEFINED")), "{failed}");
    assert_eq!(failed.pointer("/data/output"), Some(&Value::Null));
    assert_eq!(told.last().and_then(|last| last.json().pointer("/data/outcome").cloned()), Some(json!("partial")));
    told.iter().for_each(|delivery| check(delivery, NEW_SECRET).expect("each is signed"));
}

#[test]
fn what_is_told_of_is_chosen_and_what_is_not_is_refused() {
    let receiver = Receiver::start(&[]);
    start(stack(), &receiver, &json!(["node_failed", "completed"]));
    let kinds: Vec<String> =
        receiver.until("chain.completed").iter().map(|delivery| delivery.kind().to_owned()).collect();
    assert_eq!(kinds, ["chain.node_failed", "chain.completed"]);
    let all: Vec<&str> = Topic::ALL.iter().map(|topic| topic.name()).collect();
    let refused = stack().client().post("/v1/chains", &body(&receiver, &json!(all)));
    assert!(refused.problem().starts_with("422 invalid-request /notify/events/0 out_of_range"), "{}", refused.text());
}

#[test]
fn a_chain_stands_among_the_dead_letters_of_its_tenant() {
    let stack = stack();
    let receiver = Receiver::start(&["500"; 3]);
    let id = start(stack, &receiver, &json!(["completed"]));
    (0..3).for_each(|_| drop(receiver.take()));
    let path = format!("/v1/chains/{id}/notifications");
    let listed = wait_for(PATIENCE, || Some(list(stack, &path)).filter(|page| page.get("dead") == Some(&json!(1))));
    let letter = listed.expect("it is given up").pointer("/notifications/0").cloned().expect("and listed");
    assert_eq!(letter.get("id"), Some(&json!(format!("msg_{id}_1"))));
    let dead = wait_for(PATIENCE, || {
        let page = list(stack, "/v1/tenants/default/dead-letters?limit=100");
        let items = page.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        items.into_iter().find(|item| item.get("id") == Some(&json!(id)))
    });
    assert_eq!(dead.expect("the tenant's list has it").get("kind"), Some(&json!("chain")));
    let again = stack.client().send("POST", &format!("{path}/redrive"), b"");
    assert_eq!(again.status(), 202, "{}", again.text());
    assert_eq!(receiver.take().kind(), "chain.completed");
}

/// A chain of which one node cannot be bound.
fn body(receiver: &Receiver, events: &Value) -> Value {
    json!({
        "nodes": {
            "a": {"action_id": "sim-instant"},
            "b": {"action_id": "sim-for-2s", "depends_on": "a"},
            "c": {"action_id": "sim-instant", "depends_on": "a", "inputs": {"x": "{{ a.nothing }}"}},
        },
        "callback": false, "notify": {"url": receiver.url, "events": events},
        "backoff": {"base_seconds": 0.3, "min_seconds": 0.2, "max_seconds": 1.0, "max_attempts": 900},
    })
}

/// Starts it.
fn start(stack: &Stack, receiver: &Receiver, events: &Value) -> String {
    let accepted = stack.client().post("/v1/chains", &body(receiver, events));
    assert_eq!(accepted.status(), 202, "{}", accepted.text());
    accepted.json()["id"].as_str().unwrap_or_default().to_owned()
}
