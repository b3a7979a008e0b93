//! Access tokens: those that are out, for what, and until when. Never draws a number: the caller brings the secret part.
//!
//! Rules: RFC 6749 section 5.1 (answers); RFC 6750 section 3 (refusals of a bearer token).

mod flow;

use std::collections::BTreeMap;

use cxpulse_core::time::{Span, Timestamp};
use serde::Serialize;

pub(crate) use self::flow::Flow;
use crate::exchange::{Reply, Request};
use crate::settings::Settings;

/// What a token lets its bearer do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Whose rate limit counts: the client, or the access key.
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    /// Whether it stands for a CXone user, who needs no scopes for the public API.
    pub(crate) is_user: bool,
}

/// The tokens that are out.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    grants: BTreeMap<String, (Grant, Timestamp)>,
}

/// What a token that is to be issued is made of.
pub(crate) struct Mint {
    pub(crate) token: String,
    pub(crate) lifetime: Span,
}

impl Tokens {
    /// Answers a token request, with the minted token if it is to be granted.
    pub(crate) fn answer(
        &mut self,
        flow: Flow,
        request: &Request,
        settings: &Settings,
        mint: Mint,
        now: Timestamp,
    ) -> Reply {
        let reply = match flow.grant(request, settings) {
            Ok(grant) => self.issue(grant, mint, now),
            Err(refusal) => refusal,
        };
        reply.with_header("cache-control", "no-store")
    }

    /// The grant behind the request's bearer token.
    pub(crate) fn verify(&self, request: &Request, settings: &Settings, now: Timestamp) -> Result<Grant, Reply> {
        let Some(token) = request.header("authorization").and_then(bearer) else {
            return Err(unauthorized("Bearer", "invalid_request", "a bearer token is required"));
        };
        if settings.static_token.as_deref() == Some(token) {
            return Ok(Grant { client_id: "static".to_owned(), scopes: settings.scopes.clone(), is_user: true });
        }
        match self.grants.get(token) {
            Some((grant, expires_at)) if now < *expires_at => Ok(grant.clone()),
            Some(_) => Err(invalid_token("the access token expired")),
            None => Err(invalid_token("the access token is unknown or was revoked")),
        }
    }

    /// Takes back one token, or all; gives how many. A static token is nobody's to take back.
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

    fn issue(&mut self, grant: Grant, mint: Mint, now: Timestamp) -> Reply {
        let Mint { token, lifetime } = mint;
        self.grants.retain(|_, (_, expires_at)| now < *expires_at);
        if self.grants.len() >= TOKENS_MAX {
            self.grants.pop_first();
        }
        let scope = grant.scopes.join(" ");
        let answer = TokenAnswer {
            access_token: &token,
            token_type: "Bearer",
            expires_in: lifetime.as_millis() / 1_000,
            scope: (!grant.is_user).then_some(&scope),
        };
        let reply = Reply::json(200, &answer);
        self.grants.insert(token, (grant, now.plus(lifetime)));
        reply
    }
}

/// Refuses a token as CXone does when it has expired or was taken back.
pub(crate) fn invalid_token(words: &str) -> Reply {
    unauthorized("Bearer error=\"invalid_token\"", "invalid_token", words)
}

/// Refuses a client as CXone does when its secret was changed.
pub(crate) fn invalid_client() -> Reply {
    flow::refusal(401, "invalid_client", "client_id or client_secret is wrong").with_header("cache-control", "no-store")
}

fn unauthorized(challenge: &str, code: &str, words: &str) -> Reply {
    Reply::refusal(401, code, words).with_header("www-authenticate", challenge)
}

/// The scheme's name is read in any case: RFC 9110 section 11.1.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

#[derive(Serialize)]
struct TokenAnswer<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a String>,
}

/// Tokens out at a time; at the limit an older one is taken back.
const TOKENS_MAX: usize = 10_000;
