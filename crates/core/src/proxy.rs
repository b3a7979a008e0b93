//! The plain proxy's gatekeeper: which paths pass, and what of a request and an answer. Never sends, never repairs a path:
//! one that could mean something else to whoever reads it next is refused.
//!
//! Paths and queries after RFC 3986 sections 2.1, 3.3, 3.4 and 6.2.2; and after the WHATWG URL Standard, whose parser must
//! find nothing to change in what passes here.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::profile::ProxyRule;

mod cache;
mod header;

pub use cache::AnswerCache;
pub use header::{comes_back, goes_up, named_in_connection};

/// A request that may pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted<'a> {
    /// Path and query, byte for byte as they came: to be put after the tenant's base URL.
    pub target: String,
    /// The rule that lets it.
    pub rule: &'a ProxyRule,
}

/// Why a request may not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// No rule is for this method and path.
    NotAllowed,
    /// More than [`TARGET_MAX`] bytes.
    TooLong,
    /// It does not begin with a slash.
    NotAPath,
    /// A segment is empty: two slashes in a row, or one at the end.
    EmptySegment,
    /// A segment is `.` or `..`, or becomes one where a parameter is cut off.
    DotSegment,
    /// It begins like a URL: with a scheme, or with somebody's name at a host.
    Authority,
    /// A backslash: some readers take it for a slash.
    Backslash,
    /// A control character, written out or encoded.
    Control,
    /// A character that a path or query has to encode.
    Unencoded,
    /// A percent sign that two digits of hexadecimal capitals do not follow.
    BadEscape,
    /// An encoded slash or backslash.
    EncodedSlash,
    /// An encoded percent sign in the path: what follows may be decoded twice.
    EncodedPercent,
    /// An encoded letter, digit, dot, hyphen, underscore or tilde, which some readers decode.
    NeedlesslyEncoded,
    /// Encoded bytes that are not UTF-8.
    NotUtf8,
}

/// Whether a request may pass. `path` is what stands after the proxy's own address, with its first slash, as it was
/// written; `query` what follows the question mark, if there is one.
///
/// # Errors
/// [`Refusal`]: of the faults of a path, one.
pub fn admit<'a>(
    rules: &'a [ProxyRule],
    method: &str,
    path: &str,
    query: Option<&str>,
) -> Result<Admitted<'a>, Refusal> {
    check_len(path, query)?;
    check_path(path)?;
    query.map_or(Ok(()), check_query)?;
    let fits = |rule: &&ProxyRule| is_for(rule, method) && matches(&rule.path, path);
    let rule = rules.iter().find(fits).ok_or(Refusal::NotAllowed)?;
    let target = query.map_or_else(|| path.into(), |query| format!("{path}?{query}"));
    Ok(Admitted { target, rule })
}

impl Refusal {
    /// Whether the request is written in a way that is never passed on, whatever the rules say.
    #[must_use]
    pub const fn is_malformed(self) -> bool {
        !matches!(self, Self::NotAllowed)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAllowed => "no rule lets this method and path pass",
            Self::TooLong => "path and query must be at most 2048 bytes",
            Self::NotAPath => "the path must begin with a slash",
            Self::EmptySegment => {
                "the path must have no empty segment, neither two slashes in a row nor one at its end"
            }
            Self::DotSegment => "the path must have no segment . or ..",
            Self::Authority => "the path must not begin like a URL",
            Self::Backslash => "a backslash cannot stand in a path or query",
            Self::Control => "a control character cannot stand in a path or query, encoded or not",
            Self::Unencoded => "a character that has to be percent-encoded is not",
            Self::BadEscape => "a percent sign must be followed by two hexadecimal digits, in capitals",
            Self::EncodedSlash => "a slash or backslash cannot be percent-encoded in the path",
            Self::EncodedPercent => "a percent sign cannot be percent-encoded in the path",
            Self::NeedlesslyEncoded => "letters, digits and any of - . _ ~ must not be percent-encoded in the path",
            Self::NotUtf8 => "percent-encoded bytes must be UTF-8",
        })
    }
}

impl core::error::Error for Refusal {}

/// A rule for GET is one for HEAD, too: the answer is the same, without its body.
fn is_for(rule: &ProxyRule, method: &str) -> bool {
    rule.methods.iter().any(|allowed| allowed == method || (allowed == "GET" && method == "HEAD"))
}

/// Whether a pattern's segments are those of the path: `*` and `{name}` are any one, a last `**` one or more.
fn matches(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let mut wanted = pattern.split('/').peekable();
    while let Some(want) = wanted.next() {
        let Some(segment) = segments.next() else { return false };
        if want == "**" && wanted.peek().is_none() {
            return true;
        }
        let is_any = want == "*" || (want.starts_with('{') && want.ends_with('}'));
        if !is_any && want != segment {
            return false;
        }
    }
    segments.next().is_none()
}

fn check_len(path: &str, query: Option<&str>) -> Result<(), Refusal> {
    let query_len = query.map_or(0, |query| query.len().saturating_add(1));
    if path.len().saturating_add(query_len) > TARGET_MAX { Err(Refusal::TooLong) } else { Ok(()) }
}

fn check_path(path: &str) -> Result<(), Refusal> {
    let segments = path.strip_prefix('/').ok_or(Refusal::NotAPath)?;
    let first = segments.split('/').next().unwrap_or_default();
    if first.contains('@') || first.ends_with(':') {
        return Err(Refusal::Authority);
    }
    for byte in decode(path, is_path_byte)? {
        match byte {
            Decoded::Plain(_) => {}
            Decoded::Escaped(b'/' | b'\\') => return Err(Refusal::EncodedSlash),
            Decoded::Escaped(b'%') => return Err(Refusal::EncodedPercent),
            Decoded::Escaped(byte) if is_unreserved(byte) => return Err(Refusal::NeedlesslyEncoded),
            Decoded::Escaped(_) => {}
        }
    }
    segments.split('/').try_for_each(check_segment)
}

/// Servlet containers cut `;` and what follows off a segment before they look at its dots.
fn check_segment(segment: &str) -> Result<(), Refusal> {
    match segment.split(';').next().unwrap_or_default() {
        "" => Err(Refusal::EmptySegment),
        "." | ".." => Err(Refusal::DotSegment),
        _ => Ok(()),
    }
}

fn check_query(query: &str) -> Result<(), Refusal> {
    decode(query, is_query_byte).map(|_| ())
}

/// A byte of a path or query, and how it was written.
enum Decoded {
    Plain(u8),
    Escaped(u8),
}

fn decode(text: &str, is_plain: fn(u8) -> bool) -> Result<Vec<Decoded>, Refusal> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let escaped = escape(bytes.next(), bytes.next()).ok_or(Refusal::BadEscape)?;
                check_control(escaped)?;
                Decoded::Escaped(escaped)
            }
            b'\\' => return Err(Refusal::Backslash),
            _ if is_plain(byte) => Decoded::Plain(byte),
            _ => {
                check_control(byte)?;
                return Err(Refusal::Unencoded);
            }
        });
    }
    let whole: Vec<u8> = decoded.iter().map(|(Decoded::Plain(byte) | Decoded::Escaped(byte))| *byte).collect();
    // The soft hyphen and its like stay as they are: they are encoded, and nobody has to read them here.
    core::str::from_utf8(&whole).map_err(|_| Refusal::NotUtf8)?;
    Ok(decoded)
}

/// Small letters are refused: RFC 3986 section 6.2.2.1 makes them capitals, and there shall be one spelling only.
fn escape(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'F' => char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()),
        _ => None,
    };
    digit(high?)?.checked_mul(16)?.checked_add(digit(low?)?)
}

const fn check_control(byte: u8) -> Result<(), Refusal> {
    if byte.is_ascii_control() { Err(Refusal::Control) } else { Ok(()) }
}

/// RFC 3986 section 3.3: `pchar` and the slash.
const fn is_path_byte(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
        || matches!(byte, b':' | b'@' | b'/')
}

/// RFC 3986 section 3.4, without the quote: URL parsers encode it.
const fn is_query_byte(byte: u8) -> bool {
    (is_path_byte(byte) && byte != b'\'') || byte == b'?'
}

/// RFC 3986 section 2.3.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Bytes of path and query together.
pub const TARGET_MAX: usize = 2_048;
