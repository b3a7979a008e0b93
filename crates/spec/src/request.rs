//! What the readers of `cxpulse_core::validate` admit, as types that describe themselves. Never parse anything: a reader
//! names every fault at once, which no derive does. Tests hold the two together, in both directions.
//!
//! What JSON Schema cannot say, and only the reader knows: no field may stand twice, no text may have U+0000 or half of a
//! surrogate pair, nothing may be nested deeper than 64 levels, whole numbers are written without point and exponent, and
//! the first wait is not longer than the longest.

#![expect(dead_code, reason = "read by nobody: their shape is what they are for")]

use cxpulse_core::batch::ITEMS_MAX;
use cxpulse_core::id::{ActionId, CorrelationId, ResourceId, Tag, TenantId, UpstreamId};
use cxpulse_core::outbox::{DEAD_MAX, Topic};
use cxpulse_core::redaction::{NAME_MAX, POINTER_MAX, RULES_MAX};
use cxpulse_core::validate::{CHUNK_MAX, PARALLEL_MAX, RESOURCES_MAX, TAGS_MAX, VERBS_MAX, Verb};
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value, json};

mod chain;
mod history;

pub use chain::{
    Chain, ChainNodeRequest, ChainNotify, ChainRedrive, ChainTopic, Dependencies, Fallback, NodeFailure, OnFailureWord,
};
pub use history::{BusinessHours, History, HistoryNotify, HistoryTopic};

/// The body of `POST /v1/executions`: exactly one of `start` and `watch`, and whatever else is wanted.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExecutionRequest", transform = exactly_one_door)]
pub struct Execution {
    /// Submits a Data Action.
    start: Option<Start>,
    /// Follows an execution that somebody else has started.
    watch: Option<Watch>,
    /// The tenant; the key's own unless given, `default` for an operator.
    tenant: Option<TenantId>,
    /// The tenant's profile, to be sure of it.
    #[schemars(regex(pattern = "^[^\\u0000]*$"))]
    profile: Option<String>,
    /// Our key on CXone's side; made up unless given. Yours to keep unique.
    correlation_id: Option<CorrelationId>,
    /// Seconds after which it ends at the latest.
    #[schemars(range(min = 5.0, max = 2_592_000.0), extend("default" = 3_600))]
    timeout_seconds: Option<f64>,
    /// What an answer does that CXone's lifecycle forbids.
    #[schemars(extend("default" = "lenient"))]
    policy: Option<Policy>,
    /// Labels.
    #[schemars(length(max = TAGS_MAX))]
    tags: Option<Vec<Tag>>,
    /// When it is asked for again.
    backoff: Option<Backoff>,
    /// Takes the result of another execution with the same inputs; no cache unless given.
    cache: Option<Cache>,
    /// Whom to tell; nobody unless given.
    notify: Option<Notify>,
    /// What of the documents must not be kept, beside what the tenant's rules name.
    redact: Option<Redact>,
    /// Whether CXone is asked to call back.
    #[schemars(extend("default" = true))]
    callback: Option<bool>,
}

/// The body of `POST /v1/batches`: one action over 1 to 10,000 items.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BatchRequest")]
pub struct Batch {
    /// The action.
    action_id: ActionId,
    /// The items. Of a body of lines each stands on a line of its own, after the rest.
    #[schemars(length(min = 1, max = ITEMS_MAX))]
    payloads: Vec<BatchPayload>,
    /// What CXone is told beside the inputs of every item that has no context of its own: 8192 bytes at most.
    context: Option<Map<String, Value>>,
    /// Items that start in one go.
    #[schemars(range(min = 1, max = CHUNK_MAX), extend("default" = 10))]
    chunk_size: Option<u32>,
    /// Items that run at once.
    #[schemars(range(min = 1, max = PARALLEL_MAX), extend("default" = 4))]
    max_parallel: Option<u32>,
    /// Seconds after which one item ends at the latest.
    #[schemars(range(min = 5.0, max = 2_592_000.0), extend("default" = 3_600))]
    item_timeout_seconds: Option<f64>,
    /// Seconds after which the batch ends at the latest, and with it every item; counted anew for each redrive.
    #[schemars(range(min = 5.0, max = 2_592_000.0), extend("default" = 604_800))]
    timeout_seconds: Option<f64>,
    /// What may fail before nothing more is started; everything unless given.
    tolerate: Option<Tolerate>,
    /// Whether bad items are left out, and told, instead of the whole being refused.
    #[schemars(extend("default" = false))]
    accept_valid: Option<bool>,
    /// The tenant; the key's own unless given, `default` for an operator.
    tenant: Option<TenantId>,
    /// The tenant's profile, to be sure of it.
    #[schemars(regex(pattern = "^[^\\u0000]*$"))]
    profile: Option<String>,
    /// What an answer does that CXone's lifecycle forbids.
    #[schemars(extend("default" = "lenient"))]
    policy: Option<Policy>,
    /// Labels, of the batch and of its executions.
    #[schemars(length(max = TAGS_MAX))]
    tags: Option<Vec<Tag>>,
    /// When an item is asked for again.
    backoff: Option<Backoff>,
    /// Takes results of other executions with the same inputs; no cache unless given.
    cache: Option<Cache>,
    /// Whom to tell of the batch; nobody unless given.
    notify: Option<BatchNotify>,
    /// What of the documents must not be kept, beside what the tenant's rules name.
    redact: Option<Redact>,
    /// Whether CXone is asked to call back.
    #[schemars(extend("default" = true))]
    callback: Option<bool>,
}

/// One item of a batch: 256 KiB at most.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchPayload {
    /// Yours, unique in the batch: no control characters.
    #[schemars(length(min = 1, max = 128), regex(pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$"))]
    id: String,
    /// What the action is given; goes to CXone as it is.
    inputs: Option<Map<String, Value>>,
    /// What CXone is told beside it, in place of the batch's.
    context: Option<Map<String, Value>>,
    /// Our key on CXone's side; made up unless given. In a later generation it has `~2`, `~3`, … behind it.
    correlation_id: Option<CorrelationId>,
}

/// What may fail before nothing more is started: exactly one of the two.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tolerate {
    /// So many items.
    #[schemars(range(min = 0, max = ITEMS_MAX))]
    failed: Option<u32>,
    /// So many of a hundred, of all items of the batch.
    #[schemars(range(min = 0, max = 100))]
    failed_percent: Option<u32>,
}

/// Whom to tell of a batch, and of what. Deliveries are signed as Standard Webhooks.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchNotify {
    /// Where to: https, of a public host, or one that the deployment allows.
    #[schemars(length(max = 2_048), regex(pattern = "^https?://[!-.0-~][!-~]*$"), extend("examples" = ["https://example.com/hooks/cxpulse"]))]
    url: String,
    /// Of what; of everything unless given.
    #[schemars(length(max = BATCH_TOPICS))]
    events: Option<Vec<BatchTopic>>,
}

/// What a notification of a batch is about.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchTopic {
    /// Its first item began, in each generation.
    Started,
    /// It ended, and something of it succeeded.
    Completed,
    /// It ended: too much failed, or everything.
    Failed,
    /// Its time was up.
    TimedOut,
    /// It was canceled.
    Canceled,
}

/// The body of a redrive of a batch; without one, all that did not succeed.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BatchRedriveRequest")]
pub struct BatchRedrive {
    /// Ids of items; all of them unless given.
    #[schemars(length(min = 1, max = ITEMS_MAX))]
    items: Option<Vec<String>>,
    /// Which of them, by how they stand; all four unless given.
    #[schemars(length(min = 1, max = 4))]
    statuses: Option<Vec<RedrivenStatus>>,
    /// Whether nothing is to be run, and only told what would be.
    #[schemars(extend("default" = false))]
    preview: Option<bool>,
}

/// What can be run again.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RedrivenStatus {
    /// What failed.
    Failed,
    /// What did not end in time.
    Degraded,
    /// What was stopped.
    Canceled,
    /// What never began.
    NotStarted,
}

/// A Data Action to be run.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Which.
    action_id: ActionId,
    /// What it is given; goes to CXone as it is.
    inputs: Option<Map<String, Value>>,
    /// What CXone is told beside it; our `callbackUrl` is added where CXone may call back.
    context: Option<Map<String, Value>>,
}

/// An execution to be followed.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// CXone's id of it.
    execution_id: UpstreamId,
    /// The action, where the profile's path names it.
    action_id: Option<ActionId>,
}

/// What an answer does that CXone's lifecycle forbids.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// It is recorded as an anomaly, and all goes on.
    Lenient,
    /// It ends the execution `invalid`.
    Strict,
}

/// Waits between attempts: attempt n waits `min(base * multiplier^(n-1), max)`, then jitter, never less than `min`. No
/// wait may be longer than `max_seconds`.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backoff {
    #[serde(flatten)]
    ladder: Ladder,
    /// Attempts after which it ends.
    #[schemars(range(min = 1, max = 10_000), extend("default" = 60))]
    max_attempts: Option<u32>,
    /// Whether it is asked for at the end that progress foretells.
    #[schemars(extend("default" = true))]
    predict: Option<bool>,
    /// Ladders of their own for kinds of failures.
    by_failure: Option<ByFailure>,
}

/// Ladders of their own for kinds of failures; each says only what differs.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByFailure {
    /// CXone said 429.
    rate_limited: Option<FailureLadder>,
    /// 5xx, silence, a broken connection.
    transient: Option<FailureLadder>,
    /// An answer that is not of the schema.
    malformed: Option<FailureLadder>,
    /// 404 shortly after the submit.
    not_found: Option<FailureLadder>,
}

/// A ladder of waits.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailureLadder {
    #[serde(flatten)]
    ladder: Ladder,
}

/// A ladder of waits.
#[derive(JsonSchema)]
pub struct Ladder {
    /// The first wait in seconds.
    #[schemars(range(min = 0.001, max = 86_400.0), extend("default" = 2))]
    base_seconds: Option<f64>,
    /// How many times as long each next one is.
    #[schemars(range(min = 1.0, max = 10.0), extend("default" = 1.6))]
    multiplier: Option<f64>,
    /// The longest wait in seconds.
    #[schemars(range(min = 0.001, max = 86_400.0), extend("default" = 45))]
    max_seconds: Option<f64>,
    /// How chance is mixed in.
    #[schemars(extend("default" = "proportional"))]
    jitter: Option<Jitter>,
    /// How much of it, where the jitter is proportional.
    #[schemars(range(min = 0.0, max = 1.0), extend("default" = 0.15))]
    jitter_factor: Option<f64>,
    /// The shortest wait in seconds.
    #[schemars(range(min = 0.0, max = 86_400.0), extend("default" = 1))]
    min_seconds: Option<f64>,
}

/// How chance is mixed into a wait.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Jitter {
    /// Up to a share of the wait, more or less.
    Proportional,
    /// Anything up to the wait.
    Full,
    /// Half of it, and anything up to the other half.
    Equal,
    /// Between the first wait and three times the one before.
    Decorrelated,
}

/// Values that are not kept, streamed or exported; CXone gets them all the same.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redact {
    /// Names of members, wherever they stand, in any case.
    #[schemars(length(max = RULES_MAX), inner(length(min = 1, max = NAME_MAX), regex(pattern = "^[^\\u0000]*$")), extend("examples" = [["password"]]))]
    names: Option<Vec<String>>,
    /// JSON pointers into `/inputs`, `/context`, `/result` and `/error`; `*` stands for any member or item.
    #[schemars(length(max = RULES_MAX), inner(length(max = POINTER_MAX), regex(pattern = "^/(inputs|context|result|error)(/([^/~\\u0000]|~[01])*)*$")), extend("examples" = [["/inputs/card/number"]]))]
    pointers: Option<Vec<String>>,
}

/// Takes the result of another execution of the same tenant, profile, action, inputs and context.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// Seconds that such a result may be old.
    #[schemars(range(min = 1.0, max = 86_400.0), extend("default" = 300))]
    ttl_seconds: Option<f64>,
}

/// Whom to tell, and of what. Deliveries are signed as Standard Webhooks.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// Where to: https, of a public host, or one that the deployment allows.
    #[schemars(length(max = 2_048), regex(pattern = "^https?://[!-.0-~][!-~]*$"), extend("examples" = ["https://example.com/hooks/cxpulse"]))]
    url: String,
    /// Of what; of everything unless given.
    #[schemars(length(max = TOPICS))]
    events: Option<Vec<ExecutionTopic>>,
}

/// What a notification of an execution is about.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionTopic {
    /// CXone's status is another one.
    StatusChanged,
    /// A call failed, and another follows.
    Retried,
    /// Something that CXone's lifecycle forbids.
    Anomaly,
    /// It ended completed.
    Completed,
    /// It ended failed, rejected, invalid or unknown.
    Failed,
    /// Our limits ended it.
    TimedOut,
    /// It was canceled.
    Canceled,
}

/// The body of `POST /v1/tokens`.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TokenRequest")]
pub struct Token {
    /// Whose the executions are; the key's own tenant unless given, `default` for an operator.
    tenant: Option<TenantId>,
    /// Executions that it is for.
    #[schemars(length(min = 1, max = RESOURCES_MAX))]
    resources: Vec<ResourceId>,
    /// What its holder may do.
    #[schemars(length(min = 1, max = VERBS_MAX))]
    verbs: Vec<Verb>,
    /// Seconds that it is good for.
    #[schemars(range(min = 60.0, max = 86_400.0), extend("default" = 3_600))]
    ttl_seconds: Option<f64>,
}

/// The body of a redrive; without one, all that were given up.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RedriveRequest")]
pub struct Redrive {
    /// Numbers of dead notifications; all of them unless given.
    #[schemars(length(min = 1, max = DEAD_MAX), inner(range(min = 1)))]
    numbers: Option<Vec<u64>>,
}

/// What CXone sends to a callback's address: the same shape as the answer to a poll, which the tenant's profile describes.
#[derive(JsonSchema)]
#[schemars(transparent, rename = "Callback")]
pub struct Callback(Map<String, Value>);

/// A field that is null counts as absent, so only one of the two doors is what it should be.
fn exactly_one_door(schema: &mut Schema) {
    let door = |name: &str, shape: &str| {
        let shape = json!({"$ref": format!("#/components/schemas/{shape}")});
        json_schema!({"required": [name], "properties": {name: shape}})
    };
    schema.insert("oneOf".into(), json!([door("start", "Start"), door("watch", "Watch")]));
}

const TOPICS: usize = Topic::ALL.len();

const BATCH_TOPICS: usize = Topic::OF_BATCHES.len();
