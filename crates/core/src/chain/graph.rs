//! What follows from what needs what: circles, order, layers, the longest path, who is before whom. Never knows what a node is.
//!
//! Components and order by petgraph. An edge leads from what is needed to what needs it, as values do.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};

use crate::flow::Edges;

/// Every circle that is the shortest through one of its nodes, each once: the shortest first, [`CIRCLES_MAX`] at most. One begins
/// with its lowest node and goes along the edges; that it comes back there is not said. `needs` has no node that there is not.
#[must_use]
pub fn circles(needs: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let graph = graph_of(needs.len(), needs.iter().map(Vec::as_slice));
    let mut found: BTreeSet<(usize, Vec<u32>)> = BTreeSet::new();
    let mut work = WORK_MAX;
    for mut component in kosaraju_scc(&graph) {
        component.sort_unstable();
        let members: BTreeSet<NodeIndex> = component.iter().copied().collect();
        for from in component {
            let circle = shortest_through(&graph, from, &members, &mut work);
            if let Some(circle) = circle.map(rotated) {
                found.insert((circle.len(), circle));
            }
        }
    }
    found.into_iter().map(|(_, circle)| circle).take(CIRCLES_MAX).collect()
}

/// Nodes such that each stands after all it needs. `None` where there is a circle.
#[must_use]
pub fn order(edges: &Edges) -> Option<Vec<u32>> {
    let graph = graph_of(edges.len(), edges.all_needs());
    let order = toposort(&graph, None).ok()?;
    Some(order.into_iter().map(number).collect())
}

/// The layer of each node, 0 and up: one more than the last of what it needs. `order` is that of [`order`].
#[must_use]
pub fn layers(edges: &Edges, order: &[u32]) -> Vec<u32> {
    let mut layers = alloc::vec![0_u32; order.len()];
    for node in order {
        let after = edges.needs(*node).iter().filter_map(|need| at(&layers, *need)).max();
        set(&mut layers, *node, after.map_or(0, |layer| layer.saturating_add(1)));
    }
    layers
}

/// Of all nodes that follow one after the other those that weigh most together, and how much; of equals those of the lowest
/// numbers. `order` is that of [`order`], `weights` are by node.
#[must_use]
pub fn longest_path(edges: &Edges, order: &[u32], weights: &[u64]) -> (Vec<u32>, u64) {
    let mut sums = alloc::vec![0_u64; order.len()];
    let mut before: Vec<Option<u32>> = alloc::vec![None; order.len()];
    for node in order {
        let heaviest = heaviest(edges.needs(*node), &sums);
        let own = at(weights, *node).unwrap_or_default();
        set(&mut sums, *node, heaviest.map_or(0, |(_, sum)| sum).saturating_add(own));
        set(&mut before, *node, heaviest.map(|(need, _)| need));
    }
    let all: Vec<u32> = (0_u32..).zip(order).map(|(node, _)| node).collect();
    let Some((last, sum)) = heaviest(&all, &sums) else { return (Vec::new(), 0) };
    let mut path: Vec<u32> = core::iter::successors(Some(last), |node| at(&before, *node).flatten()).collect();
    path.reverse();
    (path, sum)
}

/// Who is before whom, by way of others or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ancestors {
    /// A bit for each node, in rows of as many words as one node takes.
    bits: Vec<u64>,
    words: usize,
}

impl Ancestors {
    /// Of these; `order` is that of [`order`].
    #[must_use]
    pub fn new(edges: &Edges, order: &[u32]) -> Self {
        let words = order.len().div_ceil(64);
        let mut ancestors = Self { bits: alloc::vec![0; words.saturating_mul(order.len())], words };
        for node in order {
            let mut row = alloc::vec![0_u64; words];
            for need in edges.needs(*node) {
                row.iter_mut().zip(ancestors.row(*need)).for_each(|(to, from)| *to |= from);
                if let Some(word) = row.get_mut(word(*need)) {
                    *word |= bit(*need);
                }
            }
            let start = index(*node).saturating_mul(words);
            ancestors.bits.iter_mut().skip(start).zip(row).for_each(|(to, from)| *to = from);
        }
        ancestors
    }

    /// Whether `before` ends before `node` begins, whatever happens.
    #[must_use]
    pub fn has(&self, node: u32, before: u32) -> bool {
        self.row(node).get(word(before)).is_some_and(|word| word & bit(before) != 0)
    }

    fn row(&self, node: u32) -> &[u64] {
        let start = index(node).saturating_mul(self.words);
        self.bits.get(start..start.saturating_add(self.words)).unwrap_or_default()
    }
}

fn graph_of<'a>(total: usize, needs: impl Iterator<Item = &'a [u32]>) -> DiGraph<(), ()> {
    let mut graph = DiGraph::with_capacity(total, total);
    for _ in 0..total {
        graph.add_node(());
    }
    for (node, needs) in (0_u32..).zip(needs) {
        for need in needs.iter().filter(|need| index(**need) < total) {
            graph.add_edge(NodeIndex::from(*need), NodeIndex::from(node), ());
        }
    }
    graph
}

/// The shortest way from `from` back to it among `members`; looked for as long as there is `work` left.
fn shortest_through(
    graph: &DiGraph<(), ()>,
    from: NodeIndex,
    members: &BTreeSet<NodeIndex>,
    work: &mut u32,
) -> Option<Vec<u32>> {
    let mut before: Vec<Option<NodeIndex>> = alloc::vec![None; graph.node_count()];
    let mut open = VecDeque::from([from]);
    while let Some(node) = open.pop_front() {
        let mut next: Vec<NodeIndex> = graph.neighbors(node).filter(|next| members.contains(next)).collect();
        next.sort_unstable();
        *work = work.checked_sub(u32::try_from(next.len()).unwrap_or(u32::MAX))?;
        for next in next {
            if next == from {
                let back = core::iter::successors(Some(node), |node| before.get(node.index()).copied().flatten());
                let mut way: Vec<u32> = back.map(number).collect();
                way.reverse();
                return Some(way);
            }
            if let Some(slot) = before.get_mut(next.index()).filter(|slot| slot.is_none()) {
                *slot = Some(node);
                open.push_back(next);
            }
        }
    }
    None
}

/// The lowest first.
fn rotated(mut circle: Vec<u32>) -> Vec<u32> {
    let lowest = circle.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(place, _)| place);
    circle.rotate_left(lowest);
    circle
}

/// The first of those with the largest sum.
fn heaviest(nodes: &[u32], sums: &[u64]) -> Option<(u32, u64)> {
    let with_sum = nodes.iter().filter_map(|node| Some((*node, at(sums, *node)?)));
    with_sum.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

fn number(node: NodeIndex) -> u32 {
    u32::try_from(node.index()).unwrap_or(u32::MAX)
}

fn index(node: u32) -> usize {
    usize::try_from(node).unwrap_or(usize::MAX)
}

fn at<T: Clone>(values: &[T], node: u32) -> Option<T> {
    values.get(index(node)).cloned()
}

fn set<T>(values: &mut [T], node: u32, value: T) {
    if let Some(place) = values.get_mut(index(node)) {
        *place = value;
    }
}

fn word(node: u32) -> usize {
    index(node) / 64
}

const fn bit(node: u32) -> u64 {
    1_u64 << (node % 64)
}

/// Circles that are spelled out.
pub const CIRCLES_MAX: usize = 20;

/// Edges that are looked at for circles: enough for all of any graph that a person writes.
const WORK_MAX: u32 = 2_000_000;
