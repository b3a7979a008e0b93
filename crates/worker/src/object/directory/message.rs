//! What an execution's object says to its tenant's directory. JSON, never seen from outside.

use cxpulse_core::json::Json;
use cxpulse_core::listing::Listing;
use cxpulse_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How an execution stands, and what has happened to it; the body of `/take`. Answered with the number of the last record
/// that the directory has of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) listing: Listing,
    /// From when on its retention counts.
    pub(crate) over_at: Timestamp,
    /// The number of the last record that is in here, or was before.
    pub(crate) last: u64,
    /// Records in the order of their numbers.
    pub(crate) records: Vec<Json>,
}
