//! What is no chain is refused whole, with every fault and its place; and what is one is planned without running.

use serde_json::{Map, Value, json};

use super::{accept, chain, ended, id_of, node};
use crate::worker::stack::{Stack, fresh_correlation_id, merged};

#[test]
fn what_is_no_chain_is_refused_with_every_fault_at_once() {
    let stack = Stack::shared();
    let body = json!({
        "nodes": {
            "a": {"action_id": "x", "definition_id": "x", "on_failure": "retry", "colour": "red"},
            "b": {"action_id": "x", "depends_on": ["nobody", "b", "a", "a"], "inputs": {"x": "{{ q.y | uper }}", "y": "{{ d.k }}"}},
            "c": {"action_id": "x", "depends_on": "d", "when": "a.b ="},
            "d": {"action_id": "x", "depends_on": ["c"], "inputs": {"z": ["{{ zz.y }}"]}},
            "loop": {"timeout_seconds": 1},
        },
        "max_parallel": 0,
    });
    let answer = stack.client().post("/v1/chains", &body);
    let mut found: Vec<String> = answer.json()["violations"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|violation| format!("{} {}", super::text(violation, "pointer"), super::text(violation, "code")))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "/max_parallel out_of_range",
            "/nodes/a/colour unknown_field",
            "/nodes/a/definition_id contradiction",
            "/nodes/a/on_failure out_of_range",
            "/nodes/b/depends_on/0 unknown_node",
            "/nodes/b/depends_on/1 cycle",
            "/nodes/b/depends_on/3 repeated_field",
            "/nodes/b/inputs/x template",
            "/nodes/b/inputs/y not_upstream",
            "/nodes/c/depends_on cycle",
            "/nodes/c/when template",
            "/nodes/d/inputs/z/0 unknown_node",
            "/nodes/loop out_of_range",
            "/nodes/loop/action_id missing",
            "/nodes/loop/timeout_seconds out_of_range",
        ],
        "{}",
        answer.text()
    );
    let said = answer.text();
    for words in ["c -> d -> c", "did you mean `upper`", r#"add \"d\" to the node's depends_on"#, "line 1, column"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn limits_hold_at_them_and_one_past_them() {
    let stack = Stack::shared();
    let plan = |nodes: &Value| stack.client().post("/v1/chains?validate_only=true", &chain(nodes, &json!({})));
    let lot = |count: usize| -> Value {
        (0..count).map(|index| (format!("n{index}"), node("x", &[], &json!({})))).collect::<Map<_, _>>().into()
    };
    assert_eq!(plan(&lot(1_000)).json()["nodes"], 1_000);
    assert_eq!(plan(&lot(1_001)).problem(), "422 invalid-request /nodes out_of_range");
    assert_eq!(plan(&json!({})).problem(), "422 invalid-request /nodes out_of_range");
    let line = |count: usize| -> Value {
        let name = |index: usize| format!("n{index:03}");
        let needs = |index: usize| index.checked_sub(1).map(name).into_iter().collect::<Vec<_>>();
        let node = |index: usize| json!({"action_id": "x", "depends_on": needs(index)});
        (0..count).map(|index| (name(index), node(index))).collect::<Map<_, _>>().into()
    };
    assert_eq!(plan(&line(250)).json()["layers"].as_array().map(Vec::len), Some(250));
    assert_eq!(plan(&line(251)).problem(), "422 invalid-request /nodes/n250 out_of_range");
    let template = |len: usize| {
        let text = format!("{{{{ inputs.x }}}}{}", "y".repeat(len - 14));
        json!({"a": {"action_id": "x", "inputs": {"t": text}}})
    };
    assert_eq!(plan(&template(16_384)).status(), 200);
    assert_eq!(plan(&template(16_385)).problem(), "422 invalid-request /nodes/a/inputs/t out_of_range");
    let large = json!({"a": {"action_id": "x", "inputs": {"t": "y".repeat(4_300_000)}}});
    assert_eq!(plan(&large).problem(), "413 too-large");
}

#[test]
fn a_plan_says_what_would_run_and_runs_nothing() {
    let stack = Stack::shared();
    let nodes = json!({
        "a": node("sim-instant", &[], &json!({})),
        "b": node("sim-instant", &["a"], &json!({"inputs": {"x": ["{{ a.customer_id }}"]}})),
        "c": node("sim-instant", &["a"], &json!({"when": "inputs.wanted", "timeout_seconds": 1_000})),
        "d": node("sim-instant", &["b", "c"], &json!({})),
    });
    let body = chain(&nodes, &json!({}));
    let planned = stack.client().post("/v1/chains?validate_only=true", &body);
    assert_eq!(planned.status(), 200, "{}", planned.text());
    let plan = planned.json();
    assert_eq!((&plan["order"], &plan["layers"]), (&json!(["a", "b", "c", "d"]), &json!([["a"], ["b", "c"], ["d"]])));
    assert_eq!((&plan["critical_path"], &plan["parallelism"]), (&json!(["a", "c", "d"]), &json!(2)), "{plan}");
    assert_eq!(plan["by_node"][1]["reads"], json!([{"pointer": "/inputs/x/0", "reads": ["a.customer_id"]}]));
    let key = format!("{}.a", super::text(&body, "correlation_id"));
    assert!(stack.sim().of_correlation(&key).is_empty(), "nothing has run");
    let odd = stack.client().post("/v1/chains?validate_only=perhaps", &body);
    assert_eq!(odd.problem(), "400 invalid-parameter ?validate_only out_of_range");
}

#[test]
fn a_chain_is_made_once_under_a_key() {
    let stack = Stack::shared();
    let body = merged(chain(&json!({"a": node("sim-instant", &[], &json!({}))}), &json!({})), &json!({"tags": ["k"]}));
    let client = stack.client().with("idempotency-key", &fresh_correlation_id());
    let first = client.post("/v1/chains?wait=20", &body);
    assert_eq!(first.status(), 202, "{}", first.text());
    assert_eq!(first.header("location"), first.json()["links"]["self"]);
    assert_eq!(id_of(&client.post("/v1/chains", &body).json()), id_of(&first.json()), "a repeat finds the first");
    let other = client.post("/v1/chains", &merged(body, &json!({"tags": ["other"]})));
    assert_eq!(other.problem(), "422 idempotency-key-reused");
    ended(stack, &id_of(&first.json()));
}

#[test]
fn what_is_asked_of_a_chain_is_held_to_its_form_and_to_its_kind() {
    let stack = Stack::shared();
    let id = id_of(&accept(stack, &chain(&json!({"a": node("sim-instant", &[], &json!({}))}), &json!({}))));
    ended(stack, &id);
    for (path, problem) in [
        ("/results?node=nobody", "400 invalid-parameter ?node unknown_node"),
        ("/results?node=a,,b", "400 invalid-parameter ?node out_of_range"),
        ("/results?cursor=x&colour=red", "400 invalid-parameter ?cursor out_of_range, ?colour unknown_field"),
        ("/graph?format=png", "400 invalid-parameter ?format out_of_range"),
        ("?wait=x", "400 invalid-parameter ?wait out_of_range"),
    ] {
        assert_eq!(stack.client().get(&format!("/v1/chains/{id}{path}")).problem(), problem, "{path}");
    }
    let hex = id.trim_start_matches("chn_");
    for path in [
        format!("/v1/batches/{id}"),
        format!("/v1/batches/bat_{hex}"),
        format!("/v1/batches/bat_{hex}/events"),
        format!("/v1/executions/{id}"),
        format!("/v1/executions/exe_{hex}-7"),
        format!("/v1/chains/chn_{}", "0".repeat(32)),
        format!("/v1/chains/bat_{hex}"),
        "/v1/chains/x".into(),
    ] {
        assert_eq!(stack.client().get(&path).problem(), "404 not-found", "{path}");
    }
    for path in [format!("/v1/batches/bat_{hex}/cancel"), format!("/v1/batches/bat_{hex}/redrive")] {
        assert_eq!(stack.client().send("POST", &path, b"").problem(), "404 not-found", "{path}");
    }
    let batch = stack.client().post("/v1/batches", &json!({"action_id": "sim-instant", "payloads": [{"id": "a"}]}));
    let batch = super::text(&batch.json(), "id");
    let batch = batch.trim_start_matches("bat_");
    for path in ["", "/results", "/graph", "/journal"] {
        assert_eq!(stack.client().get(&format!("/v1/chains/chn_{batch}{path}")).problem(), "404 not-found", "{path}");
    }
}
