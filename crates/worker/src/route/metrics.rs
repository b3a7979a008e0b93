//! `GET /metrics`: a tenant's counts and its gate, for a scraper. Never counts.

use cxpulse_core::id::TenantId;
use cxpulse_core::key::Scope;
use cxpulse_core::metrics::{Format, GateReading, Reading};
use cxpulse_core::validate::{Code, Violation};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;
use worker::Env;

use crate::auth;
use crate::config::{Settings, TenantSettings};
use crate::incoming::Incoming;
use crate::object::directory;
use crate::problem::Problem;
use crate::{reply, route};

/// Answers for the tenant that `?tenant=` names, else for the key's own.
pub(crate) async fn scrape(incoming: &Incoming, env: &Env, settings: &Settings) -> Result<Response, Problem> {
    let passport = auth::any_key(incoming, settings)?;
    if !passport.may(Scope::Read) && !passport.may(Scope::Admin) {
        return Err(Problem::Forbidden);
    }
    let tenant = passport.tenant(named(incoming)?).ok_or(Problem::NotFound)?;
    let tenant = settings.tenant(&tenant).ok_or(Problem::NotFound)?;
    let counted = directory::counted(env, &tenant.id).await?;
    let gate = gate(env, &tenant).await.inspect_err(Problem::log).ok();
    let reading = Reading {
        tenant: &tenant.id,
        tally: &counted.tally,
        since: counted.since,
        active: counted.active,
        spans_waiting: counted.spans_waiting,
        gate: gate.as_ref(),
    };
    let format = Format::negotiate(incoming.header("accept").as_deref());
    let headers = [("content-type", format.content_type()), ("cache-control", "no-store"), ("vary", "accept")];
    reply::text(200, &headers, &format.write(&reading))
}

fn named(incoming: &Incoming) -> Result<Option<TenantId>, Problem> {
    let Some(text) = incoming.query("tenant") else { return Ok(None) };
    TenantId::parse(text).map(Some).map_err(|error| {
        let (pointer, message) = ("?tenant".into(), error.to_string());
        Problem::BadParameter(Violation { pointer, code: Code::WrongType, message })
    })
}

/// Where it cannot be asked, the counts are there all the same.
async fn gate(env: &Env, tenant: &TenantSettings) -> Result<GateReading, Problem> {
    let answer: Response = JsFuture::from(route::tenant::standing(env, tenant)?).await?.into();
    let text = JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default();
    Ok(serde_json::from_str(&text)?)
}
