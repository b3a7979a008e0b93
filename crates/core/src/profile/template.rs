//! Texts with placeholders such as `/executions/{execution_id}`. Never knows what a placeholder stands for.
//!
//! Percent-encoding after RFC 3986 section 2.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

/// A part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Copied as it is.
    Literal(&'a str),
    /// The name between braces: 1..=32 lower-case letters and underscores.
    Slot(&'a str),
}

/// The parts of a template in order; `None` where a brace has no partner or holds no name.
pub(crate) fn pieces(template: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        if literal.contains('}') || !is_name(name) {
            return None;
        }
        pieces.extend([Piece::Literal(literal), Piece::Slot(name)]);
        rest = tail;
    }
    pieces.push(Piece::Literal(rest));
    (!rest.contains('}')).then_some(pieces)
}

/// The names in a template, in order.
pub(crate) fn slots(template: &str) -> Vec<&str> {
    let name = |piece| match piece {
        Piece::Slot(name) => Some(name),
        Piece::Literal(_) => None,
    };
    pieces(template).unwrap_or_default().into_iter().filter_map(name).collect()
}

/// The name, where the whole text is one placeholder.
pub(crate) fn slot(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}').filter(|name| is_name(name))
}

/// Whether a body's template has the placeholder `name` anywhere.
pub(crate) fn holds(body: &Value, name: &str) -> bool {
    match body {
        Value::String(text) => slot(text) == Some(name),
        Value::Array(items) => items.iter().any(|item| holds(item, name)),
        Value::Object(fields) => fields.values().any(|field| holds(field, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The template with each placeholder replaced by what `fill` has for it; `None` where it has nothing for one.
pub(crate) fn fill(template: &str, mut fill: impl FnMut(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::with_capacity(template.len());
    for piece in pieces(template)? {
        match piece {
            Piece::Literal(text) => filled.push_str(text),
            Piece::Slot(name) => filled.push_str(&fill(name)?),
        }
    }
    Some(filled)
}

/// RFC 3986: everything but the unreserved characters. Good for forms, too.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// RFC 3986 section 2.3.
pub(crate) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn is_name(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
