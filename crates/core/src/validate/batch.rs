//! The body of `POST /v1/batches`, as one JSON object or as lines: the batch first, then an item a line. Names every fault of
//! every item. Never keeps more than an item beside those that are well formed.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::value::RawValue;

use super::execution::{read_backoff, read_cache, read_subscription};
use super::fields::{Faults, Fields};
use super::redaction::read_rules;
use super::{BODY_MAX, Code, Invalid, TAGS_MAX, VIOLATIONS_MAX, Violation, parse_body};
use crate::backoff::Backoff;
use crate::batch::{ITEMS_MAX, ItemId, ItemOrder, Tolerance};
use crate::execution::Policy;
use crate::id::{ActionId, CorrelationId, Tag, TenantId};
use crate::json::{self, Json, sound};
use crate::outbox::{Subscription, Topic};
use crate::profile::Profile;
use crate::redaction::Rules;
use crate::time::Span;
use crate::wire::batch::{Refused, RefusedItem};

mod reader;

pub use reader::BatchReader;

/// A well-formed request for a batch, with the defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchRequest {
    /// The action that runs on every item.
    pub action_id: ActionId,
    /// The items, 1..=[`ITEMS_MAX`], in order, without those that were refused.
    pub items: Vec<ItemOrder>,
    /// The place of each item among the payloads of the request.
    pub places: Vec<u32>,
    /// A JSON object, for items that have none of their own: at most [`CONTEXT_MAX`] bytes.
    pub context: Json,
    /// What was left out; `None` where nothing may be.
    pub refused: Option<Refused>,
    /// 1..=[`CHUNK_MAX`]; 10 unless given.
    pub chunk_size: u32,
    /// 1..=[`PARALLEL_MAX`]; 4 unless given.
    pub max_parallel: u32,
    /// 5 s to 30 days; one hour unless given.
    pub item_timeout: Span,
    /// 5 s to 30 days; seven days unless given.
    pub timeout: Span,
    /// Everything may fail unless given.
    pub tolerate: Option<Tolerance>,
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
    /// What must not be kept, beside what the tenant's rules name.
    pub redact: Rules,
}

/// Reads a body that is one JSON object.
///
/// # Errors
/// [`Invalid`] with every violation and its pointer, such as `/payloads/17/id`.
pub fn parse_batch(body: &str) -> Result<BatchRequest, Invalid> {
    // Not taken over into a text of its own: with its items it is had twice already.
    let body = json::borrowed(body).or_else(|_| parse_body(body).map(|_| RawValue::NULL))?;
    let faults = Faults::default();
    let Some(mut fields) = Fields::of(body, String::new(), &faults) else { return faults.check(None) };
    check_head_len(fields.len_without("payloads"))?;
    fields.check_sound("payloads");
    if fields.take("payloads").is_none() {
        fields.missing("payloads");
    }
    let head = read_head(fields);
    let mut reader = BatchReader::new(head, faults);
    reader.payloads(json::descend(body, "/payloads").filter(|payloads| payloads.get() != "null"));
    reader.finish()
}

/// What stands in every item's execution is to be no longer than what stands in one.
fn check_head_len(len: usize) -> Result<(), Invalid> {
    let faults = Faults::default();
    if len > BODY_MAX {
        faults.add(String::new(), Code::OutOfRange, format!("must be at most {BODY_MAX} bytes without its payloads"));
    }
    faults.check(Some(()))
}

/// Reads a body of lines.
///
/// # Errors
/// [`Invalid`] with every violation and its pointer; that of an item is of its place among the items, whatever its line.
pub fn parse_batch_lines(body: &str) -> Result<BatchRequest, Invalid> {
    let mut lines = body.lines().filter(|line| !line.trim().is_empty());
    let mut reader = BatchReader::begin(lines.next().unwrap_or_default())?;
    lines.for_each(|line| reader.line(line));
    reader.finish()
}

/// Checks what only the profile can tell: whether an action can be submitted by it.
///
/// # Errors
/// [`Invalid`] with the pointer of the action.
pub fn check_batch_against_profile(profile: &Profile) -> Result<(), Invalid> {
    let faults = Faults::default();
    if profile.submit.is_none() {
        faults.add("/action_id".into(), Code::Contradiction, "cannot be had from this profile, which has no submit");
    }
    faults.check(Some(()))
}

impl Refused {
    /// One more.
    pub(crate) fn add(&mut self, index: u32, violations: Vec<Violation>) {
        self.count = self.count.saturating_add(1);
        if self.items.len() < VIOLATIONS_MAX {
            let violations = violations.into_iter().take(ITEM_VIOLATIONS_MAX).collect();
            self.items.push(RefusedItem { index, violations });
        }
    }
}

/// What the batch says of all its items.
struct Head {
    request: BatchRequest,
    accepts_valid: bool,
}

fn read_head(mut fields: Fields<'_>) -> Option<Head> {
    if !fields.has("action_id") {
        fields.missing("action_id");
    }
    let action_id = fields.text("action_id", ActionId::parse);
    let context = read_context(&mut fields);
    let timeout = |fields: &mut Fields<'_>, name: &str| fields.number(name, 5.0..=2_592_000.0).map(Span::from_secs_f64);
    let item_timeout = timeout(&mut fields, "item_timeout_seconds");
    let whole = timeout(&mut fields, "timeout_seconds");
    let tenant = fields.text("tenant", TenantId::parse);
    let is_tenant_named = tenant.is_some();
    let chunk_size = fields.whole("chunk_size", 1..=CHUNK_MAX);
    let max_parallel = fields.whole("max_parallel", 1..=PARALLEL_MAX);
    let tolerate = fields.object("tolerate").and_then(read_tolerance);
    let accepts_valid = fields.flag("accept_valid").unwrap_or_default();
    let profile = fields.text("profile", Ok::<_, String>);
    let policy = fields.word("policy", &[("lenient", Policy::Lenient), ("strict", Policy::Strict)]);
    let tags = fields.list("tags", TAGS_MAX, Tag::parse);
    let backoff = fields.object("backoff").map_or_else(Backoff::default, read_backoff);
    let cache_ttl = fields.object("cache").and_then(read_cache);
    let notify = fields.object("notify").and_then(|notify| read_subscription(notify, &Topic::OF_BATCHES));
    let callback = fields.flag("callback");
    let redact = fields.object("redact").map(read_rules);
    fields.finish();
    let request = BatchRequest {
        action_id: action_id?,
        items: Vec::new(),
        places: Vec::new(),
        context: context.or_else(|| Json::parse("{}").ok())?,
        refused: None,
        chunk_size: chunk_size.unwrap_or(CHUNK_DEFAULT),
        max_parallel: max_parallel.unwrap_or(PARALLEL_DEFAULT),
        item_timeout: item_timeout.unwrap_or(ITEM_TIMEOUT_DEFAULT),
        timeout: whole.unwrap_or(TIMEOUT_DEFAULT),
        tolerate,
        tenant: tenant.or_else(|| TenantId::parse("default").ok())?,
        is_tenant_named,
        profile,
        policy: policy.unwrap_or_default(),
        tags: tags.unwrap_or_default(),
        backoff,
        cache_ttl,
        notify,
        callback: callback.unwrap_or(true),
        redact: redact.unwrap_or_default(),
    };
    Some(Head { request, accepts_valid })
}

/// It stands in every item's execution, so it is to be short; an item's own has the item's bound.
pub(super) fn read_context(fields: &mut Fields<'_>) -> Option<Json> {
    let context = fields.raw_object("context")?;
    if context.as_str().len() > CONTEXT_MAX {
        fields.fault("context", Code::OutOfRange, format!("must be at most {CONTEXT_MAX} bytes"));
        return None;
    }
    Some(context)
}

fn read_tolerance(mut fields: Fields<'_>) -> Option<Tolerance> {
    let is_both = fields.has("failed") && fields.has("failed_percent");
    let failed = fields.whole("failed", 0..=ITEMS_MAX_U32).map(Tolerance::Failed);
    let percent = fields.whole("failed_percent", 0..=100).map(Tolerance::FailedPercent);
    if is_both {
        fields.fault("failed_percent", Code::Contradiction, "cannot stand beside failed: give exactly one of them");
    }
    fields.finish();
    failed.or(percent)
}

fn read_item(payload: &RawValue, pointer: &str, faults: &Faults) -> Option<ItemOrder> {
    if payload.get().len() > BODY_MAX {
        faults.add(pointer.into(), Code::OutOfRange, format!("must be at most {BODY_MAX} bytes"));
        return None;
    }
    for (at, flaw) in sound::flaws(payload.get(), ITEM_VIOLATIONS_MAX) {
        faults.add_flaw(format!("{pointer}{at}"), flaw);
    }
    let mut fields = Fields::of(payload, pointer.into(), faults)?;
    if !fields.has("id") {
        fields.missing("id");
    }
    let id = fields.text("id", ItemId::parse);
    let inputs = fields.raw_object("inputs");
    let context = fields.raw_object("context");
    let correlation_id = fields.text("correlation_id", CorrelationId::parse);
    fields.finish();
    let inputs = inputs.or_else(|| Json::parse("{}").ok())?;
    Some(ItemOrder { id: id?, inputs, context, correlation_id, is_sealed: false, cache_key: None })
}

/// Bytes of the body of a batch: 16 MiB.
pub const BATCH_BODY_MAX: usize = 16_777_216;

/// Bytes of a batch's own context.
pub const CONTEXT_MAX: usize = 8_192;

/// Items that start in one go.
pub const CHUNK_MAX: u32 = 1_000;

/// Items that run at once.
pub const PARALLEL_MAX: u32 = 200;

/// Violations that are listed of one refused item.
const ITEM_VIOLATIONS_MAX: usize = 8;

const ITEMS_MAX_U32: u32 = 10_000;

const CHUNK_DEFAULT: u32 = 10;

const PARALLEL_DEFAULT: u32 = 4;

const ITEM_TIMEOUT_DEFAULT: Span = Span::from_secs(3_600);

const TIMEOUT_DEFAULT: Span = Span::from_secs(604_800);

const _: () = assert!(ITEMS_MAX == 10_000);
