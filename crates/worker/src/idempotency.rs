//! What a creating request is made under, so that a repeat finds the first: for every route that makes something. Never
//! makes anything, and remembers nothing: the object under the id does. The rules are the core's `idempotency`.

use cxpulse_core::id::{CorrelationId, TenantId};
use cxpulse_core::idempotency::{IdempotencyKey, Silent};
use cxpulse_core::validate::Violation;

use crate::auth::Passport;
use crate::clock;
use crate::config::Settings;
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::{seal, vault};

/// The ids under which a request may have been served already, and what its body is known by.
pub(crate) struct Claim {
    /// Under which it is made where it was not.
    pub(crate) id: [u8; 16],
    /// Under which it may have been made: looked at first.
    pub(crate) earlier: Vec<[u8; 16]>,
    /// Of what the body says, whatever its spelling; the first is that of now.
    pub(crate) fingerprints: Vec<String>,
}

/// The header of a request; `None` where it has none.
pub(crate) fn key(incoming: &Incoming) -> Result<Option<IdempotencyKey>, Violation> {
    incoming.header("idempotency-key").map(|header| IdempotencyKey::parse(&header)).transpose()
}

/// What a request claims, whose sender is let through and whose body is read.
pub(crate) fn claim(
    settings: &Settings,
    passport: &Passport,
    key: Option<&IdempotencyKey>,
    of: Request<'_>,
) -> Result<Claim, Problem> {
    let fingerprints = vault::fingerprints(settings, &of.canonical);
    let (id, earlier) = match key {
        Some(key) => keyed_ids(settings, &key.id(of.kind, of.tenant)),
        None if passport.repeats => silent_ids(passport, &fingerprints, &of),
        None => (seal::random()?, Vec::new()),
    };
    Ok(Claim { id, earlier, fingerprints })
}

/// What there is to know of a request.
pub(crate) struct Request<'a> {
    /// Of what it makes: `execution`, `batch`.
    pub(crate) kind: &'a str,
    /// Whose that will be.
    pub(crate) tenant: &'a TenantId,
    /// As it names it.
    pub(crate) correlation: Option<&'a CorrelationId>,
    /// What its body says, in the one spelling that all have.
    pub(crate) canonical: String,
}

/// What a caller chose, under every signing key: who knows it, and has none of these, cannot tell the id.
fn keyed_ids(settings: &Settings, chosen: &[u8; 16]) -> ([u8; 16], Vec<[u8; 16]>) {
    let message = format!("idempotency:{}", seal::encode(chosen));
    let mut ids = settings.signing_keys().map(|key| {
        let mut id = [0; 16];
        id.iter_mut().zip(seal::mac(key, message.as_bytes())).for_each(|(to, from)| *to = from);
        id
    });
    // The first is that of now; under one of before it may have been made.
    let own = ids.next().unwrap_or_default();
    (own, ids.collect())
}

/// The same content of the same sender, under every key that fingerprints are made with.
fn silent_ids(passport: &Passport, fingerprints: &[String], of: &Request<'_>) -> ([u8; 16], Vec<[u8; 16]>) {
    let Request { kind, tenant, correlation, .. } = of;
    let who = passport.who.to_string();
    let silent = |fingerprint| Silent { kind, tenant, who: &who, correlation: *correlation, fingerprint };
    let now = clock::now();
    let mut ids: Vec<_> = fingerprints.iter().flat_map(|fingerprint| silent(fingerprint).ids(now)).collect();
    // Of the first fingerprint the second id is that of now.
    let own = if ids.len() > 1 { ids.remove(1) } else { [0; 16] };
    (own, ids)
}
