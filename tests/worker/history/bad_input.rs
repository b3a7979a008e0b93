//! Requests that break rules: every fault at once, and nothing reaches CXone.

use cxpulse_core::time::{Span, Timestamp};
use serde_json::{Value, json};

use super::{accept, query, run, stack};
use crate::worker::stack::Stack;

#[test]
fn every_fault_is_named_at_once_and_no_value_is_repeated() {
    let stack = stack();
    let old = Timestamp::from_millis(super::now()).minus(Span::from_secs(31 * 86_400)).to_string();
    let body = json!({
        "interaction_ids": ["ok", "a'] OR interactionId IN ['b"], "start": old, "end": "2026-11-21T10:00:00",
        "error_state": "yes", "page_size": 0, "limit": -1, "bottleneck_seconds": -3, "judge": "some",
        "missing_end": "guess", "business_hours": {"hours": "mon-fri 25:00-26:00", "holidays": ["24.12."]},
        "timeout_seconds": 1, "surprise": true,
    });
    let refused = stack.client().post("/v1/histories", &body);
    assert_eq!(refused.status(), 422, "{}", refused.text());
    let document = refused.json();
    let pointers: Vec<&str> =
        document["violations"].as_array().into_iter().flatten().filter_map(|one| one["pointer"].as_str()).collect();
    for pointer in [
        "/interaction_ids/1",
        "/start",
        "/end",
        "/error_state",
        "/page_size",
        "/limit",
        "/bottleneck_seconds",
        "/judge",
        "/missing_end",
        "/business_hours/hours",
        "/business_hours/holidays/0",
        "/timeout_seconds",
        "/surprise",
    ] {
        assert!(pointers.contains(&pointer), "{pointer} is named: {document}");
    }
    assert_eq!(pointers.len(), 13, "{document}");
    assert!(!refused.text().contains("OR interactionId"), "what was sent is not repeated");
}

#[test]
fn what_only_the_profile_can_tell_is_told() {
    let stack = stack();
    let refused = |body: &Value| stack.client().post("/v1/histories", body).problem();
    assert_eq!(refused(&query(&json!({"start": null}))), "422 invalid-request /start missing");
    let future = json!({"start": "2999-01-01T00:00:00Z"});
    assert_eq!(refused(&query(&future)), "422 invalid-request /start out_of_range");
    let ids: Vec<String> = (0..1_001).map(|number| format!("i-{number}")).collect();
    assert_eq!(refused(&query(&json!({"interaction_ids": ids}))), "422 invalid-request /interaction_ids out_of_range");
    let without = Stack::shared().client().post("/v1/histories", &query(&json!({})));
    assert_eq!(without.problem(), "422 invalid-request  contradiction", "{}", without.text());
    for (method, path) in [("DELETE", "/v1/histories"), ("POST", "/v1/histories/his_x/report")] {
        assert_eq!(stack.client().send(method, path, b"").status(), 405, "{method} {path}");
    }
    for path in ["report?from=yesterday", "export", "export?format=pdf", "report?variant=x", "export?format=csv&page=2"]
    {
        let answer = stack.client().get(&format!("/v1/histories/his_0123456789abcdef0123456789abcdef/{path}"));
        assert_eq!(answer.status(), 400, "{path}: {}", answer.text());
    }
}

#[test]
fn a_repeat_with_its_key_finds_the_first_and_another_body_is_refused() {
    let stack = stack();
    let client = stack.client().with("idempotency-key", &crate::worker::stack::fresh_correlation_id());
    let body = query(&json!({}));
    let first = client.post("/v1/histories", &body).json();
    let again = client.post("/v1/histories", &body);
    assert_eq!((again.status(), &again.json()["id"]), (202, &first["id"]));
    let other = client.post("/v1/histories", &query(&json!({"page_size": 10})));
    assert_eq!(other.problem(), "422 idempotency-key-reused");
    let foreign = accept(stack, &query(&json!({})));
    assert_ne!(foreign["id"], first["id"]);
}

#[test]
fn business_hours_and_other_options_change_the_report() {
    let stack = stack();
    let told = |more: &Value| {
        let over = run(stack, &query(more));
        super::report(stack, over["id"].as_str().expect("it has an id"), "")
    };
    let all = told(&json!({}));
    let judged = told(&json!({"judge": "all", "bottleneck_seconds": 0.001}));
    assert!(
        judged.pointer("/bottlenecks/flagged").and_then(Value::as_u64)
            > all.pointer("/bottlenecks/flagged").and_then(Value::as_u64)
    );
    let open = told(&json!({"business_hours": {"hours": "mon-fri 09:00-17:00 +01:00"}}));
    assert_eq!(open.pointer("/method/is_business_time"), Some(&json!(true)));
    assert!(
        open.pointer("/bottlenecks/total").and_then(Value::as_f64)
            < all.pointer("/bottlenecks/total").and_then(Value::as_f64)
    );
}
