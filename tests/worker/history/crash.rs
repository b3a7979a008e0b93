//! The Worker dies by `kill -9` in the middle of a history, and another one takes over its data.

use serde_json::json;

use super::{NEVER_OPEN, PROFILE, accept, ended, expected, id_of, query, report, when};
use crate::worker::stack::Stack;

#[test]
fn a_history_outlives_two_crashes_and_is_whole() {
    let upstream = Stack::start_set(&["CXPULSE_SIM_OPTIONS=--interactions 1200"]);
    upstream.sim().set_faults(&json!({"latency_ms": [80, 120]}));
    let mut stack = Stack::start_with(&upstream, &[PROFILE, NEVER_OPEN]);
    let id = id_of(&accept(&stack, &query(&json!({"page_size": 20}))));
    for rows in [100, 600] {
        when(&stack, &id, |history| history["rows"].as_u64() > Some(rows));
        stack = stack.crash().restart_set(&[PROFILE, NEVER_OPEN]);
    }
    upstream.sim().calm();
    let over = ended(&stack, &id);
    assert_eq!(
        (&over["outcome"], &over["rows"], &over["duplicates"]),
        (&json!("completed"), &json!(1_200), &json!(0)),
        "{over}"
    );
    assert_eq!(report(&stack, &id, ""), expected(&stack, ""));
    stack = stack.crash().restart_set(&[PROFILE, NEVER_OPEN]);
    assert_eq!(report(&stack, &id, ""), expected(&stack, ""), "also read again from what is stored");
}
