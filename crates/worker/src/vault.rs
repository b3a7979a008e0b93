//! What an execution's object keeps so that nobody can read it: the originals of a redacted order, and marks of texts that
//! cannot be guessed from them. Never keeps anything itself, never shows an original.
//!
//! All keys here follow from the signing key, each for its own purpose.

use cxpulse_core::cache::CacheKey;
use cxpulse_core::execution::{Door, Order};
use cxpulse_core::id::{ExecutionId, Home};
use cxpulse_core::redaction::Originals;
use cxpulse_core::vault::{self, KEY_LEN};

use crate::config::Settings;
use crate::problem::Problem;
use crate::seal;

/// Readies an order for storage: notes that its originals lie elsewhere, and gives them sealed for its object. Where rules
/// of redaction apply, its result is found by a key that follows from the originals and the rules, and tells of neither.
pub(crate) fn keep_apart(
    settings: &Settings,
    order: &mut Order,
    originals: Option<&Originals>,
) -> Result<Option<String>, Problem> {
    if !order.redact.is_empty() {
        order.cache_key = cache_key(settings, order, originals)?;
    }
    let Some(originals) = originals else { return Ok(None) };
    order.is_sealed = true;
    seal_at(settings, place(&order.id), originals).map(Some)
}

/// Seals originals for the object of that name.
pub(crate) fn seal_at(settings: &Settings, place: &str, originals: &Originals) -> Result<String, Problem> {
    let text = serde_json::to_string(originals)?;
    let sealed = vault::seal(&key(settings, SEALED), seal::random()?, place, &text);
    sealed.ok_or_else(|| Problem::Fault("the originals of an order could not be sealed".into()))
}

/// The originals of an execution's order; `None` where no key of this deployment opens them.
pub(crate) fn open(settings: &Settings, id: &ExecutionId, sealed: &str) -> Option<Originals> {
    open_at(settings, place(id), sealed)
}

/// Originals that were sealed for the object of that name; `None` where no key of this deployment opens them.
pub(crate) fn open_at(settings: &Settings, place: &str, sealed: &str) -> Option<Originals> {
    let keys: Vec<_> = settings.signing_keys().map(|signing_key| derived(signing_key, SEALED)).collect();
    let text = vault::open(&keys, place, sealed)?;
    serde_json::from_str(&text).ok()
}

/// What a request's body is known by when it comes again: by the key of now first, then by those before it.
pub(crate) fn fingerprints(settings: &Settings, body: &str) -> Vec<String> {
    let by = |signing_key: &[u8]| seal::encode(&seal::mac(&derived(signing_key, FINGERPRINT), body.as_bytes()));
    settings.signing_keys().map(by).collect()
}

fn cache_key(settings: &Settings, order: &Order, originals: Option<&Originals>) -> Result<Option<CacheKey>, Problem> {
    let Door::Start { action_id, inputs, context } = &order.door else { return Ok(None) };
    if order.cache_ttl.is_none() {
        return Ok(None);
    }
    let (inputs, context) = originals.map_or((inputs, context), |originals| (&originals.inputs, &originals.context));
    let plain = CacheKey::of(&order.tenant, &order.profile, action_id, inputs, context);
    // Others are given no result of this one's but those who would have redacted the same of it.
    let rules = serde_json::to_string(&order.redact)?;
    let message = [plain.as_bytes().as_slice(), rules.as_bytes()].concat();
    Ok(Some(CacheKey::from_bytes(seal::mac(&key(settings, CACHE), &message))))
}

/// What they are sealed for. An item of a flow has other executions in later generations, by the same originals.
fn place(id: &ExecutionId) -> &str {
    match id.home() {
        Home::Own => id.as_str(),
        Home::Flow { hex, .. } => hex,
    }
}

fn key(settings: &Settings, purpose: &str) -> [u8; KEY_LEN] {
    derived(settings.signing_key.reveal().as_bytes(), purpose)
}

fn derived(signing_key: &[u8], purpose: &str) -> [u8; KEY_LEN] {
    seal::mac(signing_key, purpose.as_bytes())
}

const SEALED: &str = "vault:originals";

const CACHE: &str = "vault:cache";

const FINGERPRINT: &str = "vault:fingerprint";
