//! The JSON that the Worker sends and the element reads. Versioned by the path `/v1`: fields are added, never changed.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::call::Payload;
use crate::execution::{Ending, Execution, Fault, Limit, Order, Reason, State};
use crate::failure::Failure;
use crate::id::{ExecutionId, Tag};
use crate::json::Json;
use crate::status::{Anomaly, Outcome, Status};
use crate::time::{Rfc3339, Timestamp};

pub mod batch;
pub mod chain;
pub mod feed;
pub mod history;
mod unbegun;

/// An execution as people and programs see it: the answer of `POST` and `GET`, and the data of every event.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Execution"))]
pub struct Snapshot {
    /// `exe_…`.
    pub id: String,
    /// `execution`.
    pub kind: Kind,
    /// Counts up with every change.
    pub seq: u64,
    /// What CXone says; `pending` before it said anything.
    pub status: Status,
    /// How it ended; null while it has not.
    pub outcome: Option<Outcome>,
    /// The latest attempt, 1 and up.
    pub attempt: u32,
    /// What is waited for; null while a call is under way, and after the end.
    pub waiting: Option<Waiting>,
    /// How far; null where CXone does not say.
    pub progress: Option<ProgressView>,
    /// CXone's side of it.
    pub upstream: Upstream,
    /// Our key on CXone's side.
    pub correlation_id: String,
    /// 32 hex digits.
    pub trace_id: String,
    /// The caller's labels.
    pub tags: Vec<Tag>,
    /// The result, as CXone sent it, or `{"truncated": true, …}`; null before, and where there is none.
    pub result: Option<Json>,
    /// Where the result is from; null where there is none.
    pub source: Option<Source>,
    /// When a result out of the cache was new; null for a fresh one.
    pub stored_at: Option<Rfc3339>,
    /// Why there is no fresh result; null where there is one, and before the end.
    pub error: Option<ErrorView>,
    /// What CXone did that its lifecycle forbids.
    pub anomalies: Vec<AnomalyView>,
    /// How long calls took.
    pub latency: LatencyView,
    /// When it was accepted.
    pub created_at: Rfc3339,
    /// When it last changed.
    pub updated_at: Rfc3339,
    /// When it ends at the latest.
    pub deadline_at: Rfc3339,
    /// When it ended.
    pub ended_at: Option<Rfc3339>,
    /// Where to go from here.
    pub links: Links,
}

/// Which resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ResourceKind"))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One run of one action.
    Execution,
    /// One action over many items.
    Batch,
    /// Actions as a graph.
    Chain,
    /// What interactions went through.
    History,
}

/// Where a result is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ResultSource"))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// CXone gave it to this execution.
    Fresh,
    /// It was given to another one a short while ago, and nothing was submitted.
    Cached,
    /// An old one, because no fresh one could be had in time.
    Degraded,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Waiting {
    /// Why.
    pub reason: Reason,
    /// Until when.
    pub until: Rfc3339,
}

/// How far, and when it will be done.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Progress"))]
pub struct ProgressView {
    /// Records processed.
    pub done: u64,
    /// Records in all.
    pub total: u64,
    /// 0.0..=1.0.
    pub ratio: f64,
    /// The foretold end; null where nothing is foretold.
    pub ends_at: Option<Rfc3339>,
}

/// CXone's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Upstream {
    /// CXone's id; null before it gave one.
    pub execution_id: Option<String>,
    /// The action; null where it is not known.
    pub action_id: Option<String>,
    /// CXone's own latest word, also one that the profile does not know.
    pub status: Option<String>,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ExecutionError"))]
pub struct ErrorView {
    /// What programs match on: `UPSTREAM_FAILED`, `INVALID_TRANSITION:PENDING->COMPLETED`, ….
    pub code: String,
    /// What people read.
    pub message: String,
    /// CXone's HTTP status, where a refusal ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// CXone's own error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Json>,
}

/// An anomaly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Anomaly"))]
pub struct AnomalyView {
    /// `skipped_state`, ….
    pub kind: String,
    /// `INVALID_TRANSITION:PENDING->COMPLETED`, ….
    pub code: String,
    /// The attempt that noticed it.
    pub attempt: u32,
    /// When.
    pub at: Rfc3339,
}

/// How long calls took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Latency"))]
pub struct LatencyView {
    /// Calls that came back.
    pub calls: u64,
    /// Mean in milliseconds.
    pub mean_ms: f64,
    /// 95th percentile in milliseconds, to within 1/16.
    pub p95_ms: f64,
}

/// Where to go from here: absolute URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Links {
    /// The snapshot.
    #[serde(rename = "self")]
    pub this: String,
    /// The stream.
    pub events: String,
    /// The audit log.
    pub journal: String,
    /// Where a cancel is posted.
    pub cancel: String,
    /// A page with the element alone, for an iframe.
    pub embed: String,
}

impl Snapshot {
    /// The execution as of its latest change; `base` is where the API is served, without a slash at the end.
    #[must_use]
    pub fn of(order: &Order, execution: &Execution, base: &str) -> Self {
        let ending = execution.ending();
        let found = found_of(execution);
        Self {
            id: order.id.to_string(),
            kind: Kind::Execution,
            seq: execution.seq(),
            status: status_of(execution),
            outcome: ending.map(|(ending, _)| ending.outcome()),
            attempt: execution.attempt().get(),
            waiting: waiting_of(order, execution.state()),
            progress: progress_of(execution),
            upstream: Upstream {
                execution_id: execution.upstream_id().map(ToString::to_string),
                action_id: order.door.action_id().map(ToString::to_string),
                status: execution.word().map(word_text),
            },
            correlation_id: order.correlation_id.to_string(),
            trace_id: order.trace.trace_id().into(),
            tags: order.tags.clone(),
            source: found.as_ref().map(|found| found.source),
            stored_at: found.as_ref().and_then(|found| found.stored_at).map(Rfc3339),
            result: found.map(|found| found.result),
            error: ending.and_then(|(ending, _)| error_of(ending)),
            anomalies: execution.anomalies().iter().map(AnomalyView::from).collect(),
            latency: LatencyView {
                calls: execution.latency().count(),
                mean_ms: round_tenth(execution.latency().mean_ms()),
                p95_ms: execution.latency().quantile_ms(0.95),
            },
            created_at: order.created_at.into(),
            updated_at: execution.updated_at().into(),
            deadline_at: order.deadline_at.into(),
            ended_at: ending.map(|(_, at)| at.into()),
            links: Links::new(base, &order.id),
        }
    }
}

impl Links {
    /// Of the execution of that id.
    pub(crate) fn new(base: &str, id: &ExecutionId) -> Self {
        let this = format!("{base}/v1/executions/{id}");
        Self {
            events: format!("{this}/events"),
            journal: format!("{this}/journal"),
            cancel: format!("{this}/cancel"),
            embed: format!("{base}/embed/execution/{id}"),
            this,
        }
    }
}

impl From<&Anomaly> for AnomalyView {
    fn from(anomaly: &Anomaly) -> Self {
        Self {
            kind: anomaly.kind.name().into(),
            code: anomaly.kind.code(),
            attempt: anomaly.attempt.get(),
            at: anomaly.at.into(),
        }
    }
}

/// A cancel here is a cancel, whatever CXone said last; and a result out of the cache is complete without it.
pub(crate) fn status_of(execution: &Execution) -> Status {
    match execution.ending() {
        Some((Ending::Canceled { .. }, _)) => Status::Canceled,
        Some((Ending::Cached { .. }, _)) => Status::Completed,
        Some(_) | None => execution.status().unwrap_or(Status::Pending),
    }
}

fn waiting_of(order: &Order, state: &State) -> Option<Waiting> {
    let waiting = |reason: Reason, until: Timestamp| Some(Waiting { reason, until: until.into() });
    match state {
        State::Waiting { until, reason, .. } => waiting(*reason, *until),
        State::Adrift { .. } => waiting(Reason::Callback, order.deadline_at),
        State::Calling { .. } | State::Ended { .. } => None,
    }
}

fn progress_of(execution: &Execution) -> Option<ProgressView> {
    let progress = execution.progress()?;
    let ends_at = execution.forecast_end_at().filter(|_| execution.ending().is_none()).map(Rfc3339);
    Some(ProgressView { done: progress.done, total: progress.total, ratio: progress.ratio(), ends_at })
}

fn word_text(word: &crate::call::Word) -> String {
    match word {
        crate::call::Word::Known(status) => status.word().into(),
        crate::call::Word::Unknown(word) => word.clone(),
    }
}

/// Where the result of an execution is from; `None` where it has none.
pub(crate) const fn source_of(execution: &Execution) -> Option<Source> {
    if execution.degraded().is_some() {
        return Some(Source::Degraded);
    }
    match execution.ending() {
        Some((Ending::Completed { result: Some(_) } | Ending::Failed { result: Some(_), .. }, _)) => {
            Some(Source::Fresh)
        }
        Some((Ending::Cached { .. }, _)) => Some(Source::Cached),
        Some(_) | None => None,
    }
}

/// A result, with where it is from.
struct Found {
    result: Json,
    source: Source,
    stored_at: Option<Timestamp>,
}

/// The result of an execution that has ended, as it is kept; of a degraded one the old one.
pub(crate) fn payload_of(execution: &Execution) -> Option<Cow<'_, Payload>> {
    if let Some(memory) = execution.degraded() {
        return Some(Cow::Owned(Payload::Whole(memory.result.clone())));
    }
    match execution.ending()?.0 {
        Ending::Completed { result } | Ending::Failed { result, .. } => result.as_ref().map(Cow::Borrowed),
        Ending::Cached { result, .. } => Some(Cow::Borrowed(result)),
        Ending::Canceled { .. }
        | Ending::TimedOut { .. }
        | Ending::Rejected { .. }
        | Ending::Invalid { .. }
        | Ending::Unknown => None,
    }
}

fn found_of(execution: &Execution) -> Option<Found> {
    if let Some(memory) = execution.degraded() {
        let stored_at = Some(memory.stored_at);
        return Some(Found { result: memory.result.clone(), source: Source::Degraded, stored_at });
    }
    let (ending, _) = execution.ending()?;
    let (payload, source, stored_at) = match ending {
        Ending::Completed { result } | Ending::Failed { result, .. } => (result.as_ref()?, Source::Fresh, None),
        Ending::Cached { result, stored_at } => (result, Source::Cached, Some(*stored_at)),
        Ending::Canceled { .. }
        | Ending::TimedOut { .. }
        | Ending::Rejected { .. }
        | Ending::Invalid { .. }
        | Ending::Unknown => return None,
    };
    Some(Found { result: shown(payload)?, source, stored_at })
}

fn shown(payload: &Payload) -> Option<Json> {
    match payload {
        Payload::Whole(json) => Some(json.clone()),
        Payload::Truncated { size, sha256, head } => {
            Json::from_value(&Truncated { truncated: true, size: *size, sha256, head }).ok()
        }
    }
}

/// What stands for a result that was too large to keep.
#[derive(Serialize)]
struct Truncated<'a> {
    truncated: bool,
    size: u64,
    sha256: &'a str,
    head: &'a str,
}

/// What there is to say of an end without a fresh result.
pub(crate) fn error_of(ending: &Ending) -> Option<ErrorView> {
    let plain = |code: &str, message: &str| ErrorView {
        code: code.into(),
        message: message.into(),
        http_status: None,
        upstream: None,
    };
    match ending {
        Ending::Completed { .. } | Ending::Cached { .. } => None,
        Ending::Failed { error, .. } => {
            Some(ErrorView { upstream: error.clone(), ..plain("UPSTREAM_FAILED", "CXone says that the action failed") })
        }
        Ending::Canceled { .. } => Some(plain("CANCELED", "it was canceled")),
        Ending::TimedOut { limit: Limit::Deadline, .. } => {
            Some(plain("DEADLINE_PASSED", "it did not end before its deadline"))
        }
        Ending::TimedOut { limit: Limit::Attempts, .. } => {
            Some(plain("ATTEMPTS_SPENT", "it did not end within its attempts"))
        }
        Ending::Rejected { failure } => Some(error_of_failure(&failure.kind.name().to_ascii_uppercase(), failure)),
        Ending::Invalid { fault: Fault::Transition(kind) } => {
            Some(plain(&kind.code(), "CXone's answer breaks its own lifecycle"))
        }
        Ending::Invalid { fault: Fault::Malformed(failure) } => Some(error_of_failure("MALFORMED_ANSWER", failure)),
        Ending::Unknown => {
            Some(plain("FATE_UNKNOWN", "the answer to its submit was lost, and nothing was heard of it since"))
        }
    }
}

fn error_of_failure(code: &str, failure: &Failure) -> ErrorView {
    ErrorView { code: code.into(), message: failure.message.clone(), http_status: failure.status, upstream: None }
}

fn round_tenth(value: f64) -> f64 {
    crate::time::Span::from_millis_f64(value * 10.0).as_millis_f64() / 10.0
}
