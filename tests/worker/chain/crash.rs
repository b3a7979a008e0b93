//! The Worker dies by `kill -9` in the middle of a chain, and another one takes over its data.

use serde_json::json;

use super::{accept, chain, count, ended, execution_of, given, id_of, node, results, shown, span, when};
use crate::worker::stack::Stack;

#[test]
fn a_chain_outlives_two_crashes_and_no_node_is_submitted_twice() {
    let mut stack = Stack::start_beside(Stack::shared());
    let slow = |needs: &[&str], from: &str| {
        node("sim-for-5s", needs, &json!({"inputs": {"id": format!("{{{{ {from}.customer_id }}}}")}}))
    };
    let nodes = json!({
        "a": node("sim-for-5s", &[], &json!({})),
        "b": slow(&["a"], "a"),
        "c": slow(&["a"], "a"),
        "d": slow(&["b", "c"], "b"),
    });
    let id = id_of(&accept(&stack, &chain(&nodes, &json!({}))));
    // One dies while the first runs upstream, the next while what was made of its result does.
    when(&stack, &id, |chain| count(chain, "running") == 1);
    let first = super::look(&stack, &id);
    is_submitted(&stack, &first, "a");
    stack = stack.crash_and_restart();
    let both = when(&stack, &id, |chain| count(chain, "running") == 2);
    is_submitted(&stack, &both, "b");
    is_submitted(&stack, &both, "c");
    stack = stack.crash_and_restart();
    let over = ended(&stack, &id);
    assert_eq!((&over["outcome"], count(&over, "successful")), (&json!("completed"), 4), "{over}");
    for name in ["a", "b", "c", "d"] {
        let key = execution_of(&stack, &over, name).text("/correlation_id").to_owned();
        assert_eq!(stack.sim().of_correlation(&key).len(), 1, "{name} is submitted once");
    }
    let (given, results) = (given(&stack, &over), results(&stack, &id));
    assert_eq!((&given["b"]["id"], &given["d"]["id"]), (&results["a"]["customer_id"], &results["b"]["customer_id"]));
    assert!(span(&over, "b").1 <= span(&over, "d").0 && span(&over, "c").1 <= span(&over, "d").0, "{over}");
    assert_eq!(shown(&over, "d")["generation"], 1);
}

/// Waits until CXone has it: what dies before that is lost without a submit, and only looked for.
fn is_submitted(stack: &Stack, chain: &serde_json::Value, name: &str) {
    let key = execution_of(stack, chain, name).text("/correlation_id").to_owned();
    let found = super::wait_for(super::PATIENCE, || stack.sim().of_correlation(&key).pop());
    assert!(found.is_some(), "{name} is submitted");
}
