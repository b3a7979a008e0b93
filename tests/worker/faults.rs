//! A CXone that misbehaves: what becomes of executions then, and what CXone gets to see of us. All counts are its own.

use std::time::Duration;

use serde_json::{Value, json};

use super::journal::replay;
use super::snapshot::Snapshot;
use super::stack::{Alone, Stack, fresh_correlation_id, quick_start, wait_for};

#[test]
fn a_submit_that_is_rate_limited_waits_as_told_and_is_sent_again() {
    let stack = Stack::alone();
    let submits = stack.sim().total("submit");
    let faults =
        json!({"rates": {"rate_limited": 1}, "only": ["submit"], "retry_after": "3", "until_ms_from_now": 2000});
    stack.sim().set_faults(&faults);
    let (accepted, correlation_id) = start(&stack, "sim-for-1s", &json!({}));
    let waiting = stack.when(accepted.id(), PATIENCE, |snapshot| snapshot.text("/waiting/reason") == "rate_limited");
    assert!(seconds_between(waiting.text("/updated_at"), waiting.text("/waiting/until")) >= 3.0, "{waiting}");
    assert_eq!(stack.ended(accepted.id(), PATIENCE).ending(), "completed/completed");
    stack.sim().the_one(&correlation_id);
    assert_eq!(stack.sim().total("submit") - submits, 2);
}

#[test]
fn a_submit_that_is_put_off_is_sent_again_and_one_of_unknown_fate_is_not() {
    let stack = Stack::alone();
    let unavailable = |retry_after: Value| {
        let submits = stack.sim().total("submit");
        let faults = json!({
            "rates": {"unavailable": 1}, "only": ["submit"], "retry_after": retry_after, "until_ms_from_now": 800,
        });
        stack.sim().set_faults(&faults);
        let (accepted, correlation_id) = start(&stack, "sim-for-1s", &json!({"timeout_seconds": 6}));
        let ending = stack.ended(accepted.id(), PATIENCE).ending();
        (ending, stack.sim().total("submit") - submits, stack.sim().of_correlation(&correlation_id).len())
    };
    assert_eq!(unavailable(json!("1")), ("completed/completed".into(), 2, 1));
    assert_eq!(unavailable(Value::Null), ("pending/unknown FATE_UNKNOWN".into(), 1, 0));
}

#[test]
fn a_submit_whose_answer_is_lost_is_found_by_its_correlation_id_and_never_sent_again() {
    for fault in ["lost_answer", "cut", "html"] {
        let stack = Stack::alone();
        let (submits, lookups) = (stack.sim().total("submit"), stack.sim().total("lookup"));
        stack.sim().set_faults(&json!({"rates": {fault: 1}, "only": ["submit"]}));
        let (accepted, correlation_id) = start(&stack, "sim-for-2s", &json!({}));
        let ended = stack.ended(accepted.id(), PATIENCE);
        assert_eq!(ended.ending(), "completed/completed", "{fault}");
        assert_eq!(stack.sim().the_one(&correlation_id).id, ended.text("/upstream/execution_id"), "{fault}");
        assert_eq!(stack.sim().total("submit") - submits, 1, "{fault}");
        assert!(stack.sim().total("lookup") > lookups, "{fault}");
    }
}

#[test]
fn a_submit_that_never_arrived_ends_unknown_and_is_never_sent_again() {
    let stack = Stack::alone();
    let submits = stack.sim().total("submit");
    stack.sim().set_faults(&json!({"rates": {"dropped": 1}, "only": ["submit"], "until_ms_from_now": 1000}));
    let (accepted, correlation_id) = start(&stack, "sim-fast", &json!({"timeout_seconds": 5}));
    let ended = stack.ended(accepted.id(), PATIENCE);
    assert_eq!(ended.ending(), "pending/unknown FATE_UNKNOWN");
    assert_eq!(stack.sim().of_correlation(&correlation_id), []);
    assert_eq!(stack.sim().total("submit") - submits, 1);
}

#[test]
fn polls_that_fail_in_any_way_are_made_again() {
    let stack = Stack::alone();
    // Three in a row are struck at most: answers that are not the schema end an execution when there are five.
    let slow_ladder = json!({"backoff": {"by_failure": {"malformed": {"base_seconds": 1, "max_seconds": 1}}}});
    for fault in ["server_error", "unavailable", "rate_limited", "cut", "dropped", "html", "not_found", "slow"] {
        let polls = stack.sim().total("poll");
        stack
            .sim()
            .set_faults(&json!({"rates": {fault: 1}, "only": ["poll"], "slow_ms": 500, "until_ms_from_now": 2000}));
        let (accepted, correlation_id) = start(&stack, "sim-for-2s", &slow_ladder);
        let ended = stack.ended(accepted.id(), PATIENCE);
        // Where every poll up to the end was struck, nobody saw it run.
        assert_eq!((ended.status(), ended.outcome()), ("completed", Some("completed")), "{fault}: {ended}");
        stack.sim().the_one(&correlation_id);
        assert!(stack.sim().total("poll") - polls >= 2, "{fault}");
        replay(&stack.journal(accepted.id()));
    }
}

#[test]
fn a_token_that_is_revoked_is_renewed_once_for_all() {
    let stack = Stack::alone();
    let accepted: Vec<Snapshot> = (0..10).map(|_| start(&stack, "sim-for-4s", &json!({})).0).collect();
    for one in &accepted {
        stack.when(one.id(), PATIENCE, |snapshot| snapshot.status() == "running");
    }
    let (tokens, submits) = (stack.sim().total("token"), stack.sim().total("submit"));
    stack.sim().revoke_tokens();
    for one in &accepted {
        assert_eq!(stack.ended(one.id(), PATIENCE).ending(), "completed/completed");
    }
    assert_eq!(stack.sim().total("token") - tokens, 1, "ten executions, one new token");
    assert_eq!(stack.sim().total("submit"), submits);
}

#[test]
fn a_token_that_is_refused_when_it_is_fresh_ends_an_execution() {
    let stack = Stack::alone();
    let tokens = stack.sim().total("token");
    stack.sim().set_faults(&json!({"rates": {"unauthorized": 1}, "only": ["poll"]}));
    let (accepted, _) = start(&stack, "sim-fast", &json!({}));
    let ended = stack.ended(accepted.id(), PATIENCE);
    assert_eq!(ended.ending(), "pending/rejected AUTH_EXPIRED");
    assert_eq!(ended.at("/error/http_status"), &json!(401));
    assert!(stack.sim().total("token") - tokens <= 2, "one renewal, and the first token where there was none");
}

#[test]
fn an_execution_waits_while_there_is_no_token() {
    let stack = Stack::alone();
    let (accepted, correlation_id) = start(&stack, "sim-for-3s", &json!({}));
    stack.when(accepted.id(), PATIENCE, |snapshot| snapshot.status() == "running");
    stack.sim().set_faults(&json!({"rates": {"server_error": 1}, "only": ["token"]}));
    stack.sim().revoke_tokens();
    let waiting = stack.when(accepted.id(), PATIENCE, |snapshot| snapshot.text("/waiting/reason") == "credentials");
    assert_eq!(waiting.outcome(), None);
    stack.sim().calm();
    assert_eq!(stack.ended(accepted.id(), PATIENCE).ending(), "completed/completed");
    stack.sim().the_one(&correlation_id);
}

#[test]
fn a_token_that_lives_for_seconds_only_is_renewed_in_time() {
    let stack = Stack::alone();
    stack.sim().revoke_tokens();
    stack.sim().set_faults(&json!({"token_lifetime_seconds": 2}));
    let tokens = stack.sim().total("token");
    let (accepted, _) = start(&stack, "sim-for-6s", &json!({}));
    assert_eq!(stack.ended(accepted.id(), PATIENCE).ending(), "completed/completed");
    let fetched = stack.sim().total("token") - tokens;
    assert!((2..=10).contains(&fetched), "{fetched} tokens in 6 s");
}

#[test]
fn a_cancel_gets_through_to_a_cxone_that_falters() {
    let stack = Stack::alone();
    let (accepted, correlation_id) = start(&stack, "sim-never", &json!({}));
    stack.when(accepted.id(), PATIENCE, |snapshot| snapshot.status() == "running");
    stack
        .sim()
        .set_faults(&json!({"rates": {"server_error": 1}, "only": ["cancel"], "seed": 7, "until_ms_from_now": 300}));
    let answer = stack.client().send("POST", accepted.text("/links/cancel"), b"");
    assert_eq!(Snapshot::of(answer.json()).ending(), "canceled/canceled CANCELED");
    let told = || Some(stack.sim().the_one(&correlation_id).status).filter(|status| status == "CANCELED");
    assert!(wait_for(PATIENCE, told).is_some(), "CXone has stopped it");
}

#[test]
fn everything_at_once_loses_nothing_and_submits_nothing_twice() {
    let stack = Stack::alone();
    let each = 0.04;
    let faults = json!({
        "seed": 20_261_121, "latency_ms": [0, 120], "slow_ms": 300, "retry_after": "1",
        "rates": {
            "rate_limited": each, "server_error": each, "unavailable": each, "cut": each, "lost_answer": each,
            "dropped": each, "html": each, "slow": each,
        },
        "callback": {"duplicate": 0.3, "drop": 0.3, "late_ms": 200},
    });
    stack.sim().set_faults(&faults);
    let more = json!({"timeout_seconds": 25, "callback": true});
    let under_way: Vec<_> = (0..40).map(|_| start(&stack, "sim-for-3s", &more)).collect();
    let mut completed = 0;
    for (accepted, correlation_id) in &under_way {
        let ended = stack.ended(accepted.id(), PATIENCE);
        let upstream = stack.sim().of_correlation(correlation_id).len();
        match ended.outcome() {
            Some("completed") => {
                assert_eq!(upstream, 1, "{ended}");
                completed += 1;
            }
            Some("unknown") => assert_eq!(upstream, 0, "what runs on CXone is found: {ended}"),
            _ => assert!(upstream <= 1 && ended.outcome() == Some("invalid"), "{ended}"),
        }
        replay(&stack.journal(accepted.id()));
    }
    // A submit is dropped, or fails without being done, in 6 of 100: these cannot complete.
    assert!(completed >= 30, "{completed} of 40 completed");
}

/// Starts an action under a correlation id of its own.
fn start(stack: &Alone, action_id: &str, more: &Value) -> (Snapshot, String) {
    let correlation_id = fresh_correlation_id();
    let mut body = quick_start(action_id, more);
    if let Some(fields) = body.as_object_mut() {
        fields.insert("correlation_id".into(), json!(correlation_id));
    }
    (stack.accept(&body), correlation_id)
}

fn seconds_between(from: &str, to: &str) -> f64 {
    let read = |text: &str| text.parse::<jiff::Timestamp>().expect("times are RFC 3339");
    read(to).duration_since(read(from)).as_secs_f64()
}

const PATIENCE: Duration = Duration::from_secs(60);
