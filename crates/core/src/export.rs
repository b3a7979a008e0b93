//! When spans leave for the collector, and what becomes of them after its answer. Never sends them.
//!
//! OpenTelemetry Protocol 1.x over HTTP: 429, 502, 503 and 504 are tried again, after `Retry-After` where there is one, else
//! after a wait that doubles; any other refusal is final; `partialSuccess` says how many of a batch were refused.

use serde::{Deserialize, Serialize};

use crate::json::Json;
use crate::random;
use crate::time::{Span, Timestamp};

mod pairs;

pub use pairs::parse_pairs;

/// One tenant's line to the collector. The spans are the shell's, in the order in which they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exporter {
    /// When the next batch may leave; `None` while nothing waits.
    due_at: Option<Timestamp>,
    /// Since when one is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent_at: Option<Timestamp>,
    /// Batches in a row that are to be tried again.
    #[serde(default)]
    failures: u32,
}

/// What a collector answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// HTTP status; `None` where no answer came.
    pub status: Option<u16>,
    /// What `Retry-After` asked for.
    pub retry_after: Option<Span>,
    /// How many of the batch it refused, by `partialSuccess`.
    pub rejected: u64,
}

/// What is to be done with a batch after the collector's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrived, but for so many: forget it.
    Taken {
        /// Spans that the collector refused.
        rejected: u64,
    },
    /// The collector will never take it: forget it.
    Refused,
    /// Keep it: it leaves again later.
    Kept,
}

impl Exporter {
    /// Spans came. They leave in a while, together with those that come until then.
    pub fn queued(&mut self, now: Timestamp) {
        if self.due_at.is_none() {
            self.due_at = Some(now.plus(GATHERING));
        }
    }

    /// Whether a batch is to leave now; then it counts as under way.
    pub fn take_due(&mut self, now: Timestamp) -> bool {
        let is_due = self.next_wake_at().is_some_and(|at| at <= now);
        if is_due {
            self.sent_at = Some(now);
        }
        is_due
    }

    /// The collector answered, or did not. `is_more` says whether spans wait beside those of the batch; `seed` spreads the
    /// tries of several tenants.
    pub fn exported(&mut self, receipt: Receipt, is_more: bool, seed: u64, now: Timestamp) -> Fate {
        self.sent_at = None;
        let fate = match receipt.status {
            Some(200..=299) => Fate::Taken { rejected: receipt.rejected },
            None | Some(429 | 502 | 503 | 504) => Fate::Kept,
            Some(_) => Fate::Refused,
        };
        if fate == Fate::Kept {
            let wait = receipt.retry_after.map_or_else(|| self.wait(seed), |asked| asked.min(WAIT_MAX));
            self.failures = self.failures.saturating_add(1);
            self.due_at = Some(now.plus(wait));
        } else {
            self.failures = 0;
            self.due_at = is_more.then_some(now);
        }
        fate
    }

    /// The process was lost, and with it a batch under way: it leaves again. A collector may have it twice then.
    pub fn interrupted(&mut self) {
        self.sent_at = None;
    }

    /// When [`Self::take_due`] has something to do; `None` while nothing waits.
    #[must_use]
    pub fn next_wake_at(&self) -> Option<Timestamp> {
        let due_at = self.due_at?;
        Some(self.sent_at.map_or(due_at, |sent_at| sent_at.plus(EXPORT_PATIENCE.plus(GATHERING)).max(due_at)))
    }

    /// Doubles from one second on, and takes between half of that and all of it.
    fn wait(&self, seed: u64) -> Span {
        let doubled = FIRST_WAIT.as_millis().checked_shl(self.failures.min(16)).unwrap_or(u64::MAX);
        let full = Span::from_millis(doubled).min(WAIT_MAX);
        let half = full.as_millis() / 2;
        let spread =
            random::draw(seed, u64::from(self.failures)).checked_rem(half.saturating_add(1)).unwrap_or_default();
        Span::from_millis(half.saturating_add(spread))
    }
}

impl Receipt {
    /// No answer came.
    pub const NONE: Self = Self { status: None, retry_after: None, rejected: 0 };

    /// An answer; `body` is JSON, or nothing that we can read.
    #[must_use]
    pub fn read(status: u16, retry_after: Option<Span>, body: &str) -> Self {
        let rejected = Json::parse(body).ok().and_then(|body| {
            // A 64-bit number is text in protobuf's JSON, and some write it as a number all the same.
            body.pointer("/partialSuccess/rejectedSpans")?.get().trim_matches('"').parse().ok()
        });
        Self { status: Some(status), retry_after, rejected: rejected.unwrap_or_default() }
    }
}

/// How long spans wait for others that leave with them.
const GATHERING: Span = Span::from_secs(2);

/// The first wait after a failure.
const FIRST_WAIT: Span = Span::from_secs(1);

/// The longest wait after a failure, also where the collector asks for more.
const WAIT_MAX: Span = Span::from_secs(300);

/// How long an export may take.
pub const EXPORT_PATIENCE: Span = Span::from_secs(10);

/// Spans of one export.
pub const BATCH_MAX: u32 = 512;

/// Spans that wait at most; of more the oldest go.
pub const QUEUE_MAX: u64 = 10_000;
