//! What is made to go wrong, and when: rates in, one decision for each request out. Never reads a clock: the
//! decisions follow from the seed and the order of requests alone.

mod history;

use cxpulse_core::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::dialect::Kind;

pub use self::history::{HistoryFaults, TotalFault};
pub(crate) use self::history::{HistoryPlan, RangeFault, RowFault};

/// What is to go wrong from now on. All fields are optional in JSON; unknown ones are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// The seed of every decision below.
    pub seed: u64,
    /// Least and greatest delay of an answer, in milliseconds, 0..=600000.
    pub latency_ms: [u64; 2],
    /// How often each fault strikes.
    pub rates: Rates,
    /// The kinds of request that are struck; all when empty.
    pub only: Vec<Kind>,
    /// What `Retry-After` says with a 429 or 503; `null` leaves the header out.
    pub retry_after: Option<String>,
    /// API calls that a client gets in a second, at least 1; `null` for the usual number.
    pub limit_per_second: Option<u32>,
    /// Lifetime of tokens issued from now on, at least 1; `null` for the usual one.
    pub token_lifetime_seconds: Option<u64>,
    /// What the rate limit's headers say in place of the truth; `null` for the truth.
    pub ratelimit_headers: Option<RateLimitHeaders>,
    /// Token endpoints answer a gateway's HTML page with status 200; no token is issued.
    pub token_html: bool,
    /// Token endpoints leave `expires_in` out; the token lasts as long as it would.
    pub token_without_expiry: bool,
    /// Token endpoints answer 401 `invalid_client`, whoever asks.
    pub token_refused: bool,
    /// Token endpoints answer 503, without `Retry-After`.
    pub token_5xx: bool,
    /// Everything but the token endpoints answers 503 without `Retry-After`; nothing is done.
    pub outage: bool,
    /// Of more than 0, an outage's connections are held so many milliseconds and then closed without an answer,
    /// 0..=600000.
    pub outage_hang_ms: u64,
    /// Time over which the body of a `slow` answer is spread, in milliseconds, 0..=600000.
    pub slow_ms: u64,
    /// What goes wrong with callbacks.
    pub callback: CallbackFaults,
    /// What goes wrong with pages of a history.
    pub history: HistoryFaults,
    /// The faults end by themselves after so many milliseconds; `null` for never.
    pub until_ms_from_now: Option<u64>,
}

/// What the three headers of the rate limit say, to the letter; one that is `null` tells the truth.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimitHeaders {
    /// `X-RateLimit-Limit`.
    pub limit: Option<String>,
    /// `X-RateLimit-Remaining`.
    pub remaining: Option<String>,
    /// `X-RateLimit-Reset`.
    pub reset: Option<String>,
}

/// How often each fault strikes a request, 0..=1 each and 1 at most together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    /// 429; not done.
    pub rate_limited: f64,
    /// 500; done in half of the cases, as the seed decides.
    pub server_error: f64,
    /// 503; not done.
    pub unavailable: f64,
    /// 401; not done.
    pub unauthorized: f64,
    /// Done, and the connection closes in the middle of the answer's body.
    pub cut: f64,
    /// Done, and the connection closes without an answer.
    pub lost_answer: f64,
    /// Not done, and the connection closes without an answer.
    pub dropped: f64,
    /// Done, and the answer is a gateway's HTML page with status 200.
    pub html: f64,
    /// 404; not done.
    pub not_found: f64,
    /// Done, and the answer's body arrives in pieces over `slow_ms`.
    pub slow: f64,
}

/// What goes wrong with callbacks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallbackFaults {
    /// Share of callbacks that are made twice, 0..=1.
    pub duplicate: f64,
    /// Milliseconds that every callback is late.
    pub late_ms: u64,
    /// Share of callbacks that are never made, 0..=1.
    pub drop: f64,
    /// Share of callbacks that somebody makes who does not know the secret, 0..=1: each beside the true one, and before it.
    pub forge: f64,
    /// Milliseconds after which each callback is sent once more, byte for byte, by somebody who listened; 0 for never.
    pub replay_ms: u64,
    /// Seconds by which the time in signatures is wrong: behind where it is negative.
    pub skew_seconds: i32,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            seed: 1,
            latency_ms: [0, 0],
            rates: Rates::default(),
            only: Vec::new(),
            retry_after: Some("1".to_owned()),
            limit_per_second: None,
            token_lifetime_seconds: None,
            ratelimit_headers: None,
            token_html: false,
            token_without_expiry: false,
            token_refused: false,
            token_5xx: false,
            outage: false,
            outage_hang_ms: 0,
            slow_ms: 2_000,
            callback: CallbackFaults::default(),
            history: HistoryFaults::default(),
            until_ms_from_now: None,
        }
    }
}

impl Faults {
    /// Everything that is wrong with them, in words; empty when they can be set.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        let rates = self.rates.table().map(|(name, rate, _)| (format!("rates.{name}"), rate));
        let callback = [
            ("callback.duplicate", self.callback.duplicate),
            ("callback.drop", self.callback.drop),
            ("callback.forge", self.callback.forge),
        ];
        let all = rates.into_iter().chain(callback.map(|(name, rate)| (name.to_owned(), rate)));
        let mut violations: Vec<String> = all
            .filter(|(_, rate)| !(0.0..=1.0).contains(rate))
            .map(|(name, _)| format!("{name} is to be from 0 to 1"))
            .collect();
        let [least, greatest] = self.latency_ms;
        let checks = [
            (self.rates.sum() > 1.0 + 1e-9, "rates are to be 1 at most together"),
            (least > greatest, "latency_ms is to be [least, greatest]"),
            (greatest > DELAY_MS_MAX, "latency_ms is to be 600000 at most"),
            (self.slow_ms > DELAY_MS_MAX, "slow_ms is to be 600000 at most"),
            (self.outage_hang_ms > DELAY_MS_MAX, "outage_hang_ms is to be 600000 at most"),
            (
                self.ratelimit_headers.as_ref().is_some_and(|headers| !headers.can_be_sent()),
                "ratelimit_headers cannot be sent",
            ),
            (self.callback.late_ms > LATE_MS_MAX, "callback.late_ms is to be 86400000 at most"),
            (self.callback.replay_ms > LATE_MS_MAX, "callback.replay_ms is to be 86400000 at most"),
            (self.limit_per_second == Some(0), "limit_per_second is to be at least 1"),
            (self.token_lifetime_seconds == Some(0), "token_lifetime_seconds is to be at least 1"),
            (self.retry_after.as_deref().is_some_and(|text| !is_header_value(text)), "retry_after cannot be sent"),
        ];
        violations.extend(checks.iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, words)| (*words).to_owned()));
        violations.extend(self.history.violations());
        violations
    }

    /// The fault that strikes every request of a kind, before any rate is asked.
    fn constant(&self, kind: Kind) -> Option<(&'static str, Injection)> {
        let of_tokens = [
            (self.token_5xx, ("token_5xx", Injection::Outage)),
            (self.token_refused, ("token_refused", Injection::TokenRefused)),
            (self.token_html, ("token_html", Injection::TokenHtml)),
            (self.token_without_expiry, ("token_without_expiry", Injection::TokenWithoutExpiry)),
        ];
        let hang = Span::from_millis(self.outage_hang_ms);
        let outage = if hang == Span::ZERO { Injection::Outage } else { Injection::Hang(hang) };
        if kind == Kind::Token {
            return of_tokens.into_iter().find(|(is_set, _)| *is_set).map(|(_, fault)| fault);
        }
        self.outage.then_some(("outage", outage))
    }
}

impl RateLimitHeaders {
    fn can_be_sent(&self) -> bool {
        [&self.limit, &self.remaining, &self.reset].into_iter().flatten().all(|text| is_header_value(text))
    }
}

impl Rates {
    /// The order in which one draw is shared out.
    const fn table(&self) -> [(&'static str, f64, Injection); 10] {
        [
            ("rate_limited", self.rate_limited, Injection::RateLimited),
            ("server_error", self.server_error, Injection::ServerError),
            ("unavailable", self.unavailable, Injection::Unavailable),
            ("unauthorized", self.unauthorized, Injection::Unauthorized),
            ("cut", self.cut, Injection::Cut),
            ("lost_answer", self.lost_answer, Injection::LostAnswer),
            ("dropped", self.dropped, Injection::Dropped),
            ("html", self.html, Injection::Html),
            ("not_found", self.not_found, Injection::NotFound),
            ("slow", self.slow, Injection::Slow),
        ]
    }

    fn sum(&self) -> f64 {
        self.table().iter().map(|(_, rate, _)| rate).sum()
    }
}

/// One fault that strikes one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Injection {
    RateLimited,
    ServerError,
    Unavailable,
    Unauthorized,
    Cut,
    LostAnswer,
    Dropped,
    Html,
    NotFound,
    Slow,
    /// 503 without `Retry-After`; not done.
    Outage,
    /// Not done, and held for so long without an answer.
    Hang(Span),
    TokenRefused,
    TokenHtml,
    TokenWithoutExpiry,
}

/// What is decided for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) injection: Option<(&'static str, Injection)>,
    pub(crate) delay: Span,
    /// Whether a struck request whose fault leaves it open is done.
    pub(crate) is_done: bool,
}

/// What is decided for one callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallbackPlan {
    pub(crate) count: usize,
    pub(crate) late: Span,
}

/// The faults that are set, and the numbers drawn for them.
#[derive(Debug)]
pub(crate) struct Injector {
    faults: Faults,
    until: Option<Timestamp>,
    chance: fastrand::Rng,
    /// Of its own, so that pages leave the luck of other requests alone.
    history_chance: fastrand::Rng,
}

impl Injector {
    pub(crate) fn new(faults: Faults, now: Timestamp) -> Self {
        let until = faults.until_ms_from_now.map(|ms| now.plus(Span::from_millis(ms)));
        let chance = fastrand::Rng::with_seed(faults.seed);
        let history_chance = fastrand::Rng::with_seed(faults.seed ^ HISTORY_SEED);
        Self { faults, until, chance, history_chance }
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The faults, while they last.
    pub(crate) fn active(&self, now: Timestamp) -> Option<&Faults> {
        self.until.is_none_or(|until| now < until).then_some(&self.faults)
    }

    /// The faults, while they last, where they strike that kind.
    pub(crate) fn active_for(&self, kind: Kind, now: Timestamp) -> Option<&Faults> {
        self.active(now).filter(|faults| faults.only.is_empty() || faults.only.contains(&kind))
    }

    /// Decides about a request. Three numbers are drawn whatever is decided, so that one rate changed leaves
    /// the other requests' luck alone.
    pub(crate) fn plan(&mut self, kind: Kind, now: Timestamp) -> Plan {
        let (draw, latency, is_done) = (self.chance.f64(), self.chance.f64(), self.chance.bool());
        let calm = Plan { injection: None, delay: Span::ZERO, is_done };
        let Some(faults) = self.active_for(kind, now) else { return calm };
        let [least, greatest] = faults.latency_ms.map(Span::from_millis);
        let spread = Span::from_millis_f64(greatest.minus(least).as_millis_f64() * latency);
        let injection = faults.constant(kind).or_else(|| strike(&faults.rates, draw));
        Plan { injection, delay: least.plus(spread), is_done }
    }

    /// Decides about a page of a history that is about to be answered.
    pub(crate) fn history_plan(&mut self, now: Timestamp) -> HistoryPlan {
        let Some(faults) = self.active_for(Kind::History, now) else { return HistoryPlan::default() };
        let (history, seed) = (faults.history.clone(), faults.seed);
        history.plan(seed, &mut self.history_chance)
    }

    /// Whether somebody forges a callback. Draws only where that can be, so that lives without it stay as they were.
    pub(crate) fn forges(&mut self, faults: &CallbackFaults) -> bool {
        faults.forge > 0.0 && self.chance.f64() < faults.forge
    }

    /// Decides about a callback.
    pub(crate) fn callback_plan(&mut self, now: Timestamp) -> CallbackPlan {
        let (drop, duplicate) = (self.chance.f64(), self.chance.f64());
        let Some(faults) = self.active(now) else { return CallbackPlan { count: 1, late: Span::ZERO } };
        let count = match (drop < faults.callback.drop, duplicate < faults.callback.duplicate) {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 1,
        };
        CallbackPlan { count, late: Span::from_millis(faults.callback.late_ms) }
    }
}

fn strike(rates: &Rates, draw: f64) -> Option<(&'static str, Injection)> {
    let mut reached = 0.0;
    rates.table().into_iter().find_map(|(name, rate, injection)| {
        reached += rate;
        (draw < reached).then_some((name, injection))
    })
}

fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

const HISTORY_SEED: u64 = 0x7061_6765_7300_0000;
const DELAY_MS_MAX: u64 = 600_000;
const LATE_MS_MAX: u64 = 86_400_000;
