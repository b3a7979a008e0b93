//! What changes of one node that has executions, an item of a batch or a node of a chain: which execution it has, and how its
//! latest one ended. Never holds a result.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Activity, End, Node};
use crate::execution::{Canceler, Ending, Execution};
use crate::id::Run;
use crate::status::Outcome;
use crate::time::Timestamp;
use crate::wire::{Source, error_of, source_of};

/// One item, as the shell keeps it in a row. The row of one that is as [`Item::new`] made it need not be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its latest execution, which has not begun where `started_at` says nothing.
    pub run: Run,
    /// The generation that this is of, 1 and up.
    pub generation: u32,
    /// When that began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// How the latest execution ended of those that have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// Executions of it that were planned in a later generation than the first, and never began; with that generation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unbegun: Vec<(Run, u32)>,
}

/// How one execution of an item ended. Of two, the one of the later run holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Answer {
    /// Of which execution.
    pub run: Run,
    /// Of which generation, 1 and up.
    pub generation: u32,
    /// What it counts as.
    pub end: End,
    /// What the execution says; `None` where there was none: the node was skipped, or its inputs could not be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Where its result is from; `None` where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<AnswerSource>,
    /// The number of the execution's last attempt, 1 and up.
    pub attempts: u32,
    /// Whether it may have run, or still run, on CXone without our knowing how it ended: to run it again may do it twice.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub may_have_run: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Why there is no fresh result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Box<ItemFault>>,
}

/// Why an item has no fresh result, in words that its execution's `error` has, too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemFault {
    /// What programs match on: `UPSTREAM_FAILED`.
    pub code: String,
    /// What people read.
    pub message: String,
}

/// The code of a fault, as a reader asks for it: an upper-case letter first, at most 256 characters, no control characters. What
/// stands behind a colon may be CXone's own word (`INVALID_TRANSITION:PENDING->COMPLETED`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultCode(String);

impl FaultCode {
    /// Takes a text that follows the rule.
    ///
    /// # Errors
    /// The rule, where it does not.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let is_sized = text.chars().count() <= 256;
        let is_code = text.starts_with(|first: char| first.is_ascii_uppercase()) && !text.chars().any(char::is_control);
        let rule =
            "must be the code of an error, such as UPSTREAM_FAILED: at most 256 characters, an upper-case letter first";
        if is_sized && is_code { Ok(Self(text.into())) } else { Err(rule) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where an item's answer is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ItemSource"))]
#[serde(rename_all = "snake_case")]
pub enum AnswerSource {
    /// CXone gave it at the first go.
    Fresh,
    /// CXone gave it after a call had failed, or in a later generation.
    Retried,
    /// It was given to another execution a short while ago, and nothing was submitted.
    Cached,
    /// An old one, because no fresh one could be had in time.
    Degraded,
}

/// Why an item is degraded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DegradedReason"))]
#[serde(rename_all = "snake_case")]
pub enum Degradation {
    /// An old result stands in.
    TimeoutFallback,
    /// There is no result.
    TimeoutNoCache,
}

impl Item {
    /// One that is to start, for the first time.
    #[must_use]
    pub const fn new(run: Run) -> Self {
        Self { run, generation: 1, started_at: None, answer: None, unbegun: Vec::new() }
    }

    /// Planned again, in a later generation.
    #[must_use]
    pub fn planned(mut self, run: Run, generation: u32) -> Self {
        // Which item the runs of the first generation are of, their numbers say.
        if self.started_at.is_none() && self.generation > 1 {
            self.unbegun.push((self.run, self.generation));
        }
        Self { run, generation, started_at: None, ..self }
    }

    /// Whether its latest execution is under way.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.started_at.is_some() && !self.is_answered()
    }

    /// Whether it is known how its latest turn ended.
    fn is_answered(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.run >= self.run)
    }

    /// For the scheduler. What was planned before generation `floor` is planned no more.
    #[must_use]
    pub fn node(&self, floor: u32) -> Node {
        let activity = match self.started_at {
            None if self.generation >= floor && !self.is_answered() => Activity::Planned,
            Some(_) if self.is_running() => Activity::Running,
            None | Some(_) => Activity::Idle,
        };
        Node { activity, end: self.answer.as_ref().map(|answer| answer.end) }
    }

    /// How it ended, unless it runs or is to start (again); `floor` is as for [`Self::node`].
    #[must_use]
    pub fn shown_answer(&self, floor: u32) -> Option<&Answer> {
        self.answer.as_ref().filter(|_| self.node(floor).activity == Activity::Idle)
    }

    /// The execution that shows what is known of it: the one that ended, else the one under way or to come.
    #[must_use]
    pub fn shown_run(&self, floor: u32) -> Run {
        self.shown_answer(floor).map_or(self.run, |answer| answer.run)
    }

    /// With an answer merged in: the later of the two holds, whichever came first and however often. An item that was never
    /// started again keeps the answer that it has.
    #[must_use]
    pub fn merge(self, answer: Answer) -> Self {
        let answer = match self.answer {
            Some(known) => known.max(answer),
            None => answer,
        };
        Self { answer: Some(answer), ..self }
    }
}

impl Answer {
    /// Of a node that ended without an execution: it was skipped, or its inputs could not be made.
    #[must_use]
    pub const fn without_execution(item: &Item, end: End, fault: Option<Box<ItemFault>>, now: Timestamp) -> Self {
        Self {
            run: item.run,
            generation: item.generation,
            end,
            outcome: None,
            source: None,
            attempts: 0,
            may_have_run: false,
            started_at: now,
            ended_at: now,
            fault,
        }
    }

    /// Of an execution of an item; `None` while it has not ended.
    #[must_use]
    pub fn of(item: &Item, execution: &Execution) -> Option<Self> {
        let (ending, ended_at) = execution.ending()?;
        let end = end_of(ending.outcome());
        let fault = error_of(ending).map(|error| Box::new(ItemFault { code: error.code, message: error.message }));
        Some(Self {
            run: item.run,
            generation: item.generation,
            end,
            outcome: Some(ending.outcome()),
            source: answer_source_of(item, execution),
            attempts: execution.attempt().get(),
            may_have_run: !is_told(ending) && execution.may_be_upstream(),
            started_at: item.started_at.unwrap_or(ended_at),
            ended_at,
            fault,
        })
    }

    /// Why it is degraded; `None` where it is not.
    #[must_use]
    pub fn degradation(&self) -> Option<Degradation> {
        let has_result = self.source.is_some();
        let reason = if has_result { Degradation::TimeoutFallback } else { Degradation::TimeoutNoCache };
        (self.end == End::Degraded).then_some(reason)
    }
}

/// What an execution's end counts as: what could not be had in time is degraded, with an old result or without.
pub(crate) const fn end_of(outcome: Outcome) -> End {
    match outcome {
        Outcome::Completed => End::Successful,
        Outcome::Canceled => End::Canceled,
        Outcome::TimedOut | Outcome::Unknown => End::Degraded,
        Outcome::Failed | Outcome::Rejected | Outcome::Invalid => End::Failed,
    }
}

/// Whether CXone itself said how it ended there, or refused it.
const fn is_told(ending: &Ending) -> bool {
    match ending {
        Ending::Completed { .. } | Ending::Cached { .. } | Ending::Failed { .. } | Ending::Rejected { .. } => true,
        Ending::Canceled { by } => matches!(by, Canceler::Upstream),
        Ending::TimedOut { .. } | Ending::Invalid { .. } | Ending::Unknown => false,
    }
}

/// Completed without a result is an answer, too; what failed with half of one has none.
fn answer_source_of(item: &Item, execution: &Execution) -> Option<AnswerSource> {
    let is_completed = matches!(execution.ending(), Some((Ending::Completed { .. }, _)));
    match source_of(execution) {
        Some(Source::Degraded) => Some(AnswerSource::Degraded),
        Some(Source::Cached) => Some(AnswerSource::Cached),
        Some(Source::Fresh) | None if !is_completed => None,
        Some(Source::Fresh) | None => {
            let is_again = item.generation > 1 || execution.is_retried();
            Some(if is_again { AnswerSource::Retried } else { AnswerSource::Fresh })
        }
    }
}
