//! `POST /v1/tokens`: mints view tokens for browsers. Never gives more than was asked for, nor than who asks may do.

use cxpulse_core::id::TokenId;
use cxpulse_core::time::Rfc3339;
use cxpulse_core::validate::parse_token;
use serde::Serialize;
use web_sys::Response;

use super::access::{Desk, note_use};
use crate::auth::{self, Grant};
use crate::problem::Problem;
use crate::{clock, idempotency, reply};

/// What a caller is given.
#[derive(Serialize)]
struct Minted {
    token: String,
    /// What the audit log calls its holders by.
    id: TokenId,
    expires_at: Rfc3339,
}

/// Mints one.
pub(crate) async fn mint(desk: &Desk<'_>) -> Result<Response, Problem> {
    let Desk { incoming, settings, .. } = *desk;
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
    let by = passport.who.clone();
    let grant = Grant { tenant: tenant.clone(), resources: request.resources, verbs: request.verbs, until, by };
    let (token, id) = auth::mint(settings, grant)?;
    note_use(desk, &passport, &tenant, "mint", Some(id.clone()));
    let minted = Minted { token, id, expires_at: until.into() };
    reply::json(201, &[], &serde_json::to_string(&minted)?)
}
