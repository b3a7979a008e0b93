//! Numbers in bounded space: the latency of one execution's calls, and what is counted of a tenant. Never keeps single
//! values.

use alloc::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::Span;

mod exposition;
mod family;
mod gauge;
mod tally;

pub use exposition::{Format, Reading};
pub use gauge::GateReading;
pub use tally::{SpanFate, Tally};

/// A distribution of spans: exact count, sum and maximum, quantiles to within 1/16 of the value.
///
/// Log-linear buckets (as in HDR histograms): 16 to each power of two, so at most 1,000 for any spans.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Latency {
    count: u64,
    sum_ms: u64,
    max_ms: u64,
    buckets: BTreeMap<u16, u32>,
}

impl Latency {
    /// With one more span.
    pub fn record(&mut self, took: Span) {
        let ms = took.as_millis();
        self.count = self.count.saturating_add(1);
        self.sum_ms = self.sum_ms.saturating_add(ms);
        self.max_ms = self.max_ms.max(ms);
        let bucket = self.buckets.entry(bucket_of(ms)).or_default();
        *bucket = bucket.saturating_add(1);
    }

    /// How many.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Mean in milliseconds; zero of nothing.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "a mean needs no more than a float's 53 bits")]
    pub fn mean_ms(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum_ms as f64 / self.count as f64 }
    }

    /// The span in milliseconds that a `quantile` (0.0..=1.0) of all are not above; zero of nothing.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "ranks are far below 2^53")]
    pub fn quantile_ms(&self, quantile: f64) -> f64 {
        let rank = (self.count as f64 * quantile).max(1.0);
        let mut seen = 0_u64;
        for (bucket, count) in &self.buckets {
            seen = seen.saturating_add(u64::from(*count));
            if seen as f64 >= rank {
                return upper_bound_of(*bucket).min(self.max_ms) as f64;
            }
        }
        self.max_ms as f64
    }
}

/// Below 16 ms each millisecond has its own bucket; above, the leading five bits name it.
fn bucket_of(ms: u64) -> u16 {
    let exponent = ms.checked_ilog2().unwrap_or(0).saturating_sub(SUB_BITS);
    let mantissa = ms.checked_shr(exponent).unwrap_or(0);
    let bucket = u64::from(exponent).saturating_mul(SUB_COUNT).saturating_add(mantissa);
    u16::try_from(bucket).unwrap_or(u16::MAX)
}

fn upper_bound_of(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    let exponent = (bucket / SUB_COUNT).saturating_sub(1);
    let mantissa = bucket.saturating_sub(exponent.saturating_mul(SUB_COUNT));
    let next = mantissa.saturating_add(1);
    let shift = u32::try_from(exponent).unwrap_or(u32::MAX);
    // A shift drops what it pushes out, where a product saturates.
    next.saturating_mul(1_u64.checked_shl(shift).unwrap_or(u64::MAX)).saturating_sub(1)
}

const SUB_BITS: u32 = 4;
const SUB_COUNT: u64 = 1 << SUB_BITS;
