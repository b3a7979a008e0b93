//! `/v1/tenants/{id}/…`: what operators see and do of a tenant's gate, and its doctor. Never shows a secret.

use cxpulse_core::id::TenantId;
use js_sys::Promise;
use std::rc::Rc;
use web_sys::{Request, RequestInit};
use worker::Env;

use crate::auth;
use crate::config::{Settings, TenantSettings};
use crate::incoming::Incoming;
use crate::object::stub;
use crate::problem::Problem;

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

/// The tenant that an operator asks about.
fn administered(incoming: &Incoming, settings: &Settings, id: &str) -> Result<Rc<TenantSettings>, Problem> {
    auth::require_operator(incoming, settings)?;
    let id = TenantId::parse(id).map_err(|_| Problem::NotFound)?;
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
