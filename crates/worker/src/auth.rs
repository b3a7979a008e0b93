//! Who may do what: keys for programs, view tokens for browsers, capabilities for CXone. Never decides what is done, and
//! never tells a caller more of a refusal than its class.
//!
//! A key is looked for among all by its SHA-256, a token's seal is compared with that of every signing key; both in a
//! time that tells nothing of which was nearly right. The rules of keys are the core's `key`.

use std::rc::Rc;

use cxpulse_core::audit::Who;
use cxpulse_core::id::TenantId;
use cxpulse_core::key::{Scope, Scopes, Unaccepted};
use cxpulse_core::quota::{Payer, Standing};
use cxpulse_core::time::Timestamp;
pub(crate) use cxpulse_core::validate::Verb;

use crate::clock;
use crate::config::{Settings, TENANT};
use crate::incoming::Incoming;
use crate::problem::{Problem, Unauthorized};
use crate::{seal, socket};

mod capability;
mod rate;
mod token;

pub(crate) use capability::{capability, capability_seals, read_capability};
use token::{Claims, TOKEN_PREFIX};
pub(crate) use token::{Grant, mint, view_token};

/// Somebody who was let through, and how far.
#[derive(Debug, Clone)]
pub(crate) struct Passport {
    /// Who, as the audit log has it.
    pub(crate) who: Who,
    /// Of a token's holder: who had it minted, where it says so.
    pub(crate) minted_by: Option<Who>,
    /// The only tenant that there is for them; every one where there is none.
    tenant: Option<TenantId>,
    /// What they may do. Of a token: what its verbs say, which was looked at already.
    scopes: Scopes,
    /// Whether they are known to send the same request again without saying so.
    pub(crate) repeats: bool,
    /// Until when it lets them through; `None` for ever.
    pub(crate) until: Option<Timestamp>,
}

/// Who calls.
enum Caller {
    Key(Passport),
    Viewer(Rc<Claims>),
}

impl Passport {
    /// The tenant that a request is for, whose body may name one: `default` where it names none and its sender has none of
    /// their own, else that one. `None` for what is not theirs to name.
    pub(crate) fn tenant(&self, named: Option<TenantId>) -> Option<TenantId> {
        match &self.tenant {
            None => named.or_else(|| TenantId::parse(TENANT).ok()),
            Some(own) => named.is_none_or(|named| named == *own).then(|| own.clone()),
        }
    }

    /// The tenant whose executions alone are there for them; `None` where everybody's are.
    pub(crate) const fn reach(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// Whether they may do what needs this.
    pub(crate) const fn may(&self, scope: Scope) -> bool {
        self.scopes.has(scope)
    }
}

/// Lets through who has a key for this.
pub(crate) fn require_key(incoming: &Incoming, settings: &Settings, scope: Scope) -> Result<Passport, Problem> {
    let passport = any_key(incoming, settings)?;
    if passport.may(scope) { Ok(passport) } else { Err(Problem::Forbidden) }
}

/// Lets through who has a key, whatever for: the route looks at that itself.
pub(crate) fn any_key(incoming: &Incoming, settings: &Settings) -> Result<Passport, Problem> {
    let (caller, standing) = identify(credential(incoming), settings)?;
    incoming.note(standing);
    match caller {
        Caller::Key(passport) => Ok(passport),
        Caller::Viewer(_) => Err(Problem::Forbidden),
    }
}

/// Who calls, whatever they may do: for the audit log, of somebody who was refused.
pub(crate) fn anybody(incoming: &Incoming, settings: &Settings) -> Result<Passport, Problem> {
    anybody_shown(credential(incoming), settings)
}

/// The same for a credential that came otherwise than in a request's head.
pub(crate) fn anybody_shown(credential: Option<String>, settings: &Settings) -> Result<Passport, Problem> {
    Ok(match recognise(credential, settings)?.0 {
        Caller::Key(passport) => passport,
        Caller::Viewer(claims) => claims.passport(),
    })
}

/// Lets through who has a key to administer that tenant. What is another's is not there.
pub(crate) fn require_admin(incoming: &Incoming, settings: &Settings, tenant: &TenantId) -> Result<Passport, Problem> {
    let passport = require_key(incoming, settings, Scope::Admin)?;
    match passport.reach() {
        Some(own) if own != tenant => Err(Problem::NotFound),
        Some(_) | None => Ok(passport),
    }
}

/// Lets through who has a key, or a view token for this.
pub(crate) fn require(incoming: &Incoming, settings: &Settings, verb: Verb, id: &str) -> Result<Passport, Problem> {
    if cfg!(cxpulse_unguarded) {
        // Set by `cargo xtask bench auth` for a build of its own, to tell what all the rest here costs.
        let (who, scopes) = (Who::System, Scopes::ALL);
        return Ok(Passport { who, minted_by: None, tenant: None, scopes, repeats: false, until: None });
    }
    let (caller, standing) = identify(credential(incoming), settings)?;
    incoming.note(standing);
    admit(caller, verb, id)
}

/// The same for a stream, which a browser's `EventSource` opens without headers: the token may stand in the query.
pub(crate) fn require_for_stream(incoming: &Incoming, settings: &Settings, id: &str) -> Result<Passport, Problem> {
    let token = || incoming.query("token").filter(|token| token.starts_with(TOKEN_PREFIX)).map(String::from);
    let (caller, standing) = identify(credential(incoming).or_else(token), settings)?;
    incoming.note(standing);
    admit(caller, Verb::Read, id)
}

/// The same for a credential that came otherwise than in a request's head, such as in a message.
pub(crate) fn require_shown(
    credential: Option<String>,
    settings: &Settings,
    verb: Verb,
    id: &str,
) -> Result<Passport, Problem> {
    admit(identify(credential, settings)?.0, verb, id)
}

/// What a socket is asked for with, wherever it stands: a browser's script can set no header, so the token may also be
/// offered as a sub-protocol.
pub(crate) fn shown(incoming: &Incoming) -> Option<String> {
    let token = || incoming.query("token").filter(|token| token.starts_with(TOKEN_PREFIX)).map(String::from);
    credential(incoming).or_else(token).or_else(|| socket::offered_token(incoming))
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

fn admit(caller: Caller, verb: Verb, id: &str) -> Result<Passport, Problem> {
    match caller {
        Caller::Key(passport) if passport.may(verb.scope()) => Ok(passport),
        Caller::Viewer(claims) if claims.allow(verb, id) => Ok(claims.passport()),
        Caller::Key(_) | Caller::Viewer(_) => Err(Problem::Forbidden),
    }
}

/// Who it is, and how often they may come again where that is limited. Refuses who came too often.
fn identify(credential: Option<String>, settings: &Settings) -> Result<(Caller, Option<Standing>), Problem> {
    let (caller, payer, per_minute) = recognise(credential, settings)?;
    let standing = rate::take(&payer, per_minute)?;
    Ok((caller, standing))
}

/// Who it is, on whose account, and how many requests a minute that one has.
fn recognise(credential: Option<String>, settings: &Settings) -> Result<(Caller, Payer, Option<u32>), Problem> {
    let credential = credential.filter(|text| !text.is_empty()).ok_or(Problem::Unauthorized(Unauthorized::Missing))?;
    if credential.len() > CREDENTIAL_MAX {
        return Err(Problem::Unauthorized(Unauthorized::Wrong));
    }
    if credential.starts_with(TOKEN_PREFIX) {
        let claims = token::read(settings, &credential).map_err(Problem::Unauthorized)?;
        let payer = Payer::Token(claims.id().clone());
        return Ok((Caller::Viewer(claims), payer, Some(settings.token_per_minute)));
    }
    let found = settings.keyring.find(&seal::sha256(credential.as_bytes()), clock::now());
    let (place, key) = found.map_err(|why| match why {
        Unaccepted::Unknown => Problem::Unauthorized(Unauthorized::Wrong),
        Unaccepted::Expired => Problem::Unauthorized(Unauthorized::Expired),
    })?;
    let passport = Passport {
        who: Who::Key(key.name.to_string()),
        minted_by: None,
        tenant: key.tenant.clone(),
        scopes: key.scopes,
        repeats: key.repeats,
        until: key.expires_at,
    };
    Ok((Caller::Key(passport), Payer::Key(place), key.per_minute))
}

/// Characters of a credential: a token that names a hundred executions has six thousand.
const CREDENTIAL_MAX: usize = 8_192;
