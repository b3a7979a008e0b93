//! `/v1/executions`: starts executions, and passes readers on to the object of theirs. Never holds a state.

use cxpulse_core::execution::{Identity, Order};
use cxpulse_core::id::{ExecutionId, ResourceId, TenantId};
use cxpulse_core::idempotency::IdempotencyKey;
use cxpulse_core::json::Json;
use cxpulse_core::key::Scope;
use cxpulse_core::redaction::conceal;
use cxpulse_core::time::Span;
use cxpulse_core::validate::{ExecutionRequest, Invalid, check_against_profile, parse_execution};
use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;
use worker::Env;

use super::access::Desk;
use super::admission::{tenant_of, trace_of};
use crate::auth::{self, Passport, Verb};
use crate::clock;
use crate::config::Settings;
use crate::idempotency::{self, Claim};
use crate::incoming::Incoming;
use crate::object::execution::{Opening, seconds};
use crate::object::stub::{self, Target};
use crate::problem::Problem;
use crate::{reply, seal, vault};

/// `POST /v1/executions`.
pub(crate) async fn start(incoming: &Incoming, env: &Env, settings: &Settings) -> Result<Response, Problem> {
    let passport = auth::require_key(incoming, settings, Scope::Execute)?;
    let (wait, key) = parameters(incoming)?;
    let body = incoming.json().await?;
    let mut request = parse_execution(&body).map_err(Problem::of_body)?;
    request.tenant = passport.tenant(named_tenant(&passport, &body, &request)).ok_or_else(Problem::no_such_tenant)?;
    let tenant = tenant_of(settings, &request.tenant, request.profile.as_deref(), request.notify.as_ref())?;
    check_against_profile(&request, &tenant.profile).map_err(Problem::Invalid)?;
    let of = idempotency::Request {
        kind: "execution",
        tenant: &request.tenant,
        correlation: request.correlation_id.as_ref(),
        canonical: Json::parse(&body).map(|body| body.canonical()).unwrap_or_default(),
    };
    let Claim { id, earlier, fingerprints } = idempotency::claim(settings, &passport, key.as_ref(), of)?;
    let concealed = conceal(&mut request, &tenant.redact).map_err(Problem::Invalid)?;
    let id = match first_of(env, id, earlier, |bytes| Target::Execution(ExecutionId::from_bytes(bytes))).await? {
        Target::Execution(id) => id,
        Target::Flow(_) => return Err(Problem::Fault("an execution's id is a flow's".into())),
    };
    let seed = u64::from_be_bytes(seal::random()?);
    let trace = trace_of(incoming, seed, |state| concealed.values.are_in(state))?;
    let identity = Identity { id, correlation_bytes: seal::random()?, trace, seed };
    let mut order = Order::accept(request, identity, &tenant.profile, clock::now());
    let sealed = vault::keep_apart(settings, &mut order, concealed.originals.as_ref())?;
    let (target, tenant) = (Target::Execution(order.id.clone()), order.tenant.clone());
    let resource = ResourceId::from(&order.id);
    let base = settings.public_url.clone().unwrap_or_else(|| incoming.site().into());
    let location = format!("{base}/v1/executions/{resource}");
    let opening = Opening { order, base, fingerprints, sealed, who: passport.who.clone() };
    let query = wait.map(|wait| format!("?wait={}", wait.as_secs_ceil())).unwrap_or_default();
    let answer = open(env, &target, &format!("open{query}"), &serde_json::to_string(&opening)?).await?;
    if !answer.ok() {
        return Ok(answer);
    }
    let snapshot = JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default();
    // Who may not read lets nobody else.
    let token =
        passport.may(Scope::Read).then(|| auth::view_token(settings, &tenant, resource, &passport.who)).transpose()?;
    let etag = answer.headers().get("etag")?.unwrap_or_default();
    let headers = [("location", location.as_str()), ("retry-after", RETRY_AFTER), ("etag", &etag)];
    reply::json(202, &headers, &with_view_token(snapshot, token.as_deref()))
}

/// What a start says beside its body, every fault of it at once.
pub(super) fn parameters(incoming: &Incoming) -> Result<(Option<Span>, Option<IdempotencyKey>), Problem> {
    let (wait, key) = (seconds(incoming), idempotency::key(incoming));
    match (wait, key) {
        (Ok(wait), Ok(key)) => Ok((wait, key)),
        (Err(problem), Ok(_)) => Err(problem),
        (Ok(_), Err(fault)) => Err(Problem::BadParameter(fault)),
        (Err(Problem::BadParameter(first)), Err(fault)) => Err(Problem::BadParameters(Invalid::of(first).and(fault))),
        (Err(problem), Err(_)) => Err(problem),
    }
}

/// The id under which it was opened already, by one whose sender repeats silently or before the signing key changed; else
/// the one to open it under.
pub(super) async fn first_of(
    env: &Env,
    id: [u8; 16],
    earlier: Vec<[u8; 16]>,
    target: impl Fn([u8; 16]) -> Target,
) -> Result<Target, Problem> {
    for bytes in earlier {
        let target = target(bytes);
        match send(env, &target, "is-open", "").await?.status() {
            204 => return Ok(target),
            404 => {}
            // It may be there: to open another would be to submit twice.
            status => {
                return Err(Problem::Unavailable(format!("{target:?} cannot tell whether it is open: {status}")));
            }
        }
    }
    Ok(target(id))
}

/// Opens something. An object that breaks off is asked once more: the id is the same, so it opens nothing twice.
pub(super) async fn open(env: &Env, target: &Target, what: &str, opening: &str) -> Result<Response, Problem> {
    match send(env, target, what, opening).await {
        Err(problem @ Problem::Unavailable(_)) => {
            problem.log();
            send(env, target, what, opening).await
        }
        answer => answer,
    }
}

/// `GET /v1/executions/{id}`: the object's own promise, passed on as it is.
pub(crate) fn read(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Read, id);
    let passport = desk.note(admitted, id, "read")?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `GET /v1/executions/{id}/journal`: with what was sent, so a token that only reads the status is not enough.
pub(crate) fn journal(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Journal, id);
    let passport = desk.note(admitted, id, "journal")?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `GET /v1/executions/{id}/audit`: who did what; for those who may see the journal.
pub(crate) fn audit(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Journal, id);
    let passport = desk.note(admitted, id, "audit")?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `GET /v1/executions/{id}/bundle`: the journal and more.
pub(crate) fn bundle(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Journal, id);
    let passport = desk.note(admitted, id, "bundle")?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `GET /v1/executions/{id}/events`.
pub(crate) fn stream(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require_for_stream(desk.incoming, desk.settings, id);
    let passport = desk.note(admitted, id, "events")?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `POST /v1/executions/{id}/cancel`: with who asks for it, and without whatever they sent.
pub(crate) fn cancel(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require(desk.incoming, desk.settings, Verb::Cancel, id);
    let passport = desk.note(admitted, id, "cancel")?;
    let target = Target::parse(id).ok_or(Problem::NotFound)?;
    let address = target.address(passport.reach(), "cancel");
    target.promise(desk.env, &stub::message(&address, &serde_json::to_string(&passport.who)?)?)
}

/// Sends an object something of ours.
pub(super) async fn send(env: &Env, target: &Target, what: &str, body: &str) -> Result<Response, Problem> {
    target.send(env, &stub::message(&target.address(None, what), body)?).await
}

pub(super) fn forward(incoming: &Incoming, env: &Env, id: &str, passport: &Passport) -> Result<Promise, Problem> {
    // What is no id of ours is not there, and makes no object.
    let target = Target::parse(id).ok_or(Problem::NotFound)?;
    match passport.reach() {
        None => target.promise(env, incoming.raw()),
        Some(tenant) => target.promise(env, &incoming.of_tenant(tenant)?),
    }
}

/// The tenant that the body names. Who has none of their own has `default` where it names none, and a body is read a
/// second time only to tell the two apart where that matters.
fn named_tenant(passport: &Passport, body: &str, request: &ExecutionRequest) -> Option<TenantId> {
    let is_named = match passport.reach() {
        None => true,
        Some(_) => {
            let body = Json::parse(body).ok();
            body.as_ref().and_then(|body| body.pointer("/tenant")).is_some_and(|named| named.get() != "null")
        }
    };
    is_named.then(|| request.tenant.clone())
}

/// The token stands in the answer of a start only, and is no part of the snapshot.
pub(super) fn with_view_token(snapshot: String, token: Option<&str>) -> String {
    let Some(token) = token else { return snapshot };
    let fields = snapshot.strip_suffix('}').unwrap_or(&snapshot);
    format!("{fields},\"view_token\":\"{token}\"}}")
}

/// Seconds after which a caller who neither waits nor listens may look again.
pub(super) const RETRY_AFTER: &str = "1";
