//! One text for each JSON value, so that two spellings of the same inputs are known to be the same.
//!
//! After RFC 8785 (fields sorted by UTF-16 code units, no white space, the shortest escapes and numbers), but for whole
//! numbers past 2^53: they keep their digits, for two that differ must never be taken for one.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::value::RawValue;

use super::{fields, items, text};

/// The canonical text of a value.
pub(super) fn write(raw: &RawValue) -> String {
    let source = raw.get().trim();
    match source.bytes().next() {
        Some(b'{') => object(raw),
        Some(b'[') => {
            let items: Vec<_> = items(raw).unwrap_or_default().into_iter().map(write).collect();
            format!("[{}]", items.join(","))
        }
        Some(b'"') => string(&text(raw).unwrap_or_default()),
        Some(b'-' | b'0'..=b'9') => number(source),
        Some(_) | None => source.into(),
    }
}

fn object(raw: &RawValue) -> String {
    let mut fields: Vec<_> = fields(raw).unwrap_or_default().into_iter().collect();
    fields.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{}:{}", string(name), write(value))).collect();
    format!("{{{}}}", fields.join(","))
}

fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn number(source: &str) -> String {
    let digits = source.strip_prefix('-').unwrap_or(source);
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    match source.parse::<f64>() {
        Ok(0.0) => "0".into(),
        Ok(value) if !is_whole && value.is_finite() => fraction(value),
        Ok(_) | Err(_) => source.into(),
    }
}

fn fraction(value: f64) -> String {
    let whole = format!("{value:.0}");
    if value.abs() < EXACT_MAX && whole.parse() == Ok(value) {
        return whole;
    }
    serde_json::Number::from_f64(value).map_or(whole, |number| number.to_string())
}

/// 2^53: whole numbers below it are exact.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
