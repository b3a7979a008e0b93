//! The JSON of a chain that was checked and not run: `?validate_only=true`. Never an id: there is no chain.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::chain::OnFailure;
use crate::chain::graph::{layers, longest_path, order};
use crate::flow::{EdgeError, Edges};
use crate::id::ActionId;
use crate::validate::ChainRequest;

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

impl ChainPlan {
    /// Of a request that was checked.
    ///
    /// # Errors
    /// [`EdgeError`] where what a node needs is a circle or not there, which no such request has.
    pub fn of(request: &ChainRequest) -> Result<Self, EdgeError> {
        let edges = Edges::new(request.nodes.iter().map(|node| node.needs.clone()).collect())?;
        let order = order(&edges).unwrap_or_default();
        let layer_of = layers(&edges, &order);
        let by_layer = gathered(&layer_of);
        let timeouts = request.orders.iter().map(|order| order.timeout.as_millis());
        let weights: Vec<u64> = timeouts.map(|timeout| timeout.saturating_add(NODE)).collect();
        let (path, sum) = longest_path(&edges, &order, &weights);
        let widest = by_layer.iter().map(Vec::len).max().unwrap_or_default();
        let name = |index: &u32| request.node(*index).map(|node| String::from(node.name.as_str()));
        let names = |nodes: &[u32]| nodes.iter().filter_map(name).collect::<Vec<_>>();
        Ok(Self {
            nodes: count(request.nodes.len()),
            edges: count(request.nodes.iter().fold(0, |sum, node| node.needs.len().saturating_add(sum))),
            order: names(&by_layer.concat()),
            layers: by_layer.iter().map(|layer| names(layer)).collect(),
            critical_path: names(&path),
            critical_path_timeout_ms: sum % NODE,
            parallelism: count(widest).min(request.max_parallel),
            by_node: (0..count(request.nodes.len()))
                .zip(layer_of)
                .filter_map(|(index, layer)| PlannedNode::of(request, index, layer, names))
                .collect(),
        })
    }
}

impl PlannedNode {
    fn of(request: &ChainRequest, index: u32, layer: u32, names: impl Fn(&[u32]) -> Vec<String>) -> Option<Self> {
        let node = request.node(index)?;
        Some(Self {
            name: node.name.as_str().into(),
            action_id: node.action_id.clone(),
            depends_on: names(&node.needs),
            layer,
            on_failure: node.on_failure,
            reads: request.reads.get(usize::try_from(index).ok()?)?.clone(),
        })
    }
}

/// The nodes of each layer, in order.
fn gathered(layer_of: &[u32]) -> Vec<Vec<u32>> {
    let mut layers: Vec<Vec<u32>> = Vec::new();
    for (index, layer) in (0_u32..).zip(layer_of) {
        let layer = usize::try_from(*layer).unwrap_or(usize::MAX);
        // Layers are fewer than nodes.
        layers.resize(layers.len().max(layer.saturating_add(1)), Vec::new());
        if let Some(nodes) = layers.get_mut(layer) {
            nodes.push(index);
        }
    }
    layers
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// What one node weighs beside its timeout, in milliseconds: more than the timeouts of all nodes together.
const NODE: u64 = 1 << 44;
