//! The body of `POST /v1/chains`. Names every fault of every node, of the graph, and of every template at once. Never runs
//! anything.

use alloc::string::String;
use alloc::vec::Vec;

use crate::backoff::Backoff;
use crate::chain::{ChainNode, NodeOrder};
use crate::execution::Policy;
use crate::id::{CorrelationId, Tag, TenantId};
use crate::json::Json;
use crate::outbox::Subscription;
use crate::redaction::Rules;
use crate::time::Span;

/// A well-formed request for a chain, with the defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainRequest {
    /// The nodes, 1..=[`crate::chain::NODES_MAX`], as they were written. What one needs is never a circle.
    pub nodes: Vec<ChainNode>,
    /// What each of them is given, in the same order.
    pub orders: Vec<NodeOrder>,
    /// A JSON object, for templates to read.
    pub inputs: Json,
    /// A JSON object, for nodes that have none of their own: at most [`super::CONTEXT_MAX`] bytes.
    pub context: Json,
    /// 1..=[`super::PARALLEL_MAX`]; 10 unless given.
    pub max_parallel: u32,
    /// 5 s to 30 days; seven days unless given.
    pub timeout: Span,
    /// `default` unless given.
    pub tenant: TenantId,
    /// Whether the body names the tenant.
    pub is_tenant_named: bool,
    /// The tenant's own unless given.
    pub profile: Option<String>,
    /// Lenient unless given.
    pub policy: Policy,
    /// At most [`super::TAGS_MAX`].
    pub tags: Vec<Tag>,
    /// The seeds' numbers unless given.
    pub backoff: Backoff,
    /// 1 s to 1 day; no cache unless given.
    pub cache_ttl: Option<Span>,
    /// Nobody unless given.
    pub notify: Option<Subscription>,
    /// Whether CXone is asked to call back; yes unless given.
    pub callback: bool,
    /// What the nodes' keys on CXone's side begin with; generated unless given.
    pub correlation_id: Option<CorrelationId>,
    /// What must not be kept, beside what the tenant's rules name.
    pub redact: Rules,
}
