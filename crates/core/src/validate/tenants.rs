//! The setting that describes tenants: a JSON object of them by name. Never holds a secret, only the name of the binding
//! that does; never says whether there is such a binding.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::fields::{Faults, Fields, parse_body};
use super::keys::{Listed, read_own_key, refuse_repeated};
use super::redaction::read_rules;
use super::webhook::{WebhookConfiguration, read_webhook};
use super::{Code, Invalid};
use crate::id::TenantId;
use crate::json::{self, Json};
use crate::map::gather;
use crate::profile::{Site, check_url};
use crate::redaction::Rules;
use crate::retention::{DAYS_MAX, DAYS_MIN, parse_days};
use crate::signature::KEYS_MAX;
use crate::time::Span;

/// What is written about one tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct TenantConfiguration {
    /// The name of its profile.
    pub profile: String,
    /// Where its CXone is, in place of what the profile says.
    pub site: Site,
    /// Of its OAuth client.
    pub client_id: Option<Setting>,
    /// Of its OAuth client.
    pub client_secret: Option<Binding>,
    /// Of its CXone access key.
    pub access_key_id: Option<Setting>,
    /// Of its CXone access key.
    pub access_key_secret: Option<Binding>,
    /// A token that never changes.
    pub static_token: Option<Binding>,
    /// What stands in place of the profile's own, each as JSON to be read with the profile: `limits`, `breaker`,
    /// `proxy`, `callback`.
    pub overrides: BTreeMap<&'static str, Json>,
    /// What its CXone's callbacks are signed with, while it rotates several; at most [`crate::signature::KEYS_MAX`].
    pub callback_secrets: Vec<Binding>,
    /// Of its webhooks.
    pub webhook: WebhookConfiguration,
    /// The keys that act for this tenant only, each with its pointer; at most [`API_KEYS_MAX`].
    pub api_keys: Vec<Listed>,
    /// How long its executions are kept after their end, in place of what the deployment says.
    pub retention: Option<Span>,
    /// How long its audit log goes back, in place of what the deployment says.
    pub audit_retention: Option<Span>,
    /// What must not be kept of its executions.
    pub redact: Rules,
}

/// A text that is no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Written in place.
    Text(String),
    /// Held by a binding.
    Binding(Binding),
}

/// The name of a binding: 1..=128 ASCII letters, digits and underscores, no digit first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding(String);

impl Binding {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// Reads tenants, at most [`TENANTS_MAX`]: those without a fault, and the faults of the others, each with its pointer,
/// such as `/acme/client_secret`. A key acts for one tenant only.
#[must_use]
pub fn parse_tenants(text: &str) -> (BTreeMap<TenantId, TenantConfiguration>, Option<Invalid>) {
    let body = match parse_body(text) {
        Ok(body) => body,
        Err(invalid) => return (BTreeMap::new(), Some(invalid)),
    };
    let faults = Faults::default();
    let tenants = body.pointer("").and_then(|root| Fields::of(root, String::new(), &faults)).map(read_tenants);
    let mut tenants = tenants.unwrap_or_default();
    let invalid = faults.check(Some(())).err();
    let is_of = |pointer: &str, id: &TenantId| pointer.split('/').nth(1) == Some(id.as_str());
    let violations = invalid.as_ref().map(Invalid::violations).unwrap_or_default();
    tenants.retain(|id, _| !violations.iter().any(|one| is_of(&one.pointer, id)));
    (tenants, invalid)
}

/// Reads what a tenant's places are filled with: a JSON object of strings.
///
/// # Errors
/// [`Invalid`] with every violation and its pointer.
pub fn parse_variables(text: &str) -> Result<BTreeMap<String, String>, Invalid> {
    let body = parse_body(text)?;
    let faults = Faults::default();
    let variables = body.pointer("").and_then(|root| Fields::of(root, String::new(), &faults)).map(read_variables);
    faults.check(variables)
}

fn read_tenants(mut fields: Fields<'_>) -> BTreeMap<TenantId, TenantConfiguration> {
    let mut tenants = BTreeMap::new();
    let mut keys = Vec::new();
    let names = fields.names();
    if names.len() > TENANTS_MAX {
        let message = format!("must have at most {TENANTS_MAX} tenants");
        fields.faults().add(String::new(), Code::OutOfRange, message);
        return tenants;
    }
    for name in names {
        let id = TenantId::parse(name.as_str());
        let tenant = fields.object(&name).and_then(|tenant| read_tenant(tenant, id.as_ref().ok(), &mut keys));
        match id {
            Ok(id) => tenants.extend(tenant.map(|tenant| (id, tenant))),
            Err(error) => fields.fault(&name, Code::OutOfRange, format!("the name {error}")),
        }
    }
    refuse_repeated(&keys, fields.faults());
    tenants
}

/// `keys` gathers every key with its pointer.
fn read_tenant(mut fields: Fields<'_>, id: Option<&TenantId>, keys: &mut Vec<Listed>) -> Option<TenantConfiguration> {
    if !fields.has("profile") {
        fields.missing("profile");
    }
    let profile = fields.text("profile", Ok::<_, String>);
    let site = Site {
        base_url: fields.text("base_url", place),
        token_url: fields.text("token_url", place),
        issuer: fields.text("issuer", place),
        variables: fields.object("variables").map(read_variables).unwrap_or_default(),
    };
    let client_id = read_setting(&mut fields, "client_id");
    let client_secret = read_binding(&mut fields, "client_secret");
    let access_key_id = read_setting(&mut fields, "access_key_id");
    let access_key_secret = read_binding(&mut fields, "access_key_secret");
    let static_token = read_binding(&mut fields, "static_token");
    let callback_secrets = read_bindings(&mut fields, "callback_secrets");
    let overrides = gather(OVERRIDES.iter().filter_map(|name| Some((*name, Json::from(fields.take(name)?)))));
    let webhook = fields.object("webhook").map(read_webhook).unwrap_or_default();
    let api_keys = fields.objects("api_keys", API_KEYS_MAX).unwrap_or_default();
    let api_keys: Vec<_> = api_keys.into_iter().filter_map(|key| read_own_key(key, id)).collect();
    keys.extend(api_keys.iter().cloned());
    let retention = read_days(&mut fields, "retention_days");
    let audit_retention = read_days(&mut fields, "audit_retention_days");
    let redact = fields.object("redact").map(read_rules).unwrap_or_default();
    fields.finish();
    Some(TenantConfiguration {
        profile: profile?,
        site,
        client_id,
        client_secret,
        access_key_id,
        access_key_secret,
        static_token,
        callback_secrets,
        overrides,
        webhook,
        api_keys,
        retention,
        audit_retention,
        redact,
    })
}

fn read_days(fields: &mut Fields<'_>, name: &str) -> Option<Span> {
    fields.number(name, DAYS_MIN..=DAYS_MAX).and_then(|days| parse_days(days).ok())
}

fn place(url: String) -> Result<String, &'static str> {
    check_url(&url).map(|()| url)
}

fn read_variables(mut fields: Fields<'_>) -> BTreeMap<String, String> {
    let names = fields.names().into_iter();
    gather(names.filter_map(|name| fields.text(&name, Ok::<_, String>).map(|value| (name, value))))
}

fn read_setting(fields: &mut Fields<'_>, name: &str) -> Option<Setting> {
    let value = fields.take(name)?;
    match json::text(value) {
        Some(text) => visible(text).map_err(|rule| fields.fault(name, Code::OutOfRange, rule)).ok().map(Setting::Text),
        None => Fields::of(value, fields.at(name), fields.faults()).and_then(named).map(Setting::Binding),
    }
}

/// A secret in place is refused without being looked at.
fn read_binding(fields: &mut Fields<'_>, name: &str) -> Option<Binding> {
    let value = fields.take(name)?;
    if json::text(value).is_some() {
        fields.fault(name, Code::WrongType, "is a secret: name the binding that holds it, {\"binding\": \"NAME\"}");
        return None;
    }
    Fields::of(value, fields.at(name), fields.faults()).and_then(named)
}

/// Secrets that rotate: as many bindings as keys are tried.
fn read_bindings(fields: &mut Fields<'_>, name: &str) -> Vec<Binding> {
    let bindings = fields.objects(name, KEYS_MAX).unwrap_or_default();
    bindings.into_iter().filter_map(named).collect()
}

/// The name of the binding that holds something.
pub(super) fn named(mut fields: Fields<'_>) -> Option<Binding> {
    if !fields.has("binding") {
        fields.missing("binding");
    }
    let name = fields.text("binding", binding_name);
    fields.finish();
    name
}

fn binding_name(name: String) -> Result<Binding, &'static str> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_sound = (1..=128).contains(&name.len()) && name.bytes().all(is_name);
    if is_sound && !name.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(Binding(name));
    }
    Err("must be the name of a binding: 1 to 128 letters, digits and underscores, no digit first")
}

fn visible(text: String) -> Result<String, &'static str> {
    if (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text);
    }
    Err("must be 1 to 256 visible ASCII characters")
}

/// Tenants of one deployment: what a binding of 5 KB to 1 MB can describe.
pub const TENANTS_MAX: usize = 1_000;

/// Keys of one tenant.
pub const API_KEYS_MAX: usize = 16;

const OVERRIDES: [&str; 4] = ["limits", "breaker", "proxy", "callback"];
