//! What a deployment is set up with: bindings into typed settings. Never shows a value, names every fault.

use std::cell::OnceCell;
use std::iter;
use std::ops::RangeInclusive;
use std::rc::Rc;

use cxpulse_core::credential::Secret;
use cxpulse_core::id::TenantId;
use cxpulse_core::key::Keyring;
use cxpulse_core::origin::{Origins, parse_ancestors};
use cxpulse_core::profile::is_loopback;
use cxpulse_core::ration::{RATION_DEFAULT, RATION_MIN};
use cxpulse_core::retention::Retention;
use web_sys::Url;
use worker::Env;

use crate::problem::Problem;
use crate::{reply, seal};

mod callback;
mod collector;
mod keys;
mod reader;
mod tenant;
mod tenants;
mod webhook;

pub(crate) use collector::Collector;
use reader::Reader;
pub(crate) use tenant::TenantSettings;
use tenants::Tenants;
pub(crate) use webhook::{WebhookSettings, derived_secret};

/// What belongs to the deployment, and its tenants.
pub(crate) struct Settings {
    /// Every key that somebody may call with.
    pub(crate) keyring: Keyring,
    /// Signs capabilities and view tokens.
    pub(crate) signing_key: Secret,
    /// What those signed that came before: it is good until it expires. Newest first.
    old_signing_keys: Vec<Secret>,
    /// Requests a minute with one view token.
    pub(crate) token_per_minute: u32,
    /// Pages that an isolate holds the socket of.
    pub(crate) feed_pages_max: u32,
    /// Requests that one invocation of an object may make.
    pub(crate) subrequests_max: u32,
    /// Where this Worker is reached from outside; without it CXone gets no callback URL.
    pub(crate) public_url: Option<String>,
    /// Whose pages may call the API.
    pub(crate) origins: Origins,
    /// Which pages may frame an element's own page: a CSP source list.
    pub(crate) frame_ancestors: String,
    /// Where spans go, where they go anywhere.
    pub(crate) collector: Option<Collector>,
    /// Set in development only: what `/dev/session` tells the page.
    pub(crate) dev: Option<DevSession>,
    /// How long things are kept of tenants that say nothing of it, and of those that are no longer set up.
    pub(crate) retention: Retention,
    /// Each by its name.
    tenants: Tenants,
}

/// What a local page is told, so that its user need not type it.
pub(crate) struct DevSession {
    /// The callers' key.
    pub(crate) api_key: Secret,
    /// Where the simulated CXone is.
    pub(crate) sim: String,
}

impl Settings {
    /// The settings of this isolate: bindings do not change in its life, so they are read once.
    pub(crate) fn of(env: &Env) -> Result<Rc<Self>, Problem> {
        thread_local! {
            static SETTINGS: OnceCell<Result<Rc<Settings>, Vec<String>>> = const { OnceCell::new() };
        }
        SETTINGS.with(|settings| {
            let read = settings.get_or_init(|| read(env).map(Rc::new));
            reply::be_secure(read.as_ref().is_ok_and(|settings| settings.is_secure()));
            read.clone().map_err(Problem::Misconfigured)
        })
    }

    /// Whether browsers reach this over TLS, and are to stay there.
    fn is_secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// A tenant's settings; `None` where there is no such tenant.
    pub(crate) fn tenant(&self, id: &TenantId) -> Option<Rc<TenantSettings>> {
        self.tenants.get(id).map(Rc::clone)
    }

    /// How long things of a tenant are kept, whether it is still set up or not.
    pub(crate) fn retention_of(&self, id: &TenantId) -> Retention {
        self.tenants.get(id).map_or(self.retention, |tenant| tenant.retention)
    }

    /// The signing key, and those before it, newest first: for whoever verifies, or opens what was closed with them.
    pub(crate) fn signing_keys(&self) -> impl Iterator<Item = &[u8]> {
        iter::once(&self.signing_key).chain(&self.old_signing_keys).map(|key| key.reveal().as_bytes())
    }

    /// Whether one of the signing keys sealed this. All of them are tried, so that the time says nothing of which.
    pub(crate) fn is_sealed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.signing_keys().fold(false, |found, key| found | seal::is_same(signature, &seal::mac(key, message)))
    }
}

/// Reads everything.
///
/// # Errors
/// Every fault, in words, without a value.
fn read(env: &Env) -> Result<Settings, Vec<String>> {
    let mut reader = Reader::new(env);
    let is_dev = reader.optional("CXPULSE_DEV").is_some_and(|value| value == "1");
    let api_key = api_key(&mut reader, is_dev);
    let signing_key = reader.key("CXPULSE_SIGNING_KEY", 32);
    let old_signing_keys = keys::old_signing_keys(&mut reader, &signing_key);
    let public_url = reader.url("CXPULSE_PUBLIC_URL");
    let signing_keys = iter::once(signing_key.as_str()).chain(old_signing_keys.iter().map(Secret::reveal));
    let collector = collector::read(&mut reader);
    let tenants = tenants::read(&mut reader, signing_keys.map(str::as_bytes));
    let keyring = keys::read(&mut reader, &tenants, &api_key);
    let is_elsewhere = tenants.values().any(|tenant| !tenant.is_local);
    if is_dev && (is_elsewhere || public_url.as_ref().is_some_and(|url| !is_local(url))) {
        // Development gives the callers' key to whoever asks, so it has to stay on this machine.
        reader.fault(
            "CXPULSE_DEV is for this machine only: CXPULSE_PUBLIC_URL and every tenant's CXone have to be on it",
        );
    }
    let settings = Settings {
        collector,
        keyring,
        old_signing_keys,
        token_per_minute: keys::token_per_minute(&mut reader),
        feed_pages_max: number(&mut reader, "CXPULSE_FEED_PAGES_MAX", 1..=FEED_PAGES_MAX).unwrap_or(FEED_PAGES_DEFAULT),
        subrequests_max: number(&mut reader, "CXPULSE_SUBREQUESTS_MAX", RATION_MIN..=SUBREQUESTS_MAX)
            .unwrap_or(RATION_DEFAULT),
        public_url,
        origins: origins(&mut reader),
        frame_ancestors: frame_ancestors(&mut reader),
        dev: is_dev.then(|| DevSession { api_key: Secret::new(api_key), sim: sim(&tenants) }),
        retention: reader.retention(),
        tenants,
        signing_key: Secret::new(signing_key),
    };
    let faults = reader.into_faults();
    if faults.is_empty() { Ok(settings) } else { Err(faults) }
}

/// A whole number; `None` where it is not set, or is a fault.
fn number(reader: &mut Reader<'_>, name: &str, range: RangeInclusive<u32>) -> Option<u32> {
    let text = reader.optional(name)?;
    let number = text.parse().ok().filter(|number| range.contains(number));
    if number.is_none() {
        reader.fault(format!("{name} is not a whole number, {} to {}", range.start(), range.end()));
    }
    number
}

/// What no plan allows more than.
const SUBREQUESTS_MAX: u32 = 10_000_000;

/// Of an isolate's 128 MiB, a page that watches twenty executions takes some tens of KiB.
const FEED_PAGES_DEFAULT: u32 = 2_000;
const FEED_PAGES_MAX: u32 = 100_000;

/// The operators' key. Where others are listed there need be none, but for the page of development.
fn api_key(reader: &mut Reader<'_>, is_dev: bool) -> String {
    match reader.optional(keys::API_KEYS) {
        Some(_) if !is_dev && reader.optional(keys::API_KEY).is_none() => String::new(),
        Some(_) | None => reader.key(keys::API_KEY, 16),
    }
}

/// Whose pages may call: nobody else's where the setting has a fault.
fn origins(reader: &mut Reader<'_>) -> Origins {
    let Some(list) = reader.optional(ORIGINS) else { return Origins::Own };
    let read = Origins::parse(&list).map_err(|invalid| reader.faults_of(&invalid, |at| format!("{at} of {ORIGINS}")));
    read.unwrap_or_default()
}

/// Who may frame an element's own page: pages of ours unless set.
fn frame_ancestors(reader: &mut Reader<'_>) -> String {
    let Some(text) = reader.optional(ANCESTORS) else { return "'self'".into() };
    let read =
        parse_ancestors(&text).map_err(|invalid| reader.faults_of(&invalid, |at| format!("{at} of {ANCESTORS}")));
    read.unwrap_or_default()
}

/// Where the console finds the simulated CXone: at the default tenant's place.
fn sim(tenants: &Tenants) -> String {
    let default = tenants.values().find(|tenant| tenant.id.as_str() == TENANT);
    default.and_then(|tenant| tenant.site.base_url.clone()).unwrap_or_default()
}

/// Whether a URL is on this machine.
pub(crate) fn is_local(url: &str) -> bool {
    Url::new(url).is_ok_and(|url| is_loopback(&url.hostname()))
}

/// The tenant of requests that name none, and of an operator who names none.
pub(crate) const TENANT: &str = "default";

const ORIGINS: &str = "CXPULSE_ALLOWED_ORIGINS";

const ANCESTORS: &str = "CXPULSE_FRAME_ANCESTORS";
