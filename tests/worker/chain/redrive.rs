//! What did not succeed runs again, with all that depends on it, and reads what had succeeded.

use serde_json::{Value, json};

use super::{chain, ended, execution_of, given, id_of, node, run, shown, stands};
use crate::worker::stack::Stack;

#[test]
fn a_redrive_runs_what_failed_and_what_needs_it_and_nothing_else() {
    let stack = Stack::alone();
    stack.sim().reset();
    let nodes = json!({
        "a": node("sim-instant", &[], &json!({})),
        "b": node("sim-instant", &["a"], &json!({"inputs": {"id": "{{ a.customer_id }}"}, "timeout_seconds": 20})),
        "c": node("sim-instant", &["b"], &json!({"inputs": {"id": "{{ b.customer_id }}"}})),
        "d": node("sim-instant", &["a"], &json!({"when": "false"})),
    });
    stack.sim().set_faults(&json!({"rates": {"not_found": 1.0}, "only": ["submit"], "seed": 5}));
    let first = run(&stack, &chain(&nodes, &json!({})));
    stack.sim().calm();
    let id = id_of(&first);
    assert_eq!(first["outcome"], "failed", "{first}");
    let redrive = |body: &Value| stack.client().post(&format!("/v1/chains/{id}/redrive"), body);
    assert_eq!(redrive(&json!({})).status(), 202);
    let second = ended(&stack, &id);
    assert_eq!(
        stands(&second),
        ["a successful", "b successful", "c successful", "d skipped: when"],
        "what needs it runs after it: {second}"
    );
    assert_eq!((&second["generation"], &second["outcome"]), (&json!(2), &json!("completed")));
    let of_a = execution_of(&stack, &second, "a").text("/result/output/customer_id").to_owned();
    assert_eq!(given(&stack, &second)["b"]["id"], json!(of_a));
    assert_eq!(redrive(&json!({})).status(), 200, "nothing is left to run");
    let again = execution_of(&stack, &second, "a");
    assert!(again.text("/correlation_id").ends_with(".a~2"), "a later execution has a key of its own: {again}");
}

#[test]
fn a_preview_names_what_would_run_and_runs_nothing() {
    let stack = Stack::shared();
    let nodes = json!({
        "a": node("sim-instant", &[], &json!({})),
        "b": node("sim-failing", &["a"], &json!({})),
        "c": node("sim-instant", &["b"], &json!({})),
        "d": node("sim-failing", &["a"], &json!({"on_failure": "continue"})),
        "e": node("sim-instant", &["d"], &json!({"inputs": {"status": "{{ d.meta.status }}"}})),
    });
    let over = run(stack, &chain(&nodes, &json!({})));
    let redrive = format!("/v1/chains/{}/redrive", id_of(&over));
    let preview = stack.client().post(&redrive, &json!({"preview": true}));
    assert_eq!(preview.status(), 200, "{}", preview.text());
    let preview = preview.json();
    assert_eq!((&preview["nodes"], &preview["after"]), (&json!(["b", "c", "d"]), &json!(["e"])), "{preview}");
    assert_eq!((&preview["count"], &preview["generation"]), (&json!(4), &json!(2)), "{preview}");
    assert_eq!(super::look(stack, &id_of(&over)), over, "nothing has run");
    let kept = execution_of(stack, &over, "a");
    assert_eq!(stack.client().post(&redrive, &json!({"nodes": ["d"]})).status(), 202);
    let second = ended(stack, &id_of(&over));
    assert_eq!(shown(&second, "a")["generation"], 1, "what succeeded stays: {second}");
    assert_eq!((&shown(&second, "d")["generation"], &shown(&second, "e")["generation"]), (&json!(2), &json!(2)));
    assert_eq!(shown(&second, "b")["generation"], 1, "what was not named stays: {second}");
    assert_eq!(execution_of(stack, &second, "a"), kept);
    let nobody = stack.client().post(&redrive, &json!({"nodes": ["b", "nobody"], "more": 1}));
    assert_eq!(nobody.problem(), "422 invalid-request /more unknown_field");
    let nobody = stack.client().post(&redrive, &json!({"nodes": ["b", "nobody"]}));
    assert_eq!(nobody.problem(), "422 invalid-request /nodes/1 unknown_node");
}
