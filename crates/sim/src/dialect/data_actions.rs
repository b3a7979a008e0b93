//! `/api/v2/data-actions/{action}/execute`: answered with the end of the action, within 25 s or not at all. Never gives
//! an id: there is nothing to poll.
//!
//! Path, scope and the three tracing headers as in the source that the profile names. What it leaves open: an action
//! that fails is answered 422.

use cxpulse_core::time::Timestamp;
use serde_json::value::RawValue;

use super::intake::{self, Submission};
use super::outcome::{ActionError, ActionResult, Audience};
use super::{Dialect, Target, require, segment};
use crate::exchange::{Reply, Request};
use crate::execution::Execution;
use crate::script::is_completed;
use crate::token::Grant;
use crate::world::World;

/// The one thing that is asked in this dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Execute {
    action: String,
}

/// Where a request goes in this dialect; `None` when the path is not of it.
pub(super) fn target(request: &Request) -> Option<Target> {
    let action = request.path.strip_prefix("/api/v2/data-actions/")?.strip_suffix("/execute")?;
    let call = super::Call::DataActions(Execute { action: segment(action)? });
    Some(Target::of_method(request, "POST", Target::Api(call)))
}

pub(super) fn perform(
    world: &mut World,
    call: &Execute,
    request: &Request,
    grant: &Grant,
    now: Timestamp,
) -> Result<Reply, Reply> {
    require(grant, "data-actions:execute")?;
    let submission = Submission {
        dialect: Dialect::DataActions,
        inputs: intake::body::<Box<RawValue>>(request)?,
        callback_url: None,
        correlation_id: None,
        life: intake::life(request, &call.action).ok_or_else(intake::unknown_action)?,
        action_id: call.action.clone(),
    };
    let execution = intake::execution(world, request, submission, now);
    let reply = answer(&execution, now);
    intake::keep(world, execution, now)?;
    Ok(echo(request, reply))
}

/// What the action has come to at its end.
fn answer(execution: &Execution, now: Timestamp) -> Reply {
    let Some(delay) = intake::blocked_for(&execution.life) else { return intake::gateway_timeout() };
    let word = execution.sight(now.plus(delay)).word;
    let reply = match ActionError::of(word) {
        None if is_completed(word) => Reply::json(200, &ActionResult::of(execution, Audience::Answer)),
        None => Reply::refusal(422, "DATA_ACTION_CANCELED", "the action was canceled"),
        Some(error) => Reply::refusal(422, error.code, error.message),
    };
    Reply { delay, ..reply }
}

/// The request id is echoed by the world, as in every dialect.
fn echo(request: &Request, reply: Reply) -> Reply {
    let echoed = ["x-trace-id", "x-span-id"];
    let echoed = echoed.into_iter().filter_map(|name| Some((name, request.header(name)?)));
    echoed.fold(reply, |reply, (name, value)| reply.with_header(name, value))
}
