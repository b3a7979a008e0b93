//! Many lengths of time as one distribution. Sums are exact and adding commutes, so that the order in which times come shows
//! nowhere. Never holds more than [`EXACT_MAX`] of them.
//!
//! Percentiles are interpolated linearly between the two nearest ranks (definition 7 of Hyndman and Fan), of the times
//! themselves up to [`EXACT_MAX`] and of a sketch beyond: buckets of whole numbers, 64 to each power of two, so that a
//! time is known to 1 part in 128. The idea is DDSketch's (Masson, Rim, Lee 2019) with the buckets of HdrHistogram, which need
//! no logarithm.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::number::{count, float, many, number, place, rounded, seconds, sqrt, wide};
use super::report::Spread;

/// A distribution of milliseconds, negative ones too.
///
/// Adding is no more than keeping the time: what is reckoned of many is reckoned at once, when there are enough of them or when
/// somebody asks.
#[derive(Debug, Clone, Default)]
pub(super) struct Times {
    /// Those that are not in the sketch: all, as long as there is none.
    values: Vec<i64>,
    beyond: Option<Box<Beyond>>,
}

/// What is kept of times once they are too many to be kept as they are.
#[derive(Debug, Clone, Default)]
struct Beyond {
    sums: Sums,
    sketch: Sketch,
}

/// Exact sums of some times.
#[derive(Debug, Clone, Copy)]
struct Sums {
    count: u64,
    sum: i128,
    squares: u128,
    min: i64,
    max: i64,
}

/// Counts by bucket; the first of either list are exact.
#[derive(Debug, Clone, Default)]
struct Sketch {
    negative: Vec<u64>,
    positive: Vec<u64>,
}

impl Times {
    pub(super) fn add(&mut self, ms: i64) {
        if self.values.len() >= EXACT_MAX {
            self.settle();
        }
        self.values.push(ms);
    }

    pub(super) fn count(&self) -> u64 {
        let settled = self.beyond.as_ref().map_or(0, |beyond| beyond.sums.count);
        settled.saturating_add(many(self.values.len()))
    }

    /// Adds all times of another distribution.
    pub(super) fn merge(&mut self, other: &Self) {
        if let Some(theirs) = &other.beyond {
            self.settle();
            let ours = self.beyond.get_or_insert_default();
            ours.sums = ours.sums.and(theirs.sums);
            ours.sketch.merge(&theirs.sketch);
        }
        if self.values.len().saturating_add(other.values.len()) > EXACT_MAX {
            self.settle();
        }
        self.values.extend_from_slice(&other.values);
    }

    /// In seconds; `None` where there is none.
    pub(super) fn spread(&self) -> Option<Spread> {
        let mut values = self.values.clone();
        let sums = Sums::of(&values);
        let Some(beyond) = &self.beyond else {
            return sums.spread(true, |permille, sums| {
                let (rank, part) = rank_of(sums.count, permille);
                between(pair(&mut values, rank), part)
            });
        };
        let mut whole = beyond.clone();
        whole.take(&values);
        whole.sums.spread(false, |permille, sums| {
            let (rank, part) = rank_of(sums.count, permille);
            let at = |rank| whole.sketch.of_rank(rank).unwrap_or(sums.max).clamp(sums.min, sums.max);
            between((at(rank), at(rank.saturating_add(1))), part)
        })
    }

    /// Into the sketch with them, so that there is room again.
    fn settle(&mut self) {
        if !self.values.is_empty() {
            self.beyond.get_or_insert_default().take(&self.values);
            self.values.clear();
        }
    }
}

impl Beyond {
    fn take(&mut self, values: &[i64]) {
        self.sums = self.sums.and(Sums::of(values));
        values.iter().for_each(|value| self.sketch.add(*value));
    }
}

impl Sums {
    fn of(values: &[i64]) -> Self {
        let (min, max) = values.iter().fold((i64::MAX, i64::MIN), |(min, max), ms| (min.min(*ms), max.max(*ms)));
        let mut sums = Self { count: many(values.len()), min, max, ..Self::default() };
        if values.len() <= EXACT_MAX && min > SMALL.saturating_neg() && max < SMALL {
            // Their sums fit into words: nothing wraps.
            let add = |(sum, squares): (i64, i64), ms: &i64| {
                (sum.wrapping_add(*ms), squares.wrapping_add(ms.wrapping_mul(*ms)))
            };
            let (sum, squares) = values.iter().fold((0, 0), add);
            (sums.sum, sums.squares) = (sum.into(), squares.unsigned_abs().into());
            return sums;
        }
        for ms in values {
            sums.sum = sums.sum.saturating_add(i128::from(*ms));
            sums.squares = sums.squares.saturating_add(square(*ms));
        }
        sums
    }

    fn and(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            sum: self.sum.saturating_add(other.sum),
            squares: self.squares.saturating_add(other.squares),
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }

    /// `at` gives a percentile in milliseconds; it is asked for the higher one first.
    fn spread(self, is_exact: bool, mut at: impl FnMut(u64, Self) -> f64) -> Option<Spread> {
        if self.count == 0 {
            return None;
        }
        let (p95, p50) = (rounded(at(950, self)), rounded(at(500, self)));
        Some(Spread {
            count: self.count,
            sum: float(self.sum) / 1_000.0,
            min: seconds(self.min),
            mean: rounded(float(self.sum) / count(self.count)),
            p50,
            p95,
            max: seconds(self.max),
            stdev: deviation(self.count, self.sum, self.squares).map(rounded),
            is_exact,
        })
    }
}

impl Default for Sums {
    /// Of none: whatever is added is less than the least and more than the most.
    fn default() -> Self {
        Self { count: 0, sum: 0, squares: 0, min: i64::MAX, max: i64::MIN }
    }
}

/// The rank at or below a percentile, and the thousandths of the way to the next.
fn rank_of(count: u64, permille: u64) -> (u64, u128) {
    let scaled = u128::from(count.saturating_sub(1)).saturating_mul(u128::from(permille));
    let rank = scaled.checked_div(1_000).unwrap_or_default();
    (u64::try_from(rank).unwrap_or(u64::MAX), scaled.checked_rem(1_000).unwrap_or_default())
}

/// The values of a rank and of the next, if there is one. Puts values in no more order than that takes: what is lower stands before.
fn pair(values: &mut [i64], rank: u64) -> (i64, i64) {
    let rank = usize::try_from(rank).unwrap_or(usize::MAX).min(values.len().saturating_sub(1));
    if values.is_empty() {
        return (0, 0);
    }
    let (_, low, above) = values.select_nth_unstable(rank);
    (*low, above.iter().min().copied().unwrap_or(*low))
}

fn between((low, high): (i64, i64), part: u128) -> f64 {
    let (low, high) = (float(i128::from(low)), float(i128::from(high)));
    low + (high - low) * wide(part) / 1_000.0
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

    fn merge(&mut self, other: &Self) {
        for (ours, theirs) in [(&mut self.negative, &other.negative), (&mut self.positive, &other.positive)] {
            if ours.len() < theirs.len() {
                ours.resize(theirs.len(), 0);
            }
            for (slot, count) in ours.iter_mut().zip(theirs) {
                *slot = slot.saturating_add(*count);
            }
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

/// Milliseconds below which a square has 50 bits: 4,096 of them fit into a word. Nine hours.
const SMALL: i64 = 1 << 25;

const BITS: u32 = 6;
const BUCKETS: usize = 64;
const EXACT_BELOW: u64 = 64;
