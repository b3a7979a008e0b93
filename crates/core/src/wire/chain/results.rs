//! The JSON of what a chain's nodes came to: for callers, and for templates of the nodes after them. Never keeps one.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::failures_of;
use super::node::{ChainNodeView, ChainSource, ChainStatus, NodeFault};
use crate::chain::{Chain, ChainOrder, output_of};
use crate::execution::Execution;
use crate::flow::End;
use crate::id::{ExecutionId, FlowId};
use crate::json::Json;
use crate::status::Outcome;
use crate::time::{Rfc3339, Span};
use crate::wire::found_of;

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

impl NodeMeta {
    /// Of a node by its index; `None` where there is none. `execution` is that of its answer, where there was one.
    #[must_use]
    pub fn of(order: &ChainOrder, chain: &Chain, index: u32, execution: Option<&Execution>) -> Option<Self> {
        let view = ChainNodeView::of(order, chain, index)?;
        Some(Self {
            execution_id: view.execution,
            upstream_id: execution.and_then(Execution::upstream_id).map(|id| id.as_str().into()),
            status: view.status,
            outcome: view.outcome,
            source: view.source,
            attempts: view.attempts,
            started_at: view.started_at,
            ended_at: view.ended_at,
            latency_ms: view.latency_ms,
            error: view.error,
        })
    }
}

impl ChainResults {
    /// Of a chain, without any node yet.
    #[must_use]
    pub fn of(order: &ChainOrder, chain: &Chain) -> Self {
        Self {
            id: order.id.clone(),
            results: Vec::new(),
            latency: Vec::new(),
            failures: failures_of(chain),
            next: None,
        }
    }

    /// With a node by its index. `execution` is that of its answer, where there was one, `fallback` what its order says. Gives
    /// the bytes of its output, 0 where it has none: a page is to have an end.
    pub fn add(&mut self, chain: &Chain, index: u32, execution: Option<&Execution>, fallback: Option<&Json>) -> usize {
        let Some(name) = chain.names().id(index) else { return 0 };
        if let Some(took) = chain.took_ms(index).filter(|_| chain.answer(index).is_some()) {
            self.latency.push((name.into(), Span::from_millis(took).as_secs_f64()));
        }
        let result = match chain.answer(index).map(|answer| answer.end) {
            Some(End::Replaced) => fallback.cloned(),
            Some(End::Successful | End::Degraded) => execution.and_then(found_of).map(|found| found.result),
            Some(End::Failed | End::Canceled | End::Skipped | End::Excused) | None => None,
        };
        let Some(result) = result else { return 0 };
        let output = Json::from(output_of(result.as_raw()));
        let len = output.as_str().len();
        self.results.push((name.into(), output));
        len
    }
}

fn in_order<T: Serialize, S: Serializer>(pairs: &[(String, T)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (name, value) in pairs {
        map.serialize_entry(name, value)?;
    }
    map.end()
}
