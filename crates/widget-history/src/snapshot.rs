//! A history as the wire has it, read for showing. Never keeps what is not shown; apps get the text itself.
//!
//! The shape is `cxpulse_core::wire::history::HistorySnapshot`.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_core::time::Timestamp;
pub use cxpulse_element::flow::State;
use cxpulse_element::json::Raw;
use cxpulse_element::reading::{self, Waiting, instant, word};

use crate::number::millionths;
use crate::report::items;

/// What is shown of a snapshot, and the snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The whole of it, as it came.
    pub text: String,
    /// `his_…`.
    pub id: String,
    /// Counts up with every change.
    pub seq: u64,
    /// How far it is, or how it ended.
    pub state: State,
    /// Rows that came, and that are expected; `None` while nobody knows how many.
    pub progress: Option<(u64, u64)>,
    /// When the last row is expected.
    pub ends_at: Option<Timestamp>,
    /// Rows that came.
    pub rows: u64,
    /// Their steps.
    pub steps: u64,
    /// What they weigh.
    pub bytes: u64,
    /// Answers of CXone.
    pub pages: u64,
    /// Rows that had come before.
    pub duplicates: u64,
    /// 1, and one more for each time that it was read anew.
    pub pass: u64,
    /// What is waited for.
    pub waiting: Option<Waiting>,
    /// Why it failed: code and message.
    pub error: Option<(String, String)>,
    /// What it came to, once it is whole.
    pub completion: Option<Completion>,
    /// What CXone did that its own paging forbids.
    pub anomalies: Vec<Anomaly>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What was to come, and what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
    /// Records that were expected; `None` where nobody said.
    pub expected: Option<u64>,
    /// Whether that is how many ids were asked for, and not the server's total.
    pub is_by_ids: bool,
    /// Records that came.
    pub got: u64,
    /// How much of what was expected came, of a million.
    pub accuracy: Option<u64>,
    /// Whether that is enough to rely on.
    pub is_verified: bool,
}

/// What CXone did that its own paging forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// For programs.
    pub code: String,
    /// For people.
    pub message: String,
    /// How often.
    pub count: u64,
}

impl reading::Snapshot for Snapshot {
    fn parse(text: &str) -> Option<Self> {
        let root = Raw::first(text)?;
        let status = word(root, "outcome").or_else(|| word(root, "status"))?;
        let whole = |name: &str| root.member(name).and_then(Raw::whole).unwrap_or_default();
        let progress = root.member("progress");
        Some(Self {
            text: text.into(),
            id: word(root, "id")?,
            seq: root.member("seq")?.whole()?,
            state: state_of(&status)?,
            progress: progress.and_then(|raw| Some((raw.member("done")?.whole()?, raw.member("total")?.whole()?))),
            ends_at: progress.and_then(|progress| instant(progress, "ends_at")),
            rows: whole("rows"),
            steps: whole("steps"),
            bytes: whole("bytes"),
            pages: whole("pages"),
            duplicates: whole("duplicates"),
            pass: whole("pass"),
            waiting: root.member("waiting").and_then(Waiting::read),
            error: root.member("error").and_then(|raw| Some((word(raw, "code")?, word(raw, "message")?))),
            completion: root.member("completion").and_then(Completion::read),
            anomalies: anomalies(root.member("anomalies")),
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
        self.state == other.state
    }

    fn is_terminal(&self) -> bool {
        self.state.is_terminal()
    }

    fn done(&self) -> Option<u64> {
        Some(self.rows)
    }

    fn permille(&self) -> u64 {
        match (self.state, self.progress) {
            (State::Completed, _) => 1_000,
            (_, Some((done, total))) => reading::permille(done, total).min(if total == 0 { 0 } else { 1_000 }),
            (_, None) => 0,
        }
    }
}

impl Completion {
    fn read(raw: Raw<'_>) -> Option<Self> {
        let whole = |name: &str| raw.member(name).and_then(Raw::whole);
        Some(Self {
            latency_ms: whole("latency_ms").unwrap_or_default(),
            expected: whole("records_expected"),
            is_by_ids: word(raw, "expected_by").as_deref() == Some("interaction_ids"),
            got: whole("records_got")?,
            accuracy: raw.member("accuracy").map(millionths),
            is_verified: word(raw, "compliance_status")? == "VERIFIED",
        })
    }
}

impl Anomaly {
    fn read(raw: Raw<'_>) -> Option<Self> {
        let count = raw.member("count").and_then(Raw::whole).unwrap_or(1);
        Some(Self { code: word(raw, "code")?, message: word(raw, "message").unwrap_or_default(), count })
    }
}

fn anomalies(list: Option<Raw<'_>>) -> Vec<Anomaly> {
    let mut anomalies = Vec::new();
    for raw in items(list, ANOMALIES_MAX) {
        anomalies.extend(Anomaly::read(raw));
    }
    anomalies
}

/// Of a history that CXone refused no rows come, as of one that failed; which of both it was, its error says.
fn state_of(word: &str) -> Option<State> {
    if word == "rejected" { Some(State::Failed) } else { State::of(word) }
}

/// Kinds of anomalies that are listed.
const ANOMALIES_MAX: usize = 20;
