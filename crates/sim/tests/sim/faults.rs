//! Each fault: what it answers, whether the work is done, whom it strikes, when it ends.

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::tenant::{EXECUTIONS, Tenant, json, line};

#[test]
fn each_fault_on_a_submit() {
    check_fault("rate_limited", expect!["429 rate_limited retry-after=1, application/json, not done"]);
    check_fault("unavailable", expect!["503 unavailable retry-after=1, application/json, not done"]);
    check_fault(
        "unauthorized",
        expect![[r#"401 invalid_token www-authenticate=Bearer error="invalid_token", application/json, not done"#]],
    );
    check_fault("cut", expect!["202 cut, application/json, done"]);
    check_fault("lost_answer", expect!["202 no answer, application/json, done"]);
    check_fault("dropped", expect!["503 no answer, no body, not done"]);
    check_fault("html", expect!["200, text/html; charset=utf-8, done"]);
    check_fault("not_found", expect!["404 not_found, application/json, not done"]);
    check_fault("slow", expect!["202 over 2000 ms, application/json, done"]);
}

#[test]
fn a_server_error_may_have_done_the_work() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"rates": {"server_error": 1}, "limit_per_second": 1000}"#);
    let statuses: Vec<u16> = (0..100).map(|_| tenant.ask("POST", EXECUTIONS, FAST).status).collect();
    assert!(statuses.iter().all(|status| *status == 500));
    let created = tenant.created();
    assert!((30..=70).contains(&created), "{created} of 100 done");
}

#[test]
fn retry_after_is_as_set_or_left_out() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"rates": {"unavailable": 1}, "retry_after": "Sat, 21 Nov 2026 10:00:07 GMT"}"#);
    expect!["503 unavailable retry-after=Sat, 21 Nov 2026 10:00:07 GMT"]
        .assert_eq(&line(&tenant.ask("POST", EXECUTIONS, FAST)));
    tenant.faults(r#"{"rates": {"unavailable": 1}, "retry_after": null}"#);
    expect!["503 unavailable"].assert_eq(&line(&tenant.ask("POST", EXECUTIONS, FAST)));
}

#[test]
fn a_fault_strikes_the_named_kinds_only() {
    let mut tenant = Tenant::new();
    let id = tenant.submit("sim-slow");
    tenant.faults(r#"{"rates": {"not_found": 1}, "only": ["poll", "token"]}"#);
    assert_eq!(tenant.poll(&id).status, 404);
    assert_eq!(tenant.token_reply("").status, 404);
    assert_eq!(tenant.ask("POST", EXECUTIONS, FAST).status, 202);
    assert_eq!(tenant.ask("GET", &format!("{EXECUTIONS}?correlation_id=x"), "").status, 200);
    assert_eq!(tenant.ask("POST", &format!("{EXECUTIONS}/{id}/cancel"), "").status, 200);
}

#[test]
fn faults_end_when_told_and_when_cleared() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"rates": {"dropped": 1}, "until_ms_from_now": 500}"#);
    assert_eq!(line(&tenant.ask("POST", EXECUTIONS, FAST)), "503 no answer");
    tenant.wait(500);
    assert_eq!(tenant.ask("POST", EXECUTIONS, FAST).status, 202);
    tenant.faults(r#"{"rates": {"not_found": 1}}"#);
    assert_eq!(tenant.control("DELETE", "faults", "").status, 204);
    assert_eq!(tenant.ask("POST", EXECUTIONS, FAST).status, 202);
}

#[test]
fn rates_hold_over_many_requests() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"rates": {"cut": 0.1, "html": 0.2}, "latency_ms": [20, 80], "limit_per_second": 100000}"#);
    let delays: Vec<u64> = (0..2_000)
        .map(|_| tenant.ask("GET", &format!("{EXECUTIONS}?correlation_id=x"), "").delay.as_millis())
        .collect();
    assert!(delays.iter().all(|delay| (20..=80).contains(delay)));
    assert!(delays.iter().min() < Some(&25) && delays.iter().max() > Some(&75));
    let stats = json(&tenant.control("GET", "stats", ""));
    let struck = |name| stats.pointer(&format!("/faults/{name}")).and_then(Value::as_u64).unwrap_or_default();
    assert!((150..=250).contains(&struck("cut")), "{} cut", struck("cut"));
    assert!((330..=470).contains(&struck("html")), "{} html", struck("html"));
}

#[test]
fn token_lifetime_is_as_set() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"token_lifetime_seconds": 5}"#);
    tenant.token = tenant.fetch_token("");
    let id = tenant.submit("sim-slow");
    tenant.wait(4_999);
    assert_eq!(tenant.poll(&id).status, 200);
    tenant.wait(1);
    assert_eq!(tenant.poll(&id).status, 401);
}

#[test]
fn wrong_faults_are_refused_with_every_reason() {
    check_refused("[1]", expect!["the body is to be a JSON object"]);
    check_refused("{", expect!["EOF while parsing an object at line 1 column 1"]);
    check_refused(
        r#"{"sed": 1}"#,
        expect![
            "unknown field `sed`, expected one of `seed`, `latency_ms`, `rates`, `only`, `retry_after`, `limit_per_second`, `token_lifetime_seconds`, `ratelimit_headers`, `token_html`, `token_without_expiry`, `token_refused`, `token_5xx`, `outage`, `outage_hang_ms`, `slow_ms`, `callback`, `history`, `until_ms_from_now` at line 1 column 6"
        ],
    );
    check_refused(
        r#"{"rates": {"lost": 1}}"#,
        expect![
            "unknown field `lost`, expected one of `rate_limited`, `server_error`, `unavailable`, `unauthorized`, `cut`, `lost_answer`, `dropped`, `html`, `not_found`, `slow` at line 1 column 17"
        ],
    );
    check_refused(
        r#"{"only": ["everything"]}"#,
        expect![
            "unknown variant `everything`, expected one of `token`, `submit`, `poll`, `lookup`, `cancel`, `history`, `state_history`, `discovery`, `other` at line 1 column 22"
        ],
    );
    check_refused(
        r#"{"rates": {"cut": -0.1, "html": 1.1}, "latency_ms": [9, 3]}"#,
        expect![
            "rates.cut is to be from 0 to 1; rates.html is to be from 0 to 1; latency_ms is to be [least, greatest]"
        ],
    );
    check_refused(r#"{"rates": {"cut": 0.6, "html": 0.6}}"#, expect!["rates are to be 1 at most together"]);
    check_refused(
        r#"{"latency_ms": [0, 600001], "slow_ms": 600001}"#,
        expect!["latency_ms is to be 600000 at most; slow_ms is to be 600000 at most"],
    );
    check_refused(
        r#"{"limit_per_second": 0, "token_lifetime_seconds": 0}"#,
        expect!["limit_per_second is to be at least 1; token_lifetime_seconds is to be at least 1"],
    );
    check_refused(
        r#"{"callback": {"drop": 2, "duplicate": 3, "late_ms": 86400001}}"#,
        expect![
            "callback.duplicate is to be from 0 to 1; callback.drop is to be from 0 to 1; callback.late_ms is to be 86400000 at most"
        ],
    );
    check_refused(r#"{"retry_after": "1\r\nx: y"}"#, expect!["retry_after cannot be sent"]);
}

const FAST: &str = r#"{"definition_id": "sim-fast"}"#;

fn check_fault(name: &str, expected: Expect) {
    let mut tenant = Tenant::new();
    tenant.faults(&format!(r#"{{"rates": {{"{name}": 1}}}}"#));
    let reply = tenant.ask("POST", EXECUTIONS, FAST);
    let media_type = reply.header("content-type").unwrap_or("no body");
    let done = if tenant.created() == 1 { "done" } else { "not done" };
    expected.assert_eq(&format!("{}, {media_type}, {done}", line(&reply)));
}

/// Refused faults leave those that were set.
fn check_refused(body: &str, expected: Expect) {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"seed": 9}"#);
    let reply = tenant.control("POST", "faults", body);
    assert_eq!(reply.status, 400);
    assert_eq!(json(&tenant.control("GET", "faults", "")).get("seed"), Some(&Value::from(9)));
    expected.assert_eq(json(&reply).get("message").and_then(Value::as_str).unwrap_or_default());
}
