//! Callbacks: when they are owed, what they say, and how often a failed one is tried.

use cxpulse_sim::{CALLBACK_ATTEMPTS_MAX, CallbackCall};
use expect_test::expect;
use serde_json::Value;

use crate::tenant::{EXECUTIONS, Tenant};

#[test]
fn each_end_is_told_once_and_a_chatty_one_goes_on() {
    let table: String = ["sim-instant", "sim-fast", "sim-failing", "sim-canceled", "sim-chatty-end", "sim-never"]
        .iter()
        .map(|action| format!("{action}: {}\n", told(action).join(", ")))
        .collect();
    expect![[r#"
        sim-instant: 0.0 COMPLETED
        sim-fast: 3.0 COMPLETED
        sim-failing: 3.0 FAILED
        sim-canceled: 3.0 CANCELED
        sim-chatty-end: 3.0 COMPLETED, 4.0 RUNNING, 5.0 COMPLETED
        sim-never: 
    "#]]
    .assert_eq(&table);
}

#[test]
fn a_callback_carries_the_envelope_and_the_correlation_id() {
    let mut tenant = Tenant::new();
    submit(&mut tenant, "sim-instant");
    let calls = tenant.callbacks();
    let [call] = calls.as_slice() else { unreachable!("one call, not {}", calls.len()) };
    assert_eq!(call.url, "http://127.0.0.1:9/cb");
    let body: Value = serde_json::from_slice(&call.body).expect("JSON");
    let fields: Vec<&str> = body.as_object().expect("an object").keys().map(String::as_str).collect();
    expect!["completed_time correlation_id created_time definition_id error execution_id metadata result started_time status"].assert_eq(&fields.join(" "));
    assert_eq!(body.get("correlation_id"), Some(&Value::from("key")));
}

#[test]
fn a_cancel_is_told_in_place_of_the_end() {
    let mut tenant = Tenant::new();
    let id = submit(&mut tenant, "sim-fast");
    tenant.wait(1_000);
    tenant.ask("POST", &format!("{EXECUTIONS}/{id}/cancel"), "");
    assert_eq!(words(&tenant.callbacks()), ["CANCELED"]);
    assert_eq!(tenant.world.next_wake_at(), None);
}

#[test]
fn a_failed_call_is_tried_again_with_doubled_waits_and_given_up() {
    let mut tenant = Tenant::new();
    submit(&mut tenant, "sim-instant");
    let mut waits = Vec::new();
    while let Some(at) = tenant.world.next_wake_at() {
        waits.push(at.since(tenant.now).as_millis());
        tenant.now = at;
        for call in tenant.callbacks() {
            tenant.world.callback_failed(call, tenant.now);
        }
    }
    assert_eq!(waits, [0, 500, 1_000, 2_000, 4_000]);
    assert_eq!(waits.len(), usize::try_from(CALLBACK_ATTEMPTS_MAX).expect("a small number"));
}

#[test]
fn faults_drop_double_and_delay() {
    let made = |faults: &str, wait: u64| {
        let mut tenant = Tenant::new();
        tenant.faults(faults);
        submit(&mut tenant, "sim-instant");
        let at_once = tenant.callbacks().len();
        tenant.wait(wait);
        (at_once, tenant.callbacks().len())
    };
    assert_eq!(made("{}", 60_000), (1, 0));
    assert_eq!(made(r#"{"callback": {"drop": 1}}"#, 60_000), (0, 0));
    assert_eq!(made(r#"{"callback": {"duplicate": 1}}"#, 60_000), (2, 0));
    assert_eq!(made(r#"{"callback": {"late_ms": 700}}"#, 699), (0, 0));
    assert_eq!(made(r#"{"callback": {"late_ms": 700, "duplicate": 1}}"#, 700), (0, 2));
}

fn submit(tenant: &mut Tenant, action: &str) -> String {
    tenant.submit_body(&format!(
        r#"{{"definition_id": "{action}", "correlation_id": "key", "context": {{"callbackUrl": "http://127.0.0.1:9/cb"}}}}"#
    ))
}

/// What is told, each with its offset.
fn told(action: &str) -> Vec<String> {
    let mut tenant = Tenant::new();
    submit(&mut tenant, action);
    let start = tenant.now;
    let mut lines = Vec::new();
    while let Some(at) = tenant.world.next_wake_at() {
        tenant.now = at;
        let calls = tenant.callbacks();
        lines.extend(words(&calls).iter().map(|word| format!("{:.1} {word}", at.since(start).as_secs_f64())));
    }
    lines
}

fn words(calls: &[CallbackCall]) -> Vec<String> {
    let body = |call: &CallbackCall| serde_json::from_slice::<Value>(&call.body).expect("JSON");
    calls.iter().map(|call| body(call).get("status").and_then(Value::as_str).expect("a status").to_owned()).collect()
}
