//! What was asked for: everything of a batch and its items that never changes. Never says how it goes.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::backoff::Backoff;
use crate::cache::CacheKey;
use crate::call::RESULT_MAX;
use crate::execution::{Abilities, Door, Identity, Order, Policy};
use crate::flow::{Limits, Turnout, drawn_bytes, in_generation, span_of_delivery};
use crate::id::{ActionId, CorrelationId, FlowId, Tag, TenantId};
use crate::json::Json;
use crate::outbox::Subscription;
use crate::profile::Profile;
use crate::random::draw;
use crate::redaction::Rules;
use crate::time::{Span, Timestamp};
use crate::trace::TraceContext;
use crate::validate::BatchRequest;

/// An accepted batch without its items: what the machine is told once and reads for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchOrder {
    /// Ours.
    pub id: FlowId,
    /// Whose CXone account.
    pub tenant: TenantId,
    /// By which profile.
    pub profile: String,
    /// What the profile can do.
    pub abilities: Abilities,
    /// Which action.
    pub action_id: ActionId,
    /// A JSON object, passed on for items that have none of their own.
    pub context: Json,
    /// Items, 1..=[`super::ITEMS_MAX`].
    pub total: u32,
    /// Items that start in one go.
    pub chunk_size: u32,
    /// Items that run at once.
    pub max_parallel: u32,
    /// What may fail before nothing more is started; `None` for everything.
    pub tolerate: Option<Tolerance>,
    /// How long one item may take.
    pub item_timeout: Span,
    /// How long a generation may take.
    pub timeout: Span,
    /// The batch's span: in the caller's trace, or the first of a new one. Those of its items lie in it.
    pub trace: TraceContext,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// What happens at an anomaly of an item.
    pub policy: Policy,
    /// How long an item waits.
    pub backoff: Backoff,
    /// The caller's labels, on the batch and on its items.
    pub tags: Vec<Tag>,
    /// Who is told of the batch.
    pub notify: Option<Subscription>,
    /// How long a result may serve others, where the caller allows it.
    pub cache_ttl: Option<Span>,
    /// Whether CXone is given a callback URL for each item.
    pub callback: bool,
    /// What must not be kept of its items.
    #[serde(default, skip_serializing_if = "Rules::is_empty")]
    pub redact: Rules,
    /// Decides all chance.
    pub seed: u64,
}

/// One item as it was asked for: what its executions are made of, in each generation anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemOrder {
    /// The caller's, unique in its batch.
    pub id: ItemId,
    /// A JSON object, passed on as it is.
    pub inputs: Json,
    /// A JSON object of its own, in place of the batch's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Json>,
    /// Our key on CXone's side, where the caller gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<CorrelationId>,
    /// Whether `inputs` and `context` have `[redacted]` in place of what CXone is to be sent, which is sealed elsewhere.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub is_sealed: bool,
    /// What its result is found by, where that cannot be told from `inputs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_key: Option<CacheKey>,
}

/// A caller's name of an item: 1..=128 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ItemId(String);

impl ItemId {
    /// Takes a text that follows the rule.
    ///
    /// # Errors
    /// The rule, where it does not.
    pub fn parse(text: impl Into<String>) -> Result<Self, &'static str> {
        let text = text.into();
        let is_sized = !text.is_empty() && text.chars().count() <= 128;
        let is_item = is_sized && !text.chars().any(char::is_control);
        if is_item { Ok(Self(text)) } else { Err("must be 1 to 128 characters without control characters") }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for ItemId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ItemId {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, &'static str> {
        Self::parse(text)
    }
}

impl From<ItemId> for String {
    fn from(id: ItemId) -> Self {
        id.0
    }
}

/// How much may fail before nothing more is started. In JSON `{"failed": 5}` or `{"failed_percent": 20}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Tolerance {
    /// So many items.
    Failed(u32),
    /// So many of a hundred, of all items of the batch.
    FailedPercent(u32),
}

impl Tolerance {
    /// How many of `total` items that is, a part of one not counted.
    #[must_use]
    pub const fn of(self, total: u32) -> u32 {
        match self {
            Self::Failed(count) => count,
            Self::FailedPercent(percent) => total.saturating_mul(percent) / 100,
        }
    }
}

/// Names and randomness that the shell gives to a new batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchIdentity {
    /// Ours.
    pub id: FlowId,
    /// The batch's span: in the caller's trace, or the first of a new one.
    pub trace: TraceContext,
    /// Decides all chance in the batch's life, and in that of its items.
    pub seed: u64,
}

impl BatchOrder {
    /// Accepts a request. Its items are ordered beside it.
    #[must_use]
    pub fn accept(
        request: BatchRequest,
        identity: BatchIdentity,
        profile: &Profile,
        now: Timestamp,
    ) -> (Self, Vec<ItemOrder>) {
        let order = Self {
            id: identity.id,
            tenant: request.tenant,
            profile: profile.name.clone(),
            abilities: Abilities::from(profile),
            action_id: request.action_id,
            context: request.context,
            total: u32::try_from(request.items.len()).unwrap_or(u32::MAX),
            chunk_size: request.chunk_size,
            max_parallel: request.max_parallel,
            tolerate: request.tolerate,
            item_timeout: request.item_timeout,
            timeout: request.timeout,
            trace: identity.trace,
            created_at: now,
            policy: request.policy,
            backoff: request.backoff,
            tags: request.tags,
            notify: request.notify,
            cache_ttl: request.cache_ttl,
            callback: request.callback && profile.callback_field.is_some(),
            redact: request.redact,
            seed: identity.seed,
        };
        (order, request.items)
    }

    /// What its scheduler keeps to.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            parallel: self.max_parallel,
            chunk: self.chunk_size,
            failed_max: self.tolerate.map(|tolerance| tolerance.of(self.total)),
        }
    }

    /// The span of a try (1 and up) to deliver the notification of that number.
    #[must_use]
    pub fn span_of_delivery(&self, number: u64, attempt: u32) -> TraceContext {
        span_of_delivery(&self.trace, self.seed, number, attempt)
    }

    /// The order of one execution of an item. A function of the batch, the item and the run: the same after a crash.
    #[must_use]
    pub fn execution_order(&self, item: &ItemOrder, turnout: &Turnout) -> Order {
        let seed = draw(self.seed, u64::from(turnout.run.get()));
        let deadline_at = turnout.started_at.plus(self.item_timeout).min(turnout.deadline_at);
        let identity = Identity {
            id: self.id.execution(turnout.run),
            correlation_bytes: drawn_bytes(seed),
            trace: self.trace.child(seed, 0),
            seed,
        };
        let correlation_id = item.correlation_id.as_ref().and_then(|given| in_generation(given, turnout.generation));
        Order {
            correlation_id: correlation_id.unwrap_or_else(|| CorrelationId::from_bytes(identity.correlation_bytes)),
            id: identity.id,
            tenant: self.tenant.clone(),
            profile: self.profile.clone(),
            abilities: self.abilities,
            door: Door::Start {
                action_id: self.action_id.clone(),
                inputs: item.inputs.clone(),
                context: item.context.as_ref().unwrap_or(&self.context).clone(),
            },
            trace: identity.trace,
            created_at: turnout.started_at,
            deadline_at,
            policy: self.policy,
            backoff: self.backoff.clone(),
            tags: self.tags.clone(),
            notify: None,
            cache_ttl: self.cache_ttl,
            callback: self.callback,
            redact: self.redact.clone(),
            is_sealed: item.is_sealed,
            cache_key: item.cache_key,
            result_max: self.result_max(),
            node: None,
            seed: identity.seed,
        }
    }

    /// Bytes of an item's result that is kept whole, where all of them together would not fit otherwise: an object holds 10 GB,
    /// and a result stands in the item's row and in its journal.
    fn result_max(&self) -> Option<u32> {
        let share = RESULTS_MAX.checked_div(self.total)?;
        let is_less = usize::try_from(share).is_ok_and(|share| share < RESULT_MAX);
        if is_less { Some(share) } else { None }
    }
}

/// Bytes of the results of a batch that are kept whole: 2 GiB.
pub const RESULTS_MAX: u32 = 1 << 31;
