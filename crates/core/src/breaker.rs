//! The breaker: refuses calls while CXone itself fails, and lets probes find out when it has recovered. Never counts what
//! a caller did wrong.
//!
//! Closed, open, half-open after Nygard ("Release It!", 2007). Two ways to open, both from the seeds' orchestrators:
//! failures in a row, and a share of the calls in a moving window. A probe has a deadline, so one that hangs counts as
//! failed and holds nothing.

use alloc::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::profile::BreakerRule;
use crate::time::{Span, Timestamp};

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    /// Calls pass.
    Closed {
        /// Failures in a row.
        in_a_row: u32,
        /// Calls of the window, in [`BUCKETS`] parts of it, by the number of the part.
        recent: BTreeMap<u64, Tally>,
        /// Calls under leases of up to this number were sent before it last closed, and say nothing of now.
        #[serde(default)]
        closed_by: u64,
    },
    /// Calls are refused.
    Open {
        /// Until then.
        until: Timestamp,
    },
    /// Probes pass.
    HalfOpen {
        /// Deadlines of the probes under way, by the numbers of their leases.
        probes: BTreeMap<u64, Timestamp>,
        /// Probes that came back well.
        passed: u32,
    },
}

/// Calls that ended in a part of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    calls: u32,
    failures: u32,
}

/// Whether a call may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Like any other.
    Pass,
    /// To find out whether CXone has recovered.
    Probe,
    /// Not before then.
    Refused {
        /// When to ask again.
        until: Timestamp,
    },
    /// Not while probes are out, which know it sooner than their deadline most of the time.
    Probing {
        /// When the first of them went.
        since: Timestamp,
        /// When it is given up.
        until: Timestamp,
    },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::closed(0)
    }
}

impl Breaker {
    /// Whether a call may go at `now`. What time alone changes has changed after it.
    pub fn admit(&mut self, rule: &BreakerRule, now: Timestamp) -> Admission {
        self.pass_time(rule, now);
        match self {
            Self::Closed { .. } => Admission::Pass,
            Self::Open { until } => Admission::Refused { until: *until },
            Self::HalfOpen { probes, passed } => {
                let out = u32::try_from(probes.len()).unwrap_or(u32::MAX);
                if out.saturating_add(*passed) < probes_of(rule) {
                    return Admission::Probe;
                }
                let until = probes.values().min().copied().unwrap_or(now);
                Admission::Probing { since: until.minus(probe_span(rule)), until }
            }
        }
    }

    /// A call that was admitted as a probe goes, under the lease of that number.
    pub fn probe_sent(&mut self, rule: &BreakerRule, lease: u64, now: Timestamp) {
        if let Self::HalfOpen { probes, .. } = self {
            probes.insert(lease, now.plus(probe_span(rule)));
        }
    }

    /// A probe was not sent after all, or is given up without saying anything of CXone.
    pub fn probe_withdrawn(&mut self, lease: u64) {
        if let Self::HalfOpen { probes, .. } = self {
            probes.remove(&lease);
        }
    }

    /// The call under that lease found CXone at work: any answer but 5xx.
    pub fn saw_life(&mut self, rule: &BreakerRule, lease: u64, now: Timestamp) {
        self.pass_time(rule, now);
        match self {
            Self::Closed { closed_by, .. } if lease <= *closed_by => {}
            Self::Closed { in_a_row, recent, .. } => {
                *in_a_row = 0;
                tally(recent, rule, now, false);
            }
            // Sent before it opened: old news.
            Self::Open { .. } => {}
            Self::HalfOpen { probes, passed } => {
                if probes.remove(&lease).is_some() {
                    *passed = passed.saturating_add(1);
                    if *passed >= probes_of(rule) {
                        *self = Self::closed(lease);
                    }
                }
            }
        }
    }

    /// The call under that lease failed by CXone's own fault: 5xx, or no answer.
    pub fn saw_fault(&mut self, rule: &BreakerRule, lease: u64, now: Timestamp) {
        self.pass_time(rule, now);
        match self {
            Self::Closed { closed_by, .. } if lease <= *closed_by => {}
            Self::Closed { in_a_row, recent, .. } => {
                *in_a_row = in_a_row.saturating_add(1);
                tally(recent, rule, now, true);
                if is_too_much(rule, *in_a_row, recent) {
                    *self = Self::open(rule, now);
                }
            }
            Self::Open { .. } => {}
            Self::HalfOpen { probes, .. } => {
                if probes.remove(&lease).is_some() {
                    *self = Self::open(rule, now);
                }
            }
        }
    }

    /// The clock was set back by `by`.
    pub fn shift_back(&mut self, by: Span) {
        match self {
            Self::Closed { recent, .. } => recent.clear(),
            Self::Open { until } => *until = until.minus(by),
            Self::HalfOpen { probes, .. } => {
                probes.values_mut().for_each(|deadline| *deadline = deadline.minus(by));
            }
        }
    }

    const fn closed(closed_by: u64) -> Self {
        Self::Closed { in_a_row: 0, recent: BTreeMap::new(), closed_by }
    }

    fn open(rule: &BreakerRule, now: Timestamp) -> Self {
        Self::Open { until: now.plus(open_span(rule)) }
    }

    fn pass_time(&mut self, rule: &BreakerRule, now: Timestamp) {
        match self {
            Self::Open { until } if *until <= now => {
                *self = Self::HalfOpen { probes: BTreeMap::new(), passed: 0 };
            }
            Self::HalfOpen { probes, .. } => {
                if let Some(overdue) = probes.values().min().copied().filter(|deadline| *deadline <= now) {
                    // As if it had failed then, so that the wait is not counted twice.
                    *self = Self::open(rule, overdue);
                    self.pass_time(rule, now);
                }
            }
            Self::Closed { .. } | Self::Open { .. } => {}
        }
    }
}

fn tally(recent: &mut BTreeMap<u64, Tally>, rule: &BreakerRule, now: Timestamp, is_failure: bool) {
    let BreakerRule::Sampled { window, .. } = rule else { return };
    let part = window.as_millis().checked_div(BUCKETS).unwrap_or(1).max(1);
    let number = now.as_millis().checked_div(part).unwrap_or(0);
    let tally = recent.entry(number).or_default();
    tally.calls = tally.calls.saturating_add(1);
    tally.failures = tally.failures.saturating_add(u32::from(is_failure));
    let oldest = number.saturating_sub(BUCKETS.saturating_sub(1));
    while recent.first_key_value().is_some_and(|(first, _)| *first < oldest) {
        recent.pop_first();
    }
}

fn is_too_much(rule: &BreakerRule, in_a_row: u32, recent: &BTreeMap<u64, Tally>) -> bool {
    match rule {
        BreakerRule::Consecutive { failures, .. } => in_a_row >= *failures,
        BreakerRule::Sampled { percent, calls_min, .. } => {
            let sum = |of: fn(&Tally) -> u32| recent.values().map(|tally| u64::from(of(tally))).sum::<u64>();
            let (calls, failures) = (sum(|tally| tally.calls), sum(|tally| tally.failures));
            calls >= u64::from(*calls_min) && failures.saturating_mul(100) >= calls.saturating_mul(u64::from(*percent))
        }
    }
}

const fn probes_of(rule: &BreakerRule) -> u32 {
    match rule {
        BreakerRule::Consecutive { probes, .. } | BreakerRule::Sampled { probes, .. } => *probes,
    }
}

const fn open_span(rule: &BreakerRule) -> Span {
    match rule {
        BreakerRule::Consecutive { open, .. } | BreakerRule::Sampled { open, .. } => *open,
    }
}

/// A probe that takes longer than the breaker stays open tells nothing that opening again would not.
fn probe_span(rule: &BreakerRule) -> Span {
    open_span(rule).min(PROBE_SPAN_MAX).max(PROBE_SPAN_MIN)
}

/// Parts of a sampled window.
pub const BUCKETS: u64 = 10;

/// The longest that a probe may take.
pub const PROBE_SPAN_MAX: Span = Span::from_secs(30);

/// The shortest deadline of a probe.
pub const PROBE_SPAN_MIN: Span = Span::from_secs(1);
