//! What the Worker's own routes write, where no type of the core stands for it. Never more than they write: tests hold
//! the answers of the built Worker to these.

#![expect(dead_code, reason = "read by nobody: their shape is what they are for")]

use std::collections::BTreeMap;

use cxpulse_core::audit::Record;
use cxpulse_core::id::TokenId;
use cxpulse_core::listing::{BatchListing, ChainListing, HistoryListing, Listing};
use cxpulse_core::outbox::LetterView;
use cxpulse_core::time::Rfc3339;
use cxpulse_core::wire::Snapshot;
use cxpulse_core::wire::batch::{BatchGrid, BatchPage, BatchSnapshot, RedrivePreview};
use cxpulse_core::wire::chain::{ChainRedrivePreview, ChainSnapshot};
use cxpulse_core::wire::history::HistorySnapshot;
use schemars::JsonSchema;
use serde_json::{Map, Value};

/// An execution that has just been accepted: its snapshot, and a token that lets a page show it.
#[derive(JsonSchema)]
pub struct AcceptedExecution {
    #[serde(flatten)]
    snapshot: Snapshot,
    /// Reads this one execution for an hour, and nothing else; absent where the key itself may not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["cxv1.eyJ0ZW5hbnQiOiJkZWZhdWx0In0.3q2-7w"]))]
    view_token: Option<String>,
}

/// A batch that has just been accepted: its snapshot, and a token that lets a page show it.
#[derive(JsonSchema)]
pub struct AcceptedBatch {
    #[serde(flatten)]
    snapshot: BatchSnapshot,
    /// Reads this batch and its executions for an hour, and nothing else; absent where the key itself may not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["cxv1.eyJ0ZW5hbnQiOiJkZWZhdWx0In0.3q2-7w"]))]
    view_token: Option<String>,
}

/// What is shown of a batch: its snapshot, that with a page of items, or with a grid.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum BatchShown {
    /// Its snapshot.
    Summary(BatchSnapshot),
    /// With a page of items.
    Page(BatchPage),
    /// With a letter for each item.
    Grid(BatchGrid),
}

/// What a redrive that runs nothing tells: what would run, or the batch as it was.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum RedriveTold {
    /// What would run.
    Preview(RedrivePreview),
    /// The batch as it was.
    Batch(Box<BatchSnapshot>),
}

/// A page of a list of batches.
#[derive(JsonSchema)]
pub struct BatchList {
    /// Newest first.
    items: Vec<BatchListing>,
    /// Where the next page is; null where there is none.
    next: Option<String>,
}

/// A chain that has just been accepted: its snapshot, and a token that lets a page show it.
#[derive(JsonSchema)]
pub struct AcceptedChain {
    #[serde(flatten)]
    snapshot: ChainSnapshot,
    /// Reads this chain and its executions for an hour, and nothing else; absent where the key itself may not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["cxv1.eyJ0ZW5hbnQiOiJkZWZhdWx0In0.3q2-7w"]))]
    view_token: Option<String>,
}

/// What a redrive that runs nothing tells: what would run, or the chain as it was.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum ChainRedriveTold {
    /// What would run.
    Preview(ChainRedrivePreview),
    /// The chain as it was.
    Chain(Box<ChainSnapshot>),
}

/// A page of a list of chains.
#[derive(JsonSchema)]
pub struct ChainList {
    /// Newest first.
    items: Vec<ChainListing>,
    /// Where the next page is; null where there is none.
    next: Option<String>,
}

/// A history query that has just been accepted: its snapshot, and a token that lets a page show it.
#[derive(JsonSchema)]
pub struct AcceptedHistory {
    #[serde(flatten)]
    snapshot: HistorySnapshot,
    /// Reads this history for an hour, and nothing else; absent where the key itself may not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["cxv1.eyJ0ZW5hbnQiOiJkZWZhdWx0In0.3q2-7w"]))]
    view_token: Option<String>,
}

/// A page of a list of history queries.
#[derive(JsonSchema)]
pub struct HistoryList {
    /// Newest first.
    items: Vec<HistoryListing>,
    /// Where the next page is; null where there is none.
    next: Option<String>,
}

/// One step of an interaction, as it is told on a line.
#[derive(JsonSchema)]
pub struct HistoryStep {
    /// Whose.
    interaction: String,
    /// The node that it visits.
    node: String,
    /// The node's type, as CXone has it; empty where it has none.
    #[serde(rename = "type")]
    kind: String,
    /// When it began.
    start: Rfc3339,
    /// When it ended.
    end: Rfc3339,
    /// Seconds from the one to the other, or, with business hours, those of them that were open; negative where it ends before it starts.
    dwell: f64,
    /// Whether the node decides: `DECISION`, `ROUTING` or `CONDITION`.
    is_decision: bool,
    /// Whether it took longer than the threshold, where the node is held against it.
    is_bottleneck: bool,
    /// Whether it failed.
    error: bool,
    /// What it did to the variables; of each kind only where there was some.
    changes: StepChanges,
}

/// What a step did to the variables, by their names.
#[derive(JsonSchema)]
pub struct StepChanges {
    /// Those with another value of the same type.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<BTreeMap<String, StepChange>>,
    /// Those that came, with their values.
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<Map<String, Value>>,
    /// Those that went, with their values.
    #[serde(skip_serializing_if = "Option::is_none")]
    removed: Option<Map<String, Value>>,
    /// Those with a value of another type.
    #[serde(skip_serializing_if = "Option::is_none")]
    retyped: Option<BTreeMap<String, StepChange>>,
}

/// A variable before a step and after it.
#[derive(JsonSchema)]
pub struct StepChange {
    /// Its value before.
    before: Value,
    /// Its value after.
    after: Value,
}

/// A view token.
#[derive(JsonSchema)]
pub struct ViewToken {
    /// What a page is given.
    #[schemars(extend("examples" = ["cxv1.eyJ0ZW5hbnQiOiJkZWZhdWx0In0.3q2-7w"]))]
    token: String,
    /// What the audit log calls its holders by: `token:ID`.
    id: TokenId,
    /// Until when it is good.
    expires_at: Rfc3339,
}

/// The Worker is up.
#[derive(JsonSchema)]
pub struct Health {
    /// `ok`.
    status: HealthStatus,
}

/// That it is up.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// It is.
    Ok,
}

/// One line of an execution's journal: an event with what it led to, enough to run it all again. Instants inside orders and events are
/// epoch milliseconds, and spans are milliseconds. The order, events and effects are the machine's own: `cargo xtask replay` reads them.
#[derive(JsonSchema)]
pub struct JournalEntry {
    /// Counts up without gaps.
    #[schemars(range(min = 1))]
    number: u64,
    /// When.
    at: Rfc3339,
    /// What happened: the opening, with its order, or an event.
    happened: Map<String, Value>,
    /// What it led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    effects: Option<Vec<Value>>,
    /// What it showed to be wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    anomalies: Option<Vec<Map<String, Value>>>,
    /// Why it changed nothing, where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    ignored: Option<String>,
    /// The sequence number of the execution after it.
    seq: u64,
}

/// A page of a list of executions.
#[derive(JsonSchema)]
pub struct ExecutionList {
    /// Newest first.
    items: Vec<Listing>,
    /// Where the next page is; null where there is none.
    next: Option<String>,
}

/// One line of a replay bundle: exactly one of these.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BundleLine {
    /// The first one: what the bundle is.
    Bundle(Map<String, Value>),
    /// What was asked for, redacted where rules say so.
    Order(Map<String, Value>),
    /// One entry of the journal.
    Entry(JournalEntry),
    /// One record of the audit log.
    Record(Record),
    /// The last one: the snapshot that callers are shown.
    Snapshot(Snapshot),
}

/// A page of an execution's notifications.
#[derive(JsonSchema)]
pub struct Notifications {
    /// In the order in which they were owed.
    notifications: Vec<LetterView>,
    /// How many are yet to arrive, on all pages.
    owed: u64,
    /// How many were given up, on all pages.
    dead: u64,
    /// Whether the receiver said that it wants no more.
    is_gone: bool,
}

/// What is sent again.
#[derive(JsonSchema)]
#[schemars(rename = "RedrivenNotifications")]
pub struct Redriven {
    /// Their numbers.
    redriven: Vec<u64>,
    /// How many are dead still.
    dead: u64,
}

/// What a redrive of many came to.
#[derive(JsonSchema)]
pub struct RedrivenDeadLetters {
    /// Executions whose notifications are owed again.
    executions: u64,
    /// Batches whose own are.
    batches: u64,
    /// Chains whose own are.
    chains: u64,
    /// Histories whose own are.
    histories: u64,
    /// Notifications that are.
    redriven: u64,
    /// Executions, batches, chains and histories that could not be asked, or are no more.
    unreached: u64,
    /// Where to post to go on; null after the last.
    next: Option<String>,
}

/// A page of what has dead notifications.
#[derive(JsonSchema)]
pub struct DeadLetterList {
    /// Newest first.
    items: Vec<DeadLetterHolder>,
    /// Where the next page is; null where there is none.
    next: Option<String>,
}

/// What has dead notifications; `kind` says which it is.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum DeadLetterHolder {
    /// An execution.
    Execution(Box<Listing>),
    /// A batch.
    Batch(Box<BatchListing>),
    /// A chain.
    Chain(Box<ChainListing>),
    /// A history.
    History(Box<HistoryListing>),
}

/// How a tenant's notifications are signed and sent.
#[derive(JsonSchema)]
pub struct WebhookSigning {
    /// Where the keys are from.
    source: SigningSource,
    /// How many sign.
    keys: u64,
    /// As receivers write them, the newest first; absent where they were set, for then whoever set them knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<Vec<String>>,
    /// Seconds of each wait after a failed try.
    retry_seconds: Vec<f64>,
}

/// Where keys are from.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SigningSource {
    /// Derived from the deployment's signing key.
    Derived,
    /// Set for the tenant.
    Set,
}

/// In development only: what the console needs so that its user need not type it.
#[derive(JsonSchema)]
pub struct Session {
    /// A key.
    api_key: String,
    /// Where the simulated CXone is.
    sim: String,
}

/// Any JSON, as CXone sent it.
#[derive(JsonSchema)]
#[schemars(transparent)]
pub struct Anything(Value);
