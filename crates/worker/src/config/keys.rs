//! The keys of a deployment: the operators', those that are listed, the tenants' own, and those that sign. Names every
//! fault, never shows a value.

use std::collections::BTreeMap;

use cxpulse_core::credential::Secret;
use cxpulse_core::id::KeyName;
use cxpulse_core::key::{Key, Keyring, Scopes};
use cxpulse_core::validate::{PER_MINUTE_DEFAULT, PER_MINUTE_MAX, parse_keys};

use super::reader::Reader;
use super::tenants::{TENANTS, Tenants};
use crate::seal;

/// Every key that somebody may call with. `operators` is the one of the setting for one, empty where it is not set.
pub(super) fn read(reader: &mut Reader<'_>, tenants: &Tenants, operators: &str) -> Keyring {
    let mut held = Vec::new();
    held.extend(operators_key(operators).map(|key| (API_KEY.to_owned(), key)));
    held.extend(listed(reader, tenants));
    for tenant in tenants.values() {
        let place = |pointer: &str| format!("{pointer} of {TENANTS}");
        held.extend(tenant.api_keys.iter().map(|listed| (place(&listed.pointer), listed.key.clone())));
    }
    refuse_repeated(reader, &held);
    Keyring::new(held.into_iter().map(|(_, key)| key).collect())
}

/// Those that sealed what is still about: a JSON list, newest first.
pub(super) fn old_signing_keys(reader: &mut Reader<'_>, current: &str) -> Vec<Secret> {
    let Some(text) = reader.optional(OLD) else { return Vec::new() };
    let Ok(keys) = serde_json::from_str::<Vec<String>>(&text) else {
        reader.fault(format!("{OLD} is not a JSON list of strings"));
        return Vec::new();
    };
    if keys.len() > OLD_MAX {
        reader.fault(format!("{OLD} has more than {OLD_MAX} keys"));
    }
    for (index, key) in keys.iter().enumerate() {
        if key.len() < 32 {
            reader.fault(format!("/{index} of {OLD} is shorter than 32 characters"));
        }
        if key == current {
            reader.fault(format!("/{index} of {OLD} is the one at CXPULSE_SIGNING_KEY already"));
        }
    }
    keys.into_iter().map(Secret::new).collect()
}

/// How often one view token may be used: a page of many elements, opened again and again, stays below what is set.
pub(super) fn token_per_minute(reader: &mut Reader<'_>) -> u32 {
    let Some(text) = reader.optional(TOKEN_PER_MINUTE) else { return PER_MINUTE_DEFAULT };
    text.parse().ok().filter(|number| (1..=PER_MINUTE_MAX).contains(number)).unwrap_or_else(|| {
        reader.fault(format!("{TOKEN_PER_MINUTE} is not a whole number, 1 to {PER_MINUTE_MAX}"));
        PER_MINUTE_DEFAULT
    })
}

/// May do everything, as often as it likes.
fn operators_key(key: &str) -> Option<Key> {
    let name = KeyName::parse("operator").ok().filter(|_| !key.is_empty())?;
    let sha256 = seal::sha256(key.as_bytes());
    let scopes = Scopes::ALL;
    let (tenant, not_before, expires_at, per_minute) = (None, None, None, None);
    Some(Key { name, sha256, scopes, tenant, not_before, expires_at, per_minute, repeats: false })
}

fn listed(reader: &mut Reader<'_>, tenants: &Tenants) -> Vec<(String, Key)> {
    let Some(text) = reader.optional(API_KEYS) else { return Vec::new() };
    let (keys, invalid) = parse_keys(&text);
    if let Some(invalid) = invalid {
        reader.faults_of(&invalid, |pointer| format!("{pointer} of {API_KEYS}"));
    }
    let mut held = Vec::new();
    for listed in keys {
        if listed.key.tenant.as_ref().is_some_and(|tenant| !tenants.contains_key(tenant)) {
            let entry = listed.pointer.rsplit_once('/').map_or("", |(entry, _)| entry);
            reader.fault(format!("{entry}/tenant of {API_KEYS}: there is no such tenant"));
        }
        held.push((format!("{} of {API_KEYS}", listed.pointer), listed.key));
    }
    held
}

/// A key in two places would act as whichever is looked at. Within one setting it was refused already.
fn refuse_repeated(reader: &mut Reader<'_>, held: &[(String, Key)]) {
    let mut holders: BTreeMap<[u8; 32], &str> = BTreeMap::new();
    let setting = |place: &str| place.rsplit(' ').next().map(str::to_owned);
    for (place, key) in held {
        match holders.get(&key.sha256) {
            Some(first) if setting(first) == setting(place) => {}
            Some(first) => reader.fault(format!("{place}: is the key at {first} already")),
            None => drop(holders.insert(key.sha256, place)),
        }
    }
}

pub(super) const API_KEY: &str = "CXPULSE_API_KEY";

pub(super) const API_KEYS: &str = "CXPULSE_API_KEYS";

const OLD: &str = "CXPULSE_SIGNING_KEYS_OLD";

const TOKEN_PER_MINUTE: &str = "CXPULSE_TOKEN_PER_MINUTE";

/// Keys that only verify: each costs every refusal a comparison.
const OLD_MAX: usize = 4;
