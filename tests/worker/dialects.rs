//! The built Worker in every dialect that has executions: by the profile's own way to a token, from acceptance to the end.

use std::time::Duration;

use serde_json::{Value, json};

use super::snapshot::Snapshot;
use super::stack::{Stack, fresh_correlation_id, quick_start};

#[test]
fn dx_actions_are_followed_to_either_end() {
    let stack = Stack::start_with(Stack::shared(), &["CXONE_PROFILE=dx-actions"]);
    assert_eq!(run(&stack, "sim-fast"), "completed/completed");
    assert_eq!(run(&stack, "sim-failing"), "failed/failed UPSTREAM_FAILED");
}

#[test]
fn actions_that_are_answered_at_once_end_with_their_submit() {
    let stack = Stack::start_with(Stack::shared(), &["CXONE_PROFILE=data-actions"]);
    let ended = start(&stack, &quick_start("sim-fast", &json!({})));
    assert_eq!(ended.ending(), "completed/completed");
    assert!(ended.at("/result").is_object(), "the answer is the result: {ended}");
    assert_eq!(ended.at("/latency/calls"), &json!(1));
    assert_eq!(run(&stack, "sim-failing"), "pending/rejected CLIENT_ERROR");
}

#[test]
fn an_extraction_finds_its_way_and_keeps_its_distance_between_calls() {
    // Of its own: whoever else calls in the account's name takes from the one call in 30 s.
    let upstream = Stack::start();
    let sim = upstream.sim();
    let issuer = format!("CXONE_ISSUER=http://127.0.0.1:{}", sim.port());
    let settings = [
        "CXONE_PROFILE=cxone-data-extraction",
        "CXONE_BASE_URL=",
        &issuer,
        r#"CXONE_VARIABLES={"tenant_id":"sim-tenant"}"#,
        "CXONE_ACCESS_KEY_ID=sim-key",
        "CXONE_ACCESS_KEY_SECRET=sim-key-secret",
    ];
    let stack = Stack::start_with(&upstream, &settings);
    let [good, bad] = ["sim-fast", "sim-failing"].map(|entity| stack.accept(&extraction(entity)));
    let [good, bad] = [good, bad].map(|accepted| stack.ended(accepted.id(), Duration::from_secs(200)));
    assert_eq!(good.ending(), "completed/completed");
    assert_eq!(bad.ending(), "failed/failed UPSTREAM_FAILED");
    assert_eq!(sim.count("rate_limited"), 0, "30 s lie between two calls of a kind");
    assert_eq!((sim.total("discovery"), sim.total("token")), (1, 1), "CXone said once where its API is");
}

/// Runs an action to its end.
fn run(stack: &Stack, action_id: &str) -> String {
    let correlation_id = fresh_correlation_id();
    let ended = start(stack, &quick_start(action_id, &json!({"correlation_id": correlation_id})));
    stack.sim().the_one(&correlation_id);
    ended.ending()
}

fn start(stack: &Stack, body: &Value) -> Snapshot {
    stack.ended(stack.accept(body).id(), Duration::from_secs(60))
}

fn extraction(entity: &str) -> Value {
    let inputs = json!({"version": "1", "startDate": "2026-11-01", "endDate": "2026-11-20"});
    json!({
        "start": {"action_id": entity, "inputs": inputs}, "callback": false, "timeout_seconds": 190,
        "backoff": {"base_seconds": 1, "max_seconds": 2},
    })
}
