//! API keys: who holds one, what it is for, and since and until when. Never holds a key itself, only its SHA-256; never
//! tells by its time which of several keys was nearly right.
//!
//! A key that is to be replaced overlaps with its successor: both have the same name, and each its own time.

use alloc::vec::Vec;

use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};

use crate::id::{KeyName, TenantId};
use crate::time::Timestamp;

/// What a key is for. Each is its own: `admin` does not include the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Starts and cancels executions, and uses the proxy. Of batches and chains also sends again what failed; dead
    /// notifications are for who administers.
    Execute,
    /// Sees executions: snapshots, streams, journals, lists.
    Read,
    /// Sees and mends the connection to CXone, and sees who did what; sees notifications and what they are signed with, and
    /// sends dead ones again.
    Admin,
}

/// Some scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

/// One key of somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Whose it is, for the audit log. Several keys may have one name.
    pub name: KeyName,
    /// SHA-256 of the key.
    pub sha256: [u8; 32],
    /// What it is for; never empty.
    pub scopes: Scopes,
    /// The only tenant that it acts for; every one where there is none.
    pub tenant: Option<TenantId>,
    /// When it becomes good, where it is not yet.
    pub not_before: Option<Timestamp>,
    /// When it is no longer good, if ever.
    pub expires_at: Option<Timestamp>,
    /// Requests a minute; `None` for as many as come.
    pub per_minute: Option<u32>,
    /// Whether its holder is known to send the same request again without saying so.
    pub repeats: bool,
}

/// All keys of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keyring {
    keys: Vec<Key>,
}

/// Why a key does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unaccepted {
    /// Nobody's, or not good yet.
    Unknown,
    /// Somebody's, and no longer good.
    Expired,
}

impl Scope {
    /// Every scope, as they are listed.
    pub const ALL: [Self; 3] = [Self::Execute, Self::Read, Self::Admin];

    /// `execute`, `read`, `admin`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Execute => "execute",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Execute => 1,
            Self::Read => 2,
            Self::Admin => 4,
        }
    }
}

impl Scopes {
    /// Everything.
    pub const ALL: Self = Self::of(&Scope::ALL);

    /// These.
    #[must_use]
    pub const fn of(mut scopes: &[Scope]) -> Self {
        let mut bits = 0;
        while let [scope, rest @ ..] = scopes {
            bits |= scope.bit();
            scopes = rest;
        }
        Self(bits)
    }

    /// Whether `scope` is among them.
    #[must_use]
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Keyring {
    /// These keys. Where two are the same one, the last of them counts.
    #[must_use]
    pub const fn new(keys: Vec<Key>) -> Self {
        Self { keys }
    }

    /// All of them.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// The key of that SHA-256, and its place among the others. Every key is compared, each in the same time, so that how
    /// long it takes says nothing but how many there are.
    ///
    /// # Errors
    /// [`Unaccepted`] where there is none, or its time is not now.
    pub fn find(&self, sha256: &[u8; 32], now: Timestamp) -> Result<(u32, &Key), Unaccepted> {
        let mut found = u32::MAX;
        for (index, key) in (0_u32..).zip(&self.keys) {
            found.conditional_assign(&index, difference(&key.sha256, sha256).ct_eq(&0));
        }
        let key = usize::try_from(found).ok().and_then(|index| self.keys.get(index)).ok_or(Unaccepted::Unknown)?;
        if key.not_before.is_some_and(|from| now < from) {
            return Err(Unaccepted::Unknown);
        }
        if key.expires_at.is_some_and(|until| now >= until) {
            return Err(Unaccepted::Expired);
        }
        Ok((found, key))
    }
}

/// 0 where both are the same; by words, for a comparison byte by byte would be most of what a request's admission costs.
fn difference(left: &[u8; 32], right: &[u8; 32]) -> u64 {
    let words = left.as_chunks::<8>().0.iter().zip(right.as_chunks::<8>().0);
    words.fold(0, |all, (left, right)| all | (u64::from_ne_bytes(*left) ^ u64::from_ne_bytes(*right)))
}
