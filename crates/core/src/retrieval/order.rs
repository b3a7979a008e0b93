//! What was asked for: everything of a history query that never changes. Never says how it goes.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::query::HistoryQuery;
use crate::backoff::Backoff;
use crate::flow::{drawn_bytes, span_of_delivery};
use crate::history::{Judged, MissingEnd, OpenHours, Options, Outliers};
use crate::id::{CorrelationId, FlowId, Tag, TenantId};
use crate::json::Json;
use crate::outbox::Subscription;
use crate::profile::Profile;
use crate::time::{Span, Timestamp};
use crate::trace::TraceContext;
use crate::validate::{HistoryRequest, parse_hours};

/// An accepted history query: what the machine is told once and reads for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryOrder {
    /// Ours.
    pub id: FlowId,
    /// Whose CXone account.
    pub tenant: TenantId,
    /// By which profile.
    pub profile: String,
    /// How the profile parts a history.
    pub paging: Paging,
    /// Which interactions.
    pub query: HistoryQuery,
    /// Rows of a page, 1..=1,000.
    pub page_size: u32,
    /// Rows in all, at most.
    pub limit: Option<u64>,
    /// How it is analysed.
    pub analyzed: Analyzed,
    /// How long it may take.
    pub timeout: Span,
    /// Its span: in the caller's trace, or the first of a new one.
    pub trace: TraceContext,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// Our key on CXone's side.
    pub correlation_id: CorrelationId,
    /// How long a page waits after a failure, and how often it is asked for.
    pub backoff: Backoff,
    /// The caller's labels.
    pub tags: Vec<Tag>,
    /// Who is told.
    pub notify: Option<Subscription>,
    /// Decides all chance.
    pub seed: u64,
}

/// How a profile parts a history into answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paging {
    /// By the number of rows before a page: pages may be asked for at the same time.
    Offset,
    /// By what the page before says: one after the other.
    Cursor,
    /// An answer for each contact that is asked for.
    Contact,
    /// One answer, all of it.
    Whole,
}

/// How a history is analysed, as its request says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analyzed {
    /// A dwell time beyond this one is a bottleneck's.
    pub threshold: Span,
    /// Whether every node is held against it, not decisions only.
    pub is_every_node_judged: bool,
    /// Whether a step without an end ends with the next one's start.
    pub takes_next_start: bool,
    /// When the clock runs, as the request has it; always where there is none.
    pub hours: Option<Json>,
}

/// Names and randomness that the shell gives to a new history query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryIdentity {
    /// Ours.
    pub id: FlowId,
    /// Its span: in the caller's trace, or the first of a new one.
    pub trace: TraceContext,
    /// Decides all chance in its life.
    pub seed: u64,
}

impl HistoryOrder {
    /// Accepts a request. `None` where the profile has no history.
    #[must_use]
    pub fn accept(
        request: HistoryRequest,
        identity: HistoryIdentity,
        profile: &Profile,
        now: Timestamp,
    ) -> Option<Self> {
        let correlation_bytes = drawn_bytes(identity.seed);
        Some(Self {
            id: identity.id,
            tenant: request.tenant,
            profile: profile.name.clone(),
            paging: Paging::of(profile)?,
            query: request.query,
            page_size: request.page_size,
            limit: request.limit,
            analyzed: request.analyzed,
            timeout: request.timeout,
            trace: identity.trace,
            created_at: now,
            correlation_id: request.correlation_id.unwrap_or_else(|| CorrelationId::from_bytes(correlation_bytes)),
            backoff: request.backoff,
            tags: request.tags,
            notify: request.notify,
            seed: identity.seed,
        })
    }

    /// What the analyzer is to do.
    #[must_use]
    pub fn options(&self) -> Options {
        let hours: Option<OpenHours> = self.analyzed.hours.as_ref().and_then(parse_hours);
        Options {
            threshold: self.analyzed.threshold,
            judged: if self.analyzed.is_every_node_judged { Judged::All } else { Judged::Decisions },
            missing_end: if self.analyzed.takes_next_start { MissingEnd::TakeNextStart } else { MissingEnd::LeaveOut },
            hours,
            outliers: Outliers::Find,
            ..Options::default()
        }
    }

    /// The span of a try (1 and up) to deliver the notification of that number.
    #[must_use]
    pub fn span_of_delivery(&self, number: u64, attempt: u32) -> TraceContext {
        span_of_delivery(&self.trace, self.seed, number, attempt)
    }
}

impl Paging {
    /// As a profile's history is asked for; `None` where it has none.
    #[must_use]
    pub fn of(profile: &Profile) -> Option<Self> {
        let endpoint = profile.history.as_ref()?;
        Some(if endpoint.names("contact_id") {
            Self::Contact
        } else if endpoint.names("cursor") {
            Self::Cursor
        } else if endpoint.names("offset") {
            Self::Offset
        } else {
            Self::Whole
        })
    }
}
