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

/// Those that a filter lets through, one after the other.
#[derive(Debug, Clone)]
pub(in super::super) struct Interactions {
    options: Options,
    analysis: Analysis,
    line: gather::Line,
    room: Vec<Step>,
}

impl Interactions {
    /// Of a log as it is now.
    pub(in super::super) fn of(log: &Log, options: &Options, filter: &Filter) -> Result<Self, ExportError> {
        let mut analysis = Analysis::new(options.clone(), filter.clone());
        analysis.begin(log)?;
        Ok(Self { options: options.clone(), analysis, line: gather::Line::by_name(log), room: Vec::new() })
    }

    /// Hands out the next one; `false` where there is none. `log` is the one that it was made of, with more in it or not.
    pub(in super::super) fn next(
        &mut self,
        log: &Log,
        take: impl FnOnce(&Ordered<'_>) -> Result<(), ExportError>,
    ) -> Result<bool, ExportError> {
        while let Some((id, gathered)) = self.line.next(log) {
            let case = Case { id, steps: gathered };
            let analysis = &mut self.analysis;
            let notes = Notes { interaction: id, log, traits: &analysis.traits, anomalies: &mut analysis.anomalies };
            let steps = arrange(&mut self.room, &case, notes, &self.options);
            if analysis.admits(steps, log) {
                let id = log.names.interactions.text(id).unwrap_or_default();
                take(&Ordered { id, steps, log, analysis })?;
                return Ok(true);
            }
        }
        Ok(false)
    }
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
