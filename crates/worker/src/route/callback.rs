//! `POST /v1/callbacks/{capability}`: CXone calls back. Whoever has the address may; nobody else can guess it.

use cxpulse_core::call::{ANSWER_MAX, read_callback};
use cxpulse_core::validate::{Code, Invalid, Violation};
use web_sys::Response;
use worker::Env;

use crate::auth;
use crate::config::Settings;
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::route::execution;

/// Takes a callback.
pub(crate) async fn take(
    incoming: &Incoming,
    env: &Env,
    settings: &Settings,
    capability: &str,
) -> Result<Response, Problem> {
    let id = auth::read_capability(settings, capability).ok_or(Problem::NotFound)?;
    let body = incoming.untyped_json_up_to(ANSWER_MAX).await?;
    let sighting = read_callback(&settings.profile, &body).map_err(|failure| {
        let violation = Violation { pointer: String::new(), code: Code::WrongType, message: failure.message };
        Problem::NotCallback(Invalid::of(violation))
    })?;
    execution::send(env, &id, "callback", &serde_json::to_string(&sighting)?).await
}
