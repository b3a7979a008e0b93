//! Interactions one by one, by their names, each with its steps in order: for what is written rather than counted. Never counts.

use alloc::vec::Vec;

use super::super::export::ExportError;
use super::super::gather;
use super::super::log::{Log, Step};
use super::super::options::{Filter, Options};
use super::arrange::{Notes, arrange};
use super::{Analysis, Case};

/// An interaction as an export has it.
pub(in super::super) struct Ordered<'l> {
    pub(in super::super) id: &'l str,
    pub(in super::super) steps: &'l [Step],
    log: &'l Log,
    analysis: &'l Analysis,
}

/// Hands out each interaction that the filter lets through.
pub(in super::super) fn each_ordered(
    log: &Log,
    options: &Options,
    filter: &Filter,
    mut take: impl FnMut(&Ordered<'_>) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut analysis = Analysis::new(options.clone(), filter.clone());
    analysis.begin(log)?;
    let mut room = Vec::new();
    gather::each_by_name(log, |id, gathered| {
        let case = Case { id, steps: gathered };
        let notes = Notes { interaction: id, log, traits: &analysis.traits, anomalies: &mut analysis.anomalies };
        let steps = arrange(&mut room, &case, notes, options);
        if !analysis.admits(steps, log) {
            return Ok(());
        }
        let id = log.names.interactions.text(id).unwrap_or_default();
        take(&Ordered { id, steps, log, analysis: &analysis })
    })
}

impl<'l> Ordered<'l> {
    /// Node and type.
    pub(in super::super) fn names_of(&self, step: &Step) -> (&'l str, &'l str) {
        let names = &self.log.names;
        let kind = names.kinds.text(u32::from(step.kind));
        (names.nodes.text(step.node).unwrap_or_default(), kind.unwrap_or_default())
    }

    /// Milliseconds by the clock of the options.
    pub(in super::super) fn between(&self, from: i64, to: i64) -> i64 {
        self.analysis.between(from, to)
    }

    pub(in super::super) fn is_decision(&self, step: &Step) -> bool {
        self.analysis.traits.get(usize::from(step.kind)).is_some_and(|traits| traits.is_decision)
    }

    pub(in super::super) fn is_bottleneck(&self, step: &Step) -> bool {
        self.analysis.is_judged(step) && self.between(step.start, step.end) > self.analysis.threshold()
    }
}
