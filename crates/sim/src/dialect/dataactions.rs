//! `/api/v2/dataactions/executions`: submit, poll, look up and cancel. Never remembers anything: the world does.
//!
//! Paths, scopes and the envelope as in the sources (status polling, chains) that the profile names. What they leave
//! open: cancel is `POST …/{id}/cancel`, a lookup is by `?correlation_id=`.

mod envelope;
mod submit;

use cxpulse_core::time::Timestamp;

use super::outcome::{Audience, broken};
use super::{Dialect, Kind, Target, find, require};
use crate::callback::Owed;
use crate::exchange::{Reply, Request};
use crate::execution::Execution;
use crate::script::is_end;
use crate::stats::add_one;
use crate::token::Grant;
use crate::world::World;

/// What is asked in this dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Submit,
    /// The id as sent; whether it is one is for the answer to say.
    Poll(String),
    Lookup,
    Cancel(String),
}

impl Call {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Submit => Kind::Submit,
            Self::Poll(_) => Kind::Poll,
            Self::Lookup => Kind::Lookup,
            Self::Cancel(_) => Kind::Cancel,
        }
    }
}

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
    Some(Target::of_method(request, allowed, Target::Api(super::Call::Dataactions(call))))
}

pub(super) fn perform(
    world: &mut World,
    call: &Call,
    request: &Request,
    grant: &Grant,
    now: Timestamp,
) -> Result<Reply, Reply> {
    let scope = match call {
        Call::Submit | Call::Cancel(_) => "dataactions:execute",
        Call::Poll(_) | Call::Lookup => "dataactions:read",
    };
    require(grant, scope)?;
    match call {
        Call::Submit => submit::answer(world, request, now),
        Call::Poll(id) => poll(world, id, now),
        Call::Lookup => lookup(world, request, now),
        Call::Cancel(id) => cancel(world, id, now),
    }
}

pub(super) fn callback_body(execution: &Execution, now: Timestamp) -> Vec<u8> {
    envelope::write(execution, now, Audience::Callback)
}

fn poll(world: &mut World, id: &str, now: Timestamp) -> Result<Reply, Reply> {
    let execution = find(world, Dialect::Dataactions, id, now)?;
    add_one(&mut execution.polls);
    let body = envelope::write(execution, now, Audience::Poll);
    if execution.is_degraded(now) {
        return Ok(broken(execution.polls, body, "status", "execution_id"));
    }
    Ok(Reply::raw_json(200, body))
}

fn lookup(world: &World, request: &Request, now: Timestamp) -> Result<Reply, Reply> {
    let Some(key) = request.parameter("correlation_id").filter(|key| !key.is_empty()) else {
        return Err(Reply::refusal(400, "invalid_request", "correlation_id is required"));
    };
    let is_found = |one: &&Execution| one.dialect == Dialect::Dataactions && one.is_visible(now);
    let found = world.executions.of_correlation(&key).filter(is_found);
    Ok(Reply::raw_json(200, envelope::write_list(found.take(LOOKUP_MAX), now)))
}

fn cancel(world: &mut World, id: &str, now: Timestamp) -> Result<Reply, Reply> {
    let execution = find(world, Dialect::Dataactions, id, now)?;
    if execution.has_ended(now) || is_end(execution.sight(now).word) {
        return Err(Reply::refusal(409, "already_ended", "the execution has ended"));
    }
    execution.canceled_at = Some(now);
    let reply = Reply::raw_json(200, envelope::write(execution, now, Audience::Answer));
    let owed = execution.callback_url.is_some().then_some(execution.id);
    if let Some(id) = owed {
        world.callbacks.unschedule(id);
        world.callbacks.push(now, Owed::Scheduled(id));
    }
    Ok(reply)
}

/// Executions in one answer to a lookup.
const LOOKUP_MAX: usize = 100;
