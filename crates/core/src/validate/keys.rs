//! The setting that lists API keys, and the keys that a tenant's own settings list. Never shows a value, never keeps a key
//! that stands there as it is: only its SHA-256.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use super::fields::{Faults, Fields, objects, parse_body};
use super::{Code, Invalid};
use crate::id::{KeyName, TenantId};
use crate::key::{Key, Scope, Scopes};
use crate::time::Timestamp;

/// A key, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// RFC 6901 pointer to what says which key it is, such as `/0/sha256`.
    pub pointer: String,
    /// What is written.
    pub key: Key,
}

/// Reads a list of keys, at most [`KEYS_MAX`]: those without a fault, and the faults of the others. One key is listed once.
#[must_use]
pub fn parse_keys(text: &str) -> (Vec<Listed>, Option<Invalid>) {
    let body = match parse_body(text) {
        Ok(body) => body,
        Err(invalid) => return (Vec::new(), Some(invalid)),
    };
    let faults = Faults::default();
    let entries = body.pointer("").and_then(|list| objects(list, "", KEYS_MAX, &faults));
    let keys: Vec<Listed> = entries.unwrap_or_default().into_iter().filter_map(read_key).collect();
    refuse_repeated(&keys, &faults);
    (keys, faults.check(Some(())).err())
}

/// A key of two would act for whichever is looked at first.
pub(super) fn refuse_repeated(keys: &[Listed], faults: &Faults) {
    let mut holders: BTreeMap<[u8; 32], &str> = BTreeMap::new();
    for Listed { pointer, key } in keys {
        match holders.get(&key.sha256) {
            Some(first) => faults.add(pointer.clone(), Code::RepeatedField, format!("is the key at {first} already")),
            None => drop(holders.insert(key.sha256, pointer)),
        }
    }
}

/// An entry of the deployment's list: says who and what for.
fn read_key(mut fields: Fields<'_>) -> Option<Listed> {
    for name in ["name", "scopes"] {
        if !fields.has(name) {
            fields.missing(name);
        }
    }
    let tenant = fields.text("tenant", TenantId::parse);
    let common = read_common(&mut fields);
    fields.finish();
    let Common { name, scopes, hash, times: (not_before, expires_at), per_minute, repeats } = common;
    let (pointer, sha256) = hash?;
    let (name, scopes) = (name?, scopes?);
    Some(Listed { pointer, key: Key { name, sha256, scopes, tenant, not_before, expires_at, per_minute, repeats } })
}

/// An entry of a tenant's list: acts for that tenant, under its name and for all but the administration unless it says more.
pub(super) fn read_own_key(mut fields: Fields<'_>, tenant: Option<&TenantId>) -> Option<Listed> {
    let common = read_common(&mut fields);
    fields.finish();
    let Common { name, scopes, hash, times: (not_before, expires_at), per_minute, repeats } = common;
    let (pointer, sha256) = hash?;
    let name = name.or_else(|| KeyName::parse(tenant?.as_str()).ok())?;
    let scopes = scopes.unwrap_or(Scopes::of(&[Scope::Execute, Scope::Read]));
    let tenant = Some(tenant?.clone());
    Some(Listed { pointer, key: Key { name, sha256, scopes, tenant, not_before, expires_at, per_minute, repeats } })
}

/// What an entry of either list may say.
struct Common {
    name: Option<KeyName>,
    scopes: Option<Scopes>,
    hash: Option<(String, [u8; 32])>,
    times: (Option<Timestamp>, Option<Timestamp>),
    per_minute: Option<u32>,
    repeats: bool,
}

fn read_common(fields: &mut Fields<'_>) -> Common {
    let name = fields.text("name", KeyName::parse);
    let scopes = fields.list("scopes", Scope::ALL.len(), |word| {
        let found = Scope::ALL.into_iter().find(|scope| scope.name() == word);
        found.ok_or("must be one of execute, read, admin")
    });
    if scopes.as_ref().is_some_and(Vec::is_empty) {
        fields.fault("scopes", Code::OutOfRange, "must name at least one");
    }
    let scopes = scopes.map(|scopes| Scopes::of(&scopes)).filter(|scopes| !scopes.is_empty());
    let hash = read_hash(fields);
    let not_before = fields.text("not_before", |text| Timestamp::parse_rfc3339(&text));
    let expires_at = fields.text("expires_at", |text| Timestamp::parse_rfc3339(&text));
    if not_before.zip(expires_at).is_some_and(|(from, until)| from >= until) {
        fields.fault("expires_at", Code::Contradiction, "must be after not_before");
    }
    let per_minute = fields.whole("per_minute", 1..=PER_MINUTE_MAX).unwrap_or(PER_MINUTE_DEFAULT);
    let repeats = fields.flag("repeats").unwrap_or_default();
    Common { name, scopes, hash, times: (not_before, expires_at), per_minute: Some(per_minute), repeats }
}

/// The key's SHA-256 in hex, or the key itself: exactly one of them.
fn read_hash(fields: &mut Fields<'_>) -> Option<(String, [u8; 32])> {
    if fields.has("key") && fields.has("sha256") {
        fields.fault("key", Code::Contradiction, "stands beside sha256: give one of them");
    } else if !fields.has("key") && !fields.has("sha256") {
        fields.missing("sha256");
    }
    let hash =
        fields.text("sha256", |hex| hash_of(&hex).ok_or("must be 64 hexadecimal digits: the SHA-256 of the key"));
    let key = fields.text("key", |key| match is_sound(&key) {
        true => Ok(Sha256::digest(key.as_bytes()).into()),
        false => {
            Err(format!("must be {KEY_LEN_MIN} to {KEY_LEN_MAX} visible ASCII characters, not beginning with cxv1."))
        }
    });
    hash.map(|hash| (fields.at("sha256"), hash)).or_else(|| key.map(|hash| (fields.at("key"), hash)))
}

/// What can be sent in a header, is long enough not to be guessed, and is no view token.
fn is_sound(key: &str) -> bool {
    let is_sized = (KEY_LEN_MIN..=KEY_LEN_MAX).contains(&key.len());
    is_sized && key.bytes().all(|byte| byte.is_ascii_graphic()) && !key.starts_with("cxv1.")
}

fn hash_of(hex: &str) -> Option<[u8; 32]> {
    let mut digits = hex.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
    let mut bytes = [0; 32];
    for byte in &mut bytes {
        *byte = digits.next()??.checked_mul(16)?.checked_add(digits.next()??)?;
    }
    digits.next().is_none().then_some(bytes)
}

/// Keys of one list.
pub const KEYS_MAX: usize = 1_000;

/// Requests a minute of a key whose entry does not say.
pub const PER_MINUTE_DEFAULT: u32 = 6_000;

/// Requests a minute that may be set.
pub const PER_MINUTE_MAX: u32 = 10_000_000;

const KEY_LEN_MIN: usize = 16;

const KEY_LEN_MAX: usize = 512;
