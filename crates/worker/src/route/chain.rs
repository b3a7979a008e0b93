//! `/v1/chains`: starts chains, or tells how they would run, and passes readers on to the object of theirs. Never holds a state.

use std::rc::Rc;

use cxpulse_core::chain::{ChainIdentity, ChainOrder, NodeOrder};
use cxpulse_core::id::FlowId;
use cxpulse_core::json::Json;
use cxpulse_core::key::Scope;
use cxpulse_core::redaction::{ConcealedChain, Originals, conceal_chain};
use cxpulse_core::validate::{
    CHAIN_BODY_MAX, ChainRequest, Code, Violation, check_chain_against_profile, parse_chain, parse_chain_graph_query,
    parse_chain_redrive, parse_chain_results_query,
};
use cxpulse_core::wire::chain::ChainPlan;
use cxpulse_template::Jinja;
use js_sys::Promise;
use web_sys::Response;
use worker::Env;

use super::access::Desk;
use super::admission::{Admitted, tenant_of, trace_of};
use super::execution::{first_of, forward, parameters};
use crate::auth::{self, Passport, Verb};
use crate::clock;
use crate::config::{Settings, TenantSettings};
use crate::idempotency::{self, Claim};
use crate::incoming::Incoming;
use crate::object::flow::{Given, NodeOpening, Opening, Redriving};
use crate::object::stub::{self, Target};
use crate::problem::Problem;
use crate::{reply, seal, vault};

/// `POST /v1/chains`.
pub(crate) async fn start(incoming: &Incoming, env: &Env, settings: &Settings) -> Result<Response, Problem> {
    let passport = auth::require_key(incoming, settings, Scope::Execute)?;
    let ((wait, key), is_only_checked) = (parameters(incoming)?, is_only_checked(incoming)?);
    let (mut request, tenant, canonical) = read_request(incoming, settings, &passport).await?;
    let concealed = conceal_chain(&mut request, &tenant.redact).map_err(Problem::Invalid)?;
    if is_only_checked {
        let plan = ChainPlan::of(&request).map_err(|error| Problem::Fault(error.to_string()))?;
        return reply::json(200, &[], &serde_json::to_string(&plan)?);
    }
    let of = idempotency::Request { kind: "chain", tenant: &request.tenant, correlation: None, canonical };
    let Claim { id, earlier, fingerprints } = idempotency::claim(settings, &passport, key.as_ref(), of)?;
    let target = first_of(env, id, earlier, |bytes| Target::Flow(FlowId::chain(bytes))).await?;
    let Target::Flow(id) = target else { return Err(Problem::Fault("a chain's id is an execution's".into())) };
    let seed = u64::from_be_bytes(seal::random()?);
    let trace = trace_of(incoming, seed, |state| concealed.chain.values.are_in(state))?;
    let given =
        Given { inputs: request.inputs.clone(), sealed: sealed(settings, &id, concealed.chain.originals.as_ref())? };
    let identity = ChainIdentity { id: id.clone(), trace, seed };
    let (order, nodes) = ChainOrder::accept(request, identity, &tenant.profile, clock::now());
    let base = settings.public_url.clone().unwrap_or_else(|| incoming.site().into());
    let (location, tenant) = (format!("{base}/v1/chains/{id}"), order.tenant.clone());
    let names = order.nodes.iter().map(|node| node.name.as_str().to_owned()).collect();
    let lines = lines(settings, &id, nodes, &concealed)?;
    let opening = Opening { order, base, fingerprints, names, given: Some(given), who: passport.who.clone() };
    let opening = format!("{}\n{lines}", serde_json::to_string(&opening)?);
    Admitted { settings, passport: &passport, id, tenant, location, wait }.open(env, &opening, None).await
}

/// Reads the body, and checks what only the deployment can tell of it. Gives also what its repeat is known by.
async fn read_request(
    incoming: &Incoming,
    settings: &Settings,
    passport: &Passport,
) -> Result<(ChainRequest, Rc<TenantSettings>, String), Problem> {
    let body = incoming.json_up_to(CHAIN_BODY_MAX).await?;
    let mut request = parse_chain(&body, &Jinja).map_err(Problem::of_body)?;
    let is_named = request.is_tenant_named || passport.reach().is_none();
    let named = is_named.then(|| request.tenant.clone());
    request.tenant = passport.tenant(named).ok_or_else(Problem::no_such_tenant)?;
    let tenant = tenant_of(settings, &request.tenant, request.profile.as_deref(), request.notify.as_ref())?;
    check_chain_against_profile(&tenant.profile).map_err(Problem::Invalid)?;
    let canonical = Json::parse(&body).map(|body| body.canonical()).unwrap_or_default();
    Ok((request, tenant, canonical))
}

/// `?validate_only=true`: whether nothing is to be run, and only told what would be.
fn is_only_checked(incoming: &Incoming) -> Result<bool, Problem> {
    match incoming.query("validate_only") {
        None | Some("false") => Ok(false),
        Some("true" | "") => Ok(true),
        Some(_) => {
            let message = "must be true or false".into();
            Err(Problem::BadParameter(Violation { pointer: "?validate_only".into(), code: Code::OutOfRange, message }))
        }
    }
}

/// `GET /v1/chains/{id}`: the object's own promise, passed on as it is.
pub(crate) fn read(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Read, id);
    let passport = desk.note(admitted, id, "read")?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `GET /v1/chains/{id}/results`.
pub(crate) fn results(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Read, id);
    let passport = desk.note(admitted, id, "results")?;
    parse_chain_results_query(desk.incoming.query_text()).map_err(Problem::BadParameters)?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `GET /v1/chains/{id}/graph`: also as a picture in a page, which asks without headers: the token may stand in the query.
pub(crate) fn graph(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require_for_stream(desk.incoming, desk.settings, id);
    let passport = desk.note(admitted, id, "read")?;
    parse_chain_graph_query(desk.incoming.query_text()).map_err(Problem::BadParameters)?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `POST /v1/chains/{id}/redrive`: with who asks for it, and what they ask for, found well formed.
pub(crate) async fn redrive(desk: &Desk<'_>, id: &str) -> Result<Response, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Redrive, id);
    let passport = desk.note(admitted, id, "redrive")?;
    let target = Target::parse(id).ok_or(Problem::NotFound)?;
    let asked = desk.incoming.untyped_json_up_to(REDRIVE_MAX).await?;
    parse_chain_redrive(&asked).map_err(Problem::of_body)?;
    let message = serde_json::to_string(&Redriving { who: passport.who.clone(), asked })?;
    target.send(desk.env, &stub::message(&target.address(passport.reach(), "redrive"), &message)?).await
}

/// The nodes as their object keeps them, a line each: what must not be kept is sealed for it.
fn lines(
    settings: &Settings,
    id: &FlowId,
    nodes: Vec<NodeOrder>,
    concealed: &ConcealedChain,
) -> Result<String, Problem> {
    let mut lines = String::new();
    for (at, order) in nodes.into_iter().enumerate() {
        let originals = concealed.nodes.get(at).and_then(|concealed| concealed.originals.as_ref());
        let sealed = sealed(settings, id, originals)?;
        // Line ends part JSON's tokens only, and would part the lines.
        let line = serde_json::to_string(&NodeOpening { order, sealed })?;
        lines.push_str(&line.replace(['\r', '\n'], " "));
        lines.push('\n');
    }
    Ok(lines)
}

fn sealed(settings: &Settings, id: &FlowId, originals: Option<&Originals>) -> Result<Option<String>, Problem> {
    originals.map(|originals| vault::seal_at(settings, id.hex(), originals)).transpose()
}

/// Bytes of a redrive that names every node of a chain.
const REDRIVE_MAX: usize = 131_072;
