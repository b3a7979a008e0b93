//! `/v1/histories`: asks for histories, and passes readers on to the object of theirs. Never holds a state.

use std::rc::Rc;

use cxpulse_core::history::{Report, compare as compare_reports};
use cxpulse_core::id::FlowId;
use cxpulse_core::json::Json;
use cxpulse_core::key::Scope;
use cxpulse_core::retrieval::{HistoryIdentity, HistoryOrder};
use cxpulse_core::validate::{
    HistoryRequest, parse_comparison_query, parse_export_query, parse_history, parse_report_query,
};
use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, Response};
use worker::Env;

use super::access::Desk;
use super::admission::{Admitted, tenant_of, trace_of};
use super::execution::{first_of, forward, parameters};
use crate::auth::{self, Passport, Verb};
use crate::clock;
use crate::config::{Settings, TenantSettings};
use crate::idempotency::{self, Claim};
use crate::incoming::Incoming;
use crate::object::flow::Opening;
use crate::object::stub::Target;
use crate::problem::Problem;
use crate::{reply, seal};

/// `POST /v1/histories`.
pub(crate) async fn start(incoming: &Incoming, env: &Env, settings: &Settings) -> Result<Response, Problem> {
    let passport = auth::require_key(incoming, settings, Scope::Execute)?;
    let (wait, key) = parameters(incoming)?;
    let (request, tenant, canonical) = read_request(incoming, settings, &passport).await?;
    let of = idempotency::Request { kind: "history", tenant: &request.tenant, correlation: None, canonical };
    let Claim { id, earlier, fingerprints } = idempotency::claim(settings, &passport, key.as_ref(), of)?;
    let target = first_of(env, id, earlier, |bytes| Target::Flow(FlowId::history(bytes))).await?;
    let Target::Flow(id) = target else { return Err(Problem::Fault("a history's id is an execution's".into())) };
    let seed = u64::from_be_bytes(seal::random()?);
    let identity = HistoryIdentity { id: id.clone(), trace: trace_of(incoming, seed, |_| false)?, seed };
    let order = HistoryOrder::accept(request, identity, &tenant.profile, clock::now())
        .ok_or_else(|| Problem::Fault("a history of a profile that has none".into()))?;
    let base = settings.public_url.clone().unwrap_or_else(|| incoming.site().into());
    let (location, tenant) = (format!("{base}/v1/histories/{id}"), order.tenant.clone());
    let who = passport.who.clone();
    let opening = Opening { order, base, fingerprints, names: Vec::new(), given: None, who };
    let admitted = Admitted { settings, passport: &passport, id, tenant, location, wait };
    admitted.open(env, &serde_json::to_string(&opening)?, None).await
}

/// Reads the body, and checks what only the deployment can tell of it. Gives also what its repeat is known by.
async fn read_request(
    incoming: &Incoming,
    settings: &Settings,
    passport: &Passport,
) -> Result<(HistoryRequest, Rc<TenantSettings>, String), Problem> {
    let body = incoming.json_up_to(BODY_MAX).await?;
    // As far as the body names one that there is: whether its sender may use it is looked at below.
    let named = Json::parse(&body).ok().and_then(|body| cxpulse_core::json::text(body.pointer("/tenant")?));
    let named = named.and_then(|name| cxpulse_core::id::TenantId::parse(name).ok());
    let asked = passport.tenant(named).and_then(|tenant| settings.tenant(&tenant));
    let profile = asked.as_ref().map(|tenant| &*tenant.profile);
    let mut request = parse_history(&body, clock::now(), |_| profile).map_err(Problem::of_body)?;
    let is_named = request.is_tenant_named || passport.reach().is_none();
    let named = is_named.then(|| request.tenant.clone());
    request.tenant = passport.tenant(named).ok_or_else(Problem::no_such_tenant)?;
    let tenant = tenant_of(settings, &request.tenant, request.profile.as_deref(), request.notify.as_ref())?;
    let canonical = Json::parse(&body).map(|body| body.canonical()).unwrap_or_default();
    Ok((request, tenant, canonical))
}

/// `GET /v1/histories/{id}`: the object's own promise, passed on as it is.
pub(crate) fn read(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Read, id);
    let passport = desk.note(admitted, id, "read")?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `GET /v1/histories/{id}/report`.
pub(crate) fn report(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Read, id);
    let passport = desk.note(admitted, id, "report")?;
    parse_report_query(desk.incoming.query_text()).map_err(Problem::BadParameters)?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `GET /v1/histories/{id}/steps`.
pub(crate) fn steps(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Read, id);
    let passport = desk.note(admitted, id, "steps")?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `GET /v1/histories/{id}/export`: also by a plain link, which goes without headers: the token may stand in the query.
pub(crate) fn export(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require_for_stream(desk.incoming, desk.settings, id);
    let passport = desk.note(admitted, id, "export")?;
    parse_export_query(desk.incoming.query_text()).map_err(Problem::BadParameters)?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `GET /v1/histories/{id}/comparison?with=`: against an earlier one, which its reader has to be allowed to see, too.
pub(crate) async fn compare(desk: &Desk<'_>, id: &str) -> Result<Response, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Read, id);
    let passport = desk.note(admitted, id, "comparison")?;
    let earlier = parse_comparison_query(desk.incoming.query_text()).map_err(Problem::BadParameters)?;
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Read, earlier.as_str());
    let earlier_passport = desk.note(admitted, earlier.as_str(), "comparison")?;
    let before = whole_report(desk.env, earlier.as_str(), &earlier_passport).await?;
    let after = whole_report(desk.env, id, &passport).await?;
    let comparison = match (before, after) {
        (Ok(before), Ok(after)) => compare_reports(&before, &after),
        // One of them is no workflow's, or is not there: its own answer says so.
        (Err(answer), _) | (_, Err(answer)) => return Ok(answer),
    };
    reply::json(200, &[], &serde_json::to_string(&comparison)?)
}

/// The report of a history, or its object's answer where that is none.
async fn whole_report(env: &Env, id: &str, passport: &Passport) -> Result<Result<Report, Response>, Problem> {
    let target = Target::parse(id).ok_or(Problem::NotFound)?;
    let address = target.address(passport.reach(), "report");
    let answer = target.send(env, &Request::new_with_str(&address)?).await?;
    if !answer.ok() {
        return Ok(Err(answer));
    }
    let text = JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default();
    Ok(Ok(serde_json::from_str(&text)?))
}

/// Bytes of a request: a thousand ids, and what else it has.
const BODY_MAX: usize = 262_144;
