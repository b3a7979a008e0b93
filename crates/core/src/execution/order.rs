//! What was asked for: everything of an execution that never changes. Never says how it goes.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::backoff::Backoff;
use crate::cache::CacheKey;
use crate::call::{self, Call, RESULT_MAX};
use crate::chain::NodeName;
use crate::id::{ActionId, CorrelationId, ExecutionId, Tag, TenantId, UpstreamId};
use crate::json::Json;
use crate::outbox::Subscription;
use crate::profile::Profile;
use crate::redaction::{Originals, Rules};
use crate::time::{Span, Timestamp};
use crate::trace::TraceContext;
use crate::validate::ExecutionRequest;

/// The two ways in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// We submit the action.
    Start {
        /// Which action.
        action_id: ActionId,
        /// A JSON object, passed on as it is.
        inputs: Json,
        /// A JSON object, passed on with our callback URL in it.
        context: Json,
    },
    /// Somebody else did; we follow.
    Watch {
        /// CXone's id of the execution.
        execution_id: UpstreamId,
        /// The action, where the profile's paths need it.
        action_id: Option<ActionId>,
    },
}

impl Door {
    /// The action, where it is known.
    #[must_use]
    pub const fn action_id(&self) -> Option<&ActionId> {
        match self {
            Self::Start { action_id, .. } => Some(action_id),
            Self::Watch { action_id, .. } => action_id.as_ref(),
        }
    }
}

/// What happens at an anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Record it and go on; a step back does not move the status back.
    #[default]
    Lenient,
    /// A forbidden transition ends the execution `invalid`, as the seed's validator does.
    Strict,
}

/// What CXone's profile can do beyond submit and poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abilities {
    /// Stop an execution.
    pub cancel: bool,
    /// Find one by its correlation id.
    pub lookup: bool,
    /// How long after a submit "not found" means "not yet".
    pub not_found_grace: Span,
}

impl From<&Profile> for Abilities {
    fn from(profile: &Profile) -> Self {
        Self {
            cancel: profile.cancel.is_some(),
            lookup: profile.lookup.is_some(),
            not_found_grace: profile.not_found_grace(),
        }
    }
}

/// Names and randomness that the shell gives to a new execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Ours.
    pub id: ExecutionId,
    /// For the correlation id, where the caller gave none.
    pub correlation_bytes: [u8; 16],
    /// The execution's span: in the caller's trace, or the first of a new one.
    pub trace: TraceContext,
    /// Decides all chance in the execution's life.
    pub seed: u64,
}

/// An accepted request: what the machine is told once and reads for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Ours.
    pub id: ExecutionId,
    /// Whose CXone account.
    pub tenant: TenantId,
    /// By which profile.
    pub profile: String,
    /// What the profile can do.
    pub abilities: Abilities,
    /// Start or watch.
    pub door: Door,
    /// Our key on CXone's side.
    pub correlation_id: CorrelationId,
    /// The execution's span: in the caller's trace, or the first of a new one.
    pub trace: TraceContext,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it ends at the latest.
    pub deadline_at: Timestamp,
    /// What happens at an anomaly.
    pub policy: Policy,
    /// How long to wait.
    pub backoff: Backoff,
    /// The caller's labels.
    pub tags: Vec<Tag>,
    /// Who is told.
    pub notify: Option<Subscription>,
    /// How long a result may serve others, where the caller allows it.
    pub cache_ttl: Option<Span>,
    /// Whether CXone is given a callback URL.
    pub callback: bool,
    /// What must not be kept of it.
    #[serde(default, skip_serializing_if = "Rules::is_empty")]
    pub redact: Rules,
    /// Whether `door` has `[redacted]` in place of what CXone is to be sent, which is sealed elsewhere.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub is_sealed: bool,
    /// What its result is found by, where that cannot be told from `door`, or where what must not be kept decides on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_key: Option<CacheKey>,
    /// Bytes of a result that is kept whole, where that is less than [`RESULT_MAX`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_max: Option<u32>,
    /// Which node of its chain it is of; `None` of others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeName>,
    /// Decides all chance.
    pub seed: u64,
}

impl Order {
    /// Bytes of a result that is kept whole.
    #[must_use]
    pub fn result_max(&self) -> usize {
        self.result_max.and_then(|max| usize::try_from(max).ok()).unwrap_or(RESULT_MAX)
    }

    /// Whether a result of the tenant's cache may serve this one, and its own may serve others.
    #[must_use]
    pub const fn may_recall(&self) -> bool {
        self.cache_ttl.is_some() && matches!(self.door, Door::Start { .. })
    }

    /// The span of a call, part of the execution's: the same for a call that is made again after a crash.
    #[must_use]
    pub fn span_of(&self, call: Call) -> TraceContext {
        self.trace.child(self.seed, call::span_index(call))
    }

    /// What a call sends as `x-request-id`: a UUID, the same after a crash.
    #[must_use]
    pub fn request_id_of(&self, call: Call) -> String {
        call::request_id(self.seed, call::span_index(call))
    }

    /// The span of a try (1 and up) to deliver the notification of that number.
    #[must_use]
    pub fn span_of_delivery(&self, number: u64, attempt: u32) -> TraceContext {
        self.trace.child(self.seed, DELIVERY | (number << 8) | u64::from(attempt & 0xff))
    }

    /// The order with what CXone is to be sent in its place: never to be kept, nor shown.
    #[must_use]
    pub fn unsealed(&self, originals: Originals) -> Self {
        let door = match &self.door {
            Door::Start { action_id, .. } => {
                let Originals { inputs, context, .. } = originals;
                Door::Start { action_id: action_id.clone(), inputs, context }
            }
            Door::Watch { .. } => self.door.clone(),
        };
        Self { door, ..self.clone() }
    }

    /// Accepts a request.
    #[must_use]
    pub fn accept(request: ExecutionRequest, identity: Identity, profile: &Profile, now: Timestamp) -> Self {
        let generated = || CorrelationId::from_bytes(identity.correlation_bytes);
        Self {
            id: identity.id,
            tenant: request.tenant,
            profile: profile.name.clone(),
            abilities: Abilities::from(profile),
            door: request.door,
            correlation_id: request.correlation_id.unwrap_or_else(generated),
            trace: identity.trace,
            created_at: now,
            deadline_at: now.plus(request.timeout),
            policy: request.policy,
            backoff: request.backoff,
            tags: request.tags,
            notify: request.notify,
            cache_ttl: request.cache_ttl,
            callback: request.callback && profile.callback_field.is_some(),
            redact: request.redact,
            is_sealed: false,
            result_max: None,
            cache_key: None,
            node: None,
            seed: identity.seed,
        }
    }
}

/// Numbers of deliveries' spans lie past those of calls.
const DELIVERY: u64 = 1 << 43;
