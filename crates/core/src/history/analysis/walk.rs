//! One interaction, walked from its first step to its last. Never looks at a name.
//!
//! Its duration is shared out without a rest: what of a step lies behind all ends so far is the node's, and what lies between the
//! latest end so far and a start is the edge's. So what nodes and edges contribute adds up to all durations, however steps
//! overlap.

use alloc::vec::Vec;

use super::super::log::Step;
use super::super::number::place;
use super::super::options::{Judged, Outliers};
use super::outlier::{self, SAMPLES_MAX, Sample};
use super::tally::{count_if, raise};
use super::{Analysis, AnalysisError};

/// What is to be known of an interaction as a whole.
#[derive(Debug, Clone, Default)]
pub(super) struct Walk {
    /// The first start and the last end, epoch milliseconds.
    pub(super) from: i64,
    pub(super) to: i64,
    /// Between them, by the clock of the options.
    pub(super) duration: i64,
    pub(super) has_self_loop: bool,
    pub(super) has_repeat: bool,
    pub(super) has_return: bool,
    pub(super) has_error: bool,
    pub(super) went_on: bool,
    pub(super) recovered: bool,
    pub(super) errors: u64,
}

/// Where one is on the way.
#[derive(Debug, Clone, Copy)]
struct Way<'s> {
    /// 1 and up, in this analysis.
    interaction: u64,
    id: u32,
    before: Option<&'s Step>,
    before_that: Option<&'s Step>,
    /// The latest end so far.
    frontier: i64,
}

impl Analysis {
    pub(super) fn walk(&mut self, steps: &[Step], id: u32) -> Result<Walk, AnalysisError> {
        let start = steps.first().map_or(0, |step| step.start);
        let interaction = self.whole.interactions.saturating_add(1);
        let mut way = Way { interaction, id, before: None, before_that: None, frontier: start };
        let mut walk = Walk { from: start, ..Walk::default() };
        for step in steps {
            match way.before {
                Some(before) => self.pass(before, step, way)?,
                None => self.at(step, |node| raise(&mut node.starts)),
            }
            self.visit(step, way, &mut walk);
            way = Way { before: Some(step), before_that: way.before, frontier: way.frontier.max(step.end), ..way };
        }
        if let Some(last) = way.before {
            self.at(last, |node| raise(&mut node.ends));
        }
        walk.to = way.frontier;
        walk.duration = self.between(start, way.frontier);
        if walk.has_error {
            self.look_back(steps, interaction, &mut walk);
        }
        Ok(walk)
    }

    /// From one step to the next.
    fn pass(&mut self, before: &Step, step: &Step, way: Way<'_>) -> Result<(), AnalysisError> {
        let waiting = self.between(before.end, step.start);
        let contributed = self.between(way.frontier, step.start.max(way.frontier));
        let edge = self.edge(before.node, step.node)?;
        let sample = self.sample(step.start, waiting, way.id);
        if let Some(edge) = self.edges.get_mut(place(edge)) {
            edge.waiting.add(waiting);
            edge.contributed = edge.contributed.saturating_add(contributed);
            count_if(&mut edge.errors, step.is_error);
            sample.into_iter().for_each(|sample| outlier::keep(&mut edge.samples, sample));
            count_if(&mut edge.interactions, edge.seen_in != way.interaction);
            edge.seen_in = way.interaction;
        }
        Ok(())
    }

    fn visit(&mut self, step: &Step, way: Way<'_>, walk: &mut Walk) {
        let dwell = self.between(step.start, step.end);
        let from = way.frontier.max(step.start);
        let own = self.between(from, step.end.max(from));
        let is_flagged = self.is_judged(step) && dwell > self.threshold();
        let sample = self.sample(step.start, dwell, way.id);
        let follows = |before: Option<&Step>| before.is_some_and(|before| before.node == step.node);
        let is_loop = follows(way.before);
        let is_return = !is_loop && follows(way.before_that);
        let Some(node) = self.nodes.get_mut(place(step.node)) else { return };
        node.dwell.add(dwell);
        node.contributed = node.contributed.saturating_add(own);
        count_if(&mut node.flagged, is_flagged);
        sample.into_iter().for_each(|sample| outlier::keep(&mut node.samples, sample));
        node.saw(step.kind);
        walk.has_repeat |= node.visit(way.interaction);
        count_if(&mut node.self_loops, is_loop);
        count_if(&mut node.back_and_forth, is_return);
        walk.has_self_loop |= is_loop;
        walk.has_return |= is_return;
        if step.is_error {
            raise(&mut node.errors);
            raise(&mut walk.errors);
            walk.has_error = true;
        }
    }

    /// Which errors were made good later: seen from the end, a success is known before the errors that it makes good.
    fn look_back(&mut self, steps: &[Step], interaction: u64, walk: &mut Walk) {
        let mut is_last = true;
        for step in steps.iter().rev() {
            let Some(node) = self.nodes.get_mut(place(step.node)) else { continue };
            if step.is_error {
                // The last that is seen is the first that happened.
                walk.recovered = node.succeeded_in == interaction;
                walk.went_on = !is_last;
                node.recovered = node.recovered.saturating_add(u64::from(walk.recovered));
            } else {
                node.succeeded_in = interaction;
            }
            is_last = false;
        }
        if let Some(first) = steps.iter().find(|step| step.is_error) {
            self.at(first, |node| raise(&mut node.first_errors));
        }
    }

    fn at(&mut self, step: &Step, change: impl FnOnce(&mut super::tally::NodeTally)) {
        if let Some(node) = self.nodes.get_mut(place(step.node)) {
            change(node);
        }
    }

    pub(super) fn is_judged(&self, step: &Step) -> bool {
        match self.options.judged {
            Judged::All => true,
            Judged::Decisions => self.traits.get(usize::from(step.kind)).is_some_and(|traits| traits.is_decision),
        }
    }

    pub(super) fn threshold(&self) -> i64 {
        i64::try_from(self.options.threshold.as_millis()).unwrap_or(i64::MAX)
    }

    /// Milliseconds by the clock of the options.
    pub(super) fn between(&self, from: i64, to: i64) -> i64 {
        match &self.options.hours {
            Some(hours) => hours.between(from, to),
            None => to.saturating_sub(from),
        }
    }

    /// What is held for outliers. Beyond the bound nothing is: who had come first would decide.
    fn sample(&mut self, at: i64, value: i64, interaction: u32) -> Option<Sample> {
        if self.options.outliers == Outliers::Skip || self.whole.samples > SAMPLES_MAX {
            return None;
        }
        self.whole.samples = self.whole.samples.saturating_add(1);
        if self.whole.samples > SAMPLES_MAX {
            self.nodes.iter_mut().for_each(|node| node.samples = Vec::new());
            self.edges.iter_mut().for_each(|edge| edge.samples = Vec::new());
            return None;
        }
        Some(Sample { at, value, interaction })
    }
}
