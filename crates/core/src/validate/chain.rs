//! The body of `POST /v1/chains`. Names every fault of every node, of the graph, and of every template at once. Never runs
//! anything.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::value::RawValue;

use super::batch::read_context;
use super::execution::{read_backoff, read_cache, read_subscription};
use super::fields::{Faults, Fields};
use super::redaction::read_rules;
use super::{BODY_MAX, Code, Invalid, PARALLEL_MAX, TAGS_MAX, Templates, parse_body};
use crate::backoff::Backoff;
use crate::chain::{ChainNode, NodeOrder};
use crate::execution::Policy;
use crate::id::{CorrelationId, Tag, TenantId};
use crate::json::{self, Json};
use crate::outbox::{Subscription, Topic};
use crate::profile::Profile;
use crate::redaction::Rules;
use crate::time::Span;
use crate::wire::chain::ChainRead;

mod graph;
mod node;
mod reads;

use node::Draft;

/// A well-formed request for a chain, with the defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainRequest {
    /// The nodes, 1..=[`crate::chain::NODES_MAX`], as they were written. What one needs is never a circle.
    pub nodes: Vec<ChainNode>,
    /// What each of them is given, in the same order.
    pub orders: Vec<NodeOrder>,
    /// What the templates of each of them read, in the same order.
    pub reads: Vec<Vec<ChainRead>>,
    /// A JSON object, for templates to read: at most [`BODY_MAX`] bytes.
    pub inputs: Json,
    /// A JSON object, for nodes that have none of their own: at most [`super::CONTEXT_MAX`] bytes.
    pub context: Json,
    /// 1..=[`PARALLEL_MAX`]; 10 unless given.
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
    /// At most [`TAGS_MAX`].
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

impl ChainRequest {
    /// A node by its index; `None` where there is none.
    #[must_use]
    pub fn node(&self, index: u32) -> Option<&ChainNode> {
        self.nodes.get(usize::try_from(index).ok()?)
    }
}

/// Reads the body of `POST /v1/chains`. `templates` knows what a template may be.
///
/// # Errors
/// [`Invalid`] with every violation and its pointer, such as `/nodes/fetch/inputs/customer/id`.
pub fn parse_chain(body: &str, templates: &impl Templates) -> Result<ChainRequest, Invalid> {
    let body = json::borrowed(body).or_else(|_| parse_body(body).map(|_| RawValue::NULL))?;
    let faults = Faults::default();
    let Some(mut fields) = Fields::of(body, String::new(), &faults) else { return faults.check(None) };
    fields.check_sound("nodes");
    let nodes = fields.take("nodes");
    if nodes.is_none() {
        fields.missing("nodes");
    }
    let head = read_head(fields);
    let drafts = nodes.map(|nodes| node::read_all(nodes, &faults)).unwrap_or_default();
    let needs = graph::needs_of(&drafts, &faults);
    let sorted = graph::Sorted::of(&needs);
    graph::check(&drafts, &needs, sorted.as_ref(), &faults);
    let reads = reads::check(&drafts, &reads::Upstream::of(&needs, sorted.as_ref()), templates, &faults);
    if let Some(head) = &head {
        check_keys(head, &drafts, &faults);
    }
    let request = head.and_then(|head| assemble(head, drafts, needs, reads));
    faults.check(request)
}

/// Checks what only the profile can tell: whether an action can be submitted by it.
///
/// # Errors
/// [`Invalid`] with the pointer of the nodes.
pub fn check_chain_against_profile(profile: &Profile) -> Result<(), Invalid> {
    let faults = Faults::default();
    if profile.submit.is_none() {
        faults.add("/nodes".into(), Code::Contradiction, "cannot be had from this profile, which has no submit");
    }
    faults.check(Some(()))
}

/// What the chain says of itself and of all its nodes.
fn read_head(mut fields: Fields<'_>) -> Option<ChainRequest> {
    let inputs = read_inputs(&mut fields);
    let context = read_context(&mut fields);
    let max_parallel = fields.whole("max_parallel", 1..=PARALLEL_MAX);
    let timeout = read_timeout(&mut fields);
    let tenant = fields.text("tenant", TenantId::parse);
    let is_tenant_named = tenant.is_some();
    let profile = fields.text("profile", Ok::<_, String>);
    let policy = read_policy(&mut fields);
    let tags = fields.list("tags", TAGS_MAX, Tag::parse);
    let backoff = fields.object("backoff").map_or_else(Backoff::default, read_backoff);
    let cache_ttl = fields.object("cache").and_then(read_cache);
    let notify = fields.object("notify").and_then(|notify| read_subscription(notify, &Topic::OF_CHAINS));
    let callback = fields.flag("callback");
    let correlation_id = fields.text("correlation_id", CorrelationId::parse);
    let redact = fields.object("redact").map(read_rules);
    fields.finish();
    let empty = || Json::parse("{}").ok();
    Some(ChainRequest {
        nodes: Vec::new(),
        orders: Vec::new(),
        reads: Vec::new(),
        inputs: inputs.or_else(empty)?,
        context: context.or_else(empty)?,
        max_parallel: max_parallel.unwrap_or(PARALLEL_DEFAULT),
        timeout: timeout.unwrap_or(TIMEOUT_DEFAULT),
        tenant: tenant.or_else(|| TenantId::parse("default").ok())?,
        is_tenant_named,
        profile,
        policy: policy.unwrap_or_default(),
        tags: tags.unwrap_or_default(),
        backoff,
        cache_ttl,
        notify,
        callback: callback.unwrap_or(true),
        correlation_id,
        redact: redact.unwrap_or_default(),
    })
}

/// They are kept in one row, and read with each node.
fn read_inputs(fields: &mut Fields<'_>) -> Option<Json> {
    let inputs = fields.raw_object("inputs")?;
    if inputs.as_str().len() > BODY_MAX {
        fields.fault("inputs", Code::OutOfRange, format!("must be at most {BODY_MAX} bytes"));
        return None;
    }
    Some(inputs)
}

fn read_timeout(fields: &mut Fields<'_>) -> Option<Span> {
    fields.number("timeout_seconds", 5.0..=2_592_000.0).map(Span::from_secs_f64)
}

fn read_policy(fields: &mut Fields<'_>) -> Option<Policy> {
    fields.word("policy", &[("lenient", Policy::Lenient), ("strict", Policy::Strict)])
}

/// Each node's key on CXone's side is the chain's with the node's name behind it, and the generation behind that.
fn check_keys(head: &ChainRequest, drafts: &[Draft<'_>], faults: &Faults) {
    let Some(key) = &head.correlation_id else { return };
    let longest = drafts.iter().map(|draft| draft.name.len()).max().unwrap_or_default();
    let max = KEY_MAX.saturating_sub(longest).saturating_sub(KEY_ROOM);
    if key.as_str().len() > max {
        let message = format!("must be at most {max} characters, for the longest name of a node stands behind it");
        faults.add("/correlation_id".into(), Code::OutOfRange, message);
    }
}

/// `None` where a node was not whole: then that has been told.
fn assemble(
    head: ChainRequest,
    drafts: Vec<Draft<'_>>,
    needs: Vec<Vec<u32>>,
    reads: Vec<reads::Found>,
) -> Option<ChainRequest> {
    let mut request = head;
    for ((draft, needs), found) in drafts.into_iter().zip(needs).zip(reads) {
        let (node, order) = draft.finish(needs, found.nodes)?;
        request.nodes.push(node);
        request.orders.push(order);
        request.reads.push(found.fields);
    }
    Some(request)
}

/// Bytes of the body of a chain: 4 MiB.
pub const CHAIN_BODY_MAX: usize = 4_194_304;

/// Characters of a key on CXone's side.
const KEY_MAX: usize = 128;

/// Of those, what stands beside a chain's key and a node's name: `.` and, of a later generation, `~100`.
const KEY_ROOM: usize = 5;

const PARALLEL_DEFAULT: u32 = 10;

const TIMEOUT_DEFAULT: Span = Span::from_secs(604_800);
