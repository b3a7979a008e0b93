//! Batches of the built Worker: accepted, run, read, stopped, run again. What its items did on CXone is counted by the
//! simulation, not by us.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::snapshot::Snapshot;
use super::stack::{Stack, merged, wait_for};

mod bad_input;
mod crash;
mod ends;
mod faults;
mod items;
mod others;
mod redrive;
mod storage;
mod watched;

/// Starts a batch and answers the snapshot of its acceptance.
///
/// # Panics
/// When it is not accepted.
fn accept(stack: &Stack, body: &Value) -> Value {
    let answer = stack.client().post("/v1/batches", body);
    assert_eq!(answer.status(), 202, "the batch is accepted: {}", answer.text());
    answer.json()
}

/// A batch of so many items of one action, followed closely; `more` is laid over it.
fn batch(action_id: &str, count: usize, more: &Value) -> Value {
    let payloads: Vec<Value> = (0..count).map(|index| json!({"id": format!("item-{index}"), "inputs": {}})).collect();
    let body = json!({
        "action_id": action_id, "payloads": payloads, "callback": false, "max_parallel": 20, "chunk_size": 20,
        "item_timeout_seconds": 240,
        "backoff": {"base_seconds": 0.3, "multiplier": 1.3, "min_seconds": 0.2, "max_seconds": 1.0, "max_attempts": 900},
    });
    merged(body, more)
}

/// The batch now.
fn look(stack: &Stack, id: &str) -> Value {
    let answer = stack.client().get(&format!("/v1/batches/{id}"));
    assert_eq!(answer.status(), 200, "{id} is there: {}", answer.text());
    let batch = answer.json();
    assert_adds_up(&batch);
    batch
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

/// The batch once it is over.
fn ended(stack: &Stack, id: &str) -> Value {
    when(stack, id, |batch| !batch["ended_at"].is_null())
}

/// All items as lines, by the caller's id.
fn items(stack: &Stack, id: &str) -> BTreeMap<String, Value> {
    let answer = stack.client().get(&format!("/v1/batches/{id}?fields=results"));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let lines: Vec<Value> =
        answer.text().lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let indices: Vec<_> = lines.iter().filter_map(|item| item["index"].as_u64()).collect();
    assert!(indices.is_sorted(), "items come in the order of their places");
    lines.into_iter().map(|item| (text(&item, "id"), item)).collect()
}

/// The execution that an item's link leads to.
fn execution_of(stack: &Stack, item: &Value) -> Snapshot {
    let answer = stack.client().get(&text(&item["links"], "execution"));
    assert_eq!(answer.status(), 200, "{item}: {}", answer.text());
    Snapshot::of(answer.json())
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn id_of(batch: &Value) -> String {
    text(batch, "id")
}

fn count(batch: &Value, part: &str) -> u64 {
    batch["summary"][part].as_u64().unwrap_or_default()
}

/// Every part is counted, and nothing twice.
fn assert_adds_up(batch: &Value) {
    let parts = ["successful", "failed", "degraded", "canceled", "not_started", "running"];
    let sum: u64 = parts.iter().map(|part| count(batch, part)).sum();
    assert_eq!(sum, count(batch, "total"), "{}", batch["summary"]);
}

/// How often each correlation id was accepted by CXone.
fn submitted(stack: &Stack) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for id in stack.sim().submitted() {
        *counts.entry(id).or_insert(0) += 1;
    }
    counts
}

fn distinct(values: impl IntoIterator<Item = String>) -> usize {
    values.into_iter().collect::<BTreeSet<_>>().len()
}

/// Generous: the machine that judges is slower than any that we know.
const PATIENCE: Duration = Duration::from_secs(300);
