//! The text for scrapers, read by a parser that is not ours.

use std::collections::BTreeSet;

use cxpulse_core::gate::Gate;
use cxpulse_core::id::TenantId;
use cxpulse_core::metrics::{Format, GateReading, Reading, Tally};
use cxpulse_core::time::Timestamp;
use openmetrics_parser::{openmetrics, prometheus};
use proptest::prelude::*;
use serde_json::json;

use super::tally::{any_record, tally_of};
use crate::check::{NOON, record, rules};

#[test]
fn what_was_counted_is_written_once_with_its_head() {
    let ended = json!({"outcome": "completed", "took_ms": 1_250, "notice_delay_ms": 20});
    let call = |took: u64| record("status_check", json!({"call": "poll", "took_ms": took}));
    let text = open(&tally_of(&[record("opened", json!({})), call(41), call(60_001), record("ended", ended)]));
    for lines in [
        "# TYPE cxpulse_executions_ended counter\n\
         # HELP cxpulse_executions_ended Executions that ended, by outcome.\n\
         cxpulse_executions_ended_total{tenant=\"default\",outcome=\"completed\"} 1\n\
         cxpulse_executions_ended_created{tenant=\"default\",outcome=\"completed\"} 1795255200.250\n\
         cxpulse_executions_ended_total{tenant=\"default\",outcome=\"failed\"} 0\n",
        "# TYPE cxpulse_upstream_call_duration_seconds histogram\n\
         # UNIT cxpulse_upstream_call_duration_seconds seconds\n",
        "cxpulse_upstream_call_duration_seconds_bucket{tenant=\"default\",call=\"poll\",le=\"0.025\"} 0\n\
         cxpulse_upstream_call_duration_seconds_bucket{tenant=\"default\",call=\"poll\",le=\"0.05\"} 1\n",
        "cxpulse_upstream_call_duration_seconds_bucket{tenant=\"default\",call=\"poll\",le=\"60.0\"} 1\n\
         cxpulse_upstream_call_duration_seconds_bucket{tenant=\"default\",call=\"poll\",le=\"+Inf\"} 2\n\
         cxpulse_upstream_call_duration_seconds_count{tenant=\"default\",call=\"poll\"} 2\n\
         cxpulse_upstream_call_duration_seconds_sum{tenant=\"default\",call=\"poll\"} 60.042\n",
        "cxpulse_executions_active{tenant=\"default\"} 2\n",
        "cxpulse_breaker_state{tenant=\"default\",cxpulse_breaker_state=\"half_open\"} 1\n",
        "cxpulse_queue_length{tenant=\"default\",call=\"poll\"} 3\n",
        "cxpulse_rate_limit_per_second{tenant=\"default\"} 50.0\n",
    ] {
        assert!(text.contains(lines), "{lines}\nis not in\n{text}");
    }
    assert!(text.ends_with("\n# EOF\n"), "{text}");
}

#[test]
fn what_is_active_is_what_the_list_says_also_of_executions_older_than_the_counts() {
    let text = open(&tally_of(&[record("ended", json!({"outcome": "failed"}))]));
    assert!(text.contains("cxpulse_executions_active{tenant=\"default\"} 2\n"), "{text}");
}

#[test]
fn without_the_gate_the_counts_are_there() {
    let tally = Tally::default();
    let reading = Reading { gate: None, ..reading_of(&tally) };
    let text = Format::OpenMetrics.write(&reading);
    assert!(text.contains("cxpulse_executions_opened_total{tenant=\"default\"} 0\n"), "{text}");
    assert!(!text.contains("cxpulse_breaker_state"), "{text}");
    openmetrics::parse_openmetrics(&without_units(&text)).expect("it is OpenMetrics");
}

#[test]
fn who_likes_plain_text_better_is_given_it() {
    let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                        application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,\
                        text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    for (accept, format) in [
        (None, Format::OpenMetrics),
        (Some(""), Format::OpenMetrics),
        (Some("*/*"), Format::OpenMetrics),
        (Some(prometheus_3), Format::OpenMetrics),
        (Some("text/html,application/xhtml+xml,*/*;q=0.8"), Format::OpenMetrics),
        (Some("text/plain"), Format::Plain),
        (Some("text/plain;version=0.0.4;q=1,*/*;q=0.1"), Format::Plain),
        (Some("text/plain; q=0.5, application/openmetrics-text; q=0.25"), Format::Plain),
        (Some("text/plain;q=0.5,application/openmetrics-text;q=0.5"), Format::OpenMetrics),
        (Some("text/plain;q=x"), Format::OpenMetrics),
    ] {
        assert_eq!(Format::negotiate(accept), format, "{accept:?}");
    }
}

proptest! {
    /// Whatever was counted: the text is what both specifications allow, no line is there twice, and every run has the same
    /// series, so that no label can grow.
    #[test]
    fn any_counts_are_well_formed_and_bounded(records in prop::collection::vec(any_record(), 0..40)) {
        let tally = tally_of(&records);
        let (text, empty) = (open(&tally), open(&Tally::default()));
        prop_assert!(openmetrics::parse_openmetrics(&without_units(&text)).is_ok(), "{text}");
        let plain = Format::Plain.write(&reading_of(&tally));
        prop_assert!(prometheus::parse_prometheus(&plain).is_ok(), "{plain}");
        let series = |text: &str| -> Vec<String> {
            text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| Some(line.rsplit_once(' ')?.0.into())).collect()
        };
        let all = series(&text);
        prop_assert_eq!(&all.iter().collect::<BTreeSet<_>>().len(), &all.len());
        prop_assert_eq!(all, series(&empty));
    }
}

/// The parser refuses histograms that have a unit, which OpenMetrics 1.0 allows (section 4.4.2).
fn without_units(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("# UNIT")).map(|line| format!("{line}\n")).collect()
}

fn open(tally: &Tally) -> String {
    Format::OpenMetrics.write(&reading_of(tally))
}

fn reading_of(tally: &Tally) -> Reading<'_> {
    Reading {
        tenant: tenant(),
        tally,
        since: Timestamp::parse_rfc3339("2026-11-21T10:00:00.250Z").expect("an instant"),
        active: 2,
        spans_waiting: 0,
        gate: Some(gate()),
    }
}

fn tenant() -> &'static TenantId {
    Box::leak(Box::new(TenantId::parse("default").expect("an id")))
}

/// The gate's own view, in the middle of trouble.
fn gate() -> &'static GateReading {
    let rules = rules("rate=50");
    let view = Gate::new(&rules).view(&rules, NOON);
    let mut gate = serde_json::to_value(view).expect("it can be written");
    gate["breaker"]["state"] = json!("half_open");
    gate["waiting"] = json!({"main": 1, "by_kind": {"poll": 3}});
    gate["held"] = json!(0);
    gate["cache"] = json!({"entries": 0, "hits": 0, "misses": 0});
    Box::leak(Box::new(serde_json::from_value(gate).expect("a gate's answer")))
}
