//! The JSON of a history query: its snapshot, and what a webhook is told of its end. Versioned by the path `/v1`: fields are added,
//! never changed.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Kind, ProgressView, Waiting};
use crate::flow::{FlowOutcome, FlowStatus};
use crate::id::{FlowId, Tag};
use crate::json::Json;
use crate::retrieval::{AuditEntry, Completion, HistoryOrder, OddityKind, Retrieval, Share, Shortfall};
use crate::time::Rfc3339;

/// A history query as people and programs see it: the answer of `POST` and `GET`, and the data of every event.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "History"))]
pub struct HistorySnapshot {
    /// `his_…`.
    pub id: FlowId,
    /// `history`.
    pub kind: Kind,
    /// Counts up with every change.
    pub seq: u64,
    /// How far it is.
    pub status: FlowStatus,
    /// How it ended; null while it has not. `partial` where some rows came, and not all could be had.
    pub outcome: Option<FlowOutcome>,
    /// Rows there are of rows expected; null while CXone has not said how many there are.
    pub progress: Option<ProgressView>,
    /// Different rows that are there.
    pub rows: u64,
    /// Steps in them.
    pub steps: u64,
    /// Different interactions in them.
    pub interactions: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Pages that were read.
    pub pages: u64,
    /// Rows that came on more than one page, and are there once.
    pub duplicates: u64,
    /// Requests that failed.
    pub failures: u64,
    /// Which time all pages are read, 1 and up: more than once where the history changed meanwhile.
    pub pass: u32,
    /// What most pages under way wait for; null where they do not wait.
    pub waiting: Option<Waiting>,
    /// Why it has no more; null where it has all, or goes on.
    pub error: Option<Shortfall>,
    /// How it came out; null before the end.
    pub completion: Option<Completion>,
    /// What CXone's history does that it should not.
    pub anomalies: Vec<HistoryAnomaly>,
    /// What was asked for.
    pub query: QueryView,
    /// The caller's labels.
    pub tags: Vec<Tag>,
    /// Our key on CXone's side.
    pub correlation_id: String,
    /// 32 hex digits.
    pub trace_id: String,
    /// When it was accepted.
    pub created_at: Rfc3339,
    /// When it last changed.
    pub updated_at: Rfc3339,
    /// When it ends at the latest.
    pub deadline_at: Rfc3339,
    /// When it ended; null while it has not.
    pub ended_at: Option<Rfc3339>,
    /// Where to go from here.
    pub links: HistoryLinks,
}

/// Something that CXone's history should not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HistoryAnomaly {
    /// What programs match on.
    pub code: OddityKind,
    /// What people read.
    pub message: String,
    /// How often.
    pub count: u32,
    /// When last.
    pub at: Rfc3339,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "HistoryQuery"))]
pub struct QueryView {
    /// How many ids were given; 0 for any interaction.
    pub interaction_ids: u32,
    /// With a step then or later.
    pub start: Option<Rfc3339>,
    /// With a step then or earlier.
    pub end: Option<Rfc3339>,
    /// With a step that failed, or with one that did not.
    pub error_state: Option<bool>,
    /// Rows of a page.
    pub page_size: u32,
    /// Rows in all, at most.
    pub limit: Option<u64>,
    /// A dwell time beyond this is a bottleneck's.
    pub bottleneck_seconds: f64,
    /// Whose dwell times are held against it.
    pub judge: JudgeWord,
    /// What becomes of a step without an end.
    pub missing_end: MissingEndWord,
    /// When the clock runs; always where null.
    pub business_hours: Option<Json>,
}

/// Whose dwell times are held against the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "HistoryJudge"))]
#[serde(rename_all = "snake_case")]
pub enum JudgeWord {
    /// Those of nodes that decide.
    Decisions,
    /// All.
    All,
}

/// What becomes of a step without an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "HistoryMissingEnd"))]
#[serde(rename_all = "snake_case")]
pub enum MissingEndWord {
    /// It is left out, and counted.
    LeaveOut,
    /// It ends when the next one starts.
    NextStart,
}

/// Where to go from a history query: absolute URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HistoryLinks {
    /// The snapshot.
    #[serde(rename = "self")]
    pub this: String,
    /// The stream.
    pub events: String,
    /// The same over a WebSocket.
    pub socket: String,
    /// What is to be known of it.
    pub report: String,
    /// Its steps, a line each.
    pub steps: String,
    /// For other tools: `?format=xes`, `csv`, `dot` or `mermaid`.
    pub export: String,
    /// Against an earlier one: `?with=his_…`.
    pub comparison: String,
    /// What happened to it.
    pub journal: String,
    /// Where a cancel is posted.
    pub cancel: String,
    /// A page with the element alone, for an iframe.
    pub embed: String,
}

/// What a webhook is told of the end of a history query, beside its snapshot.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HistoryNotice {
    /// The query as it stands.
    #[serde(flatten)]
    pub history: HistorySnapshot,
    /// The entry for a compliance log; null before the end.
    pub audit_log: Option<AuditEntry>,
    /// Visits beyond the threshold; null before the end, or where there is no report.
    pub bottleneck_count: Option<u64>,
}

impl HistorySnapshot {
    /// The query as of its latest change. `base` is where the API is served, without a slash at the end.
    #[must_use]
    pub fn of(order: &HistoryOrder, retrieval: &Retrieval, base: &str) -> Self {
        let (standing, progress) = (retrieval.standing(), retrieval.progress());
        let ended = standing.ended();
        Self {
            id: order.id.clone(),
            kind: Kind::History,
            seq: standing.seq(),
            status: standing.status(),
            outcome: ended.map(|(outcome, _)| outcome),
            progress: progress_of(order, retrieval),
            rows: progress.rows,
            steps: progress.steps,
            interactions: progress.interactions,
            bytes: progress.bytes,
            pages: progress.pages_read,
            duplicates: progress.duplicates,
            failures: progress.failures,
            pass: progress.pass,
            waiting: Waiting::of_most(retrieval.waits()).filter(|_| ended.is_none()),
            error: progress.shortfall.clone(),
            completion: retrieval.completion(order),
            anomalies: progress.oddities.iter().map(anomaly_of).collect(),
            query: QueryView::of(order),
            tags: order.tags.clone(),
            correlation_id: order.correlation_id.as_str().into(),
            trace_id: order.trace.trace_id().into(),
            created_at: order.created_at.into(),
            updated_at: standing.updated_at().into(),
            deadline_at: standing.deadline_at().into(),
            ended_at: ended.map(|(_, at)| at.into()),
            links: HistoryLinks::new(base, &order.id),
        }
    }
}

impl HistoryNotice {
    /// Of the query as it stands; `bottlenecks` are the visits beyond the threshold, where they were counted.
    #[must_use]
    pub fn of(order: &HistoryOrder, retrieval: &Retrieval, bottlenecks: Option<u64>, base: &str) -> Self {
        let ended = retrieval.standing().ended().zip(retrieval.completion(order));
        Self {
            history: HistorySnapshot::of(order, retrieval, base),
            audit_log: ended.map(|((_, at), completion)| AuditEntry::of(order, &completion, at)),
            bottleneck_count: bottlenecks,
        }
    }
}

impl QueryView {
    fn of(order: &HistoryOrder) -> Self {
        Self {
            interaction_ids: u32::try_from(order.query.interaction_ids.len()).unwrap_or(u32::MAX),
            start: order.query.start.map(Rfc3339),
            end: order.query.end.map(Rfc3339),
            error_state: order.query.error_state,
            page_size: order.page_size,
            limit: order.limit,
            bottleneck_seconds: order.analyzed.threshold.as_secs_f64(),
            judge: if order.analyzed.is_every_node_judged { JudgeWord::All } else { JudgeWord::Decisions },
            missing_end: if order.analyzed.takes_next_start {
                MissingEndWord::NextStart
            } else {
                MissingEndWord::LeaveOut
            },
            business_hours: order.analyzed.hours.clone(),
        }
    }
}

impl HistoryLinks {
    /// Of the query of that id.
    #[must_use]
    pub fn new(base: &str, id: &FlowId) -> Self {
        let this = format!("{base}/v1/histories/{id}");
        Self {
            events: format!("{this}/events"),
            socket: format!("{this}/socket"),
            report: format!("{this}/report"),
            steps: format!("{this}/steps"),
            export: format!("{this}/export"),
            comparison: format!("{this}/comparison"),
            journal: format!("{this}/journal"),
            cancel: format!("{this}/cancel"),
            embed: format!("{base}/embed/history/{id}"),
            this,
        }
    }
}

fn progress_of(order: &HistoryOrder, retrieval: &Retrieval) -> Option<ProgressView> {
    let total = retrieval.progress().expected(order)?;
    let done = retrieval.progress().rows.min(total);
    let ratio = Share::of(done, total).into();
    Some(ProgressView { done, total, ratio, ends_at: retrieval.ends_at(order).map(Rfc3339) })
}

fn anomaly_of(oddity: &crate::retrieval::Oddity) -> HistoryAnomaly {
    HistoryAnomaly {
        code: oddity.kind,
        message: oddity.kind.message().into(),
        count: oddity.count,
        at: oddity.at.into(),
    }
}
