//! The `tracestate` of callers: what other tracing systems know of a trace. Never adds an entry: we have nothing to say
//! there that `traceparent` does not say, and each entry of ours could push out another's.
//!
//! Source: W3C Trace Context level 1, section 3.3; the form of keys after level 2, which takes in all of level 1's.

use alloc::string::String;
use alloc::vec::Vec;

/// The list as it is sent on: `rojo=00f067aa0ba902b7,congo=t61rcWkgMzE`, at most [`TRACESTATE_MAX`] bytes. Empty where there is
/// nothing to send on: an entry that is not well formed, or one too many, makes a list that nobody can trust.
///
/// `text` is the header's value; of several headers, their values joined by commas in their order (RFC 9110, section 5.3).
pub(super) fn read(text: &str) -> String {
    let mut entries: Vec<&str> = Vec::new();
    for entry in text.split(',').map(|entry| entry.trim_matches([' ', '\t'])).filter(|entry| !entry.is_empty()) {
        if !is_entry(entry) || entries.len() == ENTRIES_MAX {
            return String::new();
        }
        // The left one is the newer one.
        if !entries.iter().any(|other| key_of(other) == key_of(entry)) {
            entries.push(entry);
        }
    }
    shorten(&mut entries);
    entries.join(",")
}

/// Drops whole entries until the rest fits: long ones before short ones, and from the end of the list.
fn shorten(entries: &mut Vec<&str>) {
    while length(entries) > TRACESTATE_MAX {
        let long = entries.iter().rposition(|entry| entry.len() > LONG_ENTRY);
        entries.remove(long.unwrap_or_else(|| entries.len().saturating_sub(1)));
    }
}

fn length(entries: &[&str]) -> usize {
    let commas = entries.len().saturating_sub(1);
    entries.iter().map(|entry| entry.len()).sum::<usize>().saturating_add(commas)
}

fn is_entry(entry: &str) -> bool {
    let Some((key, value)) = entry.split_once('=') else { return false };
    let is_key_byte = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@');
    let starts_right = key.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let is_key = starts_right && key.len() <= PART_MAX && key.bytes().all(is_key_byte);
    let is_value_byte = |byte: u8| matches!(byte, 0x20..=0x7e) && !matches!(byte, b',' | b'=');
    is_key && (1..=PART_MAX).contains(&value.len()) && value.bytes().all(is_value_byte)
}

fn key_of(entry: &str) -> &str {
    entry.split_once('=').map_or(entry, |(key, _)| key)
}

/// Entries of a list.
const ENTRIES_MAX: usize = 32;

/// Bytes of a key, and of a value.
const PART_MAX: usize = 256;

/// Bytes of an entry past which it is the first to go.
const LONG_ENTRY: usize = 128;

/// Bytes of `tracestate` that are kept and sent on: as many as everybody is asked to send on at least.
pub const TRACESTATE_MAX: usize = 512;
