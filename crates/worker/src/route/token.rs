//! `POST /v1/tokens`: mints view tokens for browsers. Never gives more than was asked for, nor than who asks may do.

use cxpulse_core::validate::parse_token;
use serde::Serialize;
use web_sys::Response;

use crate::auth::{self, Grant};
use crate::config::Settings;
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::{clock, idempotency, reply};
use cxpulse_core::time::Rfc3339;

/// What a caller is given.
#[derive(Serialize)]
struct Minted {
    token: String,
    expires_at: Rfc3339,
}

/// Mints one.
pub(crate) async fn mint(incoming: &Incoming, settings: &Settings) -> Result<Response, Problem> {
    let passport = auth::any_key(incoming, settings)?;
    // A token is kept nowhere, so a repeat is given another that is worth the same; but a key that is none is a fault.
    idempotency::key(incoming).map_err(Problem::BadParameter)?;
    let request = parse_token(&incoming.json().await?).map_err(Problem::of_body)?;
    if !request.verbs.iter().all(|verb| passport.may(verb.scope())) {
        return Err(Problem::Forbidden);
    }
    let tenant = passport.tenant(request.tenant).and_then(|tenant| settings.tenant(&tenant));
    let tenant = tenant.ok_or_else(Problem::no_such_tenant)?.id.clone();
    let until = clock::now().plus(request.lifetime);
    let grant = Grant { tenant, resources: request.resources, verbs: request.verbs, until };
    let minted = Minted { token: auth::mint(settings, grant)?, expires_at: until.into() };
    reply::json(201, &[], &serde_json::to_string(&minted)?)
}
