//! The submit: a body strictly read, an execution made of it. Never idempotent: two posts are two executions.

use cxpulse_core::time::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::envelope::{self, Audience};
use crate::callback::Owed;
use crate::exchange::{Reply, Request};
use crate::execution::{Execution, Full};
use crate::script::Life;
use crate::world::World;

pub(super) fn answer(world: &mut World, request: &Request, now: Timestamp) -> Reply {
    match read(request) {
        Ok(submit) => accept(world, request, submit, now),
        Err(refusal) => refusal,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubmitBody {
    definition_id: String,
    #[serde(default)]
    inputs: Option<Box<RawValue>>,
    #[serde(default)]
    context: Option<Map<String, Value>>,
    #[serde(default)]
    correlation_id: Option<String>,
}

struct Submit {
    body: SubmitBody,
    inputs: Box<RawValue>,
    callback_url: Option<String>,
    life: Life,
}

fn read(request: &Request) -> Result<Submit, Reply> {
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
    let mut body: SubmitBody = serde_json::from_slice(&request.body).map_err(|error| invalid(&error.to_string()))?;
    let inputs = body.inputs.take().or_else(|| RawValue::from_string("{}".to_owned()).ok());
    let Some(inputs) = inputs.filter(|inputs| inputs.get().starts_with('{')) else {
        return Err(invalid("inputs is to be an object"));
    };
    let callback_url = callback_url(body.context.as_ref())?;
    if body.correlation_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > CORRELATION_BYTES_MAX) {
        return Err(invalid("correlation_id is to be 1 to 256 bytes"));
    }
    let script = request.parameter("script");
    let life = match &script {
        Some(name) => Life::find(name),
        None => Some(body.definition_id.as_str()).filter(|id| id.starts_with("sim-")).and_then(Life::find),
    };
    let life = life.ok_or_else(|| Reply::refusal(404, "not_found", "no such data action"))?;
    Ok(Submit { body, inputs, callback_url, life })
}

/// The one part of the context that CXone itself reads.
fn callback_url(context: Option<&Map<String, Value>>) -> Result<Option<String>, Reply> {
    match context.and_then(|context| context.get("callbackUrl")) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(url)) if is_callable(url) => Ok(Some(url.clone())),
        Some(Value::String(_)) => Err(invalid("context.callbackUrl is to be https, or http on this machine")),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(invalid("context.callbackUrl is to be text"))
        }
    }
}

fn accept(world: &mut World, request: &Request, submit: Submit, now: Timestamp) -> Reply {
    let Submit { body, inputs, callback_url, life } = submit;
    let header = |name| request.header(name).map(|value| clip(value).to_owned());
    let execution = Execution {
        id: world.draw_uuid(),
        record_id: world.draw_uuid(),
        action_id: body.definition_id,
        life,
        inputs,
        correlation_id: body.correlation_id.or_else(|| header("x-correlation-id").filter(|id| !id.is_empty())),
        callback_url,
        request_id: header("x-request-id"),
        traceparent: header("traceparent"),
        created_at: now,
        canceled_at: None,
        polls: 0,
    };
    let reply = Reply::raw_json(202, envelope::write(&execution, now, Audience::Answer));
    let reply = reply.with_header("location", &format!("/api/v2/dataactions/executions/{}", execution.id));
    let (id, has_callback) = (execution.id, execution.callback_url.is_some());
    let callbacks = execution.life.callbacks_after();
    match world.executions.insert(execution, now) {
        Ok(()) => {}
        Err(Full) => return Reply::refusal(503, "unavailable", "every execution kept is still running"),
    }
    for span in callbacks.into_iter().filter(|_| has_callback) {
        world.callbacks.push(now.plus(span), Owed::Scheduled(id));
    }
    reply
}

fn invalid(words: &str) -> Reply {
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
