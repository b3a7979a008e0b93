//! The JSON of what a chain's nodes came to: for callers, and for templates of the nodes after them. Never keeps one.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::{ChainSource, ChainStatus, NodeFault};
use crate::id::{ExecutionId, FlowId};
use crate::json::Json;
use crate::status::Outcome;
use crate::time::Rfc3339;

/// Outputs of a chain's nodes: all of them, those that were asked for, or a page of those.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChainResults {
    /// The chain.
    pub id: FlowId,
    /// Outputs by the name of their node, as they were written, without nodes that have none.
    #[serde(serialize_with = "in_order")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, Json>"))]
    pub results: Vec<(String, Json)>,
    /// How many seconds each node's execution took, of those of this page that have ended.
    #[serde(serialize_with = "in_order")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, f64>"))]
    pub latency: Vec<(String, f64)>,
    /// How many nodes of the chain failed for which reason, by code.
    pub failures: BTreeMap<String, u32>,
    /// The address of the next page; null after the last.
    pub next: Option<String>,
}

/// What templates read of a node beside its output: `fetch.meta.attempts`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeMeta {
    /// Its execution; null where there was none.
    pub execution_id: Option<ExecutionId>,
    /// CXone's id of it; null where it gave none.
    pub upstream_id: Option<String>,
    /// How it is counted.
    pub status: ChainStatus,
    /// How its execution ended; null where there was none.
    pub outcome: Option<Outcome>,
    /// Where its output is from; null where it has none.
    pub source: Option<ChainSource>,
    /// Attempts of its execution; 0 where there was none.
    pub attempts: u32,
    /// When its execution began; null where there was none.
    pub started_at: Option<Rfc3339>,
    /// When it ended.
    pub ended_at: Option<Rfc3339>,
    /// How long its execution took; null where there was none.
    pub latency_ms: Option<u64>,
    /// Why it has no fresh output; null where it has one.
    pub error: Option<NodeFault>,
}

fn in_order<T: Serialize, S: Serializer>(pairs: &[(String, T)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (name, value) in pairs {
        map.serialize_entry(name, value)?;
    }
    map.end()
}
