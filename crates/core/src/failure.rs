//! What the other side did to us, classified. Never decides what follows: [`crate::backoff`] and the machine do.
//!
//! Classes from the seed poller's error classifier; `Retry-After` after RFC 9110 section 10.2.3.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::time::{Span, Timestamp};

/// A class of failure: what is done about it depends on nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// 401: the token is not, or no longer, good. A fresh one, and the same attempt again, once.
    AuthExpired,
    /// 403: the client lacks a scope or a permission. Final.
    ScopeDenied,
    /// 404: no such execution or action. Final, past the grace after a submit.
    NotFound,
    /// Any other 4xx: our request is wrong. Final.
    ClientError,
    /// 429: too many. Wait as told.
    RateLimited,
    /// 5xx, a timeout, a connection that broke. The ladder.
    Transient,
    /// An answer that is not the schema: HTML, cut JSON, a missing field, a redirect. The ladder, counted.
    Malformed,
}

impl FailureKind {
    /// Every class.
    pub const ALL: [Self; 7] = [
        Self::AuthExpired,
        Self::ScopeDenied,
        Self::NotFound,
        Self::ClientError,
        Self::RateLimited,
        Self::Transient,
        Self::Malformed,
    ];

    /// The class of an HTTP status; `None` for 2xx, whose body decides. Total: every other number has a class.
    #[must_use]
    pub const fn of_status(status: u16) -> Option<Self> {
        match status {
            200..=299 => None,
            401 => Some(Self::AuthExpired),
            403 => Some(Self::ScopeDenied),
            404 => Some(Self::NotFound),
            429 => Some(Self::RateLimited),
            400..=499 => Some(Self::ClientError),
            500..=599 => Some(Self::Transient),
            _ => Some(Self::Malformed),
        }
    }

    /// Ours, as in JSON and metrics: `rate_limited`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthExpired => "auth_expired",
            Self::ScopeDenied => "scope_denied",
            Self::NotFound => "not_found",
            Self::ClientError => "client_error",
            Self::RateLimited => "rate_limited",
            Self::Transient => "transient",
            Self::Malformed => "malformed",
        }
    }
}

/// One failure of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its class.
    pub kind: FailureKind,
    /// The HTTP status, where an answer came at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long the server asks us to wait, 0..=[`RETRY_AFTER_MAX`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Span>,
    /// What happened, for people, at most [`MESSAGE_MAX`] bytes; never a secret, never a payload.
    pub message: String,
}

impl Failure {
    /// A failure without an answer, or of an answer's body.
    #[must_use]
    pub fn new(kind: FailureKind, message: &str) -> Self {
        Self { kind, status: None, retry_after: None, message: cut(message, MESSAGE_MAX).into() }
    }

    /// The connection broke, or no answer came in time.
    #[must_use]
    pub fn unanswered(message: &str) -> Self {
        Self::new(FailureKind::Transient, message)
    }

    /// The failure that an HTTP answer is; `None` for 2xx.
    #[must_use]
    pub fn of_answer(status: u16, retry_after: Option<&str>, now: Timestamp) -> Option<Self> {
        let kind = FailureKind::of_status(status)?;
        let retry_after = retry_after.and_then(|value| parse_retry_after(value, now));
        let message = alloc::format!("CXone answered {status}");
        Some(Self { kind, status: Some(status), retry_after, message })
    }

    /// Whether a submit that failed so was surely not accepted, and may be sent again.
    #[must_use]
    pub fn proves_not_accepted(&self) -> bool {
        match self.kind {
            FailureKind::RateLimited | FailureKind::AuthExpired => true,
            FailureKind::Transient => self.status == Some(503) && self.retry_after.is_some(),
            FailureKind::ScopeDenied | FailureKind::NotFound | FailureKind::ClientError | FailureKind::Malformed => {
                false
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.message)
    }
}

/// Reads `Retry-After`: seconds, or an HTTP date against `now`. A past date is zero; nonsense is `None`;
/// more than [`RETRY_AFTER_MAX`] counts as that.
#[must_use]
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Span> {
    let value = value.trim();
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let span = if is_number {
        // Digits only, so the one way to fail is to be larger than any limit.
        Span::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        Timestamp::parse_http_date(value).ok()?.since(now)
    };
    Some(span.min(RETRY_AFTER_MAX))
}

/// The longest prefix of `text` with at most `max` bytes that ends between characters.
#[must_use]
pub fn cut(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// The longest wait that a server can ask for: a day. More is taken for nonsense and cut to this.
pub const RETRY_AFTER_MAX: Span = Span::from_secs(86_400);

/// Bytes of a failure's message.
pub const MESSAGE_MAX: usize = 256;
