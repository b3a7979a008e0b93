//! Items: what an execution's end counts as, what each execution is ordered with, and how answers merge.

use cxpulse_core::batch::{Answer, Item, ItemId, RESULTS_MAX, Turnout};
use cxpulse_core::call::RESULT_MAX;
use cxpulse_core::execution::Door;
use cxpulse_core::id::{ExecutionId, Home, Run};
use cxpulse_core::time::Span;
use expect_test::{Expect, expect};

use super::FIVE;
use crate::check::{CACHED, NOON, START, Scene, batch_order};

#[test]
fn an_end_counts_as_what_it_was_worth() {
    for (request, script, expected) in [
        (START, "cleared; seen COMPLETED", expect!["successful fresh null"]),
        (START, "cleared; http 429 1; woken when due; cleared; seen COMPLETED", expect!["successful retried null"]),
        (START, "cleared; seen RUNNING; woken when due; cleared; seen COMPLETED", expect!["successful fresh null"]),
        (CACHED, "recalled fresh", expect!["successful cached null"]),
        (
            CACHED,
            "recalled old; cleared; failed transient; woken past the deadline",
            expect!["degraded degraded timeout_fallback, FATE_UNKNOWN, may have run"],
        ),
        (
            CACHED,
            "recalled old; cleared; seen RUNNING; woken past the deadline",
            expect!["degraded degraded timeout_fallback, DEADLINE_PASSED, may have run"],
        ),
        (
            START,
            "cleared; seen RUNNING; woken past the deadline",
            expect!["degraded null timeout_no_cache, DEADLINE_PASSED, may have run"],
        ),
        (START, "woken past the deadline", expect!["degraded null timeout_no_cache, DEADLINE_PASSED"]),
        (
            START,
            "cleared; failed transient; woken past the deadline",
            expect!["degraded null timeout_no_cache, FATE_UNKNOWN, may have run"],
        ),
        (START, "cleared; seen FAILED", expect!["failed null null, UPSTREAM_FAILED"]),
        (START, "cleared; http 403", expect!["failed null null, SCOPE_DENIED"]),
        (START, "cancel", expect!["canceled null null, CANCELED"]),
        (START, "cleared; cancel", expect!["canceled null null, CANCELED, may have run"]),
        (START, "cleared; seen RUNNING; cancel", expect!["canceled null null, CANCELED, may have run"]),
        (START, "cleared; seen CANCELED", expect!["canceled null null, CANCELED"]),
    ] {
        check_answer(1, request, script, &expected);
    }
}

#[test]
fn an_answer_of_a_later_generation_is_one_that_took_a_retry() {
    check_answer(2, START, "cleared; seen COMPLETED", &expect!["successful retried null"]);
    check_answer(2, CACHED, "recalled fresh", &expect!["successful cached null"]);
}

#[test]
fn what_has_not_ended_has_no_answer() {
    let scene = Scene::after(START, "cleared; seen RUNNING");
    assert_eq!(Answer::of(&Item::new(run(0)), &scene.execution), None);
}

#[test]
fn an_execution_is_ordered_with_what_its_item_says_and_the_batch_for_the_rest() {
    let request = r#"{"action_id": "sim-fast", "item_timeout_seconds": 60, "context": {"channel": "API"}, "tags": ["t"],
        "notify": {"url": "https://example.com/hook"}, "cache": {"ttl_seconds": 60}, "callback": false,
        "payloads": [{"id": "a", "inputs": {"n": 1}, "correlation_id": "k-1"}, {"id": "b", "context": {}}]}"#;
    let (order, items) = batch_order(request);
    let turnout = Turnout { run: run(0), generation: 1, started_at: NOON, deadline_at: NOON.plus(Span::from_secs(90)) };
    let first = order.execution_order(&items[0], &turnout);
    assert_eq!(first.id.as_str(), "exe_44444444444444444444444444444444-0");
    assert_eq!(first.id.home(), Home::Flow { hex: "44444444444444444444444444444444", run: run(0) });
    assert_eq!((first.correlation_id.as_str(), first.deadline_at), ("k-1", NOON.plus(Span::from_secs(60))));
    assert_eq!(
        (first.trace.trace_id(), first.trace.parent_id()),
        (order.trace.trace_id(), Some(order.trace.span_id()))
    );
    assert!(first.notify.is_none() && !first.callback && first.cache_ttl.is_some() && first.tags == order.tags);
    let Door::Start { inputs, context, .. } = &first.door else { unreachable!("an item starts its action") };
    assert_eq!((inputs.as_str(), context.as_str()), (r#"{"n": 1}"#, r#"{"channel": "API"}"#));
    let late = Turnout { run: run(7), generation: 2, started_at: NOON.plus(Span::from_secs(60)), ..turnout };
    let again = order.execution_order(&items[0], &late);
    assert_eq!((again.correlation_id.as_str(), again.deadline_at), ("k-1~2", late.deadline_at));
    assert_ne!((again.seed, again.trace.span_id()), (first.seed, first.trace.span_id()));
    assert_eq!(order.execution_order(&items[0], &late), again);
    let second = order.execution_order(&items[1], &Turnout { run: run(1), ..turnout });
    let Door::Start { context, .. } = &second.door else { unreachable!("an item starts its action") };
    assert_eq!(context.as_str(), "{}");
    assert_ne!(second.correlation_id, order.execution_order(&items[1], &late).correlation_id);
}

#[test]
fn results_share_what_an_object_can_hold() {
    for (total, expected) in [(1, RESULT_MAX), (2_048, RESULT_MAX), (2_049, 1_048_064), (10_000, 214_748)] {
        let payloads: Vec<_> = (0..total).map(|item| format!(r#"{{"id": "{item}"}}"#)).collect();
        let request = format!(r#"{{"action_id": "sim-fast", "payloads": [{}]}}"#, payloads.join(","));
        let (order, items) = batch_order(&request);
        let turnout = Turnout { run: run(0), generation: 1, started_at: NOON, deadline_at: NOON };
        let max = order.execution_order(&items[0], &turnout).result_max();
        assert_eq!(max, expected, "{total} items");
        assert!(max * total <= usize::try_from(RESULTS_MAX).expect("64 bits"));
    }
}

#[test]
fn a_key_that_grows_too_long_in_a_later_generation_is_made_anew() {
    let (order, items) = batch_order(
        &FIVE.replace(r#"{"id": "a"}"#, &format!(r#"{{"id": "a", "correlation_id": "{}"}}"#, "k".repeat(128))),
    );
    let turnout = Turnout { run: run(5), generation: 2, started_at: NOON, deadline_at: NOON.plus(Span::from_secs(9)) };
    assert!(cxpulse_core::id::is_uuid(order.execution_order(&items[0], &turnout).correlation_id.as_str()));
}

#[test]
fn an_id_of_an_item_is_admitted_up_to_its_limit_and_not_past_it() {
    assert!(ItemId::parse("ä".repeat(128)).is_ok() && ItemId::parse("ä".repeat(129)).is_err());
    assert!(ItemId::parse("").is_err() && ItemId::parse("a\nb").is_err());
    let hex = "0123456789abcdef0123456789abcdef";
    for run in ["0", "7", "9999999"] {
        assert!(ExecutionId::parse(format!("exe_{hex}-{run}")).is_ok(), "{run}");
    }
    for run in ["", "00", "07", "+7", "-7", "10000000", "7-7", "x", "99999999999"] {
        assert!(ExecutionId::parse(format!("exe_{hex}-{run}")).is_err(), "{run}");
    }
    assert_eq!(ExecutionId::parse(format!("exe_{hex}")).expect("one of its own").home(), Home::Own);
}

fn check_answer(generation: u32, request: &str, script: &str, expect: &Expect) {
    let scene = Scene::after(request, script);
    let item = Item { generation, started_at: Some(NOON), ..Item::new(run(3)) };
    let answer = Answer::of(&item, &scene.execution).expect("it has ended");
    let words = |json: serde_json::Value| json.as_str().map_or_else(|| json.to_string(), String::from);
    let shown =
        [serde_json::json!(answer.end), serde_json::json!(answer.source), serde_json::json!(answer.degradation())];
    let doubt = if answer.may_have_run { ", may have run" } else { "" };
    let code = answer.fault.map(|fault| format!(", {}", fault.code)).unwrap_or_default();
    expect.assert_eq(&format!("{}{code}{doubt}", shown.map(words).join(" ")));
}

fn run(number: u32) -> Run {
    Run::new(number).expect("a run that there can be")
}
