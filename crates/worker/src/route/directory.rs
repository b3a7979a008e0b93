//! `GET /v1/executions`, `/v1/batches`, `/v1/chains`, `/v1/histories` and `/v1/tenants/{id}/audit`: pages of a tenant's directory. Never reads a row: the tenant's
//! own object does, and there is nobody else's in it.

use cxpulse_core::id::TenantId;
use cxpulse_core::key::Scope;
use cxpulse_core::validate::{
    Code, Violation, parse_audit_query, parse_batch_list_query, parse_chain_list_query, parse_history_list_query,
    parse_list_query,
};
use js_sys::Promise;

use super::access::{Desk, note_read};
use super::tenant::seen;
use crate::auth::{self, Passport};
use crate::object::directory;
use crate::problem::Problem;

/// `GET /v1/executions`: of one tenant, the caller's own or the one that an operator names.
pub(crate) fn list(desk: &Desk<'_>) -> Result<Promise, Problem> {
    let passport = auth::require_key(desk.incoming, desk.settings, Scope::Read)?;
    let query = parse_list_query(desk.incoming.query_text()).map_err(Problem::BadParameters)?;
    page(desk, &passport, query.tenant, "list", "/v1/executions")
}

/// `GET /v1/batches`: the same of batches.
pub(crate) fn batches(desk: &Desk<'_>) -> Result<Promise, Problem> {
    let passport = auth::require_key(desk.incoming, desk.settings, Scope::Read)?;
    let query = parse_batch_list_query(desk.incoming.query_text()).map_err(Problem::BadParameters)?;
    page(desk, &passport, query.tenant, "list_batches", "/v1/batches")
}

/// `GET /v1/chains`: the same of chains.
pub(crate) fn chains(desk: &Desk<'_>) -> Result<Promise, Problem> {
    let passport = auth::require_key(desk.incoming, desk.settings, Scope::Read)?;
    let query = parse_chain_list_query(desk.incoming.query_text()).map_err(Problem::BadParameters)?;
    page(desk, &passport, query.tenant, "list_chains", "/v1/chains")
}

/// `GET /v1/histories`: the same of history queries.
pub(crate) fn histories(desk: &Desk<'_>) -> Result<Promise, Problem> {
    let passport = auth::require_key(desk.incoming, desk.settings, Scope::Read)?;
    let query = parse_history_list_query(desk.incoming.query_text()).map_err(Problem::BadParameters)?;
    page(desk, &passport, query.tenant, "list_histories", "/v1/histories")
}

fn page(
    desk: &Desk<'_>,
    passport: &Passport,
    named: Option<TenantId>,
    verb: &'static str,
    path: &str,
) -> Result<Promise, Problem> {
    let tenant = passport.tenant(named).filter(|tenant| desk.settings.tenant(tenant).is_some());
    let tenant = tenant.ok_or_else(no_such_tenant)?;
    note_read(desk, passport, &tenant, verb);
    ask(desk, &tenant, path, desk.env)
}

/// `GET /v1/tenants/{id}/audit`: what has happened to any execution of the tenant, and who saw it.
pub(crate) fn audit(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let (tenant, _) = seen(desk, id, "audit")?;
    parse_audit_query(desk.incoming.query_text()).map_err(Problem::BadParameters)?;
    ask(desk, &tenant.id, &format!("/v1/tenants/{}/audit", tenant.id), desk.env)
}

/// A page of a tenant's directory, by the path that a caller finds it at.
pub(super) fn ask(desk: &Desk<'_>, tenant: &TenantId, path: &str, env: &worker::Env) -> Result<Promise, Problem> {
    let incoming = desk.incoming;
    let base = desk.settings.public_url.as_deref().unwrap_or_else(|| incoming.site());
    let address = format!("{base}{path}?{}", incoming.query_text());
    directory::ask(env, tenant, &address, incoming.raw())
}

/// Nobody is told whether it is another's.
fn no_such_tenant() -> Problem {
    let message = "there is no such tenant".into();
    Problem::BadParameter(Violation { pointer: "?tenant".into(), code: Code::OutOfRange, message })
}
