//! How a history query came out: what was expected, what came, and whether that is good enough. Never guesses an expectation: it is
//! CXone's own total, or the ids that were asked for.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::order::HistoryOrder;
use super::progress::Progress;
use super::query::InteractionId;
use crate::flow::FlowOutcome;
use crate::time::{Rfc3339, Span, Timestamp};

/// What came of it all, against what should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "HistoryCompletion"))]
pub struct Completion {
    /// From being accepted to the end, in milliseconds.
    pub latency_ms: u64,
    /// Records that should be there; null where nobody says.
    pub records_expected: Option<u64>,
    /// Who says so; null where nobody does.
    pub expected_by: Option<Expectation>,
    /// Records that are there, each once.
    pub records_got: u64,
    /// The part of what is expected that is there, 0.0..=1.0; null where nothing is expected.
    pub accuracy: Option<Share>,
    /// Whether that may be relied on.
    pub compliance_status: Compliance,
}

/// A part of a whole, to four decimals: 0.0..=1.0 in JSON, stored and read again as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "f64", into = "f64")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "f64"))]
pub struct Share(u16);

impl Share {
    /// So much of `whole`, rounded down; of nothing all is there.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Self {
        let parts = u128::from(part.min(whole)).saturating_mul(WHOLE.into()).checked_div(whole.into());
        Self(parts.and_then(|parts| u16::try_from(parts).ok()).unwrap_or(WHOLE))
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> Self {
        Self::from(share.0) / Self::from(WHOLE)
    }
}

impl From<f64> for Share {
    fn from(share: f64) -> Self {
        let parts = Span::from_millis_f64((share.clamp(0.0, 1.0) * f64::from(WHOLE)).max(0.0)).as_millis();
        Self(u16::try_from(parts).unwrap_or(WHOLE))
    }
}

const WHOLE: u16 = 10_000;

/// Who says how many records there should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "HistoryExpectation"))]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// CXone's own total, up to the limit that was asked for.
    Total,
    /// The ids that were asked for, each an interaction.
    InteractionIds,
}

/// Whether a history may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ComplianceStatus"))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Compliance {
    /// More than 95 % of what is expected is there.
    Verified,
    /// Less is, or nobody knows what to expect, or what CXone says of it does not add up.
    ReviewRequired,
}

/// The entry that a compliance log takes, field by field as the tutorial on workflow history has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "HistoryAuditEntry"))]
pub struct AuditEntry {
    /// When it ended.
    pub audit_timestamp: Rfc3339,
    /// The first interaction that was asked for; null where any was.
    pub interaction_id: Option<String>,
    /// What CXone was asked, in its own words.
    pub query_filter: String,
    /// Records that are there.
    pub records_processed: u64,
    /// From being accepted to the end.
    pub extraction_latency_ms: u64,
    /// The part of what is expected that is there; null where nothing is expected.
    pub accuracy_rate: Option<Share>,
    /// Whether that may be relied on.
    pub compliance_status: Compliance,
}

impl Completion {
    pub(super) fn of(order: &HistoryOrder, progress: &Progress, outcome: FlowOutcome, at: Timestamp) -> Self {
        let expectation = expectation(order, progress);
        let got = match expectation {
            Some((Expectation::InteractionIds, _)) => progress.interactions,
            Some((Expectation::Total, _)) | None => progress.rows,
        };
        let accuracy = expectation.map(|(_, expected)| Share::of(got, expected));
        let is_good = accuracy.is_some_and(|accuracy| accuracy > VERIFIED_ABOVE);
        let is_whole = outcome == FlowOutcome::Completed && progress.is_sure();
        Self {
            latency_ms: at.since(order.created_at).as_millis(),
            records_expected: expectation.map(|(_, expected)| expected),
            expected_by: expectation.map(|(by, _)| by),
            records_got: got,
            accuracy,
            compliance_status: if is_good && is_whole { Compliance::Verified } else { Compliance::ReviewRequired },
        }
    }
}

impl AuditEntry {
    /// Of a history query that ended so.
    #[must_use]
    pub fn of(order: &HistoryOrder, completion: &Completion, at: Timestamp) -> Self {
        let first: Vec<&InteractionId> = order.query.interaction_ids.iter().take(1).collect();
        Self {
            audit_timestamp: at.into(),
            interaction_id: first.first().map(|id| id.as_str().into()),
            query_filter: order.query.filter(),
            records_processed: completion.records_got,
            extraction_latency_ms: completion.latency_ms,
            accuracy_rate: completion.accuracy,
            compliance_status: completion.compliance_status,
        }
    }
}

fn expectation(order: &HistoryOrder, progress: &Progress) -> Option<(Expectation, u64)> {
    if let Some(total) = progress.expected(order) {
        return Some((Expectation::Total, total));
    }
    let ids = u64::try_from(order.query.interaction_ids.len()).unwrap_or(u64::MAX);
    let ids = order.limit.map_or(ids, |limit| ids.min(limit));
    (ids > 0).then_some((Expectation::InteractionIds, ids))
}

/// As the tutorial on workflow history has it.
const VERIFIED_ABOVE: Share = Share(9_500);
