//! Every script's life, as a poller sees it.

use cxpulse_sim::script::{RECORDS_TOTAL, summaries};
use cxpulse_sim::{Reply, exchange::Request};
use expect_test::expect;
use serde_json::Value;

use crate::tenant::{EXECUTIONS, Tenant, json, text};

#[test]
fn every_script_leads_its_life() {
    let lives: String = summaries().iter().map(|script| life(script.name) + "\n").collect();
    expect![[r#"
        sim-fast: PENDING, 0.5 RUNNING, 3.0 COMPLETED
        sim-slow: PENDING, 0.5 RUNNING, 60.0 COMPLETED
        sim-queued: PENDING, 1.0 QUEUED, 4.0 RUNNING, 8.0 COMPLETED
        sim-failing: PENDING, 0.5 RUNNING, 3.0 FAILED
        sim-canceled: PENDING, 0.5 RUNNING, 3.0 CANCELED
        sim-cancelled: PENDING, 0.5 RUNNING, 3.0 CANCELLED
        sim-skipping: PENDING, 5.0 COMPLETED
        sim-stepping-back: PENDING, 0.5 RUNNING, 2.0 QUEUED, 4.5 RUNNING, 7.0 COMPLETED
        sim-degraded: PENDING, 0.5 RUNNING, 1.5 <array>, 2.0 <no id>, 2.5 <no status>, 3.0 <html>, 3.5 <cut>, 4.0 <array>, 4.5 <no id>, 5.0 <no status>, 5.5 <html>, 6.0 <cut>, 6.5 <array>, 7.0 RUNNING, 10.0 COMPLETED
        sim-unknown-word: PENDING, 0.5 RUNNING, 1.5 WARMING_UP, 5.0 RUNNING, 8.0 COMPLETED
        sim-never: PENDING, 0.5 RUNNING
        sim-stalling: PENDING, 0.5 RUNNING, 20.0 COMPLETED
        sim-uneven: PENDING, 0.5 RUNNING, 30.0 COMPLETED
        sim-lowercase: pending, 0.5 running, 3.0 completed
        sim-instant: COMPLETED
        sim-large: PENDING, 0.5 RUNNING, 3.0 COMPLETED
        sim-huge: PENDING, 0.5 RUNNING, 3.0 COMPLETED
        sim-late: PENDING, 0.5 404, 2.0 PENDING, 2.5 RUNNING, 5.0 COMPLETED
        sim-no-progress: PENDING, 0.5 RUNNING, 8.0 COMPLETED
        sim-chatty-end: PENDING, 0.5 RUNNING, 3.0 COMPLETED, 4.0 RUNNING, 5.0 COMPLETED
        sim-for-90s: PENDING, 0.5 RUNNING
    "#]].assert_eq(&lives);
}

#[test]
fn progress_follows_the_script() {
    let table: String = ["sim-fast", "sim-queued", "sim-stalling", "sim-uneven", "sim-never", "sim-no-progress"]
        .iter()
        .map(|action| format!("{action}: {}\n", progress(action)))
        .collect();
    expect![[r#"
        sim-fast: 62 100 100 100 100 100 100 100 100 100
        sim-queued: 0 0 50 100 100 100 100 100 100 100
        sim-stalling: 27 60 60 60 60 60 60 60 80 100
        sim-uneven: 1 3 5 7 10 34 58 71 73 75
        sim-never: 0 0 0 0 0 0 0 0 0 0
        sim-no-progress: none none none none none none none none none none
    "#]]
    .assert_eq(&table);
}

#[test]
fn a_name_sets_any_duration_up_to_a_day() {
    let table: String = ["sim-for-1s", "sim-for-7200s", "sim-for-86400s", "sim-for-86401s", "sim-for-0s", "sim-for-s"]
        .iter()
        .map(|action| format!("{action}: {}\n", end_of(action)))
        .collect();
    expect![[r#"
        sim-for-1s: RUNNING, then COMPLETED
        sim-for-7200s: RUNNING, then COMPLETED
        sim-for-86400s: RUNNING, then COMPLETED
        sim-for-86401s: 404
        sim-for-0s: 404
        sim-for-s: 404
    "#]]
    .assert_eq(&table);
}

#[test]
fn the_envelope_is_the_seeds() {
    let mut tenant = Tenant::new();
    let id = tenant.submit("sim-fast");
    tenant.wait(1_000);
    let running = tenant.poll(&id);
    expect![[r#"{"execution_id":"027a617d-2237-46c9-87f4-e5c44c95357a","status":"RUNNING","created_time":"2026-11-21T10:00:00.000Z","started_time":"2026-11-21T10:00:00.300Z","completed_time":null,"result":null,"error":null,"metadata":{"records_processed":12950,"records_total":50000}}"#]].assert_eq(&String::from_utf8_lossy(&running.body));
    tenant.wait(2_000);
    let completed = tenant.poll(&id);
    expect![[r#"{"execution_id":"027a617d-2237-46c9-87f4-e5c44c95357a","status":"COMPLETED","created_time":"2026-11-21T10:00:00.000Z","started_time":"2026-11-21T10:00:00.300Z","completed_time":"2026-11-21T10:00:03.000Z","result":{"customer_id":"CUST-1","record_id":"c4e77f0c-e2a3-4df5-9932-ef6461dfa32a","echo":{"customerId": "CUST-1"},"records":50000,"output":{"customer_id":"CUST-1","record_id":"c4e77f0c-e2a3-4df5-9932-ef6461dfa32a"}},"error":null,"metadata":{"records_processed":50000,"records_total":50000}}"#]].assert_eq(&String::from_utf8_lossy(&completed.body));
}

#[test]
fn inputs_come_back_digit_for_digit() {
    let mut tenant = Tenant::new();
    let id = tenant.submit_body(r#"{"definition_id":"sim-instant","inputs":{"b":12345678901234567890123.50,"a":1}}"#);
    let body = String::from_utf8_lossy(&tenant.poll(&id).body).into_owned();
    assert!(body.contains(r#""echo":{"b":12345678901234567890123.50,"a":1}"#), "{body}");
}

#[test]
fn a_query_parameter_gives_any_action_a_script() {
    let mut tenant = Tenant::new();
    let reply = tenant.ask("POST", &format!("{EXECUTIONS}?script=instant"), r#"{"definition_id": "fetch-customer"}"#);
    assert_eq!(text(&json(&reply), "status"), "COMPLETED");
}

#[test]
fn large_and_huge_results_have_their_weight() {
    let mut tenant = Tenant::new();
    let (large, huge) = (tenant.submit("sim-large"), tenant.submit("sim-huge"));
    tenant.wait(2_000);
    assert!(tenant.poll(&huge).body.len() < 1_000);
    tenant.wait(1_000);
    let megabytes = |reply: Reply| reply.body.len() / 1_000_000;
    assert_eq!((megabytes(tenant.poll(&large)), megabytes(tenant.poll(&huge))), (2, 50));
}

#[test]
fn retention_ends_thirty_days_after_the_end() {
    let mut tenant = Tenant::new();
    let id = tenant.submit("sim-instant");
    tenant.wait(30 * 86_400_000);
    tenant.token = tenant.fetch_token("");
    assert_eq!(tenant.poll(&id).status, 200);
    tenant.wait(1);
    assert_eq!(tenant.poll(&id).status, 404);
}

#[test]
fn one_seed_gives_one_world() {
    let history = |seed| {
        let mut tenant = Tenant::with_seed(seed);
        tenant.faults(
            r#"{"seed": 7, "latency_ms": [5, 90], "rates": {"server_error": 0.3, "cut": 0.2, "lost_answer": 0.2}}"#,
        );
        let target = EXECUTIONS;
        (0..200)
            .map(|_| {
                tenant.wait(37);
                tenant.ask("POST", target, r#"{"definition_id": "sim-fast"}"#)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(history(5), history(5));
    assert_ne!(history(5), history(6));
}

#[test]
fn time_does_not_go_back() {
    let mut tenant = Tenant::new();
    let id = tenant.submit("sim-fast");
    tenant.wait(3_000);
    assert_eq!(word(&tenant.poll(&id)), "COMPLETED");
    let earlier = tenant.now.minus(cxpulse_core::time::Span::from_secs(60));
    let request: Request = tenant.request("GET", &format!("{EXECUTIONS}/{id}"), "");
    assert_eq!(word(&tenant.world.handle(&request, earlier)), "COMPLETED");
}

/// What polls each half second see, where it changes, until an end that stays.
fn life(action: &str) -> String {
    let mut tenant = Tenant::new();
    let submitted = tenant.ask("POST", EXECUTIONS, &format!(r#"{{"definition_id": "{action}"}}"#));
    let id = text(&json(&submitted), "execution_id");
    let (mut last, mut line) = (word(&submitted), format!("{action}: {}", word(&submitted)));
    let mut same = 0;
    // A minute is the longest life with an end; after an end, three seconds show whether it stays.
    for _ in 0..130 {
        let is_end = ["COMPLETED", "FAILED", "CANCELED", "CANCELLED"].contains(&last.to_uppercase().as_str());
        if is_end && same == 6 {
            break;
        }
        tenant.wait(500);
        let seen = word(&tenant.poll(&id));
        same = if seen == last { same + 1 } else { 0 };
        if seen != last {
            line = format!("{line}, {} {seen}", seconds_since(&tenant, &submitted));
            last = seen;
        }
    }
    line
}

fn seconds_since(tenant: &Tenant, submitted: &Reply) -> String {
    let created = cxpulse_core::time::Timestamp::parse_rfc3339(&text(&json(submitted), "created_time"));
    format!("{:.1}", tenant.now.since(created.expect("a time")).as_secs_f64())
}

/// The status of a body, or what is wrong with it.
fn word(reply: &Reply) -> String {
    if reply.status >= 400 {
        return reply.status.to_string();
    }
    if reply.header("content-type") != Some("application/json") {
        return "<html>".to_owned();
    }
    match serde_json::from_slice::<Value>(&reply.body) {
        Err(_) => "<cut>".to_owned(),
        Ok(body) if body.is_array() => "<array>".to_owned(),
        Ok(body) if body.get("execution_id").is_none() => "<no id>".to_owned(),
        Ok(body) => body.get("status").and_then(Value::as_str).unwrap_or("<no status>").to_owned(),
    }
}

/// Hundredths done, each 2 seconds for 20.
fn progress(action: &str) -> String {
    let mut tenant = Tenant::new();
    let id = tenant.submit(action);
    let hundredths = |body: Value| {
        let metadata = body.get("metadata").and_then(|metadata| metadata.get("records_processed"));
        metadata.and_then(Value::as_u64).map_or("none".to_owned(), |done| (done * 100 / RECORDS_TOTAL).to_string())
    };
    let seen: Vec<String> = (0..10)
        .map(|_| {
            tenant.wait(2_000);
            hundredths(json(&tenant.poll(&id)))
        })
        .collect();
    seen.join(" ")
}

/// The instant of the end in seconds, to the millisecond: running just before it, completed at it.
fn end_of(action: &str) -> String {
    let mut tenant = Tenant::new();
    let submitted = tenant.ask("POST", EXECUTIONS, &format!(r#"{{"definition_id": "{action}"}}"#));
    if submitted.status != 202 {
        return submitted.status.to_string();
    }
    let id = text(&json(&submitted), "execution_id");
    let digits: String = action.chars().filter(char::is_ascii_digit).collect();
    let seconds: u64 = digits.parse().expect("seconds in the name");
    tenant.wait(seconds * 1_000 - 1);
    tenant.token = tenant.fetch_token("");
    let before = word(&tenant.poll(&id));
    tenant.wait(1);
    format!("{before}, then {}", word(&tenant.poll(&id)))
}
