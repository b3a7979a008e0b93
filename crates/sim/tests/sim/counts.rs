//! What a gate has promised, as seen from the other side: calls at a time, calls in a second, refusals.

use cxpulse_sim::Settings;
use expect_test::expect;
use serde_json::Value;

use crate::tenant::{EXECUTIONS, Tenant, line};

#[test]
fn calls_are_counted_over_seconds_of_the_clock_and_over_any_second() {
    let mut tenant = Tenant::new();
    // Three at the end of a second and three at the beginning of the next: six within 600 ms.
    tenant.wait(700);
    for wait in [0, 100, 100, 200, 100, 100, 400] {
        tenant.wait(wait);
        look_up(&mut tenant);
    }
    let start = tenant.now.as_millis();
    assert_eq!(tenant.stat("/requests_per_second_max"), Value::from(4));
    assert_eq!(tenant.stat("/requests_per_sliding_second_max"), Value::from(6));
    assert_eq!(tenant.stat("/first_api_at"), Value::from(start - 1_000));
    assert_eq!(tenant.stat("/last_api_at"), Value::from(start));
    assert_eq!(tenant.stat("/api_calls"), Value::from(7));
}

#[test]
fn a_sliding_second_is_a_thousand_milliseconds() {
    let most = |gap| {
        let mut tenant = Tenant::new();
        look_up(&mut tenant);
        tenant.wait(gap);
        look_up(&mut tenant);
        tenant.stat("/requests_per_sliding_second_max")
    };
    assert_eq!((most(999), most(1_000)), (Value::from(2), Value::from(1)));
}

#[test]
fn tokens_discovery_and_the_simulation_are_no_calls() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"latency_ms": [100, 100]}"#);
    for _ in 0..3 {
        tenant.fetch_token("");
        tenant.ask("GET", "/.well-known/openid-configuration", "");
        tenant.control("GET", "scripts", "");
    }
    let counts = ["api_calls", "requests_per_second_max", "in_flight_max", "first_api_at"];
    let counts = counts.map(|name| tenant.stat(&format!("/{name}")));
    assert_eq!(counts, [Value::from(0), Value::from(0), Value::from(0), Value::Null]);
    assert_eq!(tenant.stat("/totals/discovery"), Value::from(3));
}

#[test]
fn calls_in_flight_are_counted_together_and_by_dialect() {
    let mut tenant = Tenant::new();
    tenant.ask("POST", "/api/v2/data-actions/sim-fast/execute", "{}");
    tenant.wait(1_000);
    tenant.ask("POST", "/api/v2/dx/actions/sim-fast/execute", "{}");
    tenant.ask("POST", "/api/v2/dx/actions/sim-fast/execute", "{}");
    assert_eq!(tenant.stat("/in_flight"), Value::from(3));
    tenant.wait(2_000);
    assert_eq!(tenant.stat("/in_flight"), Value::from(2));
    look_up(&mut tenant);
    tenant.wait(1_000);
    assert_eq!(tenant.stat("/in_flight"), Value::from(0));
    assert_eq!(tenant.stat("/in_flight_max"), Value::from(3));
    expect![[r#"{"data-actions":1,"dataactions":1,"dx-actions":2}"#]]
        .assert_eq(&tenant.stat("/in_flight_max_by_dialect").to_string());
}

#[test]
fn a_flight_that_is_told_ends_when_told_and_not_before() {
    let mut tenant = Tenant::new();
    let request = tenant.request("GET", &format!("{EXECUTIONS}?correlation_id=x"), "");
    let (_, flight) = tenant.world.take(&request, tenant.now);
    tenant.wait(60_000);
    assert_eq!(tenant.stat("/in_flight"), Value::from(1));
    let flight = flight.expect("a call");
    tenant.world.delivered(&flight);
    assert_eq!(tenant.stat("/in_flight"), Value::from(0));
    tenant.world.delivered(&flight);
    look_up(&mut tenant);
    assert_eq!((tenant.stat("/in_flight"), tenant.stat("/in_flight_max")), (Value::from(0), Value::from(1)));
}

#[test]
fn a_reset_forgets_counts_but_not_what_is_in_flight() {
    let mut tenant = Tenant::new();
    tenant.ask("POST", "/api/v2/data-actions/sim-fast/execute", "{}");
    tenant.ask("POST", "/api/v2/data-actions/sim-for-20s/execute", "{}");
    tenant.wait(3_000);
    tenant.control("POST", "reset", "");
    assert_eq!(tenant.stat("/api_calls"), Value::from(0));
    assert_eq!((tenant.stat("/in_flight"), tenant.stat("/in_flight_max")), (Value::from(1), Value::from(1)));
    expect![[r#"{"data-actions":1}"#]].assert_eq(&tenant.stat("/in_flight_max_by_dialect").to_string());
}

#[test]
fn a_bound_refuses_the_call_past_it() {
    let mut tenant = Tenant::with(Settings { in_flight_max: Some(2), ..Settings::default() });
    tenant.faults(r#"{"latency_ms": [50, 50]}"#);
    let three: Vec<String> = (0..3).map(|_| look_up(&mut tenant)).collect();
    expect!["200, 200, 429 rate_limited retry-after=1"].assert_eq(&three.join(", "));
    tenant.wait(50);
    assert_eq!(look_up(&mut tenant), "200");
    assert_eq!(tenant.stat("/rate_limited"), Value::from(1));
}

#[test]
fn every_429_of_the_api_counts_as_one() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"limit_per_second": 1}"#);
    look_up(&mut tenant);
    look_up(&mut tenant);
    tenant.faults(r#"{"rates": {"rate_limited": 1}}"#);
    look_up(&mut tenant);
    tenant.token_reply("");
    assert_eq!(tenant.stat("/rate_limited"), Value::from(2));
}

fn look_up(tenant: &mut Tenant) -> String {
    line(&tenant.ask("GET", &format!("{EXECUTIONS}?correlation_id=x"), ""))
}
