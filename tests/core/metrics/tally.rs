//! What is counted of audit records.

use cxpulse_core::audit::{Kind, Record};
use cxpulse_core::failure::FailureKind;
use cxpulse_core::metrics::{SpanFate, Tally};
use cxpulse_core::status::Outcome;
use cxpulse_core::time::{Span, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::check::record;

#[test]
fn a_record_counts_as_what_it_tells() {
    let table = [
        ("opened", json!({}), "executions_opened"),
        ("submit", json!({"call": "submit"}), "upstream_calls|submit|2xx"),
        (
            "status_check",
            json!({"call": "poll", "took_ms": 41}),
            "upstream_call_duration_seconds|poll|0.05 upstream_call_duration_seconds|poll|sum=41 upstream_calls|poll|2xx",
        ),
        (
            "status_check",
            json!({"call": "look_up", "failure": "not_found", "http_status": 404}),
            "upstream_calls|look_up|4xx",
        ),
        (
            "status_check",
            json!({"call": "poll", "failure": "malformed", "http_status": 302}),
            "upstream_calls|poll|3xx",
        ),
        (
            "status_check",
            json!({"call": "poll", "failure": "malformed", "http_status": 200}),
            "upstream_calls|poll|2xx",
        ),
        (
            "status_check",
            json!({"call": "poll", "failure": "malformed", "http_status": 700}),
            "upstream_calls|poll|other",
        ),
        ("cancel", json!({"call": "cancel", "failure": "transient"}), "upstream_calls|cancel|none"),
        ("cancel", json!({"call": "cancel", "failure": "transient", "http_status": 503}), "upstream_calls|cancel|5xx"),
        ("retry", json!({"call": "poll", "failure": "rate_limited"}), "retries|rate_limited"),
        ("decision", json!({"decision": "poll_later", "reason": "backoff"}), "decisions|poll_later"),
        (
            "decision",
            json!({"decision": "postpone", "reason": "breaker_open"}),
            "decisions|postpone gate_waits|breaker_open",
        ),
        ("decision", json!({"decision": "postpone", "reason": "look_up"}), "decisions|postpone gate_waits|other"),
        ("anomaly", json!({"anomaly": "stepped_back"}), "anomalies|stepped_back"),
        ("anomaly", json!({"anomaly": "of a later version"}), "anomalies|other"),
        ("callback", json!({"allowed": true}), "callbacks|accepted"),
        ("callback", json!({"allowed": true, "ignored": "ended"}), "callbacks|late"),
        ("callback", json!({"allowed": true, "ignored": "repeated"}), "callbacks|repeated"),
        ("callback", json!({"allowed": true, "ignored": "idle"}), "callbacks|other"),
        ("callback", json!({"allowed": false, "refusal": "replayed"}), "callbacks|refused"),
        ("notification", json!({"delivery": "arrived", "notification": 1}), "deliveries|arrived"),
        ("notification", json!({"delivery": "dead", "notification": 1}), "deliveries|dead"),
        ("access", json!({"verb": "journal", "allowed": true}), "accesses|journal|true"),
        ("access", json!({"verb": "feed", "allowed": true}), "accesses|feed|true"),
        ("access", json!({"verb": "notifications", "allowed": false}), "accesses|notifications|false"),
        ("access", json!({"verb": "guess", "allowed": false}), "accesses|other|false"),
        (
            "ended",
            json!({"outcome": "completed", "source": "fresh", "took_ms": 2_501, "notice_delay_ms": 10}),
            "execution_duration_seconds|5.0 execution_duration_seconds|sum=2501 executions_ended|completed \
          notice_delay_seconds|0.01 notice_delay_seconds|sum=10 results|fresh",
        ),
        (
            "ended",
            json!({"outcome": "timed_out", "source": "degraded", "took_ms": 90_000_000, "notice_delay_ms": 0}),
            "execution_duration_seconds|+Inf execution_duration_seconds|sum=90000000 executions_ended|timed_out \
          notice_delay_seconds|0.01 results|degraded",
        ),
    ];
    for (kind, fields, counted) in table {
        let record = record(kind, fields.clone());
        let delay = ["dispatch_delay_seconds|2.5", "dispatch_delay_seconds|sum=1500"];
        let mut expected: Vec<_> = counted.split_whitespace().chain(delay).map(String::from).collect();
        expected.sort();
        assert_eq!(shown(&tally_of(&[record])), expected, "{kind} {fields}");
    }
}

#[test]
fn an_item_of_a_batch_counts_as_what_the_batch_makes_of_it_too() {
    for (outcome, status) in [
        ("completed", "successful"),
        ("failed", "failed"),
        ("rejected", "failed"),
        ("invalid", "failed"),
        ("timed_out", "degraded"),
        ("unknown", "degraded"),
        ("canceled", "canceled"),
    ] {
        let item = format!("exe_{}-12", "4".repeat(32));
        let tally = tally_of(&[record("ended", json!({"outcome": outcome, "execution": item}))]);
        assert_eq!((tally.get(&format!("batch_items_ended|{status}")), tally.get("batches_ended|failed")), (1, 0));
        let own = tally_of(&[record("ended", json!({"outcome": outcome}))]);
        assert_eq!(own.get(&format!("batch_items_ended|{status}")), 0, "one that stands by itself is no item");
    }
}

#[test]
fn every_end_of_a_batch_has_its_own_series() {
    let batch = format!("bat_{}", "4".repeat(32));
    for (outcome, code, name) in [
        ("completed", None, "completed"),
        ("completed", Some("PARTIAL"), "partial"),
        ("failed", Some("TOLERANCE_EXCEEDED"), "failed"),
        ("failed", Some("NOTHING_ANSWERED"), "failed"),
        ("canceled", Some("CANCELED"), "canceled"),
        ("timed_out", Some("DEADLINE_PASSED"), "timed_out"),
    ] {
        let told = json!({"outcome": outcome, "code": code, "flow": batch, "execution": null, "generation": 1});
        let tally = tally_of(&[record("ended", told)]);
        assert_eq!(tally.get(&format!("batches_ended|{name}")), 1, "{name}: {:?}", shown(&tally));
        assert_eq!(tally.get(&format!("executions_ended|{outcome}")), 0, "it is no execution");
    }
}

#[test]
fn spans_count_by_what_became_of_them() {
    let mut tally = Tally::default();
    tally.spans(SpanFate::Exported, 500);
    tally.spans(SpanFate::Rejected, 2);
    tally.spans(SpanFate::Dropped, 0);
    assert_eq!(shown(&tally), ["spans|exported=500", "spans|rejected=2"]);
}

/// A value that the tables of labels lack would vanish among the others.
#[test]
fn every_name_of_ours_has_its_own_series() {
    let count_of = |kind: &str, fields: Value| shown(&tally_of(&[record(kind, fields)])).join(" ");
    let own =
        |text: String, series: String| assert!(text.contains(&series) && !text.contains("other"), "{series}: {text}");
    for failure in FailureKind::ALL {
        own(count_of("retry", json!({"failure": failure.name()})), format!("retries|{}", failure.name()));
    }
    for outcome in Outcome::ALL {
        own(count_of("ended", json!({"outcome": outcome.name()})), format!("executions_ended|{}", outcome.name()));
    }
    for call in ["submit", "poll", "look_up", "cancel"] {
        own(count_of("status_check", json!({"call": call})), format!("upstream_calls|{call}|2xx"));
    }
    for reason in ["rate_limited", "permit", "breaker_open", "credentials", "retry"] {
        own(count_of("decision", json!({"decision": "postpone", "reason": reason})), format!("gate_waits|{reason}"));
    }
    for source in ["fresh", "cached", "degraded"] {
        own(count_of("ended", json!({"outcome": "completed", "source": source})), format!("results|{source}"));
    }
    for result in ["owed", "arrived", "failed", "gone", "dead", "dropped", "redriven"] {
        own(count_of("notification", json!({"delivery": result})), format!("deliveries|{result}"));
    }
    let decisions = "poll_later poll_at_foretold_end postpone renew_token repeat look_up await_callback use_cached \
                     keep_fallback degrade refuse_transition cancel_upstream";
    for decision in decisions.split_whitespace() {
        let fields = json!({"decision": decision, "reason": "permit"});
        own(count_of("decision", fields), format!("decisions|{decision}"));
    }
    let anomalies = "unknown_status skipped_state stepped_back spoke_after_end callback_disagrees foreign_answer \
                     cancel_unconfirmed";
    for anomaly in anomalies.split_whitespace() {
        own(count_of("anomaly", json!({"anomaly": anomaly})), format!("anomalies|{anomaly}"));
    }
}

proptest! {
    /// Records are counted in bunches, as they come: any order and any parts come to the same.
    #[test]
    fn counting_is_the_same_in_any_order_and_in_any_parts(
        records in prop::collection::vec(any_record(), 0..40), cut in 0..40_usize, by in 0..40_usize
    ) {
        let whole = tally_of(&records);
        let mut turned = records.clone();
        turned.rotate_left(by.min(records.len()));
        let (one, other) = turned.split_at(cut.min(turned.len()));
        let mut sum = tally_of(other);
        tally_of(one).series().for_each(|(series, count)| sum.add(series, count));
        prop_assert_eq!(&sum, &whole);
        let stored = serde_json::to_string(&whole).expect("it can be written");
        prop_assert_eq!(serde_json::from_str::<Tally>(&stored).expect("it can be read"), whole);
    }

    /// Nothing is counted that no record tells, and nothing twice.
    #[test]
    fn counts_add_up_to_the_records(records in prop::collection::vec(any_record(), 0..60)) {
        let tally = tally_of(&records);
        let total = |family: &str| {
            let of_it = |series: &str| series == family || series.starts_with(&format!("{family}|"));
            tally.series().filter(|(series, _)| of_it(series) && !series.ends_with("|sum")).map(|(_, count)| count).sum::<u64>()
        };
        let told = |is_it: &dyn Fn(&Record) -> bool| records.iter().filter(|record| is_it(record)).count() as u64;
        prop_assert_eq!(total("executions_opened"), told(&|record| record.kind == Kind::Opened));
        prop_assert_eq!(total("executions_ended"), told(&|record| record.kind == Kind::Ended));
        prop_assert_eq!(total("upstream_calls"), told(&|record| record.kind.is_call()));
        let timed = told(&|record| record.kind.is_call() && record.took_ms.is_some());
        prop_assert_eq!(total("upstream_call_duration_seconds"), timed);
        prop_assert_eq!(total("notice_delay_seconds"), told(&|record| record.notice_delay_ms.is_some()));
        prop_assert_eq!(total("retries"), told(&|record| record.kind == Kind::Retry));
        prop_assert_eq!(total("anomalies"), told(&|record| record.kind == Kind::Anomaly));
        prop_assert_eq!(total("callbacks"), told(&|record| record.kind == Kind::Callback));
        prop_assert_eq!(total("deliveries"), told(&|record| record.kind == Kind::Notification));
        prop_assert_eq!(total("accesses"), told(&|record| record.kind == Kind::Access));
        prop_assert_eq!(total("dispatch_delay_seconds"), records.len() as u64);
    }
}

/// Any kind of record, with what may stand in it, also what no table knows.
pub(super) fn any_record() -> impl Strategy<Value = Record> {
    let calls = ["submit", "poll", "look_up", "cancel"];
    let call = (prop::sample::select(calls.to_vec()), prop::option::of(100..700_u16), prop::option::of(0..100_000_u64));
    prop_oneof![
        Just(record("opened", json!({}))),
        call.prop_map(|(call, status, took)| {
            let failure = status.and_then(FailureKind::of_status);
            record("status_check", json!({"call": call, "failure": failure, "http_status": status, "took_ms": took}))
        }),
        prop::sample::select(FailureKind::ALL.to_vec()).prop_map(|kind| record("retry", json!({"failure": kind}))),
        "[a-z_]{1,12}|stepped_back".prop_map(|kind| record("anomaly", json!({"anomaly": kind}))),
        any::<bool>().prop_map(|allowed| record("callback", json!({"allowed": allowed}))),
        prop::sample::select(vec!["owed", "arrived", "failed", "dead"])
            .prop_map(|result| record("notification", json!({"delivery": result, "notification": 1}))),
        ("read|journal|\\PC{1,9}", any::<bool>())
            .prop_map(|(verb, allowed)| record("access", json!({"verb": verb, "allowed": allowed}))),
        (prop::sample::select(Outcome::ALL.to_vec()), 0..200_000_000_u64, prop::option::of(0..100_000_u64)).prop_map(
            |(outcome, took, delay)| {
                record("ended", json!({"outcome": outcome, "took_ms": took, "notice_delay_ms": delay}))
            }
        ),
    ]
}

/// What these count for, a second and a half after they were written.
pub(super) fn tally_of(records: &[Record]) -> Tally {
    let mut tally = Tally::default();
    records.iter().for_each(|record| tally.count(record, record.at.0.plus(Span::from_millis(1_500))));
    tally
}

fn shown(tally: &Tally) -> Vec<String> {
    let text = |(series, count): (&str, u64)| if count == 1 { series.into() } else { format!("{series}={count}") };
    tally.series().map(text).collect()
}

#[test]
fn a_record_from_the_future_was_counted_at_once() {
    let mut tally = Tally::default();
    tally.count(&record("opened", json!({})), Timestamp::default());
    assert_eq!(shown(&tally), ["dispatch_delay_seconds|0.5", "executions_opened"]);
}
