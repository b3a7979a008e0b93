//! An execution as the wire has it, read for showing. Never keeps what is not shown; apps get the text itself.
//!
//! The shape is `cxpulse_core::wire::Snapshot`; names of statuses, outcomes and reasons are core's.

use alloc::string::String;
use alloc::vec::Vec;
use cxpulse_core::execution::Reason;
use cxpulse_core::status::{Outcome, Status};
use cxpulse_core::time::Timestamp;

use crate::json::Raw;

/// What is shown of a snapshot, and the snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The whole of it, as it came.
    pub text: String,
    /// `exe_…`.
    pub id: String,
    /// Counts up with every change.
    pub seq: u64,
    /// What CXone says.
    pub status: Status,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// 1 and up.
    pub attempt: u64,
    /// What is waited for.
    pub waiting: Option<Waiting>,
    /// How far.
    pub progress: Option<Progress>,
    /// The action's id, where it is known.
    pub action_id: Option<String>,
    /// The result, as JSON.
    pub result: Option<String>,
    /// When the result was new, where it is one out of the cache.
    pub stored_at: Option<Timestamp>,
    /// Why there is none.
    pub error: Option<ErrorView>,
    /// What CXone did that its lifecycle forbids: code and instant.
    pub anomalies: Vec<(String, Timestamp)>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Why; `None` for a reason that this version has no words for.
    pub reason: Option<Reason>,
    /// Until when.
    pub until: Timestamp,
}

/// How far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Records processed.
    pub done: u64,
    /// Records in all, 1 and up.
    pub total: u64,
    /// The foretold end.
    pub ends_at: Option<Timestamp>,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorView {
    /// What programs match on.
    pub code: String,
    /// What people read.
    pub message: String,
    /// CXone's own error, as JSON.
    pub upstream: Option<String>,
}

impl Snapshot {
    /// Reads a snapshot; `None` where a field that everything depends on is missing or not of its type.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let root = Raw::first(text)?;
        let word = |name: &str| root.member(name)?.string();
        let status = word("status")?;
        let outcome = word("outcome");
        Some(Self {
            text: text.into(),
            id: word("id")?,
            seq: root.member("seq")?.whole()?,
            status: Status::ALL.into_iter().find(|known| known.name() == status)?,
            outcome: match outcome {
                Some(word) => Some(Outcome::ALL.into_iter().find(|known| known.name() == word)?),
                None => None,
            },
            attempt: root.member("attempt").and_then(Raw::whole).unwrap_or(1),
            waiting: root.member("waiting").and_then(read_waiting),
            progress: root.member("progress").and_then(read_progress),
            action_id: root.member("upstream").and_then(|it| it.member("action_id")).and_then(Raw::string),
            result: root.member("result").map(|raw| raw.text().into()),
            stored_at: instant(root, "stored_at"),
            error: root.member("error").and_then(read_error),
            anomalies: root.member("anomalies").map(read_anomalies).unwrap_or_default(),
            created_at: instant(root, "created_at")?,
            updated_at: instant(root, "updated_at")?,
            ended_at: instant(root, "ended_at"),
        })
    }

    /// Whether nothing follows it.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        self.outcome.is_some()
    }
}

impl Progress {
    /// 0..=1000; 1000 only when all is done.
    #[must_use]
    pub const fn permille(self) -> u64 {
        let done = if self.done < self.total { self.done } else { self.total };
        // Counts beyond 10^16 are scaled down first, so that nothing overflows.
        match done.checked_mul(1_000) {
            Some(product) => product / self.total,
            None => done / (self.total / 1_000),
        }
    }
}

fn instant(root: Raw<'_>, name: &str) -> Option<Timestamp> {
    parse_instant(&root.member(name)?.string()?)
}

#[cfg(not(target_arch = "wasm32"))]
fn parse_instant(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text).ok()
}

/// The browser reads the same format, and is there already: core's reader is a twentieth of the size budget.
#[cfg(target_arch = "wasm32")]
fn parse_instant(text: &str) -> Option<Timestamp> {
    Some(crate::hands::parse_instant(text)).filter(|at| *at > Timestamp::default())
}

fn read_waiting(raw: Raw<'_>) -> Option<Waiting> {
    let name = raw.member("reason")?.string()?;
    let reason = REASONS.into_iter().find(|known| known.name() == name);
    Some(Waiting { reason, until: instant(raw, "until")? })
}

fn read_progress(raw: Raw<'_>) -> Option<Progress> {
    let total = raw.member("total")?.whole().filter(|total| *total > 0)?;
    Some(Progress { done: raw.member("done")?.whole()?, total, ends_at: instant(raw, "ends_at") })
}

fn read_error(raw: Raw<'_>) -> Option<ErrorView> {
    Some(ErrorView {
        code: raw.member("code")?.string()?,
        message: raw.member("message").and_then(Raw::string).unwrap_or_default(),
        upstream: raw.member("upstream").map(|raw| raw.text().into()),
    })
}

fn read_anomalies(raw: Raw<'_>) -> Vec<(String, Timestamp)> {
    raw.items().filter_map(|item| Some((item.member("code")?.string()?, instant(item, "at")?))).collect()
}

const REASONS: [Reason; 9] = [
    Reason::Backoff,
    Reason::Predicted,
    Reason::Retry,
    Reason::RateLimited,
    Reason::Permit,
    Reason::BreakerOpen,
    Reason::Credentials,
    Reason::LookUp,
    Reason::Callback,
];
