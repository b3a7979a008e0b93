//! Spans of records, as a collector reads them.

use cxpulse_core::span::{export_body, span_of};
use serde_json::{Value, json};

use crate::check::otlp::{Attribute, Request, Span};
use crate::check::record;

const EXECUTION: &str = "00f067aa0ba902b7";
const CALL: &str = "b7ad6b7169203331";

#[test]
fn a_record_is_the_span_that_it_tells_of() {
    let ids = |kind: &str, more: Value| {
        let mut fields =
            json!({"span_id": CALL, "parent_span_id": EXECUTION, "started_at": "2026-11-21T10:00:09.958Z"});
        if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
            fields.extend(more);
        }
        (kind.to_owned(), fields)
    };
    for ((kind, fields), shown) in [
        (
            ids("submit", json!({"call": "submit", "attempt": 1, "status": "pending"})),
            "submit client ok cxpulse.status=pending cxpulse.attempt=1",
        ),
        (
            ids("status_check", json!({"call": "poll", "attempt": 3, "failure": "transient", "http_status": 503})),
            "poll client error error.type=transient cxpulse.attempt=3 http.response.status_code=503",
        ),
        (
            ids("status_check", json!({"call": "look_up", "attempt": 2, "failure": "transient"})),
            "look up client error error.type=transient cxpulse.attempt=2",
        ),
        (ids("cancel", json!({"call": "cancel", "attempt": 1})), "cancel client ok cxpulse.attempt=1"),
        (
            ids(
                "notification",
                json!({"notification": 2, "topic": "completed", "delivery": "failed", "attempt": 3,
                "http_status": 500}),
            ),
            "notify client error cxpulse.notification.topic=completed error.type=delivery_failed \
             http.request.method=POST cxpulse.attempt=3 cxpulse.notification.number=2 http.request.resend_count=2 \
             http.response.status_code=500",
        ),
        (
            ids("notification", json!({"notification": 1, "delivery": "arrived", "attempt": 1, "http_status": 204})),
            "notify client ok http.request.method=POST cxpulse.attempt=1 cxpulse.notification.number=1 \
             http.response.status_code=204",
        ),
        (
            ids(
                "ended",
                json!({"outcome": "completed", "status": "completed", "attempt": 4, "action_id": "sim-fast",
                "correlation_id": "order-7", "notice_delay_ms": 12}),
            ),
            "execution server remote ok cxpulse.action.id=sim-fast cxpulse.correlation.id=order-7 \
             cxpulse.status=completed cxpulse.outcome=completed cxpulse.attempt=4 cxpulse.notice_delay_ms=12",
        ),
        (
            ids("ended", json!({"outcome": "timed_out", "code": "ATTEMPTS"})),
            "execution server remote error cxpulse.outcome=timed_out cxpulse.error.code=ATTEMPTS error.type=timed_out",
        ),
        (ids("ended", json!({"outcome": "canceled"})), "execution server remote ok cxpulse.outcome=canceled"),
    ] {
        let span = only_span(&span_of(&record(&kind, fields.clone())).expect("it is about a span"));
        let whose = "cxpulse.tenant=default cxpulse.execution.id=exe_11111111111111111111111111111111";
        let (head, attributes) =
            shown.split_once(if shown.contains("error ") { "error " } else { "ok " }).expect("a line");
        let state = if shown.contains("error ") { "error" } else { "ok" };
        assert_eq!(show(&span), format!("{head}{state} {whose} {attributes}"), "{kind} {fields}");
        assert_eq!(span.trace_id, "33333333333333333333333333333333");
        assert_eq!((span.span_id.as_str(), span.parent_span_id.as_deref()), (CALL, Some(EXECUTION)));
        let noon = 1_795_255_200_000_000_000_u64;
        assert_eq!(span.times(), (noon + 9_958_000_000, noon + 10_000_000_000));
    }
}

#[test]
fn the_first_span_of_a_trace_has_no_parent() {
    let fields = json!({"span_id": EXECUTION, "started_at": "2026-11-21T10:00:00.000Z", "outcome": "completed"});
    let text = span_of(&record("ended", fields)).expect("it is about a span");
    assert_eq!(only_span(&text).parent_span_id, None);
}

#[test]
fn what_is_not_sampled_or_about_no_span_has_none() {
    let whole = json!({"span_id": CALL, "call": "poll", "started_at": "2026-11-21T10:00:00.000Z"});
    assert!(span_of(&record("status_check", whole.clone())).is_some());
    for (field, value) in [("sampled", json!(false)), ("span_id", Value::Null), ("started_at", Value::Null)] {
        let mut fields = whole.clone();
        fields[field] = value;
        assert_eq!(span_of(&record("status_check", fields)), None, "{field}");
    }
    for kind in ["opened", "retry", "decision", "anomaly", "callback", "access"] {
        assert_eq!(span_of(&record(kind, whole.clone())), None, "{kind}");
    }
}

#[test]
fn a_body_says_whose_spans_it_has() {
    let fields = json!({"span_id": CALL, "call": "poll", "started_at": "2026-11-21T10:00:00.000Z"});
    let span = span_of(&record("status_check", fields)).expect("it is about a span");
    let resource = [("deployment.environment.name", "te\"st"), ("service.name", "not this")];
    let resource = resource.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let request = Request::read(&export_body("my service", &resource, &[span.clone(), span]));
    assert_eq!(request.resource_spans.len(), 1, "one resource");
    let of_resource = request.resource_spans.first().expect("there is one");
    let mut names: Vec<_> = of_resource.resource.attributes.iter().map(Attribute::show).collect();
    names.retain(|name| !name.starts_with("service.version="));
    assert_eq!(names, ["service.name=my service", "deployment.environment.name=te\"st"]);
    assert_eq!(of_resource.scope_spans.len(), 1, "one scope");
    let of_scope = of_resource.scope_spans.first().expect("there is one");
    assert_eq!(of_scope.scope.name, "cxpulse");
    assert_eq!(of_scope.spans.len(), 2);
}

fn only_span(text: &str) -> Span {
    let mut spans = Request::read(&export_body("cxpulse", &[], &[text.to_owned()])).into_spans();
    assert_eq!(spans.len(), 1);
    spans.remove(0)
}

fn show(span: &Span) -> String {
    let kind = match span.kind {
        2 => "server",
        3 => "client",
        _ => "of another kind",
    };
    let remote = if span.flags == 0x301 { " remote" } else { "" };
    assert!(matches!(span.flags, 0x301 | 0x101), "{:x}", span.flags);
    let state = match span.status.code {
        0 => "ok",
        2 => "error",
        _ => "in another state",
    };
    let attributes: Vec<_> = span.attributes.iter().map(Attribute::show).collect();
    format!("{} {kind}{remote} {state} {}", span.name, attributes.join(" "))
}
