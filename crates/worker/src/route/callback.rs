//! `POST /v1/callbacks/{capability}`: CXone calls back. Whoever has the address may; nobody else can guess it.

use cxpulse_core::call::ANSWER_MAX;
use web_sys::Response;
use worker::Env;

use crate::auth;
use crate::config::Settings;
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::route::execution;

/// Takes a callback. The object reads it, for it knows whose it is and so by which profile.
pub(crate) async fn take(
    incoming: &Incoming,
    env: &Env,
    settings: &Settings,
    capability: &str,
) -> Result<Response, Problem> {
    let id = auth::read_capability(settings, capability).ok_or(Problem::NotFound)?;
    let body = incoming.untyped_json_up_to(ANSWER_MAX).await?;
    execution::send(env, &id, "callback", &body).await
}
