//! `/v1/tenants/{id}/…`: what operators see and do of a tenant's gate, and its doctor. Never shows a secret.

use cxpulse_core::id::TenantId;
use cxpulse_core::key::Scope;
use js_sys::Promise;
use serde::Serialize;
use std::rc::Rc;
use web_sys::{Request, RequestInit, Response};
use worker::Env;

use super::access::{Desk, note_read, note_use};
use crate::auth::{self, Passport};
use crate::config::{Settings, TenantSettings, derived_secret};
use crate::incoming::Incoming;
use crate::object::stub;
use crate::problem::Problem;
use crate::{checkup, reply};

/// How a tenant's notifications are signed and sent.
#[derive(Serialize)]
struct Signing {
    /// `derived` from the signing keys, or `set`.
    source: &'static str,
    /// How many sign.
    keys: usize,
    /// As receivers write them, the newest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<Vec<String>>,
    retry_seconds: Vec<f64>,
}

/// `GET /v1/tenants/{id}/gate`: the gate's state.
pub(crate) fn gate(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let (tenant, _) = seen(desk, id, "gate")?;
    ask(desk.env, &tenant, "GET", "gate")
}

/// `POST /v1/tenants/{id}/gate/reset`: after an operator has mended something.
pub(crate) fn reset(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let (tenant, passport) = administering(desk.incoming, desk.settings, id)?;
    note_use(desk, &passport, &tenant.id, "reset", None);
    ask(desk.env, &tenant, "POST", "reset")
}

/// `POST /v1/tenants/{id}/doctor`: what is wrong with the connection to CXone, and where to set it right.
pub(crate) async fn doctor(desk: &Desk<'_>, id: &str) -> Result<Response, Problem> {
    let (tenant, _) = seen(desk, id, "doctor")?;
    let report = checkup::examine(&tenant).await?;
    reply::json(200, &[], &serde_json::to_string(&report)?)
}

/// `GET /v1/tenants/{id}/webhook`: what receivers verify notifications with. A secret that was set is known to whoever set
/// it, and is not shown.
pub(crate) fn webhook(desk: &Desk<'_>, id: &str) -> Result<Response, Problem> {
    let (tenant, _) = seen(desk, id, "webhook")?;
    let derived = || desk.settings.signing_keys().map(|key| derived_secret(key, &tenant.id)).collect();
    let signing = Signing {
        source: if tenant.webhook.is_derived { "derived" } else { "set" },
        keys: tenant.webhook.keys.len(),
        secrets: tenant.webhook.is_derived.then(derived),
        retry_seconds: tenant.webhook.ladder.iter().map(|wait| wait.as_secs_f64()).collect(),
    };
    reply::json(200, &[], &serde_json::to_string(&signing)?)
}

/// The tenant that somebody who administers it looks at, and who does: noted as `verb`.
pub(super) fn seen(desk: &Desk<'_>, id: &str, verb: &'static str) -> Result<(Rc<TenantSettings>, Passport), Problem> {
    let (tenant, passport) = administering(desk.incoming, desk.settings, id)?;
    note_read(desk, &passport, &tenant.id, verb);
    Ok((tenant, passport))
}

/// The same, noted by whoever asks.
pub(super) fn administering(
    incoming: &Incoming,
    settings: &Settings,
    id: &str,
) -> Result<(Rc<TenantSettings>, Passport), Problem> {
    let named = TenantId::parse(id);
    let admitted = match &named {
        Ok(id) => auth::require_admin(incoming, settings, id),
        // Who has no key is told so first, whatever they name.
        Err(_) => auth::require_key(incoming, settings, Scope::Admin),
    };
    let passport = admitted?;
    let id = named.map_err(|_| Problem::NotFound)?;
    settings.tenant(&id).map(|tenant| (tenant, passport)).ok_or(Problem::NotFound)
}

/// How a tenant's gate stands, for who was let through otherwise.
pub(crate) fn standing(env: &Env, tenant: &TenantSettings) -> Result<Promise, Problem> {
    ask(env, tenant, "GET", "gate")
}

/// The object cannot know whose it is, so it is told.
fn ask(env: &Env, tenant: &TenantSettings, method: &str, what: &str) -> Result<Promise, Problem> {
    let init = RequestInit::new();
    init.set_method(method);
    let url = format!("https://tenant/{what}?tenant={}", tenant.id);
    let request = Request::new_with_str_and_init(&url, &init)?;
    stub::promise(env, "TENANT", tenant.id.as_str(), &request)
}
