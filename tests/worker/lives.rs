//! Every life that the simulated CXone can lead, by both doors, from acceptance to the end.
//!
//! The list of lives is the simulation's own: one that has no row here fails the test.

use std::time::Duration;

use cxpulse_core::json::Json;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::snapshot::Snapshot;
use super::stack::{Stack, fresh_correlation_id, quick_start, quick_watch};

#[test]
fn every_scripted_life_ends_as_it_should_by_both_doors() {
    let stack = Stack::shared();
    let mut wrong = Vec::new();
    let mut lives: Vec<&Life> = Vec::new();
    for script in stack.sim().scripts() {
        let life = LIVES.iter().find(|life| life.script == script);
        assert!(life.is_some(), "{script} has a row in this file");
        lives.extend(life);
    }
    // A life goes on whether anybody looks or not: a machine that is slow for a while may miss what is there for seconds only,
    // and that life is led again, with fewer others beside it.
    for _ in 0..TRIES {
        wrong = misled(stack, &lives);
        lives.retain(|life| wrong.iter().any(|(script, _)| *script == life.script));
    }
    assert!(wrong.is_empty(), "{}", wrong.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n"));
}

/// Those of some lives that end otherwise than they should, each with how.
fn misled(stack: &Stack, lives: &[&'static Life]) -> Vec<(&'static str, String)> {
    let mut under_way = Vec::new();
    for life in lives {
        let execution_id = stack.sim().submit(life.action_id);
        under_way.push((life, "watch", life.watched, stack.accept(&quick_watch(&execution_id, &life.more()))));
        under_way.push((life, "start", life.started, stack.accept(&quick_start(life.action_id, &life.more()))));
    }
    let wrong = under_way.iter().filter_map(|(life, door, expected, accepted)| {
        let ended = stack.ended(accepted.id(), PATIENCE);
        check_ended(&ended);
        let line = ended.ending();
        let is_wrong = line != *expected;
        is_wrong.then(|| (life.script, format!("{} {door}: {line}, not {expected}: {ended}", life.script)))
    });
    wrong.collect()
}

#[test]
fn a_result_is_kept_byte_for_byte() {
    let stack = Stack::shared();
    let inputs =
        r#"{"start":{"action_id":"sim-instant","inputs":{"z":1.50,"a":12345678901234567890123,"é":"\u00e9"}}}"#;
    let client = stack.client().with("content-type", "application/json");
    let accepted = Snapshot::of(client.send("POST", "/v1/executions", inputs.as_bytes()).json());
    stack.ended(accepted.id(), PATIENCE);
    let text = stack.client().get(&format!("/v1/executions/{}", accepted.id())).text().to_owned();
    assert!(text.contains(r#"{"z":1.50,"a":12345678901234567890123,"é":"\u00e9"}"#), "{text}");
}

#[test]
fn of_a_result_that_is_too_large_the_size_the_hash_and_the_head_stay() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-large", &json!({})));
    let ended = stack.ended(accepted.id(), PATIENCE);

    let envelope = stack.sim().envelope(ended.text("/upstream/execution_id"));
    let envelope = Json::parse(&envelope).expect("the envelope is JSON");
    let result = envelope.pointer("/result").expect("there is a result").get();
    let sha256: String = Sha256::digest(result.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();

    assert_eq!(ended.at("/result/truncated"), &json!(true));
    assert_eq!(ended.at("/result/size"), &json!(result.len()));
    assert_eq!(ended.text("/result/sha256"), sha256);
    let head = ended.text("/result/head");
    assert!(head.len() == 65_536 && result.starts_with(head), "the head is the first 64 KiB");
}

#[test]
fn an_answer_of_50_mb_does_no_harm_where_the_callback_tells_the_end() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-huge", &json!({"callback": true})));
    let ended = stack.ended(accepted.id(), PATIENCE);
    assert_eq!(ended.ending(), "completed/completed");
}

#[test]
fn a_word_after_the_end_is_recorded_and_changes_nothing() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-chatty-end", &json!({"callback": true})));
    let ended = stack.ended(accepted.id(), PATIENCE);
    assert_eq!(ended.ending(), "completed/completed");
    let told = stack.when(accepted.id(), PATIENCE, |snapshot| !snapshot.anomalies().is_empty());
    assert_eq!(told.ending(), "completed/completed [INVALID_TRANSITION:COMPLETED->RUNNING]");
    assert_eq!(told.at("/ended_at"), ended.at("/ended_at"));
}

#[test]
fn a_strict_policy_ends_at_a_forbidden_transition() {
    let stack = Stack::shared();
    let strict = json!({"policy": "strict"});
    let skipping = stack.accept(&quick_start("sim-skipping", &strict));
    let back = stack.accept(&quick_start("sim-stepping-back", &strict));
    let code = "INVALID_TRANSITION:PENDING->COMPLETED";
    assert_eq!(stack.ended(skipping.id(), PATIENCE).ending(), format!("pending/invalid {code} [{code}]"));
    let code = "INVALID_TRANSITION:RUNNING->QUEUED";
    assert_eq!(stack.ended(back.id(), PATIENCE).ending(), format!("running/invalid {code} [{code}]"));
}

#[test]
fn attempts_that_are_spent_end_an_execution() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &json!({"backoff": {"max_attempts": 3}})));
    let ended = stack.ended(accepted.id(), PATIENCE);
    assert_eq!(ended.ending(), "running/timed_out ATTEMPTS_SPENT");
    assert_eq!(ended.at("/attempt"), &json!(3));
}

#[test]
fn broken_bodies_for_too_long_end_an_execution() {
    let stack = Stack::alone();
    let hasty = json!({"backoff": {"by_failure": {"malformed": {"max_seconds": 0.3}}}});
    let accepted = stack.accept(&quick_start("sim-never", &hasty));
    stack.when(accepted.id(), PATIENCE, |snapshot| snapshot.status() == "running");
    stack.sim().set_faults(&json!({"rates": {"html": 1}, "only": ["poll"]}));
    assert_eq!(stack.ended(accepted.id(), PATIENCE).ending(), "running/invalid MALFORMED_ANSWER");
}

#[test]
fn an_execution_that_cxone_does_not_have_is_rejected() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_watch("5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d", &json!({})));
    let ended = stack.ended(accepted.id(), PATIENCE);
    assert_eq!(ended.ending(), "pending/rejected NOT_FOUND");
    assert_eq!(ended.at("/error/http_status"), &json!(404));
}

#[test]
fn an_action_that_cxone_does_not_have_is_rejected_and_not_sent_again() {
    let stack = Stack::shared();
    let correlation_id = fresh_correlation_id();
    let more = json!({"correlation_id": correlation_id});
    let accepted = stack.accept(&quick_start("no-such-action", &more));
    let ended = stack.ended(accepted.id(), PATIENCE);
    assert_eq!(ended.ending(), "pending/rejected NOT_FOUND");
    assert_eq!(ended.at("/latency/calls"), &json!(1));
    assert_eq!(stack.sim().of_correlation(&correlation_id), []);
}

#[test]
fn progress_is_told_with_its_end_and_a_waiting_execution_says_for_what() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-for-6s", &json!({})));
    let foretold = stack.when(accepted.id(), PATIENCE, |snapshot| snapshot.text("/waiting/reason") == "predicted");
    let number = |pointer: &str| foretold.at(pointer).as_f64().unwrap_or_default();
    assert_eq!(foretold.at("/progress/total"), &json!(50_000));
    assert!((number("/progress/done") / 50_000.0 - number("/progress/ratio")).abs() < 1e-6, "{foretold}");
    assert!(foretold.text("/progress/ends_at") > foretold.text("/updated_at"), "{foretold}");
    assert!(foretold.text("/waiting/until") > foretold.text("/updated_at"), "{foretold}");
    let ended = stack.ended(accepted.id(), PATIENCE);
    assert_eq!((ended.at("/waiting"), ended.at("/progress/ends_at")), (&Value::Null, &Value::Null));
}

/// What holds for every end, whatever it is.
fn check_ended(ended: &Snapshot) {
    let is_completed = ended.outcome() == Some("completed");
    assert_eq!(ended.at("/error").is_null(), is_completed, "an error, unless completed: {ended}");
    assert_eq!(ended.at("/waiting"), &Value::Null, "{ended}");
    assert!(ended.text("/ended_at") >= ended.text("/created_at"), "{ended}");
    if is_completed && ended.at("/result/truncated").is_null() {
        assert_eq!(ended.text("/result/customer_id"), "CUST-99887", "{ended}");
        assert_eq!(ended.at("/result/echo"), &json!({"customerId": "CUST-99887"}), "{ended}");
    }
}

/// One life, and how it looks from here.
struct Life {
    script: &'static str,
    action_id: &'static str,
    /// JSON laid over the request.
    more: &'static str,
    started: &'static str,
    watched: &'static str,
}

impl Life {
    fn more(&self) -> Value {
        serde_json::from_str(self.more).expect("the row's request is JSON")
    }
}

const fn life(script: &'static str, more: &'static str, started: &'static str, watched: &'static str) -> Life {
    Life { script, action_id: script, more, started, watched }
}

const GOOD: &str = "completed/completed";
const SKIPPED: &str = "completed/completed [INVALID_TRANSITION:PENDING->COMPLETED]";
const BACK: &str = "completed/completed [INVALID_TRANSITION:RUNNING->QUEUED]";
const WORD: &str = "completed/completed [UNKNOWN_STATUS:WARMING_UP]";
const FAILED: &str = "failed/failed UPSTREAM_FAILED";
const CANCELED: &str = "canceled/canceled CANCELED";
const TIMED_OUT: &str = "running/timed_out DEADLINE_PASSED";
const MALFORMED: &str = "running/invalid MALFORMED_ANSWER";

const LIVES: &[Life] = &[
    life("sim-fast", "{}", GOOD, GOOD),
    life("sim-slow", r#"{"timeout_seconds": 90, "backoff": {"max_attempts": 200}}"#, GOOD, GOOD),
    life("sim-queued", "{}", GOOD, GOOD),
    life("sim-failing", "{}", FAILED, FAILED),
    life("sim-canceled", "{}", CANCELED, CANCELED),
    life("sim-cancelled", "{}", CANCELED, CANCELED),
    life("sim-skipping", "{}", SKIPPED, SKIPPED),
    life("sim-stepping-back", "{}", BACK, BACK),
    // Two seconds from one broken body to the next: fewer than would end it.
    life(
        "sim-degraded",
        r#"{"backoff": {"by_failure": {"malformed": {"base_seconds": 2, "max_seconds": 2, "jitter_factor": 0}}}}"#,
        GOOD,
        GOOD,
    ),
    life("sim-unknown-word", "{}", WORD, WORD),
    life("sim-never", r#"{"timeout_seconds": 5}"#, TIMED_OUT, TIMED_OUT),
    life("sim-stalling", "{}", GOOD, GOOD),
    life("sim-uneven", r#"{"backoff": {"max_attempts": 200}}"#, GOOD, GOOD),
    life("sim-lowercase", "{}", GOOD, GOOD),
    life("sim-instant", "{}", GOOD, GOOD),
    life("sim-large", "{}", GOOD, GOOD),
    life("sim-huge", "{}", MALFORMED, MALFORMED),
    // Not found is "not yet" only where we have just submitted it.
    life("sim-late", "{}", GOOD, "pending/rejected NOT_FOUND"),
    life("sim-no-progress", "{}", GOOD, GOOD),
    life("sim-chatty-end", "{}", GOOD, GOOD),
    Life { action_id: "sim-for-4s", ..life("sim-for-90s", "{}", GOOD, GOOD) },
];

/// How often a life is led before it counts as one that ends otherwise.
const TRIES: usize = 4;

/// Longer than the longest of them, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
