//! What starts when: branches run together, and what joins them begins after the last; conditions, and what they skip.

use serde_json::json;

use super::{accept, chain, count, ended, given, id_of, node, run, shown, span, stands, when};
use crate::worker::stack::Stack;

#[test]
fn a_diamond_runs_its_branches_together_and_joins_after_both() {
    let stack = Stack::shared();
    let nodes = json!({
        "fetch": node("sim-for-1s", &[], &json!({})),
        "left": node("sim-for-3s", &["fetch"], &json!({})),
        "right": node("sim-for-3s", &["fetch"], &json!({})),
        "join": node("sim-for-1s", &["left", "right"], &json!({})),
    });
    let id = id_of(&accept(stack, &chain(&nodes, &json!({}))));
    when(stack, &id, |chain| count(chain, "running") == 2);
    let over = ended(stack, &id);
    assert_eq!((&over["outcome"], count(&over, "successful")), (&json!("completed"), 4), "{over}");
    let (fetch, left, right, join) =
        (span(&over, "fetch"), span(&over, "left"), span(&over, "right"), span(&over, "join"));
    assert!(fetch.1 <= left.0 && fetch.1 <= right.0, "nothing begins before what it needs has ended: {over}");
    assert!(left.1 <= join.0 && right.1 <= join.0, "{over}");
    assert!(left.0 < right.1 && right.0 < left.1, "branches run at the same time: {over}");
    let path: Vec<_> = over["latency"]["critical_path"].as_array().into_iter().flatten().collect();
    assert_eq!((path.len(), path[0], path[2]), (3, &json!("fetch"), &json!("join")), "{over}");
}

#[test]
fn independent_nodes_run_together_within_their_parallelism() {
    let stack = Stack::shared();
    let names: Vec<String> = (0..10).map(|index| format!("n{index}")).collect();
    let nodes: serde_json::Map<_, _> =
        names.iter().map(|name| (name.clone(), node("sim-for-2s", &[], &json!({})))).collect();
    let id = id_of(&accept(stack, &chain(&nodes.clone().into(), &json!({"max_parallel": 10}))));
    when(stack, &id, |chain| count(chain, "running") == 10);
    assert_eq!(count(&ended(stack, &id), "successful"), 10);
    let over = run(stack, &chain(&nodes.into(), &json!({"max_parallel": 2})));
    let spans: Vec<_> = names.iter().map(|name| span(&over, name)).collect();
    for (start, _) in &spans {
        let together = spans.iter().filter(|(other, end)| other <= start && start < end).count();
        assert!(together <= 2, "two at a time: {together} in {over}");
    }
}

#[test]
fn a_condition_skips_its_node_and_what_only_it_feeds() {
    let stack = Stack::shared();
    let nodes = json!({
        "check": node("sim-instant", &[], &json!({})),
        "yes": node("sim-instant", &["check"], &json!({"when": "check.customer_id is defined and inputs.wanted"})),
        "no": node("sim-instant", &["check"], &json!({"when": "{{ not inputs.wanted }}"})),
        "after_no": node("sim-instant", &["no"], &json!({})),
        "join": node("sim-instant", &["yes", "after_no"], &json!({"inputs": {
            "from": "{{ yes.customer_id | default(after_no.customer_id) }}", "skipped": "{{ no.meta.status }}",
        }})),
    });
    let over = run(stack, &chain(&nodes, &json!({"inputs": {"wanted": true}})));
    assert_eq!(
        stands(&over),
        [
            "after_no skipped: needs skipped",
            "check successful",
            "join successful",
            "no skipped: when",
            "yes successful",
        ]
    );
    assert_eq!((&over["outcome"], count(&over, "skipped")), (&json!("completed"), 2), "{over}");
    assert_eq!(shown(&over, "no")["execution"], json!(null), "what is skipped has no execution");
    assert_eq!(given(stack, &over)["join"]["skipped"], "skipped");
}

#[test]
fn all_nodes_lie_in_one_trace_each_with_a_span_of_its_own() {
    let stack = Stack::shared();
    let nodes = json!({"a": node("sim-instant", &[], &json!({})), "b": node("sim-instant", &["a"], &json!({}))});
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let answer = stack.client().with("traceparent", parent).post("/v1/chains", &chain(&nodes, &json!({})));
    let over = ended(stack, &id_of(&answer.json()));
    assert_eq!(over["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    let spans = ["a", "b"].map(|name| {
        let key = super::execution_of(stack, &over, name).text("/correlation_id").to_owned();
        stack.sim().trace_of(&key)
    });
    assert!(spans.iter().all(|span| span.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-")), "{spans:?}");
    assert_ne!(spans[0], spans[1]);
}
