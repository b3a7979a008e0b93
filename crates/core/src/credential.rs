//! When a tenant's token is used, renewed, or not even asked for. Never fetches one, never prints one.
//!
//! Clocks go back. A token that was granted later than it is now by more than [`CLOCK_SKEW`] has an age that nobody
//! knows, so it is renewed; a wait that began later than it is now is over.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::gate::EMBARGO_MAX;
use crate::time::{Span, Timestamp};

mod discovery;
mod grant;
mod identity;
mod pause;
mod request;

pub use discovery::{DISCOVERY_HEADERS, read_discovery};
pub use grant::{Grant, LIFETIME_MAX, Refusal, TOKEN_MAX, Trouble, read_grant};
pub use identity::identity;
pub use pause::Pause;
pub use request::{Account, Lacking, TokenRequest, token_request};

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
    /// 1 and up: the tokens of a tenant in the order in which they were had.
    pub version: u64,
    /// When it was had.
    #[serde(default)]
    pub granted_at: Timestamp,
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
    /// Whether the token is a static one, which is never fetched.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    is_static: bool,
    /// Fetches in a row that brought none.
    failures: u32,
    /// When the token before this one was had: more than two in a second help nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    earlier_at: Option<Timestamp>,
    /// When the latest trouble was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    troubled_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    condition: Option<Condition>,
}

/// That CXone refuses what the tenant is set up with: nothing helps but setting it right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Since when, without a token in between.
    pub refused_since: Timestamp,
    /// What was refused.
    pub code: Refusal,
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

impl Credentials {
    /// What to do at `now` for a call. `newer_than` is the version that CXone refused, where it refused one:
    /// so a refusal renews once, however many calls it hit. A static token is never fetched, only waited for.
    #[must_use]
    pub fn decide(&self, newer_than: Option<u64>, now: Timestamp) -> Verdict {
        let fits = |token: &&Token| now < token.expires_at && token.version > newer_than.unwrap_or(0);
        let usable = self.token.as_ref().filter(fits);
        let is_young = |token: &Token| now < token.renew_at && !is_ahead(token.granted_at, now);
        match (usable, self.embargo(now).or_else(|| self.pause(now))) {
            (Some(token), None) if self.is_static || is_young(token) => Verdict::Use(token.clone()),
            (Some(_) | None, Some(until)) if self.is_static => Verdict::Wait(until),
            (None, None) if self.is_static => Verdict::Wait(now.plus(REFUSED_WAIT)),
            (Some(token), Some(_)) => Verdict::Use(token.clone()),
            (None, Some(until)) => Verdict::Wait(until),
            (Some(_) | None, None) => Verdict::Fetch,
        }
    }

    /// A fetch brought a token. It is renewed [`RENEW_EARLY`] before its end, or at half its life if that is later.
    pub fn granted(&mut self, grant: Grant, now: Timestamp) {
        let lifetime = grant.lifetime.unwrap_or(LIFETIME_DEFAULT).min(LIFETIME_MAX);
        let half = Span::from_millis(lifetime.as_millis() / 2);
        let renew_at = now.plus(lifetime.minus(RENEW_EARLY).max(half));
        self.take(grant.secret, [now, renew_at, now.plus(lifetime)]);
        self.is_static = false;
    }

    /// What the tenant is set up with: its static token, or none where its tokens are fetched. Says whether that is news,
    /// which there is to save; then what was remembered of the one before is forgotten.
    pub fn set_static(&mut self, secret: Option<&Secret>, now: Timestamp) -> bool {
        let held = self.token.as_ref().map(|token| &token.secret).filter(|_| self.is_static);
        if held == secret {
            return false;
        }
        match secret {
            Some(secret) => self.take(secret.clone(), [now, Timestamp::MAX, Timestamp::MAX]),
            None => *self = Self { version: self.version, ..Self::default() },
        }
        self.is_static = secret.is_some();
        true
    }

    /// CXone answered 401 to a call with the token of that version. A fetched one is renewed by whoever asks for a newer
    /// one; a static one is refused, for there is no other. Says whether that is news, which there is to save.
    pub fn rejected(&mut self, version: u64, now: Timestamp) -> bool {
        let is_news = self.is_static && version == self.version && self.embargo(now).is_none();
        if is_news {
            self.troubled(Trouble::Refused(Refusal::StaticToken), now);
        }
        is_news
    }

    /// CXone answered 401 to a call of somebody else's with the token of that version, which may be about what was asked for
    /// alone: so a fetched token is renewed by the next who needs one, and used on where that fails; once for each token,
    /// and not while it is young. A static one stays as it is. Says whether that is news, which there is to save.
    pub fn doubted(&mut self, version: u64, now: Timestamp) -> bool {
        let is_fetched = !self.is_static;
        let Some(token) = self.token.as_mut().filter(|token| is_fetched && token.version == version) else {
            return false;
        };
        let is_news = now >= token.granted_at.plus(DOUBTED_AFTER) && now < token.renew_at;
        if is_news {
            token.renew_at = now;
        }
        is_news
    }

    /// A fetch brought none. Its `Retry-After` counts up to [`EMBARGO_MAX`], like any that stops the whole tenant.
    pub fn troubled(&mut self, trouble: Trouble, now: Timestamp) {
        let rung = usize::try_from(self.failures).unwrap_or(usize::MAX);
        self.failures = self.failures.saturating_add(1);
        let wait = match trouble {
            Trouble::Refused(code) => {
                let refused_since = self.condition.map_or(now, |condition| condition.refused_since.min(now));
                self.condition = Some(Condition { refused_since, code });
                REFUSED_WAIT
            }
            Trouble::Failed(retry_after) => {
                let step = LADDER.get(rung).copied().unwrap_or(REFUSED_WAIT);
                step.max(retry_after.unwrap_or(Span::ZERO).min(EMBARGO_MAX))
            }
        };
        self.troubled_at = Some(now);
        self.not_before = Some(now.plus(wait));
    }

    /// Forgets all trouble, and with it a token that was fetched; a static one stays, for there is no other.
    pub fn forget(&mut self) {
        let token = self.token.take().filter(|_| self.is_static);
        *self = Self { token, version: self.version, is_static: self.is_static, ..Self::default() };
    }

    /// What is wrong with the tenant's set-up, until a token is had again; `None` where nothing is known to be.
    #[must_use]
    pub const fn condition(&self) -> Option<Condition> {
        self.condition
    }

    /// The version of the latest token; 0 before the first.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    fn take(&mut self, secret: Secret, [granted_at, renew_at, expires_at]: [Timestamp; 3]) {
        self.version = self.version.saturating_add(1);
        self.earlier_at = self.token.as_ref().map(|token| token.granted_at);
        self.token = Some(Token { secret, version: self.version, granted_at, renew_at, expires_at });
        self.failures = 0;
        self.troubled_at = None;
        self.not_before = None;
        self.condition = None;
    }

    /// Until when the endpoint is not asked; `None` where it may be.
    fn embargo(&self, now: Timestamp) -> Option<Timestamp> {
        let is_of_another_time = self.troubled_at.is_some_and(|at| is_ahead(at, now));
        self.not_before.filter(|not_before| now < *not_before && !is_of_another_time)
    }

    /// Where CXone refuses every token as soon as it is had, each call would fetch one: until when none is.
    fn pause(&self, now: Timestamp) -> Option<Timestamp> {
        let earlier_at = self.earlier_at.filter(|at| !self.is_static && !is_ahead(*at, now))?;
        Some(earlier_at.plus(FETCH_PAUSE)).filter(|until| now < *until)
    }
}

/// Whether the clock went back since.
fn is_ahead(at: Timestamp, now: Timestamp) -> bool {
    at > now.plus(CLOCK_SKEW)
}

/// How long before its end a token is renewed.
pub const RENEW_EARLY: Span = Span::from_secs(300);

/// How long a token is trusted whose endpoint does not say.
pub const LIFETIME_DEFAULT: Span = Span::from_secs(300);

/// How long a refusal is remembered; also the last rung of the ladder.
pub const REFUSED_WAIT: Span = Span::from_secs(30);

/// How far two looks at the same clock may disagree. More, and the clock was set back.
pub const CLOCK_SKEW: Span = Span::from_secs(5);

/// Within this time after a token, at most one more is fetched.
pub const FETCH_PAUSE: Span = Span::from_secs(1);

/// How long a token is beyond the doubt that a 401 to somebody else's call casts on it.
pub const DOUBTED_AFTER: Span = Span::from_secs(60);

/// Waits after fetches that failed otherwise.
const LADDER: [Span; 5] =
    [Span::from_secs(1), Span::from_secs(2), Span::from_secs(4), Span::from_secs(8), Span::from_secs(16)];
