//! What changes of a flow beside its nodes: small, and written with each change.

use alloc::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::rate::Rate;
use super::turn::Turn;
use crate::execution::Ignored;
use crate::time::{Span, Timestamp};

/// A flow without its nodes, as the shell keeps it in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Counts up with every change; what a stream resumes from.
    pub(crate) seq: u64,
    /// The latest instant seen. Time never runs back past it, whatever a clock says.
    pub(crate) seen_at: Timestamp,
    /// When it last changed.
    pub(crate) updated_at: Timestamp,
    /// 1, and one more for each redrive.
    pub(crate) generation: u32,
    /// What was planned in an earlier generation is planned no more: the batch was stopped since.
    pub(crate) floor: u32,
    /// The run that the next redriven item has.
    pub(crate) next_run: u32,
    /// When this generation was asked for.
    pub(crate) began_at: Timestamp,
    /// When its first item began; `None` before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) started_at: Option<Timestamp>,
    /// When this generation ends at the latest.
    pub(crate) deadline_at: Timestamp,
    /// Why nothing more is started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stop: Option<Stop>,
    /// When it was stopped last; `None` where it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stopped_at: Option<Timestamp>,
    /// How it ended, and when; `None` while it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ended: Option<(FlowOutcome, Timestamp)>,
    /// Failed items that do not count against what is tolerated: a redrive left them as they were.
    pub(crate) excused: u32,
    /// How fast it goes.
    pub(crate) rate: Rate,
    /// Nodes of a chain whose inputs the shell was asked to make, and did not answer for yet.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) binding: BTreeSet<u32>,
}

/// Why a flow was stopped before all of it had started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "StopReason"))]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// More failed of a batch than is tolerated. What ran went on.
    Tolerance,
    /// Its time was up. What ran had the same deadline.
    Deadline,
    /// The caller wanted it. What ran was canceled.
    Canceled,
}

/// How far a flow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FlowStatus {
    /// Nothing of this generation has begun.
    Pending,
    /// Something has.
    Running,
    /// It is over, and something of it succeeded.
    Completed,
    /// It is over: too much failed, or everything, or its time was up.
    Failed,
    /// It is over: it was stopped by the caller.
    Canceled,
}

/// How a flow ended: what a caller switches on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FlowOutcome {
    /// Of a batch: every item is successful. Of a chain: nothing that failed kept anything from going on.
    Completed,
    /// Of a batch: every item ended, not all of them successful. Of a chain: something that failed kept others from going on,
    /// and something that nothing depends on ended well.
    Partial,
    /// Of a batch: more failed than is tolerated, or nothing was successful. Of a chain: something failed, and nothing that
    /// nothing depends on ended well.
    Failed,
    /// The caller stopped it.
    Canceled,
    /// Its time was up.
    TimedOut,
}

impl Standing {
    /// Of one that was asked for just then.
    pub(crate) const fn open(created_at: Timestamp, timeout: Span) -> Self {
        Self {
            seq: 1,
            seen_at: created_at,
            updated_at: created_at,
            generation: 1,
            floor: 1,
            next_run: 0,
            started_at: None,
            deadline_at: created_at.plus(timeout),
            stop: None,
            stopped_at: None,
            ended: None,
            excused: 0,
            began_at: created_at,
            rate: Rate::new(created_at),
            binding: BTreeSet::new(),
        }
    }

    /// The instant that a step is at: time never runs back past what was seen.
    pub(crate) fn see(&mut self, now: Timestamp) -> Timestamp {
        let now = now.max(self.seen_at);
        self.seen_at = now;
        now
    }

    /// The end of a step: counts a change, or says why there was none.
    pub(crate) fn conclude<E>(&mut self, turn: &mut Turn<E>, now: Timestamp) {
        if turn.is_changed {
            self.seq = self.seq.saturating_add(1);
            self.updated_at = now;
        } else if turn.ignored.is_none() && turn.effects.is_empty() {
            turn.ignored = Some(if self.ended.is_some() { Ignored::Ended } else { Ignored::TooEarly });
        }
    }

    /// The number of the latest change.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// How many nodes end in a second, over its last moments; `None` before any ended, and after the end.
    pub(crate) fn per_second(&self) -> Option<f64> {
        self.rate.per_second(self.updated_at).filter(|_| self.ended.is_none())
    }

    /// When `left` more will have ended, if it goes on so; never past its deadline, `None` where that is not known.
    pub(crate) fn ends_at(&self, left: u32) -> Option<Timestamp> {
        let at = self.rate.ends_at(left, self.updated_at)?;
        self.ended.is_none().then(|| at.min(self.deadline_at))
    }

    /// How it ended, and when; `None` while it has not.
    #[must_use]
    pub const fn ended(&self) -> Option<(FlowOutcome, Timestamp)> {
        self.ended
    }

    /// How far it is.
    #[must_use]
    pub const fn status(&self) -> FlowStatus {
        match (self.ended, self.started_at) {
            (None, None) => FlowStatus::Pending,
            (None, Some(_)) => FlowStatus::Running,
            (Some((FlowOutcome::Completed | FlowOutcome::Partial, _)), _) => FlowStatus::Completed,
            (Some((FlowOutcome::Failed | FlowOutcome::TimedOut, _)), _) => FlowStatus::Failed,
            (Some((FlowOutcome::Canceled, _)), _) => FlowStatus::Canceled,
        }
    }

    /// When this generation ends at the latest.
    #[must_use]
    pub const fn deadline_at(&self) -> Timestamp {
        self.deadline_at
    }

    /// When it last changed.
    #[must_use]
    pub const fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// 1, and one more for each redrive.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// What was planned in an earlier generation is planned no more.
    #[must_use]
    pub const fn floor(&self) -> u32 {
        self.floor
    }

    /// When this generation was asked for: the batch, or the redrive.
    #[must_use]
    pub const fn generation_began_at(&self) -> Timestamp {
        self.began_at
    }

    /// Why nothing more is started.
    #[must_use]
    pub const fn stop(&self) -> Option<Stop> {
        self.stop
    }

    /// When it was stopped last; `None` where it never was. A redrive leaves it: it does not begin all that was stopped.
    #[must_use]
    pub const fn stopped_at(&self) -> Option<Timestamp> {
        self.stopped_at
    }
}

impl FlowStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Running, Self::Completed, Self::Failed, Self::Canceled];

    /// Ours, as in JSON: `running`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

impl FlowOutcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [Self::Completed, Self::Partial, Self::Failed, Self::Canceled, Self::TimedOut];

    /// Ours, as in JSON: `timed_out`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::TimedOut => "timed_out",
        }
    }
}
