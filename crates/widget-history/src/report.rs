//! A report as the wire has it, read for showing. Times are milliseconds, parts are of a million; what cannot be read is none.
//!
//! The shape is `cxpulse_core::history::report::Report`.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_core::time::Timestamp;
use cxpulse_element::json::Raw;
use cxpulse_element::reading::{instant, word};

use crate::model::Section;
use crate::number::{millionths, millis};

/// What is shown of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Interactions with a step.
    pub interactions: u64,
    /// Their steps.
    pub steps: u64,
    /// From the first start to the last end.
    pub period: Option<(Timestamp, Timestamp)>,
    /// How long interactions took.
    pub duration: Spread,
    /// The nodes that are shown, the most visited first.
    pub nodes: Vec<Node>,
    /// How many there are.
    pub node_count: u64,
    /// Which of them follows which, the most frequent first.
    pub edges: Vec<Edge>,
    /// Nodes that interactions start with, by place in `nodes`, and how often.
    pub starts: Vec<(usize, u64)>,
    /// Nodes that they end with.
    pub ends: Vec<(usize, u64)>,
    /// How many ways there are.
    pub variant_count: u64,
    /// Interactions that do something again: which part of all, of a million, how many follow a node with itself, how many go back
    /// and forth.
    pub rework: [u64; 3],
    /// Interactions with an error: which part of all, how many went on, how many recovered.
    pub errors: [u64; 3],
    /// What was wrong with the history itself: what, how often.
    pub anomalies: Vec<(String, u64)>,
    /// Only business hours count.
    pub is_business_time: bool,
    /// Sections that were not computed: nobody wanted them, or there was too much of it.
    pub left_out: Vec<Section>,
    /// The lists as they came, in the order of [`Section::ALL`], and how many lines each has; a line is read when it is drawn.
    lists: [(String, usize); 8],
}

/// A member of a list's lines, and how it is written.
pub type Cell = (&'static str, Kind);

/// How a member is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Name,
    /// A node, or the way from one to another.
    Place,
    /// Nodes one after the other.
    Names,
    /// A whole number.
    Count,
    /// A time.
    Time,
    /// A part of 1.
    Part,
    /// A number with one digit after the point.
    Tenths,
    /// An instant.
    Instant,
}

/// A distribution of times, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spread {
    /// How many.
    pub count: u64,
    /// All together.
    pub sum: i64,
    /// The least.
    pub min: i64,
    /// The mean.
    pub mean: i64,
    /// The median.
    pub p50: i64,
    /// What 95 % are not above.
    pub p95: i64,
    /// The most.
    pub max: i64,
    /// Whether the percentiles are those of the times themselves.
    pub is_exact: bool,
}

/// A node, and how long it took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// Its id.
    pub name: String,
    /// Its type, as the steps have it; several with commas.
    pub types: String,
    /// From start to end, of every visit.
    pub times: Spread,
    /// From the end of the step before.
    pub waiting: Spread,
    /// In how many interactions.
    pub interactions: u64,
    /// Visits beyond the threshold.
    pub flagged: u64,
}

/// A node that follows another; by their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The earlier one.
    pub from: usize,
    /// The later one.
    pub to: usize,
    /// How often, and what was waited.
    pub times: Spread,
}

impl Report {
    /// Reads it; `None` for what is no report.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let root = Raw::first(text)?;
        let mut report = Self { interactions: root.member("interactions")?.whole()?, ..Self::default() };
        report.read_nodes(root.member("dwell")?);
        for (name, value) in root.members() {
            match name {
                "steps" => report.steps = whole(value),
                "period" => report.period = instant(value, "from").zip(instant(value, "to")),
                "duration" => report.duration = Spread::read(value),
                "dfg" => report.read_graph(value),
                "variants" => report.variant_count = count(value, "count"),
                "rework" => report.rework = [part(value), count(value, "self_loops"), count(value, "back_and_forth")],
                "errors" => report.errors = [part(value), count(value, "went_on"), count(value, "recovered")],
                "anomalies" => {
                    for raw in items(Some(value), LISTED_MAX) {
                        report.anomalies.push((word(raw, "kind").unwrap_or_default(), count(raw, "count")));
                    }
                }
                "outliers" | "changes" => {
                    let is = value.member("is_computed");
                    let section = if name == "changes" { Section::Changes } else { Section::Outliers };
                    report.left_out.extend(is.filter(|is| is.text() == "false").map(|_| section));
                }
                "method" => {
                    let is = value.member("is_business_time");
                    report.is_business_time = is.is_some_and(|value| value.text() == "true");
                }
                _ => {}
            }
        }
        for (kept, (outer, inner)) in report.lists.iter_mut().zip(LISTS) {
            let list =
                root.member(outer).and_then(|list| if inner.is_empty() { Some(list) } else { list.member(inner) });
            *kept = list.map(|list| (list.text().into(), items(Some(list), usize::MAX).len())).unwrap_or_default();
        }
        Some(report)
    }

    /// The first lines of a section's list, so many at most.
    #[must_use]
    pub fn lines(&self, section: Section, most: usize) -> Vec<Raw<'_>> {
        let list = self.lists.get(section as usize).and_then(|(text, _)| Raw::first(text));
        items(list, most)
    }

    /// How many lines a section's list has.
    #[must_use]
    pub fn count(&self, section: Section) -> usize {
        self.lists.get(section as usize).map_or(0, |(_, count)| *count)
    }

    /// The place of a node; `None` of one that is not shown.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name)
    }

    /// Keeps those that are visited most, and puts them in order as they come.
    fn read_nodes(&mut self, dwell: Raw<'_>) {
        for raw in items(Some(dwell), usize::MAX) {
            self.node_count = self.node_count.saturating_add(1);
            let visits = count(raw, "count");
            let at = self.nodes.iter().rposition(|other| other.times.count >= visits);
            let at = at.map_or(0, |at| at.saturating_add(1));
            if at < NODES_MAX {
                self.nodes.insert(at, Node::read(raw));
                self.nodes.truncate(NODES_MAX);
            }
        }
    }

    fn read_graph(&mut self, dfg: Raw<'_>) {
        let mut edges = Vec::new();
        for raw in items(dfg.member("edges"), usize::MAX) {
            if edges.len() < EDGES_MAX {
                edges.extend(Edge::read(raw, self));
            }
        }
        self.edges = edges;
        self.starts = self.visits(dfg.member("start"));
        self.ends = self.visits(dfg.member("end"));
    }

    fn visits(&self, list: Option<Raw<'_>>) -> Vec<(usize, u64)> {
        let mut visits = Vec::new();
        for raw in items(list, usize::MAX) {
            visits.extend(word(raw, "node").and_then(|node| self.place(&node)).map(|at| (at, count(raw, "count"))));
        }
        visits
    }
}

impl Spread {
    /// Takes a member of an object that has a distribution's among its own.
    fn take(&mut self, name: &str, value: Raw<'_>) {
        match name {
            "count" => self.count = whole(value),
            "sum" => self.sum = millis(value),
            "min" => self.min = millis(value),
            "mean" => self.mean = millis(value),
            "p50" => self.p50 = millis(value),
            "p95" => self.p95 = millis(value),
            "max" => self.max = millis(value),
            "is_exact" => self.is_exact = value.text() == "true",
            _ => {}
        }
    }

    fn read(raw: Raw<'_>) -> Self {
        let mut spread = Self::default();
        raw.members().for_each(|(name, value)| spread.take(name, value));
        spread
    }
}

impl Node {
    fn read(raw: Raw<'_>) -> Self {
        let mut node = Self::default();
        for (name, value) in raw.members() {
            match name {
                "node" => node.name = value.string().unwrap_or_default(),
                "types" => node.types = words(Some(value)).join(", "),
                "waiting" => node.waiting = Spread::read(value),
                "interactions" => node.interactions = whole(value),
                "flagged" => node.flagged = whole(value),
                _ => node.times.take(name, value),
            }
        }
        node
    }
}

impl Edge {
    /// `None` where one of its nodes is not shown.
    fn read(raw: Raw<'_>, report: &Report) -> Option<Self> {
        let end = |name: &str| report.place(&word(raw, name)?);
        Some(Self { from: end("from")?, to: end("to")?, times: Spread::read(raw) })
    }
}

fn whole(raw: Raw<'_>) -> u64 {
    raw.whole().unwrap_or_default()
}

/// The first items of a list, so many at most; none of what is none.
#[must_use]
pub fn items(list: Option<Raw<'_>>, most: usize) -> Vec<Raw<'_>> {
    let mut items = Vec::new();
    if let Some(list) = list {
        for item in list.items() {
            if items.len() >= most {
                break;
            }
            items.push(item);
        }
    }
    items
}

/// The items of a list of texts.
#[must_use]
pub fn words(list: Option<Raw<'_>>) -> Vec<String> {
    let mut words = Vec::new();
    for item in items(list, usize::MAX) {
        words.extend(item.string());
    }
    words
}

/// A member that is a whole number; 0 for what is none.
#[must_use]
pub fn count(raw: Raw<'_>, name: &str) -> u64 {
    raw.member(name).map(whole).unwrap_or_default()
}

fn part(raw: Raw<'_>) -> u64 {
    raw.member("share").map(millionths).unwrap_or_default()
}

/// Where the list of each section is.
const LISTS: [(&str, &str); 8] = [
    ("dfg", "edges"),
    ("variants", "top"),
    ("bottlenecks", "ranking"),
    ("dwell", ""),
    ("rework", "nodes"),
    ("errors", "nodes"),
    ("outliers", "top"),
    ("changes", "top"),
];

/// Nodes that are shown: the most visited ones. More are no picture of anything.
pub const NODES_MAX: usize = 60;

/// Edges between them that are kept: the most frequent ones.
pub const EDGES_MAX: usize = 1_500;

/// Kinds of what was wrong that are listed.
const LISTED_MAX: usize = 20;
