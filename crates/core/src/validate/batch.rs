//! The body of `POST /v1/batches`, as one JSON object or as lines: the batch first, then an item a line. Names every fault of
//! every item. Never keeps more than an item beside those that are well formed.

use alloc::collections::BTreeMap;
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
    let body = Json::parse(body).or_else(|_| parse_body(body))?;
    let faults = Faults::default();
    let Some(mut fields) = Fields::of(body.as_raw(), String::new(), &faults) else { return faults.check(None) };
    fields.check_sound("payloads");
    if fields.take("payloads").is_none() {
        fields.missing("payloads");
    }
    let head = read_head(fields);
    let payloads = body.pointer("/payloads").filter(|payloads| payloads.get() != "null");
    let list = payloads.and_then(json::items);
    if payloads.is_some() && list.is_none() {
        faults.add("/payloads".into(), Code::WrongType, "must be a list");
    }
    let mut reader = BatchReader::new(head, faults);
    reader.has_list = list.is_some();
    for payload in list.unwrap_or_default() {
        reader.payload(payload);
    }
    reader.finish()
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

/// Takes a batch in line by line, as it arrives.
pub struct BatchReader {
    head: Option<Head>,
    faults: Faults,
    accepts_valid: bool,
    has_list: bool,
    items: Vec<ItemOrder>,
    places: Vec<u32>,
    /// Where each id was first.
    ids: BTreeMap<ItemId, u32>,
    refused: Refused,
    /// Items so far, refused ones too.
    count: u32,
}

impl BatchReader {
    /// Begins with the first line: the batch without its items.
    ///
    /// # Errors
    /// [`Invalid`] where it is no JSON object that everybody reads alike. Other faults of it are told at the end.
    pub fn begin(line: &str) -> Result<Self, Invalid> {
        let body = parse_body(line)?;
        let faults = Faults::default();
        let Some(mut fields) = Fields::of(body.as_raw(), String::new(), &faults) else {
            return faults.check(None);
        };
        if fields.take("payloads").is_some() {
            fields.fault("payloads", Code::Contradiction, "stand on the lines after the first, one on each");
        }
        let head = read_head(fields);
        Ok(Self::new(head, faults))
    }

    /// One more line: an item.
    pub fn line(&mut self, line: &str) {
        if self.is_full() {
            return self.count = self.count.saturating_add(1);
        }
        match Json::parse(line) {
            Ok(payload) => self.payload(payload.as_raw()),
            Err(_) => {
                let pointed = parse_body(line).err();
                let faults = Faults::default();
                let pointer = format!("/payloads/{}", self.count);
                for violation in pointed.iter().flat_map(Invalid::violations) {
                    faults.add(pointer.clone(), violation.code, violation.message.clone());
                }
                self.refuse(faults);
            }
        }
    }

    /// The request, if nothing was wrong that may not be.
    ///
    /// # Errors
    /// [`Invalid`] with every violation and its pointer, the first [`VIOLATIONS_MAX`] of them.
    pub fn finish(self) -> Result<BatchRequest, Invalid> {
        let Self { head, faults, accepts_valid, has_list, items, places, refused, count, .. } = self;
        if has_list && (count == 0 || count > ITEMS_MAX_U32) {
            faults.add("/payloads".into(), Code::OutOfRange, format!("must have 1 to {ITEMS_MAX} items"));
        } else if items.is_empty() {
            // Nothing is left of it: then what was refused is what is wrong.
            refused.items.into_iter().flat_map(|item| item.violations).for_each(|violation| faults.put(violation));
            return faults.check(None);
        }
        let refused = accepts_valid.then_some(refused);
        let request = head.map(|head| BatchRequest { items, places, refused, ..head.request });
        faults.check(request)
    }

    fn new(head: Option<Head>, faults: Faults) -> Self {
        let accepts_valid = head.as_ref().is_some_and(|head| head.accepts_valid);
        Self {
            head,
            faults,
            accepts_valid,
            has_list: true,
            items: Vec::new(),
            places: Vec::new(),
            ids: BTreeMap::new(),
            refused: Refused::default(),
            count: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.count >= ITEMS_MAX_U32
    }

    /// One more item, which is JSON.
    fn payload(&mut self, payload: &RawValue) {
        if self.is_full() {
            return self.count = self.count.saturating_add(1);
        }
        let faults = Faults::default();
        let item = read_item(payload, &format!("/payloads/{}", self.count), &faults);
        if let Some(first) = item.as_ref().and_then(|item| self.ids.get(&item.id)) {
            let message = format!("is the id of /payloads/{first} already");
            faults.add(format!("/payloads/{}/id", self.count), Code::RepeatedField, message);
        }
        match item {
            Some(item) if faults.is_empty() => {
                self.ids.insert(item.id.clone(), self.count);
                self.items.push(item);
                self.places.push(self.count);
                self.count = self.count.saturating_add(1);
            }
            Some(_) | None => self.refuse(faults),
        }
    }

    fn refuse(&mut self, faults: Faults) {
        let index = self.count;
        self.count = self.count.saturating_add(1);
        if !self.accepts_valid {
            return self.faults.take_in(faults);
        }
        self.refused.add(index, faults.into_violations());
    }
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
fn read_context(fields: &mut Fields<'_>) -> Option<Json> {
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
