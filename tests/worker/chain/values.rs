//! What flows along the edges: outputs into inputs, by templates; what of it cannot be had, and what stands in.

use serde_json::{Value, json};

use super::{chain, execution_of, given, id_of, node, results, run, shown, stands};
use crate::worker::stack::Stack;

#[test]
fn templates_make_inputs_of_outputs_and_keep_their_types() {
    let stack = Stack::shared();
    let nodes = json!({
        "fetch": node("sim-instant", &[], &json!({"inputs": {"account": "{{ inputs.account }}", "n": "{{ inputs.n }}"}})),
        "enrich": node("sim-instant", &["fetch"], &json!({"inputs": {
            "id": "{{ fetch.customer_id }}", "same": "{{ fetch.output.customer_id }}", "whole": "{{ fetch.output }}",
            "text": "customer {{ fetch.customer_id | lower }}!", "list": ["{{ fetch.meta.attempts }}", {"deep": "{{ inputs.n }}"}],
            "plain": "{not one}", "chain": "{{ chain.id }}", "{{ key }}": "of a field is none",
        }})),
    });
    let over = run(stack, &chain(&nodes, &json!({"inputs": {"account": "12345", "n": 9_007_199_254_740_993_u64}})));
    assert_eq!(over["outcome"], "completed", "{over}");
    let (given, results) = (given(stack, &over), results(stack, &id_of(&over)));
    assert_eq!(given["fetch"], json!({"account": "12345", "n": 9_007_199_254_740_993_u64}), "digits past 2^53 survive");
    let customer = results["fetch"]["customer_id"].as_str().expect("its output has an id");
    assert_eq!(
        given["enrich"],
        json!({
            "id": customer, "same": customer, "whole": results["fetch"],
            "text": format!("customer {}!", customer.to_lowercase()),
            "list": [execution_of(stack, &over, "fetch").at("/attempt"), {"deep": 9_007_199_254_740_993_u64}],
            "plain": "{not one}", "chain": id_of(&over), "{{ key }}": "of a field is none",
        })
    );
}

#[test]
fn what_is_not_there_fails_the_node_that_reads_it_and_is_named() {
    let stack = Stack::shared();
    let nodes = json!({
        "fetch": node("sim-instant", &[], &json!({})),
        "reads": node("sim-instant", &["fetch"], &json!({"inputs": {"customer": {"id": "{{ fetch.customer.id }}"}}})),
        "mends": node("sim-instant", &["fetch"], &json!({"inputs": {"id": "{{ fetch.customer.id | default('none') }}"}})),
        "counts": node("sim-instant", &["fetch"], &json!({"inputs": {"n": "{{ fetch.customer_id + 1 }}"}})),
        "asks": node("sim-instant", &["fetch"], &json!({"when": "fetch.nothing == 1"})),
        "after": node("sim-instant", &["reads"], &json!({})),
    });
    let over = run(stack, &chain(&nodes, &json!({})));
    assert_eq!(
        stands(&over),
        [
            "after not_started: needs reads",
            "asks failed TEMPLATE_UNDEFINED",
            "counts failed TEMPLATE_FAULT",
            "fetch successful",
            "mends successful",
            "reads failed TEMPLATE_UNDEFINED",
        ]
    );
    assert_eq!(over["failures"], json!({"TEMPLATE_FAULT": 1, "TEMPLATE_UNDEFINED": 2}));
    let message = shown(&over, "reads")["error"]["message"].to_string();
    assert!(message.contains("/inputs/customer/id") && message.contains("fetch.customer"), "{message}");
    let customer = results(stack, &id_of(&over))["fetch"]["customer_id"].to_string();
    let faults = over["nodes"].to_string();
    assert!(!faults.contains(customer.trim_matches('"')), "no value is named: {faults}");
    assert_eq!(given(stack, &over)["mends"]["id"], "none");
    assert_eq!(given(stack, &over).len(), 2, "what could not be bound was never sent");
}

#[test]
fn a_result_that_was_not_kept_whole_fails_who_reads_it_and_nobody_else() {
    let stack = Stack::shared();
    let nodes = json!({
        "large": node("sim-large", &[], &json!({})),
        "reads": node("sim-instant", &["large"], &json!({"inputs": {"x": "{{ large.padding }}"}})),
        "looks": node("sim-instant", &["large"], &json!({"inputs": {"x": "{{ large.meta.status }}"}})),
        "only_after": node("sim-instant", &["large"], &json!({})),
    });
    let over = run(stack, &chain(&nodes, &json!({})));
    assert_eq!(
        stands(&over),
        ["large successful", "looks successful", "only_after successful", "reads failed RESULT_TOO_LARGE"]
    );
    assert_eq!(given(stack, &over)["looks"]["x"], "successful");
    assert_eq!(results(stack, &id_of(&over))["large"]["truncated"], true, "what was kept of it is shown as such");
}

#[test]
fn what_a_template_may_do_is_bounded() {
    let stack = Stack::shared();
    let nodes = json!({
        "huge": node("sim-instant", &[], &json!({"inputs": {
            "x": "{{ inputs.text | replace('x', inputs.text) | replace('x', inputs.text) }}",
        }})),
        "plain": node("sim-instant", &[], &json!({"inputs": {"x": "{{ inputs.text | length }}"}})),
    });
    let over = run(stack, &chain(&nodes, &json!({"inputs": {"text": "x".repeat(1_000)}})));
    assert_eq!(stands(&over), ["huge failed TEMPLATE_LIMIT", "plain successful"]);
    assert_eq!(given(stack, &over), [("plain".to_owned(), json!({"x": 1_000}))].into());
}

#[test]
fn what_goes_on_without_a_node_finds_its_error_or_what_stands_in() {
    let stack = Stack::shared();
    let nodes = json!({
        "halts": node("sim-failing", &[], &json!({})),
        "goes_on": node("sim-failing", &[], &json!({"on_failure": "continue"})),
        "stands_in": node("sim-failing", &[], &json!({"on_failure": {"fallback": {"score": 5, "list": [null]}}})),
        "never": node("sim-instant", &["halts"], &json!({})),
        "without": node("sim-instant", &["goes_on"], &json!({"inputs": {
            "why": "{{ goes_on.meta.error.code }}", "had": "{{ goes_on.score | default(0) }}",
        }})),
        "with": node("sim-instant", &["stands_in"], &json!({"inputs": {
            "score": "{{ stands_in.score + 1 }}", "list": "{{ stands_in.list }}", "from": "{{ stands_in.meta.source }}",
        }})),
        "misses": node("sim-instant", &["goes_on"], &json!({"inputs": {"x": "{{ goes_on.score }}"}})),
    });
    let over = run(stack, &chain(&nodes, &json!({})));
    assert_eq!(
        stands(&over),
        [
            "goes_on failed UPSTREAM_FAILED: continue",
            "halts failed UPSTREAM_FAILED",
            "misses failed TEMPLATE_UNDEFINED",
            "never not_started: needs halts",
            "stands_in degraded UPSTREAM_FAILED: fallback",
            "with successful",
            "without successful",
        ]
    );
    let given = given(stack, &over);
    assert_eq!(given["without"], json!({"why": "UPSTREAM_FAILED", "had": 0}));
    assert_eq!(given["with"], json!({"score": 6, "list": [null], "from": "fallback"}));
    assert_eq!(results(stack, &id_of(&over))["stands_in"], json!({"score": 5, "list": [null]}));
    assert_eq!(over["outcome"], "partial", "{over}");
    assert_eq!(over["failures"]["UPSTREAM_FAILED"], 3);
    let none: Value = results(stack, &id_of(&over))["goes_on"].clone();
    assert_eq!(none, json!(null), "what failed and is excused has no output");
}
