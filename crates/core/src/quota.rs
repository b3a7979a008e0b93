//! How often somebody may still call our own API. Never knows who they are but by a name, never looks at what they ask.
//!
//! A bucket that holds a minute's requests and fills evenly (the generic cell rate algorithm, ITU-T I.371, with a minute of
//! tolerance): after a pause a minute's worth may come at once, and in the long run no more than the rate. The headers are
//! those of draft-ietf-httpapi-ratelimit-headers-11: `q` requests in `w` seconds, `r` of them left, all again in `t` seconds.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;

use crate::id::TokenId;
use crate::time::{Span, Timestamp};

/// Whose requests are counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Payer {
    /// The holder of the key at that place of the keyring.
    Key(u32),
    /// The holders of that view token.
    Token(TokenId),
}

/// How somebody stands after a request of theirs was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Requests a minute.
    pub per_minute: u32,
    /// Requests that may still come at once.
    pub left: u32,
    /// Until as many may come at once as ever.
    pub whole_in: Span,
}

/// Nothing is left. Nothing was counted either: who is refused does not wait longer for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// How they stand.
    pub standing: Standing,
    /// Until the next request may come.
    pub retry_after: Span,
}

/// What everybody has used up lately; at most [`PAYERS_MAX`] of them. Whoever has all again is forgotten, which changes
/// nothing; where there are more, the one who is closest to that is.
#[derive(Debug, Default)]
pub struct Ledger {
    /// When each has all again, in microseconds of the epoch.
    whole_at: BTreeMap<Payer, u64>,
}

impl Ledger {
    /// Counts a request, if it may come.
    ///
    /// # Errors
    /// [`Spent`] where it may not.
    pub fn take(&mut self, payer: &Payer, per_minute: u32, now: Timestamp) -> Result<Standing, Spent> {
        let per_minute = per_minute.max(1);
        let interval = WINDOW.div_ceil(u64::from(per_minute));
        let now = now.as_millis().saturating_mul(MICROS);
        // What lies further ahead than a minute was planned by a clock that has been set back since.
        let whole_at = self.whole_at.get(payer).copied().filter(|at| at.saturating_sub(now) <= WINDOW);
        let owed = whole_at.unwrap_or(0).saturating_sub(now);
        let owed_then = owed.saturating_add(interval);
        if owed_then > WINDOW {
            let retry_after = span(owed_then.saturating_sub(WINDOW));
            return Err(Spent { standing: standing(per_minute, interval, owed), retry_after });
        }
        self.keep(payer, now.saturating_add(owed_then), now);
        Ok(standing(per_minute, interval, owed_then))
    }

    /// How many are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.whole_at.len()
    }

    /// Whether nobody is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole_at.is_empty()
    }

    fn keep(&mut self, payer: &Payer, whole_at: u64, now: u64) {
        if let Some(kept) = self.whole_at.get_mut(payer) {
            *kept = whole_at;
            return;
        }
        if self.whole_at.len() >= PAYERS_MAX {
            self.whole_at.retain(|_, at| *at > now);
        }
        if self.whole_at.len() >= PAYERS_MAX {
            let closest = self.whole_at.iter().min_by_key(|(_, at)| **at).map(|(payer, _)| payer.clone());
            closest.map(|payer| self.whole_at.remove(&payer));
        }
        self.whole_at.insert(payer.clone(), whole_at);
    }
}

impl Standing {
    /// Whether less than half is left: time to say so even where every byte counts.
    #[must_use]
    pub const fn is_low(&self) -> bool {
        self.left < self.per_minute / 2
    }

    /// The value of `RateLimit-Policy`: `"minute";q=6000;w=60`.
    #[must_use]
    pub fn policy(&self) -> String {
        format!("\"{POLICY}\";q={};w=60", self.per_minute)
    }

    /// The value of `RateLimit`: `"minute";r=5999;t=1`.
    #[must_use]
    pub fn field(&self) -> String {
        format!("\"{POLICY}\";r={};t={}", self.left, self.whole_in.as_secs_ceil())
    }
}

fn standing(per_minute: u32, interval: u64, owed: u64) -> Standing {
    let left = WINDOW.saturating_sub(owed).checked_div(interval).and_then(|left| u32::try_from(left).ok());
    Standing { per_minute, left: left.unwrap_or(0).min(per_minute), whole_in: span(owed) }
}

const fn span(micros: u64) -> Span {
    Span::from_millis(micros.div_ceil(MICROS))
}

/// Payers that are remembered.
pub const PAYERS_MAX: usize = 4_096;

/// The name of the one policy that there is.
const POLICY: &str = "minute";

/// Microseconds of a minute.
const WINDOW: u64 = 60_000_000;

const MICROS: u64 = 1_000;
