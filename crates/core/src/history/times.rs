//! Many lengths of time as one distribution. Sums are exact and adding commutes, so that the order in which times come shows
//! nowhere. Never holds more than [`EXACT_MAX`] of them.
//!
//! Percentiles are interpolated linearly between the two nearest ranks (definition 7 of Hyndman and Fan), of the times
//! themselves up to [`EXACT_MAX`] and of a sketch beyond: buckets of whole numbers, 64 to each power of two, so that a
//! time is known to 1 part in 128. The idea is DDSketch's (Masson, Rim, Lee 2019) with the buckets of HdrHistogram, which need
//! no logarithm.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::number::{count, float, number, place, rounded, seconds, sqrt, wide};
use super::report::Spread;

/// A distribution of milliseconds, negative ones too.
#[derive(Debug, Clone, Default)]
pub(super) struct Times {
    count: u64,
    sum: i128,
    squares: u128,
    min: i64,
    max: i64,
    values: Vec<i64>,
    sketch: Option<Box<Sketch>>,
}

/// Counts by bucket; the first of either list are exact.
#[derive(Debug, Clone, Default)]
struct Sketch {
    negative: Vec<u64>,
    positive: Vec<u64>,
}

impl Times {
    pub(super) fn add(&mut self, ms: i64) {
        (self.min, self.max) = if self.count == 0 { (ms, ms) } else { (self.min.min(ms), self.max.max(ms)) };
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(i128::from(ms));
        self.squares = self.squares.saturating_add(square(ms));
        if let Some(sketch) = &mut self.sketch {
            return sketch.add(ms);
        }
        self.values.push(ms);
        if self.values.len() > EXACT_MAX {
            let mut sketch = Box::new(Sketch::default());
            for value in core::mem::take(&mut self.values) {
                sketch.add(value);
            }
            self.sketch = Some(sketch);
        }
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// In seconds; `None` where there is none.
    pub(super) fn spread(&self) -> Option<Spread> {
        if self.count == 0 {
            return None;
        }
        let mut values = self.values.clone();
        values.sort_unstable();
        let at = |permille| rounded(self.quantile(&values, permille));
        Some(Spread {
            count: self.count,
            sum: float(self.sum) / 1_000.0,
            min: seconds(self.min),
            mean: rounded(float(self.sum) / count(self.count)),
            p50: at(500),
            p95: at(950),
            max: seconds(self.max),
            stdev: deviation(self.count, self.sum, self.squares).map(rounded),
            is_exact: self.sketch.is_none(),
        })
    }

    fn quantile(&self, sorted: &[i64], permille: u64) -> f64 {
        let last = u128::from(self.count.saturating_sub(1));
        let scaled = last.saturating_mul(u128::from(permille));
        let (rank, part) =
            (scaled.checked_div(1_000).unwrap_or_default(), scaled.checked_rem(1_000).unwrap_or_default());
        let rank = u64::try_from(rank).unwrap_or(u64::MAX);
        let [low, high] = [rank, rank.saturating_add(1)].map(|rank| {
            let exact = usize::try_from(rank).ok().and_then(|rank| sorted.get(rank).or(sorted.last())).copied();
            let value = self.sketch.as_ref().map_or(exact, |sketch| sketch.of_rank(rank));
            float(i128::from(value.unwrap_or(self.max).clamp(self.min, self.max)))
        });
        low + (high - low) * wide(part) / 1_000.0
    }
}

impl Sketch {
    fn add(&mut self, ms: i64) {
        let (side, bucket) = if ms < 0 {
            (&mut self.negative, bucket(ms.unsigned_abs()))
        } else {
            (&mut self.positive, bucket(ms.unsigned_abs()))
        };
        if side.len() <= bucket {
            side.resize(bucket.saturating_add(1), 0);
        }
        if let Some(slot) = side.get_mut(bucket) {
            *slot = slot.saturating_add(1);
        }
    }

    /// The time of a rank, the smallest of which is 0.
    fn of_rank(&self, rank: u64) -> Option<i64> {
        let negative = self.negative.iter().enumerate().rev().map(|(at, count)| (middle(at).saturating_neg(), count));
        let positive = self.positive.iter().enumerate().map(|(at, count)| (middle(at), count));
        let mut passed = 0_u64;
        negative.chain(positive).find_map(|(value, count)| {
            passed = passed.saturating_add(*count);
            (passed > rank).then_some(value)
        })
    }
}

/// The bucket of a time: itself below 64, then 64 to each power of two.
fn bucket(value: u64) -> usize {
    let Some(above) = value.checked_ilog2().unwrap_or_default().checked_sub(BITS).filter(|_| value >= EXACT_BELOW)
    else {
        return usize::try_from(value).unwrap_or_default();
    };
    let within = usize::try_from((value >> above) & (EXACT_BELOW.saturating_sub(1))).unwrap_or_default();
    place(above).saturating_add(1).saturating_mul(BUCKETS).saturating_add(within)
}

/// What stands for all times of a bucket: no further than 1 part in 128 from any of them.
fn middle(bucket: usize) -> i64 {
    let Some(above) = bucket.checked_div(BUCKETS).and_then(|row| row.checked_sub(1)) else {
        return i64::from(number(bucket));
    };
    let within = u64::from(number(bucket.checked_rem(BUCKETS).unwrap_or_default()));
    let above = number(above);
    let low = EXACT_BELOW.saturating_add(within).checked_shl(above).unwrap_or(u64::MAX);
    let half = 1_u64.checked_shl(above).unwrap_or_default() >> 1;
    i64::try_from(low.saturating_add(half)).unwrap_or(i64::MAX)
}

/// The deviation of a sample (n - 1), in milliseconds; `None` of one alone.
pub(super) fn deviation(len: u64, sum: i128, squares: u128) -> Option<f64> {
    let fewer = len.checked_sub(1).filter(|fewer| *fewer > 0)?;
    let pairs = count(len) * count(fewer);
    let square_of_sum = sum.unsigned_abs().checked_mul(sum.unsigned_abs());
    let exact = u128::from(len).checked_mul(squares).zip(square_of_sum);
    let spread = match exact {
        Some((all, of_sum)) => wide(all.saturating_sub(of_sum)) / pairs,
        // Beyond what whole numbers hold: centuries, a million times over.
        None => (wide(squares) - float(sum) * float(sum) / count(len)) / count(fewer),
    };
    Some(sqrt(spread))
}

pub(super) const fn square(ms: i64) -> u128 {
    let ms = ms.unsigned_abs();
    // The product of two numbers of 64 bits has 128.
    widened(ms).saturating_mul(widened(ms))
}

#[expect(clippy::as_conversions, reason = "widening, in a const function")]
const fn widened(value: u64) -> u128 {
    value as u128
}

/// Times that are kept as they are.
pub const EXACT_MAX: usize = 4_096;

/// How far a percentile may be off where the times are more than [`EXACT_MAX`]: of itself.
pub const RELATIVE_ERROR: f64 = 1.0 / 128.0;

const BITS: u32 = 6;
const BUCKETS: usize = 64;
const EXACT_BELOW: u64 = 64;
