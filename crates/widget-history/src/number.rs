//! Decimal numbers of a report, read as whole numbers of a smaller unit, and how such are written for people. Never a float: reading
//! one takes as much code as a third of this element.

use alloc::string::String;

use cxpulse_core::time::Span;
use cxpulse_element::json::Raw;
use cxpulse_element::reading;
use cxpulse_element::text::{decimal, length_exact};

/// A number as so many units of a power of ten (`places` is 3 for thousandths), to the nearest one; what is beyond all numbers is
/// the last of them. `None` for what is no number.
#[must_use]
pub fn scaled(text: &str, places: i32) -> Option<i64> {
    let (is_negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let mut bytes = digits.bytes();
    let (mut mantissa, mut shift, mut is_fraction) = (0_u64, places, false);
    digits.bytes().next().filter(u8::is_ascii_digit)?;
    while let Some(byte) = bytes.next() {
        match byte {
            b'0'..=b'9' if mantissa < MANTISSA_MAX => {
                mantissa = mantissa.saturating_mul(10).saturating_add(u64::from(byte - b'0'));
                shift = shift.saturating_sub(i32::from(is_fraction));
            }
            // More digits than anybody reads: only how many there are counts.
            b'0'..=b'9' => shift = shift.saturating_add(i32::from(!is_fraction)),
            b'.' => is_fraction = true,
            b'e' | b'E' => {
                let exponent = digits.get(digits.len().checked_sub(bytes.len())?..)?;
                shift = shift.saturating_add(exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?);
                break;
            }
            _ => return None,
        }
    }
    let size = i64::try_from(shifted(mantissa, shift)).unwrap_or(i64::MAX);
    Some(if is_negative { size.saturating_neg() } else { size })
}

/// A time in seconds as milliseconds; 0 for what is none.
#[must_use]
pub fn millis(raw: Raw<'_>) -> i64 {
    scaled(raw.text(), 3).unwrap_or_default()
}

/// A part of 1 as so many of a million; 0 for what is none.
#[must_use]
pub fn millionths(raw: Raw<'_>) -> u64 {
    scaled(raw.text(), 6).and_then(|part| u64::try_from(part).ok()).unwrap_or_default()
}

/// A time for people: `350 ms`, `3.2 s`, `2 h 5 min`, with a minus before one that is below nothing.
#[must_use]
pub fn time(millis: i64, point: char) -> String {
    let size = millis.unsigned_abs();
    let words = if size < 1_000 {
        [&decimal(size) as &str, "\u{a0}", if size == 0 { "s" } else { "ms" }].concat()
    } else {
        length_exact(Span::from_millis(size), point)
    };
    if millis < 0 { ["−", &words].concat() } else { words }
}

/// A part for people, of a million: `62.5 %`, and tenths below ten only.
#[must_use]
pub fn percent(millionths: u64, point: char) -> String {
    let tenths = millionths.saturating_add(500) / 1_000;
    let mut words = decimal(tenths / 10);
    if tenths < 100 && !tenths.is_multiple_of(10) {
        words.push(point);
        words.push_str(&decimal(tenths % 10));
    }
    words.push_str("\u{a0}%");
    words
}

/// How much of a whole something is, of a thousand; at most all of it, and nothing of nothing.
#[must_use]
pub const fn permille(part: u64, whole: u64) -> u64 {
    if whole == 0 { 0 } else { reading::permille(part, whole) }
}

fn shifted(mantissa: u64, shift: i32) -> u64 {
    if shift >= 0 {
        return (0..shift.min(DIGITS_MAX)).fold(mantissa, |value, _| value.saturating_mul(10));
    }
    let divisor = 10_u64.checked_pow(shift.unsigned_abs());
    divisor.map_or(0, |divisor| mantissa.saturating_add(divisor / 2) / divisor)
}

/// Beyond it one more digit may not fit.
const MANTISSA_MAX: u64 = 1_000_000_000_000_000_000;

/// Digits of the largest number that there is here.
const DIGITS_MAX: i32 = 20;
