//! Where a tenant's CXone and its tokens are: written in the profile, filled or overridden by the tenant, or asked for.
//! Never asks itself.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use core::fmt;

use serde::Serialize;

use super::Profile;
use super::template::{fill, slots};
use super::token::TokenRule;
use super::url::check_url;

/// Where CXone is, unless the tenant says so itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// A URL such as `https://{organization}.api.nice.incontact.com`.
    Template(String),
    /// CXone tells.
    Discovery(Discovery),
}

/// Where tokens are had, unless the tenant says so itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenPlace {
    /// A path on the base URL.
    Path(String),
    /// A URL such as `https://{tenant}.api.nicecxone.com/platform/oauth/token`.
    Url(String),
    /// CXone tells.
    Discovery(Discovery),
}

/// A well-known document (RFC 8615) that names a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Discovery {
    /// The URL of who publishes it, unless the tenant names another.
    pub issuer: String,
    /// Path and query below it, such as `/.well-known/cxone-configuration?tenantId={tenant_id}`.
    pub path: String,
    /// RFC 6901 pointer to the URL in it, such as `/api_endpoint`.
    pub pointer: String,
}

/// What a tenant's configuration says about places.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Site {
    /// In place of the profile's base: a whole URL.
    pub base_url: Option<String>,
    /// In place of the profile's token endpoint: a whole URL.
    pub token_url: Option<String>,
    /// In place of the issuer of the profile's discoveries: a whole URL.
    pub issuer: Option<String>,
    /// What the profile's placeholders stand for.
    pub variables: BTreeMap<String, String>,
}

/// A place, as far as it is known without a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located {
    /// Known: a whole URL.
    At(String),
    /// To be asked for.
    Ask(Question),
}

/// What to ask for a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Where: a whole URL, to be read with GET.
    pub url: String,
    /// RFC 6901 pointer to the answer in the document.
    pub pointer: String,
}

/// Why a tenant's places cannot be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceError {
    /// The tenant gives no value for a placeholder of this name.
    Missing(String),
    /// The tenant's value for it is not 1..=128 letters, digits, dots, hyphens and underscores.
    Unfit(String),
    /// What comes out is no URL that we call: which one, and the rule that it breaks.
    NotAUrl(&'static str, &'static str),
}

impl Profile {
    /// Where a tenant's CXone is.
    ///
    /// # Errors
    /// [`PlaceError`], for the tenant's configuration to be set right.
    pub fn locate_base(&self, site: &Site) -> Result<Located, PlaceError> {
        if let Some(url) = &site.base_url {
            return checked("base_url", url.clone()).map(Located::At);
        }
        match &self.base {
            Base::Template(template) => site.fill(template).and_then(|url| checked("base", url)).map(Located::At),
            Base::Discovery(discovery) => site.question(discovery).map(Located::Ask),
        }
    }

    /// Where a tenant's tokens are had, once its base URL is known; `None` where none are.
    ///
    /// # Errors
    /// [`PlaceError`], for the tenant's configuration to be set right.
    pub fn locate_token(&self, site: &Site, base_url: &str) -> Result<Option<Located>, PlaceError> {
        let Some(place) = self.token.place() else { return Ok(None) };
        if let Some(url) = &site.token_url {
            return checked("token_url", url.clone()).map(|url| Some(Located::At(url)));
        }
        match place {
            TokenPlace::Path(path) => checked("token", format!("{base_url}{path}")).map(Located::At),
            TokenPlace::Url(template) => site.fill(template).and_then(|url| checked("token", url)).map(Located::At),
            TokenPlace::Discovery(discovery) => site.question(discovery).map(Located::Ask),
        }
        .map(Some)
    }

    /// The placeholders that a tenant has to give values for, unless it names whole URLs.
    #[must_use]
    pub fn variables(&self) -> BTreeSet<&str> {
        let base = match &self.base {
            Base::Template(template) => slots(template),
            Base::Discovery(discovery) => discovery.slots(),
        };
        let token = match self.token.place() {
            Some(TokenPlace::Url(template)) => slots(template),
            Some(TokenPlace::Discovery(discovery)) => discovery.slots(),
            Some(TokenPlace::Path(_)) | None => alloc::vec::Vec::new(),
        };
        base.into_iter().chain(token).collect()
    }
}

impl TokenRule {
    /// Where tokens are had; `None` where they are not fetched.
    #[must_use]
    pub const fn place(&self) -> Option<&TokenPlace> {
        match self {
            Self::ClientCredentials { place, .. } | Self::AccessKey { place, .. } => Some(place),
            Self::Static => None,
        }
    }
}

impl Discovery {
    fn slots(&self) -> alloc::vec::Vec<&str> {
        let mut names = slots(&self.issuer);
        names.extend(slots(&self.path));
        names
    }
}

impl Site {
    fn question(&self, discovery: &Discovery) -> Result<Question, PlaceError> {
        let issuer = self.issuer.clone().map_or_else(|| self.fill(&discovery.issuer), Ok)?;
        let issuer = checked("issuer", issuer)?;
        let url = format!("{issuer}{}", self.fill(&discovery.path)?);
        Ok(Question { url, pointer: discovery.pointer.clone() })
    }

    fn fill(&self, template: &str) -> Result<String, PlaceError> {
        for name in slots(template) {
            let value = self.variables.get(name).ok_or_else(|| PlaceError::Missing(name.into()))?;
            if !is_plain(value) {
                return Err(PlaceError::Unfit(name.into()));
            }
        }
        fill(template, |name| self.variables.get(name).cloned()).ok_or(PlaceError::NotAUrl("template", "is malformed"))
    }
}

impl fmt::Display for PlaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the profile needs a value for {{{name}}}"),
            Self::Unfit(name) => {
                write!(f, "the value for {{{name}}} must be 1 to 128 letters, digits, dots, hyphens and underscores")
            }
            Self::NotAUrl(what, rule) => write!(f, "{what} {rule}"),
        }
    }
}

impl core::error::Error for PlaceError {}

fn checked(what: &'static str, url: String) -> Result<String, PlaceError> {
    check_url(&url).map_err(|rule| PlaceError::NotAUrl(what, rule))?;
    Ok(url)
}

/// A value that stays within its host's label, path segment or query field, whatever stands around it.
fn is_plain(value: &str) -> bool {
    let is_plain_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=128).contains(&value.len()) && value.bytes().all(is_plain_byte)
}
