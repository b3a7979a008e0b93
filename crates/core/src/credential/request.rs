//! How a token is asked for, in each flow. Never asks, never prints what it sends.
//!
//! RFC 6749 sections 2.3.1 (who the client is), 4.3 and 4.4 (password and client credentials); CXone's access keys by
//! form at the token endpoint that its OpenID configuration names, and by JSON at `/authentication/v1/token/access-key`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Secret;
use crate::profile::template::percent_encode;
use crate::profile::{ClientAuthentication, KeyEncoding, TokenRule};

/// Who we are at CXone. Which of these are needed follows from the profile's token flow.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Of an OAuth client.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// Of a CXone access key.
    pub access_key_id: Option<String>,
    /// Its secret.
    pub access_key_secret: Option<Secret>,
    /// A token that never changes.
    pub static_token: Option<Secret>,
}

/// One request for a token, complete.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// HTTP method.
    pub method: &'static str,
    /// A whole URL.
    pub url: String,
    /// Name and value of each header.
    pub headers: Vec<(&'static str, Secret)>,
    /// A form, or JSON.
    pub body: Secret,
}

/// What an account lacks for its profile's flow: names of its fields, such as `client_secret`; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking(Vec<&'static str>);

impl Lacking {
    /// The names.
    #[must_use]
    pub fn fields(&self) -> &[&'static str] {
        &self.0
    }
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the profile's token flow needs {}", self.0.join(", "))
    }
}

impl core::error::Error for Lacking {}

impl Account {
    /// Whether the account has what the flow needs.
    ///
    /// # Errors
    /// [`Lacking`] with every field that is absent or empty.
    pub fn check(&self, rule: &TokenRule) -> Result<(), Lacking> {
        let secret = |secret: &Option<Secret>| secret.as_ref().is_some_and(|secret| !secret.reveal().is_empty());
        let id = |id: &Option<String>| id.as_ref().is_some_and(|id| !id.is_empty());
        let client = [("client_id", id(&self.client_id)), ("client_secret", secret(&self.client_secret))];
        let key = [("access_key_id", id(&self.access_key_id)), ("access_key_secret", secret(&self.access_key_secret))];
        let needed = match rule {
            TokenRule::ClientCredentials { .. } => client.to_vec(),
            TokenRule::AccessKey { encoding: KeyEncoding::Form, .. } => [client, key].concat(),
            TokenRule::AccessKey { encoding: KeyEncoding::Json, .. } => key.to_vec(),
            TokenRule::Static => alloc::vec![("static_token", secret(&self.static_token))],
        };
        let lacking: Vec<_> = needed.into_iter().filter(|(_, is_there)| !is_there).map(|(name, _)| name).collect();
        if lacking.is_empty() { Ok(()) } else { Err(Lacking(lacking)) }
    }
}

/// The request for a token at `url`; `None` for a static one, which is never fetched.
///
/// # Errors
/// [`Lacking`], where the account has not what the flow needs.
pub fn token_request(rule: &TokenRule, account: &Account, url: &str) -> Result<Option<TokenRequest>, Lacking> {
    account.check(rule)?;
    Ok(match rule {
        TokenRule::ClientCredentials { scope, client_authentication, .. } => {
            Some(client_credentials(account, scope.as_deref(), *client_authentication, url))
        }
        TokenRule::AccessKey { encoding: KeyEncoding::Form, .. } => Some(access_key_form(account, url)),
        TokenRule::AccessKey { encoding: KeyEncoding::Json, .. } => Some(access_key_json(account, url)),
        TokenRule::Static => None,
    })
}

fn client_credentials(
    account: &Account,
    scope: Option<&str>,
    client_authentication: ClientAuthentication,
    url: &str,
) -> TokenRequest {
    let mut fields = alloc::vec![("grant_type", "client_credentials")];
    let mut headers = Vec::new();
    match client_authentication {
        ClientAuthentication::Body => fields.extend([
            ("client_id", account.client_id.as_deref().unwrap_or_default()),
            ("client_secret", reveal(&account.client_secret)),
        ]),
        ClientAuthentication::Basic => headers.push(("authorization", basic(account))),
    }
    fields.extend(scope.map(|scope| ("scope", scope)));
    post(url, FORM, headers, form(&fields))
}

fn access_key_form(account: &Account, url: &str) -> TokenRequest {
    let fields = [
        ("grant_type", "password"),
        ("username", account.access_key_id.as_deref().unwrap_or_default()),
        ("password", reveal(&account.access_key_secret)),
    ];
    post(url, FORM, alloc::vec![("authorization", basic(account))], form(&fields))
}

fn access_key_json(account: &Account, url: &str) -> TokenRequest {
    let quoted = |text: &str| Value::from(text);
    let id = quoted(account.access_key_id.as_deref().unwrap_or_default());
    let secret = quoted(reveal(&account.access_key_secret));
    let body = format!(r#"{{"accessKeyId":{id},"accessKeySecret":{secret}}}"#);
    post(url, "application/json", Vec::new(), body)
}

fn post(url: &str, kind: &str, mut headers: Vec<(&'static str, Secret)>, body: String) -> TokenRequest {
    headers.extend([("accept", Secret::new("application/json")), ("content-type", Secret::new(kind))]);
    TokenRequest { method: "POST", url: url.into(), headers, body: Secret::new(body) }
}

/// Section 2.3.1: both parts are form-encoded before they are joined, so a colon in the id parts nothing.
fn basic(account: &Account) -> Secret {
    let id = percent_encode(account.client_id.as_deref().unwrap_or_default());
    let secret = percent_encode(reveal(&account.client_secret));
    Secret::new(format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))))
}

fn form(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}", percent_encode(value))).collect::<Vec<_>>().join("&")
}

fn reveal(secret: &Option<Secret>) -> &str {
    secret.as_ref().map(Secret::reveal).unwrap_or_default()
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(…)")
    }
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenRequest({} {} …)", self.method, self.url)
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
