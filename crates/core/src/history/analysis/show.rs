//! The report, made of what was counted: names for numbers, and everything in an order that does not depend on how it came.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::super::log::Log;
use super::super::number::{many, number, place, seconds, share};
use super::super::options::{Judged, MissingEnd};
use super::super::report::{
    Changes, Edge, Graph, Method, NodeCount, NodeTimes, Period, Report, VariableChanges, Variant, Variants,
};
use super::super::times::{RELATIVE_ERROR, Times};
use super::change::Counts;
use super::path::VariantTally;
use super::tally::NodeTally;
use super::{Analysis, outlier, ranking};
use crate::time::Timestamp;

pub(super) fn report(analysis: &Analysis, log: &Log) -> Report {
    let whole = &analysis.whole;
    let period = |(from, to)| Period { from: instant(from).into(), to: instant(to).into() };
    let mut anomalies = log.anomalies.clone();
    anomalies.merge(&analysis.anomalies, None);
    Report {
        interactions: whole.interactions,
        steps: whole.steps,
        period: whole.period.map(period),
        duration: whole.duration.spread(),
        dfg: graph(analysis, log),
        variants: variants(analysis, log),
        dwell: dwell(analysis, log),
        bottlenecks: ranking::bottlenecks(analysis, log),
        rework: ranking::rework(analysis, log),
        errors: ranking::errors(analysis, log),
        changes: changes(analysis, log),
        outliers: outlier::outlying(analysis, log),
        anomalies: anomalies.list(),
        method: method(analysis),
    }
}

fn method(analysis: &Analysis) -> Method {
    Method {
        percentile: "linear".into(),
        percentile_error: RELATIVE_ERROR,
        is_business_time: analysis.options.hours.is_some(),
        is_end_taken: analysis.options.missing_end == MissingEnd::TakeNextStart,
        is_every_node_judged: analysis.options.judged == Judged::All,
    }
}

fn graph(analysis: &Analysis, log: &Log) -> Graph {
    let edge = |tally: &super::EdgeTally| {
        let times = tally.waiting.spread()?;
        let (from, to) = (node(log, tally.from), node(log, tally.to));
        let contributed = seconds(tally.contributed);
        Some(Edge { from, to, times, interactions: tally.interactions, errors: tally.errors, contributed })
    };
    let mut edges: Vec<Edge> = analysis.edges.iter().filter_map(edge).collect();
    edges.sort_by(|one, other| {
        (Reverse(one.times.count), &one.from, &one.to).cmp(&(Reverse(other.times.count), &other.from, &other.to))
    });
    let ends = |count: fn(&NodeTally) -> u64| {
        let some = (0..).zip(&analysis.nodes).filter(|(_, tally)| count(tally) > 0);
        let mut ends: Vec<_> =
            some.map(|(number, tally)| NodeCount { node: node(log, number), count: count(tally) }).collect();
        ends.sort_by(|one, other| (Reverse(one.count), &one.node).cmp(&(Reverse(other.count), &other.node)));
        ends
    };
    Graph { edges, start: ends(|tally| tally.starts), end: ends(|tally| tally.ends) }
}

fn variants(analysis: &Analysis, log: &Log) -> Variants {
    let ranks = ranks(log);
    let rank = |number: &u32| ranks.get(place(*number)).copied().unwrap_or_default();
    let path = |tally: &VariantTally| analysis.variants.nodes(tally);
    let order = |one: &&VariantTally, other: &&VariantTally| {
        let names = || path(one).iter().map(rank).cmp(path(other).iter().map(rank));
        other.count.cmp(&one.count).then_with(names)
    };
    let mut all: Vec<&VariantTally> = analysis.variants.list.iter().collect();
    let many_in_all = many(all.len());
    let top = analysis.options.top;
    if top > 0 && all.len() > top {
        // Only those that are listed are put in order: a log may have as many variants as interactions.
        all.select_nth_unstable_by(top.saturating_sub(1), order);
    }
    all.truncate(top);
    all.sort_by(order);
    let mut covered = 0_u64;
    let interactions = analysis.whole.interactions;
    let name = |number: &u32| log.names.nodes.text(*number).unwrap_or_default();
    let top = all.into_iter().filter_map(|tally| {
        covered = covered.saturating_add(tally.count);
        Some(Variant {
            id: super::super::variant_id(path(tally).iter().map(name)),
            nodes: path(tally).iter().take(VARIANT_NODES_MAX).map(|number| node(log, *number)).collect(),
            length: many(path(tally).len()),
            count: tally.count,
            share: share(tally.count.into(), interactions.into()),
            coverage: share(covered.into(), interactions.into()),
            errors: tally.errors,
            duration: tally.duration.spread()?,
        })
    });
    Variants { count: many_in_all, others: analysis.variants.beyond, top: top.collect() }
}

/// The place of each node in the order of names.
fn ranks(log: &Log) -> Vec<u32> {
    let mut names: Vec<u32> = (0..number(log.names.nodes.len())).collect();
    names.sort_by_key(|number| log.names.nodes.text(*number));
    let mut ranks = vec![0; names.len()];
    for (rank, number) in (0..).zip(names) {
        if let Some(slot) = ranks.get_mut(place(number)) {
            *slot = rank;
        }
    }
    ranks
}

/// What was waited for at each node: on all edges that lead to it.
fn waiting(analysis: &Analysis) -> Vec<Times> {
    let mut waiting = vec![Times::default(); analysis.nodes.len()];
    for edge in &analysis.edges {
        if let Some(times) = waiting.get_mut(place(edge.to)) {
            times.merge(&edge.waiting);
        }
    }
    waiting
}

fn dwell(analysis: &Analysis, log: &Log) -> Vec<NodeTimes> {
    let waiting = waiting(analysis);
    let times = |(number, tally): (u32, &NodeTally)| {
        let kinds = tally.kinds.iter().filter_map(|kind| log.names.kinds.text(u32::from(*kind)));
        let mut types: Vec<String> = kinds.map(ToString::to_string).collect();
        types.sort();
        Some(NodeTimes {
            node: node(log, number),
            types,
            times: tally.dwell.spread()?,
            waiting: waiting.get(place(number)).and_then(Times::spread),
            interactions: tally.interactions,
            flagged: tally.flagged,
            contributed: seconds(tally.contributed),
        })
    };
    let mut dwell: Vec<NodeTimes> = (0..).zip(&analysis.nodes).filter_map(times).collect();
    dwell.sort_by(|one, other| one.node.cmp(&other.node));
    dwell
}

fn changes(analysis: &Analysis, log: &Log) -> Changes {
    if analysis.changes.is_full {
        return Changes { is_computed: false, top: Vec::new(), count: 0 };
    }
    let name = |variable: u32| log.names.variables.text(variable).unwrap_or_default();
    let mut all = analysis.changes.list();
    let total = |counts: &Counts| counts.iter().sum::<u64>();
    all.sort_by(|one, other| {
        let names = |(of, variable, _): &(u32, u32, Counts)| (log.names.nodes.text(*of), name(*variable));
        total(&other.2).cmp(&total(&one.2)).then_with(|| names(one).cmp(&names(other)))
    });
    let shown = all.iter().take(analysis.options.top).map(|(of, variable, counts)| {
        let [changed, added, removed, retyped] = *counts;
        VariableChanges { node: node(log, *of), variable: name(*variable).into(), changed, added, removed, retyped }
    });
    Changes { is_computed: true, top: shown.collect(), count: many(all.len()) }
}

/// A node's name.
pub(super) fn node(log: &Log, number: u32) -> String {
    log.names.nodes.text(number).unwrap_or_default().to_string()
}

pub(super) fn instant(at: i64) -> Timestamp {
    Timestamp::from_millis(u64::try_from(at).unwrap_or_default())
}

/// Nodes of a variant that are listed.
const VARIANT_NODES_MAX: usize = 1_000;
