//! How long to wait before the next attempt: ladder, jitter, bounds. Never knows a clock or a deadline.
//!
//! Numbers from the seed poller: 2 s, times 1.6, at most 45 s, 15 % either way, never under 1 s, 60 attempts.
//! Jitters "full", "equal" and "decorrelated" as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).

use alloc::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::failure::FailureKind;
use crate::id::Attempt;
use crate::random;
use crate::time::Span;

/// How chance moves a wait off the ladder, so that pollers do not march in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Jitter {
    /// Up to `jitter_factor` of the rung, either way.
    Proportional,
    /// Anywhere between nothing and the rung.
    Full,
    /// Half the rung, and up to the other half.
    Equal,
    /// Between the base and three times the wait before; the ladder plays no part.
    Decorrelated,
}

/// One ladder: what a wait is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    /// The first rung, 1 ms to 1 day.
    pub base: Span,
    /// From rung to rung, 1.0..=10.0.
    pub multiplier: f64,
    /// No rung is higher, and no wait is longer.
    pub max: Span,
    /// Which chance.
    pub jitter: Jitter,
    /// For [`Jitter::Proportional`], 0.0..=1.0.
    pub jitter_factor: f64,
    /// No wait is shorter. At most `max`.
    pub min: Span,
}

/// The whole policy of an execution: the matrix of failure kind by attempt, and the limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backoff {
    /// Between polls that were answered, and for every failure without a ladder of its own.
    pub ladder: Ladder,
    /// Ladders for single kinds of failure.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_failure: BTreeMap<FailureKind, Ladder>,
    /// Attempts in all, 1..=10,000; the last one's answer is the last word.
    pub attempts_max: u32,
    /// Whether progress places the next poll, where there is any.
    pub predict: bool,
}

/// Why there is a wait: an answer that was no end, or a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// CXone said that it is not done yet.
    NotDone,
    /// The call failed.
    Failed(FailureKind),
}

/// What chance draws from: the execution's seed and its wait before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chance {
    /// The execution's own.
    pub seed: u64,
    /// The wait before this one; zero at first. Only [`Jitter::Decorrelated`] looks at it.
    pub previous: Span,
}

impl Default for Ladder {
    fn default() -> Self {
        Self {
            base: Span::from_secs(2),
            multiplier: 1.6,
            max: Span::from_secs(45),
            jitter: Jitter::Proportional,
            jitter_factor: 0.15,
            min: Span::from_secs(1),
        }
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self { ladder: Ladder::default(), by_failure: BTreeMap::new(), attempts_max: 60, predict: true }
    }
}

impl Backoff {
    /// The wait after `attempt`, jittered and within the ladder's bounds.
    #[must_use]
    pub fn wait(&self, cause: Cause, attempt: Attempt, chance: Chance) -> Span {
        self.ladder_for(cause).wait(attempt, chance)
    }

    /// Whether no attempt may follow `attempt`.
    #[must_use]
    pub const fn is_spent(&self, attempt: Attempt) -> bool {
        attempt.get() >= self.attempts_max
    }

    fn ladder_for(&self, cause: Cause) -> &Ladder {
        match cause {
            Cause::NotDone => &self.ladder,
            Cause::Failed(kind) => self.by_failure.get(&kind).unwrap_or(&self.ladder),
        }
    }
}

impl Ladder {
    /// `min(base * multiplier^(attempt-1), max)`: before chance and the floor.
    #[must_use]
    pub fn rung(&self, attempt: Attempt) -> Span {
        let max = self.max.as_millis_f64();
        let mut rung = self.base.as_millis_f64();
        for _ in 1..attempt.get() {
            if rung >= max || self.multiplier <= 1.0 {
                break;
            }
            rung *= self.multiplier;
        }
        Span::from_millis_f64(rung.min(max))
    }

    /// The wait after `attempt`: always within `min..=max`.
    #[must_use]
    pub fn wait(&self, attempt: Attempt, chance: Chance) -> Span {
        let unit = random::draw_unit(chance.seed, u64::from(attempt.get()));
        let rung = self.rung(attempt).as_millis_f64();
        let moved = match self.jitter {
            Jitter::Proportional => rung * (1.0 + self.jitter_factor * (2.0 * unit - 1.0)),
            Jitter::Full => rung * unit,
            Jitter::Equal => rung * (0.5 + 0.5 * unit),
            Jitter::Decorrelated => self.decorrelated(chance.previous, unit),
        };
        self.clamp(Span::from_millis_f64(moved))
    }

    /// Brings a wait into the ladder's bounds.
    #[must_use]
    pub fn clamp(&self, wait: Span) -> Span {
        wait.min(self.max).max(self.min.min(self.max))
    }

    fn decorrelated(&self, previous: Span, unit: f64) -> f64 {
        let low = self.base.as_millis_f64();
        let high = (previous.as_millis_f64() * 3.0).max(low);
        low + (high - low) * unit
    }
}
