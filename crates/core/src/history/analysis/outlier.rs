//! Times that stand out from what was at the same place before. Never from what came later, and never from less than
//! [`PAST_MIN`].

use alloc::string::ToString;
use alloc::vec::Vec;

use super::super::log::Log;
use super::super::number::{count, float, many, rounded, short};
use super::super::options::Outliers;
use super::super::report::{Outlier, Outlying, Place};
use super::super::times::{deviation, square};
use super::{Analysis, show};

/// One time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// When, epoch milliseconds.
    pub(super) at: i64,
    pub(super) value: i64,
    pub(super) interaction: u32,
}

/// One that stands out.
struct Found {
    sample: Sample,
    mean: f64,
    stdev: f64,
    z: f64,
    place: Where,
}

/// A node or an edge, by number.
#[derive(Debug, Clone, Copy)]
pub(super) enum Where {
    Node(u32),
    Edge(u32, u32),
}

impl Where {
    /// What they are put in order by: nodes before edges, then by name.
    pub(super) fn names(self, log: &Log) -> (bool, Option<&str>, Option<&str>) {
        let name = |node| log.names.nodes.text(node);
        match self {
            Self::Node(node) => (false, name(node), None),
            Self::Edge(from, to) => (true, name(from), name(to)),
        }
    }

    pub(super) fn shown(self, log: &Log) -> Place {
        let name = |node| show::node(log, node);
        match self {
            Self::Node(node) => Place::Node { node: name(node) },
            Self::Edge(from, to) => Place::Edge { from: name(from), to: name(to) },
        }
    }
}

/// What was before.
#[derive(Default)]
struct Past {
    count: u64,
    sum: i128,
    squares: u128,
}

/// Adds one. The list grows by a quarter, not twofold: all of them together are most of what an analysis holds.
pub(super) fn keep(samples: &mut Vec<Sample>, sample: Sample) {
    if samples.len() == samples.capacity() {
        samples.reserve_exact((samples.len() / 4).max(16));
    }
    samples.push(sample);
}

pub(super) fn outlying(analysis: &Analysis, log: &Log) -> Outlying {
    let is_computed = analysis.options.outliers == Outliers::Find && analysis.whole.samples <= SAMPLES_MAX;
    let mut found = Vec::new();
    if is_computed {
        for (node, tally) in (0..).zip(&analysis.nodes) {
            find(&tally.samples, Where::Node(node), &mut found);
        }
        for tally in &analysis.edges {
            find(&tally.samples, Where::Edge(tally.from, tally.to), &mut found);
        }
    }
    let interaction = |found: &Found| log.names.interactions.text(found.sample.interaction).unwrap_or_default();
    found.sort_by(|one, other| {
        let by_size = other.z.abs().total_cmp(&one.z.abs());
        by_size
            .then_with(|| one.sample.at.cmp(&other.sample.at))
            .then_with(|| interaction(one).cmp(interaction(other)))
            .then_with(|| one.place.names(log).cmp(&other.place.names(log)))
    });
    let top = found.iter().take(analysis.options.top).map(|found| Outlier {
        place: found.place.shown(log),
        interaction: interaction(found).to_string(),
        at: show::instant(found.sample.at).into(),
        value: rounded(float(i128::from(found.sample.value))),
        mean: rounded(found.mean),
        stdev: rounded(found.stdev),
        z: short(found.z),
    });
    let top = top.collect();
    Outlying { is_computed, threshold: Z_MAX, past_min: PAST_MIN, count: many(found.len()), top }
}

fn find(samples: &[Sample], place: Where, found: &mut Vec<Found>) {
    if many(samples.len()) <= PAST_MIN {
        return;
    }
    let mut samples = samples.to_vec();
    samples.sort_unstable_by_key(|sample| sample.at);
    let mut past = Past::default();
    // What starts at the same time is not before each other.
    for together in samples.chunk_by(|one, other| one.at == other.at) {
        if let Some((mean, stdev)) = past.shape() {
            let far = together.iter().filter_map(|sample| {
                let z = (float(i128::from(sample.value)) - mean) / stdev;
                (z.abs() > Z_MAX).then_some(Found { sample: *sample, mean, stdev, z, place })
            });
            found.extend(far);
        }
        together.iter().for_each(|sample| past.add(sample.value));
    }
}

impl Past {
    fn add(&mut self, value: i64) {
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(i128::from(value));
        self.squares = self.squares.saturating_add(square(value));
    }

    /// Mean and deviation, where there is enough to have them.
    fn shape(&self) -> Option<(f64, f64)> {
        if self.count < PAST_MIN {
            return None;
        }
        let stdev = deviation(self.count, self.sum, self.squares).filter(|stdev| *stdev > 0.0)?;
        Some((float(self.sum) / count(self.count), stdev))
    }
}

/// Deviations from the mean.
const Z_MAX: f64 = 3.0;

/// Times that have to be before one that is judged.
const PAST_MIN: u64 = 30;

/// Times that are held: two for each step, 24 bytes each.
pub(super) const SAMPLES_MAX: usize = 1_000_000;
