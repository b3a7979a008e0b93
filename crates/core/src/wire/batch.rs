//! The JSON of a batch: its snapshot, its items, what a redrive would do. Versioned by the path `/v1`: fields are added,
//! never changed.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use super::{Kind, Waiting, round_tenth, waiting_of};
use crate::batch::{Batch, BatchOrder, FlowOutcome, FlowStatus, Sources, Standing, Stop, Tolerance};
use crate::execution::{Execution, Order, Reason};
use crate::flow::Summary;
use crate::id::{ActionId, FlowId, Tag};
use crate::time::{Rfc3339, Timestamp};
use crate::validate::Violation;

mod item;
mod redrive;

pub use item::{ItemLinks, ItemView, Pagination, asked_for};
pub use redrive::{PREVIEW_IDS_MAX, RedriveCounts, RedriveDoubts, RedrivePreview};

/// A batch as people and programs see it: the answer of `POST` and `GET`, and the data of every event.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Batch"))]
pub struct BatchSnapshot {
    /// `bat_…`.
    pub id: FlowId,
    /// `batch`.
    pub kind: Kind,
    /// Counts up with every change.
    pub seq: u64,
    /// How far it is.
    pub status: FlowStatus,
    /// How it ended; null while it has not.
    pub outcome: Option<FlowOutcome>,
    /// 1, and one more for each redrive.
    pub generation: u32,
    /// The action.
    pub action_id: ActionId,
    /// How many items stand where.
    pub summary: Summary,
    /// How many answers are from where.
    pub sources: Sources,
    /// How fast it goes; null before an item ended, and after the end.
    pub rate: Option<RateView>,
    /// When it will end, if it goes on so; null where that is not known, and after the end.
    pub ends_at: Option<Rfc3339>,
    /// What most running items wait for; null where they do not wait.
    pub waiting: Option<Waiting>,
    /// Why nothing more is started; null where it was not stopped.
    pub stopped: Option<Stop>,
    /// Why items failed or are degraded, by code, the most frequent first: 20 of them at most.
    pub failures: Vec<FailureGroup>,
    /// Items that start in one go.
    pub chunk_size: u32,
    /// Items that run at once.
    pub max_parallel: u32,
    /// What may fail before nothing more is started; null for everything.
    pub tolerate: Option<Tolerance>,
    /// The caller's labels.
    pub tags: Vec<Tag>,
    /// 32 hex digits.
    pub trace_id: String,
    /// Items that were left out; only in the answer to a `POST` with `accept_valid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// When it was accepted.
    pub created_at: Rfc3339,
    /// When it last changed.
    pub updated_at: Rfc3339,
    /// When this generation ends at the latest.
    pub deadline_at: Rfc3339,
    /// When it ended; null while it has not.
    pub ended_at: Option<Rfc3339>,
    /// Where to go from here.
    pub links: BatchLinks,
}

/// A batch with a page of its items.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BatchPage {
    /// The batch.
    #[serde(flatten)]
    pub batch: BatchSnapshot,
    /// Items, by index.
    pub items: Vec<ItemView>,
    /// Which page.
    pub pagination: Pagination,
}

/// How fast a batch or a chain goes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "BatchRate"))]
pub struct RateView {
    /// Items or nodes that end in a second, over its last moments.
    pub per_second: f64,
}

/// Items that failed alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FailureGroup {
    /// What programs match on: `UPSTREAM_FAILED`.
    pub code: String,
    /// What people read: that of the first of them.
    pub message: String,
    /// How many.
    pub count: u32,
    /// The ids of the first five.
    pub items: Vec<String>,
}

/// Items that were left out of a batch, because they were no items.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "RefusedItems"))]
pub struct Refused {
    /// How many.
    pub count: u32,
    /// The first hundred.
    pub items: Vec<RefusedItem>,
}

/// One item that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefusedItem {
    /// Its place among the payloads of the request, 0 and up.
    pub index: u32,
    /// What is wrong with it.
    pub violations: Vec<Violation>,
}

/// Where to go from a batch: absolute URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BatchLinks {
    /// The snapshot.
    #[serde(rename = "self")]
    pub this: String,
    /// The stream.
    pub events: String,
    /// The same over a WebSocket.
    pub socket: String,
    /// The first page of items.
    pub items: String,
    /// All items with their results, a line each.
    pub results: String,
    /// What happened to it.
    pub journal: String,
    /// Where a cancel is posted.
    pub cancel: String,
    /// Where a redrive is posted.
    pub redrive: String,
    /// A page with the element alone, for an iframe.
    pub embed: String,
}

/// A batch with one letter for each of its items.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BatchGrid {
    /// The batch.
    #[serde(flatten)]
    pub batch: BatchSnapshot,
    /// The first letter of each item's status, by index: `s f d c n r`.
    pub grid: String,
}

impl BatchSnapshot {
    /// The batch as of its latest change. `waiting` is what its running items wait for ([`Waiting::of`]), `base` where the API
    /// is served, without a slash at the end.
    #[must_use]
    pub fn of(order: &BatchOrder, batch: &Batch, waiting: impl IntoIterator<Item = Waiting>, base: &str) -> Self {
        let standing = batch.standing();
        let ended = standing.ended();
        Self {
            id: order.id.clone(),
            kind: Kind::Batch,
            seq: standing.seq(),
            status: standing.status(),
            outcome: ended.map(|(outcome, _)| outcome),
            generation: standing.generation(),
            action_id: order.action_id.clone(),
            summary: *batch.summary(),
            sources: *batch.sources(),
            rate: rate_of(standing),
            ends_at: batch.ends_at().map(Rfc3339),
            waiting: Waiting::of_most(waiting).filter(|_| ended.is_none()),
            stopped: standing.stop(),
            failures: failures_of(batch),
            chunk_size: order.chunk_size,
            max_parallel: order.max_parallel,
            tolerate: order.tolerate,
            tags: order.tags.clone(),
            trace_id: order.trace.trace_id().into(),
            refused: None,
            created_at: order.created_at.into(),
            updated_at: standing.updated_at().into(),
            deadline_at: standing.deadline_at().into(),
            ended_at: ended.map(|(_, at)| at.into()),
            links: BatchLinks::new(base, &order.id),
        }
    }
}

impl Waiting {
    /// What an execution waits for; `None` while a call is under way, and after the end.
    #[must_use]
    pub fn of(order: &Order, execution: &Execution) -> Option<Self> {
        waiting_of(order, execution.state())
    }

    /// What most of them wait for: the most frequent reason, of equals the first by name, until the soonest that it is over.
    #[must_use]
    pub fn of_most(waiting: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut by_reason: BTreeMap<Reason, (u32, Rfc3339)> = BTreeMap::new();
        for Self { reason, until } in waiting {
            let (count, soonest) = by_reason.entry(reason).or_insert((0, until));
            *count = count.saturating_add(1);
            *soonest = if until.0 < soonest.0 { until } else { *soonest };
        }
        let most = by_reason.into_iter().rev().max_by_key(|(_, (count, _))| *count);
        most.map(|(reason, (_, until))| Self { reason, until })
    }

    /// Whether it is news to who was shown `shown`: another reason, or an instant after one that has passed. That it is later
    /// than was said is none before.
    #[must_use]
    pub fn is_news(now_waited: Option<&Self>, shown: Option<&Self>, now: Timestamp) -> bool {
        match (now_waited, shown) {
            (Some(waited), Some(shown)) => {
                waited.reason != shown.reason || (waited.until != shown.until && shown.until.0 <= now)
            }
            (waited, shown) => waited.is_some() || shown.is_some(),
        }
    }
}

impl BatchLinks {
    /// Of the batch of that id.
    #[must_use]
    pub fn new(base: &str, id: &FlowId) -> Self {
        let this = format!("{base}/v1/batches/{id}");
        Self {
            events: format!("{this}/events"),
            socket: format!("{this}/socket"),
            items: format!("{this}?limit=50"),
            results: format!("{this}?fields=results"),
            journal: format!("{this}/journal"),
            cancel: format!("{this}/cancel"),
            redrive: format!("{this}/redrive"),
            embed: format!("{base}/embed/batch/{id}"),
            this,
        }
    }
}

/// By code; the message is that of the item of the lowest index, so that it does not depend on who failed first.
fn failures_of(batch: &Batch) -> Vec<FailureGroup> {
    let mut groups: BTreeMap<&str, (&str, Vec<u32>)> = BTreeMap::new();
    for (index, fault) in batch.faults() {
        groups.entry(&fault.code).or_insert_with(|| (&fault.message, Vec::new())).1.push(index);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (_, items))| core::cmp::Reverse(items.len()));
    groups.truncate(FAILURES_MAX);
    let shown = |(code, (message, items)): (&str, (&str, Vec<u32>))| FailureGroup {
        code: code.into(),
        message: message.into(),
        count: count(&items),
        items: first_ids(batch, &items, FAILURE_IDS_MAX),
    };
    groups.into_iter().map(shown).collect()
}

fn first_ids(batch: &Batch, items: &[u32], max: usize) -> Vec<String> {
    items.iter().take(max).filter_map(|index| batch.names().id(*index)).map(String::from).collect()
}

fn count(items: &[u32]) -> u32 {
    count_to(items.len())
}

fn count_to(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// Of a flow that goes on, and of which something has ended.
pub(super) fn rate_of(standing: &Standing) -> Option<RateView> {
    standing.per_second().map(|rate| RateView { per_second: round_hundredth(rate) })
}

fn round_hundredth(value: f64) -> f64 {
    round_tenth(value * 10.0) / 10.0
}

/// Groups of failures in a snapshot.
pub const FAILURES_MAX: usize = 20;

/// Ids of a group.
pub const FAILURE_IDS_MAX: usize = 5;
