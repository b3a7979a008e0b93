//! The audit log: what people and collectors read of an execution, one flat JSON object a line. Never a payload, never a
//! secret, and never what a replay needs: that is the [`crate::journal`].
//!
//! A record is numbered within its execution, 1 and up without gaps, so whoever takes records in can tell what it has.
//! Metrics and spans are derived from records and from nothing else.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::call::CallKind;
use crate::chain::NodeName;
use crate::execution::{Ignored, Order, Reason};
use crate::failure::FailureKind;
use crate::id::{ActionId, CorrelationId, ExecutionId, FlowId, TenantId, TokenId};
use crate::outbox::Topic;
use crate::retrieval::AuditEntry;
use crate::status::{Outcome, Status};
use crate::time::{Rfc3339, Timestamp};
use crate::trace::TraceContext;
use crate::wire::Source;

mod batch;
mod bound;
mod chain;
mod derive;
mod flow;
mod history;
mod kind;

pub use bound::{Bound, IGNORED_MAX, RECORDS_MAX, REFUSED_MAX};
pub use derive::records_of;
pub(crate) use flow::flow_outcome_of;

/// One line of the audit log. Which of the optional fields are there follows from `kind`.
///
/// ```json
/// {"number":3,"at":"2026-11-21T10:00:02.041Z","kind":"status_check","execution":"exe_…","tenant":"default",
///  "who":"system","trace_id":"4bf9…","sampled":true,"span_id":"00f0…","call":"poll","attempt":2,"status":"running","took_ms":41}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AuditRecord"))]
pub struct Record {
    /// 1 and up within its execution, or among those of its tenant that are about none; without gaps.
    pub number: u64,
    /// When.
    pub at: Rfc3339,
    /// What.
    pub kind: Kind,
    /// Of which execution. Absent where somebody used something else of the tenant's: its gate, its lists, its secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<ExecutionId>,
    /// Of which batch, chain or history, where it is about that itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowId>,
    /// Of a batch's or chain's `opened` and `ended`, and of a redrive that began one: which generation, 1 and up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,
    /// How many items, or nodes, that generation began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<u32>,
    /// Of an execution that is part of a chain: of which of its nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeName>,
    /// Of which tenant.
    pub tenant: TenantId,
    /// Who did it.
    pub who: Who,
    /// Of a view token's holder: who minted it, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minted_by: Option<Who>,
    /// 32 hex digits, the same in all records of an execution.
    pub trace_id: String,
    /// Whether the trace's owner wants its spans kept.
    pub sampled: bool,
    /// The span that this is about: of `opened` and `ended` the execution's, of a call or a try to deliver its own. 16 hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span_id: Option<String>,
    /// The span that it lies in: of the execution's the caller's, of all others the execution's. Absent where the trace
    /// begins here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_span_id: Option<String>,
    /// Of `opened` and `ended`: the action, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_id: Option<ActionId>,
    /// Of `opened` and `ended`: our key on CXone's side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<CorrelationId>,
    /// Of a call, and of what follows from one: its number, 1 and up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Of a call: what it was for. Of a retry or decision: what the next call is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallKind>,
    /// Of what took time (a call, a delivery, the execution itself once it ended): when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Rfc3339>,
    /// How long that took, in milliseconds. Of `ended`: from being accepted to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// CXone's, or a webhook's, HTTP status, where it is known: of a failure, or a delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The class of the failure, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureKind>,
    /// What CXone said, of those words that its profile knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Of a retry or decision that waits: what for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Rfc3339>,
    /// How long that is, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
    /// Of a `decision`: what was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Why an answer or a callback changed nothing, where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<Ignored>,
    /// Of an `anomaly`: its kind, `skipped_state`, …: one of [`crate::status::AnomalyKind::name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anomaly: Option<String>,
    /// What programs match on: of an anomaly `INVALID_TRANSITION:PENDING->COMPLETED`, of `ended` the error's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Of `ended`: how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Of `ended`: where the result is from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Of an end on CXone: the most that lay between it and our noticing, in milliseconds. Zero where CXone called back,
    /// which is when it ended; by a poll, the time since the poll before, or since the end that progress foretold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_delay_ms: Option<u64>,
    /// Of a `notification`: its number within the execution, 1 and up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification: Option<u64>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryResult>,
    /// Of an `access`: `read`, `events`, `journal`, `audit`, `cancel`, …; where it is about no execution also `mint`, `list`,
    /// `gate`, `reset`, `doctor`, `webhook`, `dead_letters`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    /// Of `mint`: which token was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenId>,
    /// Of an `access`: whether it was allowed. Of a `callback`: whether it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<bool>,
    /// Why not, as a class: never which part of a credential was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Of a history query's `ended`: what was asked, what came, and whether that may be relied on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extraction: Option<AuditEntry>,
}

/// What a record tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AuditKind"))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The execution was accepted.
    Opened,
    /// A submit came back.
    Submit,
    /// A poll or a lookup came back.
    StatusCheck,
    /// CXone was told to stop, and answered.
    Cancel,
    /// A call failed, and is made again.
    Retry,
    /// The machine chose.
    Decision,
    /// CXone did what its lifecycle forbids.
    Anomaly,
    /// A notification was owed, or one was tried.
    Notification,
    /// CXone called back.
    Callback,
    /// Somebody used it, or was refused: the first time in an hour.
    Access,
    /// It is over.
    Ended,
}

/// What the machine chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is not over: the next poll, by the ladder.
    PollLater,
    /// The next poll, at the end that progress foretells.
    PollAtForetoldEnd,
    /// The tenant's gate does not let the call go yet; `reason` says why.
    Postpone,
    /// The token was refused: the same call with a new one.
    RenewToken,
    /// The process was lost with a call that may be repeated.
    Repeat,
    /// The submit's answer was lost: the next look for it by correlation id.
    LookUp,
    /// The submit's answer was lost, and only a callback can tell now.
    AwaitCallback,
    /// The tenant's cache had a fresh result: nothing is submitted.
    UseCached,
    /// The cache had an old result: kept for when no new one can be had.
    KeepFallback,
    /// No fresh result was to be had in time: the old one stands in.
    Degrade,
    /// A strict check failed: it ends there.
    RefuseTransition,
    /// CXone is to be told to stop.
    CancelUpstream,
}

/// What became of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryResult {
    /// It is owed; nothing was sent yet.
    Owed,
    /// 2xx.
    Arrived,
    /// Anything else; it is tried again.
    Failed,
    /// The receiver wants no more.
    Gone,
    /// Given up after the whole ladder.
    Dead,
    /// Left out, for newer ones.
    Dropped,
    /// An operator had it sent again.
    Redriven,
}

/// Who did something. In JSON `key:NAME`, `token:ID`, `cxone` or `system`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Who {
    /// A holder of the API key of that name.
    Key(String),
    /// A holder of the view token of that id.
    Token(String),
    /// CXone.
    Cxone,
    /// We ourselves.
    System,
}

impl Record {
    /// A record with nothing of its kind in it yet.
    pub(crate) fn new(order: &Order, number: u64, at: Timestamp, kind: Kind, who: Who) -> Self {
        let at_tenant = Self::blank(&order.tenant, &order.trace, number, at, who);
        Self { kind, execution: Some(order.id.clone()), node: order.node.clone(), ..at_tenant }
    }

    /// `who` used `verb` on something of the tenant's that is no execution, and was allowed to.
    #[must_use]
    pub fn of_tenant(
        tenant: &TenantId,
        trace: &TraceContext,
        number: u64,
        at: Timestamp,
        who: Who,
        verb: &str,
    ) -> Self {
        Self { verb: Some(verb.into()), allowed: Some(true), ..Self::blank(tenant, trace, number, at, who) }
    }

    fn blank(tenant: &TenantId, trace: &TraceContext, number: u64, at: Timestamp, who: Who) -> Self {
        Self {
            number,
            at: at.into(),
            kind: Kind::Access,
            execution: None,
            flow: None,
            generation: None,
            items: None,
            node: None,
            tenant: tenant.clone(),
            who,
            minted_by: None,
            trace_id: trace.trace_id().into(),
            sampled: trace.is_sampled(),
            span_id: None,
            parent_span_id: None,
            action_id: None,
            correlation_id: None,
            attempt: None,
            call: None,
            started_at: None,
            took_ms: None,
            http_status: None,
            failure: None,
            status: None,
            reason: None,
            until: None,
            wait_ms: None,
            decision: None,
            ignored: None,
            anomaly: None,
            code: None,
            outcome: None,
            source: None,
            notice_delay_ms: None,
            notification: None,
            topic: None,
            delivery: None,
            verb: None,
            token: None,
            allowed: None,
            refusal: None,
            extraction: None,
        }
    }

    /// `who` used `verb` on the execution; `refusal` names the class of reason why it was not allowed to.
    #[must_use]
    pub fn access(order: &Order, number: u64, at: Timestamp, who: Who, verb: &str, refusal: Option<&str>) -> Self {
        Self {
            verb: Some(verb.into()),
            allowed: Some(refusal.is_none()),
            refusal: refusal.map(Into::into),
            ..Self::new(order, number, at, Kind::Access, who)
        }
    }

    /// Something became of a notification.
    #[must_use]
    pub fn notification(order: &Order, number: u64, at: Timestamp, who: Who, notification: &Notification) -> Self {
        let attempt = notification.trip.and(notification.attempt);
        let span = attempt.map(|attempt| order.span_of_delivery(notification.number, attempt));
        Self::new(order, number, at, Kind::Notification, who).with_delivery(notification, span.as_ref())
    }

    fn with_delivery(self, notification: &Notification, span: Option<&TraceContext>) -> Self {
        let (trip, at) = (notification.trip, self.at.0);
        Self {
            notification: Some(notification.number),
            topic: notification.topic,
            delivery: Some(notification.result),
            attempt: notification.attempt,
            started_at: trip.map(|trip| trip.started_at.into()),
            took_ms: trip.map(|trip| at.since(trip.started_at).as_millis()),
            http_status: trip.and_then(|trip| trip.http_status),
            span_id: span.map(|span| span.span_id().into()),
            parent_span_id: span.and_then(|span| span.parent_id()).map(Into::into),
            ..self
        }
    }

    /// A callback that was not taken: its signature is wrong or missing, it is too old, it is a replay, or it is none.
    #[must_use]
    pub fn callback_refused(order: &Order, number: u64, at: Timestamp, refusal: &str) -> Self {
        Self {
            allowed: Some(false),
            refusal: Some(refusal.into()),
            ..Self::new(order, number, at, Kind::Callback, Who::Cxone)
        }
    }
}

/// What became of a notification, for [`Record::notification`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notification {
    /// Its number within the execution.
    pub number: u64,
    /// What it is about, where that is known.
    pub topic: Option<Topic>,
    /// What became of it.
    pub result: DeliveryResult,
    /// Which try that was, 1 and up.
    pub attempt: Option<u32>,
    /// The try itself, where one was made.
    pub trip: Option<Trip>,
}

/// One try to deliver a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trip {
    /// When it was sent.
    pub started_at: Timestamp,
    /// What the receiver answered; `None` where no answer came.
    pub http_status: Option<u16>,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(name) => write!(f, "key:{name}"),
            Self::Token(id) => write!(f, "token:{id}"),
            Self::Cxone => f.write_str("cxone"),
            Self::System => f.write_str("system"),
        }
    }
}

impl From<Who> for String {
    fn from(who: Who) -> Self {
        alloc::format!("{who}")
    }
}

impl TryFrom<String> for Who {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        match (text.as_str(), text.split_once(':')) {
            ("cxone", _) => Ok(Self::Cxone),
            ("system", _) => Ok(Self::System),
            (_, Some(("key", name))) if !name.is_empty() => Ok(Self::Key(name.into())),
            (_, Some(("token", id))) if !id.is_empty() => Ok(Self::Token(id.into())),
            _ => Err("must be key:NAME, token:ID, cxone or system"),
        }
    }
}
