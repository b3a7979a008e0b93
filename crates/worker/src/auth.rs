//! Who may do what: the operators' key, tenants' keys, view tokens for browsers, capabilities for CXone. Never decides
//! what is done.
//!
//! A view token is `cxv1.<claims>.<seal>`: JSON claims in base64url, sealed with the signing key. A capability is
//! an execution's id joined with its own seal.

use cxpulse_core::id::{ExecutionId, TenantId};
use cxpulse_core::time::{Span, Timestamp};
pub(crate) use cxpulse_core::validate::Verb;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::config::{Settings, TENANT, TenantSettings};
use crate::incoming::Incoming;
use crate::problem::{Problem, Unauthorized};
use crate::seal;

/// What a view token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// Of which tenant.
    pub(crate) tenant: TenantId,
    /// Which executions.
    pub(crate) resources: Vec<ExecutionId>,
    /// To do what.
    pub(crate) verbs: Vec<Verb>,
    /// Until when, in epoch milliseconds.
    pub(crate) exp: Timestamp,
}

/// Who calls.
enum Caller {
    /// Somebody with a key.
    Key(Holder),
    /// Somebody with a view token.
    Viewer(Claims),
}

/// Who has a key. Either may do everything but administer, each in its own reach.
pub(crate) enum Holder {
    /// An operator of the deployment: every tenant, and the administration.
    Operator,
    /// Somebody of one tenant.
    Tenant(TenantId),
}

/// Whose executions somebody may see.
pub(crate) enum Reach {
    /// Everybody's.
    Everything,
    /// This tenant's; any other is not there.
    Of(TenantId),
}

impl Holder {
    /// The tenant that a request is for, whose body may name one: an operator's `default` where it names none, else the
    /// key's own. `None` for what is not this holder's to name.
    pub(crate) fn tenant(&self, named: Option<TenantId>) -> Option<TenantId> {
        match self {
            Self::Operator => named.or_else(|| TenantId::parse(TENANT).ok()),
            Self::Tenant(own) => named.is_none_or(|named| named == *own).then(|| own.clone()),
        }
    }
}

/// Lets through only who has a key.
pub(crate) fn require_key(incoming: &Incoming, settings: &Settings) -> Result<Holder, Problem> {
    match identify(credential(incoming), settings)? {
        Caller::Key(holder) => Ok(holder),
        Caller::Viewer(_) => Err(Problem::Forbidden),
    }
}

/// Lets through only who has the operators' key.
pub(crate) fn require_operator(incoming: &Incoming, settings: &Settings) -> Result<(), Problem> {
    match require_key(incoming, settings)? {
        Holder::Operator => Ok(()),
        Holder::Tenant(_) => Err(Problem::Forbidden),
    }
}

/// Lets through who has a key, or a view token for this.
pub(crate) fn require(incoming: &Incoming, settings: &Settings, verb: Verb, id: &str) -> Result<Reach, Problem> {
    admit(credential(incoming), settings, verb, id)
}

/// The same for a stream, which a browser's `EventSource` opens without headers: the token may stand in the query.
pub(crate) fn require_for_stream(incoming: &Incoming, settings: &Settings, id: &str) -> Result<Reach, Problem> {
    let token = || incoming.query("token").filter(|token| token.starts_with(TOKEN_PREFIX)).map(String::from);
    admit(credential(incoming).or_else(token), settings, Verb::Read, id)
}

/// A view token for one execution, as a new execution's answer carries it.
pub(crate) fn view_token(settings: &Settings, tenant: &TenantId, id: &ExecutionId) -> Result<String, Problem> {
    let exp = clock::now().plus(VIEW_TOKEN_LIFETIME);
    mint(settings, &Claims { tenant: tenant.clone(), resources: vec![id.clone()], verbs: vec![Verb::Read], exp })
}

/// The text of a view token.
pub(crate) fn mint(settings: &Settings, claims: &Claims) -> Result<String, Problem> {
    let body = format!("{TOKEN_PREFIX}{}", seal::encode(serde_json::to_string(claims)?.as_bytes()));
    let signature = seal::mac(settings.signing_key.reveal().as_bytes(), body.as_bytes());
    Ok(format!("{body}.{}", seal::encode(&signature)))
}

/// What CXone calls to reach this execution, and nobody can guess.
pub(crate) fn capability(settings: &Settings, id: &ExecutionId) -> String {
    format!("{id}.{}", seal::encode(&capability_seal(settings, id.as_str())))
}

/// The execution that a capability is for; `None` where we did not make it.
pub(crate) fn read_capability(settings: &Settings, text: &str) -> Option<ExecutionId> {
    let (id, signature) = text.split_once('.')?;
    let signature = seal::decode(signature)?;
    if !seal::is_same(&signature, &capability_seal(settings, id)) {
        return None;
    }
    ExecutionId::parse(id).ok()
}

fn capability_seal(settings: &Settings, id: &str) -> [u8; 32] {
    seal::mac(settings.signing_key.reveal().as_bytes(), format!("callback:{id}").as_bytes())
}

fn credential(incoming: &Incoming) -> Option<String> {
    match incoming.header("authorization") {
        Some(header) => {
            let (scheme, credential) = header.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim().into())
        }
        None => incoming.header("x-api-key"),
    }
}

fn admit(credential: Option<String>, settings: &Settings, verb: Verb, id: &str) -> Result<Reach, Problem> {
    match identify(credential, settings)? {
        Caller::Key(Holder::Operator) => Ok(Reach::Everything),
        Caller::Key(Holder::Tenant(own)) => Ok(Reach::Of(own)),
        Caller::Viewer(claims) => {
            let is_named = claims.resources.iter().any(|resource| resource.as_str() == id);
            if !is_named || !claims.verbs.contains(&verb) {
                return Err(Problem::Forbidden);
            }
            Ok(if settings.has_several_tenants() { Reach::Of(claims.tenant) } else { Reach::Everything })
        }
    }
}

fn identify(credential: Option<String>, settings: &Settings) -> Result<Caller, Problem> {
    let credential = credential.ok_or(Problem::Unauthorized(Unauthorized::Missing))?;
    if credential.starts_with(TOKEN_PREFIX) {
        return read_token(settings, &credential).map(Caller::Viewer).map_err(Problem::Unauthorized);
    }
    let hash = seal::sha256(credential.as_bytes());
    if seal::is_same(&hash, &settings.api_key_hash) {
        return Ok(Caller::Key(Holder::Operator));
    }
    let holds = |tenant: &&TenantSettings| tenant.api_key_hashes.iter().any(|known| seal::is_same(&hash, known));
    let tenant = settings.tenants().find(holds).ok_or(Problem::Unauthorized(Unauthorized::Wrong))?;
    Ok(Caller::Key(Holder::Tenant(tenant.id.clone())))
}

fn read_token(settings: &Settings, token: &str) -> Result<Claims, Unauthorized> {
    let (body, signature) = token.rsplit_once('.').ok_or(Unauthorized::Wrong)?;
    let signature = seal::decode(signature).ok_or(Unauthorized::Wrong)?;
    let expected = seal::mac(settings.signing_key.reveal().as_bytes(), body.as_bytes());
    if !seal::is_same(&signature, &expected) {
        return Err(Unauthorized::Wrong);
    }
    let claims = body.strip_prefix(TOKEN_PREFIX).and_then(seal::decode).ok_or(Unauthorized::Wrong)?;
    let claims: Claims = serde_json::from_slice(&claims).map_err(|_| Unauthorized::Wrong)?;
    if clock::now() >= claims.exp { Err(Unauthorized::Expired) } else { Ok(claims) }
}

/// What every view token begins with; no key does, for keys are ours to make.
const TOKEN_PREFIX: &str = "cxv1.";

/// How long the view token of a new execution is good for.
const VIEW_TOKEN_LIFETIME: Span = Span::from_secs(3_600);
