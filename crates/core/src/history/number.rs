//! Whole numbers into floats and back, in one place: sums are exact until they are shown. Never panics, never loses more
//! than a float's 53 bits.

#![expect(clippy::as_conversions, reason = "what is shown needs no more than a float's 53 bits")]

/// A float of a sum.
pub(super) const fn float(value: i128) -> f64 {
    value as f64
}

/// A float of a sum of squares.
pub(super) const fn wide(value: u128) -> f64 {
    value as f64
}

/// A float of a count.
pub(super) const fn count(value: u64) -> f64 {
    value as f64
}

/// Milliseconds as seconds.
pub(super) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

/// Milliseconds with a fraction as seconds, cut after the microsecond: what comes of the same whole numbers is shown alike.
pub(super) fn rounded(ms: f64) -> f64 {
    let micros = ms * 1_000.0;
    if micros.abs() < 9e15 {
        let half = if micros < 0.0 { -0.5 } else { 0.5 };
        return (micros + half) as i64 as f64 / 1_000_000.0;
    }
    ms / 1_000.0
}

/// A part of a whole, 0 where there is no whole. Six digits after the point.
pub(super) fn share(part: i128, whole: i128) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    let millionths = float(part) / float(whole) * 1_000_000.0;
    (millionths + 0.5) as u64 as f64 / 1_000_000.0
}

/// Three digits after the point, for what is neither time nor share.
pub(super) fn short(value: f64) -> f64 {
    let half = if value < 0.0 { -0.5 } else { 0.5 };
    (value * 1_000.0 + half) as i64 as f64 / 1_000.0
}

/// The square root by Newton's method: `core` has none. Zero for what has none.
pub(super) fn sqrt(value: f64) -> f64 {
    if value.is_nan() || value <= 0.0 {
        return 0.0;
    }
    // Half of the exponent: within 4 % of the root, and each round doubles the digits.
    let mut root = f64::from_bits((value.to_bits() >> 1).saturating_add(0x1ff8_0000_0000_0000));
    for _ in 0..5 {
        root = 0.5 * (root + value / root);
    }
    root
}

/// A place in a list, of a number that is kept short.
pub(super) const fn place(value: u32) -> usize {
    value as usize
}

/// The number of a place. Lists of ours are shorter than 2^32, for what they count takes more memory than there is.
pub(super) const fn number(place: usize) -> u32 {
    if place > u32::MAX as usize { u32::MAX } else { place as u32 }
}

/// How many, of a length.
pub(super) const fn many(len: usize) -> u64 {
    len as u64
}
