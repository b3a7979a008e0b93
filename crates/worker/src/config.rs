//! What a deployment is set up with: bindings into typed settings. Never shows a value, names every fault.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cxpulse_core::credential::Secret;
use cxpulse_core::id::TenantId;
use cxpulse_core::profile::Profile;
use web_sys::Url;
use worker::Env;

use crate::problem::Problem;
use crate::seal;

mod tenant;

pub(crate) use tenant::{Account, TenantSettings};

/// What belongs to the deployment, and its tenants.
pub(crate) struct Settings {
    /// SHA-256 of the callers' key.
    pub(crate) api_key_hash: [u8; 32],
    /// Signs capabilities and view tokens.
    pub(crate) signing_key: Secret,
    /// Signs notifications.
    pub(crate) webhook_key: Vec<u8>,
    /// Where this Worker is reached from outside; without it CXone gets no callback URL.
    pub(crate) public_url: Option<String>,
    /// Whose pages may call the API.
    pub(crate) origins: Origins,
    /// Which pages may frame the embed page: a CSP source list.
    pub(crate) frame_ancestors: String,
    /// Set in development only: what `/dev/session` tells the page.
    pub(crate) dev: Option<DevSession>,
    tenants: BTreeMap<TenantId, Rc<TenantSettings>>,
}

/// What a local page is told, so that its user need not type it.
pub(crate) struct DevSession {
    /// The callers' key.
    pub(crate) api_key: Secret,
    /// Where the simulated CXone is.
    pub(crate) sim: String,
}

/// Whose pages may call the API.
pub(crate) enum Origins {
    /// Only our own.
    Own,
    /// Anybody's: keys and tokens are sent by script, never by the browser itself.
    Any,
    /// These.
    These(Vec<String>),
}

impl Settings {
    /// The settings of this isolate: bindings do not change in its life, so they are read once.
    pub(crate) fn of(env: &Env) -> Result<Rc<Self>, Problem> {
        thread_local! {
            static SETTINGS: OnceCell<Result<Rc<Settings>, Vec<String>>> = const { OnceCell::new() };
        }
        SETTINGS.with(|settings| {
            let read = settings.get_or_init(|| Reader { env, faults: Vec::new() }.settings().map(Rc::new));
            read.clone().map_err(Problem::Misconfigured)
        })
    }

    /// A tenant's settings; `None` where there is no such tenant.
    pub(crate) fn tenant(&self, id: &TenantId) -> Option<Rc<TenantSettings>> {
        self.tenants.get(id).map(Rc::clone)
    }

    /// Whether there are several tenants.
    pub(crate) fn has_several_tenants(&self) -> bool {
        self.tenants.len() > 1
    }
}

impl Origins {
    /// Whether there are any but our own.
    pub(crate) const fn any(&self) -> bool {
        !matches!(self, Self::Own)
    }

    /// Whether pages of `origin` may call.
    pub(crate) fn allow(&self, origin: &str) -> bool {
        match self {
            Self::Own => false,
            Self::Any => true,
            Self::These(origins) => origins.iter().any(|allowed| allowed == origin),
        }
    }
}

struct Reader<'a> {
    env: &'a Env,
    faults: Vec<String>,
}

impl Reader<'_> {
    fn settings(mut self) -> Result<Settings, Vec<String>> {
        let is_dev = self.optional("CXPULSE_DEV").is_some_and(|value| value == "1");
        let api_key = self.key("CXPULSE_API_KEY", 16);
        let signing_key = self.key("CXPULSE_SIGNING_KEY", 32);
        let webhook_key = self.webhook_key(&signing_key);
        let base_url = self.required("CXONE_BASE_URL");
        let base_url = self.checked_url("CXONE_BASE_URL", &base_url);
        let public_url = self.optional("CXPULSE_PUBLIC_URL");
        if is_dev {
            self.check_is_local(public_url.iter().chain([&base_url]));
        }
        let dev = is_dev.then(|| DevSession { api_key: Secret::new(api_key.clone()), sim: base_url.clone() });
        let tenants = self.default_tenant(base_url).map(|tenant| (tenant.id.clone(), Rc::new(tenant)));
        let settings = Settings {
            api_key_hash: seal::sha256(api_key.as_bytes()),
            webhook_key,
            public_url: public_url.map(|url| self.checked_url("CXPULSE_PUBLIC_URL", &url)),
            origins: self.origins(),
            frame_ancestors: self.optional("CXPULSE_FRAME_ANCESTORS").unwrap_or_else(|| "'self'".into()),
            dev,
            tenants: tenants.into_iter().collect(),
            signing_key: Secret::new(signing_key),
        };
        if self.faults.is_empty() { Ok(settings) } else { Err(self.faults) }
    }

    fn default_tenant(&mut self, base_url: String) -> Option<TenantSettings> {
        let account = Account {
            client_id: Some(self.required("CXONE_CLIENT_ID")),
            client_secret: Some(Secret::new(self.required("CXONE_CLIENT_SECRET"))),
            ..Account::default()
        };
        let token_url = self.optional("CXONE_TOKEN_URL").map(|url| self.checked_url("CXONE_TOKEN_URL", &url));
        Some(TenantSettings {
            id: TenantId::parse(TENANT).ok()?,
            profile: Rc::new(self.profile()?),
            is_local: is_local(&base_url),
            base_url: Some(base_url),
            token_url,
            account,
            variables: BTreeMap::new(),
            api_key_hashes: Vec::new(),
        })
    }

    /// Development gives the callers' key to whoever asks, so it has to stay on this machine.
    fn check_is_local<'a>(&mut self, mut urls: impl Iterator<Item = &'a String>) {
        if !urls.all(|url| is_local(url)) {
            let fault = "CXPULSE_DEV is for this machine only: CXONE_BASE_URL and CXPULSE_PUBLIC_URL have to be on it";
            self.faults.push(fault.into());
        }
    }

    fn optional(&self, name: &str) -> Option<String> {
        let value = self.env.var(name).ok()?.to_string();
        let value = value.trim();
        (!value.is_empty()).then(|| value.into())
    }

    fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.faults.push(format!("{name} is not set"));
            String::new()
        })
    }

    fn key(&mut self, name: &str, len_min: usize) -> String {
        let key = self.required(name);
        if !key.is_empty() && key.len() < len_min {
            self.faults.push(format!("{name} is shorter than {len_min} characters"));
        }
        key
    }

    fn profile(&mut self) -> Option<Profile> {
        let name = self.optional("CXONE_PROFILE").unwrap_or_else(|| PROFILE_DEFAULT.into());
        let profile = Profile::built_in(&name);
        profile.map_err(|error| self.faults.push(format!("CXONE_PROFILE: {error}"))).ok()
    }

    /// `whsec_` and base64, as Standard Webhooks has it; else a key of its own drawn from the signing key.
    fn webhook_key(&mut self, signing_key: &str) -> Vec<u8> {
        let Some(text) = self.optional("CXPULSE_WEBHOOK_SECRET") else {
            return seal::mac(signing_key.as_bytes(), b"webhook").to_vec();
        };
        let key = STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(&text)).unwrap_or_default();
        if !(24..=64).contains(&key.len()) {
            self.faults.push("CXPULSE_WEBHOOK_SECRET is not whsec_ and 24 to 64 bytes in base64".into());
        }
        key
    }

    fn origins(&self) -> Origins {
        match self.optional("CXPULSE_ALLOWED_ORIGINS") {
            None => Origins::Own,
            Some(list) if list == "*" => Origins::Any,
            Some(list) => {
                let origin = |origin: &str| origin.trim().trim_end_matches('/').to_ascii_lowercase();
                Origins::These(list.split(',').map(origin).filter(|origin| !origin.is_empty()).collect())
            }
        }
    }

    /// Secrets travel to these: https, or http to this machine.
    fn checked_url(&mut self, name: &str, url: &str) -> String {
        let url = url.trim_end_matches('/');
        let is_sound = Url::new(url).is_ok_and(|parsed| match parsed.protocol().as_str() {
            "https:" => true,
            "http:" => is_loopback(&parsed.hostname()),
            _ => false,
        });
        if !url.is_empty() && !is_sound {
            self.faults.push(format!("{name} is not an https URL, nor an http URL of this machine"));
        }
        url.into()
    }
}

/// Whether a URL is on this machine.
pub(crate) fn is_local(url: &str) -> bool {
    Url::new(url).is_ok_and(|url| is_loopback(&url.hostname()))
}

/// Whether a host, as `URL` writes it, is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "[::1]") || host.starts_with("127.") || host.ends_with(".localhost")
}

/// The tenant of requests that name none, and of an operator who names none.
pub(crate) const TENANT: &str = "default";

const PROFILE_DEFAULT: &str = "dataactions";
