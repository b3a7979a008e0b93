//! The executions that CXone has accepted, each with the life that it leads. Never renders one: a dialect does.

use std::collections::{BTreeMap, VecDeque};

use cxpulse_core::time::{Span, Timestamp};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::dialect::Dialect;
use crate::script::{Life, Sight, Twist, is_end};

/// Executions kept; past it the oldest that has ended goes.
pub const EXECUTIONS_MAX: usize = 100_000;

/// One execution.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) id: Uuid,
    pub(crate) record_id: Uuid,
    pub(crate) dialect: Dialect,
    pub(crate) action_id: String,
    pub(crate) life: Life,
    pub(crate) inputs: Box<RawValue>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) callback_url: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) traceparent: Option<String>,
    pub(crate) created_at: Timestamp,
    /// When a caller canceled it.
    pub(crate) canceled_at: Option<Timestamp>,
    /// Polls answered with this execution.
    pub(crate) polls: u64,
}

impl Execution {
    /// What CXone says of it at `now`. A cancel stops its progress where it was.
    pub(crate) fn sight(&self, now: Timestamp) -> Sight {
        match self.canceled_at {
            Some(at) => Sight { word: "CANCELED", ..self.life.sight(at.since(self.created_at)) },
            None => self.life.sight(now.since(self.created_at)),
        }
    }

    /// When it began to run; `None` while it has not.
    pub(crate) fn started_at(&self, now: Timestamp) -> Option<Timestamp> {
        let at = self.created_at.plus(self.life.starts_after()?);
        (at <= self.canceled_at.unwrap_or(now).min(now)).then_some(at)
    }

    /// When it ends by its script or ended by a cancel; `None` when it never will.
    pub(crate) fn ends_at(&self) -> Option<Timestamp> {
        self.canceled_at.or_else(|| self.life.ends_after().map(|span| self.created_at.plus(span)))
    }

    /// Whether its end has come.
    pub(crate) fn has_ended(&self, now: Timestamp) -> bool {
        self.ends_at().is_some_and(|at| at <= now)
    }

    /// Whether anyone can find it: not before its script lets it be seen, nor after CXone's retention.
    pub(crate) fn is_visible(&self, now: Timestamp) -> bool {
        let is_purged = self.ends_at().is_some_and(|at| now.since(at) > RETENTION);
        match self.life.twist {
            Twist::Late(span) => now.since(self.created_at) >= span && !is_purged,
            Twist::Plain | Twist::Degraded { .. } | Twist::Heavy(_) | Twist::HeavyPoll(_) => !is_purged,
        }
    }

    /// Whether its polls get broken bodies at `now`.
    pub(crate) fn is_degraded(&self, now: Timestamp) -> bool {
        let elapsed = now.since(self.created_at);
        match self.life.twist {
            Twist::Degraded { from, to } => from <= elapsed && elapsed < to && self.canceled_at.is_none(),
            Twist::Plain | Twist::Heavy(_) | Twist::HeavyPoll(_) | Twist::Late(_) => false,
        }
    }

    /// When its status as of `now` was reached; `None` unless that status is an end.
    pub(crate) fn completed_at(&self, now: Timestamp) -> Option<Timestamp> {
        is_end(self.sight(now).word).then(|| self.ends_at()).flatten()
    }
}

/// All executions kept, by id, in the order of their submits, and by correlation id.
#[derive(Debug, Default)]
pub(crate) struct Executions {
    by_id: BTreeMap<Uuid, Execution>,
    order: VecDeque<Uuid>,
    by_correlation: BTreeMap<String, Vec<Uuid>>,
    input_bytes: usize,
    created_count: u64,
}

/// There is no room: everything kept is still running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl Executions {
    /// Keeps one more, dropping those that ended longest ago where the room is needed.
    pub(crate) fn insert(&mut self, execution: Execution, now: Timestamp) -> Result<(), Full> {
        let bytes = execution.inputs.get().len();
        while self.by_id.len() >= EXECUTIONS_MAX || self.input_bytes.saturating_add(bytes) > INPUT_BYTES_MAX {
            self.drop_oldest_ended(now)?;
        }
        self.input_bytes = self.input_bytes.saturating_add(bytes);
        self.created_count = self.created_count.saturating_add(1);
        self.order.push_back(execution.id);
        if let Some(key) = &execution.correlation_id {
            self.by_correlation.entry(key.clone()).or_default().push(execution.id);
        }
        self.by_id.insert(execution.id, execution);
        Ok(())
    }

    pub(crate) fn get(&self, id: Uuid) -> Option<&Execution> {
        self.by_id.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: Uuid) -> Option<&mut Execution> {
        self.by_id.get_mut(&id)
    }

    /// Those submitted under a correlation id, newest first.
    pub(crate) fn of_correlation(&self, key: &str) -> impl Iterator<Item = &Execution> {
        let ids = self.by_correlation.get(key).map(Vec::as_slice).unwrap_or_default();
        ids.iter().rev().filter_map(|id| self.by_id.get(id))
    }

    /// All, newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Execution> {
        self.order.iter().rev().filter_map(|id| self.by_id.get(id))
    }

    pub(crate) fn kept_count(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn created_count(&self) -> u64 {
        self.created_count
    }

    fn drop_oldest_ended(&mut self, now: Timestamp) -> Result<(), Full> {
        let has_ended = |id: &Uuid| self.by_id.get(id).is_none_or(|execution| execution.has_ended(now));
        let index = self.order.iter().position(has_ended).ok_or(Full)?;
        let dropped = self.order.remove(index).and_then(|id| self.by_id.remove(&id));
        if let Some(execution) = dropped {
            self.input_bytes = self.input_bytes.saturating_sub(execution.inputs.get().len());
            self.forget_correlation(&execution);
        }
        Ok(())
    }

    fn forget_correlation(&mut self, execution: &Execution) {
        let Some(key) = &execution.correlation_id else { return };
        if let Some(ids) = self.by_correlation.get_mut(key) {
            ids.retain(|id| *id != execution.id);
            if ids.is_empty() {
                self.by_correlation.remove(key);
            }
        }
    }
}

/// Bytes of inputs kept for all executions together.
const INPUT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// CXone keeps an execution for 30 days after its end; then it is not found.
const RETENTION: Span = Span::from_secs(30 * 86_400);
