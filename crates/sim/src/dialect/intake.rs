//! What the submits of all dialects have in common: a body strictly read, a life, an execution kept. Never idempotent:
//! two submits are two executions.

use cxpulse_core::time::{Span, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::Dialect;
use crate::callback::Owed;
use crate::exchange::{Reply, Request};
use crate::execution::{Execution, Full};
use crate::script::Life;
use crate::world::World;

/// How long an answer that waits for the end of an execution is waited for.
pub(super) const BLOCKED_MAX: Span = Span::from_secs(25);

/// What a dialect has read from a submit.
pub(super) struct Submission {
    pub(super) dialect: Dialect,
    pub(super) action_id: String,
    pub(super) inputs: Box<RawValue>,
    /// As the body has it; without one, the header `X-Correlation-ID` counts.
    pub(super) correlation_id: Option<String>,
    pub(super) callback_url: Option<String>,
    pub(super) life: Life,
}

/// Reads a body that is to be a JSON object of at most 256 KiB.
pub(super) fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Reply> {
    if !request.has_media_type("application/json") {
        return Err(Reply::refusal(415, "unsupported_media_type", "the body is to be application/json"));
    }
    if request.body.len() > BODY_BYTES_MAX {
        return Err(Reply::refusal(413, "too_large", "the body is to be 262144 bytes at most"));
    }
    // Read as a struct, an array of the fields in order would pass.
    if !request.body.trim_ascii_start().starts_with(b"{") {
        return Err(invalid("the body is to be a JSON object"));
    }
    serde_json::from_slice(&request.body).map_err(|error| invalid(&error.to_string()))
}

/// The inputs, which are an object; an empty one where they were left out.
pub(super) fn inputs(sent: Option<Box<RawValue>>) -> Result<Box<RawValue>, Reply> {
    let inputs = sent.or_else(|| RawValue::from_string("{}".to_owned()).ok());
    inputs.filter(|inputs| inputs.get().starts_with('{')).ok_or_else(|| invalid("inputs is to be an object"))
}

/// The one part of the context that CXone itself reads.
pub(super) fn callback_url(context: Option<&Map<String, Value>>) -> Result<Option<String>, Reply> {
    match context.and_then(|context| context.get("callbackUrl")) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(url)) if is_callable(url) => Ok(Some(url.clone())),
        Some(Value::String(_)) => Err(invalid("context.callbackUrl is to be https, or http on this machine")),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(invalid("context.callbackUrl is to be text"))
        }
    }
}

/// The correlation id of a body, where it has one.
pub(super) fn correlation_id(sent: Option<String>) -> Result<Option<String>, Reply> {
    match sent {
        Some(id) if id.is_empty() || id.len() > CORRELATION_BYTES_MAX => {
            Err(invalid("correlation_id is to be 1 to 256 bytes"))
        }
        Some(_) | None => Ok(sent),
    }
}

/// The life that the query's `script` names, else the action's own.
pub(super) fn life(request: &Request, action_id: &str) -> Option<Life> {
    match request.parameter("script") {
        Some(name) => Life::find(&name),
        None => Some(action_id).filter(|id| id.starts_with("sim-")).and_then(Life::find),
    }
}

/// What an action without a life is answered with.
pub(super) fn unknown_action() -> Reply {
    Reply::refusal(404, "not_found", "no such data action")
}

/// A new execution, not kept yet.
pub(super) fn execution(world: &mut World, request: &Request, submission: Submission, now: Timestamp) -> Execution {
    let Submission { dialect, action_id, inputs, correlation_id, callback_url, life } = submission;
    let header = |name| request.header(name).map(|value| clip(value).to_owned());
    Execution {
        id: world.draw_uuid(),
        record_id: world.draw_uuid(),
        dialect,
        action_id,
        life,
        inputs,
        correlation_id: correlation_id.or_else(|| header("x-correlation-id").filter(|id| !id.is_empty())),
        callback_url,
        request_id: header("x-request-id"),
        traceparent: header("traceparent"),
        created_at: now,
        canceled_at: None,
        polls: 0,
    }
}

/// Keeps an execution, and owes the callbacks that it asks for.
pub(super) fn keep(world: &mut World, execution: Execution, now: Timestamp) -> Result<(), Reply> {
    let (id, has_callback) = (execution.id, execution.callback_url.is_some());
    let callbacks = execution.life.callbacks_after();
    match world.executions.insert(execution, now) {
        Ok(()) => {}
        Err(Full) => return Err(Reply::refusal(503, "unavailable", "every execution kept is still running")),
    }
    for span in callbacks.into_iter().filter(|_| has_callback) {
        world.callbacks.push(now.plus(span), Owed::Scheduled(id));
    }
    Ok(())
}

/// How long an answer waits for the end of that life; `None` when the end comes too late for it.
pub(super) fn blocked_for(life: &Life) -> Option<Span> {
    life.ends_after().filter(|span| *span <= BLOCKED_MAX)
}

/// What a caller gets who waited for an end that did not come in time.
pub(super) fn gateway_timeout() -> Reply {
    Reply { delay: BLOCKED_MAX, ..Reply::refusal(504, "gateway_timeout", "the action did not end within 25 seconds") }
}

pub(super) fn invalid(words: &str) -> Reply {
    Reply::refusal(400, "invalid_request", words)
}

/// Plain http only where nothing can listen in: on this machine.
fn is_callable(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host.parse::<std::net::IpAddr>().map_or(host == "localhost", |address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => is_loopback,
        _ => false,
    }
}

/// A header's value is kept up to a length that any honest one has.
fn clip(value: &str) -> &str {
    value.get(..CORRELATION_BYTES_MAX).unwrap_or(value)
}

const BODY_BYTES_MAX: usize = 256 * 1024;
const CORRELATION_BYTES_MAX: usize = 256;
