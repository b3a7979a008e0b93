//! The Worker dies by `kill -9` in the middle of a batch, and another one takes over its data.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{accept, batch, count, ended, id_of, items, submitted, when};
use crate::worker::stack::{Stack, fresh_correlation_id};

#[test]
fn a_batch_outlives_two_crashes_and_no_item_is_submitted_twice() {
    let mut stack = Stack::start_beside(Stack::shared());
    let mark = fresh_correlation_id();
    let payload = |index: usize| json!({"id": format!("item-{index}"), "correlation_id": format!("{mark}-{index}")});
    let payloads: Vec<Value> = (0..80).map(payload).collect();
    let more = json!({"payloads": payloads, "item_timeout_seconds": 150});
    let id = id_of(&accept(&stack, &batch("sim-for-5s", 0, &more)));
    when(&stack, &id, |batch| count(batch, "running") >= 10);
    stack = stack.crash_and_restart();
    when(&stack, &id, |batch| count(batch, "successful") >= 10);
    stack = stack.crash_and_restart();
    let over = ended(&stack, &id);
    assert_eq!(items(&stack, &id).len(), 80);
    let ours = |(id, _): &(String, usize)| id.starts_with(&format!("{mark}-"));
    let submits: BTreeMap<String, usize> = submitted(&stack).into_iter().filter(ours).collect();
    assert!(submits.values().all(|count| *count == 1), "nothing is submitted twice: {submits:?}");
    // What was saved as sent, and lost before the first byte left, is known to nobody: it ends degraded.
    assert_eq!(count(&over, "successful") + count(&over, "degraded"), 80, "{over}");
    assert!(count(&over, "successful") >= 40, "{over}");
    assert!(u64::try_from(submits.len()).unwrap_or_default() >= count(&over, "successful"), "{over}");
}
