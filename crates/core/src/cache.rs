//! The result cache: which results may serve other executions, and for how long. Keeps their keys, never the results.
//!
//! Opt-in by request. An entry is fresh for as long as both the one who stored it and the one who asks allow; an older one
//! is kept until others need its room, for whoever cannot have a fresh result in time. The numbers, 300 s and 1,024
//! entries, are the seed's.

use alloc::collections::BTreeMap;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::execution::{Door, Order};
use crate::id::{ActionId, TenantId, prefixed_hex};
use crate::json::Json;
use crate::time::{Span, Timestamp};

/// What a result is found by: SHA-256 over tenant, profile, action and the canonical form of the inputs, and of the
/// context where there is one, for CXone is sent that too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// The key of an action on these inputs, in that context. Two spellings of the same JSON have one key; no part of one can be
    /// taken for a part of another, for each is led by its length.
    #[must_use]
    pub fn of(tenant: &TenantId, profile: &str, action: &ActionId, inputs: &Json, context: &Json) -> Self {
        let (inputs, context) = (inputs.canonical(), context.canonical());
        let parts = [tenant.as_str(), profile, action.as_str(), &inputs];
        Self(digest(parts.into_iter().chain((context != NO_CONTEXT).then_some(&*context))))
    }

    /// The key of an order that allows the cache; `None` for one that does not, or starts nothing.
    #[must_use]
    pub fn of_order(order: &Order) -> Option<Self> {
        let Door::Start { action_id, inputs, context } = &order.door else { return None };
        if order.cache_key.is_some() {
            return order.cache_key.filter(|_| order.cache_ttl.is_some());
        }
        order.cache_ttl.map(|_| Self::of(&order.tenant, &order.profile, action_id, inputs, context))
    }

    /// A key made otherwise: of inputs that must not be guessed from it.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key of 64 hex digits; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let text = core::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(text, 16).ok().filter(|_| pair.iter().all(u8::is_ascii_hexdigit))?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&prefixed_hex("", &self.0))
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CacheKey({self})")
    }
}

impl Serialize for CacheKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CacheKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a cache key is 64 hex digits"))
    }
}

/// A result out of the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// The result, as CXone sent it to another execution.
    pub result: Json,
    /// When that one ended.
    pub stored_at: Timestamp,
    /// Whether it is as good as a new one; else it is for when none can be had in time.
    pub is_fresh: bool,
}

/// Which results there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cache {
    entries: BTreeMap<CacheKey, Entry>,
    by_use: BTreeMap<u64, CacheKey>,
    uses: u64,
    hits: u64,
    misses: u64,
}

/// One result's dates. The result itself is the shell's to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// When it was stored.
    pub stored_at: Timestamp,
    /// Until when its own execution lets it serve others.
    pub fresh_until: Timestamp,
    use_number: u64,
}

/// Whether one asks for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    /// It does.
    First,
    /// It has asked before, and knows of the result of that instant, or of none.
    Again(Option<Timestamp>),
}

/// What the cache has of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// When it was stored.
    pub stored_at: Timestamp,
    /// Whether it is fresh for the one who asks.
    pub is_fresh: bool,
}

impl Cache {
    /// Looks a key up for one who takes results of at most `ttl` of age. What is found has been used. One who asks again is
    /// counted only where it finds a fresh result, and is not told again of an old one that it knows.
    pub fn look_up(&mut self, key: CacheKey, ttl: Span, asking: Asking, now: Timestamp) -> Option<Found> {
        let found = self.find(key, ttl, now);
        let is_hit = found.is_some_and(|found| found.is_fresh);
        if is_hit {
            self.hits = self.hits.saturating_add(1);
        } else if asking == Asking::First {
            self.misses = self.misses.saturating_add(1);
        }
        found.filter(|found| is_hit || asking != Asking::Again(Some(found.stored_at)))
    }

    fn find(&mut self, key: CacheKey, ttl: Span, now: Timestamp) -> Option<Found> {
        let entry = self.entries.get_mut(&key)?;
        self.by_use.remove(&entry.use_number);
        self.uses = self.uses.saturating_add(1);
        entry.use_number = self.uses;
        self.by_use.insert(self.uses, key);
        // A clock that was set back makes nothing fresher: what lies ahead counts as old.
        let is_dated_well = entry.stored_at <= now;
        let is_fresh = is_dated_well && now < entry.fresh_until && now < entry.stored_at.plus(ttl);
        Some(Found { stored_at: entry.stored_at, is_fresh })
    }

    /// A result was stored; gives the key that had to go for it, the one used longest ago.
    pub fn store(&mut self, key: CacheKey, ttl: Span, now: Timestamp) -> Option<CacheKey> {
        self.restore(key, now, now.plus(ttl))
    }

    /// Puts an entry in as it was stored, the least recently used first; gives the key that had to go for it.
    pub fn restore(&mut self, key: CacheKey, stored_at: Timestamp, fresh_until: Timestamp) -> Option<CacheKey> {
        self.uses = self.uses.saturating_add(1);
        let entry = Entry { stored_at, fresh_until, use_number: self.uses };
        if let Some(before) = self.entries.insert(key, entry) {
            self.by_use.remove(&before.use_number);
        }
        self.by_use.insert(self.uses, key);
        if self.entries.len() <= CACHE_MAX {
            return None;
        }
        let (_, oldest) = self.by_use.pop_first()?;
        self.entries.remove(&oldest);
        Some(oldest)
    }

    /// Results kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Times that a fresh result was found, and times that none was.
    #[must_use]
    pub const fn hits_and_misses(&self) -> (u64, u64) {
        (self.hits, self.misses)
    }
}

/// Of parts in order; no part of one list can be taken for a part of another, for each is led by its length.
pub(crate) fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// The canonical form of a context that says nothing.
const NO_CONTEXT: &str = "{}";

/// Results kept for a tenant.
pub const CACHE_MAX: usize = 1_024;

/// Bytes of a result that is kept: 64 KiB.
pub const CACHED_RESULT_MAX: usize = 65_536;
