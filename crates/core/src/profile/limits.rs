//! What a profile says of load: how much a tenant's gate lets through, and when its breaker opens. Never counts anything itself.
//!
//! The defaults (ten in flight; five failures, then 30 s) are those of the tutorials that the built-in profiles are from.

use alloc::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::call::CallKind;
use crate::time::Span;

/// How much CXone takes from one tenant, all its executions together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Calls in flight at once, 1..=10,000; 10 unless given.
    pub in_flight: u32,
    /// Calls started in a second, 0.001..=10,000, in millionths; 100 unless given.
    pub per_second: f64,
    /// The least time from the start of one call of a kind to the start of the next, up to a day. In JSON seconds.
    #[serde(rename = "least_interval_seconds", with = "seconds_by_kind")]
    pub least_interval: BTreeMap<CallKind, Span>,
    /// A mean answer slower than this brings the calls in flight down, 1 ms to an hour; 2 s unless given. In JSON seconds.
    #[serde(rename = "slow_seconds", with = "seconds")]
    pub slow: Span,
}

/// When calls are refused because CXone itself fails. In JSON spans are seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum BreakerRule {
    /// Opens after failures in a row.
    Consecutive {
        /// So many in a row, 1..=1,000.
        failures: u32,
        /// How long it then refuses before it lets probes through, 1 ms to a day.
        #[serde(rename = "open_seconds", with = "seconds")]
        open: Span,
        /// Calls let through at once while half-open, 1..=100.
        probes: u32,
    },
    /// Opens where too large a share of the calls in a moving window failed.
    Sampled {
        /// Failures of 100 calls at which it opens, 1..=100.
        percent: u32,
        /// How far back calls count, 1 ms to a day.
        #[serde(rename = "window_seconds", with = "seconds")]
        window: Span,
        /// Calls in the window below which it stays closed, 1..=100,000.
        calls_min: u32,
        /// How long it then refuses before it lets probes through, 1 ms to a day.
        #[serde(rename = "open_seconds", with = "seconds")]
        open: Span,
        /// Calls let through at once while half-open, 1..=100.
        probes: u32,
    },
}

impl Default for Limits {
    fn default() -> Self {
        Self { in_flight: 10, per_second: 100.0, least_interval: BTreeMap::new(), slow: Span::from_secs(2) }
    }
}

impl Default for BreakerRule {
    /// Five failures in a row, open for 30 s, one probe.
    fn default() -> Self {
        Self::Consecutive { failures: 5, open: Span::from_secs(30), probes: 1 }
    }
}

impl BreakerRule {
    /// How long it refuses once open.
    #[must_use]
    pub const fn open(&self) -> Span {
        match self {
            Self::Consecutive { open, .. } | Self::Sampled { open, .. } => *open,
        }
    }

    /// Calls let through at once while half-open.
    #[must_use]
    pub const fn probes(&self) -> u32 {
        match self {
            Self::Consecutive { probes, .. } | Self::Sampled { probes, .. } => *probes,
        }
    }
}

/// A span as seconds in JSON.
mod seconds {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::time::Span;

    pub(super) fn serialize<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(span.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        f64::deserialize(deserializer).map(Span::from_secs_f64)
    }
}

/// Spans by kind of call as seconds in JSON.
mod seconds_by_kind {
    use alloc::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use crate::call::CallKind;
    use crate::map::gather;
    use crate::time::Span;

    pub(super) fn serialize<S: Serializer>(spans: &BTreeMap<CallKind, Span>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(spans.iter().map(|(kind, span)| (kind, span.as_secs_f64())))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<CallKind, Span>, D::Error> {
        let seconds = BTreeMap::<CallKind, f64>::deserialize(deserializer)?;
        Ok(gather(seconds.into_iter().map(|(kind, seconds)| (kind, Span::from_secs_f64(seconds)))))
    }
}
