//! An execution as the wire has it, read for showing. Never keeps what is not shown; apps get the text itself.
//!
//! The shape is `cxpulse_core::wire::Snapshot`; names of statuses, outcomes and reasons are core's.

use alloc::string::String;
use alloc::vec::Vec;
use cxpulse_core::status::{Outcome, Status};
use cxpulse_core::time::Timestamp;
use cxpulse_element::json::Raw;
use cxpulse_element::reading::{self, Waiting, instant, word};

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

impl reading::Snapshot for Snapshot {
    fn parse(text: &str) -> Option<Self> {
        let root = Raw::first(text)?;
        let status = word(root, "status")?;
        let outcome = word(root, "outcome");
        Some(Self {
            text: text.into(),
            id: word(root, "id")?,
            seq: root.member("seq")?.whole()?,
            status: Status::ALL.into_iter().find(|known| known.name() == status)?,
            outcome: match outcome {
                Some(word) => Some(Outcome::ALL.into_iter().find(|known| known.name() == word)?),
                None => None,
            },
            attempt: root.member("attempt").and_then(Raw::whole).unwrap_or(1),
            waiting: root.member("waiting").and_then(Waiting::read),
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

    fn text(&self) -> &str {
        &self.text
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn seq(&self) -> u64 {
        self.seq
    }

    fn is_worded_as(&self, other: &Self) -> bool {
        (self.status, self.outcome) == (other.status, other.outcome)
    }

    fn is_terminal(&self) -> bool {
        self.outcome.is_some()
    }

    fn done(&self) -> Option<u64> {
        self.progress.map(|progress| progress.done)
    }

    fn permille(&self) -> u64 {
        self.progress.map_or(0, Progress::permille)
    }
}

impl Progress {
    /// 0..=1000; 1000 only when all is done.
    #[must_use]
    pub const fn permille(self) -> u64 {
        reading::permille(self.done, self.total)
    }
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
