//! Puts tenants together: from the variables of the tenant `default`, and from the list of the others. Names every fault.

use std::collections::BTreeMap;
use std::mem;
use std::rc::Rc;

use cxpulse_core::credential::{Account, Secret};
use cxpulse_core::doctor::{Setting, SettingsAt};
use cxpulse_core::id::TenantId;
use cxpulse_core::json::{self, Json};
use cxpulse_core::map::gather;
use cxpulse_core::profile::{BUILT_IN, Located, PlaceError, Profile, Site};
use cxpulse_core::redaction::Rules;
use cxpulse_core::retention::Retention;
use cxpulse_core::validate::{
    self, Binding, Listed, TenantConfiguration, parse_redaction, parse_tenants, parse_variables,
};
use serde_json::{Map, Value};

use super::callback;
use super::reader::Reader;
use super::webhook;
use super::{TENANT, TenantSettings, WebhookSettings, is_local};

/// Every tenant by its name.
pub(super) type Tenants = BTreeMap<TenantId, Rc<TenantSettings>>;

/// What is known of a tenant before its profile is looked at.
struct Draft {
    written: SettingsAt,
    profile: String,
    site: Site,
    account: Account,
    overrides: BTreeMap<&'static str, Value>,
    callback_secrets: Vec<Secret>,
    webhook: webhook::Draft,
    api_keys: Vec<Listed>,
    retention: Retention,
    redact: Rules,
}

/// Reads all of them. What they have not set may be drawn from the signing keys.
pub(super) fn read<'a>(reader: &mut Reader<'_>, signing_keys: impl Iterator<Item = &'a [u8]> + Clone) -> Tenants {
    let profiles = read_profiles(reader);
    let mut drafts = read_entries(reader);
    let Ok(default) = TenantId::parse(TENANT) else { return Tenants::new() };
    let variable = VARIABLES.into_iter().find(|name| reader.optional(name).is_some());
    match (drafts.contains_key(&default), variable) {
        (true, Some(name)) => {
            reader.fault(format!("{name} is set beside /{TENANT} of CXPULSE_TENANTS: use one of them"))
        }
        (false, None) if reader.optional(TENANTS).is_some() => {}
        (false, _) => drop(drafts.insert(default, read_variables(reader))),
        (true, None) => {}
    }
    let defaults = webhook::Defaults::read(reader);
    let finished = drafts.into_iter().filter_map(|(id, mut draft)| {
        let webhook = mem::take(&mut draft.webhook).finish(&id, &defaults, signing_keys.clone());
        let tenant = finish(reader, &profiles, id.clone(), draft, webhook)?;
        Some((id, Rc::new(tenant)))
    });
    gather(finished)
}

/// Custom profiles by name, each as its JSON text.
fn read_profiles(reader: &mut Reader<'_>) -> BTreeMap<String, String> {
    let mut profiles: BTreeMap<String, String> =
        gather(BUILT_IN.iter().map(|(name, text)| ((*name).into(), (*text).into())));
    let Some(text) = reader.optional(PROFILES) else { return profiles };
    let list = Json::parse(&text).ok();
    let Some(items) = list.as_ref().and_then(|list| list.pointer("")).and_then(json::items) else {
        reader.fault(format!("{PROFILES} is not a JSON list of profiles"));
        return profiles;
    };
    for (index, item) in items.into_iter().enumerate() {
        match Profile::parse(item.get()) {
            Err(invalid) => reader.faults_of(&invalid, |pointer| format!("/{index}{pointer} of {PROFILES}")),
            Ok(profile) if profiles.contains_key(&profile.name) => {
                reader.fault(format!("/{index}/name of {PROFILES}: there is a profile of that name already"));
            }
            Ok(profile) => drop(profiles.insert(profile.name, item.get().into())),
        }
    }
    profiles
}

fn read_entries(reader: &mut Reader<'_>) -> BTreeMap<TenantId, Draft> {
    let Some(text) = reader.optional(TENANTS) else { return BTreeMap::new() };
    let (entries, invalid) = parse_tenants(&text);
    if let Some(invalid) = invalid {
        reader.faults_of(&invalid, |pointer| format!("{pointer} of {TENANTS}"));
    }
    gather(entries.into_iter().map(|(id, entry)| (id.clone(), draft_of_entry(reader, id, entry))))
}

fn draft_of_entry(reader: &mut Reader<'_>, id: TenantId, entry: TenantConfiguration) -> Draft {
    let written = SettingsAt::Entry(id.clone());
    let mut held = |binding: Binding, setting| {
        let value = reader.optional(binding.name());
        if value.is_none() {
            reader.fault(format!("{}: there is no binding {}", written.name(setting), binding.name()));
        }
        value
    };
    let mut id_of = |setting: Option<validate::Setting>, which| match setting? {
        validate::Setting::Text(text) => Some(text),
        validate::Setting::Binding(binding) => held(binding, which),
    };
    let client_id = id_of(entry.client_id, Setting::ClientId);
    let access_key_id = id_of(entry.access_key_id, Setting::AccessKeyId);
    let mut secret = |binding: Option<Binding>, which| held(binding?, which).map(Secret::new);
    let account = Account {
        client_id,
        client_secret: secret(entry.client_secret, Setting::ClientSecret),
        access_key_id,
        access_key_secret: secret(entry.access_key_secret, Setting::AccessKeySecret),
        static_token: secret(entry.static_token, Setting::StaticToken),
    };
    let callback_secrets = entry.callback_secrets.into_iter();
    let callback_secrets =
        callback_secrets.filter_map(|binding| secret(Some(binding), Setting::CallbackSecrets)).collect();
    let webhook = webhook::Draft::of_entry(reader, &id, entry.webhook);
    let value = |json: Json| serde_json::from_str(json.as_str()).unwrap_or_default();
    let overrides = gather(entry.overrides.into_iter().map(|(name, json)| (name, value(json))));
    let of_deployment = reader.retention();
    let retention = Retention {
        executions: entry.retention.unwrap_or(of_deployment.executions),
        audit: entry.audit_retention.unwrap_or(of_deployment.audit),
    };
    let TenantConfiguration { profile, site, api_keys, redact, .. } = entry;
    Draft { written, profile, site, account, overrides, callback_secrets, webhook, api_keys, retention, redact }
}

fn read_variables(reader: &mut Reader<'_>) -> Draft {
    let text = |reader: &Reader<'_>, setting: Setting| reader.optional(setting.variable());
    let secret = |reader: &Reader<'_>, setting: Setting| text(reader, setting).map(Secret::new);
    let account = Account {
        client_id: text(reader, Setting::ClientId),
        client_secret: secret(reader, Setting::ClientSecret),
        access_key_id: text(reader, Setting::AccessKeyId),
        access_key_secret: secret(reader, Setting::AccessKeySecret),
        static_token: secret(reader, Setting::StaticToken),
    };
    let variables = text(reader, Setting::Variables).map(|text| parse_variables(&text));
    let variables = variables.unwrap_or_else(|| Ok(BTreeMap::new())).unwrap_or_else(|invalid| {
        reader.faults_of(&invalid, |pointer| format!("{pointer} of {}", Setting::Variables.variable()));
        BTreeMap::new()
    });
    let site = Site {
        base_url: reader.url(Setting::BaseUrl.variable()),
        token_url: reader.url(Setting::TokenUrl.variable()),
        issuer: reader.url(Setting::Issuer.variable()),
        variables,
    };
    Draft {
        written: SettingsAt::Variables,
        profile: text(reader, Setting::Profile).unwrap_or_else(|| PROFILE_DEFAULT.into()),
        site,
        account,
        overrides: read_overrides(reader),
        callback_secrets: callback::secrets(reader),
        webhook: webhook::Draft::of_variable(reader),
        api_keys: Vec::new(),
        retention: reader.retention(),
        redact: read_redaction(reader),
    }
}

fn read_redaction(reader: &mut Reader<'_>) -> Rules {
    let Some(text) = reader.optional(REDACT) else { return Rules::default() };
    parse_redaction(&text).unwrap_or_else(|invalid| {
        reader.faults_of(&invalid, |pointer| format!("{pointer} of {REDACT}"));
        Rules::default()
    })
}

fn read_overrides(reader: &mut Reader<'_>) -> BTreeMap<&'static str, Value> {
    let mut read = |name: &str| {
        let text = reader.optional(name)?;
        let value = serde_json::from_str(&text).ok();
        if value.is_none() {
            reader.fault(format!("{name} is not JSON"));
        }
        value
    };
    let limits = [("in_flight", read("CXONE_IN_FLIGHT")), ("per_second", read("CXONE_PER_SECOND"))];
    let mut given = Map::new();
    for (name, value) in limits {
        value.map(|value| given.insert(name.into(), value));
    }
    let proxy = read("CXONE_PROXY");
    let callback = read("CXONE_CALLBACK");
    let breaker = match reader.optional("CXONE_BREAKER") {
        Some(mode) if matches!(mode.as_str(), "consecutive" | "sampled") => Some(serde_json::json!({"mode": mode})),
        Some(text) => serde_json::from_str(&text).ok().or_else(|| {
            reader.fault("CXONE_BREAKER is none of consecutive, sampled and a rule in JSON");
            None
        }),
        None => None,
    };
    let limits = (!given.is_empty()).then_some(Value::Object(given));
    let all = [("limits", limits), ("breaker", breaker), ("proxy", proxy), ("callback", callback)];
    gather(all.into_iter().filter_map(|(name, value)| Some((name, value?))))
}

fn finish(
    reader: &mut Reader<'_>,
    profiles: &BTreeMap<String, String>,
    id: TenantId,
    draft: Draft,
    webhook: WebhookSettings,
) -> Option<TenantSettings> {
    let Draft { written, profile, site, account, overrides, callback_secrets, api_keys, retention, redact, .. } = draft;
    let Some(text) = profiles.get(&profile) else {
        reader.fault(format!("{}: there is no such profile", written.name(Setting::Profile)));
        return None;
    };
    let profile = Profile::parse(&overridden(text, overrides))
        .map_err(|invalid| reader.faults_of(&invalid, |pointer| written.override_name(pointer)))
        .ok()?;
    if let Err(lacking) = account.check(&profile.token) {
        let names = lacking.fields().iter().filter_map(|field| Setting::of_account(field));
        names.for_each(|setting| reader.fault(format!("{} is not set", written.name(setting))));
    }
    let callback_keys = callback::keys(reader, &written, &profile, &callback_secrets);
    let place = locate(&profile, &site);
    // One without a place is a fault of its own.
    let is_local = place.as_ref().map_or(true, |place| is_local(place));
    if let Err(error) = place {
        reader.fault(place_fault(&written, &error));
    }
    let profile = Rc::new(profile);
    Some(TenantSettings {
        id,
        profile,
        site,
        account,
        callback_keys,
        webhook,
        api_keys,
        retention,
        redact,
        is_local,
        written,
    })
}

/// The profile's text with what the tenant says in place of its own; of limits, field by field.
fn overridden(text: &str, overrides: BTreeMap<&'static str, Value>) -> String {
    if overrides.is_empty() {
        return text.into();
    }
    let mut profile: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    for (name, value) in overrides {
        match (profile.get_mut(name), value) {
            (Some(Value::Object(own)), Value::Object(more)) if name == "limits" => own.extend(more),
            (_, value) => drop(profile.insert(name.into(), value)),
        }
    }
    Value::Object(profile).to_string()
}

/// Where CXone is, or who is asked: what there is to say before a call.
fn locate(profile: &Profile, site: &Site) -> Result<String, PlaceError> {
    match profile.locate_base(site)? {
        Located::At(url) => profile.locate_token(site, &url).map(|_| url),
        // What it will name is a URL as good as any.
        Located::Ask(question) => profile.locate_token(site, "https://cxone.example").map(|_| question.url),
    }
}

fn place_fault(written: &SettingsAt, error: &PlaceError) -> String {
    match error {
        PlaceError::Missing(name) => {
            format!("{} is not set, nor {name} in {}", written.name(Setting::BaseUrl), written.name(Setting::Variables))
        }
        PlaceError::Unfit(_) => format!("{}: {error}", written.name(Setting::Variables)),
        PlaceError::NotAUrl(..) => format!("{}: {error}", written.name(Setting::BaseUrl)),
    }
}

pub(super) const TENANTS: &str = "CXPULSE_TENANTS";

const REDACT: &str = "CXPULSE_REDACT";

const PROFILES: &str = "CXPULSE_PROFILES";

const PROFILE_DEFAULT: &str = "dataactions";

/// What describes the tenant `default` outside of the list.
const VARIABLES: [&str; 18] = [
    webhook::SECRET,
    REDACT,
    "CXONE_BASE_URL",
    "CXONE_TOKEN_URL",
    "CXONE_ISSUER",
    "CXONE_PROFILE",
    "CXONE_VARIABLES",
    "CXONE_CLIENT_ID",
    "CXONE_CLIENT_SECRET",
    "CXONE_ACCESS_KEY_ID",
    "CXONE_ACCESS_KEY_SECRET",
    "CXONE_STATIC_TOKEN",
    "CXONE_IN_FLIGHT",
    "CXONE_PER_SECOND",
    "CXONE_BREAKER",
    "CXONE_PROXY",
    "CXONE_CALLBACK",
    "CXONE_CALLBACK_SECRETS",
];
