//! What scrapers and collectors are given: counts that are exact, and spans that hang together.

use std::sync::OnceLock;
use std::time::Duration;

use openmetrics_parser::{openmetrics, prometheus};
use serde_json::json;

use super::client::{Answer, Client};
use super::collector::Collector;
use super::stack::{Stack, quick_start, wait_for};

const CALLER: &str = "00f067aa0ba902b7";

#[test]
fn an_execution_is_counted_once_in_each_family_that_it_concerns() {
    // Its own, for others count, too.
    let stack = Stack::start_with(Stack::shared(), &[]);
    let before = scrape(&stack.client());
    let ended = stack.accept(&quick_start("sim-for-1s", &json!({})));
    stack.ended(ended.id(), PATIENCE);
    let grown = |text: &str, series: &str| value(text, series) - value(&before, series);
    let completed = r#"cxpulse_executions_ended_total{tenant="default",outcome="completed"}"#;
    let after = wait_for(PATIENCE, || Some(scrape(&stack.client())).filter(|text| grown(text, completed) >= 1.0));
    let after = after.expect("the end is counted");
    for (series, by) in [
        (completed, 1.0),
        (r#"cxpulse_executions_opened_total{tenant="default"}"#, 1.0),
        (r#"cxpulse_upstream_calls_total{tenant="default",call="submit",status="2xx"}"#, 1.0),
        (r#"cxpulse_upstream_call_duration_seconds_count{tenant="default",call="submit"}"#, 1.0),
        (r#"cxpulse_execution_duration_seconds_count{tenant="default"}"#, 1.0),
        (r#"cxpulse_results_total{tenant="default",source="fresh"}"#, 1.0),
        (r#"cxpulse_executions_ended_total{tenant="default",outcome="failed"}"#, 0.0),
    ] {
        assert!((grown(&after, series) - by).abs() < f64::EPSILON, "{series} grew by {}", grown(&after, series));
    }
    assert!(grown(&after, r#"cxpulse_upstream_calls_total{tenant="default",call="poll",status="2xx"}"#) >= 1.0);
    assert!(
        (value(&after, r#"cxpulse_breaker_state{tenant="default",cxpulse_breaker_state="closed"}"#) - 1.0).abs() < 0.1
    );
}

#[test]
fn a_batch_is_counted_once_in_each_family_that_it_concerns() {
    let stack = Stack::start_with(Stack::shared(), &[]);
    let before = scrape(&stack.client());
    let body = json!({
        "action_id": "sim-failing", "payloads": [{"id": "a"}, {"id": "b"}, {"id": "c"}], "callback": false,
        "max_parallel": 2, "backoff": {"base_seconds": 0.3, "min_seconds": 0.2, "max_seconds": 1.0},
    });
    let accepted = stack.client().post("/v1/batches", &body);
    assert_eq!(accepted.status(), 202, "{}", accepted.text());
    let this = format!("/v1/batches/{}", accepted.json()["id"].as_str().unwrap_or_default());
    let ends = |generation: u64| {
        let over = || Some(stack.client().get(&this).json()).filter(|batch| !batch["ended_at"].is_null());
        let over = wait_for(PATIENCE, over).expect("the batch ends");
        assert_eq!((&over["outcome"], &over["generation"]), (&json!("failed"), &json!(generation)), "{over}");
    };
    ends(1);
    assert_eq!(stack.client().post(&format!("{this}/redrive"), &json!({"items": ["b"]})).status(), 202);
    ends(2);
    let grown = |text: &str, series: &str| value(text, series) - value(&before, series);
    let ended = r#"cxpulse_batches_ended_total{tenant="default",outcome="failed"}"#;
    let items = r#"cxpulse_batch_items_ended_total{tenant="default",status="failed"}"#;
    let after = wait_for(PATIENCE, || {
        Some(scrape(&stack.client())).filter(|text| grown(text, ended) >= 2.0 && grown(text, items) >= 4.0)
    });
    let after = after.expect("both ends are counted, and those of the items");
    for (series, by) in [
        (ended, 2.0),
        (items, 4.0),
        (r#"cxpulse_batches_opened_total{tenant="default"}"#, 1.0),
        (r#"cxpulse_batch_redrives_total{tenant="default"}"#, 1.0),
        (r#"cxpulse_batch_items_planned_total{tenant="default",by="start"}"#, 3.0),
        (r#"cxpulse_batch_items_planned_total{tenant="default",by="redrive"}"#, 1.0),
        (r#"cxpulse_batch_duration_seconds_count{tenant="default"}"#, 2.0),
        (r#"cxpulse_executions_opened_total{tenant="default"}"#, 4.0),
        (r#"cxpulse_executions_ended_total{tenant="default",outcome="failed"}"#, 4.0),
        (r#"cxpulse_batches_ended_total{tenant="default",outcome="completed"}"#, 0.0),
        (r#"cxpulse_batch_items_ended_total{tenant="default",status="successful"}"#, 0.0),
    ] {
        assert!((grown(&after, series) - by).abs() < f64::EPSILON, "{series} grew by {}", grown(&after, series));
    }
}

#[test]
fn a_scraper_is_given_the_text_that_it_reads() {
    let stack = watched();
    let open = stack.client().get("/metrics");
    assert_eq!(open.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    // The parser refuses histograms that have a unit, which OpenMetrics 1.0 allows.
    let without_units: String =
        open.text().lines().filter(|line| !line.starts_with("# UNIT")).map(|line| format!("{line}\n")).collect();
    openmetrics::parse_openmetrics(&without_units).expect("it is OpenMetrics");
    let plain = stack.client().with("accept", "text/plain").get("/metrics?tenant=default");
    assert_eq!(plain.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    prometheus::parse_prometheus(plain.text()).expect("it is Prometheus' text");
}

#[test]
fn counts_are_shown_to_who_has_a_key_and_of_tenants_that_there_are() {
    let stack = watched();
    let ask = |client: &Client, path: &str| client.get(path).problem();
    assert_eq!(ask(&stack.client_with(None), "/metrics"), "401 unauthorized");
    assert_eq!(ask(&stack.client_with(Some("no key of anybody")), "/metrics"), "401 unauthorized");
    assert_eq!(ask(&stack.client(), "/metrics?tenant=nobody"), "404 not-found");
    let bad: Answer = stack.client().get("/metrics?tenant=%2e%2e%2fx");
    assert_eq!(bad.status(), 400, "{}", bad.text());
    assert_eq!(stack.client().send("POST", "/metrics", b"").status(), 405);
}

#[test]
fn spans_of_an_execution_reach_the_collector_and_hang_together() {
    let (stack, collector) = (watched(), collector());
    let trace_id = "0af7651916cd43dd8448eb211c80319c";
    let traceparent = format!("00-{trace_id}-{CALLER}-01");
    let client = stack.client().with("traceparent", &traceparent).with("tracestate", "rojo=1, congo=2");
    let accepted = client.post("/v1/executions", &quick_start("sim-for-1s", &json!({})));
    assert_eq!(accepted.status(), 202, "{}", accepted.text());
    let found = wait_for(PATIENCE, || {
        Some(collector.spans(trace_id)).filter(|spans| spans.iter().any(|span| span.name == "execution"))
    });
    let spans = found.expect("the execution's span comes, and with it all before it");
    let whole = spans.iter().find(|span| span.name == "execution").expect("it is there");
    assert_eq!((whole.kind, whole.parent_span_id.as_deref()), (2, Some(CALLER)));
    assert_eq!(whole.attribute("cxpulse.outcome"), Some("completed"));
    let calls: Vec<_> = spans.iter().filter(|span| span.name != "execution").collect();
    assert!(calls.len() >= 2, "a submit and a poll at least: {spans:?}");
    for call in &calls {
        assert_eq!((call.kind, call.parent_span_id.as_ref()), (3, Some(&whole.span_id)), "{call:?}");
        assert!(call.times().0 >= whole.times().0 && call.times().1 <= whole.times().1, "{call:?}");
    }
    let mut ids: Vec<_> = spans.iter().map(|span| &span.span_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), spans.len(), "each span came once: {spans:?}");
    let submit = calls.iter().find(|call| call.name == "submit").expect("it was submitted");
    let correlation = accepted.json()["correlation_id"].as_str().unwrap_or_default().to_owned();
    let sent = stack.sim().trace_of(&correlation);
    assert_eq!(sent, format!("00-{trace_id}-{}-01", submit.span_id), "CXone was sent the span of the call");
}

#[test]
fn a_webhook_is_sent_the_span_of_the_try_that_brings_it() {
    let (stack, collector, webhook) = (watched(), collector(), Collector::start(&[503]));
    let notify = json!({"notify": {"url": webhook.url, "events": ["completed"]}});
    let trace_id = "5bf92f3577b34da6a3ce929d0e0e4738";
    let client = stack.client().with("traceparent", &format!("00-{trace_id}-{CALLER}-01")).with("tracestate", "a=1");
    let accepted = client.post("/v1/executions", &quick_start("sim-for-1s", &notify));
    assert_eq!(accepted.status(), 202, "{}", accepted.text());
    let tries =
        wait_for(PATIENCE, || Some(webhook.exports()).filter(|tries| tries.len() >= 2)).expect("it comes again");
    let tries = tries.get(..2).unwrap_or_default();
    let told = || collector.spans(trace_id).into_iter().filter(|span| span.name == "notify").collect::<Vec<_>>();
    let spans = wait_for(PATIENCE, || Some(told()).filter(|spans| spans.len() >= 2)).expect("both tries are spans");
    for (request, outcome) in tries.iter().zip([Some("delivery_failed"), None]) {
        let parent = request.header("traceparent").unwrap_or_default();
        assert_eq!(request.header("tracestate"), None, "who is told of an end need not know who else traces it");
        let span = spans.iter().find(|span| parent == format!("00-{trace_id}-{}-01", span.span_id));
        assert!(span.is_some(), "{parent} is one of {spans:?}");
        assert_eq!(span.and_then(|span| span.attribute("error.type")), outcome, "{spans:?}");
    }
}

#[test]
fn the_collector_sees_its_key_and_what_it_could_not_take_comes_again() {
    let (stack, collector) = (watched(), collector());
    let accepted = stack.accept(&quick_start("sim-for-1s", &json!({})));
    let trace_id = accepted.text("/trace_id").to_owned();
    let is_there =
        || Some(collector.spans(&trace_id)).filter(|spans| spans.iter().any(|span| span.name == "execution"));
    wait_for(PATIENCE, is_there).expect("its spans come");
    let exports = collector.exports();
    let refused = exports.iter().find(|export| export.status == 503).expect("the first was not taken");
    let again = exports
        .iter()
        .filter(|export| export.status == 200)
        .any(|export| export.body.contains(&first_id(&refused.body)));
    assert!(again, "what came with it came again");
    for export in &exports {
        assert_eq!(export.path, "/v1/traces");
        assert_eq!(export.header("content-type"), Some("application/json"));
        assert_eq!(export.header("x-key"), Some("a secret, really"));
        assert!(export.body.contains(r#"{"key":"service.name","value":{"stringValue":"pulse under test"}}"#));
        assert!(export.body.contains(r#"{"key":"deployment.environment.name","value":{"stringValue":"test"}}"#));
    }
}

#[test]
fn a_trace_that_nobody_records_is_sent_on_and_not_exported() {
    let (stack, collector) = (watched(), collector());
    let trace_id = "4bf92f3577b34da6a3ce929d0e0e4737";
    let client = stack.client().with("traceparent", &format!("00-{trace_id}-{CALLER}-00"));
    let unsampled = client.post("/v1/executions", &quick_start("sim-for-1s", &json!({}))).json();
    let id = unsampled["id"].as_str().unwrap_or_default().to_owned();
    stack.ended(&id, PATIENCE);
    let correlation = unsampled["correlation_id"].as_str().unwrap_or_default().to_owned();
    assert!(stack.sim().trace_of(&correlation).ends_with("-00"));
    // What is sampled, and ended later, has come: so would this have.
    let sampled = stack.accept(&quick_start("sim-for-1s", &json!({})));
    let later = sampled.text("/trace_id").to_owned();
    let is_there = || Some(collector.spans(&later)).filter(|spans| spans.iter().any(|span| span.name == "execution"));
    wait_for(PATIENCE, is_there).expect("its spans come");
    assert!(collector.spans(trace_id).is_empty());
}

#[test]
fn an_answer_names_the_request_as_its_caller_does() {
    let stack = watched();
    let start = quick_start("sim-for-1s", &json!({}));
    let named = stack.client().with("x-request-id", "order-4711").post("/v1/executions", &start);
    assert_eq!(named.header("x-request-id"), "order-4711");
    let refused = stack.client().with("x-request-id", "order-4712").post("/v1/executions", &json!({}));
    assert_eq!((refused.status(), refused.header("x-request-id")), (422, "order-4712"));
    for strange in ["with a space", &"x".repeat(129)] {
        let answer = stack.client().with("x-request-id", strange).post("/v1/executions", &start);
        assert_eq!(answer.header("x-request-id").len(), 36, "ours: {strange}");
    }
    assert_eq!(stack.client().post("/v1/executions", &start).header("x-request-id").len(), 36);
    let id = named.json()["id"].as_str().unwrap_or_default().to_owned();
    for path in [
        format!("/v1/executions/{id}/cancel"),
        format!("/v1/executions/{id}/notifications/redrive"),
        "/v1/tenants/default/dead-letters/redrive".to_owned(),
        "/v1/tenants/default/gate/reset".to_owned(),
        "/v1/tokens".to_owned(),
        "/v1/executions/exe_0123456789abcdef0123456789abcdef/cancel".to_owned(),
        "/v1/nothing".to_owned(),
    ] {
        let answer = stack.client().with("x-request-id", "order-4713").post(&path, &json!({}));
        assert_eq!(answer.header("x-request-id"), "order-4713", "{path}: {} {}", answer.status(), answer.text());
    }
}

#[test]
fn settings_of_a_collector_that_cannot_be_are_named_without_their_values() {
    let refusal = Stack::refusal_of(&[
        "CXPULSE_OTLP_ENDPOINT=http://collector.example",
        "CXPULSE_OTLP_HEADERS=x-key",
        "CXPULSE_OTLP_RESOURCE==hunter2",
    ]);
    for name in ["CXPULSE_OTLP_ENDPOINT", "CXPULSE_OTLP_HEADERS", "CXPULSE_OTLP_RESOURCE"] {
        assert!(refusal.contains(name), "{name}: {refusal}");
    }
    assert!(!refusal.contains("hunter2") && !refusal.contains("collector.example"), "{refusal}");
    for endpoint in ["https://collector.example/?key=hunter2", "https://collector.example/v1/traces#hunter2"] {
        let refusal = Stack::refusal_of(&[&format!("CXPULSE_OTLP_ENDPOINT={endpoint}")]);
        assert!(refusal.contains("CXPULSE_OTLP_ENDPOINT has a query or a fragment"), "{refusal}");
        assert!(!refusal.contains("hunter2") && !refusal.contains("collector.example"), "{refusal}");
    }
}

/// A Worker whose collector does not take the first export.
fn watched() -> &'static Stack {
    static WATCHED: OnceLock<Stack> = OnceLock::new();
    WATCHED.get_or_init(|| {
        Stack::start_with(
            Stack::shared(),
            &[
                &format!("CXPULSE_OTLP_ENDPOINT={}", collector().url),
                "CXPULSE_OTLP_HEADERS=X-Key=a%20secret%2C really",
                "CXPULSE_OTLP_SERVICE=pulse under test",
                "CXPULSE_OTLP_RESOURCE=deployment.environment.name=test",
            ],
        )
    })
}

fn collector() -> &'static Collector {
    static COLLECTOR: OnceLock<Collector> = OnceLock::new();
    COLLECTOR.get_or_init(|| Collector::start(&[503]))
}

fn scrape(client: &Client) -> String {
    let answer = client.get("/metrics");
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer.text().to_owned()
}

/// The value of a series.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    assert!(line.is_some(), "{series} is not in {text}");
    line.unwrap_or_default().parse().expect("a number")
}

/// The first span's id in an export.
fn first_id(body: &str) -> String {
    body.split("\"spanId\":\"").nth(1).and_then(|rest| rest.get(..16)).expect("it has a span").to_owned()
}

/// Generous: the machine may be slow, and everything here comes by alarms.
const PATIENCE: Duration = Duration::from_secs(90);
