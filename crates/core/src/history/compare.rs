//! Two histories side by side: two periods, or two versions of a workflow. Never says that a difference means something where
//! chance explains it.
//!
//! The tests are simple ones, each by itself: two means by Welch's statistic, two shares by the pooled z statistic, at 5 % (beyond
//! 1.96), and only where either side has thirty samples. Who looks at a hundred differences has to expect five by chance.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::number::{count, many, short, sqrt};
use super::report::{Report, Spread, Variant};

/// What is different between two reports; times in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "HistoryComparison"))]
pub struct Comparison {
    /// How many interactions.
    pub interactions: Delta,
    /// How many steps.
    pub steps: Delta,
    /// The mean duration of an interaction; null unless both have some.
    pub duration: Option<Delta>,
    /// Interactions with an error, as a part of all.
    pub errors: Delta,
    /// Every edge of either, by name.
    pub edges: Vec<EdgeDelta>,
    /// Every node of either, by name.
    pub dwell: Vec<NodeDelta>,
    /// Every variant that either report lists, by id.
    pub variants: Vec<VariantDelta>,
}

/// One figure on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ComparisonDelta"))]
pub struct Delta {
    /// In the first report.
    pub before: f64,
    /// In the second.
    pub after: f64,
    /// The second less the first.
    pub absolute: f64,
    /// The same as a part of the first; null where that is 0.
    pub relative: Option<f64>,
    /// The statistic of the test; null where there are too few for one, or no test is made.
    pub z: Option<f64>,
    /// Whether it is beyond 1.96 on either side.
    pub is_significant: bool,
}

/// An edge on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ComparisonEdge"))]
pub struct EdgeDelta {
    /// The earlier node.
    pub from: String,
    /// The later one.
    pub to: String,
    /// How often.
    pub count: Delta,
    /// Interactions with it, as a part of all.
    pub share: Delta,
    /// The mean waiting time; null unless both have it.
    pub mean: Option<Delta>,
}

/// A node on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ComparisonNode"))]
pub struct NodeDelta {
    /// The node.
    pub node: String,
    /// How many visits.
    pub count: Delta,
    /// Interactions that visit it, as a part of all.
    pub share: Delta,
    /// The mean dwell time; null unless both have it.
    pub mean: Option<Delta>,
}

/// A variant on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ComparisonVariant"))]
pub struct VariantDelta {
    /// Its id.
    pub id: String,
    /// Its nodes, as the reports list them.
    pub nodes: Vec<String>,
    /// Interactions, as a part of all; 0 where a report does not list it.
    pub share: Delta,
    /// The mean duration of an interaction that goes this way; null unless both list it.
    pub duration: Option<Delta>,
    /// Whether either report lists it or lists all that it has. If not, it may go on in the other one unlisted, less often than the
    /// last that is listed there; then no test is made of its share.
    #[serde(default)]
    pub is_known: bool,
}

/// What is different in the second report.
#[must_use]
pub fn compare(before: &Report, after: &Report) -> Comparison {
    let (was, is) = (before.interactions, after.interactions);
    Comparison {
        interactions: Delta::of_counts(was, is),
        steps: Delta::of_counts(before.steps, after.steps),
        duration: Delta::of_means(before.duration.as_ref(), after.duration.as_ref()),
        errors: Delta::of_shares((before.errors.interactions, was), (after.errors.interactions, is)),
        edges: edges(before, after),
        dwell: dwell(before, after),
        variants: variants(before, after),
    }
}

fn edges(before: &Report, after: &Report) -> Vec<EdgeDelta> {
    let by_name = |report: &'_ Report| -> BTreeMap<(String, String), usize> {
        report.dfg.edges.iter().zip(0..).map(|(edge, at)| ((edge.from.clone(), edge.to.clone()), at)).collect()
    };
    let (was, is) = (by_name(before), by_name(after));
    let names: BTreeSet<_> = was.keys().chain(is.keys()).collect();
    let delta = |name: &(String, String)| {
        let old = was.get(name).and_then(|at| before.dfg.edges.get(*at));
        let new = is.get(name).and_then(|at| after.dfg.edges.get(*at));
        let shares = [(old, before), (new, after)]
            .map(|(edge, report)| (edge.map_or(0, |edge| edge.interactions), report.interactions));
        EdgeDelta {
            from: name.0.clone(),
            to: name.1.clone(),
            count: Delta::of_counts(old.map_or(0, |edge| edge.times.count), new.map_or(0, |edge| edge.times.count)),
            share: Delta::of_shares(shares[0], shares[1]),
            mean: Delta::of_means(old.map(|edge| &edge.times), new.map(|edge| &edge.times)),
        }
    };
    names.into_iter().map(delta).collect()
}

fn dwell(before: &Report, after: &Report) -> Vec<NodeDelta> {
    let names: BTreeSet<&str> = before.dwell.iter().chain(&after.dwell).map(|node| node.node.as_str()).collect();
    // Both lists are by name.
    let find = |report: &'_ Report, name: &str| report.dwell.binary_search_by(|node| node.node.as_str().cmp(name)).ok();
    let delta = |name: &str| {
        let old = find(before, name).and_then(|at| before.dwell.get(at));
        let new = find(after, name).and_then(|at| after.dwell.get(at));
        let visits = |node: Option<&super::report::NodeTimes>| node.map_or(0, |node| node.interactions);
        NodeDelta {
            node: name.into(),
            count: Delta::of_counts(old.map_or(0, |node| node.times.count), new.map_or(0, |node| node.times.count)),
            share: Delta::of_shares((visits(old), before.interactions), (visits(new), after.interactions)),
            mean: Delta::of_means(old.map(|node| &node.times), new.map(|node| &node.times)),
        }
    };
    names.into_iter().map(delta).collect()
}

fn variants(before: &Report, after: &Report) -> Vec<VariantDelta> {
    let mut all: BTreeMap<&str, [Option<&Variant>; 2]> = BTreeMap::new();
    for variant in &before.variants.top {
        all.entry(&variant.id).or_default()[0] = Some(variant);
    }
    for variant in &after.variants.top {
        all.entry(&variant.id).or_default()[1] = Some(variant);
    }
    let delta = |(id, [was, is]): (&str, [Option<&Variant>; 2])| {
        let is_known = [(was, before), (is, after)].iter().all(|(one, report)| one.is_some() || is_whole(report));
        let interactions = |one: Option<&Variant>| one.map_or(0, |one| one.count);
        let mut share =
            Delta::of_shares((interactions(was), before.interactions), (interactions(is), after.interactions));
        if !is_known {
            share = Delta::new(share.before, share.after, None);
        }
        let duration = Delta::of_means(was.map(|one| &one.duration), is.map(|one| &one.duration));
        Some(VariantDelta { id: id.into(), nodes: was.or(is)?.nodes.clone(), share, duration, is_known })
    };
    all.into_iter().filter_map(delta).collect()
}

/// Whether a report lists every variant.
fn is_whole(report: &Report) -> bool {
    report.variants.others == 0 && report.variants.count == many(report.variants.top.len())
}

impl Delta {
    fn new(before: f64, after: f64, z: Option<f64>) -> Self {
        let absolute = after - before;
        let relative = (before != 0.0).then(|| short(absolute / before.abs()));
        let is_significant = z.is_some_and(|z| z.abs() > Z_MAX);
        Self { before, after, absolute, relative, z: z.map(short), is_significant }
    }

    /// No test: histories of different lengths have different counts.
    fn of_counts(before: u64, after: u64) -> Self {
        Self::new(count(before), count(after), None)
    }

    /// Parts of wholes: z with the pooled share.
    fn of_shares(before: (u64, u64), after: (u64, u64)) -> Self {
        let share = |(part, whole): (u64, u64)| if whole == 0 { 0.0 } else { count(part) / count(whole) };
        let all = count(before.1) + count(after.1);
        let pooled = (count(before.0) + count(after.0)) / all;
        let spread = sqrt(pooled * (1.0 - pooled) * (1.0 / count(before.1) + 1.0 / count(after.1)));
        let is_enough = before.1 >= SAMPLES_MIN && after.1 >= SAMPLES_MIN && spread > 0.0;
        let (was, is) = (share(before), share(after));
        Self::new(was, is, is_enough.then(|| (is - was) / spread))
    }

    /// Means: Welch's statistic.
    fn of_means(before: Option<&Spread>, after: Option<&Spread>) -> Option<Self> {
        let (before, after) = (before?, after?);
        let part = |times: &Spread| times.stdev.map(|stdev| stdev * stdev / count(times.count));
        let is_enough = before.count >= SAMPLES_MIN && after.count >= SAMPLES_MIN;
        let spread = part(before).zip(part(after)).map(|(was, is)| sqrt(was + is)).filter(|spread| *spread > 0.0);
        let z = spread.filter(|_| is_enough).map(|spread| (after.mean - before.mean) / spread);
        Some(Self::new(before.mean, after.mean, z))
    }
}

/// Either side has to have so many.
const SAMPLES_MIN: u64 = 30;

const Z_MAX: f64 = 1.96;
