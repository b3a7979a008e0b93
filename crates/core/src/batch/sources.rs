//! Where a batch's answers are from, counted. Never counts one that is being asked for again.

use serde::{Deserialize, Serialize};

use crate::flow::AnswerSource;

/// How many items have an answer from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ItemSources"))]
pub struct Sources {
    /// CXone gave it at the first go.
    pub fresh: u32,
    /// CXone gave it after a call had failed, or in a later generation.
    pub retried: u32,
    /// It was given to another execution a short while ago.
    pub cached: u32,
    /// An old one, because no fresh one could be had in time.
    pub degraded: u32,
}

impl Sources {
    /// One more.
    pub(super) const fn add(&mut self, source: AnswerSource) {
        let count = self.count_mut(source);
        *count = count.saturating_add(1);
    }

    /// One less.
    pub(super) const fn take(&mut self, source: AnswerSource) {
        let count = self.count_mut(source);
        *count = count.saturating_sub(1);
    }

    const fn count_mut(&mut self, source: AnswerSource) -> &mut u32 {
        match source {
            AnswerSource::Fresh => &mut self.fresh,
            AnswerSource::Retried => &mut self.retried,
            AnswerSource::Cached => &mut self.cached,
            AnswerSource::Degraded => &mut self.degraded,
        }
    }
}
