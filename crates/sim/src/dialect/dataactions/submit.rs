//! The submit: a body strictly read, an execution made of it. Never idempotent: two posts are two executions.

use cxpulse_core::time::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::super::Dialect;
use super::super::intake::{self, Submission};
use super::super::outcome::Audience;
use super::envelope;
use crate::exchange::{Reply, Request};
use crate::world::World;

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

pub(super) fn answer(world: &mut World, request: &Request, now: Timestamp) -> Result<Reply, Reply> {
    let execution = intake::execution(world, request, read(request)?, now);
    let reply = Reply::raw_json(202, envelope::write(&execution, now, Audience::Answer));
    let reply = reply.with_header("location", &format!("/api/v2/dataactions/executions/{}", execution.id));
    intake::keep(world, execution, now)?;
    Ok(reply)
}

fn read(request: &Request) -> Result<Submission, Reply> {
    let body: SubmitBody = intake::body(request)?;
    Ok(Submission {
        dialect: Dialect::Dataactions,
        inputs: intake::inputs(body.inputs)?,
        callback_url: intake::callback_url(body.context.as_ref())?,
        correlation_id: intake::correlation_id(body.correlation_id)?,
        life: intake::life(request, &body.definition_id).ok_or_else(intake::unknown_action)?,
        action_id: body.definition_id,
    })
}
