//! When a tenant's token is used, renewed, or not even asked for. Never fetches one, never prints one.
//!
//! Answers of the token endpoint after RFC 6749, sections 5.1 (a token) and 5.2 (a refusal).

use alloc::string::{String, ToString};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::call::Reply;
use crate::failure::parse_retry_after;
use crate::json::{self, Json};
use crate::time::{Span, Timestamp};

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A token, and for how long it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What is sent.
    pub secret: Secret,
    /// 1 and up: the tokens of a tenant in the order in which they were fetched.
    pub version: u64,
    /// From then on a newer one is fetched.
    pub renew_at: Timestamp,
    /// From then on it is not used at all.
    pub expires_at: Timestamp,
}

/// What a tenant has: its token, and when the endpoint may be asked again after trouble.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Credentials {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<Token>,
    /// The version of the latest token, also of one that is gone.
    version: u64,
    /// Fetches in a row that brought none.
    failures: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
}

/// What to do for a call that needs a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Send this one.
    Use(Token),
    /// Fetch one, report it, and ask again.
    Fetch,
    /// There is none, and the endpoint is not asked before then.
    Wait(Timestamp),
}

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
    Refused,
    /// Anything else, with what `Retry-After` asked for.
    Failed(Option<Span>),
}

impl Credentials {
    /// What to do at `now` for a call. `newer_than` is the version that CXone refused, where it refused one:
    /// so a refusal renews once, however many calls it hit.
    #[must_use]
    pub fn decide(&self, newer_than: Option<u64>, now: Timestamp) -> Verdict {
        let fits = |token: &&Token| now < token.expires_at && token.version > newer_than.unwrap_or(0);
        let usable = self.token.as_ref().filter(fits);
        let is_young = usable.is_some_and(|token| now < token.renew_at);
        let embargo = self.not_before.filter(|not_before| now < *not_before);
        match (usable, embargo) {
            (Some(token), _) if is_young => Verdict::Use(token.clone()),
            (Some(token), Some(_)) => Verdict::Use(token.clone()),
            (None, Some(until)) => Verdict::Wait(until),
            (Some(_) | None, None) => Verdict::Fetch,
        }
    }

    /// A fetch brought a token. It is renewed [`RENEW_EARLY`] before its end, or at half its life if that is later.
    pub fn granted(&mut self, grant: Grant, now: Timestamp) {
        let lifetime = grant.lifetime.unwrap_or(LIFETIME_DEFAULT).min(LIFETIME_MAX);
        let half = Span::from_millis(lifetime.as_millis() / 2);
        self.version = self.version.saturating_add(1);
        self.token = Some(Token {
            secret: grant.secret,
            version: self.version,
            renew_at: now.plus(lifetime.minus(RENEW_EARLY).max(half)),
            expires_at: now.plus(lifetime),
        });
        self.failures = 0;
        self.not_before = None;
    }

    /// A fetch brought none.
    pub fn troubled(&mut self, trouble: Trouble, now: Timestamp) {
        let rung = usize::try_from(self.failures).unwrap_or(usize::MAX);
        self.failures = self.failures.saturating_add(1);
        let wait = match trouble {
            Trouble::Refused => REFUSED_WAIT,
            Trouble::Failed(retry_after) => {
                let step = LADDER.get(rung).copied().unwrap_or(REFUSED_WAIT);
                step.max(retry_after.unwrap_or(Span::ZERO))
            }
        };
        self.not_before = Some(now.plus(wait));
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
        400 | 401 | 403 => Err(Trouble::Refused),
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
    let seconds = body.pointer("/expires_in").and_then(|raw| {
        let digits = json::text(raw).unwrap_or_else(|| raw.get().to_string());
        digits.parse::<f64>().ok().filter(|seconds| *seconds > 0.0)
    });
    Some(Grant { secret: Secret::new(secret), lifetime: seconds.map(Span::from_secs_f64) })
}

/// How long before its end a token is renewed.
pub const RENEW_EARLY: Span = Span::from_secs(300);

/// How long a token is trusted whose endpoint does not say.
pub const LIFETIME_DEFAULT: Span = Span::from_secs(300);

/// The longest life that is believed: 30 days.
pub const LIFETIME_MAX: Span = Span::from_secs(2_592_000);

/// How long a refusal is remembered; also the last rung of the ladder.
pub const REFUSED_WAIT: Span = Span::from_secs(30);

/// Bytes of a token; headers hold no more.
pub const TOKEN_MAX: usize = 16_384;

/// Waits after fetches that failed otherwise.
const LADDER: [Span; 5] =
    [Span::from_secs(1), Span::from_secs(2), Span::from_secs(4), Span::from_secs(8), Span::from_secs(16)];
