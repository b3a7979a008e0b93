//! `/v1/batches`: starts batches, and passes readers on to the object of theirs. Never holds a state.

use std::rc::Rc;

use cxpulse_core::batch::{BatchIdentity, BatchOrder, ItemOrder, Turnout};
use cxpulse_core::id::{FlowId, Run};
use cxpulse_core::json::Json;
use cxpulse_core::key::Scope;
use cxpulse_core::redaction::{Concealed, conceal_batch};
use cxpulse_core::validate::{
    BATCH_BODY_MAX, BatchRequest, check_batch_against_profile, parse_batch, parse_batch_lines, parse_batch_redrive,
};
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
use crate::incoming::{Incoming, Media};
use crate::object::flow::{NodeOpening, Opening, Redriving};
use crate::object::stub::{self, Target};
use crate::problem::Problem;
use crate::{seal, vault};

/// `POST /v1/batches`.
pub(crate) async fn start(incoming: &Incoming, env: &Env, settings: &Settings) -> Result<Response, Problem> {
    let passport = auth::require_key(incoming, settings, Scope::Execute)?;
    let (wait, key) = parameters(incoming)?;
    let (mut request, tenant, canonical) = read_request(incoming, settings, &passport).await?;
    let of = idempotency::Request { kind: "batch", tenant: &request.tenant, correlation: None, canonical };
    let Claim { id, earlier, fingerprints } = idempotency::claim(settings, &passport, key.as_ref(), of)?;
    let concealed = conceal_batch(&mut request, &tenant.redact).map_err(Problem::Invalid)?;
    let target = first_of(env, id, earlier, |bytes| Target::Flow(FlowId::batch(bytes))).await?;
    let Target::Flow(id) = target else { return Err(Problem::Fault("a batch's id is an execution's".into())) };
    let refused = request.refused.take().map(|refused| serde_json::to_string(&refused)).transpose()?;
    let seed = u64::from_be_bytes(seal::random()?);
    let is_secret = |state: &str| concealed.iter().any(|concealed| concealed.values.are_in(state));
    let identity = BatchIdentity { id: id.clone(), trace: trace_of(incoming, seed, is_secret)?, seed };
    let (order, items) = BatchOrder::accept(request, identity, &tenant.profile, clock::now());
    let base = settings.public_url.clone().unwrap_or_else(|| incoming.site().into());
    let (location, tenant) = (format!("{base}/v1/batches/{id}"), order.tenant.clone());
    let names = items.iter().map(|item| item.id.as_str().to_owned()).collect();
    let lines = lines(settings, &order, items, &concealed)?;
    let opening = Opening { order, base, fingerprints, names, given: None, who: passport.who.clone() };
    let opening = format!("{}\n{lines}", serde_json::to_string(&opening)?);
    let admitted = Admitted { settings, passport: &passport, id, tenant, location, wait };
    admitted.open(env, &opening, refused.map(|refused| ("refused", refused))).await
}

/// Reads the body, and checks what only the deployment can tell of it. Gives also what its repeat is known by.
async fn read_request(
    incoming: &Incoming,
    settings: &Settings,
    passport: &Passport,
) -> Result<(BatchRequest, Rc<TenantSettings>, String), Problem> {
    let (media, body) = incoming.json_or_lines(BATCH_BODY_MAX).await?;
    let mut request = match media {
        Media::Json => parse_batch(&body),
        Media::Lines => parse_batch_lines(&body),
    }
    .map_err(Problem::of_body)?;
    let is_named = request.is_tenant_named || passport.reach().is_none();
    let named = is_named.then(|| request.tenant.clone());
    request.tenant = passport.tenant(named).ok_or_else(Problem::no_such_tenant)?;
    let tenant = tenant_of(settings, &request.tenant, request.profile.as_deref(), request.notify.as_ref())?;
    check_batch_against_profile(&tenant.profile).map_err(Problem::Invalid)?;
    Ok((request, tenant, canonical(media, &body)))
}

/// `GET /v1/batches/{id}`: the object's own promise, passed on as it is.
pub(crate) fn read(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Read, id);
    let passport = desk.note(admitted, id, "read")?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `POST /v1/batches/{id}/redrive`: with who asks for it, and what they ask for, found well formed.
pub(crate) async fn redrive(desk: &Desk<'_>, id: &str) -> Result<Response, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Redrive, id);
    let passport = desk.note(admitted, id, "redrive")?;
    let target = Target::parse(id).ok_or(Problem::NotFound)?;
    let asked = desk.incoming.untyped_json_up_to(REDRIVE_MAX).await?;
    parse_batch_redrive(&asked).map_err(Problem::of_body)?;
    let message = serde_json::to_string(&Redriving { who: passport.who.clone(), asked })?;
    target.send(desk.env, &stub::message(&target.address(passport.reach(), "redrive"), &message)?).await
}

/// What a repeat of the request says too, whatever its spelling. Lines that are no JSON were left out by their sender's leave.
fn canonical(media: Media, body: &str) -> String {
    let canonical = |text: &str| Json::parse(text).map_or_else(|_| text.into(), |json| json.canonical());
    match media {
        Media::Json => canonical(body),
        Media::Lines => {
            let lines = body.lines().filter(|line| !line.trim().is_empty());
            lines.map(canonical).collect::<Vec<_>>().join("\n")
        }
    }
}

/// The items as their object keeps them, a line each: what must not be kept is sealed for it.
fn lines(
    settings: &Settings,
    order: &BatchOrder,
    items: Vec<ItemOrder>,
    concealed: &[Concealed],
) -> Result<String, Problem> {
    let mut lines = String::new();
    let first = Run::new(0).ok_or_else(|| Problem::Fault("there is no first run".into()))?;
    let turnout = Turnout { run: first, generation: 1, started_at: order.created_at, deadline_at: order.created_at };
    for (at, mut item) in items.into_iter().enumerate() {
        let mut sealed = None;
        if !order.redact.is_empty() {
            let mut execution = order.execution_order(&item, &turnout);
            let originals = concealed.get(at).and_then(|concealed| concealed.originals.as_ref());
            sealed = vault::keep_apart(settings, &mut execution, originals)?;
            (item.is_sealed, item.cache_key) = (execution.is_sealed, execution.cache_key);
        }
        // Line ends part JSON's tokens only, and would part the lines.
        let line = serde_json::to_string(&NodeOpening { order: item, sealed })?;
        lines.push_str(&line.replace(['\r', '\n'], " "));
        lines.push('\n');
    }
    Ok(lines)
}

/// Bytes of a redrive that names every item of a batch.
const REDRIVE_MAX: usize = 2_097_152;
