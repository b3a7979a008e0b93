//! The tenant's gate, as CXone sees it: what many executions make of one account's limits, its token, its outages, and
//! what each shows meanwhile. All counts are the simulation's own.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::json;

use super::snapshot::Snapshot;
use super::stack::{Stack, fresh_correlation_id, quick_start, wait_for};

#[test]
fn a_crowd_is_let_go_within_the_limits_and_with_one_token() {
    let stack = crowded();
    stack.sim().set_faults(&json!({"limit_per_second": 50, "latency_ms": [20, 60]}));
    let ids = start_together(&stack, 150, "sim-fast");
    expect_completed(&stack, &ids);
    let sim = stack.sim();
    assert!(sim.count("in_flight_max") <= 10, "{} in flight", sim.count("in_flight_max"));
    let fullest = sim.count("requests_per_sliding_second_max").max(sim.count("requests_per_second_max"));
    assert!(fullest <= 51, "{fullest} in a second");
    assert_eq!(sim.count("rate_limited"), 0, "the account is nobody else's, so nothing is refused");
    assert_eq!(sim.total("token"), 1, "150 executions, one token");
    assert_eq!(sim.total("submit"), 150);
}

#[test]
fn calls_that_take_long_fill_the_permits_and_no_more() {
    let stack = crowded();
    stack.sim().set_faults(&json!({"latency_ms": [500, 500]}));
    let ids = start_together(&stack, 60, "sim-instant");
    let view = stack.gate();
    assert_eq!(view["bound"], 10, "{view}");
    let waiting = wait_for(PATIENCE, || Some(reasons(&stack, &ids)).filter(|found| found.contains(&"permit".into())));
    assert!(waiting.is_some(), "those who wait for a permit say so: {:?}", reasons(&stack, &ids));
    expect_completed(&stack, &ids);
    assert_eq!(stack.sim().count("in_flight_max"), 10);
    let free = || Some(stack.gate()).filter(|view| view["in_flight"] == 0);
    assert!(wait_for(PATIENCE, free).is_some(), "every permit came back: {}", stack.gate());
}

#[test]
fn callers_who_are_held_go_in_the_order_in_which_they_came() {
    let stack = narrow();
    // A second's worth: all of them wait at the gate, and none is sent away.
    let started: Vec<String> = (0..10)
        .map(|_| {
            let correlation_id = fresh_correlation_id();
            let more = json!({"correlation_id": correlation_id});
            stack.accept(&quick_start("sim-instant", &more));
            correlation_id
        })
        .collect();
    let arrived = || Some(stack.sim().submitted()).filter(|arrived| arrived.len() == started.len());
    let arrived = wait_for(PATIENCE, arrived).unwrap_or_else(|| stack.sim().submitted());
    for (place, correlation_id) in started.iter().enumerate() {
        let found = arrived.iter().position(|other| other == correlation_id);
        // Two that were started a few milliseconds apart may come to the gate in either order.
        assert!(found.is_some_and(|found| found.abs_diff(place) <= 2), "{place} came at {found:?}: {arrived:?}");
    }
}

#[test]
fn credentials_that_are_refused_hold_everybody_and_are_not_tried_again_and_again() {
    let stack = crowded();
    stack.sim().set_faults(&json!({"token_refused": true}));
    stack.reset_gate();
    let tokens = stack.sim().total("token");
    let ids = start_together(&stack, 20, "sim-instant");
    let all_wait = || Some(reasons(&stack, &ids)).filter(|found| found.iter().all(|reason| reason == "credentials"));
    assert!(wait_for(PATIENCE, all_wait).is_some(), "{:?}", reasons(&stack, &ids));
    let view = stack.gate();
    assert_eq!(view["credentials"]["state"], "refused", "{view}");
    assert!(stack.sim().total("token") - tokens <= 2, "no storm");
    assert_eq!(stack.sim().count("api_calls"), 0, "nothing is called without a token");
    stack.sim().calm();
    stack.reset_gate();
    expect_completed(&stack, &ids);
}

#[test]
fn what_one_is_told_to_wait_holds_the_others() {
    let stack = crowded();
    let ids = start_together(&stack, 20, "sim-for-6s");
    for id in &ids {
        stack.when(id, PATIENCE, |snapshot| snapshot.status() == "running");
    }
    let faults = json!({"rates": {"rate_limited": 1}, "only": ["poll"], "retry_after": "4", "until_ms_from_now": 1500});
    stack.sim().set_faults(&faults);
    let all_wait = || Some(reasons(&stack, &ids)).filter(|found| found.iter().all(|reason| reason == "rate_limited"));
    assert!(wait_for(PATIENCE, all_wait).is_some(), "{:?}", reasons(&stack, &ids));
    let view = stack.gate();
    assert!(view["embargo_until"].is_string(), "{view}");
    let refused = stack.sim().count("rate_limited");
    assert!((1..=10).contains(&refused), "only what was in flight already was refused too: {refused}");
    expect_completed(&stack, &ids);
    assert_eq!(stack.sim().count("rate_limited"), refused, "and nobody came too early");
}

#[test]
fn an_outage_is_probed_and_not_hammered_and_costs_no_execution() {
    let stack = narrow();
    let ids = start_together(&stack, 30, "sim-for-15s");
    for id in &ids {
        stack.when(id, PATIENCE, |snapshot| !snapshot.text("/upstream/execution_id").is_empty());
    }
    let calls = stack.sim().count("api_calls");
    stack.sim().set_faults(&json!({"outage": true}));
    let open = || Some(reasons(&stack, &ids)).filter(|found| found.iter().all(|reason| reason == "breaker_open"));
    assert!(wait_for(PATIENCE, open).is_some(), "{:?}", reasons(&stack, &ids));
    let probes = || Some(stack.sim().count("api_calls") - calls).filter(|calls| *calls >= 10);
    wait_for(Duration::from_secs(9), probes);
    let during = stack.sim().count("api_calls") - calls;
    // Four in a row open it, up to nine more are in flight by then; afterwards one each two seconds finds out.
    assert!((5..=20).contains(&during), "{during} calls in an outage of some ten seconds");
    stack.sim().calm();
    expect_completed(&stack, &ids);
    assert_eq!(stack.gate()["breaker"]["state"], "closed");
}

#[test]
fn the_bound_outlives_a_gate_that_dies_with_calls_in_flight() {
    let upstream = Stack::start();
    upstream.sim().set_faults(&json!({"latency_ms": [1200, 1200]}));
    let stack = Stack::start_beside(&upstream);
    let ids = start_together(&stack, 40, "sim-instant");
    let full = || Some(upstream.sim().count("in_flight")).filter(|count| *count == 10);
    assert!(wait_for(PATIENCE, full).is_some(), "{} in flight", upstream.sim().count("in_flight"));
    let stack = stack.crash_and_restart();
    let mut lost = 0;
    for id in &ids {
        let ended = stack.ended(id, PATIENCE);
        match ended.outcome() {
            Some("completed") => {}
            // Sent, and never seen by CXone: nothing is sent twice.
            _ => lost += 1,
        }
    }
    assert!(lost <= 10, "{lost} of 40 were lost with the process");
    // What the dead process had in flight may take CXone a moment to notice.
    assert!(upstream.sim().count("in_flight_max") <= 10, "{} in flight", upstream.sim().count("in_flight_max"));
}

#[test]
fn an_object_has_no_more_than_six_connections_open_however_much_it_has_to_do() {
    let upstream = Stack::start();
    upstream.sim().set_faults(&json!({"latency_ms": [400, 400]}));
    let rule = r#"CXONE_PROXY=[{"methods":["GET"],"path":"/api/v2/dataactions/executions/*","cache_seconds":60}]"#;
    let stack = Stack::start_with(&upstream, &["CXONE_IN_FLIGHT=100", rule]);
    // Shared answers are fetched by the tenant's object itself.
    std::thread::scope(|scope| {
        for number in 0..20 {
            let client = stack.client();
            let path = format!("/v1/proxy/api/v2/dataactions/executions/{number:08}-0000-4000-8000-000000000000");
            scope.spawn(move || assert_eq!(client.get(&path).status(), 404, "CXone has no such execution"));
        }
    });
    let most = upstream.sim().count("in_flight_max");
    assert!((2..=6).contains(&most), "{most} connections at once");
    assert_eq!(upstream.sim().total("poll"), 20);
}

/// A stack, held for one test: its gate knows nothing, and its simulation has counted nothing.
struct Gated(MutexGuard<'static, Stack>);

impl std::ops::Deref for Gated {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        &self.0
    }
}

/// 50 calls a second, 10 in flight.
fn crowded() -> Gated {
    static CROWDED: OnceLock<Mutex<Stack>> = OnceLock::new();
    held(&CROWDED, &["CXONE_PER_SECOND=50", "CXONE_IN_FLIGHT=10"])
}

/// 10 calls a second, and a breaker that opens after four failures for two seconds.
fn narrow() -> Gated {
    static NARROW: OnceLock<Mutex<Stack>> = OnceLock::new();
    let breaker = r#"CXONE_BREAKER={"mode":"consecutive","failures":4,"open_seconds":2,"probes":1}"#;
    held(&NARROW, &["CXONE_PER_SECOND=10", "CXONE_IN_FLIGHT=10", breaker])
}

fn held(slot: &'static OnceLock<Mutex<Stack>>, settings: &[&str]) -> Gated {
    let stack = slot.get_or_init(|| Mutex::new(Stack::start_set(settings)));
    let stack = Gated(stack.lock().unwrap_or_else(PoisonError::into_inner));
    stack.sim().reset();
    stack.sim().calm();
    stack.reset_gate();
    stack
}

fn start_together(stack: &Stack, count: usize, action_id: &str) -> Vec<String> {
    let accept = || stack.accept(&quick_start(action_id, &json!({}))).id().to_owned();
    std::thread::scope(|scope| {
        let lane = |share: usize| (0..share).map(|_| accept()).collect::<Vec<_>>();
        let share = |index: usize| count / LANES + usize::from(index < count % LANES);
        let lanes: Vec<_> = (0..LANES).map(|index| scope.spawn(move || lane(share(index)))).collect();
        lanes.into_iter().flat_map(|lane| lane.join().expect("the starts are accepted")).collect()
    })
}

/// What each waits for; empty for one whose call is under way.
fn reasons(stack: &Stack, ids: &[String]) -> Vec<String> {
    ids.iter().map(|id| stack.look(id).text("/waiting/reason").to_owned()).collect()
}

fn expect_completed(stack: &Stack, ids: &[String]) {
    for id in ids {
        let ended: Snapshot = stack.ended(id, PATIENCE);
        assert_eq!(ended.outcome(), Some("completed"), "{ended}");
    }
}

const LANES: usize = 8;

const PATIENCE: Duration = Duration::from_secs(90);
