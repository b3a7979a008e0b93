//! Chains of the built Worker: checked, run, read, shown, stopped, run again. What its nodes were given and did on CXone is told by
//! the simulation, not by us.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::snapshot::Snapshot;
use super::stack::{Stack, fresh_correlation_id, merged, wait_for};

mod bad_input;
mod crash;
mod ends;
mod joins;
mod others;
mod redacted;
mod redrive;
mod shown;
mod values;

/// Starts a chain and answers the snapshot of its acceptance.
///
/// # Panics
/// When it is not accepted.
fn accept(stack: &Stack, body: &Value) -> Value {
    let answer = stack.client().post("/v1/chains", body);
    assert_eq!(answer.status(), 202, "the chain is accepted: {}", answer.text());
    answer.json()
}

/// A chain of these nodes, followed closely, whose nodes have keys of their own on CXone; `more` is laid over it.
fn chain(nodes: &Value, more: &Value) -> Value {
    let body = json!({
        "nodes": nodes, "callback": false, "correlation_id": fresh_correlation_id(),
        "backoff": {"base_seconds": 0.3, "multiplier": 1.3, "min_seconds": 0.2, "max_seconds": 1.0, "max_attempts": 900},
    });
    merged(body, more)
}

/// A node of an action that needs these, with more laid over it.
fn node(action_id: &str, depends_on: &[&str], more: &Value) -> Value {
    merged(json!({"action_id": action_id, "depends_on": depends_on, "timeout_seconds": 240}), more)
}

/// The chain now.
fn look(stack: &Stack, id: &str) -> Value {
    let answer = stack.client().get(&format!("/v1/chains/{id}"));
    assert_eq!(answer.status(), 200, "{id} is there: {}", answer.text());
    let chain = answer.json();
    assert_adds_up(&chain);
    chain
}

/// The first snapshot for which `is_it` holds.
///
/// # Panics
/// When there is none in time.
fn when(stack: &Stack, id: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    let found = wait_for(PATIENCE, || Some(look(stack, id)).filter(&is_it));
    found.unwrap_or_else(|| {
        let latest = look(stack, id);
        assert!(is_it(&latest), "not within {PATIENCE:?}: {latest}");
        latest
    })
}

/// The chain once it is over.
fn ended(stack: &Stack, id: &str) -> Value {
    when(stack, id, |chain| !chain["ended_at"].is_null())
}

/// Runs a chain to its end.
fn run(stack: &Stack, body: &Value) -> Value {
    ended(stack, &id_of(&accept(stack, body)))
}

/// A node of a chain as it is shown.
fn shown(chain: &Value, name: &str) -> Value {
    let nodes = chain["nodes"].as_array().expect("a chain shows its nodes");
    nodes.iter().find(|node| node["name"] == name).expect("it has this node").clone()
}

/// `successful`, or `failed TEMPLATE_UNDEFINED`, or `not_started: needs fetch`, of each node, in order.
fn stands(chain: &Value) -> Vec<String> {
    let nodes = chain["nodes"].as_array().expect("a chain shows its nodes");
    let stand = |node: &Value| {
        let code = node["error"]["code"].as_str().map(|code| format!(" {code}")).unwrap_or_default();
        let reason = node["reason"].as_str().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{} {}{code}{reason}", text(node, "name"), text(node, "status"))
    };
    nodes.iter().map(stand).collect()
}

/// All outputs, by the name of their node.
fn results(stack: &Stack, id: &str) -> Value {
    let answer = stack.client().get(&format!("/v1/chains/{id}/results"));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer.json()["results"].clone()
}

/// The execution of a node.
fn execution_of(stack: &Stack, chain: &Value, name: &str) -> Snapshot {
    stack.look(&text(&shown(chain, name), "execution"))
}

/// What CXone was given for each node, by name: the chain has keys of its own there.
fn given(stack: &Stack, chain: &Value) -> BTreeMap<String, Value> {
    let nodes = chain["nodes"].as_array().expect("a chain shows its nodes");
    let begun = nodes.iter().filter(|node| !node["execution"].is_null());
    let given = begun.filter_map(|node| {
        let key = execution_of(stack, chain, &text(node, "name")).text("/correlation_id").to_owned();
        Some((text(node, "name"), stack.sim().inputs_of(&key)?))
    });
    given.collect()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn id_of(chain: &Value) -> String {
    text(chain, "id")
}

fn count(chain: &Value, part: &str) -> u64 {
    chain["summary"][part].as_u64().unwrap_or_default()
}

/// Every part is counted, and nothing twice.
fn assert_adds_up(chain: &Value) {
    let parts = ["successful", "failed", "degraded", "canceled", "skipped", "not_started", "running"];
    let sum: u64 = parts.iter().map(|part| count(chain, part)).sum();
    assert_eq!(sum, count(chain, "total"), "{}", chain["summary"]);
}

/// When a node began and when it ended, as texts that sort by time.
fn span(chain: &Value, name: &str) -> (String, String) {
    let node = shown(chain, name);
    (text(&node, "started_at"), text(&node, "ended_at"))
}

/// Generous: the machine that judges is slower than any that we know.
const PATIENCE: Duration = Duration::from_secs(300);
