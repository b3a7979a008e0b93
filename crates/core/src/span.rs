//! Spans for a collector, made of audit records and of nothing else: one of the execution, one of each call, one of each try
//! to deliver a notification. Never sends them: see [`crate::export`].
//!
//! OpenTelemetry Protocol 1.x, JSON encoding: ids in hex, times in nanoseconds as text, enumerations as numbers. Names and
//! attributes after the semantic conventions for HTTP, as far as a record knows them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use crate::audit::{DeliveryResult, Kind, Record};
use crate::call::CallKind;
use crate::id::FlowKind;
use crate::status::Outcome;
use crate::time::Timestamp;

/// One span as JSON; `None` for a record that is about none, and where the trace is not sampled.
///
/// The same record gives the same span, byte for byte.
#[must_use]
pub fn span_of(record: &Record) -> Option<String> {
    let span_id = record.span_id.as_deref().filter(|_| record.sampled)?;
    let (name, kind) = match record.kind {
        Kind::Submit | Kind::StatusCheck | Kind::Cancel => (call_name(record.call?), CLIENT),
        Kind::Notification => ("notify", CLIENT),
        Kind::Ended => (record.flow.as_ref().map_or("execution", |flow| flow_name(flow.kind())), SERVER),
        Kind::Opened | Kind::Retry | Kind::Decision | Kind::Anomaly | Kind::Callback | Kind::Access => return None,
    };
    let span = Span {
        trace_id: &record.trace_id,
        span_id,
        parent_span_id: record.parent_span_id.as_deref(),
        flags: SAMPLED | REMOTE_KNOWN | if record.kind == Kind::Ended { REMOTE } else { 0 },
        name,
        kind,
        start_time_unix_nano: nanoseconds(record.started_at?.0),
        end_time_unix_nano: nanoseconds(record.at.0),
        attributes: attributes(record),
        status: SpanStatus { code: if is_error(record) { ERROR } else { UNSET } },
    };
    serde_json::to_string(&span).ok()
}

/// The body of an export: spans of [`span_of`], under who made them.
#[must_use]
pub fn export_body(service: &str, resource: &[(String, String)], spans: &[String]) -> String {
    let own = [("service.name", service), ("service.version", VERSION)];
    let more = resource.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    // Whoever names a service differently in the attributes means it.
    let is_own = |name: &str| own.iter().any(|(own, _)| *own == name);
    let attributes: Vec<_> =
        own.into_iter().chain(more.filter(|(name, _)| !is_own(name))).map(|(name, value)| text(name, value)).collect();
    let attributes = serde_json::to_string(&attributes).unwrap_or_default();
    let spans = spans.join(",");
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":{attributes}}},"scopeSpans":[{{"scope":{{"name":"cxpulse","version":"{VERSION}"}},"spans":[{spans}]}}]}}]}}"#
    )
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Span<'a> {
    trace_id: &'a str,
    span_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<&'a str>,
    flags: u32,
    name: &'static str,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<Attribute<'a>>,
    status: SpanStatus,
}

#[derive(Serialize)]
struct SpanStatus {
    code: u8,
}

#[derive(Serialize)]
struct Attribute<'a> {
    key: &'a str,
    value: Value<'a>,
}

/// Whole numbers are text: JSON's own lose what is past 2^53.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Value<'a> {
    StringValue(&'a str),
    IntValue(String),
}

fn attributes(record: &Record) -> Vec<Attribute<'_>> {
    let mut attributes = alloc::vec![text("cxpulse.tenant", record.tenant.as_str())];
    let texts = [
        ("cxpulse.execution.id", record.execution.as_ref().map(|id| id.as_str())),
        ("cxpulse.batch.id", id_of(record, FlowKind::Batch)),
        ("cxpulse.chain.id", id_of(record, FlowKind::Chain)),
        ("cxpulse.history.id", id_of(record, FlowKind::History)),
        ("cxpulse.node.name", record.node.as_ref().map(|name| name.as_str())),
        ("cxpulse.action.id", record.action_id.as_ref().map(|id| id.as_str())),
        ("cxpulse.correlation.id", record.correlation_id.as_ref().map(|id| id.as_str())),
        ("cxpulse.status", record.status.map(|status| status.name())),
        ("cxpulse.outcome", record.outcome.map(|outcome| outcome.name())),
        ("cxpulse.notification.topic", record.topic.map(|topic| topic.name())),
        ("cxpulse.error.code", record.code.as_deref()),
        ("error.type", error_type(record)),
        ("http.request.method", (record.kind == Kind::Notification).then_some("POST")),
    ];
    attributes.extend(texts.into_iter().filter_map(|(key, value)| Some(text(key, value?))));
    let resent = record.attempt.filter(|_| record.kind != Kind::Ended).map(|attempt| attempt.saturating_sub(1));
    let numbers = [
        ("cxpulse.attempt", record.attempt.map(u64::from)),
        ("cxpulse.notification.number", record.notification),
        ("cxpulse.notice_delay_ms", record.notice_delay_ms),
        (
            "http.request.resend_count",
            resent.filter(|count| *count > 0 && record.kind == Kind::Notification).map(u64::from),
        ),
        ("http.response.status_code", record.http_status.map(u64::from)),
    ];
    attributes.extend(
        numbers
            .into_iter()
            .filter_map(|(key, value)| Some(Attribute { key, value: Value::IntValue(value?.to_string()) })),
    );
    attributes
}

fn id_of(record: &Record, kind: FlowKind) -> Option<&str> {
    record.flow.as_ref().filter(|id| id.kind() == kind).map(|id| id.as_str())
}

const fn flow_name(kind: FlowKind) -> &'static str {
    match kind {
        FlowKind::Batch => "batch",
        FlowKind::Chain => "chain",
        FlowKind::History => "history",
    }
}

const fn text<'a>(key: &'a str, value: &'a str) -> Attribute<'a> {
    Attribute { key, value: Value::StringValue(value) }
}

/// A class of low cardinality, as the conventions want it.
fn error_type(record: &Record) -> Option<&'static str> {
    let delivery = match record.delivery {
        Some(DeliveryResult::Failed) => Some("delivery_failed"),
        Some(DeliveryResult::Gone) => Some("delivery_gone"),
        Some(DeliveryResult::Dead) => Some("delivery_dead"),
        Some(DeliveryResult::Owed | DeliveryResult::Arrived | DeliveryResult::Dropped | DeliveryResult::Redriven)
        | None => None,
    };
    let outcome = record.outcome.filter(|outcome| is_bad(*outcome)).map(|outcome| outcome.name());
    delivery.or_else(|| record.failure.map(|failure| failure.name())).or(outcome)
}

fn is_error(record: &Record) -> bool {
    error_type(record).is_some()
}

/// Whether an end is an error of the execution: a cancel that somebody asked for is none.
const fn is_bad(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::Completed | Outcome::Canceled)
}

const fn call_name(call: CallKind) -> &'static str {
    match call {
        CallKind::Submit => "submit",
        CallKind::Poll => "poll",
        CallKind::LookUp => "look up",
        CallKind::Cancel => "cancel",
    }
}

fn nanoseconds(at: Timestamp) -> String {
    format!("{}000000", at.as_millis())
}

/// `SPAN_KIND_SERVER`: a request of the caller's is what it answers.
const SERVER: u8 = 2;

/// `SPAN_KIND_CLIENT`.
const CLIENT: u8 = 3;

/// `STATUS_CODE_UNSET`: nothing went wrong.
const UNSET: u8 = 0;

/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;

/// `flags`: the sampled bit of W3C's trace flags, whether it is known where the parent is, and that it is not here.
const SAMPLED: u32 = 1;
const REMOTE_KNOWN: u32 = 0x100;
const REMOTE: u32 = 0x200;

/// Ours.
const VERSION: &str = env!("CARGO_PKG_VERSION");
