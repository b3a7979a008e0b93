//! Chains on the built Worker: what a node costs beyond the time that CXone takes for it, and whether branches run together. CXone
//! answers each submit with the end, after so long.

use serde_json::{Map, Value, json};

use crate::bench::stack::in_memory;
use crate::bench::upstream::{ask, set_faults};
use crate::bench::{Goal, Measurement};
use crate::serve::Stack;
use crate::tools::{Context, Failure};

/// A row for each shape.
pub(super) fn measure() -> Result<Vec<Measurement>, Failure> {
    let stack = in_memory("chain", &LIMITS)?;
    // Compiled, and with a token, as one that serves for days.
    took(&stack, 10, &line(5))?;
    let line = took(&stack, SHORT_MS, &line(NODES))?;
    let diamond = took(&stack, LONG_MS, &diamond())?;
    let wide = took(&stack, LONG_MS, &wide(10))?;
    let overhead = line / f64::from(NODES) - f64::from(SHORT_MS);
    let row = |what, ours, theirs, bound| Measurement { what, ours, theirs, goal: Goal::AtMost(bound) };
    Ok(vec![
        row("ms a node beyond its upstream / allowed", overhead, 20.0, 1.0),
        row("ms of a diamond of 4 x 1 s / 3 in a row", diamond, 3.0 * f64::from(LONG_MS), 1.1),
        row("ms of ten independent of 1 s / one", wide, f64::from(LONG_MS), 1.2),
    ])
}

/// Runs a chain of these nodes to its end; gives the milliseconds from its acceptance to its end, by its own clock.
fn took(stack: &Stack, latency_ms: u32, nodes: &Value) -> Result<f64, Failure> {
    set_faults(stack, &json!({"latency_ms": [latency_ms, latency_ms], "limit_per_second": 1_000}))?;
    let body = json!({"nodes": nodes, "inputs": {"account": "12345"}, "max_parallel": 10});
    let answer = ask(stack.port, "POST", "/v1/chains?wait=60", &stack.api_key, &body.to_string())?;
    let ended: Value =
        serde_json::from_slice(&answer.body).context(format_args!("an answer of {} is not JSON", answer.status))?;
    let took = ended.pointer("/latency/total_ms").and_then(Value::as_f64);
    let is_whole = ended.get("outcome").and_then(Value::as_str) == Some("completed");
    took.filter(|_| is_whole).ok_or_else(|| Failure::new(format!("the chain did not complete: {ended}")))
}

/// One after the other, each with a value of the one before.
fn line(count: u32) -> Value {
    let name = |index: u32| format!("n{index:03}");
    let node = |index: u32| match index.checked_sub(1).map(name) {
        Some(before) => {
            let inputs = json!({"id": format!("{{{{ {before}.record_id }}}}")});
            json!({"action_id": "sim-instant", "depends_on": before, "inputs": inputs})
        }
        None => json!({"action_id": "sim-instant", "inputs": {"account_id": "{{ inputs.account }}"}}),
    };
    (0..count).map(|index| (name(index), node(index))).collect::<Map<_, _>>().into()
}

fn diamond() -> Value {
    json!({
        "fetch": {"action_id": "sim-instant"},
        "left": {"action_id": "sim-instant", "depends_on": "fetch"},
        "right": {"action_id": "sim-instant", "depends_on": "fetch", "inputs": {"id": "{{ fetch.customer_id }}"}},
        "join": {"action_id": "sim-instant", "depends_on": ["left", "right"],
            "inputs": {"ids": ["{{ left.record_id }}", "{{ right.record_id }}"]}},
    })
}

fn wide(count: u32) -> Value {
    let node = |index: u32| (format!("n{index}"), json!({"action_id": "sim-instant", "inputs": {"n": index}}));
    (0..count).map(node).collect::<Map<_, _>>().into()
}

/// Answered by the submit itself: no wait between polls is measured.
const LIMITS: [(&str, &str); 3] =
    [("CXONE_PROFILE", "data-actions"), ("CXONE_PER_SECOND", "1000"), ("CXONE_IN_FLIGHT", "20")];

const NODES: u32 = 100;

const SHORT_MS: u32 = 50;

const LONG_MS: u32 = 1_000;
