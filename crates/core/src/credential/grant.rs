//! What a token endpoint answered. Never decides when it is asked again.
//!
//! RFC 6749, sections 5.1 (a token) and 5.2 (a refusal). Tutorials and gateways stray from both, so each straying has a
//! rule: a life that is no positive finite number of seconds, as number or text, counts as not said; one of more than
//! [`LIFETIME_MAX`] counts as that; a page of HTML is trouble that may pass.

use alloc::string::ToString;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Secret;
use crate::call::Reply;
use crate::failure::parse_retry_after;
use crate::json::{self, Json};
use crate::time::{Span, Timestamp};

/// A token endpoint's answer, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The token.
    pub secret: Secret,
    /// How long it lives; absent where the endpoint does not say.
    pub lifetime: Option<Span>,
}

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The endpoint refused these credentials: the same question has the same answer for a while.
    Refused(Refusal),
    /// Anything else, with what `Retry-After` asked for.
    Failed(Option<Span>),
}

/// What was refused: the codes of RFC 6749 section 5.2, and our own for what it does not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The request itself; mostly a profile with the wrong flow.
    InvalidRequest,
    /// The client's id or secret.
    InvalidClient,
    /// The access key.
    InvalidGrant,
    /// The client may not use this flow.
    UnauthorizedClient,
    /// The endpoint does not have this flow.
    UnsupportedGrantType,
    /// A scope that the client does not have.
    InvalidScope,
    /// Refused without one of these codes.
    Unexplained,
    /// The discovery knows no such tenant, or refuses to tell.
    Discovery,
    /// The static token, by CXone itself.
    StaticToken,
}

impl Refusal {
    /// Ours, as in JSON, and where there is one the code of RFC 6749: `invalid_client`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::Unexplained => "unexplained",
            Self::Discovery => "discovery",
            Self::StaticToken => "static_token",
        }
    }

    fn of(body: &str) -> Self {
        let code = Json::parse(body).ok().and_then(|body| body.pointer("/error").and_then(json::text));
        let known = CODES.into_iter().find(|known| code.as_deref() == Some(known.name()));
        known.unwrap_or(Self::Unexplained)
    }
}

/// Reads a token endpoint's answer.
///
/// # Errors
/// [`Trouble::Refused`] for 400, 401 and 403; [`Trouble::Failed`] for anything else that holds no bearer token.
pub fn read_grant(reply: Reply<'_>, now: Timestamp) -> Result<Grant, Trouble> {
    let retry_after = reply.retry_after.and_then(|value| parse_retry_after(value, now));
    match reply.status {
        200..=299 => read_body(reply.body).ok_or(Trouble::Failed(retry_after)),
        400 | 401 | 403 => Err(Trouble::Refused(Refusal::of(reply.body))),
        _ => Err(Trouble::Failed(retry_after)),
    }
}

fn read_body(body: &str) -> Option<Grant> {
    let body = Json::parse(body).ok()?;
    let secret = body.pointer("/access_token").and_then(json::text)?;
    let kind = body.pointer("/token_type").and_then(json::text);
    let is_bearer = kind.is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    let is_sendable = secret.bytes().all(|byte| byte.is_ascii_graphic()) && (1..=TOKEN_MAX).contains(&secret.len());
    if !is_bearer || !is_sendable {
        return None;
    }
    Some(Grant { secret: Secret::new(secret), lifetime: body.pointer("/expires_in").and_then(read_lifetime) })
}

fn read_lifetime(raw: &RawValue) -> Option<Span> {
    let digits = json::text(raw).unwrap_or_else(|| raw.get().to_string());
    let seconds = digits.trim().parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds > 0.0)?;
    Some(Span::from_secs_f64(seconds).min(LIFETIME_MAX))
}

/// The longest life that is believed: 30 days.
pub const LIFETIME_MAX: Span = Span::from_secs(2_592_000);

/// Bytes of a token; headers hold no more.
pub const TOKEN_MAX: usize = 16_384;

const CODES: [Refusal; 6] = [
    Refusal::InvalidRequest,
    Refusal::InvalidClient,
    Refusal::InvalidGrant,
    Refusal::UnauthorizedClient,
    Refusal::UnsupportedGrantType,
    Refusal::InvalidScope,
];
