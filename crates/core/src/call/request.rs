//! A call's request, filled from the profile's templates. Never sends it, never puts the token on.
//!
//! `traceparent` and `tracestate` after W3C Trace Context; `x-request-id`, `x-trace-id` and `x-span-id` as a tutorial on
//! batches sends them.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::{Call, CallKind, Credential, Known, Request};
use crate::execution::{Door, Order};
use crate::id::CorrelationId;
use crate::json::{self, Json};
use crate::profile::template::{self, percent_encode, slot};
use crate::profile::{Endpoint, Profile};
use crate::random;
use crate::trace::TraceContext;

/// What a placeholder stands for.
pub(super) enum Filling<'a> {
    /// Text: percent-encoded in a path, quoted in a body.
    Text(Cow<'a, str>),
    /// JSON: copied into a body as it is. In a path, which has no place for it, as text.
    Json(Cow<'a, str>),
}

/// The request of a call. `None` where the profile has no such endpoint, or what its template needs is not known:
/// the machine asks for neither.
#[must_use]
pub fn request(profile: &Profile, order: &Order, call: Call, known: Known<'_>) -> Option<Request> {
    let endpoint = profile.endpoint(call.kind)?;
    let sender = Sender {
        correlation_id: &order.correlation_id,
        span: order.span_of(call),
        request_id: order.request_id_of(call),
    };
    build(profile, endpoint, &sender, &|name| fill(name, profile, order, known))
}

/// Who sends it, for the headers.
pub(super) struct Sender<'a> {
    pub(super) correlation_id: &'a CorrelationId,
    pub(super) span: TraceContext,
    pub(super) request_id: String,
}

/// The request that an endpoint's templates come to; `None` where a placeholder has no value.
pub(super) fn build<'a>(
    profile: &Profile,
    endpoint: &Endpoint,
    sender: &Sender<'_>,
    fill: &dyn Fn(&str) -> Option<Filling<'a>>,
) -> Option<Request> {
    let path = template::fill(&endpoint.path, |name| {
        Some(match fill(name)? {
            Filling::Text(text) | Filling::Json(text) => percent_encode(&text),
        })
    })?;
    let body = match &endpoint.body {
        Some(body) => Some(fill_body(body, fill)?),
        None => None,
    };
    let headers = headers(profile, sender, body.is_some());
    Some(Request { method: endpoint.method.clone(), path, headers, body })
}

/// A request id for the call of that number: the same after a crash.
pub(crate) fn request_id(seed: u64, index: u64) -> String {
    let [high, low] = [0, 1_u64 << 42].map(|half| random::draw(!seed, index | half).to_be_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(high.into_iter().chain(low)).for_each(|(to, from)| *to = from);
    CorrelationId::from_bytes(bytes).to_string()
}

fn headers(profile: &Profile, sender: &Sender<'_>, has_body: bool) -> Vec<(Cow<'static, str>, String)> {
    let mut headers: Vec<(Cow<'static, str>, String)> = alloc::vec![
        // CXone refuses a request without it.
        (Cow::Borrowed("accept"), "application/json".into()),
        (Cow::Owned(profile.correlation_header.to_ascii_lowercase()), sender.correlation_id.to_string()),
        (Cow::Borrowed("traceparent"), sender.span.to_string()),
        (Cow::Borrowed("x-request-id"), sender.request_id.clone()),
        (Cow::Borrowed("x-trace-id"), sender.span.trace_id().into()),
        (Cow::Borrowed("x-span-id"), sender.span.span_id().into()),
    ];
    if !sender.span.tracestate().is_empty() {
        headers.push((Cow::Borrowed("tracestate"), sender.span.tracestate().into()));
    }
    if has_body {
        headers.push((Cow::Borrowed("content-type"), "application/json".into()));
    }
    headers.extend(profile.headers.iter().map(|(name, value)| (Cow::Owned(name.to_ascii_lowercase()), value.clone())));
    headers
}

/// What an execution has for a placeholder.
fn fill<'a>(name: &str, profile: &Profile, order: &'a Order, known: Known<'a>) -> Option<Filling<'a>> {
    let text = |text: &'a str| Some(Filling::Text(Cow::Borrowed(text)));
    let started = match &order.door {
        Door::Start { inputs, context, .. } => Some((inputs, context)),
        Door::Watch { .. } => None,
    };
    match name {
        "action_id" => text(order.door.action_id()?.as_str()),
        "execution_id" => text(known.upstream_id?.as_str()),
        "correlation_id" => text(order.correlation_id.as_str()),
        "inputs" => Some(Filling::Json(Cow::Borrowed(started?.0.as_str()))),
        "context" => Some(Filling::Json(fill_context(started?.1, profile, known))),
        _ => None,
    }
}

fn fill_context<'a>(context: &'a Json, profile: &Profile, known: Known<'_>) -> Cow<'a, str> {
    match (&profile.callback_field, known.callback_url) {
        (Some(field), Some(url)) => Cow::Owned(with_field(context, field, &quoted(url))),
        _ => Cow::Borrowed(context.as_str()),
    }
}

/// The body as JSON text: placeholders become values, everything else is copied.
fn fill_body<'a>(template: &Value, fill: &dyn Fn(&str) -> Option<Filling<'a>>) -> Option<String> {
    Some(match template {
        Value::String(text) => match slot(text) {
            Some(name) => match fill(name)? {
                Filling::Text(text) => quoted(&text),
                Filling::Json(text) => text.into_owned(),
            },
            None => quoted(text),
        },
        Value::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(|item| fill_body(item, fill)).collect();
            format!("[{}]", items?.join(","))
        }
        Value::Object(fields) => fill_object(fields, fill)?,
        Value::Null | Value::Bool(_) | Value::Number(_) => template.to_string(),
    })
}

/// The template's own fields stand; of what `"..."` spreads, only those beside them.
fn fill_object<'a>(
    template: &serde_json::Map<String, Value>,
    fill: &dyn Fn(&str) -> Option<Filling<'a>>,
) -> Option<String> {
    let mut parts = Vec::new();
    for (name, value) in template {
        let text = fill_body(value, fill)?;
        if name == SPREAD {
            let spread = Json::parse(&text).ok()?;
            let fields = spread.pointer("").and_then(json::fields)?;
            let free = fields.iter().filter(|(name, _)| !template.contains_key(*name));
            parts.extend(free.map(|(name, raw)| format!("{}:{}", quoted(name), raw.get())));
        } else {
            parts.push(format!("{}:{text}", quoted(name)));
        }
    }
    Some(format!("{{{}}}", parts.join(",")))
}

/// The object with one field set; the others keep their text.
fn with_field(object: &Json, name: &str, value: &str) -> String {
    let fields = object.pointer("").and_then(json::fields).unwrap_or_default();
    let kept = fields.iter().filter(|(key, _)| *key != name);
    let mut parts: Vec<String> = kept.map(|(key, raw)| format!("{}:{}", quoted(key), raw.get())).collect();
    parts.push(format!("{}:{value}", quoted(name)));
    format!("{{{}}}", parts.join(","))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Each call is its own span; a repeat with a fresh token is another one.
pub(crate) const fn span_index(call: Call) -> u64 {
    let kind = match call.kind {
        CallKind::Submit | CallKind::Poll | CallKind::LookUp => 0,
        CallKind::Cancel => 1 << 40,
    };
    let token = match call.credential {
        Credential::Held => 0,
        Credential::Fresh => 1 << 41,
    };
    #[expect(clippy::as_conversions, reason = "widening in a const function")]
    let attempt = call.attempt.get() as u64;
    kind | token | attempt
}

/// The key whose object is spread into the object around it.
const SPREAD: &str = "...";
