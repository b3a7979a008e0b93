//! One text for each JSON value, so that two spellings of the same inputs are known to be the same.
//!
//! After RFC 8785 (fields in order, which is that of their code points here, no white space, the shortest escapes), but
//! for numbers: they keep every digit, as a whole number and a power of ten, for two that differ must never be taken for
//! one. For the same reason a text that is no Unicode (half of a surrogate pair) stays as it was spelled.

use alloc::format;
use alloc::string::{String, ToString};

use serde_json::value::RawValue;

use super::{each_item, fields, text};

/// The canonical text of a value. Holds one text for all of it, and of each object that it is in the names.
pub(super) fn write(raw: &RawValue) -> String {
    let mut out = String::new();
    value(raw, &mut out);
    out
}

fn value(raw: &RawValue, out: &mut String) {
    let source = raw.get().trim();
    match source.bytes().next() {
        Some(b'{') => object(raw, out),
        Some(b'[') => list(raw, out),
        Some(b'"') => match text(raw) {
            Some(text) => string(&text, out),
            None => out.push_str(source),
        },
        Some(b'-' | b'0'..=b'9') => out.push_str(&number(source).unwrap_or_else(|| source.into())),
        Some(_) | None => out.push_str(source),
    }
}

fn object(raw: &RawValue, out: &mut String) {
    let Some(fields) = fields(raw) else { return out.push_str(raw.get().trim()) };
    out.push('{');
    for (at, (name, field)) in fields.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        string(name, out);
        out.push(':');
        value(field, out);
    }
    out.push('}');
}

fn list(raw: &RawValue, out: &mut String) {
    out.push('[');
    let mut is_first = true;
    each_item(raw, |item| {
        if !is_first {
            out.push(',');
        }
        is_first = false;
        value(item, out);
    });
    out.push(']');
}

fn string(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// `-12.50` is `-125e-1`; `None` for a power of ten that no counter holds.
fn number(source: &str) -> Option<String> {
    let (sign, unsigned) = source.strip_prefix('-').map_or(("", source), |unsigned| ("-", unsigned));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    let kept = significant.trim_end_matches('0');
    if kept.is_empty() {
        return Some("0".into());
    }
    let cut = significant.len().saturating_sub(kept.len());
    let exponent = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    match exponent.checked_add(i64::try_from(cut).ok()?)? {
        zeros @ 0..=ZEROS_MAX => {
            let zeros = "0".repeat(usize::try_from(zeros).ok()?);
            Some(format!("{sign}{kept}{zeros}"))
        }
        exponent => Some(format!("{sign}{kept}e{exponent}")),
    }
}

/// Zeros at the end of a whole number that are written out.
const ZEROS_MAX: i64 = 20;
