//! `/v1/tenants/{id}/…`: what operators see and do of a tenant's gate, and its doctor. Never shows a secret.

use cxpulse_core::id::TenantId;
use cxpulse_core::key::Scope;
use js_sys::Promise;
use std::rc::Rc;
use web_sys::{Request, RequestInit, Response};
use worker::Env;

use crate::auth;
use crate::config::{Settings, TenantSettings};
use crate::incoming::Incoming;
use crate::object::stub;
use crate::problem::Problem;
use crate::{checkup, reply};

/// `GET /v1/tenants/{id}/gate`: the gate's state.
pub(crate) fn gate(incoming: &Incoming, env: &Env, settings: &Settings, id: &str) -> Result<Promise, Problem> {
    let tenant = administered(incoming, settings, id)?;
    ask(env, &tenant, "GET", "gate")
}

/// `POST /v1/tenants/{id}/gate/reset`: after an operator has mended something.
pub(crate) fn reset(incoming: &Incoming, env: &Env, settings: &Settings, id: &str) -> Result<Promise, Problem> {
    let tenant = administered(incoming, settings, id)?;
    ask(env, &tenant, "POST", "reset")
}

/// `POST /v1/tenants/{id}/doctor`: what is wrong with the connection to CXone, and where to set it right.
pub(crate) async fn doctor(incoming: &Incoming, settings: &Settings, id: &str) -> Result<Response, Problem> {
    let tenant = administered(incoming, settings, id)?;
    let report = checkup::examine(&tenant).await?;
    reply::json(200, &[], &serde_json::to_string(&report)?)
}

/// The tenant that an operator asks about.
pub(super) fn administered(incoming: &Incoming, settings: &Settings, id: &str) -> Result<Rc<TenantSettings>, Problem> {
    let named = TenantId::parse(id);
    let admitted = match &named {
        Ok(id) => auth::require_admin(incoming, settings, id),
        // Who has no key is told so first, whatever they name.
        Err(_) => auth::require_key(incoming, settings, Scope::Admin),
    };
    admitted?;
    let id = named.map_err(|_| Problem::NotFound)?;
    settings.tenant(&id).ok_or(Problem::NotFound)
}

/// The object cannot know whose it is, so it is told.
fn ask(env: &Env, tenant: &TenantSettings, method: &str, what: &str) -> Result<Promise, Problem> {
    let init = RequestInit::new();
    init.set_method(method);
    let url = format!("https://tenant/{what}?tenant={}", tenant.id);
    let request = Request::new_with_str_and_init(&url, &init)?;
    stub::promise(env, "TENANT", tenant.id.as_str(), &request)
}
