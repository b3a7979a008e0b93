//! What proxied calls tell their tenant's gate: each test has a tenant, and so a gate, of its own.

use std::io::{Read, Write};
use std::time::Duration;

use serde_json::{Value, json};

use super::{connect, head, proxied};
use crate::worker::client::Client;
use crate::worker::stack::{quick_start, wait_for};

#[test]
fn permits_come_back_as_soon_as_answers_have_ended() {
    for target in ["/api/echo", "/api/whole?100000", "/api/status?404", "/api/status?204"] {
        assert!(caller("counted").get(&format!("/v1/proxy{target}")).status() < 500, "{target}");
    }
    assert_eq!(caller("counted").send("POST", "/v1/proxy/api/echo", b"{}").status(), 200);
    let gate = when("counted", Duration::from_secs(2), |gate| gate["in_flight"] == 0);
    assert_eq!(gate["in_flight"], 0, "{gate:#}");
    assert_eq!(gate["counts"]["granted"], 5, "{gate:#}");
}

#[test]
fn a_429_to_a_proxied_call_holds_the_whole_tenant() {
    assert_eq!(caller("limited").get("/v1/proxy/api/limited").status(), 429);
    let gate = when("limited", Duration::from_secs(2), |gate| gate["counts"]["rate_limited"] == 1);
    assert_eq!(gate["counts"]["rate_limited"], 1, "{gate:#}");
    assert!(gate["embargo_until"].is_string(), "{gate:#}");
    let held = caller("limited").get("/v1/proxy/api/echo");
    assert_eq!(held.status(), 503, "a minute is longer than the proxy waits: {}", held.text());
}

#[test]
fn when_there_are_more_calls_counts_also_where_nobody_says_how_many_are_left() {
    assert_eq!(caller("resetting").get("/v1/proxy/api/resetting").status(), 429);
    let gate = when("resetting", Duration::from_secs(2), |gate| gate["embargo_until"].is_string());
    assert!(gate["embargo_until"].is_string(), "{gate:#}");
    let held = caller("resetting").get("/v1/proxy/api/echo");
    let seconds: Option<u64> = held.header("retry-after").parse().ok();
    assert!(seconds.is_some_and(|seconds| seconds > 30), "a minute, and not the second of a 429 that says nothing");
}

#[test]
fn silence_after_a_whole_body_is_a_fault() {
    assert!(caller("silent").send("POST", "/v1/proxy/api/silent", &[b'x'; 100_000]).status() >= 500);
    let gate = when("silent", Duration::from_secs(2), |gate| gate["counts"]["faults"] == 1);
    assert_eq!(gate["counts"]["faults"], 1, "{gate:#}");
}

#[test]
fn five_503s_to_proxied_calls_open_the_breaker() {
    for _ in 0..5 {
        assert_eq!(caller("failing").get("/v1/proxy/api/status?503").status(), 503);
    }
    let gate = when("failing", Duration::from_secs(2), |gate| gate["breaker"]["state"] == "open");
    assert_eq!(gate["breaker"]["state"], "open", "{gate:#}");
    assert_eq!(gate["counts"]["faults"], 5, "{gate:#}");
    assert_eq!(gate["in_flight"], 0, "{gate:#}");
}

#[test]
fn a_caller_who_leaves_ends_the_call_upstream_and_frees_its_permit() {
    let (stack, upstream) = proxied();
    let target = "/api/endless";
    let mut socket = connect(stack);
    let head = head(stack, "GET", &format!("/v1/proxy{target}"), &["cxpulse-tenant: left"]);
    socket.write_all(head.as_bytes()).expect("the request is sent");
    socket.read_exact(&mut [0; 100_000]).expect("the answer has begun");
    drop(socket);
    let has_left = || upstream.seen().left.lock().is_ok_and(|left| left.iter().any(|one| one == target)).then_some(());
    assert!(wait_for(Duration::from_secs(5), has_left).is_some(), "the call upstream is given up");
    let gate = when("left", Duration::from_secs(5), |gate| gate["in_flight"] == 0);
    assert_eq!(gate["in_flight"], 0, "and its permit is given back: {gate:#}");
}

#[test]
fn readers_who_do_not_read_leave_half_of_the_permits_to_executions() {
    let (stack, upstream) = proxied();
    let stalled: Vec<_> = (0..2)
        .map(|_| {
            let mut socket = connect(stack);
            let head = head(stack, "GET", "/v1/proxy/api/endless", &["cxpulse-tenant: shared-out"]);
            socket.write_all(head.as_bytes()).expect("the request is sent");
            socket.read_exact(&mut [0; 100]).expect("the answer has begun");
            socket
        })
        .collect();
    let held = caller("shared-out").get("/v1/proxy/api/echo");
    assert_eq!(held.status(), 503, "the proxy has its half: {}", held.text());
    let body = quick_start("sim-fast", &json!({"tenant": "shared-out"}));
    assert_eq!(stack.client().post("/v1/executions", &body).status(), 202);
    let submit = || (upstream.count("/api/v2/dataactions/executions") >= 1).then_some(());
    assert!(wait_for(Duration::from_secs(5), submit).is_some(), "an execution goes: {:#}", gate("shared-out"));
    assert!(gate("shared-out")["in_flight"].as_u64() >= Some(2), "while both are there: {:#}", gate("shared-out"));
    drop(stalled);
}

#[test]
fn a_path_that_always_answers_401_renews_no_token_and_is_not_asked_twice() {
    let (stack, upstream) = proxied();
    assert_eq!(caller("refused").get("/v1/proxy/api/echo").status(), 200);
    for round in 1..=3 {
        let refused = caller("refused").get("/v1/proxy/api/refused?401");
        assert_eq!((refused.status(), refused.text()), (401, "{}"), "CXone's answer comes through");
        assert_eq!(upstream.count("/api/refused?401"), round);
    }
    let view = when("refused", Duration::from_secs(2), |gate| gate["in_flight"] == 0);
    assert_eq!((&view["credentials"]["state"], &view["in_flight"]), (&json!("good"), &json!(0)), "{view:#}");
    assert_eq!(caller("refused").get("/v1/proxy/api/echo").status(), 200, "others use the token: {:#}", stack.gate());
}

/// A caller on behalf of a tenant.
fn caller(tenant: &str) -> Client {
    proxied().0.client().with("cxpulse-tenant", tenant)
}

/// How a tenant's gate stands.
fn gate(tenant: &str) -> Value {
    proxied().0.client().get(&format!("/v1/tenants/{tenant}/gate")).json()
}

/// The first look at it for which `is_it` holds; else the last.
fn when(tenant: &str, patience: Duration, is_it: impl Fn(&Value) -> bool) -> Value {
    wait_for(patience, || Some(gate(tenant)).filter(&is_it)).unwrap_or_else(|| gate(tenant))
}
