//! The JSON of a chain that was checked and not run: `?validate_only=true`. Never an id: there is no chain.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::chain::OnFailure;
use crate::id::ActionId;

/// What would run, and in which order.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChainPlan {
    /// Nodes.
    pub nodes: u32,
    /// Dependencies.
    pub edges: u32,
    /// The nodes' names, such that each stands after all it needs; as they were written where that leaves a choice.
    pub order: Vec<String>,
    /// The nodes' names by layer: those of one layer need none of each other, and one of the layer before.
    pub layers: Vec<Vec<String>>,
    /// Of all nodes that follow one after the other those that are most, and of equally many those that may take longest, by
    /// their timeouts.
    pub critical_path: Vec<String>,
    /// How long those may take together, by their timeouts.
    pub critical_path_timeout_ms: u64,
    /// Nodes that could run at once: those of the widest layer, and no more than `max_parallel`.
    pub parallelism: u32,
    /// Each node, as it was written.
    pub by_node: Vec<PlannedNode>,
}

/// One node that would run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedNode {
    /// The caller's.
    pub name: String,
    /// The action.
    pub action_id: ActionId,
    /// What has to end before.
    pub depends_on: Vec<String>,
    /// Its layer, 0 and up: one more than the last of what it needs.
    pub layer: u32,
    /// What becomes of those that need it where it fails.
    pub on_failure: OnFailure,
    /// What its templates read, by field.
    pub reads: Vec<ChainRead>,
}

/// What the template in one field reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChainRead {
    /// RFC 6901 pointer to the template, within the node: `/inputs/customer_id`.
    pub pointer: String,
    /// What it reads: `fetch.customer_id`.
    pub reads: Vec<String>,
}
