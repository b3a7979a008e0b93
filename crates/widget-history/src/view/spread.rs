//! Distributions: how long nodes took, drawn from the least to the most on one logarithmic scale.

use alloc::vec::Vec;

use cxpulse_element::text::decimal;

use super::Plan;
use super::section::{BARS_MAX, more, name, open, table};
use crate::face::{Face, doublings};
use crate::model::Section;
use crate::number::permille;
use crate::report::{Node, Report, Spread};

pub(super) fn dwell(plan: &mut Plan, face: &Face<'_>, report: &Report) {
    let nodes = by_sum(&report.nodes);
    open(plan, face, Section::Dwell, nodes.is_empty());
    let shown = nodes.get(..BARS_MAX).unwrap_or(&nodes);
    let mut spreads = Vec::new();
    shown.iter().for_each(|node| spreads.push(node.times));
    let scale = Scale::of(&spreads);
    scale.axis(plan, face);
    plan.open("ul.bars\trole=list").is("aria-label", face.words.section(Section::Dwell));
    for node in shown {
        plan.open("li.row").is("data-flagged", if node.flagged > 0 { "1" } else { "" });
        name(plan, &node.name, report.place(&node.name));
        plan.say("b.value", &face.time(node.times.p50));
        scale.range(plan, &node.times);
        plan.say("span.note", &face.spread(&node.times));
        plan.close();
    }
    plan.close();
    more(plan, face, nodes.len(), BARS_MAX);
    if nodes.iter().any(|node| !node.times.is_exact) {
        plan.say("p.hint", face.words.about);
    }
    table(plan, face, Section::Dwell, report);
    plan.close();
}

/// Those that took any time, the most first. By insertion: of sixty that is no time, and the library's sort is large.
fn by_sum(nodes: &[Node]) -> Vec<&Node> {
    let mut sorted: Vec<&Node> = Vec::new();
    for node in nodes.iter().filter(|node| node.times.max > 0) {
        let at = sorted.iter().rposition(|other| other.times.sum >= node.times.sum);
        sorted.insert(at.map_or(0, |at| at.saturating_add(1)), node);
    }
    sorted
}

/// Where times are on the page, in thousandths of its width.
pub(super) struct Scale {
    from: u64,
    to: u64,
}

impl Scale {
    /// From the least to the most.
    pub(super) fn of(spreads: &[Spread]) -> Self {
        let (mut from, mut to) = (u64::MAX, 0);
        for spread in spreads {
            // What took no time stands at a second.
            from = from.min(doublings(if spread.min > 0 { spread.min } else { 1_000 }));
            to = to.max(doublings(spread.max));
        }
        // A doubling at least, or there would be nothing to tell apart.
        Self { from, to: to.max(from.saturating_add(256)) }
    }

    fn at(&self, millis: i64) -> u64 {
        permille(doublings(millis).saturating_sub(self.from), self.to.saturating_sub(self.from))
    }

    /// Ticks where people expect them, as far as they do not touch.
    pub(super) fn axis(&self, plan: &mut Plan, face: &Face<'_>) {
        plan.open("div.axis\taria-hidden=true");
        let mut last = None;
        for tick in TICKS {
            let is_inside = doublings(tick) >= self.from && doublings(tick) <= self.to;
            let at = self.at(tick);
            if is_inside && last.is_none_or(|last: u64| at >= last.saturating_add(APART)) && at <= 960 {
                plan.open("span.tick").is("--_a", &decimal(at)).is("", &face.time(tick)).close();
                last = Some(at);
            }
        }
        plan.close();
    }

    /// A thin line from the least to the most, a box from the median to the 95th percentile.
    pub(super) fn range(&self, plan: &mut Plan, spread: &Spread) {
        plan.open("span.range\taria-hidden=true");
        for (part, from, to) in [("span.whisker", spread.min, spread.max), ("span.box", spread.p50, spread.p95)] {
            plan.open(part).is("--_a", &decimal(self.at(from))).is("--_d", &decimal(self.at(to))).close();
        }
        plan.close();
    }
}

/// In milliseconds: tenths of a second, a second, ten, a minute, ten, an hour, six, a day, a week, a month, a year.
const TICKS: [i64; 11] = [
    100,
    1_000,
    10_000,
    60_000,
    600_000,
    3_600_000,
    21_600_000,
    86_400_000,
    604_800_000,
    2_592_000_000,
    31_536_000_000,
];

/// Thousandths of the width between ticks.
const APART: u64 = 110;
