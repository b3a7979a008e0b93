//! What every kind of snapshot has, and how it is read. Never keeps what is not shown; apps get the text itself.
//!
//! The shapes are those of `cxpulse_core::wire`; names of reasons are core's.

use alloc::string::String;
use core::fmt::Debug;

use cxpulse_core::execution::Reason;
use cxpulse_core::time::Timestamp;

use crate::json::Raw;

/// A snapshot of any kind, as far as the connection and the page's events go by it.
pub trait Snapshot: Clone + Debug + PartialEq + Sized {
    /// Reads one; `None` where a field that everything depends on is missing or not of its type.
    fn parse(text: &str) -> Option<Self>;
    /// The whole of it, as it came.
    fn text(&self) -> &str;
    /// `exe_…`, `bat_…`.
    fn id(&self) -> &str;
    /// Counts up with every change.
    fn seq(&self) -> u64;
    /// Whether status and outcome are those of another one: nothing that a person must hear of.
    fn is_worded_as(&self, other: &Self) -> bool;
    /// Whether nothing follows it.
    fn is_terminal(&self) -> bool;
    /// How much is done, of what is counted; `None` where nobody knows.
    fn done(&self) -> Option<u64>;
    /// How far, 0..=1000; 1000 only when all is done.
    fn permille(&self) -> u64;
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Why; `None` for a reason that this version has no words for.
    pub reason: Option<Reason>,
    /// Until when.
    pub until: Timestamp,
}

impl Waiting {
    /// Reads `{"reason": "backoff", "until": "…"}`.
    #[must_use]
    pub fn read(raw: Raw<'_>) -> Option<Self> {
        let name = raw.member("reason")?.string()?;
        let reason = REASONS.into_iter().find(|known| known.name() == name);
        Some(Self { reason, until: instant(raw, "until")? })
    }
}

/// How much of how much is done, 0..=1000; 1000 only when all is, or there is nothing to do.
#[must_use]
pub const fn permille(done: u64, total: u64) -> u64 {
    if done >= total {
        return 1_000;
    }
    // Counts beyond 10^16 are scaled down first, so that nothing overflows. There are more than `done`, so not none.
    match done.checked_mul(1_000) {
        Some(product) => product / total,
        None => done / (total / 1_000),
    }
}

/// A member that is an instant.
#[must_use]
pub fn instant(root: Raw<'_>, name: &str) -> Option<Timestamp> {
    parse_instant(&root.member(name)?.string()?)
}

/// A member that is a string.
#[must_use]
pub fn word(root: Raw<'_>, name: &str) -> Option<String> {
    root.member(name)?.string()
}

#[cfg(not(target_arch = "wasm32"))]
fn parse_instant(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text).ok()
}

/// The browser reads the same format, and is there already: core's reader is a twentieth of the size budget.
#[cfg(target_arch = "wasm32")]
fn parse_instant(text: &str) -> Option<Timestamp> {
    Some(crate::hands::parse_instant(text)).filter(|at| *at > Timestamp::default())
}

const REASONS: [Reason; 9] = [
    Reason::Backoff,
    Reason::Predicted,
    Reason::Retry,
    Reason::RateLimited,
    Reason::Permit,
    Reason::BreakerOpen,
    Reason::Credentials,
    Reason::LookUp,
    Reason::Callback,
];
