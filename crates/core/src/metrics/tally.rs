//! Counts of a tenant, made of its audit records and of nothing else. Never counts a record twice by itself: whoever takes
//! records in knows them by execution and number.

use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::family::{
    ACCESSES, ANOMALIES, BATCHES_ENDED, BATCHES_LASTED, BATCHES_OPENED, CALLBACKS, CALLS, CHAIN_REDRIVES, CHAINS_ENDED,
    CHAINS_LASTED, CHAINS_OPENED, DECISIONS, DELIVERIES, DISPATCHED, ENDED, Family, HELD, HISTORIES_ENDED,
    HISTORIES_LASTED, HISTORIES_OPENED, HISTORY_RECORDS, ITEMS_ENDED, ITEMS_PLANNED, LASTED, NODES_ENDED,
    NODES_PLANNED, NOTICED, OPENED, REDRIVES, RESULTS, RETRIES, SPANS, Shape, TOOK,
};
use crate::audit::{Decision, DeliveryResult, Kind, Record, flow_outcome_of};
use crate::call::CallKind;
use crate::execution::Ignored;
use crate::flow::{End, NodeStatus, end_of};
use crate::id::{FlowKind, Home};
use crate::time::Timestamp;
use crate::wire::Source;

/// Numbers by series, `upstream_calls|poll|2xx`. Of a histogram each bucket counts what is in it alone, by its upper end,
/// `upstream_call_duration_seconds|poll|0.05`; its sum, in milliseconds, is under `sum`.
///
/// A series that is not there is zero. Adding is the same in any order and in any parts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tally {
    series: BTreeMap<String, u64>,
}

/// What is counted of a kind of flow.
struct FlowFamilies {
    opened: &'static Family,
    ended: &'static Family,
    lasted: &'static Family,
    /// `None` where nothing is redriven.
    redrives: Option<&'static Family>,
    planned: Option<&'static Family>,
}

/// What became of spans for a collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanFate {
    /// It took them.
    Exported,
    /// It will not have them.
    Rejected,
    /// Too many waited.
    Dropped,
}

impl Tally {
    /// With what a record tells; `now` is when it is counted.
    pub fn count(&mut self, record: &Record, now: Timestamp) {
        self.observe(&DISPATCHED, &[], now.since(record.at.0).as_millis());
        // A flow is no execution: what its items or nodes did is counted by theirs.
        let families = record.flow.as_ref().map(|flow| families_of(flow.kind()));
        if families.is_some_and(|families| self.flow(record, families)) {
            return;
        }
        match record.kind {
            Kind::Opened => self.one(&OPENED, &[]),
            Kind::Submit | Kind::StatusCheck | Kind::Cancel => self.call(record),
            Kind::Retry => self.one(&RETRIES, &[record.failure.map_or("", |failure| failure.name())]),
            Kind::Decision => self.decision(record),
            Kind::Anomaly => self.one(&ANOMALIES, &[record.anomaly.as_deref().unwrap_or_default()]),
            Kind::Notification => self.one(&DELIVERIES, &[record.delivery.map_or("", delivery_name)]),
            Kind::Callback => self.one(&CALLBACKS, &[callback_result(record)]),
            Kind::Access => {
                let allowed = if record.allowed == Some(true) { "true" } else { "false" };
                self.one(&ACCESSES, &[record.verb.as_deref().unwrap_or_default(), allowed]);
            }
            Kind::Ended => self.end(record),
        }
    }

    /// With so many spans.
    pub fn spans(&mut self, fate: SpanFate, count: u64) {
        let name = match fate {
            SpanFate::Exported => "exported",
            SpanFate::Rejected => "rejected",
            SpanFate::Dropped => "dropped",
        };
        self.add(&key(&SPANS, &[name]), count);
    }

    /// With so much more in a series.
    pub fn add(&mut self, series: &str, count: u64) {
        if count == 0 {
            return;
        }
        match self.series.get_mut(series) {
            Some(sum) => *sum = sum.saturating_add(count),
            None => {
                self.series.insert(series.into(), count);
            }
        }
    }

    /// Every series that is not zero.
    pub fn series(&self) -> impl Iterator<Item = (&str, u64)> {
        self.series.iter().map(|(series, count)| (series.as_str(), *count))
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, series: &str) -> u64 {
        self.series.get(series).copied().unwrap_or_default()
    }

    fn call(&mut self, record: &Record) {
        let call = record.call.map_or("", call_name);
        self.one(&CALLS, &[call, status_class(record)]);
        if let Some(took) = record.took_ms {
            self.observe(&TOOK, &[call], took);
        }
    }

    fn decision(&mut self, record: &Record) {
        let Some(decision) = record.decision else { return };
        self.one(&DECISIONS, &[decision_name(decision)]);
        if decision == Decision::Postpone {
            self.one(&HELD, &[record.reason.map_or("", |reason| reason.name())]);
        }
    }

    fn end(&mut self, record: &Record) {
        self.item(record);
        self.one(&ENDED, &[record.outcome.map_or("", |outcome| outcome.name())]);
        if let Some(source) = record.source {
            self.one(&RESULTS, &[source_name(source)]);
        }
        if let Some(took) = record.took_ms {
            self.observe(&LASTED, &[], took);
        }
        if let Some(delay) = record.notice_delay_ms {
            self.observe(&NOTICED, &[], delay);
        }
    }

    /// What a record tells of a batch or a chain itself; whether that was all.
    fn flow(&mut self, record: &Record, families: &FlowFamilies) -> bool {
        match record.kind {
            Kind::Opened => {
                self.one(families.opened, &[]);
                self.planned(families, "start", record);
                true
            }
            Kind::Ended => {
                let outcome = flow_outcome_of(record.outcome, record.code.as_deref());
                self.one(families.ended, &[outcome.name()]);
                if let Some(extraction) = &record.extraction {
                    self.add(&key(&HISTORY_RECORDS, &[]), extraction.records_processed);
                }
                if let Some(took) = record.took_ms {
                    self.observe(families.lasted, &[], took);
                }
                true
            }
            Kind::Access if record.generation.is_some() => {
                if let Some(redrives) = families.redrives {
                    self.one(redrives, &[]);
                }
                self.planned(families, "redrive", record);
                false
            }
            Kind::Submit
            | Kind::StatusCheck
            | Kind::Cancel
            | Kind::Retry
            | Kind::Decision
            | Kind::Anomaly
            | Kind::Notification
            | Kind::Callback
            | Kind::Access => false,
        }
    }

    fn planned(&mut self, families: &FlowFamilies, by: &str, record: &Record) {
        if let Some(planned) = families.planned {
            self.add(&key(planned, &[by]), u64::from(record.items.unwrap_or_default()));
        }
    }

    /// Of an execution that is an item of a batch, or of a node of a chain.
    fn item(&mut self, record: &Record) {
        let is_item = record.execution.as_ref().is_some_and(|id| matches!(id.home(), Home::Flow { .. }));
        let family = if record.node.is_some() { &NODES_ENDED } else { &ITEMS_ENDED };
        if let Some(outcome) = record.outcome.filter(|_| is_item) {
            self.one(family, &[status_name(end_of(outcome))]);
        }
    }

    fn one(&mut self, family: &Family, labels: &[&str]) {
        self.add(&key(family, labels), 1);
    }

    fn observe(&mut self, family: &Family, labels: &[&str], ms: u64) {
        let Shape::Histogram(bounds) = family.shape else { return };
        let le = bounds.iter().find(|bound| ms <= bound.ms).map_or(INFINITE, |bound| bound.le);
        let series = key(family, labels);
        self.add(&part(&series, le), 1);
        self.add(&part(&series, SUM), ms);
    }
}

/// The series of a family under these values of its labels, in their order.
pub(super) fn key(family: &Family, labels: &[&str]) -> String {
    let mut series = String::from(family.name);
    for (label, value) in family.labels.iter().zip(labels) {
        series.push('|');
        series.push_str(label.bounded(value));
    }
    series
}

/// A part of a histogram.
pub(super) fn part(series: &str, part: &str) -> String {
    [series, part].join("|")
}

const fn families_of(kind: FlowKind) -> &'static FlowFamilies {
    match kind {
        FlowKind::Batch => &FlowFamilies {
            opened: &BATCHES_OPENED,
            ended: &BATCHES_ENDED,
            lasted: &BATCHES_LASTED,
            redrives: Some(&REDRIVES),
            planned: Some(&ITEMS_PLANNED),
        },
        FlowKind::Chain => &FlowFamilies {
            opened: &CHAINS_OPENED,
            ended: &CHAINS_ENDED,
            lasted: &CHAINS_LASTED,
            redrives: Some(&CHAIN_REDRIVES),
            planned: Some(&NODES_PLANNED),
        },
        FlowKind::History => &FlowFamilies {
            opened: &HISTORIES_OPENED,
            ended: &HISTORIES_ENDED,
            lasted: &HISTORIES_LASTED,
            redrives: None,
            planned: None,
        },
    }
}

fn status_class(record: &Record) -> &'static str {
    match (record.http_status, record.failure) {
        // A record names the status of a failure only: whatever else came back was good.
        (None, None) | (Some(200..=299), _) => "2xx",
        (None, Some(_)) => "none",
        (Some(300..=399), _) => "3xx",
        (Some(400..=499), _) => "4xx",
        (Some(500..=599), _) => "5xx",
        (Some(_), _) => super::family::OTHER,
    }
}

const fn callback_result(record: &Record) -> &'static str {
    match (record.allowed, record.ignored) {
        (Some(false), _) => "refused",
        (_, None) => "accepted",
        (_, Some(Ignored::Ended)) => "late",
        (_, Some(Ignored::Repeated)) => "repeated",
        (_, Some(Ignored::TooEarly | Ignored::Stale | Ignored::Idle)) => super::family::OTHER,
    }
}

const fn status_name(end: End) -> &'static str {
    match end {
        End::Successful | End::Skipped => NodeStatus::Successful.name(),
        End::Degraded | End::Replaced => NodeStatus::Degraded.name(),
        End::Failed | End::Excused => NodeStatus::Failed.name(),
        End::Canceled => NodeStatus::Canceled.name(),
    }
}

const fn call_name(call: CallKind) -> &'static str {
    match call {
        CallKind::Submit => "submit",
        CallKind::Poll => "poll",
        CallKind::LookUp => "look_up",
        CallKind::Cancel => "cancel",
    }
}

const fn source_name(source: Source) -> &'static str {
    match source {
        Source::Fresh => "fresh",
        Source::Cached => "cached",
        Source::Degraded => "degraded",
    }
}

const fn delivery_name(result: DeliveryResult) -> &'static str {
    match result {
        DeliveryResult::Owed => "owed",
        DeliveryResult::Arrived => "arrived",
        DeliveryResult::Failed => "failed",
        DeliveryResult::Gone => "gone",
        DeliveryResult::Dead => "dead",
        DeliveryResult::Dropped => "dropped",
        DeliveryResult::Redriven => "redriven",
    }
}

const fn decision_name(decision: Decision) -> &'static str {
    match decision {
        Decision::PollLater => "poll_later",
        Decision::PollAtForetoldEnd => "poll_at_foretold_end",
        Decision::Postpone => "postpone",
        Decision::RenewToken => "renew_token",
        Decision::Repeat => "repeat",
        Decision::LookUp => "look_up",
        Decision::AwaitCallback => "await_callback",
        Decision::UseCached => "use_cached",
        Decision::KeepFallback => "keep_fallback",
        Decision::Degrade => "degrade",
        Decision::RefuseTransition => "refuse_transition",
        Decision::CancelUpstream => "cancel_upstream",
    }
}

/// The last bucket of every histogram.
pub(super) const INFINITE: &str = "+Inf";

/// Under which a histogram's sum is.
pub(super) const SUM: &str = "sum";
