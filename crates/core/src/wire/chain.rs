//! The JSON of a chain: its snapshot, its plan, its results, what a redrive would do. Versioned by the path `/v1`: fields are
//! added, never changed.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use super::batch::{RateView, rate_of};
use super::{Kind, Waiting};
use crate::chain::{Chain, ChainOrder, ChainRedrivePlan};
use crate::flow::{FlowOutcome, FlowStatus, Stop};
use crate::id::{FlowId, Tag};
use crate::time::Rfc3339;

mod node;
mod notice;
mod plan;
mod results;

pub use node::{ChainNodeView, ChainSource, ChainStatus, NodeFault};
pub use notice::{ChainNodeNotice, NOTICE_OUTPUT_MAX};
pub use plan::{ChainPlan, ChainRead, PlannedNode};
pub use results::{ChainResults, NodeMeta};

/// A chain as people and programs see it: the answer of `POST` and `GET`, and the data of every event.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Chain"))]
pub struct ChainSnapshot {
    /// `chn_…`.
    pub id: FlowId,
    /// `chain`.
    pub kind: Kind,
    /// Counts up with every change.
    pub seq: u64,
    /// How far it is.
    pub status: FlowStatus,
    /// How it ended; null while it has not.
    pub outcome: Option<FlowOutcome>,
    /// 1, and one more for each redrive.
    pub generation: u32,
    /// How many nodes stand where.
    pub summary: ChainSummary,
    /// The nodes, as they were written. Their results are at `links.results`.
    pub nodes: Vec<ChainNodeView>,
    /// How many nodes failed for which reason, by code, whether or not others went on without them.
    pub failures: BTreeMap<String, u32>,
    /// How long it took, and along which nodes.
    pub latency: ChainLatency,
    /// How fast it goes; null before a node ended, and after the end.
    pub rate: Option<RateView>,
    /// What most running nodes wait for; null where they do not wait.
    pub waiting: Option<Waiting>,
    /// Why nothing more is started; null where it was not stopped.
    pub stopped: Option<Stop>,
    /// Nodes that run at once.
    pub max_parallel: u32,
    /// The caller's labels.
    pub tags: Vec<Tag>,
    /// 32 hex digits.
    pub trace_id: String,
    /// When it was accepted.
    pub created_at: Rfc3339,
    /// When it last changed.
    pub updated_at: Rfc3339,
    /// When this generation ends at the latest.
    pub deadline_at: Rfc3339,
    /// When it ended; null while it has not.
    pub ended_at: Option<Rfc3339>,
    /// Where to go from here.
    pub links: ChainLinks,
}

/// How many nodes stand where. The seven parts add up to `total` at every moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChainSummary {
    /// All of them.
    pub total: u32,
    /// Completed by CXone, now or for somebody else a short while ago.
    pub successful: u32,
    /// Failed, whether or not others went on without them.
    pub failed: u32,
    /// Not ended in time, or failed, with an old output or a value of the caller's in place of a fresh one.
    pub degraded: u32,
    /// Stopped.
    pub canceled: u32,
    /// Not run, because their condition, or that of all they need, said so.
    pub skipped: u32,
    /// Not begun, or not again.
    pub not_started: u32,
    /// Begun, and not ended.
    pub running: u32,
}

/// How long a chain took, or has taken so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChainLatency {
    /// From when this generation was asked for to its end, or to its latest change.
    pub total_ms: u64,
    /// What the executions of the critical path took together, of those of this generation.
    pub critical_path_ms: u64,
    /// Of all nodes that follow one after the other those that took longest together, in their order; empty before any began.
    pub critical_path: Vec<String>,
}

/// Where to go from a chain: absolute URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChainLinks {
    /// The snapshot.
    #[serde(rename = "self")]
    pub this: String,
    /// The stream.
    pub events: String,
    /// The same over a WebSocket.
    pub socket: String,
    /// The outputs of its nodes.
    pub results: String,
    /// The graph, to be drawn or as a drawing.
    pub graph: String,
    /// What happened to it.
    pub journal: String,
    /// Where a cancel is posted.
    pub cancel: String,
    /// Where a redrive is posted.
    pub redrive: String,
    /// A page with the element alone, for an iframe.
    pub embed: String,
}

/// What a redrive would run again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChainRedrivePreview {
    /// The chain.
    pub id: FlowId,
    /// The generation that it would be.
    pub generation: u32,
    /// How many nodes would run, if all goes well.
    pub count: u32,
    /// Those that failed, were canceled, or did not start, or were named.
    pub nodes: Vec<String>,
    /// Those that run again because they depend on one of these, whatever became of them before.
    pub after: Vec<String>,
    /// Those of both that may have run on CXone without our knowing how it ended: to run them again may do it twice.
    pub may_have_run: Vec<String>,
    /// Nodes that were named, and stay as they are: they are successful, under way or to start, or what they need does not run.
    pub left_out: Vec<String>,
}

impl ChainSnapshot {
    /// The chain as of its latest change. `waiting` is what its running nodes wait for ([`Waiting::of`]), `base` where the API
    /// is served, without a slash at the end.
    #[must_use]
    pub fn of(order: &ChainOrder, chain: &Chain, waiting: impl IntoIterator<Item = Waiting>, base: &str) -> Self {
        let standing = chain.standing();
        let ended = standing.ended();
        let view = |index: u32| ChainNodeView::of(order, chain, index);
        Self {
            id: order.id.clone(),
            kind: Kind::Chain,
            seq: standing.seq(),
            status: standing.status(),
            outcome: ended.map(|(outcome, _)| outcome),
            generation: standing.generation(),
            summary: chain.summary(),
            nodes: (0..chain.total()).filter_map(view).collect(),
            failures: failures_of(chain),
            latency: ChainLatency::of(chain),
            rate: rate_of(standing),
            waiting: Waiting::of_most(waiting).filter(|_| ended.is_none()),
            stopped: standing.stop(),
            max_parallel: order.max_parallel,
            tags: order.tags.clone(),
            trace_id: order.trace.trace_id().into(),
            created_at: order.created_at.into(),
            updated_at: standing.updated_at().into(),
            deadline_at: standing.deadline_at().into(),
            ended_at: ended.map(|(_, at)| at.into()),
            links: ChainLinks::new(base, &order.id),
        }
    }
}

/// By code, of all that did not come to an output of their own.
pub(super) fn failures_of(chain: &Chain) -> BTreeMap<String, u32> {
    let mut failures = BTreeMap::new();
    for code in (0..chain.total()).filter_map(|index| chain.failure(index)).map(|fault| fault.code.as_str()) {
        match failures.get_mut(code) {
            Some(count) => *count = u32::saturating_add(*count, 1),
            None => drop(failures.insert(String::from(code), 1)),
        }
    }
    failures
}

impl ChainLatency {
    /// Of the chain as of its latest change.
    #[must_use]
    pub fn of(chain: &Chain) -> Self {
        let standing = chain.standing();
        let until = standing.ended().map_or_else(|| standing.updated_at(), |(_, at)| at);
        let (path, critical_path_ms) = chain.critical_path();
        Self {
            total_ms: until.since(standing.generation_began_at()).as_millis(),
            critical_path_ms,
            critical_path: names_of(chain, &path),
        }
    }
}

impl ChainSummary {
    pub(crate) const fn count_mut(&mut self, status: ChainStatus) -> &mut u32 {
        match status {
            ChainStatus::Successful => &mut self.successful,
            ChainStatus::Failed => &mut self.failed,
            ChainStatus::Degraded => &mut self.degraded,
            ChainStatus::Canceled => &mut self.canceled,
            ChainStatus::Skipped => &mut self.skipped,
            ChainStatus::NotStarted => &mut self.not_started,
            ChainStatus::Running => &mut self.running,
        }
    }

    /// How many of this status.
    #[must_use]
    pub const fn count(&self, status: ChainStatus) -> u32 {
        match status {
            ChainStatus::Successful => self.successful,
            ChainStatus::Failed => self.failed,
            ChainStatus::Degraded => self.degraded,
            ChainStatus::Canceled => self.canceled,
            ChainStatus::Skipped => self.skipped,
            ChainStatus::NotStarted => self.not_started,
            ChainStatus::Running => self.running,
        }
    }
}

impl ChainRedrivePreview {
    /// Of what was chosen.
    #[must_use]
    pub fn of(order: &ChainOrder, chain: &Chain, plan: &ChainRedrivePlan) -> Self {
        let all: Vec<u32> = plan.nodes.iter().chain(&plan.after).copied().collect();
        Self {
            id: order.id.clone(),
            generation: chain.standing().generation().saturating_add(1),
            count: u32::try_from(all.len()).unwrap_or(u32::MAX),
            nodes: names_of(chain, &plan.nodes),
            after: names_of(chain, &plan.after),
            may_have_run: names_of(chain, &chain.may_have_run(&all)),
            left_out: names_of(chain, &plan.left_out),
        }
    }
}

fn names_of(chain: &Chain, nodes: &[u32]) -> Vec<String> {
    nodes.iter().filter_map(|index| chain.names().id(*index)).map(String::from).collect()
}

impl ChainLinks {
    /// Of the chain of that id.
    #[must_use]
    pub fn new(base: &str, id: &FlowId) -> Self {
        let this = format!("{base}/v1/chains/{id}");
        Self {
            events: format!("{this}/events"),
            socket: format!("{this}/socket"),
            results: format!("{this}/results"),
            graph: format!("{this}/graph"),
            journal: format!("{this}/journal"),
            cancel: format!("{this}/cancel"),
            redrive: format!("{this}/redrive"),
            embed: format!("{base}/embed/chain/{id}"),
            this,
        }
    }
}
