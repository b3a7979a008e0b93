//! `/api/v2/dataactions/executions`: submit, poll, look up and cancel. Never remembers anything: the world does.
//!
//! Paths, scopes and the envelope as in the project's seeds 000 (status polling) and 003 (chains). What they leave
//! open: cancel is `POST …/{id}/cancel`, a lookup is by `?correlation_id=`.

mod envelope;
mod submit;

use cxpulse_core::time::Timestamp;
use uuid::Uuid;

use self::envelope::Audience;
use crate::callback::{CallbackCall, Owed};
use crate::dialect::{Call, Dialect, Target};
use crate::exchange::{Reply, Request};
use crate::execution::Execution;
use crate::script::is_end;
use crate::stats::add_one;
use crate::token::Grant;
use crate::world::World;

/// Where a request goes in this dialect; `None` when the path is not of it.
pub(super) fn target(request: &Request) -> Option<Target> {
    let rest = request.path.strip_prefix("/api/v2/dataactions/executions")?;
    let (allowed, call) = match rest.split('/').collect::<Vec<_>>().as_slice() {
        [""] => match request.method.as_str() {
            "POST" => ("POST", Call::Submit),
            "GET" => ("GET", Call::Lookup),
            _ => return Some(Target::WrongMethod("GET, POST")),
        },
        ["", id] => ("GET", Call::Poll((*id).to_owned())),
        ["", id, "cancel"] => ("POST", Call::Cancel((*id).to_owned())),
        _ => return None,
    };
    let is_allowed = request.method == allowed;
    Some(if is_allowed { Target::Api(Dialect::DataActions, call) } else { Target::WrongMethod(allowed) })
}

pub(super) fn perform(world: &mut World, call: &Call, request: &Request, grant: &Grant, now: Timestamp) -> Reply {
    let scope = match call {
        Call::Submit | Call::Cancel(_) => "dataactions:execute",
        Call::Poll(_) | Call::Lookup => "dataactions:read",
    };
    if !admits_json(request) {
        return Reply::refusal(406, "not_acceptable", "accept is to admit application/json");
    }
    if !grant.scopes.iter().any(|granted| granted == scope) {
        return Reply::refusal(403, "insufficient_scope", &format!("the scope {scope} is required"));
    }
    match call {
        Call::Submit => submit::answer(world, request, now),
        Call::Poll(id) => poll(world, id, now),
        Call::Lookup => lookup(world, request, now),
        Call::Cancel(id) => cancel(world, id, now),
    }
}

pub(super) fn callback(execution: &Execution, now: Timestamp) -> Option<CallbackCall> {
    let url = execution.callback_url.clone()?;
    let carried = [("x-correlation-id", &execution.correlation_id), ("traceparent", &execution.traceparent)];
    let carried = carried.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
    let headers = [("content-type".to_owned(), "application/json".to_owned())].into_iter().chain(carried).collect();
    let body = envelope::write(execution, now, Audience::Callback);
    Some(CallbackCall { url, headers, body, attempt: 1 })
}

fn poll(world: &mut World, id: &str, now: Timestamp) -> Reply {
    let execution = match find(world, id, now) {
        Ok(execution) => execution,
        Err(refusal) => return refusal,
    };
    add_one(&mut execution.polls);
    if execution.is_degraded(now) {
        return envelope::degraded(execution, now);
    }
    Reply::raw_json(200, envelope::write(execution, now, Audience::Poll))
}

fn lookup(world: &World, request: &Request, now: Timestamp) -> Reply {
    let Some(key) = request.parameter("correlation_id").filter(|key| !key.is_empty()) else {
        return Reply::refusal(400, "invalid_request", "correlation_id is required");
    };
    let found = world.executions.of_correlation(&key).filter(|execution| execution.is_visible(now));
    Reply::raw_json(200, envelope::write_list(found.take(LOOKUP_MAX), now))
}

fn cancel(world: &mut World, id: &str, now: Timestamp) -> Reply {
    let execution = match find(world, id, now) {
        Ok(execution) => execution,
        Err(refusal) => return refusal,
    };
    if execution.has_ended(now) || is_end(execution.sight(now).word) {
        return Reply::refusal(409, "already_ended", "the execution has ended");
    }
    execution.canceled_at = Some(now);
    let reply = Reply::raw_json(200, envelope::write(execution, now, Audience::Answer));
    let owed = execution.callback_url.is_some().then_some(execution.id);
    if let Some(id) = owed {
        world.callbacks.unschedule(id);
        world.callbacks.push(now, Owed::Scheduled(id));
    }
    reply
}

fn find<'a>(world: &'a mut World, id: &str, now: Timestamp) -> Result<&'a mut Execution, Reply> {
    let Some(id) = parse_uuid(id) else {
        return Err(Reply::refusal(400, "invalid_request", "the execution id is not a UUID"));
    };
    let found = world.executions.get_mut(id).filter(|execution| execution.is_visible(now));
    found.ok_or_else(|| Reply::refusal(404, "not_found", "no such execution"))
}

/// Only the form with hyphens, as in the seeds.
fn parse_uuid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// RFC 9110 section 12.5.1, as far as one media type goes. Without the header CXone refuses.
fn admits_json(request: &Request) -> bool {
    let accept = request.header("accept").unwrap_or_default();
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media_range = parts.next().unwrap_or_default().to_ascii_lowercase();
        let is_excluded = parts.any(|part| matches!(part.to_ascii_lowercase().as_str(), "q=0" | "q=0.0"));
        matches!(media_range.as_str(), "application/json" | "application/*" | "*/*") && !is_excluded
    })
}

/// Executions in one answer to a lookup.
const LOOKUP_MAX: usize = 100;
