//! What our own objects and routes say to a tenant's object, and what it answers. JSON, never seen from outside.

use cxpulse_core::cache::{Asking, CacheKey, Memory};
use cxpulse_core::credential::Token;
use cxpulse_core::execution::Reason;
use cxpulse_core::gate::{Ask, GateView, Report, Series};
use cxpulse_core::id::TenantId;
use cxpulse_core::json::Json;
use cxpulse_core::limiter::Lease;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::trace::TraceContext;
use serde::{Deserialize, Serialize};

/// Whether a call may go; the body of `/acquire`.
#[derive(Serialize, Deserialize)]
pub(super) struct Acquire {
    /// Which tenant this object is for: it cannot know by itself.
    pub(super) tenant: TenantId,
    pub(super) ask: Ask,
    /// What became of calls before.
    pub(super) reports: Vec<Report>,
    /// Which result would do instead of a call.
    pub(super) lookup: Option<Lookup>,
    /// The span of the call: a token that has to be fetched for it is a part of that.
    pub(super) span: Option<TraceContext>,
}

/// Whether each of several calls may go; the body of `/acquire-all`. Answered as soon as any of them is decided, with an
/// [`Answered`] for each, or none.
#[derive(Serialize, Deserialize)]
pub(super) struct AcquireAll<P> {
    pub(super) tenant: TenantId,
    pub(super) petitions: Vec<P>,
    /// What became of calls before.
    pub(super) reports: Vec<Report>,
}

/// What one of them asks.
#[derive(Serialize, Deserialize)]
pub(crate) struct Petition {
    pub(crate) ask: Ask,
    /// Which result would do instead of a call.
    pub(crate) lookup: Option<Lookup>,
    /// The span of the call.
    pub(crate) span: Option<TraceContext>,
    /// So many more calls might be made under its lease, one after the other.
    pub(crate) more: u32,
}

/// Which result is looked for in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lookup {
    pub(crate) key: CacheKey,
    /// How old it may be and still pass for new.
    pub(crate) ttl: Span,
    /// What was found before.
    pub(crate) asking: Asking,
}

/// The answer.
#[derive(Serialize, Deserialize)]
pub(crate) struct Answered {
    /// What the cache has.
    pub(crate) memory: Option<Memory>,
    /// Whether the call may go; not even asked where the memory is fresh.
    pub(crate) verdict: Option<Verdict>,
}

/// Whether a call may go.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It may.
    Granted(Pass),
    /// Not before then.
    Postponed { reason: Reason, until: Timestamp },
}

/// What one call goes with. Whoever has it reports on its lease.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Pass {
    pub(crate) lease: Lease,
    pub(crate) token: Token,
    /// Where the tenant's CXone is, without a slash at the end.
    pub(crate) base_url: String,
    /// What else may be done under its lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) series: Option<Series>,
}

/// What has happened; the body of `/report`.
#[derive(Serialize, Deserialize)]
pub(super) struct Told {
    pub(super) tenant: TenantId,
    pub(super) reports: Vec<Report>,
    pub(super) results: Vec<Found>,
}

/// A result for the cache.
#[derive(Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) key: CacheKey,
    /// For how long it passes for new.
    pub(crate) ttl: Span,
    pub(crate) result: Json,
}

/// How the object stands; the answer of `/gate`.
#[derive(Serialize)]
pub(super) struct Standing<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) profile: &'a str,
    #[serde(flatten)]
    pub(super) gate: GateView,
    /// Callers that wait in the object right now.
    pub(super) held: usize,
    pub(super) cache: CacheCounts,
}

/// The cache, without what is in it. Hits and misses since the object was last started.
#[derive(Serialize)]
pub(super) struct CacheCounts {
    pub(super) entries: usize,
    pub(super) hits: u64,
    pub(super) misses: u64,
}
