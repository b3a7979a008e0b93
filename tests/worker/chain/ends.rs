//! How a chain ends before all of it succeeded: stopped by its caller, by its time, by that of a node.

use serde_json::json;

use super::{accept, chain, count, ended, execution_of, id_of, node, results, run, shown, stands, when};
use crate::worker::stack::Stack;

#[test]
fn a_cancel_stops_what_has_not_started_and_cancels_what_runs() {
    let stack = Stack::shared();
    let nodes = json!({
        "a": node("sim-instant", &[], &json!({})),
        "b": node("sim-never", &["a"], &json!({"on_failure": "continue"})),
        "c": node("sim-instant", &["b"], &json!({})),
    });
    let id = id_of(&accept(stack, &chain(&nodes, &json!({}))));
    when(stack, &id, |chain| count(chain, "running") == 1 && count(chain, "successful") == 1);
    let cancel = || stack.client().send("POST", &format!("/v1/chains/{id}/cancel"), b"");
    let canceled = cancel();
    assert_eq!(canceled.status(), 202, "{}", canceled.text());
    let over = ended(stack, &id);
    assert_eq!(stands(&over), ["a successful", "b canceled CANCELED", "c not_started: needs b"], "{over}");
    assert_eq!((&over["outcome"], &over["stopped"]), (&json!("canceled"), &json!("canceled")));
    assert_eq!(execution_of(stack, &over, "b").outcome(), Some("canceled"));
    assert_eq!(results(stack, &id).as_object().map(serde_json::Map::len), Some(1), "what there is, stays");
    assert_eq!(cancel().status(), 200, "it has ended");
}

#[test]
fn a_chain_out_of_time_ends_with_what_it_has() {
    let stack = Stack::shared();
    let nodes = json!({
        "a": node("sim-instant", &[], &json!({})),
        "b": node("sim-never", &["a"], &json!({})),
        "c": node("sim-instant", &["b"], &json!({})),
    });
    let over = run(stack, &chain(&nodes, &json!({"timeout_seconds": 6})));
    assert_eq!((&over["outcome"], &over["stopped"]), (&json!("timed_out"), &json!("deadline")), "{over}");
    assert_eq!(stands(&over), ["a successful", "b failed DEADLINE_PASSED", "c not_started: needs b"], "{over}");
    assert!(results(stack, &id_of(&over))["a"]["customer_id"].is_string(), "partial results are kept");
}

#[test]
fn a_node_out_of_its_time_fails_and_the_rest_goes_on() {
    let stack = Stack::shared();
    let nodes = json!({
        "other": node("sim-instant", &[], &json!({})),
        "slow": node("sim-never", &[], &json!({"timeout_seconds": 5})),
        "waits": node("sim-instant", &["slow"], &json!({})),
    });
    let over = run(stack, &chain(&nodes, &json!({})));
    assert_eq!(stands(&over), ["other successful", "slow failed DEADLINE_PASSED", "waits not_started: needs slow"]);
    assert_eq!((&over["outcome"], &over["failures"]), (&json!("partial"), &json!({"DEADLINE_PASSED": 1})), "{over}");
    assert_eq!(shown(&over, "slow")["outcome"], "timed_out");
}

#[test]
fn a_chain_whose_first_node_fails_has_failed() {
    let stack = Stack::shared();
    let nodes = json!({"a": node("sim-failing", &[], &json!({})), "b": node("sim-instant", &["a"], &json!({}))});
    let over = run(stack, &chain(&nodes, &json!({})));
    assert_eq!((&over["outcome"], &over["status"]), (&json!("failed"), &json!("failed")), "{over}");
    assert_eq!(over["failures"], json!({"UPSTREAM_FAILED": 1}));
    let answer = stack.client().get(&format!("/v1/chains/{}/results", id_of(&over))).json();
    assert_eq!((&answer["results"], &answer["failures"]), (&json!({}), &json!({"UPSTREAM_FAILED": 1})), "{answer}");
    assert!(answer["latency"]["a"].is_number() && answer["latency"]["b"].is_null(), "{answer}");
}
