//! Names as numbers: each text once, up to a bound. Never forgets one, never takes one for another: a hash finds, the text
//! decides.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::cursor::same;
use super::mix;
use super::number::{number, place};

/// Texts, numbered as they come. The numbers depend on the order in which a log is read, so nothing that is shown may.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// All texts, one after the other.
    text: String,
    /// Where each ends.
    ends: Vec<u32>,
    by_hash: BTreeMap<u64, u32>,
    /// Those whose hash another has.
    others: BTreeMap<Box<str>, u32>,
    /// What was asked for lately, by its ends. A log has few nodes, which come again and again.
    recent: Vec<u32>,
    bound: Bound,
}

/// How many texts are kept, and how many bytes of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub(super) count: usize,
    pub(super) bytes: usize,
}

impl Names {
    pub(super) const fn new(bound: Bound) -> Self {
        Self {
            text: String::new(),
            ends: Vec::new(),
            by_hash: BTreeMap::new(),
            others: BTreeMap::new(),
            recent: Vec::new(),
            bound,
        }
    }

    /// The number of a text, new or not; `None` of a new one beyond the bound.
    pub(super) fn number(&mut self, text: &str) -> Option<u32> {
        let slot = slot(text.as_bytes());
        if let Some(number) = self.recent.get(slot).copied()
            && self.text(number).is_some_and(|known| same(known, text))
        {
            return Some(number);
        }
        let hash = mix::text(text);
        let number = self.known(hash, text).or_else(|| self.add(hash, text))?;
        if self.recent.is_empty() {
            self.recent.resize(SLOTS, u32::MAX);
        }
        if let Some(recent) = self.recent.get_mut(slot) {
            *recent = number;
        }
        Some(number)
    }

    /// The number of a text that is known.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.known(mix::text(text), text)
    }

    pub(super) fn text(&self, number: u32) -> Option<&str> {
        let number = place(number);
        let to = place(*self.ends.get(number)?);
        let from = number.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| place(*end));
        self.text.get(from..to)
    }

    pub(super) const fn len(&self) -> usize {
        self.ends.len()
    }

    fn known(&self, hash: u64, text: &str) -> Option<u32> {
        let number = *self.by_hash.get(&hash)?;
        if self.text(number) == Some(text) { Some(number) } else { self.others.get(text).copied() }
    }

    fn add(&mut self, hash: u64, text: &str) -> Option<u32> {
        let bytes = self.text.len().saturating_add(text.len());
        if self.ends.len() >= self.bound.count || bytes > self.bound.bytes {
            return None;
        }
        let new = number(self.ends.len());
        self.text.push_str(text);
        self.ends.push(number(bytes));
        if *self.by_hash.entry(hash).or_insert(new) != new {
            self.others.insert(text.into(), new);
        }
        Some(new)
    }
}

/// Of both ends and the length: all of a text is looked at only where that finds another.
fn slot(text: &[u8]) -> usize {
    let word = |bytes: &[u8]| bytes.iter().fold(0, |word: u64, byte| (word << 8) | u64::from(*byte));
    let ends = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(23),
        (None, _) | (_, None) => word(text),
    };
    let mixed = (ends ^ super::number::many(text.len())).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 56).unwrap_or_default()
}

const SLOTS: usize = 256;
