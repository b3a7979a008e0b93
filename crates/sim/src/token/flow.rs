//! The ways to a token: what each asks for, strictly. Never issues one.
//!
//! Rules: RFC 6749 sections 2.3.1 (a client's password, once), 4.3 (password), 4.4 (client credentials) and 5.2
//! (refusals); CXone's public API guide for the access key, by JSON and by form.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::Grant;
use crate::exchange::{Reply, Request};
use crate::settings::Settings;

/// A way to a token, by the endpoint that it is asked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// An OAuth client for itself, by a form.
    ClientCredentials,
    /// A user's access key, by JSON.
    AccessKeyJson,
    /// A user's access key as a password, by a form, through an OAuth client.
    AccessKeyForm,
}

impl Flow {
    pub(crate) fn of(path: &str) -> Option<Self> {
        match path {
            "/oauth/token" | "/api/v2/oauth/token" | "/platform/oauth/token" => Some(Self::ClientCredentials),
            "/authentication/v1/token/access-key" => Some(Self::AccessKeyJson),
            "/auth/token" => Some(Self::AccessKeyForm),
            _ => None,
        }
    }

    /// What the request is granted.
    pub(super) fn grant(self, request: &Request, settings: &Settings) -> Result<Grant, Reply> {
        match self {
            Self::ClientCredentials => client_credentials(request, settings),
            Self::AccessKeyJson => access_key_json(request, settings),
            Self::AccessKeyForm => access_key_form(request, settings),
        }
    }
}

fn client_credentials(request: &Request, settings: &Settings) -> Result<Grant, Reply> {
    let form = read_form(request, "client_credentials")?;
    let client = match (basic(request)?, form.contains_key("client_secret") || form.contains_key("client_id")) {
        (Some(_), true) => {
            return Err(refusal(
                400,
                "invalid_request",
                "the client is to be named once: by the header or by the body",
            ));
        }
        (Some(client), false) => Some(client),
        (None, _) => form.get("client_id").cloned().zip(form.get("client_secret").cloned()),
    };
    if !is_client(client.as_ref(), settings) {
        return Err(wrong_client(request));
    }
    Ok(Grant { client_id: settings.client_id.clone(), scopes: scopes(&form, settings)?, is_user: false })
}

fn access_key_json(request: &Request, settings: &Settings) -> Result<Grant, Reply> {
    if !request.has_media_type("application/json") {
        return Err(refusal(415, "invalid_request", "the body is to be application/json"));
    }
    // Read as a struct, an array of the fields in order would pass.
    if !request.body.trim_ascii_start().starts_with(b"{") {
        return Err(refusal(400, "invalid_request", "the body is to be a JSON object"));
    }
    let key: AccessKey =
        serde_json::from_slice(&request.body).map_err(|error| refusal(400, "invalid_request", &error.to_string()))?;
    if key.access_key_id != settings.access_key_id || key.access_key_secret != settings.access_key_secret {
        return Err(refusal(401, "invalid_grant", "accessKeyId or accessKeySecret is wrong"));
    }
    Ok(user(settings))
}

fn access_key_form(request: &Request, settings: &Settings) -> Result<Grant, Reply> {
    let form = read_form(request, "password")?;
    if !is_client(basic(request)?.as_ref(), settings) {
        return Err(wrong_client(request));
    }
    let (Some(id), Some(secret)) = (form.get("username"), form.get("password")) else {
        return Err(refusal(400, "invalid_request", "username and password are required"));
    };
    if *id != settings.access_key_id || *secret != settings.access_key_secret {
        return Err(refusal(400, "invalid_grant", "username or password is wrong"));
    }
    Ok(user(settings))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct AccessKey {
    access_key_id: String,
    access_key_secret: String,
}

/// A token of the access key: it has no scopes, and may what its user may.
fn user(settings: &Settings) -> Grant {
    Grant { client_id: settings.access_key_id.clone(), scopes: Vec::new(), is_user: true }
}

type Form = BTreeMap<String, String>;

fn read_form(request: &Request, grant_type: &str) -> Result<Form, Reply> {
    if !request.has_media_type("application/x-www-form-urlencoded") {
        return Err(refusal(415, "invalid_request", "the body is to be application/x-www-form-urlencoded"));
    }
    let form: Form = form_urlencoded::parse(&request.body).into_owned().collect();
    match form.get("grant_type").map(String::as_str) {
        Some(asked) if asked == grant_type => Ok(form),
        Some(_) => Err(refusal(400, "unsupported_grant_type", &format!("only {grant_type} is granted"))),
        None => Err(refusal(400, "invalid_request", "grant_type is missing")),
    }
}

/// The scopes that the request gets: those it asks for, else all of the client's.
fn scopes(form: &Form, settings: &Settings) -> Result<Vec<String>, Reply> {
    let asked = form.get("scope").map(String::as_str).unwrap_or_default();
    let asked: Vec<String> = asked.split_whitespace().map(str::to_owned).collect();
    if let Some(unknown) = asked.iter().find(|scope| !settings.scopes.contains(scope)) {
        return Err(refusal(400, "invalid_scope", &format!("the client has no scope {unknown}")));
    }
    Ok(if asked.is_empty() { settings.scopes.clone() } else { asked })
}

/// A client's id and secret.
type Client = (String, String);

/// The client that HTTP Basic names; `None` without the header. Both halves are form-encoded, as RFC 6749 wants them.
fn basic(request: &Request) -> Result<Option<Client>, Reply> {
    let Some(value) = request.header("authorization") else { return Ok(None) };
    let client = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let client = client.and_then(|(_, coded)| STANDARD.decode(coded.trim()).ok());
    let client = client.and_then(|bytes| String::from_utf8(bytes).ok());
    let client = client.as_deref().and_then(|text| text.split_once(':'));
    let client = client.and_then(|(id, secret)| Some((decode(id)?, decode(secret)?)));
    client.map(Some).ok_or_else(|| wrong_client(request))
}

fn decode(half: &str) -> Option<String> {
    let spaced = half.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

fn is_client(client: Option<&Client>, settings: &Settings) -> bool {
    client.is_some_and(|(id, secret)| *id == settings.client_id && *secret == settings.client_secret)
}

/// A client that tried the header is told that the header is a way, and only then.
fn wrong_client(request: &Request) -> Reply {
    let reply = refusal(401, "invalid_client", "client_id or client_secret is wrong");
    match request.header("authorization") {
        Some(_) => reply.with_header("www-authenticate", "Basic"),
        None => reply,
    }
}

pub(super) fn refusal(status: u16, error: &str, error_description: &str) -> Reply {
    Reply::json(status, &TokenRefusal { error, error_description })
}

#[derive(Serialize)]
struct TokenRefusal<'a> {
    error: &'a str,
    error_description: &'a str,
}
