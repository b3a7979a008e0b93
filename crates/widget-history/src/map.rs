//! The process map: which nodes and edges are drawn, and where; where the arrow keys lead along them. Layers go down, as people read
//! such maps. The same report always has the same map.
//!
//! Which node is above which is decided by all edges together (`map/order.rs`), so that few passages go up; how many edges are drawn
//! is a person's choice, and each node keeps the most frequent way to it and from it. The layout is the core's, which lays chains out
//! from left to right; it is turned here.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_core::chain::layout::{self, LAYER_GAP, Layout, NODE_GAP, NODE_HEIGHT, NODE_WIDTH};
use cxpulse_element::text::decimal;

use crate::report::{Report, Spread};

mod order;
mod path;
mod place;

pub use order::ranks;
pub use path::Label;

/// What is drawn where, in units that are pixels at full size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Map {
    /// Width of everything.
    pub width: u64,
    /// Height of everything.
    pub height: u64,
    /// Where each node of the report is; after them where all begin and end.
    pub spots: Vec<Spot>,
    /// What is drawn between them, the most frequent first.
    pub links: Vec<Link>,
    /// How many there are to choose from.
    pub link_count: usize,
    /// How many passages are drawn, and of how many.
    pub passages: (u64, u64),
    /// Numbers of the nodes, from top to bottom and from left to right.
    order: Vec<usize>,
}

/// Where one node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spot {
    /// From top to bottom.
    pub layer: u64,
    /// Its left edge.
    pub x: u64,
    /// Its upper edge.
    pub y: u64,
}

/// What is drawn between two nodes, or from one to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The earlier one; that where all begin is after all nodes.
    pub from: usize,
    /// The later one; that where all end is the last.
    pub to: usize,
    /// How often.
    pub count: u64,
    /// What was waited; `None` of a beginning or an end.
    pub times: Option<Spread>,
    /// Which way it goes.
    pub way: Way,
    /// As the `d` of a path.
    pub path: String,
    /// Where its label may stand, the best place first.
    pub labels: Vec<(u64, u64)>,
}

/// Which way a link goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Down.
    On,
    /// Up: to what most interactions visit before.
    Back,
    /// To itself.
    Loop,
    /// From where all begin, or to where all end.
    Rim,
}

/// Where a key leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To what follows.
    Down,
    /// To what is before.
    Up,
    /// To the one on the left, in the same layer.
    Left,
    /// To the one on the right.
    Right,
    /// To the first.
    First,
    /// To the last.
    Last,
}

impl Map {
    /// Of so many edges of a hundred; all nodes are there whatever is chosen. Empty of a report without nodes.
    #[must_use]
    pub fn new(report: &Report, percent: u64) -> Self {
        let nodes = report.nodes.len();
        if nodes == 0 {
            return Self::default();
        }
        let all = candidates(report);
        let ranks = ranks(nodes + 2, &all);
        let drawn = chosen(&all, nodes, percent);
        let layout = laid_out(nodes, &drawn, &ranks);
        let mut map = Self { link_count: all.len(), spots: place::spots(&layout), ..Self::default() };
        (map.width, map.height) = place::size(&layout);
        let count = |links: &[(usize, usize, u64)]| links.iter().fold(0_u64, |sum, link| sum.saturating_add(link.2));
        map.passages = (count(&drawn), count(&all));
        for (from, to, count) in drawn {
            let times = report.edges.iter().find(|edge| (edge.from, edge.to) == (from, to)).map(|edge| edge.times);
            let way = way_of(from, to, nodes, &ranks);
            let (path, labels) = path::draw(&layout, &map.spots, (from, to), way);
            map.links.push(Link { from, to, count, times, way, path, labels });
        }
        map.order = place::order(map.spots.get(..nodes).unwrap_or_default());
        map
    }

    /// How many nodes there are besides beginning and end.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.spots.len().saturating_sub(2)
    }

    /// Numbers of the nodes, from top to bottom.
    #[must_use]
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// Where a key leads from a node; the node itself where it leads nowhere.
    #[must_use]
    pub fn walk(&self, from: usize, step: Step) -> usize {
        self.found(from, step).unwrap_or(from)
    }

    fn found(&self, from: usize, step: Step) -> Option<usize> {
        let at = self.order.iter().position(|node| *node == from)?;
        let layer = self.spots.get(from)?.layer;
        let beside = |at: usize| {
            let node = self.order.get(at).copied()?;
            (self.spots.get(node)?.layer == layer).then_some(node)
        };
        match step {
            Step::Down => self.links.iter().find(|link| link.from == from && self.is_inner(link)).map(|link| link.to),
            Step::Up => self.links.iter().find(|link| link.to == from && self.is_inner(link)).map(|link| link.from),
            Step::Left => beside(at.checked_sub(1)?),
            Step::Right => beside(at.checked_add(1)?),
            Step::First => self.order.first().copied(),
            Step::Last => self.order.last().copied(),
        }
    }

    /// Whether it leads down from one node to another.
    fn is_inner(&self, link: &Link) -> bool {
        link.way == Way::On && link.from < self.nodes() && link.to < self.nodes()
    }
}

/// How many of a hundred edges are drawn where nobody has chosen: such that it can be read.
#[must_use]
pub fn readable(report: &Report) -> u64 {
    let all = report.edges.len().saturating_add(report.starts.len()).saturating_add(report.ends.len());
    let wanted = report.nodes.len().saturating_mul(3) / 2;
    let percent = wanted.max(READABLE_MIN).saturating_mul(100).checked_div(all).unwrap_or(100);
    u64::try_from(percent).map_or(100, |percent| percent.clamp(5, 100))
}

/// All edges, beginnings and ends, the most frequent first: from, to, how often.
fn candidates(report: &Report) -> Vec<(usize, usize, u64)> {
    let nodes = report.nodes.len();
    let mut all: Vec<(usize, usize, u64)> = Vec::new();
    let mut add = |from: usize, to: usize, count: u64| {
        let at = all.iter().rposition(|other| other.2 >= count).map_or(0, |at| at.saturating_add(1));
        all.insert(at, (from, to, count));
    };
    report.edges.iter().for_each(|edge| add(edge.from, edge.to, edge.times.count));
    report.starts.iter().for_each(|(node, count)| add(nodes, *node, *count));
    report.ends.iter().for_each(|(node, count)| add(*node, nodes + 1, *count));
    all
}

/// What is drawn: the most frequent ones, and of each node the first that leads to it and the first that leads from it.
fn chosen(all: &[(usize, usize, u64)], nodes: usize, percent: u64) -> Vec<(usize, usize, u64)> {
    let percent = usize::try_from(percent.min(100)).unwrap_or(100);
    let wanted = all.len().saturating_mul(percent).div_ceil(100);
    let (mut entered, mut left) = (alloc::vec![false; nodes + 2], alloc::vec![false; nodes + 2]);
    let mark = |list: &mut Vec<bool>, at: usize| list.get_mut(at).is_some_and(|is| !core::mem::replace(is, true));
    let mut chosen = Vec::new();
    for (at, one @ (from, to, _)) in all.iter().enumerate() {
        // What leads a node to itself neither enters nor leaves it.
        let is_first = from != to && (mark(&mut entered, *to) | mark(&mut left, *from));
        if at < wanted || is_first {
            chosen.push(*one);
        }
    }
    chosen
}

fn way_of(from: usize, to: usize, nodes: usize, ranks: &[usize]) -> Way {
    if from == to {
        Way::Loop
    } else if from >= nodes || to >= nodes {
        Way::Rim
    } else if ranks.get(from) < ranks.get(to) {
        Way::On
    } else {
        Way::Back
    }
}

/// Has the core lay it out: what leads up is laid out as if it led down, and what nothing leads to or from is held between beginning
/// and end.
fn laid_out(nodes: usize, drawn: &[(usize, usize, u64)], ranks: &[usize]) -> Layout {
    let rank = |node: usize| ranks.get(node).copied().unwrap_or_default();
    let mut needs: Vec<Vec<u32>> = alloc::vec![Vec::new(); nodes + 2];
    let mut join = |from: usize, to: usize| {
        let (from, to) = if rank(from) < rank(to) { (from, to) } else { (to, from) };
        let need = u32::try_from(from).unwrap_or(u32::MAX);
        if let Some(needs) = needs.get_mut(to).filter(|needs| from != to && !needs.contains(&need)) {
            needs.push(need);
        }
    };
    drawn.iter().for_each(|(from, to, _)| join(*from, *to));
    for node in 0..nodes {
        let leads = |is: &dyn Fn(usize, usize) -> bool| drawn.iter().any(|(from, to, _)| is(*from, *to));
        if !leads(&|from, to| (from == node && rank(to) < rank(node)) || (to == node && rank(from) < rank(node))) {
            join(nodes, node);
        }
        if !leads(&|from, to| (from == node && rank(to) > rank(node)) || (to == node && rank(from) > rank(node))) {
            join(node, nodes + 1);
        }
    }
    let layers = layers(&needs, ranks);
    layout::layered(&needs, &layers)
}

/// One more than the last of what leads to it.
fn layers(needs: &[Vec<u32>], ranks: &[usize]) -> Vec<u32> {
    let mut layers = alloc::vec![0_u32; needs.len()];
    for rank in 0..needs.len() {
        let Some(node) = ranks.iter().position(|one| *one == rank) else { continue };
        let mut layer = 0_u32;
        for need in needs.get(node).map_or(&[][..], Vec::as_slice) {
            let above = usize::try_from(*need).ok().and_then(|need| layers.get(need)).copied().unwrap_or_default();
            layer = layer.max(above.saturating_add(1));
        }
        if let Some(place) = layers.get_mut(node) {
            *place = layer;
        }
    }
    layers
}

fn pen(x: u64, y: u64) -> String {
    [&decimal(x), " ", &decimal(y)].map(|it| it as &str).concat()
}

/// How wide a node is drawn.
pub const BOX_WIDTH: u64 = 168;

/// How high.
pub const BOX_HEIGHT: u64 = 46;

/// Free room between layers, for edges and what is said of them.
const ROW_GAP: u64 = 58;

/// Free room beside everything.
const RIM: u64 = 18;

/// Edges that can be read, however few nodes there are.
const READABLE_MIN: usize = 30;
