//! The tenant's result cache: what one execution brought serves others that ask for the same, where both allow it.

use std::time::Duration;

use serde_json::{Value, json};

use super::snapshot::Snapshot;
use super::stack::{Stack, fresh_correlation_id, quick_start, wait_for};

#[test]
fn a_result_serves_the_next_execution_without_a_submit() {
    let stack = Stack::shared();
    let customer = fresh_correlation_id();
    let first = ended(stack, &json!({"a": 1, "customer": customer}), &json!({"cache": {"ttl_seconds": 300}}));
    assert_eq!((first.outcome(), first.text("/source")), (Some("completed"), "fresh"), "{first}");
    assert!(first.at("/stored_at").is_null(), "{first}");
    // Another spelling of the same inputs.
    let (second, correlation_id) = until_cached(stack, &json!({"customer": customer, "a": 1.0}));
    assert_eq!(second.ending(), "completed/completed");
    assert_eq!(second.at("/result"), first.at("/result"));
    assert!(!second.text("/stored_at").is_empty(), "{second}");
    assert_eq!(stack.sim().of_correlation(&correlation_id), [], "nothing was submitted");
    assert_eq!(second.at("/latency/calls"), &json!(0));
    assert!(stack.gate()["cache"]["hits"].as_u64().is_some_and(|hits| hits > 0), "{}", stack.gate());
}

#[test]
fn a_result_serves_nobody_who_asks_for_something_else_or_for_something_new() {
    let stack = Stack::shared();
    let customer = fresh_correlation_id();
    let inputs = json!({"customer": customer});
    let caching = json!({"cache": {"ttl_seconds": 300}});
    ended(stack, &inputs, &caching);
    until_cached(stack, &inputs);
    for (inputs, more) in [
        (json!({"customer": customer, "b": 2}), caching.clone()),
        (inputs.clone(), json!({})),
        (inputs.clone(), json!({"start": {"action_id": "sim-fast"}, "cache": {"ttl_seconds": 300}})),
    ] {
        let other = ended(stack, &inputs, &more);
        assert_eq!(other.text("/source"), "fresh", "{inputs} {more}: {other}");
    }
}

#[test]
fn an_old_result_stands_in_where_no_new_one_can_be_had_in_time() {
    let stack = Stack::alone();
    let inputs = json!({"customer": fresh_correlation_id()});
    let first = ended(&stack, &inputs, &json!({"cache": {"ttl_seconds": 1}}));
    assert_eq!(first.text("/source"), "fresh", "{first}");
    let stored = || Some(stack.gate()).filter(|view| view["cache"]["entries"].as_u64() > Some(0));
    assert!(wait_for(PATIENCE, stored).is_some(), "{}", stack.gate());
    // Its time is over when it no longer serves as new; nothing new can be had by then.
    stack.sim().set_faults(&json!({"rates": {"unavailable": 1}, "only": ["submit"], "retry_after": "1"}));
    let more = json!({"timeout_seconds": 5, "cache": {"ttl_seconds": 1}});
    let degraded = || Some(ended(&stack, &inputs, &more)).filter(|ended| ended.text("/source") == "degraded");
    let degraded = wait_for(PATIENCE, degraded).expect("an old result stands in");
    assert_eq!(degraded.outcome(), Some("timed_out"), "{degraded}");
    assert_eq!(degraded.at("/result"), first.at("/result"));
    assert!(!degraded.text("/stored_at").is_empty(), "{degraded}");
}

/// Runs it again and again until its result comes from the cache: a result is stored without anybody waiting for that.
fn until_cached(stack: &Stack, inputs: &Value) -> (Snapshot, String) {
    let cached = || {
        let correlation_id = fresh_correlation_id();
        let more = json!({"cache": {"ttl_seconds": 300}, "correlation_id": correlation_id});
        let ended = ended(stack, inputs, &more);
        (ended.text("/source") == "cached").then_some((ended, correlation_id))
    };
    wait_for(PATIENCE, cached).expect("the result serves others")
}

fn ended(stack: &Stack, inputs: &Value, more: &Value) -> Snapshot {
    let mut body = quick_start("sim-instant", more);
    if let Some(start) = body.pointer_mut("/start/inputs") {
        *start = inputs.clone();
    }
    stack.ended(stack.accept(&body).id(), PATIENCE)
}

const PATIENCE: Duration = Duration::from_secs(30);
