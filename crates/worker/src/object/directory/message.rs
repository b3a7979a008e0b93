//! What executions' objects and routes say to a tenant's directory. JSON, never seen from outside.

use cxpulse_core::audit::Who;
use cxpulse_core::id::{TenantId, TokenId};
use cxpulse_core::json::Json;
use cxpulse_core::listing::{BatchListing, ChainListing, HistoryListing, Listing};
use cxpulse_core::time::Timestamp;
use cxpulse_core::trace::TraceContext;
use serde::{Deserialize, Serialize};

/// How something stands.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Listed {
    /// An execution.
    Execution(Listing),
    /// A batch.
    Batch(BatchListing),
    /// A chain.
    Chain(ChainListing),
    /// A history query.
    History(HistoryListing),
}

impl Listed {
    /// Which it is.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Execution(listing) => listing.id.as_str(),
            Self::Batch(listing) => listing.id.as_str(),
            Self::Chain(listing) => listing.id.as_str(),
            Self::History(listing) => listing.id.as_str(),
        }
    }

    /// Whose it is.
    pub(crate) const fn tenant(&self) -> &TenantId {
        match self {
            Self::Execution(listing) => &listing.tenant,
            Self::Batch(listing) => &listing.tenant,
            Self::Chain(listing) => &listing.tenant,
            Self::History(listing) => &listing.tenant,
        }
    }

    /// When it was accepted.
    pub(crate) const fn created_at(&self) -> Timestamp {
        match self {
            Self::Execution(listing) => listing.created_at.0,
            Self::Batch(listing) => listing.created_at.0,
            Self::Chain(listing) => listing.created_at.0,
            Self::History(listing) => listing.created_at.0,
        }
    }
}

/// How an execution or a flow stands, and what has happened to it; the body of `/take`. Answered with the number of the last record
/// that the directory has of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) listing: Listed,
    /// From when on its retention counts.
    pub(crate) over_at: Timestamp,
    /// The number of the last record that is in here, or was before.
    pub(crate) last: u64,
    /// Records in the order of their numbers.
    pub(crate) records: Vec<Json>,
}

/// That somebody used something of the tenant's that is no execution; the body of `/note`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Used {
    pub(crate) tenant: TenantId,
    pub(crate) who: Who,
    pub(crate) verb: String,
    /// The view token that they were given, where that is what they came for.
    pub(crate) token: Option<TokenId>,
    pub(crate) trace: TraceContext,
}
