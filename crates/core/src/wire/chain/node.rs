//! The JSON of one node of a chain. Never its result.

use alloc::format;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::chain::{Chain, ChainOrder};
use crate::flow::{Answer, AnswerSource, End, ItemFault, Stop};
use crate::id::{ActionId, ExecutionId};
use crate::status::Outcome;
use crate::time::Rfc3339;

/// One node of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ChainNode"))]
pub struct ChainNodeView {
    /// The caller's.
    pub name: String,
    /// The action.
    pub action_id: ActionId,
    /// How it is counted.
    pub status: ChainStatus,
    /// How its execution ended; null before, and where there was none.
    pub outcome: Option<Outcome>,
    /// Where its output is from; null where there is none.
    pub source: Option<ChainSource>,
    /// Why it stands so, where that is not its own doing: `needs fetch`, which failed or did not start itself; `needs skipped`,
    /// where all it needs was; `when`, its condition; `continue` and `fallback`, what it was told to do where it fails;
    /// `timeout_fallback`, an old output in place of a fresh one; `canceled` and `deadline`, why the chain was stopped.
    pub reason: Option<String>,
    /// Attempts of its execution; 0 before it began, and where there was none.
    pub attempts: u32,
    /// The generation that this is of, 1 and up.
    pub generation: u32,
    /// When its execution began; null before, and where there was none.
    pub started_at: Option<Rfc3339>,
    /// When it ended; null before.
    pub ended_at: Option<Rfc3339>,
    /// How long its execution took; null before its end, and where there was none.
    pub latency_ms: Option<u64>,
    /// Why there is no fresh output; null where there is one, and before the end.
    pub error: Option<NodeFault>,
    /// Its execution, which `/v1/executions/{id}` shows; null before it began, and where there was none.
    pub execution: Option<ExecutionId>,
}

/// Why a node has no fresh output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ChainNodeError"))]
pub struct NodeFault {
    /// What programs match on: `UPSTREAM_FAILED`, `TEMPLATE_UNDEFINED`, ….
    pub code: String,
    /// What people read.
    pub message: String,
}

/// How a node of a chain is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ChainNodeStatus"))]
#[serde(rename_all = "snake_case")]
pub enum ChainStatus {
    /// CXone completed it, now or for somebody else a short while ago.
    Successful,
    /// It failed: CXone says so, or refused it, or did not end it in time, or its inputs could not be made.
    Failed,
    /// An old output stands in for a fresh one, or a value of the caller's.
    Degraded,
    /// It was stopped.
    Canceled,
    /// It was not run, because its condition, or that of all it needs, said so.
    Skipped,
    /// It has not begun, or not again.
    NotStarted,
    /// It has begun.
    Running,
}

/// Where a node's output is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ChainNodeSource"))]
#[serde(rename_all = "snake_case")]
pub enum ChainSource {
    /// CXone gave it at the first go.
    Fresh,
    /// CXone gave it after a call had failed, or in a later generation.
    Retried,
    /// It was given to another execution a short while ago, and nothing was submitted.
    Cached,
    /// An old one, because no fresh one could be had in time.
    Degraded,
    /// The caller's, because the node failed.
    Fallback,
}

impl ChainNodeView {
    /// A node by its index; `None` where there is none.
    #[must_use]
    pub fn of(order: &ChainOrder, chain: &Chain, index: u32) -> Option<Self> {
        let (node, item, status) = (order.node(index)?, chain.item(index)?, chain.status(index)?);
        let answer = chain.answer(index);
        let has_ended = answer.is_some();
        Some(Self {
            name: node.name.as_str().into(),
            action_id: node.action_id.clone(),
            status,
            outcome: answer.and_then(|answer| answer.outcome),
            source: source_of(answer),
            reason: reason_of(chain, index, status),
            attempts: answer.map_or_else(|| u32::from(item.is_running()), |answer| answer.attempts),
            generation: item.generation,
            started_at: item.started_at.map(Rfc3339),
            ended_at: answer.map(|answer| answer.ended_at.into()),
            latency_ms: chain.took_ms(index).filter(|_| has_ended),
            error: answer.and_then(|answer| answer.fault.as_deref()).map(NodeFault::from),
            execution: item.started_at.map(|_| order.id.execution(item.run)),
        })
    }
}

/// Where a node's output is from; `None` where it has none.
pub(super) fn source_of(answer: Option<&Answer>) -> Option<ChainSource> {
    let answer = answer?;
    match answer.end {
        End::Replaced => Some(ChainSource::Fallback),
        End::Successful | End::Degraded => answer.source.map(ChainSource::from),
        End::Failed | End::Canceled | End::Skipped | End::Excused => None,
    }
}

fn reason_of(chain: &Chain, index: u32, status: ChainStatus) -> Option<String> {
    let word = match (status, chain.answer(index).map(|answer| answer.end)) {
        (ChainStatus::NotStarted, _) => return why_not_started(chain, index),
        (ChainStatus::Skipped, _) if chain.is_skipped_by_needs(index) => "needs skipped",
        (ChainStatus::Skipped, _) => "when",
        (_, Some(End::Excused)) => "continue",
        (_, Some(End::Replaced)) => "fallback",
        (_, Some(End::Degraded)) => "timeout_fallback",
        (_, Some(End::Successful | End::Failed | End::Canceled | End::Skipped) | None) => return None,
    };
    Some(word.into())
}

/// `None` of one that may still start.
fn why_not_started(chain: &Chain, index: u32) -> Option<String> {
    let needs = chain.edges().needs(index);
    if let Some(name) = needs.iter().find(|need| chain.halts(**need)).and_then(|need| chain.names().id(*need)) {
        return Some(format!("needs {name}"));
    }
    match chain.standing().stop()? {
        Stop::Canceled => Some("canceled".into()),
        Stop::Deadline | Stop::Tolerance => Some("deadline".into()),
    }
}

impl From<&ItemFault> for NodeFault {
    fn from(fault: &ItemFault) -> Self {
        Self { code: fault.code.clone(), message: fault.message.clone() }
    }
}

impl ChainStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Successful,
        Self::Failed,
        Self::Degraded,
        Self::Canceled,
        Self::Skipped,
        Self::NotStarted,
        Self::Running,
    ];

    /// Ours, as in JSON: `not_started`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Successful => "successful",
            Self::Failed => "failed",
            Self::Degraded => "degraded",
            Self::Canceled => "canceled",
            Self::Skipped => "skipped",
            Self::NotStarted => "not_started",
            Self::Running => "running",
        }
    }
}

impl From<AnswerSource> for ChainSource {
    fn from(source: AnswerSource) -> Self {
        match source {
            AnswerSource::Fresh => Self::Fresh,
            AnswerSource::Retried => Self::Retried,
            AnswerSource::Cached => Self::Cached,
            AnswerSource::Degraded => Self::Degraded,
        }
    }
}
