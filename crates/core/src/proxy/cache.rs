//! Answers that serve other callers for a while, bounded by their bytes. Never makes one, never looks into one.

use alloc::collections::BTreeMap;
use alloc::string::String;

use crate::time::{Span, Timestamp};

/// A cache of answers; the least recently used go first.
#[derive(Debug, Clone)]
pub struct AnswerCache<T> {
    bytes_max: usize,
    bytes: usize,
    /// Counts uses: the entry with the lowest was used longest ago.
    clock: u64,
    entries: BTreeMap<String, Entry<T>>,
    by_use: BTreeMap<u64, String>,
}

#[derive(Debug, Clone)]
struct Entry<T> {
    answer: T,
    bytes: usize,
    used: u64,
    stored_at: Timestamp,
    fresh_until: Timestamp,
}

impl<T: Clone> AnswerCache<T> {
    /// An empty one, for at most `bytes_max` bytes of answers and keys.
    #[must_use]
    pub const fn new(bytes_max: usize) -> Self {
        Self { bytes_max, bytes: 0, clock: 0, entries: BTreeMap::new(), by_use: BTreeMap::new() }
    }

    /// A fresh answer, and its age. One that was stored later than now, by a clock that has since gone back, is none.
    pub fn get(&mut self, key: &str, now: Timestamp) -> Option<(T, Span)> {
        let is_fresh = |entry: &&mut Entry<T>| entry.stored_at <= now && now < entry.fresh_until;
        let Some(entry) = self.entries.get_mut(key).filter(is_fresh) else {
            self.remove(key);
            return None;
        };
        self.clock = self.clock.saturating_add(1);
        self.by_use.remove(&entry.used);
        entry.used = self.clock;
        self.by_use.insert(self.clock, key.into());
        Some((entry.answer.clone(), now.since(entry.stored_at)))
    }

    /// Stores an answer of so many bytes for `lifetime`. One that alone is more than the bound is not stored.
    pub fn put(&mut self, key: &str, answer: T, bytes: usize, lifetime: Span, now: Timestamp) {
        self.remove(key);
        let bytes = bytes.saturating_add(key.len());
        if bytes > self.bytes_max {
            return;
        }
        while self.bytes.saturating_add(bytes) > self.bytes_max {
            let Some((_, oldest)) = self.by_use.pop_first() else { break };
            self.remove(&oldest);
        }
        self.clock = self.clock.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        self.by_use.insert(self.clock, key.into());
        let entry = Entry { answer, bytes, used: self.clock, stored_at: now, fresh_until: now.plus(lifetime) };
        self.entries.insert(key.into(), entry);
    }

    /// Bytes of answers and keys.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    fn remove(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            self.by_use.remove(&entry.used);
            self.bytes = self.bytes.saturating_sub(entry.bytes);
        }
    }
}
