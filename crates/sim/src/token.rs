//! Access tokens: who gets one, for what, and until when. Never draws a number: the caller brings the secret part.
//!
//! Rules: RFC 6749 sections 4.4 (client credentials), 5.1 and 5.2 (answers); RFC 6750 section 3 (refusals of a
//! bearer token).

use std::collections::BTreeMap;

use cxpulse_core::time::{Span, Timestamp};
use serde::Serialize;

use crate::exchange::{Reply, Request};
use crate::world::Settings;

/// What a token lets its bearer do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    expires_at: Timestamp,
}

/// The tokens that are out.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    grants: BTreeMap<String, Grant>,
}

impl Tokens {
    /// Answers a token request with `token` if it is to be granted.
    pub(crate) fn answer(
        &mut self,
        request: &Request,
        settings: &Settings,
        token: String,
        lifetime: Span,
        now: Timestamp,
    ) -> Reply {
        match granted_scopes(request, settings) {
            Ok(scopes) => self.issue(settings.client_id.clone(), scopes, token, lifetime, now),
            Err(refusal) => refusal.with_header("cache-control", "no-store"),
        }
    }

    /// The grant behind the request's bearer token.
    pub(crate) fn verify(&self, request: &Request, now: Timestamp) -> Result<Grant, Reply> {
        let Some(token) = request.header("authorization").and_then(bearer) else {
            return Err(unauthorized("Bearer", "invalid_request", "a bearer token is required"));
        };
        match self.grants.get(token) {
            Some(grant) if now < grant.expires_at => Ok(grant.clone()),
            Some(_) => Err(invalid_token("the access token expired")),
            None => Err(invalid_token("the access token is unknown or was revoked")),
        }
    }

    /// Takes back one token, or all; gives how many.
    pub(crate) fn revoke(&mut self, token: Option<&str>) -> usize {
        let before = self.grants.len();
        match token {
            Some(token) => {
                self.grants.remove(token);
            }
            None => self.grants.clear(),
        }
        before.saturating_sub(self.grants.len())
    }

    fn issue(
        &mut self,
        client_id: String,
        scopes: Vec<String>,
        token: String,
        lifetime: Span,
        now: Timestamp,
    ) -> Reply {
        self.grants.retain(|_, grant| now < grant.expires_at);
        if self.grants.len() >= TOKENS_MAX {
            self.grants.pop_first();
        }
        let scope = scopes.join(" ");
        let answer = TokenAnswer {
            access_token: &token,
            token_type: "Bearer",
            expires_in: lifetime.as_millis() / 1_000,
            scope: &scope,
        };
        let reply = Reply::json(200, &answer).with_header("cache-control", "no-store");
        self.grants.insert(token, Grant { client_id, scopes, expires_at: now.plus(lifetime) });
        reply
    }
}

/// Refuses a token as CXone does when it has expired or was taken back.
pub(crate) fn invalid_token(words: &str) -> Reply {
    unauthorized("Bearer error=\"invalid_token\"", "invalid_token", words)
}

fn unauthorized(challenge: &str, code: &str, words: &str) -> Reply {
    Reply::refusal(401, code, words).with_header("www-authenticate", challenge)
}

/// The scheme's name is read in any case: RFC 9110 section 11.1.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The scopes that the request gets: those it asks for, else all of the client's.
fn granted_scopes(request: &Request, settings: &Settings) -> Result<Vec<String>, Reply> {
    if !request.has_media_type("application/x-www-form-urlencoded") {
        return Err(refusal(415, "invalid_request", "the body is to be application/x-www-form-urlencoded"));
    }
    let form: BTreeMap<_, _> = form_urlencoded::parse(&request.body).collect();
    let field = |name| form.get(name).map(AsRef::<str>::as_ref);
    match field("grant_type") {
        Some("client_credentials") => {}
        Some(_) => return Err(refusal(400, "unsupported_grant_type", "only client_credentials is granted")),
        None => return Err(refusal(400, "invalid_request", "grant_type is missing")),
    }
    let is_client = field("client_id") == Some(settings.client_id.as_str())
        && field("client_secret") == Some(settings.client_secret.as_str());
    if !is_client {
        return Err(refusal(401, "invalid_client", "client_id or client_secret is wrong"));
    }
    let asked: Vec<String> = field("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if let Some(unknown) = asked.iter().find(|scope| !settings.scopes.contains(scope)) {
        return Err(refusal(400, "invalid_scope", &format!("the client has no scope {unknown}")));
    }
    Ok(if asked.is_empty() { settings.scopes.clone() } else { asked })
}

fn refusal(status: u16, error: &str, error_description: &str) -> Reply {
    Reply::json(status, &TokenRefusal { error, error_description })
}

#[derive(Serialize)]
struct TokenAnswer<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u64,
    scope: &'a str,
}

#[derive(Serialize)]
struct TokenRefusal<'a> {
    error: &'a str,
    error_description: &'a str,
}

/// Tokens out at a time; at the limit an older one is taken back.
const TOKENS_MAX: usize = 10_000;
