//! Numbers that look random and are a pure function of a seed. Never asks the platform for entropy.
//!
//! SplitMix64 (Steele, Lea, Flood 2014): fit for jitter and span ids, not for secrets.

/// The `index`-th number of the sequence that `seed` starts: same seed and index, same number.
#[must_use]
pub const fn draw(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The same as a fraction in `0.0..1.0`, with 53 bits.
#[must_use]
#[expect(clippy::as_conversions, reason = "53 bits fit a float exactly")]
pub const fn draw_unit(seed: u64, index: u64) -> f64 {
    (draw(seed, index) >> 11) as f64 / 9_007_199_254_740_992.0
}
