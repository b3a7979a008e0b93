//! Where nodes and edges are drawn, and where the arrow keys lead along them. Lays nothing out: the core does that, for all that draw.
//!
//! The shape is `cxpulse_core::chain::picture::Picture`. It is asked for once, for a chain's graph never changes.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_element::json::Raw;
use cxpulse_element::reading::word;
use cxpulse_element::text::decimal;

use crate::snapshot::Node;

/// Places of all nodes and edges, in units that are pixels at full size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    /// Width of everything.
    pub width: u64,
    /// Height of everything.
    pub height: u64,
    /// Each node, as they were written.
    pub spots: Vec<Spot>,
    edges: Vec<Edge>,
    /// All edges as a path, made once.
    path: String,
    /// Numbers of the nodes, from left to right and from top to bottom.
    order: Vec<usize>,
}

/// Where one node is, and what it is joined with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spot {
    /// From left to right.
    pub layer: u64,
    /// Its left edge.
    pub x: u64,
    /// Its upper edge.
    pub y: u64,
    /// Numbers of what it needs.
    pub needs: Vec<usize>,
    /// Numbers of what needs it.
    pub feeds: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Edge {
    from: usize,
    to: usize,
    path: String,
}

/// Where a key leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To what needs it.
    Right,
    /// To what it needs.
    Left,
    /// To the one above, in the same layer.
    Up,
    /// To the one below.
    Down,
    /// To the first.
    First,
    /// To the last.
    Last,
}

impl Graph {
    /// Reads it; `None` for anything else, or where it is not of these nodes, in their order.
    #[must_use]
    pub fn parse(text: &str, nodes: &[Node]) -> Option<Self> {
        let root = Raw::first(text)?;
        let mut graph =
            Self { width: root.member("width")?.whole()?, height: root.member("height")?.whole()?, ..Self::default() };
        for (node, raw) in nodes.iter().zip(root.member("nodes")?.items()) {
            graph.spots.push(Spot::read(raw).filter(|_| word(raw, "name").as_ref() == Some(&node.name))?);
        }
        if graph.spots.len() != nodes.len() {
            return None;
        }
        let by_name = sorted(nodes.len(), |one, other| name(nodes, one) < name(nodes, other));
        for edge in root.member("edges")?.items() {
            let end = |side: &str| {
                let wanted = word(edge, side)?;
                let at = by_name.binary_search_by(|at| name(nodes, *at).cmp(&wanted)).ok()?;
                by_name.get(at).copied()
            };
            graph.join(end("from")?, end("to")?, way(edge.member("points")?))?;
        }
        let place = |at: usize| graph.spots.get(at).map(|spot| (spot.layer, spot.y));
        graph.order = sorted(nodes.len(), |one, other| place(one) < place(other));
        Some(graph)
    }

    fn join(&mut self, from: usize, to: usize, path: String) -> Option<()> {
        self.spots.get_mut(to)?.needs.push(from);
        self.spots.get_mut(from)?.feeds.push(to);
        self.path.push_str(&path);
        self.edges.push(Edge { from, to, path });
        Some(())
    }

    /// All edges, as the `d` of a path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The edges along nodes that follow one after the other.
    #[must_use]
    pub fn along(&self, nodes: &[usize]) -> String {
        let is_along = |edge: &Edge| nodes.windows(2).any(|pair| *pair == [edge.from, edge.to]);
        self.joined(is_along)
    }

    /// The edges of one node.
    #[must_use]
    pub fn around(&self, node: usize) -> String {
        self.joined(|edge| edge.from == node || edge.to == node)
    }

    fn joined(&self, is_wanted: impl Fn(&Edge) -> bool) -> String {
        self.edges.iter().filter(|edge| is_wanted(edge)).map(|edge| edge.path.as_str()).collect()
    }

    /// Where a key leads from a node; the node itself where it leads nowhere.
    #[must_use]
    pub fn walk(&self, from: usize, way: Way) -> usize {
        self.found(from, way).unwrap_or(from)
    }

    fn found(&self, from: usize, way: Way) -> Option<usize> {
        let spot = self.spots.get(from)?;
        let at = self.order.iter().position(|node| *node == from)?;
        let beside = |at: usize| {
            let node = self.order.get(at).copied()?;
            (self.spots.get(node)?.layer == spot.layer).then_some(node)
        };
        match way {
            Way::Right => self.nearest(spot, &spot.feeds),
            Way::Left => self.nearest(spot, &spot.needs),
            Way::Up => beside(at.checked_sub(1)?),
            Way::Down => beside(at.checked_add(1)?),
            Way::First => self.order.first().copied(),
            Way::Last => self.order.last().copied(),
        }
    }

    /// The one that is closest in height, and of those the closest layer.
    fn nearest(&self, spot: &Spot, nodes: &[usize]) -> Option<usize> {
        let distance = |node: &usize| {
            self.spots.get(*node).map(|other| (other.y.abs_diff(spot.y), other.layer.abs_diff(spot.layer)))
        };
        nodes.iter().copied().min_by_key(|node| distance(node).unwrap_or((u64::MAX, u64::MAX)))
    }
}

/// Numbers below `count`, in order. By insertion: for a thousand of them, once, that is no time, and the library's sort is large.
fn sorted(count: usize, is_less: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut sorted: Vec<usize> = Vec::new();
    for one in 0..count {
        let at = sorted.iter().rposition(|other| !is_less(one, *other)).map_or(0, |at| at.saturating_add(1));
        sorted.insert(at, one);
    }
    sorted
}

fn name(nodes: &[Node], at: usize) -> &str {
    nodes.get(at).map_or("", |node| &node.name)
}

impl Spot {
    fn read(raw: Raw<'_>) -> Option<Self> {
        let whole = |name: &str| raw.member(name)?.whole();
        Some(Self { layer: whole("layer")?, x: whole("x")?, y: whole("y")?, ..Self::default() })
    }
}

/// The points of an edge as a curve that leaves and arrives level, with a tip at its end.
fn way(points: Raw<'_>) -> String {
    let mut path = String::new();
    let mut last = None;
    for point in points.items() {
        let mut pair = point.items().filter_map(Raw::whole);
        let (Some(x), Some(y)) = (pair.next(), pair.next()) else { continue };
        match last {
            None => path.push_str(&["M", &pen(x, y)].concat()),
            Some((_, from_y)) if from_y == y => path.push_str(&["H", &decimal(x)].concat()),
            Some((from_x, from_y)) => {
                let middle = u64::midpoint(from_x, x);
                let curve = [&pen(middle, from_y), " ", &pen(middle, y), " ", &pen(x, y)].map(|it| it as &str).concat();
                path.push_str(&["C", &curve].concat());
            }
        }
        last = Some((x, y));
    }
    if let Some((x, y)) = last {
        let back = x.saturating_sub(TIP);
        let tip = ["M", &pen(back, y.saturating_sub(TIP)), "L", &pen(x, y), "L", &pen(back, y.saturating_add(TIP))];
        path.push_str(&tip.concat());
    }
    path
}

fn pen(x: u64, y: u64) -> String {
    [&decimal(x), " ", &decimal(y)].map(|it| it as &str).concat()
}

/// How long and half how high the tip of an edge is.
const TIP: u64 = 5;
