//! `/_sim/*`: what tests and demos see of the world, and who may.

use cxpulse_sim::Request;
use expect_test::expect;
use serde_json::Value;

use crate::tenant::{Tenant, json, line};

#[test]
fn stats_count_by_kind_and_status() {
    let mut tenant = Tenant::new();
    let id = tenant.submit("sim-slow");
    tenant.poll(&id);
    tenant.poll("nonsense");
    tenant.faults(r#"{"rates": {"lost_answer": 1}, "latency_ms": [50, 50]}"#);
    tenant.poll(&id);
    tenant.poll(&id);
    let stats = tenant.control("GET", "stats", "");
    expect![[r#"{"requests":{"token":{"200":1},"submit":{"202":1},"poll":{"200":1,"400":1,"none":2}},"totals":{"token":1,"submit":1,"poll":4},"faults":{"lost_answer":2},"callbacks":{"made":0,"dropped":0,"duplicated":0,"failed":0,"given_up":0},"api_calls":5,"first_api_at":1795255200000,"last_api_at":1795255200000,"rate_limited":0,"requests_per_second_max":5,"requests_per_sliding_second_max":5,"in_flight":2,"in_flight_max":2,"in_flight_max_by_dialect":{"dataactions":2},"executions_created":1,"executions_kept":1}"#]].assert_eq(&String::from_utf8_lossy(&stats.body));
}

#[test]
fn executions_are_listed_newest_first() {
    let mut tenant = Tenant::new();
    tenant.submit("sim-slow");
    let id = tenant.submit_body(r#"{"definition_id": "sim-fast", "correlation_id": "key"}"#);
    tenant.wait(3_000);
    tenant.poll(&id);
    let list = tenant.control("GET", "executions?limit=1", "");
    expect![[r#"{"executions":[{"id":"9a0508b2-cd06-4831-aa77-99127b9e31c8","dialect":"dataactions","action_id":"sim-fast","correlation_id":"key","inputs":{},"status":"COMPLETED","polls":1,"created_at":"2026-11-21T10:00:00.000Z","ends_at":"2026-11-21T10:00:03.000Z","has_ended":true,"request_id":null,"traceparent":null,"callback_url":null}]}"#]].assert_eq(&String::from_utf8_lossy(&list.body));
    assert_eq!(tenant.control("GET", "executions?limit=10001", "").status, 400);
    assert_eq!(tenant.control("GET", "executions?limit=x", "").status, 400);
}

#[test]
fn a_reset_forgets_all_but_tokens() {
    let mut tenant = Tenant::new();
    let id = tenant.submit("sim-slow");
    tenant.faults(r#"{"seed": 4}"#);
    assert_eq!(tenant.control("POST", "reset", "").status, 204);
    assert_eq!(tenant.created(), 0);
    assert_eq!(tenant.poll(&id).status, 404);
    assert_ne!(tenant.submit("sim-slow"), id);
    assert_eq!(json(&tenant.control("GET", "faults", "")).get("seed"), Some(&Value::from(1)));
}

#[test]
fn pages_of_this_machine_only() {
    let mut tenant = Tenant::new();
    let mut ask = |method, path, origin| {
        let request = Request::new(method, path).with_header("origin", origin);
        let reply = tenant.world.handle(&request, tenant.now);
        format!("{}, {}", line(&reply), reply.header("access-control-allow-origin").unwrap_or("no CORS"))
    };
    expect!["200, http://127.0.0.1:8787"].assert_eq(&ask("GET", "/_sim/scripts", "http://127.0.0.1:8787"));
    expect!["204, http://localhost:8787"].assert_eq(&ask("OPTIONS", "/_sim/faults", "http://localhost:8787"));
    expect!["200, http://[::1]:8787"].assert_eq(&ask("GET", "/_sim/stats", "http://[::1]:8787"));
    expect!["403 foreign_origin, no CORS"].assert_eq(&ask("POST", "/_sim/reset", "https://example.com"));
    expect!["403 foreign_origin, no CORS"].assert_eq(&ask("POST", "/_sim/reset", "http://localhost.example.com"));
    expect!["403 foreign_origin, no CORS"].assert_eq(&ask("POST", "/_sim/reset", "null"));
    expect!["401 invalid_request www-authenticate=Bearer, no CORS"].assert_eq(&ask(
        "GET",
        "/api/v2/dataactions/executions",
        "http://localhost:8787",
    ));
}

#[test]
fn unknown_routes_and_methods() {
    let mut tenant = Tenant::new();
    expect!["404 not_found"].assert_eq(&line(&tenant.control("GET", "nothing", "")));
    expect!["405 method_not_allowed allow=POST"].assert_eq(&line(&tenant.control("GET", "reset", "")));
    expect!["405 method_not_allowed allow=GET, POST, PUT, DELETE"]
        .assert_eq(&line(&tenant.control("PATCH", "faults", "")));
    expect!["405 method_not_allowed allow=GET"].assert_eq(&line(&tenant.control("POST", "stats", "")));
    expect!["400 invalid_request"].assert_eq(&line(&tenant.control("POST", "tokens/revoke", r#"{"tokn": "x"}"#)));
    expect!["200"].assert_eq(&line(&tenant.world.handle(&Request::new("GET", "/healthz"), tenant.now)));
    expect!["404 not_found"].assert_eq(&line(&tenant.world.handle(&Request::new("GET", "/"), tenant.now)));
}
