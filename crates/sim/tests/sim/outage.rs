//! Faults that strike every call: an outage, and a rate limit's headers that lie.

use cxpulse_sim::Delivery;
use expect_test::expect;
use serde_json::Value;

use crate::tenant::{EXECUTIONS, Tenant, json, line};

#[test]
fn an_outage_spares_tokens_and_ends() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"outage": true, "until_ms_from_now": 60000}"#);
    let before = tenant.created();
    expect!["503 unavailable"].assert_eq(&line(&tenant.ask("POST", EXECUTIONS, r#"{"definition_id": "sim-fast"}"#)));
    expect!["503 unavailable"].assert_eq(&line(&tenant.ask("GET", "/.well-known/openid-configuration", "")));
    tenant.token = tenant.fetch_token("");
    assert_eq!((tenant.created(), tenant.stat("/faults/outage")), (before, Value::from(2)));
    tenant.wait(60_000);
    tenant.submit("sim-fast");
}

#[test]
fn an_outage_may_hang_instead() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"outage": true, "outage_hang_ms": 20000, "latency_ms": [5, 5]}"#);
    let reply = tenant.ask("POST", EXECUTIONS, r#"{"definition_id": "sim-fast"}"#);
    assert_eq!((reply.delivery, reply.delay.as_millis()), (Delivery::NoAnswer, 20_005));
    assert_eq!(tenant.stat("/in_flight"), Value::from(1));
    assert_eq!(tenant.stat("/requests/submit"), serde_json::json!({"none": 1}));
    tenant.wait(20_005);
    assert_eq!(tenant.stat("/in_flight"), Value::from(0));
}

#[test]
fn the_limits_headers_say_what_they_are_told_to() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"ratelimit_headers": {"remaining": "-1", "reset": "99999999999999"}, "only": ["lookup"]}"#);
    let mut headers = |target: &str| {
        let reply = tenant.ask("GET", target, "");
        let names = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
        names.map(|name| reply.header(name).unwrap_or_default().to_owned()).join(" ")
    };
    assert_eq!(headers(&format!("{EXECUTIONS}?correlation_id=x")), "100 -1 99999999999999");
    assert_eq!(headers(&format!("{EXECUTIONS}/x")), "100 98 1");
}

#[test]
fn lying_headers_come_with_injected_refusals_too() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"ratelimit_headers": {"limit": "many"}, "rates": {"rate_limited": 1}, "retry_after": "-5"}"#);
    let reply = tenant.poll("x");
    assert_eq!((reply.header("x-ratelimit-limit"), reply.header("retry-after")), (Some("many"), Some("-5")));
}

#[test]
fn headers_that_cannot_be_sent_and_hangs_too_long_are_refused() {
    let mut tenant = Tenant::new();
    let mut words = |faults: &str| {
        let reply = tenant.control("POST", "faults", faults);
        json(&reply).get("message").and_then(Value::as_str).map(str::to_owned)
    };
    assert_eq!(
        words(r#"{"ratelimit_headers": {"reset": "1\n"}, "outage_hang_ms": 600001}"#).as_deref(),
        Some("outage_hang_ms is to be 600000 at most; ratelimit_headers cannot be sent")
    );
    assert!(words(r#"{"ratelimit_headers": {"Reset": "1"}}"#).is_some_and(|words| words.contains("unknown field")));
}
