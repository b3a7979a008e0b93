//! What a tenant's callbacks are verified with. Never shows a secret.

use cxpulse_core::credential::Secret;
use cxpulse_core::doctor::{Setting, SettingsAt};
use cxpulse_core::profile::Profile;
use cxpulse_core::signature::{KEYS_MAX, Key};

use super::reader::Reader;

/// Those of the tenant `default`: several in one variable, with white space between.
pub(super) fn secrets(reader: &Reader<'_>) -> Vec<Secret> {
    let text = reader.optional(Setting::CallbackSecrets.variable()).unwrap_or_default();
    text.split_whitespace().map(Secret::new).collect()
}

/// The keys of secrets. Secrets without a rule, or a rule without secrets, are a fault: who set either believes that
/// callbacks are verified.
pub(super) fn keys(reader: &mut Reader<'_>, written: &SettingsAt, profile: &Profile, secrets: &[Secret]) -> Vec<Key> {
    let name = written.name(Setting::CallbackSecrets);
    let Some(rule) = &profile.callback else {
        if !secrets.is_empty() {
            let missing = written.override_name("/callback");
            reader.fault(format!("{name} is of no use: {missing} does not say how callbacks are verified"));
        }
        return Vec::new();
    };
    if secrets.is_empty() {
        reader.fault(format!("{name} is not set, and callbacks are verified with it"));
    }
    if secrets.len() > KEYS_MAX {
        reader.fault(format!("{name} has more than {KEYS_MAX} secrets"));
    }
    let mut keys = Vec::new();
    for (index, secret) in secrets.iter().enumerate() {
        match rule.preset.key(secret.reveal()) {
            Ok(key) => keys.push(key),
            Err(rule) => reader.fault(format!("{name}: secret {} {rule}", index.saturating_add(1))),
        }
    }
    keys
}
