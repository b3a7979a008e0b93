//! The body of `POST /v1/histories`. Names every fault at once, those that only the profile can tell with them. Never sends anything.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::value::RawValue;

use super::execution::{read_backoff, read_subscription};
use super::fields::{Faults, Fields};
use super::{Code, Invalid, TAGS_MAX, parse_body};
use crate::backoff::Backoff;
use crate::history::OpenHours;
use crate::id::{CorrelationId, Tag, TenantId};
use crate::json::{self, Json};
use crate::outbox::{Subscription, Topic};
use crate::profile::Profile;
use crate::retrieval::{Analyzed, HistoryQuery, InteractionId, Paging};
use crate::time::{Span, Timestamp};

/// A well-formed request for a history, with the defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryRequest {
    /// Which interactions.
    pub query: HistoryQuery,
    /// Rows of a page, 1..=[`PAGE_SIZE_MAX`]; 100 unless given.
    pub page_size: u32,
    /// Rows in all; all there are unless given.
    pub limit: Option<u64>,
    /// How it is analysed.
    pub analyzed: Analyzed,
    /// 5 s to 30 days; one hour unless given.
    pub timeout: Span,
    /// `default` unless given.
    pub tenant: TenantId,
    /// Whether the body names the tenant.
    pub is_tenant_named: bool,
    /// The tenant's own unless given.
    pub profile: Option<String>,
    /// Generated unless given.
    pub correlation_id: Option<CorrelationId>,
    /// At most [`TAGS_MAX`].
    pub tags: Vec<Tag>,
    /// The seeds' numbers unless given.
    pub backoff: Backoff,
    /// Nobody unless given.
    pub notify: Option<Subscription>,
}

/// Reads the body of `POST /v1/histories`. `profile_of` gives the profile of the tenant that the body names, where it names one
/// that there is.
///
/// # Errors
/// [`Invalid`] with every violation and its pointer, such as `/interaction_ids/3`.
pub fn parse_history<'p>(
    body: &str,
    now: Timestamp,
    profile_of: impl FnOnce(Option<&TenantId>) -> Option<&'p Profile>,
) -> Result<HistoryRequest, Invalid> {
    let body = json::borrowed(body).or_else(|_| parse_body(body).map(|_| RawValue::NULL))?;
    let faults = Faults::default();
    let Some(mut fields) = Fields::of(body, String::new(), &faults) else { return faults.check(None) };
    fields.check_sound("");
    let tenant = fields.text("tenant", TenantId::parse);
    let profile = profile_of(tenant.as_ref());
    let request = read_request(fields, tenant, now, profile);
    faults.check(request)
}

fn read_request(
    mut fields: Fields<'_>,
    tenant: Option<TenantId>,
    now: Timestamp,
    profile: Option<&Profile>,
) -> Option<HistoryRequest> {
    let ids = fields.list("interaction_ids", IDS_MAX, InteractionId::parse);
    let has_ids = fields_had(ids.as_ref());
    let query = HistoryQuery {
        interaction_ids: distinct(ids.unwrap_or_default()),
        start: read_instant(&mut fields, "start"),
        end: read_instant(&mut fields, "end"),
        error_state: fields.flag("error_state"),
    };
    let page_size = fields.whole("page_size", 1..=PAGE_SIZE_MAX).unwrap_or(PAGE_SIZE_DEFAULT);
    let limit = fields.whole("limit", 1..=LIMIT_MAX).map(u64::from);
    let analyzed = read_analyzed(&mut fields);
    let timeout = fields.number("timeout_seconds", 5.0..=2_592_000.0).map(Span::from_secs_f64);
    let profile_name = fields.text("profile", Ok::<_, String>);
    let correlation_id = fields.text("correlation_id", CorrelationId::parse);
    let tags = fields.list("tags", TAGS_MAX, Tag::parse);
    let backoff = fields.object("backoff").map_or_else(Backoff::default, read_backoff);
    let notify = fields.object("notify").and_then(|notify| read_subscription(notify, &Topic::OF_HISTORIES));
    check_times(&query, now, profile, &fields);
    if let Some(profile) = profile {
        check_against(profile, &query, has_ids, &fields);
    }
    fields.finish();
    Some(HistoryRequest {
        query,
        page_size,
        limit,
        analyzed,
        timeout: timeout.unwrap_or(TIMEOUT_DEFAULT),
        is_tenant_named: tenant.is_some(),
        tenant: tenant.or_else(|| TenantId::parse("default").ok())?,
        profile: profile_name,
        correlation_id,
        tags: tags.unwrap_or_default(),
        backoff,
        notify,
    })
}

/// Whether ids were given at all.
fn fields_had(ids: Option<&Vec<InteractionId>>) -> bool {
    ids.is_some_and(|ids| !ids.is_empty())
}

/// Each once, in the order given.
fn distinct(ids: Vec<InteractionId>) -> Vec<InteractionId> {
    let mut seen = alloc::collections::BTreeSet::new();
    ids.into_iter().filter(|id| seen.insert(id.clone())).collect()
}

fn read_instant(fields: &mut Fields<'_>, name: &str) -> Option<Timestamp> {
    fields.text(name, |text| {
        Timestamp::parse_rfc3339(&text)
            .map_err(|_| "must be an RFC 3339 time with its zone, such as 2026-11-21T10:00:00Z")
    })
}

fn check_times(query: &HistoryQuery, now: Timestamp, profile: Option<&Profile>, fields: &Fields<'_>) {
    if query.start.zip(query.end).is_some_and(|(start, end)| start > end) {
        fields.fault("end", Code::Contradiction, "must not lie before start");
    }
    if query.start.is_some_and(|start| start > now) {
        fields.fault("start", Code::OutOfRange, "must not lie in the future");
    }
    let Some(days) = profile.map(Profile::retention_days) else { return };
    let oldest = now.minus(Span::from_secs(u64::from(days).saturating_mul(86_400)));
    for (name, at) in [("start", query.start), ("end", query.end)] {
        if at.is_some_and(|at| at < oldest) {
            let message = format!("must be within the {days} days that CXone keeps a history");
            fields.fault(name, Code::OutOfRange, message);
        }
    }
}

/// What only the profile can tell: whether it has a history, and which questions it takes.
fn check_against(profile: &Profile, query: &HistoryQuery, has_ids: bool, fields: &Fields<'_>) {
    let Some(endpoint) = &profile.history else {
        let message = format!("cannot be had from the profile {}, which has no history", profile.name);
        return fields.faults().add(String::new(), Code::Contradiction, message);
    };
    if Paging::of(profile) == Some(Paging::Contact) && !has_ids {
        fields.fault("interaction_ids", Code::Missing, "is required: this profile asks for one contact at a time");
    }
    if endpoint.names("filter") {
        if query.filter().is_empty() {
            let message =
                "is required, unless there is interaction_ids, end or error_state: CXone takes no empty filter";
            fields.fault("start", Code::Missing, message);
        }
        return;
    }
    let asked =
        [("start", query.start.is_some()), ("end", query.end.is_some()), ("error_state", query.error_state.is_some())];
    for (name, _) in asked.iter().filter(|(_, is_asked)| *is_asked) {
        fields.fault(name, Code::Contradiction, "cannot be asked of this profile, whose history takes no filter");
    }
    if has_ids && !endpoint.names("contact_id") {
        let message = "cannot be asked of this profile, whose history takes no filter";
        fields.fault("interaction_ids", Code::Contradiction, message);
    }
}

fn read_analyzed(fields: &mut Fields<'_>) -> Analyzed {
    let threshold = fields.number("bottleneck_seconds", 0.0..=2_592_000.0).map(Span::from_secs_f64);
    let judge = fields.word("judge", &[("decisions", false), ("all", true)]);
    let missing_end = fields.word("missing_end", &[("leave_out", false), ("next_start", true)]);
    let hours = fields.raw_object("business_hours");
    if let Some(hours) = &hours {
        check_hours(hours, fields);
    }
    Analyzed {
        threshold: threshold.unwrap_or(THRESHOLD_DEFAULT),
        is_every_node_judged: judge.unwrap_or_default(),
        takes_next_start: missing_end.unwrap_or_default(),
        hours,
    }
}

/// `{"hours": "mon-fri 09:00-17:30 +01:00", "holidays": ["2026-12-24"]}`.
fn check_hours(hours: &Json, fields: &Fields<'_>) {
    let at = fields.at("business_hours");
    if let Some(mut inner) = hours.pointer("").and_then(|value| Fields::of(value, at, fields.faults())) {
        read_hours(&mut inner);
        inner.finish();
    }
}

fn read_hours(fields: &mut Fields<'_>) -> Option<OpenHours> {
    if !fields.has("hours") {
        fields.missing("hours");
    }
    let words = fields.text("hours", |words| OpenHours::parse(&words, &[]).map(|_| words));
    let holidays = fields.list("holidays", HOLIDAYS_MAX, |date| OpenHours::parse_holiday(&date));
    OpenHours::parse(&words?, &holidays.unwrap_or_default()).ok()
}

/// The clock that a request's `business_hours` describe; `None` of anything else.
#[must_use]
pub fn parse_hours(hours: &Json) -> Option<OpenHours> {
    let faults = Faults::default();
    read_hours(&mut Fields::of(hours.pointer("")?, String::new(), &faults)?)
}

/// Ids of one request: more would not fit the filter of one.
pub const IDS_MAX: usize = 1_000;

/// Rows of a page.
pub const PAGE_SIZE_MAX: u32 = 1_000;

/// Days off of a clock that runs in business hours.
pub const HOLIDAYS_MAX: usize = 1_000;

/// Rows that a request may be limited to.
const LIMIT_MAX: u32 = 500_000;

const PAGE_SIZE_DEFAULT: u32 = 100;

const TIMEOUT_DEFAULT: Span = Span::from_secs(3_600);

/// The tutorial's threshold.
const THRESHOLD_DEFAULT: Span = Span::from_secs(15);
