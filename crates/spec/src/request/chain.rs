//! What a request for a chain may say. What JSON Schema cannot say of it, and only the reader knows: what a node depends on is
//! there, and no circle; a template is one, and reads what has ended by then; names are no words of templates; and there is one
//! of `action_id` and `definition_id`.

use std::collections::BTreeMap;

use cxpulse_core::chain::NODES_MAX;
use cxpulse_core::id::{ActionId, CorrelationId, Tag, TenantId};
use cxpulse_core::outbox::Topic;
use cxpulse_core::validate::{PARALLEL_MAX, TAGS_MAX, TEMPLATE_MAX};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::{Backoff, Cache, Policy, Redact};

/// The body of `POST /v1/chains`: 1 to 1,000 nodes by name, with 10,000 dependencies at the most, and no more than 250 of them one after
/// the other.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ChainRequest")]
pub struct Chain {
    /// The nodes by name: a letter or `_` first, then letters, digits and `_`, at most 64. A name is no word of templates.
    #[schemars(extend("minProperties" = 1, "maxProperties" = NODES_MAX, "propertyNames" = {"pattern": NAME}))]
    nodes: BTreeMap<String, ChainNodeRequest>,
    /// What templates read as `inputs`: 256 KiB at most.
    inputs: Option<Map<String, Value>>,
    /// Nodes that run at once.
    #[schemars(range(min = 1, max = PARALLEL_MAX), extend("default" = 10))]
    max_parallel: Option<u32>,
    /// Seconds after which the chain ends at the latest, and with it every node; counted anew for each redrive.
    #[schemars(range(min = 5.0, max = 2_592_000.0), extend("default" = 604_800))]
    timeout_seconds: Option<f64>,
    /// The tenant; the key's own unless given, `default` for an operator.
    tenant: Option<TenantId>,
    /// The tenant's profile, to be sure of it.
    #[schemars(regex(pattern = "^[^\\u0000]*$"))]
    profile: Option<String>,
    /// What CXone is told beside the inputs of every node that has no context of its own: 8192 bytes at most.
    context: Option<Map<String, Value>>,
    /// What an answer does that CXone's lifecycle forbids, of nodes that do not say.
    #[schemars(extend("default" = "lenient"))]
    policy: Option<Policy>,
    /// When a node is asked for again that does not say.
    backoff: Option<Backoff>,
    /// Takes results of other executions with the same inputs, for nodes that do not say; no cache unless given.
    cache: Option<Cache>,
    /// Whom to tell of the chain and its nodes; nobody unless given.
    notify: Option<ChainNotify>,
    /// Whether CXone is asked to call back.
    #[schemars(extend("default" = true))]
    callback: Option<bool>,
    /// What the nodes' keys on CXone's side begin with: `order-4711.fetch`; made up unless given.
    correlation_id: Option<CorrelationId>,
    /// What of the documents must not be kept, beside what the tenant's rules name.
    redact: Option<Redact>,
    /// Labels, of the chain and of its executions.
    #[schemars(length(max = TAGS_MAX))]
    tags: Option<Vec<Tag>>,
}

/// One node of a chain: 256 KiB at most.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = one_action)]
pub struct ChainNodeRequest {
    /// The action.
    action_id: Option<ActionId>,
    /// The same by another name.
    definition_id: Option<ActionId>,
    /// The nodes that have to end before it begins.
    depends_on: Option<Dependencies>,
    /// What the action is given. Texts with `{{ … }}` in them, at any depth, are templates.
    inputs: Option<Map<String, Value>>,
    /// What CXone is told beside it, in place of the chain's.
    context: Option<Map<String, Value>>,
    /// A condition, as an expression or as `{{ … }}`: where it does not hold, the node is skipped.
    #[schemars(length(max = TEMPLATE_MAX), regex(pattern = "^[^\\u0000]*$"), extend("examples" = ["fetch.status == 'active'"]))]
    when: Option<String>,
    /// What becomes of the nodes that depend on it where it fails.
    #[schemars(extend("default" = "halt"))]
    on_failure: Option<NodeFailure>,
    /// Seconds after which it ends at the latest.
    #[schemars(range(min = 5.0, max = 2_592_000.0), extend("default" = 3_600))]
    timeout_seconds: Option<f64>,
    /// What an answer does that CXone's lifecycle forbids.
    policy: Option<Policy>,
    /// When it is asked for again.
    backoff: Option<Backoff>,
    /// Takes the result of another execution with the same inputs.
    cache: Option<Cache>,
}

/// One node, or several.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum Dependencies {
    /// The name of one.
    One(String),
    /// The names of several, each once.
    Several(Vec<String>),
}

/// What becomes of the nodes that depend on one that fails.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum NodeFailure {
    /// By a word.
    Word(OnFailureWord),
    /// They go on with a value in place of its output.
    Fallback(Fallback),
}

/// By a word.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailureWord {
    /// They do not start.
    Halt,
    /// They go on without its output.
    Continue,
}

/// A value in place of an output.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    /// Any JSON.
    fallback: Value,
}

/// Whom to tell of a chain, and of what. Deliveries are signed as Standard Webhooks.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainNotify {
    /// Where to: https, of a public host, or one that the deployment allows.
    #[schemars(length(max = 2_048), regex(pattern = "^https?://[!-.0-~][!-~]*$"), extend("examples" = ["https://example.com/hooks/cxpulse"]))]
    url: String,
    /// Of what; of everything unless given.
    #[schemars(length(max = TOPICS))]
    events: Option<Vec<ChainTopic>>,
}

/// What a notification of a chain is about.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChainTopic {
    /// Its first node is looked at, in each generation.
    Started,
    /// It ended, and something of it came to an output.
    Completed,
    /// It ended: what failed kept all else from it.
    Failed,
    /// Its time was up.
    TimedOut,
    /// It was canceled.
    Canceled,
    /// A node began.
    NodeStarted,
    /// A node ended with an output.
    NodeCompleted,
    /// A node ended without one of its own.
    NodeFailed,
}

/// The body of a redrive of a chain; without one, all that failed, was canceled or did not start.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ChainRedriveRequest")]
pub struct ChainRedrive {
    /// Names of nodes; all that failed, was canceled or did not start unless given.
    #[schemars(length(min = 1, max = NODES_MAX), inner(regex(pattern = "^[^\\u0000]*$")))]
    nodes: Option<Vec<String>>,
    /// Whether nothing is to be run, and only told what would be.
    #[schemars(extend("default" = false))]
    preview: Option<bool>,
}

/// Of the two names of one field exactly one is there.
fn one_action(schema: &mut Schema) {
    let door =
        |name: &str| json!({"required": [name], "properties": {name: {"$ref": "#/components/schemas/ActionId"}}});
    schema.insert("oneOf".into(), json!([door("action_id"), door("definition_id")]));
}

/// A node's name.
const NAME: &str =
    "^(?!(inputs|chain|loop|self|true|false|none|null|and|or|not|in|is|if|else)$)[A-Za-z_][A-Za-z0-9_]{0,63}$";

const TOPICS: usize = Topic::OF_CHAINS.len();
