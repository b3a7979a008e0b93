//! Where the nodes of a chain are drawn: layers from left to right, few crossings, nothing on top of anything. The same graph always
//! has the same places. Never knows what a node is called.
//!
//! Layers by longest path; order within a layer by barycentres, in sweeps of which the best is kept; heights by the nearest to
//! each one's neighbours that the order allows. Edges that skip layers get a place of their own in each, as long as there are few.
//! After Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures" (1981).

use alloc::vec::Vec;

use serde::Serialize;

use super::graph::{layers, order};
use crate::flow::Edges;

mod height;
mod sweep;

/// Where everything is drawn, in units that are pixels at scale 1. The upper left corner is 0, 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// A place for each node, by its number.
    pub places: Vec<Place>,
    /// A way for each edge, ordered by the node that it leads to.
    pub routes: Vec<Route>,
    /// How wide everything is together, margins included.
    pub width: u32,
    /// How high.
    pub height: u32,
}

/// Where a node is drawn: a box of [`NODE_WIDTH`] by [`NODE_HEIGHT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Place {
    /// 0 and up, from left to right: each node is right of all it needs.
    pub layer: u32,
    /// Its left edge.
    pub x: u32,
    /// Its upper edge.
    pub y: u32,
}

/// How an edge is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// What is needed.
    pub from: u32,
    /// What needs it.
    pub to: u32,
    /// From the middle of the one's right side to the middle of the other's left, always to the right: at least two.
    pub points: Vec<(u32, u32)>,
}

/// Places the nodes of a graph without circles.
#[must_use]
pub fn layout(edges: &Edges) -> Layout {
    let Some(sorted) = order(edges) else { return Layout::default() };
    let needs: Vec<Vec<u32>> = edges.all_needs().map(Vec::from).collect();
    layered(&needs, &layers(edges, &sorted))
}

/// The same of nodes whose layers are known: what each needs, once, and a layer for each that is above those of all it needs. For
/// who has put them in order already, and for elements, which are to be small.
#[must_use]
pub fn layered(needs: &[Vec<u32>], layers: &[u32]) -> Layout {
    let mut grid = Grid::new(needs, layers);
    sweep::arrange(&mut grid);
    let heights = height::heights(&grid);
    grid.drawn(&heights)
}

/// What is placed: nodes, and the stations of edges that skip layers.
#[derive(Debug)]
struct Grid {
    /// By number; the nodes come first.
    vertices: Vec<Vertex>,
    /// The numbers in each layer, from top to bottom.
    rows: Vec<Vec<usize>>,
    /// How many of them are nodes.
    nodes: usize,
    /// For each edge what it goes through.
    ways: Vec<(u32, u32, Vec<usize>)>,
}

#[derive(Debug, Default)]
struct Vertex {
    layer: u32,
    /// Place in its layer.
    rank: usize,
    left: Vec<usize>,
    right: Vec<usize>,
}

impl Grid {
    fn new(needs: &[Vec<u32>], layers: &[u32]) -> Self {
        let depth = layers.iter().max().map_or(0, |layer| index(*layer).saturating_add(1));
        let mut grid =
            Self { vertices: Vec::new(), rows: alloc::vec![Vec::new(); depth], nodes: layers.len(), ways: Vec::new() };
        for layer in layers {
            grid.add(*layer);
        }
        let mut all: Vec<(u64, usize)> = Vec::new();
        for ((node, layer), needs) in layers.iter().enumerate().zip(needs) {
            let before = |need: &u32| layers.get(index(*need)).copied().unwrap_or_default();
            all.extend(needs.iter().map(|need| (pair(layer.saturating_sub(before(need)), *need), node)));
        }
        // The shortest first, so that those without stations are those whose way is the longest.
        all.sort_unstable();
        for (key, to) in all {
            let (span, from) = halves(key);
            grid.connect(span, from, u32::try_from(to).unwrap_or(u32::MAX));
        }
        let keys = grid.ways.iter().enumerate().map(|(at, (from, to, _))| (pair(*to, *from), at));
        let mut keys: Vec<(u64, usize)> = keys.collect();
        keys.sort_unstable();
        let mut ways = core::mem::take(&mut grid.ways);
        grid.ways = keys.into_iter().filter_map(|(_, at)| ways.get_mut(at).map(core::mem::take)).collect();
        grid
    }

    fn add(&mut self, layer: u32) -> usize {
        let number = self.vertices.len();
        let rank = self.rows.get(index(layer)).map_or(0, Vec::len);
        if let Some(row) = self.rows.get_mut(index(layer)) {
            row.push(number);
        }
        self.vertices.push(Vertex { layer, rank, ..Vertex::default() });
        number
    }

    fn connect(&mut self, span: u32, from: u32, to: u32) {
        let stations = index(span).saturating_sub(1);
        let has_room = self.vertices.len().saturating_sub(self.nodes).saturating_add(stations) <= STATIONS_MAX;
        let start = self.layer(index(from));
        let mut way = Vec::new();
        let mut last = index(from);
        for step in (1..span).filter(|_| has_room) {
            let station = self.add(start.saturating_add(step));
            self.join(last, station);
            way.push(station);
            last = station;
        }
        if has_room {
            self.join(last, index(to));
        }
        self.ways.push((from, to, way));
    }

    fn join(&mut self, from: usize, to: usize) {
        if let Some(vertex) = self.vertices.get_mut(from) {
            vertex.right.push(to);
        }
        if let Some(vertex) = self.vertices.get_mut(to) {
            vertex.left.push(from);
        }
    }

    fn layer(&self, vertex: usize) -> u32 {
        self.vertices.get(vertex).map_or(0, |vertex| vertex.layer)
    }

    fn rank(&self, vertex: usize) -> usize {
        self.vertices.get(vertex).map_or(0, |vertex| vertex.rank)
    }

    /// Neighbours to the left or to the right.
    fn beside(&self, vertex: usize, side: Side) -> &[usize] {
        self.vertices.get(vertex).map_or(&[], |vertex| match side {
            Side::Left => &vertex.left,
            Side::Right => &vertex.right,
        })
    }

    const fn is_station(&self, vertex: usize) -> bool {
        vertex >= self.nodes
    }

    /// The drawing, where `heights` are the middles of all vertices.
    fn drawn(&self, heights: &[i64]) -> Layout {
        let half = i64::from(NODE_HEIGHT / 2);
        let top = heights.iter().take(self.nodes).min().copied().unwrap_or_default().saturating_sub(half);
        let top = heights.iter().skip(self.nodes).fold(top, |top, height| top.min(*height));
        let shifted =
            |height: i64| u32::try_from(height.saturating_sub(top)).unwrap_or_default().saturating_add(MARGIN);
        let middle = |vertex: usize| shifted(heights.get(vertex).copied().unwrap_or_default());
        let left = |vertex: usize| {
            self.layer(vertex).saturating_mul(NODE_WIDTH.saturating_add(LAYER_GAP)).saturating_add(MARGIN)
        };
        let place = |node: usize| Place {
            layer: self.layer(node),
            x: left(node),
            y: middle(node).saturating_sub(NODE_HEIGHT / 2),
        };
        let route = |(from, to, way): &(u32, u32, Vec<usize>)| {
            let mut points = alloc::vec![(left(index(*from)).saturating_add(NODE_WIDTH), middle(index(*from)))];
            for station in way {
                points.push((left(*station), middle(*station)));
                points.push((left(*station).saturating_add(NODE_WIDTH), middle(*station)));
            }
            points.push((left(index(*to)), middle(index(*to))));
            Route { from: *from, to: *to, points }
        };
        let right = (0..self.nodes).map(left).max().map_or(0, |left| left.saturating_add(NODE_WIDTH));
        let bottom =
            (0..self.vertices.len()).map(middle).max().map_or(0, |middle| middle.saturating_add(NODE_HEIGHT / 2));
        Layout {
            places: (0..self.nodes).map(place).collect(),
            routes: self.ways.iter().map(route).collect(),
            width: right.saturating_add(MARGIN),
            height: bottom.saturating_add(MARGIN),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// Two numbers as one that is in their order. All that is sorted here is of one type: a sort for each would be a tenth of an element.
fn pair(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

/// What [`pair`] was made of.
fn halves(pair: u64) -> (u32, u32) {
    let narrow = |half: u64| u32::try_from(half).unwrap_or_default();
    (narrow(pair >> 32), narrow(pair & u64::from(u32::MAX)))
}

fn index(node: u32) -> usize {
    usize::try_from(node).unwrap_or(usize::MAX)
}

/// How wide a node is drawn.
pub const NODE_WIDTH: u32 = 208;

/// How high.
pub const NODE_HEIGHT: u32 = 52;

/// Free room between layers, for edges.
pub const LAYER_GAP: u32 = 72;

/// Free room between nodes of a layer.
pub const NODE_GAP: u32 = 20;

/// Free room around everything.
pub const MARGIN: u32 = 16;

/// Stations of all edges together: of more, those with the longest way are drawn straight.
pub const STATIONS_MAX: usize = 8_000;
