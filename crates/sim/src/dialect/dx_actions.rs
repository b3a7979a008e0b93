//! `/api/v2/dx/actions/{action}`: execute, at once or in the background, and poll. Has no lookup and no cancel.
//!
//! Paths, scopes, the flag `asyncExecution` and the fields as in the source that the profile names. What it leaves
//! open: a poll tells progress as `{processed, total}`; an answer that waits for the end gives up after 25 s.

use cxpulse_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::intake::{self, Submission};
use super::outcome::{ActionError, ActionResult, Audience, broken};
use super::{Dialect, Kind, Target, find, require, segment, uuid_text};
use crate::exchange::{Reply, Request};
use crate::execution::Execution;
use crate::script::{RECORDS_TOTAL, is_completed};
use crate::stats::add_one;
use crate::token::Grant;
use crate::world::World;

/// What is asked in this dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Execute { action: String },
    Poll { action: String, id: String },
}

impl Call {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Execute { .. } => Kind::Submit,
            Self::Poll { .. } => Kind::Poll,
        }
    }
}

/// Where a request goes in this dialect; `None` when the path is not of it.
pub(super) fn target(request: &Request) -> Option<Target> {
    let rest = request.path.strip_prefix("/api/v2/dx/actions/")?;
    let (allowed, call) = match rest.split('/').collect::<Vec<_>>().as_slice() {
        [action, "execute"] => ("POST", Call::Execute { action: segment(action)? }),
        [action, "executions", id] => ("GET", Call::Poll { action: segment(action)?, id: (*id).to_owned() }),
        _ => return None,
    };
    Some(Target::of_method(request, allowed, Target::Api(super::Call::DxActions(call))))
}

pub(super) fn perform(
    world: &mut World,
    call: &Call,
    request: &Request,
    grant: &Grant,
    now: Timestamp,
) -> Result<Reply, Reply> {
    match call {
        Call::Execute { action } => {
            require(grant, "dx:actions:execute")?;
            execute(world, action, request, now)
        }
        Call::Poll { action, id } => {
            require(grant, "dx:actions:read")?;
            poll(world, action, id, now)
        }
    }
}

/// The poll's envelope, with the correlation id beside it.
pub(super) fn callback_body(execution: &Execution, now: Timestamp) -> Vec<u8> {
    let envelope = Envelope::of(execution, now, Audience::Callback);
    let told = Told { envelope, correlation_id: execution.correlation_id.as_deref() };
    // Every key is text, so writing cannot fail; an empty body would show.
    serde_json::to_vec(&told).unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExecuteBody {
    #[serde(default)]
    inputs: Option<Box<RawValue>>,
    #[serde(default)]
    context: Option<Map<String, Value>>,
    #[serde(default, rename = "asyncExecution")]
    async_execution: bool,
}

fn execute(world: &mut World, action: &str, request: &Request, now: Timestamp) -> Result<Reply, Reply> {
    let body: ExecuteBody = intake::body(request)?;
    let submission = Submission {
        dialect: Dialect::DxActions,
        inputs: intake::inputs(body.inputs)?,
        callback_url: intake::callback_url(body.context.as_ref())?,
        correlation_id: None,
        life: intake::life(request, action).ok_or_else(intake::unknown_action)?,
        action_id: action.to_owned(),
    };
    let execution = intake::execution(world, request, submission, now);
    let reply = if body.async_execution { accepted(&execution, now) } else { blocked(&execution, now) };
    intake::keep(world, execution, now)?;
    Ok(reply)
}

fn accepted(execution: &Execution, now: Timestamp) -> Reply {
    let answer = Accepted { execution_id: uuid_text(execution.id), status: execution.sight(now).word };
    Reply::json(202, &answer)
}

/// The answer that comes with the end, if that comes soon enough.
fn blocked(execution: &Execution, now: Timestamp) -> Reply {
    match intake::blocked_for(&execution.life) {
        Some(delay) => {
            let envelope = Envelope::of(execution, now.plus(delay), Audience::Answer);
            Reply { delay, ..Reply::json(200, &envelope) }
        }
        None => intake::gateway_timeout(),
    }
}

fn poll(world: &mut World, action: &str, id: &str, now: Timestamp) -> Result<Reply, Reply> {
    let execution = find(world, Dialect::DxActions, id, now)?;
    if execution.action_id != action {
        return Err(Reply::refusal(404, "not_found", "no such execution of this action"));
    }
    add_one(&mut execution.polls);
    let reply = Reply::json(200, &Envelope::of(execution, now, Audience::Poll));
    if execution.is_degraded(now) {
        return Ok(broken(execution.polls, reply.body, "status", "executionId"));
    }
    Ok(reply)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Accepted {
    execution_id: String,
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    execution_id: String,
    action_id: &'a str,
    status: &'static str,
    result: Option<ActionResult<'a>>,
    error: Option<ActionError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    #[serde(flatten)]
    envelope: Envelope<'a>,
    correlation_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Progress {
    processed: u64,
    total: u64,
}

impl<'a> Envelope<'a> {
    fn of(execution: &'a Execution, now: Timestamp, audience: Audience) -> Self {
        let sight = execution.sight(now);
        Self {
            execution_id: uuid_text(execution.id),
            action_id: &execution.action_id,
            status: sight.word,
            result: is_completed(sight.word).then(|| ActionResult::of(execution, audience)),
            error: ActionError::of(sight.word),
            progress: sight.done.map(|processed| Progress { processed, total: RECORDS_TOTAL }),
        }
    }
}
