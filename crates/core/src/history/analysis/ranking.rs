//! Where the time went, what was done again, and what failed: nodes and edges in the order of how much. Never more than is asked for.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::super::log::Log;
use super::super::number::{seconds, share};
use super::super::report::{Bottleneck, Bottlenecks, Errors, NodeErrors, NodeRework, Rework};
use super::outlier::Where;
use super::tally::NodeTally;
use super::{Analysis, show};

pub(super) fn bottlenecks(analysis: &Analysis, log: &Log) -> Bottlenecks {
    let total = analysis.whole.contributed;
    let nodes = (0..)
        .zip(&analysis.nodes)
        .map(|(node, tally)| (tally.contributed, Where::Node(node), tally.dwell.count(), tally.flagged));
    let edges = analysis
        .edges
        .iter()
        .map(|tally| (tally.contributed, Where::Edge(tally.from, tally.to), tally.waiting.count(), 0));
    let mut all: Vec<_> = nodes.chain(edges).filter(|(contributed, ..)| *contributed > 0).collect();
    all.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.names(log).cmp(&other.1.names(log))));
    let ranking = all.into_iter().take(analysis.options.top).map(|(contributed, place, count, flagged)| Bottleneck {
        place: place.shown(log),
        count,
        contributed: seconds(contributed),
        share: share(contributed.into(), total.into()),
        flagged,
    });
    Bottlenecks {
        threshold: analysis.options.threshold.as_secs_f64(),
        flagged: analysis.nodes.iter().map(|node| node.flagged).sum(),
        total: seconds(total),
        ranking: ranking.collect(),
    }
}

pub(super) fn rework(analysis: &Analysis, log: &Log) -> Rework {
    let whole = &analysis.whole;
    let again = named(analysis, log, |node| node.repeats);
    let nodes = again.into_iter().map(|(node, tally)| NodeRework {
        node,
        self_loops: tally.self_loops,
        repeats: tally.repeats,
        back_and_forth: tally.back_and_forth,
        interactions: tally.reworked,
        share: share(tally.reworked.into(), tally.interactions.into()),
    });
    Rework {
        interactions: whole.reworked,
        share: share(whole.reworked.into(), whole.interactions.into()),
        self_loops: whole.self_loops,
        back_and_forth: whole.back_and_forth,
        nodes: nodes.collect(),
    }
}

pub(super) fn errors(analysis: &Analysis, log: &Log) -> Errors {
    let whole = &analysis.whole;
    let faulty = named(analysis, log, |node| node.errors);
    let nodes = faulty.into_iter().map(|(node, tally)| NodeErrors {
        node,
        count: tally.errors,
        share: share(tally.errors.into(), tally.dwell.count().into()),
        first: tally.first_errors,
        recovered: tally.recovered,
    });
    Errors {
        steps: whole.error_steps,
        interactions: whole.error_interactions,
        share: share(whole.error_interactions.into(), whole.interactions.into()),
        went_on: whole.went_on,
        recovered: whole.recovered,
        nodes: nodes.collect(),
    }
}

/// Nodes that have some of it, those with most first.
fn named<'a>(analysis: &'a Analysis, log: &Log, amount: impl Fn(&NodeTally) -> u64) -> Vec<(String, &'a NodeTally)> {
    let some = (0..).zip(&analysis.nodes).filter(|(_, tally)| amount(tally) > 0);
    let mut named: Vec<_> = some.map(|(node, tally)| (show::node(log, node), tally)).collect();
    named.sort_by(|one, other| (Reverse(amount(one.1)), &one.0).cmp(&(Reverse(amount(other.1)), &other.0)));
    named
}
