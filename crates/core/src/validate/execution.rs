//! The body of `POST /v1/executions`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::fields::{Faults, Fields, parse_body};
use super::redaction::read_rules;
use super::{Code, Invalid};
use crate::backoff::{Backoff, Jitter, Ladder};
use crate::execution::{Door, Policy};
use crate::failure::FailureKind;
use crate::id::{ActionId, CorrelationId, Tag, TenantId, UpstreamId, is_uuid};
use crate::json::Json;
use crate::outbox::{Subscription, Topic};
use crate::profile::Profile;
use crate::redaction::Rules;
use crate::time::Span;

/// A well-formed request for an execution, with the defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct ExecutionRequest {
    /// Start or watch.
    pub door: Door,
    /// `default` unless given.
    pub tenant: TenantId,
    /// The tenant's own unless given.
    pub profile: Option<String>,
    /// Generated unless given.
    pub correlation_id: Option<CorrelationId>,
    /// 5 s to 30 days; one hour unless given.
    pub timeout: Span,
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

/// Reads the body of `POST /v1/executions`.
///
/// # Errors
/// [`Invalid`] with every violation and its pointer.
pub fn parse_execution(body: &str) -> Result<ExecutionRequest, Invalid> {
    let body = parse_body(body)?;
    let faults = Faults::default();
    let request = body.pointer("").and_then(|root| Fields::of(root, String::new(), &faults)).and_then(read);
    faults.check(request)
}

/// Checks what only the profile can tell: whether it has the door asked for, and whether the watched id has its form.
///
/// # Errors
/// [`Invalid`] with the pointer of the door or the id.
pub fn check_against_profile(request: &ExecutionRequest, profile: &Profile) -> Result<(), Invalid> {
    let faults = Faults::default();
    match (&request.door, &profile.submit, &profile.poll) {
        (Door::Start { .. }, None, _) => {
            faults.add("/start".into(), Code::Contradiction, "cannot be had from this profile, which has no submit");
        }
        (Door::Watch { .. }, _, None) => {
            faults.add("/watch".into(), Code::Contradiction, "cannot be had from this profile, which has no poll");
        }
        (Door::Watch { execution_id, action_id }, _, Some(poll)) => {
            if profile.ids_are_uuids && !is_uuid(execution_id.as_str()) {
                faults.add("/watch/execution_id".into(), Code::OutOfRange, "must be a UUID");
            }
            if poll.names("action_id") && action_id.is_none() {
                faults.add("/watch/action_id".into(), Code::Missing, "is required by this profile");
            }
        }
        (Door::Start { .. }, Some(_), _) => {}
    }
    faults.check(Some(()))
}

fn read(mut fields: Fields<'_>) -> Option<ExecutionRequest> {
    let door = read_door(&mut fields);
    let tenant = fields.text("tenant", TenantId::parse);
    let profile = fields.text("profile", Ok::<_, String>);
    let correlation_id = fields.text("correlation_id", CorrelationId::parse);
    let timeout = fields.number("timeout_seconds", 5.0..=2_592_000.0).map(Span::from_secs_f64);
    let policy = fields.word("policy", &[("lenient", Policy::Lenient), ("strict", Policy::Strict)]);
    let tags = fields.list("tags", TAGS_MAX, Tag::parse);
    let backoff = fields.object("backoff").map_or_else(Backoff::default, read_backoff);
    let cache_ttl = fields.object("cache").and_then(read_cache);
    let notify = fields.object("notify").and_then(|notify| read_subscription(notify, &Topic::ALL));
    let callback = fields.flag("callback");
    let redact = fields.object("redact").map(read_rules);
    fields.finish();
    Some(ExecutionRequest {
        door: door?,
        tenant: tenant.or_else(|| TenantId::parse("default").ok())?,
        profile,
        correlation_id,
        timeout: timeout.unwrap_or(TIMEOUT_DEFAULT),
        policy: policy.unwrap_or_default(),
        tags: tags.unwrap_or_default(),
        backoff,
        cache_ttl,
        notify,
        callback: callback.unwrap_or(true),
        redact: redact.unwrap_or_default(),
    })
}

fn read_door(fields: &mut Fields<'_>) -> Option<Door> {
    match (fields.has("start"), fields.has("watch")) {
        (true, true) => {
            fields.fault("watch", Code::Contradiction, "cannot stand beside start: give exactly one of them");
            // Both are read all the same: whoever mends the one sees what the other lacks.
            let _start = fields.object("start").and_then(read_start);
            let _watch = fields.object("watch").and_then(read_watch);
            None
        }
        (true, false) => fields.object("start").and_then(read_start),
        (false, true) => fields.object("watch").and_then(read_watch),
        (false, false) => {
            fields.take("start");
            fields.take("watch");
            fields.fault("start", Code::Missing, "is required, unless there is watch: give exactly one of them");
            None
        }
    }
}

fn read_start(mut fields: Fields<'_>) -> Option<Door> {
    if !fields.has("action_id") {
        fields.missing("action_id");
    }
    let action_id = fields.text("action_id", ActionId::parse);
    let inputs = fields.raw_object("inputs");
    let context = fields.raw_object("context");
    fields.finish();
    let empty = || Json::parse("{}").ok();
    Some(Door::Start { action_id: action_id?, inputs: inputs.or_else(empty)?, context: context.or_else(empty)? })
}

fn read_watch(mut fields: Fields<'_>) -> Option<Door> {
    if !fields.has("execution_id") {
        fields.missing("execution_id");
    }
    let execution_id = fields.text("execution_id", UpstreamId::parse);
    let action_id = fields.text("action_id", ActionId::parse);
    fields.finish();
    Some(Door::Watch { execution_id: execution_id?, action_id })
}

pub(super) fn read_backoff(mut fields: Fields<'_>) -> Backoff {
    let defaults = Backoff::default();
    let ladder = read_ladder(&mut fields, &defaults.ladder);
    let attempts_max = fields.whole("max_attempts", 1..=10_000).unwrap_or(defaults.attempts_max);
    let predict = fields.flag("predict").unwrap_or(defaults.predict);
    let by_failure = fields.object("by_failure").map(|kinds| read_matrix(kinds, &ladder)).unwrap_or_default();
    fields.finish();
    Backoff { ladder, by_failure, attempts_max, predict }
}

/// A row for a kind of failure says only what differs from the ladder of the request.
fn read_matrix(mut fields: Fields<'_>, base: &Ladder) -> BTreeMap<FailureKind, Ladder> {
    let mut matrix = BTreeMap::new();
    for kind in [FailureKind::RateLimited, FailureKind::Transient, FailureKind::Malformed, FailureKind::NotFound] {
        if let Some(mut row) = fields.object(kind.name()) {
            matrix.insert(kind, read_ladder(&mut row, base));
            row.finish();
        }
    }
    fields.finish();
    matrix
}

fn read_ladder(fields: &mut Fields<'_>, base: &Ladder) -> Ladder {
    let jitters = [
        ("proportional", Jitter::Proportional),
        ("full", Jitter::Full),
        ("equal", Jitter::Equal),
        ("decorrelated", Jitter::Decorrelated),
    ];
    let seconds = 0.001..=86_400.0;
    let span = |seconds: Option<f64>, default: Span| seconds.map_or(default, Span::from_secs_f64);
    let given_max = fields.number("max_seconds", seconds.clone());
    let max = span(given_max, base.max);
    let given_min = fields.number("min_seconds", 0.0..=86_400.0);
    let min = span(given_min, base.min.min(max));
    let ladder = Ladder {
        base: span(fields.number("base_seconds", seconds), base.base.min(max)),
        multiplier: fields.number("multiplier", 1.0..=10.0).map_or(base.multiplier, to_six_decimals),
        max,
        jitter: fields.word("jitter", &jitters).unwrap_or(base.jitter),
        jitter_factor: fields.number("jitter_factor", 0.0..=1.0).map_or(base.jitter_factor, to_six_decimals),
        min,
    };
    if ladder.min > ladder.max {
        fields.fault("min_seconds", Code::Contradiction, "cannot be more than max_seconds");
    }
    if ladder.base > ladder.max {
        fields.fault("base_seconds", Code::Contradiction, "cannot be more than max_seconds");
    }
    ladder
}

/// So few digits survive being stored as JSON and read again; of sixteen the last may not, and a journal would
/// replay otherwise than it was lived.
pub(super) fn to_six_decimals(factor: f64) -> f64 {
    Span::from_millis_f64(factor * 1_000_000.0).as_millis_f64() / 1_000_000.0
}

pub(super) fn read_cache(mut fields: Fields<'_>) -> Option<Span> {
    let ttl = fields.number("ttl_seconds", 1.0..=86_400.0).map_or(CACHE_TTL_DEFAULT, Span::from_secs_f64);
    fields.finish();
    Some(ttl)
}

/// Who wants to be told of which of these topics; of all of them unless it says so.
pub(super) fn read_subscription(mut fields: Fields<'_>, known: &[Topic]) -> Option<Subscription> {
    if !fields.has("url") {
        fields.missing("url");
    }
    let url = fields.text("url", check_destination);
    let topics = fields.list("events", known.len(), |word| {
        let found = known.iter().copied().find(|topic| topic.name() == word);
        let names = || known.iter().map(|topic| topic.name()).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| format!("must be one of {}", names()))
    });
    fields.finish();
    let topics = topics.filter(|topics| !topics.is_empty()).unwrap_or_else(|| known.to_vec());
    Some(Subscription { url: url?, topics })
}

/// The form of a destination. Whether a deployment lets it be called is the shell's to say.
fn check_destination(url: String) -> Result<String, &'static str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic()) && url.len() <= 2_048;
    match rest {
        Some(rest) if is_plain && !rest.is_empty() && !rest.starts_with('/') => Ok(url),
        Some(_) | None => Err("must be an https URL of at most 2048 characters"),
    }
}

/// Labels on one execution.
pub const TAGS_MAX: usize = 16;

const TIMEOUT_DEFAULT: Span = Span::from_secs(3_600);

const CACHE_TTL_DEFAULT: Span = Span::from_secs(300);
