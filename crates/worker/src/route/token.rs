//! `POST /v1/tokens`: mints view tokens for browsers. Never gives more than was asked for.

use cxpulse_core::validate::parse_token;
use serde::Serialize;
use web_sys::Response;

use crate::auth::{self, Claims};
use crate::config::Settings;
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::{clock, reply};
use cxpulse_core::time::Rfc3339;

/// What a caller is given.
#[derive(Serialize)]
struct Minted {
    token: String,
    expires_at: Rfc3339,
}

/// Mints one.
pub(crate) async fn mint(incoming: &Incoming, settings: &Settings) -> Result<Response, Problem> {
    let holder = auth::require_key(incoming, settings)?;
    let request = parse_token(&incoming.json().await?).map_err(Problem::of_body)?;
    let tenant = holder.tenant(request.tenant).and_then(|tenant| settings.tenant(&tenant));
    let tenant = tenant.ok_or_else(Problem::no_such_tenant)?.id.clone();
    let exp = clock::now().plus(request.lifetime);
    let claims = Claims { tenant, resources: request.resources, verbs: request.verbs, exp };
    let minted = Minted { token: auth::mint(settings, &claims)?, expires_at: exp.into() };
    reply::json(201, &[], &serde_json::to_string(&minted)?)
}
