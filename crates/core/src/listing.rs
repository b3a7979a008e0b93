//! Lists: what they show of an execution, and where a page goes on. Never keeps one.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::batch::{Batch, BatchOrder};
use crate::chain::{Chain, ChainOrder};
use crate::execution::{Execution, Order};
use crate::flow::{FlowOutcome, FlowStatus, Summary};
use crate::id::{ActionId, CorrelationId, ExecutionId, FlowId, Tag, TenantId};
use crate::retrieval::{HistoryOrder, Retrieval};
use crate::status::{Outcome, Status};
use crate::time::{Rfc3339, Span, Timestamp};
use crate::wire::batch::BatchLinks;
use crate::wire::chain::{ChainLinks, ChainSummary};
use crate::wire::history::HistoryLinks;
use crate::wire::{Kind, Links, status_of};

/// An execution in a list. May be some seconds behind the execution's own snapshot, which `links` leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Listing {
    /// `exe_…`.
    pub id: ExecutionId,
    /// `execution`.
    pub kind: Kind,
    /// Of which tenant.
    pub tenant: TenantId,
    /// The sequence number of the state that this shows.
    pub seq: u64,
    /// What CXone said.
    pub status: Status,
    /// How it ended; null while it has not.
    pub outcome: Option<Outcome>,
    /// The action; null where it is not known.
    pub action_id: Option<ActionId>,
    /// Our key on CXone's side.
    pub correlation_id: CorrelationId,
    /// 32 hex digits.
    pub trace_id: String,
    /// The caller's labels.
    pub tags: Vec<Tag>,
    /// Notifications that were given up.
    pub dead_letters: u64,
    /// When it was accepted.
    pub created_at: Rfc3339,
    /// When it last changed.
    pub updated_at: Rfc3339,
    /// When it ended; null while it has not.
    pub ended_at: Option<Rfc3339>,
    /// Where to go from here.
    pub links: Links,
}

impl Listing {
    /// The execution as it stands; `base` is where the API is served, without a slash at the end.
    #[must_use]
    pub fn of(order: &Order, execution: &Execution, dead_letters: u64, base: &str) -> Self {
        let ending = execution.ending();
        Self {
            id: order.id.clone(),
            kind: Kind::Execution,
            tenant: order.tenant.clone(),
            seq: execution.seq(),
            status: status_of(execution),
            outcome: ending.map(|(ending, _)| ending.outcome()),
            action_id: order.door.action_id().cloned(),
            correlation_id: order.correlation_id.clone(),
            trace_id: order.trace.trace_id().into(),
            tags: order.tags.clone(),
            dead_letters,
            created_at: order.created_at.into(),
            updated_at: execution.updated_at().into(),
            ended_at: ending.map(|(_, at)| at.into()),
            links: Links::new(base, &order.id),
        }
    }

    /// From when on its retention counts: as its object says, or the latest at which it can be over without our having
    /// been told.
    #[must_use]
    pub fn over_at(&self, told: Option<Timestamp>) -> Timestamp {
        told.unwrap_or_else(|| self.created_at.0.plus(LIFE_MAX))
    }
}

/// A batch in a list. May be some seconds behind the batch's own snapshot, which `links` leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BatchListing {
    /// `bat_…`.
    pub id: FlowId,
    /// `batch`.
    pub kind: Kind,
    /// Of which tenant.
    pub tenant: TenantId,
    /// The sequence number of the state that this shows.
    pub seq: u64,
    /// How far it is.
    pub status: FlowStatus,
    /// How it ended; null while it has not.
    pub outcome: Option<FlowOutcome>,
    /// 1, and one more for each redrive.
    pub generation: u32,
    /// The action.
    pub action_id: ActionId,
    /// How many items stand where.
    pub summary: Summary,
    /// 32 hex digits.
    pub trace_id: String,
    /// The caller's labels.
    pub tags: Vec<Tag>,
    /// Notifications that were given up.
    pub dead_letters: u64,
    /// When it was accepted.
    pub created_at: Rfc3339,
    /// When it last changed.
    pub updated_at: Rfc3339,
    /// When it ended; null while it has not.
    pub ended_at: Option<Rfc3339>,
    /// Where to go from here.
    pub links: BatchLinks,
}

impl BatchListing {
    /// The batch as it stands; `base` is where the API is served, without a slash at the end.
    #[must_use]
    pub fn of(order: &BatchOrder, batch: &Batch, dead_letters: u64, base: &str) -> Self {
        let standing = batch.standing();
        let ended = standing.ended();
        Self {
            id: order.id.clone(),
            kind: Kind::Batch,
            tenant: order.tenant.clone(),
            seq: standing.seq(),
            status: standing.status(),
            outcome: ended.map(|(outcome, _)| outcome),
            generation: standing.generation(),
            action_id: order.action_id.clone(),
            summary: *batch.summary(),
            trace_id: order.trace.trace_id().into(),
            tags: order.tags.clone(),
            dead_letters,
            created_at: order.created_at.into(),
            updated_at: standing.updated_at().into(),
            ended_at: ended.map(|(_, at)| at.into()),
            links: BatchLinks::new(base, &order.id),
        }
    }
}

/// A chain in a list. May be some seconds behind the chain's own snapshot, which `links` leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChainListing {
    /// `chn_…`.
    pub id: FlowId,
    /// `chain`.
    pub kind: Kind,
    /// Of which tenant.
    pub tenant: TenantId,
    /// The sequence number of the state that this shows.
    pub seq: u64,
    /// How far it is.
    pub status: FlowStatus,
    /// How it ended; null while it has not.
    pub outcome: Option<FlowOutcome>,
    /// 1, and one more for each redrive.
    pub generation: u32,
    /// How many nodes stand where.
    pub summary: ChainSummary,
    /// 32 hex digits.
    pub trace_id: String,
    /// The caller's labels.
    pub tags: Vec<Tag>,
    /// Notifications that were given up.
    pub dead_letters: u64,
    /// When it was accepted.
    pub created_at: Rfc3339,
    /// When it last changed.
    pub updated_at: Rfc3339,
    /// When it ended; null while it has not.
    pub ended_at: Option<Rfc3339>,
    /// Where to go from here.
    pub links: ChainLinks,
}

impl ChainListing {
    /// The chain as it stands; `base` is where the API is served, without a slash at the end.
    #[must_use]
    pub fn of(order: &ChainOrder, chain: &Chain, dead_letters: u64, base: &str) -> Self {
        let standing = chain.standing();
        let ended = standing.ended();
        Self {
            id: order.id.clone(),
            kind: Kind::Chain,
            tenant: order.tenant.clone(),
            seq: standing.seq(),
            status: standing.status(),
            outcome: ended.map(|(outcome, _)| outcome),
            generation: standing.generation(),
            summary: chain.summary(),
            trace_id: order.trace.trace_id().into(),
            tags: order.tags.clone(),
            dead_letters,
            created_at: order.created_at.into(),
            updated_at: standing.updated_at().into(),
            ended_at: ended.map(|(_, at)| at.into()),
            links: ChainLinks::new(base, &order.id),
        }
    }
}

/// A history query in a list. May be some seconds behind the query's own snapshot, which `links` leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HistoryListing {
    /// `his_…`.
    pub id: FlowId,
    /// `history`.
    pub kind: Kind,
    /// Of which tenant.
    pub tenant: TenantId,
    /// The sequence number of the state that this shows.
    pub seq: u64,
    /// How far it is.
    pub status: FlowStatus,
    /// How it ended; null while it has not.
    pub outcome: Option<FlowOutcome>,
    /// Different rows that are there.
    pub rows: u64,
    /// Rows that should be; null while CXone has not said.
    pub total: Option<u64>,
    /// 32 hex digits.
    pub trace_id: String,
    /// The caller's labels.
    pub tags: Vec<Tag>,
    /// Notifications that were given up.
    pub dead_letters: u64,
    /// When it was accepted.
    pub created_at: Rfc3339,
    /// When it last changed.
    pub updated_at: Rfc3339,
    /// When it ended; null while it has not.
    pub ended_at: Option<Rfc3339>,
    /// Where to go from here.
    pub links: HistoryLinks,
}

impl HistoryListing {
    /// The query as it stands; `base` is where the API is served, without a slash at the end.
    #[must_use]
    pub fn of(order: &HistoryOrder, retrieval: &Retrieval, dead_letters: u64, base: &str) -> Self {
        let standing = retrieval.standing();
        let ended = standing.ended();
        Self {
            id: order.id.clone(),
            kind: Kind::History,
            tenant: order.tenant.clone(),
            seq: standing.seq(),
            status: standing.status(),
            outcome: ended.map(|(outcome, _)| outcome),
            rows: retrieval.progress().rows,
            total: retrieval.progress().expected(order),
            trace_id: order.trace.trace_id().into(),
            tags: order.tags.clone(),
            dead_letters,
            created_at: order.created_at.into(),
            updated_at: standing.updated_at().into(),
            ended_at: ended.map(|(_, at)| at.into()),
            links: HistoryLinks::new(base, &order.id),
        }
    }
}

/// Where a list of batches, chains or histories goes on: after this one, to older ones. `1795255200000.bat_…`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowCursor {
    /// When it was accepted.
    pub created_at: Timestamp,
    /// Which it is, among those of the same instant.
    pub id: FlowId,
}

impl FlowCursor {
    /// Reads one.
    ///
    /// # Errors
    /// [`CursorError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, CursorError> {
        let (at, id) = text.split_once('.').ok_or(CursorError)?;
        Ok(Self { created_at: instant(at)?, id: FlowId::parse(id).map_err(|_| CursorError)? })
    }
}

impl fmt::Display for FlowCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created_at.as_millis(), self.id)
    }
}

/// Where a list goes on: after this execution, to older ones. `1795255200000.exe_…`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListCursor {
    /// When it was accepted.
    pub created_at: Timestamp,
    /// Which it is, among those of the same instant.
    pub id: ExecutionId,
}

/// Where a list of what has dead letters goes on: after this execution or batch, to older ones. `1795255200000.bat_…`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadCursor {
    /// When it was accepted.
    pub created_at: Timestamp,
    /// Which it is, among those of the same instant.
    pub id: Subject,
}

/// Where the audit log goes on: after this record, to later ones. `1795255200000.exe_….12`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCursor {
    /// When it was.
    pub at: Timestamp,
    /// Of which execution or batch; `None` of what is about neither: `1795255200000..12`.
    pub subject: Option<Subject>,
    /// Its number there.
    pub number: u64,
}

/// What records of the audit log are about, and who has dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An execution.
    Execution(ExecutionId),
    /// A batch, a chain or a history itself.
    Flow(FlowId),
}

impl Subject {
    /// By its id; `None` of any other text.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        let execution = ExecutionId::parse(id).ok().map(Self::Execution);
        execution.or_else(|| FlowId::parse(id).ok().map(Self::Flow))
    }

    /// Its id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Execution(id) => id.as_str(),
            Self::Flow(id) => id.as_str(),
        }
    }
}

/// A cursor that we did not give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CursorError;

impl fmt::Display for CursorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be one that a page before gave, in its link to the next")
    }
}

impl ListCursor {
    /// Reads one.
    ///
    /// # Errors
    /// [`CursorError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, CursorError> {
        let (at, id) = text.split_once('.').ok_or(CursorError)?;
        Ok(Self { created_at: instant(at)?, id: ExecutionId::parse(id).map_err(|_| CursorError)? })
    }
}

impl DeadCursor {
    /// Reads one.
    ///
    /// # Errors
    /// [`CursorError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, CursorError> {
        let (at, id) = text.split_once('.').ok_or(CursorError)?;
        Ok(Self { created_at: instant(at)?, id: Subject::parse(id).ok_or(CursorError)? })
    }
}

impl fmt::Display for DeadCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created_at.as_millis(), self.id.as_str())
    }
}

impl AuditCursor {
    /// Reads one.
    ///
    /// # Errors
    /// [`CursorError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, CursorError> {
        let (at, rest) = text.split_once('.').ok_or(CursorError)?;
        let (subject, number) = rest.split_once('.').ok_or(CursorError)?;
        let subject = match subject {
            "" => None,
            id => Some(Subject::parse(id).ok_or(CursorError)?),
        };
        Ok(Self { at: instant(at)?, subject, number: digits(number)? })
    }
}

impl fmt::Display for ListCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created_at.as_millis(), self.id)
    }
}

impl fmt::Display for AuditCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject.as_ref().map_or("", Subject::as_str);
        write!(f, "{}.{subject}.{}", self.at.as_millis(), self.number)
    }
}

fn instant(text: &str) -> Result<Timestamp, CursorError> {
    digits(text)
        .ok()
        .filter(|millis| *millis <= Timestamp::MAX.as_millis())
        .map(Timestamp::from_millis)
        .ok_or(CursorError)
}

/// A number that is written in one way only, and that a row holds exactly.
fn digits(text: &str) -> Result<u64, CursorError> {
    let number = text.parse().ok().filter(|number| *number <= NUMBER_MAX && format!("{number}") == text);
    number.ok_or(CursorError)
}

/// An execution ends within 30 days; one more for whatever comes after.
const LIFE_MAX: Span = Span::from_secs(31 * 86_400);

/// The largest number that a row and JavaScript hold exactly.
const NUMBER_MAX: u64 = 9_007_199_254_740_991;
