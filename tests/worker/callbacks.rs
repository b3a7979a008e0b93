//! CXone calls back: the news is taken at once, and whoever has not been given the address gets nowhere.

use std::time::{Duration, Instant};

use cxpulse_core::call::ANSWER_MAX;
use serde_json::{Value, json};

use super::forge::Forge;
use super::snapshot::Snapshot;
use super::stack::{Stack, quick_start, wait_for};

mod verified;

#[test]
fn a_callback_ends_the_wait_at_once() {
    let stack = Stack::shared();
    let since = Instant::now();
    let accepted = stack.accept(&quick_start("sim-fast", &sleepy()));
    let ended = stack.ended(accepted.id(), PATIENCE);
    assert_eq!(ended.ending(), "completed/completed [INVALID_TRANSITION:PENDING->COMPLETED]");
    assert!(since.elapsed() < Duration::from_secs(15), "no poll was waited for: {:?}", since.elapsed());
    assert_eq!(ended.at("/latency/calls"), &json!(1), "the submit was the only call: {ended}");
}

#[test]
fn a_callback_that_comes_twice_and_late_changes_nothing_more() {
    let stack = Stack::alone();
    let made = stack.sim().callbacks_made();
    stack.sim().set_faults(&json!({"callback": {"duplicate": 1, "late_ms": 1500}}));
    let accepted = stack.accept(&quick_start("sim-for-1s", &json!({"callback": true})));
    let ended = stack.ended(accepted.id(), PATIENCE);
    let called_back = || stack.journal(accepted.id()).iter().filter(|line| line.contains("\"called_back\"")).count();
    assert!(wait_for(PATIENCE, || (called_back() == 2).then_some(())).is_some(), "both callbacks are in the journal");
    assert_eq!(stack.look(accepted.id()), ended);
    assert_eq!(stack.sim().callbacks_made() - made, 2, "both were taken at the first try");
}

#[test]
fn a_callback_that_says_how_far_it_is_moves_the_execution_on() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &sleepy()));
    let id = upstream_id(stack, &accepted);
    let answer = call_back(stack, accepted.id(), &envelope(&id, "RUNNING", 20_000).to_string());
    assert!(matches!(answer, 200 | 202 | 204), "{answer}");
    let told = stack.when(accepted.id(), PATIENCE, |snapshot| snapshot.status() == "running");
    assert_eq!((told.outcome(), told.at("/progress/done")), (None, &json!(20_000)));
}

#[test]
fn a_callback_about_another_execution_is_recorded_and_not_believed() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &sleepy()));
    upstream_id(stack, &accepted);
    let foreign = envelope("5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d", "COMPLETED", 50_000);
    call_back(stack, accepted.id(), &foreign.to_string());
    let told = stack.when(accepted.id(), PATIENCE, |snapshot| !snapshot.anomalies().is_empty());
    assert_eq!(told.ending(), "pending/none [FOREIGN_ANSWER]");
}

#[test]
fn a_callback_that_is_not_the_schema_is_refused_and_changes_nothing() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &sleepy()));
    upstream_id(stack, &accepted);
    let before = stack.look(accepted.id());
    for body in ["", "{", "[]", "null", "<html></html>", r#"{"status": "COMPLETED"}"#, r#"{"execution_id": 5}"#] {
        let status = call_back(stack, accepted.id(), body);
        assert!((400..500).contains(&status), "{status} for {:.40}", body);
    }
    assert_eq!(stack.look(accepted.id()), before);
}

#[test]
fn a_callback_that_two_readers_take_differently_is_refused_by_its_place() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &sleepy()));
    let body = envelope(&upstream_id(stack, &accepted), "RUNNING", 20_000).to_string();
    let before = stack.look(accepted.id());
    let client = stack.client_with(None).with("content-type", "application/json");
    let path = Forge::of(stack).callback_path(accepted.id());
    for (sound, flawed, pointer) in [
        ("\"status\":\"RUNNING\"", "\"status\":\"RUNNING\",\"status\":\"COMPLETED\"", "/status"),
        ("\"result\":null", "\"result\":{\"a\":\"\\ud800\"}", "/result/a"),
    ] {
        let flawed = body.replacen(sound, flawed, 1);
        assert_ne!(flawed, body);
        let answer = client.send("POST", &path, flawed.as_bytes());
        assert!((400..500).contains(&answer.status()), "{}", answer.text());
        assert_eq!(answer.json()["violations"][0]["pointer"], pointer, "{}", answer.text());
    }
    assert_eq!(stack.look(accepted.id()), before);
}

#[test]
fn a_callback_address_reads_nothing() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &sleepy()));
    let path = Forge::of(stack).callback_path(accepted.id());
    let client = stack.client_with(None).with("content-type", "application/json").with("upgrade", "websocket");
    for path in [path.clone(), format!("{path}?wait=1")] {
        let answer = client.send("POST", &path, b"{}");
        assert!((400..500).contains(&answer.status()), "{path}: {}", answer.text());
        assert!(!answer.text().contains(accepted.id()), "{path}: {}", answer.text());
    }
}

#[test]
fn a_callback_that_is_not_json_by_its_own_word_is_refused() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &sleepy()));
    let body = envelope(&upstream_id(stack, &accepted), "RUNNING", 20_000).to_string();
    let path = Forge::of(stack).callback_path(accepted.id());
    for media_type in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
        let client = stack.client_with(None).with("content-type", media_type);
        assert_eq!(client.send("POST", &path, body.as_bytes()).problem(), "415 unsupported-media-type", "{media_type}");
    }
    assert_eq!(call_back(stack, accepted.id(), &body), 204);
}

#[test]
fn a_callback_that_is_too_large_is_told_the_limit() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &sleepy()));
    let client = stack.client_with(None).with("content-type", "application/json");
    let body = vec![b' '; ANSWER_MAX + 1];
    let answer = client.send("POST", &Forge::of(stack).callback_path(accepted.id()), &body);
    assert_eq!(answer.problem(), "413 too-large");
    assert!(answer.text().contains(&format!("at most {ANSWER_MAX} bytes")), "{}", answer.text());
}

#[test]
fn a_capability_that_we_did_not_give_leads_nowhere() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &sleepy()));
    let id = upstream_id(stack, &accepted);
    let body = envelope(&id, "COMPLETED", 50_000);
    let ours = Forge::of(stack).callback_path(accepted.id());
    let (_, seal) = ours.rsplit_once('.').expect("a capability has a seal");
    let other = "exe_0123456789abcdef0123456789abcdef";
    for path in [
        "/v1/callbacks/x".to_owned(),
        format!("/v1/callbacks/{}", accepted.id()),
        format!("/v1/callbacks/{}.", accepted.id()),
        format!("/v1/callbacks/{}.AAAA", accepted.id()),
        format!("/v1/callbacks/{other}.{seal}"),
        ours.replacen('.', "%2E", 1),
        ours.replacen("/callbacks/", "/callbacks%2F", 1),
        ours.replacen("/callbacks/", "/callbacks//", 1),
        ours.replacen("/callbacks/", "/callbacks/x/", 1),
        format!("{ours}/"),
        format!("{ours}%2F"),
        format!("{ours}%00"),
        format!("{ours}={ours}"),
        format!("{ours}.{seal}"),
        format!("{ours}="),
        format!("{ours}A"),
        ours.to_uppercase().replacen("/V1/CALLBACKS/", "/v1/callbacks/", 1),
        ours.trim_end_matches(|last: char| last.is_ascii_graphic() && ours.ends_with(last)).to_owned(),
        Forge::of(stack).callback_path(other),
    ] {
        let answer = stack.client_with(None).post(&path, &body);
        assert_eq!(answer.problem(), "404 not-found", "{path}");
    }
    assert_eq!(stack.look(accepted.id()).outcome(), None);
}

/// Nothing but a callback tells within this test: the first poll comes after a minute.
fn sleepy() -> Value {
    json!({"callback": true, "backoff": {"base_seconds": 60, "min_seconds": 60, "max_seconds": 60}})
}

/// CXone's id, once the submit is answered.
fn upstream_id(stack: &Stack, accepted: &Snapshot) -> String {
    let known = |snapshot: &Snapshot| !snapshot.text("/upstream/execution_id").is_empty();
    stack.when(accepted.id(), PATIENCE, known).text("/upstream/execution_id").to_owned()
}

fn call_back(stack: &Stack, id: &str, body: &str) -> u16 {
    let client = stack.client_with(None).with("content-type", "application/json");
    client.send("POST", &Forge::of(stack).callback_path(id), body.as_bytes()).status()
}

fn envelope(execution_id: &str, status: &str, done: u64) -> Value {
    json!({
        "execution_id": execution_id, "status": status, "result": null, "error": null,
        "metadata": {"records_processed": done, "records_total": 50_000},
    })
}

const PATIENCE: Duration = Duration::from_secs(30);
