//! The audit log: what each step is told as, and what holds of every record, whatever happens.

use cxpulse_core::audit::{
    Bound, DeliveryResult, Kind, Notification, RECORDS_MAX, REFUSED_MAX, Record, Trip, Who, records_of,
};
use cxpulse_core::execution::{Event, Execution};
use cxpulse_core::id::TenantId;
use cxpulse_core::journal::Entry;
use cxpulse_core::outbox::Topic;
use cxpulse_core::time::Span;
use cxpulse_core::trace::TraceContext;
use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::check::{CACHED, NOON, START, Scene, WATCH, order};

#[test]
fn a_life_with_a_failure_is_told_call_by_call() {
    check_log(
        START,
        "cleared; +1s; seen PENDING; woken when due; cleared; http 503; woken when due; cleared; seen RUNNING; \
         woken when due; cleared; seen COMPLETED",
        &expect![[r#"
            1 opened key:ops action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222"
            2 submit system attempt=1 call="submit" started_at="2026-11-21T10:00:00.960Z" took_ms=40 status="pending"
            3 decision system attempt=2 call="poll" reason="backoff" until="2026-11-21T10:00:03.000Z" wait_ms=2000 decision="poll_later"
            4 status_check system attempt=2 call="poll" started_at="2026-11-21T10:00:02.960Z" took_ms=40 http_status=503 failure="transient"
            5 retry system attempt=3 call="poll" failure="transient" reason="retry" until="2026-11-21T10:00:06.200Z" wait_ms=3200
            6 status_check system attempt=3 call="poll" started_at="2026-11-21T10:00:06.160Z" took_ms=40 status="running"
            7 decision system attempt=4 call="poll" reason="backoff" until="2026-11-21T10:00:11.320Z" wait_ms=5120 decision="poll_later"
            8 status_check system attempt=4 call="poll" started_at="2026-11-21T10:00:11.280Z" took_ms=40 status="completed"
            9 ended system action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222" attempt=4 started_at="2026-11-21T10:00:00.000Z" took_ms=11320 status="completed" outcome="completed" source="fresh" notice_delay_ms=5120
        "#]],
    );
}

#[test]
fn what_the_gate_and_the_token_do_is_told() {
    check_log(
        START,
        "postponed; woken when due; cleared; http 401; cleared; http 403",
        &expect![[r#"
        1 opened key:ops action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222"
        2 decision system attempt=1 call="submit" reason="breaker_open" until="2026-11-21T10:00:03.000Z" wait_ms=3000 decision="postpone"
        3 submit system attempt=1 call="submit" started_at="2026-11-21T10:00:02.960Z" took_ms=40 http_status=401 failure="auth_expired"
        4 decision system attempt=1 call="submit" reason="credentials" until="2026-11-21T10:00:03.000Z" wait_ms=0 decision="renew_token"
        5 submit system attempt=1 call="submit" started_at="2026-11-21T10:00:02.960Z" took_ms=40 http_status=403 failure="scope_denied"
        6 ended system action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222" attempt=1 started_at="2026-11-21T10:00:00.000Z" took_ms=3000 code="SCOPE_DENIED" outcome="rejected"
    "#]],
    );
}

#[test]
fn a_submit_of_unknown_fate_is_told_to_be_looked_for() {
    check_log(
        START,
        "cleared; http 500; woken when due; cleared; absent; woken when due; cleared; seen RUNNING",
        &expect![[r#"
            1 opened key:ops action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222"
            2 submit system attempt=1 call="submit" started_at="2026-11-21T09:59:59.960Z" took_ms=40 http_status=500 failure="transient"
            3 decision system attempt=2 call="look_up" reason="look_up" until="2026-11-21T10:00:02.000Z" wait_ms=2000 decision="look_up"
            4 status_check system attempt=2 call="look_up" started_at="2026-11-21T10:00:01.960Z" took_ms=40
            5 decision system attempt=3 call="look_up" reason="look_up" until="2026-11-21T10:00:05.200Z" wait_ms=3200 decision="look_up"
            6 status_check system attempt=3 call="look_up" started_at="2026-11-21T10:00:05.160Z" took_ms=40 status="running"
            7 decision system attempt=4 call="poll" reason="backoff" until="2026-11-21T10:00:10.320Z" wait_ms=5120 decision="poll_later"
        "#]],
    );
}

#[test]
fn a_callback_ends_it_at_once_and_a_second_one_says_that_it_changed_nothing() {
    check_log(
        START,
        "cleared; seen RUNNING; +1s; callback COMPLETED; callback COMPLETED; callback FAILED",
        &expect![[r#"
            1 opened key:ops action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222"
            2 submit system attempt=1 call="submit" started_at="2026-11-21T09:59:59.960Z" took_ms=40 status="running"
            3 decision system attempt=2 call="poll" reason="backoff" until="2026-11-21T10:00:02.000Z" wait_ms=2000 decision="poll_later"
            4 callback cxone status="completed" allowed=true
            5 ended cxone action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222" attempt=2 started_at="2026-11-21T10:00:00.000Z" took_ms=1000 status="completed" outcome="completed" source="fresh" notice_delay_ms=0
            6 callback cxone status="completed" ignored="repeated" allowed=true
            7 callback cxone status="failed" allowed=true
            8 anomaly cxone attempt=2 anomaly="callback_disagrees" code="CALLBACK_DISAGREES:FAILED!=COMPLETED"
        "#]],
    );
}

#[test]
fn a_cancel_names_who_asked_for_it_and_what_cxone_is_told() {
    check_log(
        START,
        "cleared; seen RUNNING; cancel; cleared; http 503; woken when due; cleared; acknowledged",
        &expect![[r#"
            1 opened key:ops action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222"
            2 submit system attempt=1 call="submit" started_at="2026-11-21T09:59:59.960Z" took_ms=40 status="running"
            3 decision system attempt=2 call="poll" reason="backoff" until="2026-11-21T10:00:02.000Z" wait_ms=2000 decision="poll_later"
            4 ended key:ops action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222" attempt=2 started_at="2026-11-21T10:00:00.000Z" took_ms=0 status="running" code="CANCELED" outcome="canceled"
            5 decision system attempt=1 call="cancel" until="2026-11-21T10:00:00.000Z" wait_ms=0 decision="cancel_upstream"
            6 cancel system attempt=1 call="cancel" started_at="2026-11-21T09:59:59.960Z" took_ms=40 http_status=503 failure="transient"
            7 retry system attempt=2 call="cancel" failure="transient" reason="retry" until="2026-11-21T10:00:02.000Z" wait_ms=2000
            8 cancel system attempt=2 call="cancel" started_at="2026-11-21T10:00:01.960Z" took_ms=40
        "#]],
    );
}

#[test]
fn progress_places_the_poll_and_bounds_the_delay() {
    check_log(
        START,
        "cleared; seen RUNNING 0/10; woken when due; cleared; seen RUNNING 2/10; woken when due; cleared; \
         seen RUNNING 4/10; woken when due; cleared; seen COMPLETED 10/10",
        &expect![[r#"
            1 opened key:ops action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222"
            2 submit system attempt=1 call="submit" started_at="2026-11-21T09:59:59.960Z" took_ms=40 status="running"
            3 decision system attempt=2 call="poll" reason="backoff" until="2026-11-21T10:00:02.000Z" wait_ms=2000 decision="poll_later"
            4 status_check system attempt=2 call="poll" started_at="2026-11-21T10:00:01.960Z" took_ms=40 status="running"
            5 decision system attempt=3 call="poll" reason="predicted" until="2026-11-21T10:00:05.200Z" wait_ms=3200 decision="poll_at_foretold_end"
            6 status_check system attempt=3 call="poll" started_at="2026-11-21T10:00:05.160Z" took_ms=40 status="running"
            7 decision system attempt=4 call="poll" reason="predicted" until="2026-11-21T10:00:15.000Z" wait_ms=9800 decision="poll_at_foretold_end"
            8 status_check system attempt=4 call="poll" started_at="2026-11-21T10:00:14.960Z" took_ms=40 status="completed"
            9 ended system action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222" attempt=4 started_at="2026-11-21T10:00:00.000Z" took_ms=15000 status="completed" outcome="completed" source="fresh" notice_delay_ms=200
        "#]],
    );
}

#[test]
fn a_strict_check_and_the_anomaly_behind_it_are_told() {
    let strict = START.replacen('{', r#"{"policy": "strict", "#, 1);
    check_log(
        &strict,
        "cleared; seen PENDING; woken when due; cleared; seen COMPLETED",
        &expect![[r#"
        1 opened key:ops action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222"
        2 submit system attempt=1 call="submit" started_at="2026-11-21T09:59:59.960Z" took_ms=40 status="pending"
        3 decision system attempt=2 call="poll" reason="backoff" until="2026-11-21T10:00:02.000Z" wait_ms=2000 decision="poll_later"
        4 status_check system attempt=2 call="poll" started_at="2026-11-21T10:00:01.960Z" took_ms=40 status="completed"
        5 anomaly cxone attempt=2 anomaly="skipped_state" code="INVALID_TRANSITION:PENDING->COMPLETED"
        6 decision system decision="refuse_transition"
        7 ended system action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222" attempt=2 started_at="2026-11-21T10:00:00.000Z" took_ms=2000 status="pending" code="INVALID_TRANSITION:PENDING->COMPLETED" outcome="invalid"
    "#]],
    );
}

#[test]
fn what_the_cache_had_is_told() {
    check_log(
        CACHED,
        "recalled fresh",
        &expect![[r#"
        1 opened key:ops action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222"
        2 decision system decision="use_cached"
        3 ended system action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222" attempt=1 started_at="2026-11-21T10:00:00.000Z" took_ms=0 outcome="completed" source="cached"
    "#]],
    );
    check_log(
        CACHED,
        "recalled old; cleared; seen RUNNING; woken past the deadline",
        &expect![[r#"
        1 opened key:ops action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222"
        2 decision system decision="keep_fallback"
        3 submit system attempt=1 call="submit" started_at="2026-11-21T09:59:59.960Z" took_ms=40 status="running"
        4 decision system attempt=2 call="poll" reason="backoff" until="2026-11-21T10:00:02.000Z" wait_ms=2000 decision="poll_later"
        5 decision system decision="degrade"
        6 ended system action_id="sim-fast" correlation_id="22222222-2222-4222-a222-222222222222" attempt=2 started_at="2026-11-21T10:00:00.000Z" took_ms=600000 status="running" code="DEADLINE_PASSED" outcome="timed_out" source="degraded"
    "#]],
    );
}

#[test]
fn a_crash_is_told_as_what_it_leads_to() {
    check_log(
        WATCH,
        "cleared; interrupted; cleared; seen RUNNING",
        &expect![[r#"
        1 opened key:ops correlation_id="22222222-2222-4222-a222-222222222222"
        2 decision system attempt=1 call="poll" reason="permit" until="2026-11-21T10:00:00.000Z" wait_ms=0 decision="repeat"
        3 status_check system attempt=1 call="poll" started_at="2026-11-21T09:59:59.960Z" took_ms=40 status="running"
        4 decision system attempt=2 call="poll" reason="backoff" until="2026-11-21T10:00:02.000Z" wait_ms=2000 decision="poll_later"
    "#]],
    );
}

#[test]
fn accesses_notifications_and_refused_callbacks_are_records_like_the_others() {
    let order = order(START);
    let who = || Who::Token("t1".to_owned());
    let notification = Notification {
        number: 3,
        topic: Some(Topic::Completed),
        result: DeliveryResult::Failed,
        attempt: Some(2),
        trip: Some(Trip { started_at: NOON, http_status: Some(503) }),
    };
    let later = NOON.plus(Span::from_millis(250));
    let records = [
        Record::access(&order, 1, NOON, who(), "read", None),
        Record::access(&order, 2, NOON, who(), "cancel", Some("forbidden")),
        Record::notification(&order, 3, later, Who::System, &notification),
        Record::callback_refused(&order, 4, NOON, "bad_signature"),
    ];
    let text: String = records.iter().map(|record| line(record) + "\n").collect();
    expect![[r#"
        1 access token:t1 verb="read" allowed=true
        2 access token:t1 verb="cancel" allowed=false refusal="forbidden"
        3 notification system attempt=2 started_at="2026-11-21T10:00:00.000Z" took_ms=250 http_status=503 notification=3 topic="completed" delivery="failed"
        4 callback cxone allowed=false refusal="bad_signature"
    "#]].assert_eq(&text);
}

#[test]
fn what_is_about_no_execution_names_none() {
    let tenant = TenantId::parse("acme").expect("a tenant");
    let trace = TraceContext::root([7; 16]);
    let who = Who::Key("ops".to_owned());
    let record = Record::of_tenant(&tenant, &trace, 4, NOON, who, "reset");
    assert_eq!(line(&record), r#"4 access key:ops verb="reset" allowed=true"#);
    let text = serde_json::to_string(&record).expect("JSON");
    assert!(!text.contains("execution") && text.contains(trace.trace_id()), "{text}");
    assert_eq!(serde_json::from_str::<Record>(&text).expect("our own record"), record);
}

#[test]
fn refusals_leave_room_for_whoever_is_let_in() {
    let order = order(START);
    let who = || Who::Key("stranger".to_owned());
    let access = |number: u64, refusal: Option<&str>| Record::access(&order, number, NOON, who(), "read", refusal);
    let mut bound = Bound::default();
    let written = (0..REFUSED_MAX * 3).filter(|_| bound.takes_record(&access(2, Some("other_tenant")))).count() as u64;
    assert_eq!(written, REFUSED_MAX);
    let last = RECORDS_MAX + REFUSED_MAX;
    assert!(bound.takes_record(&access(last, None)), "refusals took none of the room of the others");
    assert!(!bound.takes_record(&access(last + 1, None)));
    let saved = serde_json::to_string(&bound).expect("JSON");
    assert_eq!(serde_json::from_str::<Bound>(&saved).expect("our own"), bound);
}

#[test]
fn who_is_read_as_it_is_written_and_nothing_else_is() {
    for text in ["key:ops", "token:t-1", "cxone", "system", "key:a:b"] {
        let who = Who::try_from(text.to_owned()).expect("it is somebody");
        assert_eq!(who.to_string(), text);
    }
    for text in ["", "key:", "token:", "ops", "System", "user:ops", "cxone:1"] {
        assert!(Who::try_from(text.to_owned()).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_happens_records_are_numbered_without_gaps_and_say_each_thing_once(
        request in prop::sample::select(vec![START, WATCH, CACHED]),
        words in prop::collection::vec(prop::sample::select(HAPPENINGS.to_vec()), 0..40),
    ) {
        let (entries, records) = lived(request, &words);
        let numbers: Vec<u64> = records.iter().map(|record| record.number).collect();
        prop_assert_eq!(numbers, (1..=records.len() as u64).collect::<Vec<_>>());
        let count = |kind: Kind| records.iter().filter(|record| record.kind == kind).count();
        let calls = entries.iter().filter(|entry| text_of(entry).contains(r#""event":"answered""#)).count();
        prop_assert_eq!(records.iter().filter(|record| record.kind.is_call()).count(), calls);
        let anomalies: usize = entries.iter().map(|entry| entry.anomalies.len()).sum();
        prop_assert_eq!(count(Kind::Anomaly), anomalies);
        prop_assert_eq!(count(Kind::Opened), 1);
        prop_assert!(count(Kind::Ended) <= 1);
        let has_ended = records.iter().any(|record| record.outcome.is_some());
        prop_assert_eq!(count(Kind::Ended) == 1, has_ended);
        for record in &records {
            let text = serde_json::to_string(record).expect("JSON");
            prop_assert!(!text.contains('\n') && !text.contains("null"), "{}", text);
            prop_assert_eq!(&serde_json::from_str::<Record>(&text).expect("our own record"), record);
            // What goes in and comes out of CXone is the journal's, and is not told here.
            prop_assert!(!text.contains("CUST-99887") && !text.contains("customer_id"), "{}", text);
        }
    }
}

#[track_caller]
fn check_log(request: &str, story: &str, expect: &Expect) {
    let words: Vec<&str> = story.split(';').map(str::trim).collect();
    let (_, records) = lived(request, &words);
    let text: String = records.iter().map(|record| line(record) + "\n").collect();
    expect.assert_eq(&text);
}

/// A life's journal and its records.
fn lived(request: &str, words: &[&str]) -> (Vec<Entry>, Vec<Record>) {
    let mut scene = Scene::after(request, "");
    let opening = Execution::open(&scene.order);
    let caller = Who::Key("ops".to_owned());
    let mut entries = vec![Entry::opened(&scene.order, &opening)];
    let mut records = records_of(&scene.order, &entries[0], None, &opening.next, &caller, 0);
    for happening in words {
        let before = scene.execution.clone();
        let Some(event) = scene.event(happening) else { continue };
        let who = if event == Event::CancelRequested { caller.clone() } else { Who::System };
        let step = scene.step(event.clone());
        let number = entries.len() as u64 + 1;
        let Some(entry) = Entry::of(number, scene.now.into(), event, &before, &step) else { continue };
        records.extend(records_of(&scene.order, &entry, Some(&before), &step.next, &who, records.len() as u64));
        entries.push(entry);
    }
    (entries, records)
}

fn text_of(entry: &Entry) -> String {
    serde_json::to_string(entry).expect("JSON")
}

/// Number, kind, who and whatever is not the same in every record.
fn line(record: &Record) -> String {
    let value = serde_json::to_value(record).expect("JSON");
    let fields = value.as_object().expect("an object");
    let names = serde_json::to_string(record).expect("JSON");
    let mut shown: Vec<(usize, String)> = fields
        .iter()
        .filter(|(name, _)| !COMMON.contains(&name.as_str()))
        .map(|(name, value)| (names.find(&format!("\"{name}\":")).unwrap_or_default(), format!("{name}={value}")))
        .collect();
    shown.sort();
    let shown: Vec<String> = shown.into_iter().map(|(_, text)| text).collect();
    let kind = record.kind.name();
    format!("{} {kind} {} {}", record.number, record.who, shown.join(" ")).trim_end().to_owned()
}

const COMMON: [&str; 10] =
    ["number", "at", "kind", "execution", "tenant", "who", "trace_id", "sampled", "span_id", "parent_span_id"];

const HAPPENINGS: [&str; 24] = [
    "+1s",
    "woken",
    "woken when due",
    "woken past the deadline",
    "cleared",
    "cleared",
    "postponed",
    "recalled fresh",
    "recalled old",
    "seen PENDING",
    "seen RUNNING 2/10",
    "seen COMPLETED",
    "seen FAILED",
    "seen PAUSED",
    "seen RUNNING foreign",
    "absent",
    "http 401",
    "http 429 7",
    "http 500",
    "failed malformed",
    "callback RUNNING",
    "callback COMPLETED",
    "interrupted",
    "cancel",
];
