//! What was asked for: everything of a chain and its nodes that never changes. Never says how it goes.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::backoff::Backoff;
use crate::execution::{Abilities, Door, Identity, Order, Policy};
use crate::flow::{Limits, Turnout, drawn_bytes, in_generation};
use crate::id::{ActionId, CorrelationId, FlowId, Tag, TenantId};
use crate::json::Json;
use crate::outbox::Subscription;
use crate::profile::Profile;
use crate::random::draw;
use crate::redaction::Rules;
use crate::time::{Span, Timestamp};
use crate::trace::TraceContext;
use crate::validate::ChainRequest;

/// An accepted chain without what its nodes are given: what the machine is told once and reads for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChainOrder {
    /// Ours.
    pub id: FlowId,
    /// Whose CXone account.
    pub tenant: TenantId,
    /// By which profile.
    pub profile: String,
    /// What the profile can do.
    pub abilities: Abilities,
    /// The nodes, 1..=[`super::NODES_MAX`], as they were written. What one needs is never a circle.
    pub nodes: Vec<ChainNode>,
    /// A JSON object, passed on for nodes that have none of their own.
    pub context: Json,
    /// Nodes that run at once.
    pub max_parallel: u32,
    /// How long a generation may take.
    pub timeout: Span,
    /// The chain's span: in the caller's trace, or the first of a new one. Those of its nodes lie in it.
    pub trace: TraceContext,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// What happens at an anomaly of a node that says nothing of it.
    pub policy: Policy,
    /// How long a node waits that says nothing of it.
    pub backoff: Backoff,
    /// The caller's labels, on the chain and on its nodes.
    pub tags: Vec<Tag>,
    /// Who is told of the chain and its nodes.
    pub notify: Option<Subscription>,
    /// How long a result of a node may serve others that says nothing of it, where the caller allows it.
    pub cache_ttl: Option<Span>,
    /// Whether CXone is given a callback URL for each node.
    pub callback: bool,
    /// What the nodes' keys on CXone's side begin with, where the caller gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<CorrelationId>,
    /// What must not be kept of its nodes.
    #[serde(default, skip_serializing_if = "Rules::is_empty")]
    pub redact: Rules,
    /// Decides all chance.
    pub seed: u64,
}

/// One node, as the machine knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainNode {
    /// The caller's, unique in its chain.
    pub name: NodeName,
    /// Which action.
    pub action_id: ActionId,
    /// What has to end before, by index, in order, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<u32>,
    /// What becomes of those that need it where it fails.
    #[serde(default, skip_serializing_if = "OnFailure::is_halt")]
    pub on_failure: OnFailure,
}

/// What one node is given, and how it is run: kept in a row of its own, for it may be long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeOrder {
    /// A JSON object with templates in it, at any depth.
    pub inputs: Json,
    /// An expression that says whether it runs at all, or a template whose value does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Nodes whose results its templates read, by index, in order, each once. All of them end before it begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<u32>,
    /// A JSON object of its own, in place of the chain's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Json>,
    /// Its output where it fails: of [`OnFailure::Fallback`], and of no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Json>,
    /// How long it may take.
    pub timeout: Span,
    /// In place of the chain's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// In place of the chain's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff: Option<Backoff>,
    /// In place of the chain's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_ttl: Option<Span>,
    /// Whether `inputs`, `when`, `context` and `fallback` have `[redacted]` in place of what was asked for, which is sealed
    /// elsewhere.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub is_sealed: bool,
}

/// What becomes of those that need a node where it fails, does not end in time, or is canceled on CXone's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// They do not start.
    #[default]
    Halt,
    /// They go on without its output.
    Continue,
    /// They go on with a value of the caller's as its output.
    Fallback,
}

impl OnFailure {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    const fn is_halt(&self) -> bool {
        matches!(self, Self::Halt)
    }

    /// Ours, as in requests: `continue`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Halt => "halt",
            Self::Continue => "continue",
            Self::Fallback => "fallback",
        }
    }
}

/// A caller's name of a node, such that templates can say it: a letter or `_`, then letters, digits and `_`, at most 64, and no
/// word that templates have another meaning for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NodeName(String);

impl NodeName {
    /// Takes a text that follows the rule.
    ///
    /// # Errors
    /// The rule, where it does not.
    pub fn parse(text: impl Into<String>) -> Result<Self, &'static str> {
        let text = text.into();
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_name = (1..=NAME_MAX).contains(&text.len())
            && text.bytes().all(is_inner)
            && !text.starts_with(|first: char| first.is_ascii_digit());
        if !is_name {
            return Err("must be 1 to 64 letters, digits or _, and not begin with a digit");
        }
        if RESERVED.contains(&text.as_str()) {
            return Err("is a word that templates have another meaning for");
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for NodeName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for NodeName {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, &'static str> {
        Self::parse(text)
    }
}

impl From<NodeName> for String {
    fn from(name: NodeName) -> Self {
        name.0
    }
}

/// Names and randomness that the shell gives to a new chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainIdentity {
    /// Ours.
    pub id: FlowId,
    /// The chain's span: in the caller's trace, or the first of a new one.
    pub trace: TraceContext,
    /// Decides all chance in the chain's life, and in that of its nodes.
    pub seed: u64,
}

impl ChainOrder {
    /// Accepts a request. What its nodes are given is ordered beside it, in the same order.
    #[must_use]
    pub fn accept(
        request: ChainRequest,
        identity: ChainIdentity,
        profile: &Profile,
        now: Timestamp,
    ) -> (Self, Vec<NodeOrder>) {
        let order = Self {
            id: identity.id,
            tenant: request.tenant,
            profile: profile.name.clone(),
            abilities: Abilities::from(profile),
            nodes: request.nodes,
            context: request.context,
            max_parallel: request.max_parallel,
            timeout: request.timeout,
            trace: identity.trace,
            created_at: now,
            policy: request.policy,
            backoff: request.backoff,
            tags: request.tags,
            notify: request.notify,
            cache_ttl: request.cache_ttl,
            callback: request.callback && profile.callback_field.is_some(),
            correlation_id: request.correlation_id,
            redact: request.redact,
            seed: identity.seed,
        };
        (order, request.orders)
    }

    /// A node by its index; `None` where there is none.
    #[must_use]
    pub fn node(&self, index: u32) -> Option<&ChainNode> {
        self.nodes.get(usize::try_from(index).ok()?)
    }

    /// How many nodes it has.
    #[must_use]
    pub fn total(&self) -> u32 {
        u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    /// What its scheduler keeps to: parallelism alone decides how many start in one go.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        Limits { parallel: self.max_parallel, chunk: self.max_parallel, failed_max: None }
    }

    /// The span of a try (1 and up) to deliver the notification of that number.
    #[must_use]
    pub fn span_of_delivery(&self, number: u64, attempt: u32) -> TraceContext {
        crate::flow::span_of_delivery(&self.trace, self.seed, number, attempt)
    }

    /// The order of one execution of the node of that index, with its inputs as its templates came to them; `None` where there
    /// is no such node. A function of the chain, the node, the inputs and the run: the same after a crash.
    #[must_use]
    pub fn execution_order(&self, index: u32, node: &NodeOrder, inputs: Json, turnout: &Turnout) -> Option<Order> {
        let head = self.node(index)?;
        let seed = draw(self.seed, u64::from(turnout.run.get()));
        let identity = Identity {
            id: self.id.execution(turnout.run),
            correlation_bytes: drawn_bytes(seed),
            trace: self.trace.child(seed, 0),
            seed,
        };
        Some(Order {
            correlation_id: self.correlation_id_of(head, turnout, identity.correlation_bytes),
            id: identity.id,
            tenant: self.tenant.clone(),
            profile: self.profile.clone(),
            abilities: self.abilities,
            door: Door::Start {
                action_id: head.action_id.clone(),
                inputs,
                context: node.context.as_ref().unwrap_or(&self.context).clone(),
            },
            trace: identity.trace,
            created_at: turnout.started_at,
            deadline_at: turnout.started_at.plus(node.timeout).min(turnout.deadline_at),
            policy: node.policy.unwrap_or(self.policy),
            backoff: node.backoff.as_ref().unwrap_or(&self.backoff).clone(),
            tags: self.tags.clone(),
            notify: None,
            cache_ttl: node.cache_ttl.or(self.cache_ttl),
            callback: self.callback,
            redact: self.redact.clone(),
            is_sealed: node.is_sealed,
            cache_key: None,
            result_max: None,
            node: Some(head.name.clone()),
            seed: identity.seed,
        })
    }

    /// `order-4711.fetch`, of a later generation `order-4711.fetch~2`.
    fn correlation_id_of(&self, node: &ChainNode, turnout: &Turnout, bytes: [u8; 16]) -> CorrelationId {
        let given = self.correlation_id.as_ref().and_then(|given| {
            let own = CorrelationId::parse(alloc::format!("{given}.{}", node.name.as_str())).ok()?;
            in_generation(&own, turnout.generation)
        });
        given.unwrap_or_else(|| CorrelationId::from_bytes(bytes))
    }
}

/// Bytes of a node's name.
pub const NAME_MAX: usize = 64;

/// Words of templates, and what they read beside nodes.
pub const RESERVED: [&str; 15] =
    ["inputs", "chain", "loop", "self", "true", "false", "none", "null", "and", "or", "not", "in", "is", "if", "else"];
