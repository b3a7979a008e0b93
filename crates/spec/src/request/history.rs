//! What a request for a history may say. What JSON Schema cannot say of it, and only the reader knows: a day is one of the
//! calendar, `end` does not lie before `start`, `start` is not in the future, and neither is older than what CXone keeps; and what
//! the tenant's profile takes: a filter that is not empty, or one contact at a time.

use cxpulse_core::id::{CorrelationId, Tag, TenantId};
use cxpulse_core::outbox::Topic;
use cxpulse_core::retrieval::{InteractionId, ROWS_MAX};
use cxpulse_core::validate::{HOLIDAYS_MAX, IDS_MAX, PAGE_SIZE_MAX, TAGS_MAX};
use cxpulse_core::wire::history::{JudgeWord, MissingEndWord};
use schemars::JsonSchema;

use super::Backoff;

/// The body of `POST /v1/histories`: which interactions, and how they are analysed.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "HistoryRequest")]
pub struct History {
    /// These interactions, each once; any unless given. A profile that asks for one contact at a time needs them.
    #[schemars(length(max = IDS_MAX))]
    interaction_ids: Option<Vec<InteractionId>>,
    /// With a step that began then or later: RFC 3339 with a zone, within the 30 days that CXone keeps.
    #[schemars(regex(pattern = INSTANT), extend("format" = "date-time", "examples" = ["2026-11-20T00:00:00Z"]))]
    start: Option<String>,
    /// With a step that began then or earlier.
    #[schemars(regex(pattern = INSTANT), extend("format" = "date-time", "examples" = ["2026-11-21T00:00:00Z"]))]
    end: Option<String>,
    /// With a step that failed, or with one that did not.
    error_state: Option<bool>,
    /// Rows of a page.
    #[schemars(range(min = 1, max = PAGE_SIZE_MAX), extend("default" = 100))]
    page_size: Option<u32>,
    /// Rows in all; all there are unless given.
    #[schemars(range(min = 1, max = ROWS_MAX))]
    limit: Option<u64>,
    /// Seconds beyond which a dwell time is a bottleneck's.
    #[schemars(range(min = 0.0, max = 2_592_000.0), extend("default" = 15))]
    bottleneck_seconds: Option<f64>,
    /// Whose dwell times are held against that.
    #[schemars(extend("default" = "decisions"))]
    judge: Option<JudgeWord>,
    /// What becomes of a step without an end.
    #[schemars(extend("default" = "leave_out"))]
    missing_end: Option<MissingEndWord>,
    /// When the clock runs; always unless given.
    business_hours: Option<BusinessHours>,
    /// Seconds after which it ends at the latest.
    #[schemars(range(min = 5.0, max = 2_592_000.0), extend("default" = 3_600))]
    timeout_seconds: Option<f64>,
    /// The tenant; the key's own unless given, `default` for an operator.
    tenant: Option<TenantId>,
    /// The tenant's profile, to be sure of it.
    #[schemars(regex(pattern = "^[^\\u0000]*$"))]
    profile: Option<String>,
    /// Our key on CXone's side; made up unless given.
    correlation_id: Option<CorrelationId>,
    /// Labels.
    #[schemars(length(max = TAGS_MAX))]
    tags: Option<Vec<Tag>>,
    /// When a page is asked for again.
    backoff: Option<Backoff>,
    /// Whom to tell; nobody unless given.
    notify: Option<HistoryNotify>,
}

/// A clock that runs in business hours only.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BusinessHours {
    /// Days of the week, hours, and how far the clock is ahead of UTC: `mon-fri 09:00-17:30 +01:00`. It closes later than it opens,
    /// at `24:00` at the latest.
    #[schemars(regex(pattern = HOURS), extend("examples" = ["mon-fri 09:00-17:30 +01:00"]))]
    hours: String,
    /// Days on which it does not run at all.
    #[schemars(length(max = HOLIDAYS_MAX), inner(regex(pattern = DATE)), extend("examples" = [["2026-12-24"]]))]
    holidays: Option<Vec<String>>,
}

/// Whom to tell of a history query, and of what. Deliveries are signed as Standard Webhooks.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryNotify {
    /// Where to: https, of a public host, or one that the deployment allows.
    #[schemars(length(max = 2_048), regex(pattern = "^https?://[!-.0-~][!-~]*$"), extend("examples" = ["https://example.com/hooks/cxpulse"]))]
    url: String,
    /// Of what; of everything unless given.
    #[schemars(length(max = TOPICS))]
    events: Option<Vec<HistoryTopic>>,
}

/// What a notification of a history query is about.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoryTopic {
    /// Its first page is asked for.
    Started,
    /// It ended, and has rows.
    Completed,
    /// It ended without.
    Failed,
    /// Its time was up.
    TimedOut,
    /// It was canceled.
    Canceled,
}

/// RFC 3339 section 5.6, since 1970.
const INSTANT: &str = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]{1,9})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$";

const DATE: &str = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

const HOURS: &str = "^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))? ([01]?[0-9]|2[0-3]):[0-5][0-9]-(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)( ([Zz]|[+-](0?[0-9]|1[0-7]):[0-5][0-9]|[+-]18:00))?$";

const TOPICS: usize = Topic::OF_HISTORIES.len();
