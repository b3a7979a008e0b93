//! Values that must not be kept, and where they stand in other texts. Never prints one.
//!
//! Each is looked for as it is, and as it looks in percent-encoding (RFC 3986) in both cases and as forms have it (a plus for a
//! space), in base64 and base64url (RFC 4648), in hex,
//! and within a JSON string, also within one in another. A base64 text of more than the value is known by the value's whole groups of three bytes, which
//! is where it stands at the beginning; one in which other bytes go before is not.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::REDACTED;
use super::walk::quoted;
use crate::id::prefixed_hex;
use crate::profile::template::percent_encode;

/// Values of at least [`VALUE_MIN`] characters, in every spelling. Shorter ones stand by chance in too many texts.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Values {
    /// In order of their bytes, each once.
    all: Vec<String>,
    /// The places in `all` of those that begin with no other: where none of them is, none of the others is.
    heads: Vec<usize>,
    /// One bit for each byte that one of them begins with.
    firsts: [u64; 4],
}

impl Values {
    /// Of these texts, without those that are too short.
    #[must_use]
    pub fn of(texts: Vec<String>) -> Self {
        let mut all: Vec<String> = Vec::new();
        for text in texts {
            if is_long(&text, VALUE_MIN) {
                all.extend(spellings(&text));
            }
        }
        all.sort_unstable();
        all.dedup();
        let mut values = Self { all, ..Self::default() };
        let mut latest = "";
        for (index, value) in values.all.iter().enumerate() {
            if latest.is_empty() || !value.starts_with(latest) {
                latest = value;
                values.heads.push(index);
            }
            let first = value.bytes().next().unwrap_or_default();
            if let Some(bits) = values.firsts.get_mut(usize::from(first / 64)) {
                *bits |= 1 << (first % 64);
            }
        }
        values
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether one of them stands in `text`. Costs a pass over it, however many there are.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        text.bytes()
            .enumerate()
            .any(|(at, byte)| self.is_first(byte) && text.as_bytes().get(at..).is_some_and(|rest| self.begin(rest)))
    }

    /// Whether `text` is one of them.
    #[must_use]
    pub fn have(&self, text: &str) -> bool {
        self.all.binary_search_by(|value| value.as_str().cmp(text)).is_ok()
    }

    /// Whether `name` is one of them, or has a long one in it.
    pub(super) fn are_in_name(&self, name: &str) -> bool {
        self.have(name) || self.all.iter().any(|value| is_long(value, NAMED_MIN) && name.contains(value.as_str()))
    }

    /// The text without them; `None` where none stands in it.
    #[must_use]
    pub fn scrub(&self, text: &str) -> Option<String> {
        if !self.are_in(text) {
            return None;
        }
        if self.all.len().saturating_mul(text.len()) > EFFORT_MAX {
            return Some(REDACTED.into());
        }
        let mut present: Vec<&str> =
            self.all.iter().map(String::as_str).filter(|value| text.contains(*value)).collect();
        // The longest first, so that nothing is left over of one that begins with another.
        present.sort_by_key(|value| core::cmp::Reverse(value.len()));
        Some(present.iter().fold(text.to_owned(), |text, value| text.replace(*value, REDACTED)))
    }

    fn is_first(&self, byte: u8) -> bool {
        self.firsts.get(usize::from(byte / 64)).is_some_and(|bits| bits >> (byte % 64) & 1 == 1)
    }

    /// Whether `rest` begins with one of them: then the last head that is not behind it does, for no head begins with another.
    fn begin(&self, rest: &[u8]) -> bool {
        let head = |index: &usize| self.all.get(*index).map(String::as_bytes).unwrap_or_default();
        let behind = self.heads.partition_point(|index| head(index) <= rest);
        let nearest = behind.checked_sub(1).and_then(|last| self.heads.get(last)).map(head);
        nearest.is_some_and(|value| rest.starts_with(value))
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Values({})", self.all.len())
    }
}

fn is_long(text: &str, min: usize) -> bool {
    text.chars().nth(min.saturating_sub(1)).is_some()
}

fn spellings(text: &str) -> [String; 11] {
    let hex = prefixed_hex("", text.as_bytes());
    let once = escaped(text);
    let percent = percent_encode(text);
    let lower = lower_percent(&percent);
    let whole_groups = text.as_bytes().chunks_exact(3).flatten().copied().collect::<Vec<u8>>();
    [
        text.to_owned(),
        // A percent sign of the text itself is `%25`, so that every `%20` is a space.
        percent.replace("%20", "+"),
        lower.replace("%20", "+"),
        percent,
        lower,
        escaped(&once),
        once,
        STANDARD_NO_PAD.encode(&whole_groups),
        URL_SAFE_NO_PAD.encode(&whole_groups),
        hex.to_ascii_uppercase(),
        hex,
    ]
}

/// `%2F` as `%2f`.
fn lower_percent(text: &str) -> String {
    let mut left = 0_u8;
    let lower = |char: char| {
        let is_digit = left > 0;
        left = if char == '%' { 2 } else { left.saturating_sub(1) };
        if is_digit { char.to_ascii_lowercase() } else { char }
    };
    text.chars().map(lower).collect()
}

/// What stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = quoted(text);
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
}

/// Characters of a value that is looked for in other texts.
pub const VALUE_MIN: usize = 6;

/// Characters of a value that is looked for within names.
const NAMED_MIN: usize = 12;

/// Bytes times values after which a text that holds a value is taken out as a whole.
const EFFORT_MAX: usize = 16_777_216;
