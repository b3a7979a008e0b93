//! View tokens: what a browser may see and do, for a while. Never lets anybody give more than they have.
//!
//! A token is `cxv1.<claims>.<seal>`: JSON claims in base64url, sealed with the signing key. Nothing in it says how it is
//! to be read, so there is no other way to read it: neither an `alg` nor a `kid` is looked at before the seal is.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use cxpulse_core::audit::Who;
use cxpulse_core::id::{ResourceId, TenantId, TokenId, prefixed_hex};
use cxpulse_core::key::Scopes;
use cxpulse_core::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Passport, Verb};
use crate::clock;
use crate::config::Settings;
use crate::problem::{Problem, Unauthorized};
use crate::seal;

/// What somebody is to be given.
#[derive(Debug)]
pub(crate) struct Grant {
    /// Whose they are.
    pub(crate) tenant: TenantId,
    /// Which executions, and which batches with all of theirs.
    pub(crate) resources: Vec<ResourceId>,
    /// To do what.
    pub(crate) verbs: Vec<Verb>,
    /// Until when.
    pub(crate) until: Timestamp,
    /// Who has it minted.
    pub(crate) by: Who,
}

/// What a view token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Claims {
    tenant: TenantId,
    resources: Vec<ResourceId>,
    verbs: Vec<Verb>,
    /// In epoch milliseconds.
    exp: Timestamp,
    /// Which token it is, for the audit log.
    jti: TokenId,
    /// Who had it minted; tokens of before did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<Who>,
    /// Which signing key sealed it, for whoever wants to know when an old one is no longer needed.
    kid: String,
}

impl Claims {
    /// Whether they allow this.
    pub(super) fn allow(&self, verb: Verb, id: &str) -> bool {
        self.verbs.contains(&verb) && self.resources.iter().any(|resource| resource.covers(id))
    }

    /// Which token it is.
    pub(super) const fn id(&self) -> &TokenId {
        &self.jti
    }

    /// Of a holder who was let through.
    pub(super) fn passport(&self) -> Passport {
        Passport {
            who: Who::Token(self.jti.to_string()),
            // Compared even where one tenant is set up: executions of those that were before are still there.
            tenant: Some(self.tenant.clone()),
            minted_by: self.by.clone(),
            scopes: Scopes::default(),
            repeats: false,
            until: Some(self.exp),
        }
    }
}

/// A view token for one execution or batch, as the answer that starts it carries it.
pub(crate) fn view_token(
    settings: &Settings,
    tenant: &TenantId,
    resource: ResourceId,
    by: &Who,
) -> Result<String, Problem> {
    let until = clock::now().plus(VIEW_TOKEN_LIFETIME);
    let (tenant, resources, by) = (tenant.clone(), vec![resource], by.clone());
    mint(settings, Grant { tenant, resources, verbs: vec![Verb::Read], until, by }).map(|(token, _)| token)
}

/// The text of a view token, and which it is.
pub(crate) fn mint(settings: &Settings, grant: Grant) -> Result<(String, TokenId), Problem> {
    let Grant { tenant, resources, verbs, until, by } = grant;
    let jti =
        TokenId::parse(seal::encode(&seal::random::<16>()?)).map_err(|error| Problem::Fault(error.to_string()))?;
    let key = settings.signing_key.reveal().as_bytes();
    let claims = Claims { tenant, resources, verbs, exp: until, jti: jti.clone(), by: Some(by), kid: key_id(key) };
    let body = format!("{TOKEN_PREFIX}{}", seal::encode(serde_json::to_string(&claims)?.as_bytes()));
    Ok((format!("{body}.{}", seal::encode(&seal::mac(key, body.as_bytes()))), jti))
}

/// What a token says.
pub(super) fn read(settings: &Settings, token: &str) -> Result<Rc<Claims>, Unauthorized> {
    let claims = match recall(token) {
        Some(known) => known,
        None => remember(token, open(settings, token)?),
    };
    if clock::now() >= claims.exp { Err(Unauthorized::Expired) } else { Ok(claims) }
}

/// Of one that comes for the first time.
fn open(settings: &Settings, token: &str) -> Result<Claims, Unauthorized> {
    let (body, signature) = token.rsplit_once('.').ok_or(Unauthorized::Wrong)?;
    // What is no base64 is compared all the same: it is as wrong as any other, and takes as long.
    let signature = seal::decode(signature).unwrap_or_default();
    if !settings.is_sealed(body.as_bytes(), &signature) {
        return Err(Unauthorized::Wrong);
    }
    let claims = body.strip_prefix(TOKEN_PREFIX).and_then(seal::decode).ok_or(Unauthorized::Wrong)?;
    serde_json::from_slice(&claims).map_err(|_| Unauthorized::Wrong)
}

thread_local! {
    /// Tokens whose seal was found good, by the end of their text: an isolate's signing keys never change, and a page shows
    /// the same token again and again.
    static KNOWN: RefCell<BTreeMap<u64, (String, Rc<Claims>)>> = const { RefCell::new(BTreeMap::new()) };
}

fn recall(token: &str) -> Option<Rc<Claims>> {
    KNOWN.with_borrow(|known| {
        let (text, claims) = known.get(&place_of(token))?;
        // The place tells of eight characters of a seal that has 43; the rest takes the same time, right or wrong.
        seal::is_same(text.as_bytes(), token.as_bytes()).then(|| Rc::clone(claims))
    })
}

fn remember(token: &str, claims: Claims) -> Rc<Claims> {
    let claims = Rc::new(claims);
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(place_of(token), (token.into(), Rc::clone(&claims)));
    });
    claims
}

/// Of its last eight characters.
fn place_of(token: &str) -> u64 {
    token.bytes().rev().take(8).fold(0, |place, byte| place << 8 | u64::from(byte))
}

/// A name for a signing key that says nothing of it: eight hex digits.
fn key_id(key: &[u8]) -> String {
    let [a, b, c, d, ..] = seal::mac(key, b"kid");
    prefixed_hex("", &[a, b, c, d])
}

/// Tokens that are remembered: of up to 8 KiB each.
const KNOWN_MAX: usize = 256;

/// What every view token begins with; no key does, for keys are ours to make.
pub(super) const TOKEN_PREFIX: &str = "cxv1.";

/// How long the view token of something new is good for.
const VIEW_TOKEN_LIFETIME: Span = Span::from_secs(3_600);
