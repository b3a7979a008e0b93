//! The JSON of one node of a chain as webhooks are told of it. Never a result that is long.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use super::{ChainLinks, ChainNodeView};
use crate::chain::{Chain, ChainOrder, Held, output_of};
use crate::execution::Execution;
use crate::id::{FlowId, Tag};
use crate::json::Json;
use crate::wire::Kind;

/// A node of a chain that began or ended: the data of `chain.node_started`, `chain.node_completed` and `chain.node_failed`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChainNodeNotice {
    /// The chain: `chn_…`.
    pub id: FlowId,
    /// `chain`.
    pub kind: Kind,
    /// The sequence number of the chain's change that this was.
    pub seq: u64,
    /// 32 hex digits.
    pub trace_id: String,
    /// The caller's labels.
    pub tags: Vec<Tag>,
    /// The node.
    pub node: ChainNodeView,
    /// Its output, of at most [`NOTICE_OUTPUT_MAX`] bytes; null where it is longer, and where there is none: `links.results` has it.
    pub output: Option<Json>,
    /// Where to go from here.
    pub links: ChainLinks,
}

impl ChainNodeNotice {
    /// Of a node by its index; `None` where there is none. `execution` is that of its answer, where there was one, `fallback`
    /// what its order says.
    #[must_use]
    pub fn of(
        order: &ChainOrder,
        chain: &Chain,
        index: u32,
        execution: Option<&Execution>,
        fallback: Option<&Json>,
        base: &str,
    ) -> Option<Self> {
        let output = match chain.held(index, execution, fallback) {
            Held::Whole(result) => Some(Json::from(output_of(result.as_raw()))),
            Held::Nothing | Held::TooLarge => None,
        };
        Some(Self {
            id: order.id.clone(),
            kind: Kind::Chain,
            seq: chain.standing().seq(),
            trace_id: order.trace.trace_id().into(),
            tags: order.tags.clone(),
            node: ChainNodeView::of(order, chain, index)?,
            output: output.filter(|output| output.as_str().len() <= NOTICE_OUTPUT_MAX),
            links: ChainLinks::new(base, &order.id),
        })
    }
}

/// Bytes of an output that a notification carries: 64 KiB.
pub const NOTICE_OUTPUT_MAX: usize = 65_536;
