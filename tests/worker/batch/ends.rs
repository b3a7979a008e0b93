//! How a batch ends before all of it succeeded: stopped by its caller, by what failed, by its time.

use serde_json::json;

use super::{accept, batch, count, ended, execution_of, id_of, items, submitted, when};
use crate::worker::stack::{Stack, fresh_correlation_id};

#[test]
fn a_cancel_stops_what_has_not_started_and_cancels_what_runs() {
    let stack = Stack::shared();
    let id = id_of(&accept(stack, &batch("sim-never", 30, &json!({"max_parallel": 6, "chunk_size": 6}))));
    when(stack, &id, |batch| count(batch, "running") == 6);
    let canceled = stack.client().send("POST", &format!("/v1/batches/{id}/cancel"), b"");
    assert_eq!(canceled.status(), 202, "{}", canceled.text());
    let over = ended(stack, &id);
    assert_eq!((&over["outcome"], &over["stopped"]), (&json!("canceled"), &json!("canceled")));
    assert_eq!((count(&over, "canceled"), count(&over, "not_started")), (6, 24), "{over}");
    assert_eq!(stack.client().send("POST", &format!("/v1/batches/{id}/cancel"), b"").status(), 200, "it has ended");
    for item in items(stack, &id).values() {
        let execution = execution_of(stack, item);
        assert_eq!(execution.outcome(), Some("canceled"), "also one that never began: {execution}");
    }
}

#[test]
fn more_failures_than_are_tolerated_start_nothing_more() {
    let stack = Stack::shared();
    let more = json!({"tolerate": {"failed": 2}, "max_parallel": 2, "chunk_size": 2});
    let over = ended(stack, &id_of(&accept(stack, &batch("sim-failing", 20, &more))));
    assert_eq!((&over["outcome"], &over["stopped"]), (&json!("failed"), &json!("tolerance")), "{over}");
    assert!((3..=4).contains(&count(&over, "failed")), "{over}");
    assert_eq!(count(&over, "failed") + count(&over, "not_started"), 20, "{over}");
    assert_eq!(over["failures"][0]["code"], "UPSTREAM_FAILED", "{over}");
}

#[test]
fn a_batch_out_of_time_ends_with_what_it_has() {
    let stack = Stack::shared();
    let more = json!({"timeout_seconds": 5, "max_parallel": 3, "chunk_size": 3});
    let over = ended(stack, &id_of(&accept(stack, &batch("sim-never", 9, &more))));
    assert_eq!((&over["outcome"], &over["stopped"]), (&json!("timed_out"), &json!("deadline")), "{over}");
    assert_eq!((count(&over, "degraded"), count(&over, "not_started")), (3, 6), "{over}");
}

#[test]
fn an_answer_of_the_cache_serves_an_item_and_is_said_to() {
    let stack = Stack::shared();
    let mark = fresh_correlation_id();
    let payload = |id: &str| json!({"id": id, "inputs": {"mark": mark}});
    let body = |id: &str| batch("sim-instant", 0, &json!({"payloads": [payload(id)], "cache": {"ttl_seconds": 600}}));
    let first = ended(stack, &id_of(&accept(stack, &body("a"))));
    assert_eq!(first["sources"]["fresh"], 1, "{first}");
    // Results are remembered in the background.
    let cached = super::wait_for(super::PATIENCE, || {
        let over = ended(stack, &id_of(&accept(stack, &body("b"))));
        Some(over).filter(|over| over["sources"]["cached"] == 1)
    });
    assert!(cached.is_some(), "an equal item is served by the cache");
}

#[test]
fn an_item_out_of_time_is_degraded_and_the_batch_partial() {
    let stack = Stack::alone();
    stack.sim().reset();
    let over = ended(&stack, &id_of(&accept(&stack, &batch("sim-never", 2, &json!({"item_timeout_seconds": 5})))));
    assert_eq!(count(&over, "degraded"), 2, "{over}");
    assert_eq!(over["outcome"], "failed", "nothing of it was answered: {over}");
    let shown = items(&stack, &id_of(&over));
    assert!(shown.values().all(|item| item["reason"] == "timeout_no_cache"), "{shown:?}");
    assert_eq!(submitted(&stack).len(), 2);
}
