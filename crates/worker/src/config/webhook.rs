//! How a tenant's notifications are signed, where they may go, and when they are tried again. Names every fault, never
//! shows a secret in one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cxpulse_core::destination::Hosts;
use cxpulse_core::id::TenantId;
use cxpulse_core::outbox::LADDER;
use cxpulse_core::signature::{KEYS_MAX, Key};
use cxpulse_core::time::Span;
use cxpulse_core::validate::{WebhookConfiguration, parse_ladder};

use super::TENANT;
use super::reader::Reader;
use super::tenants::TENANTS;
use crate::seal;

/// Of one tenant.
#[derive(Debug, Clone)]
pub(crate) struct WebhookSettings {
    /// The newest first; all of them sign. Never empty.
    pub(crate) keys: Vec<Key>,
    /// Whether they are drawn from the signing keys, for nobody set any.
    pub(crate) is_derived: bool,
    /// Where notifications may go.
    pub(crate) hosts: Hosts,
    /// The waits after each failed try.
    pub(crate) ladder: Vec<Span>,
}

/// What a tenant says itself.
#[derive(Default)]
pub(super) struct Draft {
    keys: Vec<Key>,
    hosts: Option<Hosts>,
    ladder: Option<Vec<Span>>,
}

/// What stands where a tenant says nothing.
pub(super) struct Defaults {
    hosts: Hosts,
    ladder: Vec<Span>,
}

impl Draft {
    /// From the variable of the tenant `default`: one secret or several, with spaces between.
    pub(super) fn of_variable(reader: &mut Reader<'_>) -> Self {
        let keys = reader.optional(SECRET).map(|text| read_keys(reader, SECRET, &text)).unwrap_or_default();
        Self { keys, ..Self::default() }
    }

    /// From an entry of the list: each binding holds one secret or several.
    pub(super) fn of_entry(reader: &mut Reader<'_>, id: &TenantId, entry: WebhookConfiguration) -> Self {
        let mut keys = Vec::new();
        for (index, binding) in entry.secrets.iter().enumerate() {
            let place = format!("/{id}/webhook/secrets/{index} of {TENANTS}");
            match reader.optional(binding.name()) {
                Some(text) => keys.extend(read_keys(reader, &place, &text)),
                None => reader.fault(format!("{place}: there is no binding {}", binding.name())),
            }
        }
        if keys.len() > KEYS_MAX {
            reader.fault(format!("/{id}/webhook/secrets of {TENANTS}: there are more than {KEYS_MAX} secrets"));
        }
        Self { keys, hosts: entry.hosts, ladder: entry.ladder }
    }

    /// With what it leaves out. A tenant without secrets gets keys of its own, one drawn from each signing key, so that
    /// a rotation of those is one of these, and no tenant can sign for another.
    pub(super) fn finish<'a>(
        self,
        id: &TenantId,
        defaults: &Defaults,
        signing_keys: impl Iterator<Item = &'a [u8]>,
    ) -> WebhookSettings {
        let is_derived = self.keys.is_empty();
        let derived = signing_keys.take(KEYS_MAX).map(|key| Key::new(derive(key, id)));
        WebhookSettings {
            keys: if is_derived { derived.collect() } else { self.keys },
            is_derived,
            hosts: self.hosts.unwrap_or_else(|| defaults.hosts.clone()),
            ladder: self.ladder.unwrap_or_else(|| defaults.ladder.clone()),
        }
    }
}

impl Defaults {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let hosts = reader.optional(HOSTS).map(|text| Hosts::parse(text.split(',')));
        let hosts = hosts.transpose().unwrap_or_else(|error| {
            reader.fault(format!("{HOSTS}: {error}"));
            None
        });
        let ladder = reader.optional(LADDER_SETTING).map(|text| parse_ladder(text.split(',')));
        let ladder = ladder.transpose().unwrap_or_else(|rule| {
            reader.fault(format!("{LADDER_SETTING} {rule}"));
            None
        });
        Self { hosts: hosts.unwrap_or_default(), ladder: ladder.unwrap_or_else(|| LADDER.to_vec()) }
    }
}

/// The secret that a tenant's notifications are signed with where none is set, as a receiver writes it.
pub(crate) fn derived_secret(signing_key: &[u8], id: &TenantId) -> String {
    format!("whsec_{}", STANDARD.encode(derive(signing_key, id)))
}

fn derive(signing_key: &[u8], id: &TenantId) -> [u8; 32] {
    match id.as_str() {
        TENANT => seal::mac(signing_key, b"webhook"),
        name => seal::mac(signing_key, format!("webhook:{name}").as_bytes()),
    }
}

fn read_keys(reader: &mut Reader<'_>, place: &str, text: &str) -> Vec<Key> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if words.len() > KEYS_MAX {
        reader.fault(format!("{place}: there are more than {KEYS_MAX} secrets"));
        return Vec::new();
    }
    let mut keys = Vec::new();
    for word in words {
        match Key::parse_standard(word) {
            Ok(key) => keys.push(key),
            Err(error) => reader.fault(format!("{place}: a secret {error}")),
        }
    }
    keys
}

pub(super) const SECRET: &str = "CXPULSE_WEBHOOK_SECRET";

const HOSTS: &str = "CXPULSE_WEBHOOK_HOSTS";

const LADDER_SETTING: &str = "CXPULSE_WEBHOOK_RETRY_SECONDS";
