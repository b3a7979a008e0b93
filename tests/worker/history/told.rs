//! What a history's webhook is told, what is redacted of its rows, and what its size may be.

use serde_json::{Value, json};

use super::{PROFILE, id_of, query, report, run, stack};
use crate::worker::receiver::{Delivery, Receiver};
use crate::worker::stack::Stack;

#[test]
fn a_webhook_is_told_of_the_start_and_of_the_end_with_the_entry_for_a_compliance_log() {
    let stack = stack();
    let receiver = Receiver::start(&[]);
    let over = run(stack, &query(&json!({"notify": {"url": receiver.url}})));
    let told = receiver.until("history.completed");
    let kinds: Vec<&str> = told.iter().map(Delivery::kind).collect();
    assert_eq!(kinds, ["history.started", "history.completed"]);
    let last = told.last().expect("the last").json();
    let data = &last["data"];
    assert_eq!((&data["id"], &data["outcome"]), (&over["id"], &json!("completed")), "{last}");
    let entry = &data["audit_log"];
    assert_eq!((&entry["records_processed"], &entry["accuracy_rate"]), (&json!(400), &json!(1.0)), "{last}");
    assert_eq!((&entry["compliance_status"], &entry["interaction_id"]), (&json!("VERIFIED"), &Value::Null), "{last}");
    assert_eq!(entry["audit_timestamp"], data["ended_at"], "{last}");
    let flagged = report(stack, &id_of(&over), "").pointer("/bottlenecks/flagged").cloned();
    assert_eq!(Some(data["bottleneck_count"].clone()), flagged, "{last}");
}

#[test]
fn what_must_not_be_kept_of_variables_is_not_kept_and_what_rows_are_made_of_is() {
    let rules = r#"CXPULSE_REDACT={"names": ["queue", "nodeId"]}"#;
    let queue_of = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("each is JSON");
        line.pointer("/changes/changed/queue/after").and_then(Value::as_str).map(str::to_owned)
    };
    let steps = |stack: &Stack, id: &str| stack.client().get(&format!("/v1/histories/{id}/steps")).text().to_owned();
    let plain = run(stack(), &query(&json!({})));
    let told = report(stack(), &id_of(&plain), "");
    let queues: Vec<String> = steps(stack(), &id_of(&plain)).lines().filter_map(queue_of).collect();
    assert!(queues.len() > 100, "they are put into queues: {queues:?}");
    let stack = Stack::start_with(stack(), &[PROFILE, rules]);
    let over = run(&stack, &query(&json!({})));
    assert_eq!(over["rows"], 400, "{over}");
    let ours = report(&stack, &id_of(&over), "");
    let structure = |report: &Value| (report["dfg"].clone(), report["variants"].clone());
    assert_eq!(structure(&ours), structure(&told), "nodes are what a history is made of");
    assert_eq!(steps(&stack, &id_of(&over)).lines().filter_map(queue_of).find(|queue| queues.contains(queue)), None);
}
