//! Notifications that a caller's webhook is owed: in order, at least once, until it is given up. Never sends one.
//!
//! Ladder and signature after Standard Webhooks 1.0: a webhook that fails is tried again over three days.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::time::{Span, Timestamp};

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// CXone's status is another one.
    StatusChanged,
    /// A call failed, and another follows.
    Retried,
    /// Something that CXone's lifecycle forbids.
    Anomaly,
    /// It ended completed.
    Completed,
    /// It ended failed, rejected, invalid or unknown.
    Failed,
    /// Our limits ended it.
    TimedOut,
    /// It was canceled.
    Canceled,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 7] = [
        Self::StatusChanged,
        Self::Retried,
        Self::Anomaly,
        Self::Completed,
        Self::Failed,
        Self::TimedOut,
        Self::Canceled,
    ];

    /// Ours, as in requests: `status_changed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StatusChanged => "status_changed",
            Self::Retried => "retried",
            Self::Anomaly => "anomaly",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Canceled => "canceled",
        }
    }
}

/// Who wants to be told of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Where to.
    pub url: String,
    /// Of what; never empty.
    pub topics: Vec<Topic>,
}

impl Subscription {
    /// Whether it wants this topic.
    #[must_use]
    pub fn wants(&self, topic: Topic) -> bool {
        self.topics.contains(&topic)
    }
}

/// What one object owes one webhook. The bodies are the shell's, by number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outbox {
    queue: Vec<Owed>,
    /// Since when the first of the queue is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent_at: Option<Timestamp>,
    /// The receiver said 410: it wants no more.
    is_gone: bool,
    /// Given up after the whole ladder.
    dead: Vec<u64>,
}

/// One notification that has not arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Owed {
    number: u64,
    tries: u32,
    due_at: Timestamp,
}

/// What became of a notification that was to be owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is owed.
    Taken {
        /// The one that made room for it: its body is no longer needed.
        dropped: Option<u64>,
    },
    /// The receiver wants no more.
    Refused,
}

/// How a delivery went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// 2xx.
    Arrived,
    /// 410: no more to this receiver.
    Gone,
    /// Anything else, with what `Retry-After` asked for.
    Failed(Option<Span>),
}

impl Outbox {
    /// Owes one more, unless the receiver is gone. Of more than [`OWED_MAX`] the oldest that is not under way is
    /// dropped: the newest tells most, and the end comes last.
    pub fn owe(&mut self, number: u64, now: Timestamp) -> Admission {
        if self.is_gone {
            return Admission::Refused;
        }
        let is_full = self.queue.len() >= OWED_MAX;
        let oldest = usize::from(self.sent_at.is_some());
        let dropped = (is_full && oldest < self.queue.len()).then(|| self.queue.remove(oldest).number);
        self.queue.push(Owed { number, tries: 0, due_at: now });
        Admission::Taken { dropped }
    }

    /// The number to deliver now, marked as under way; `None` when nothing is due.
    pub fn take_due(&mut self, now: Timestamp) -> Option<u64> {
        let first = self.queue.first()?;
        let is_under_way = self.sent_at.is_some_and(|sent_at| now < sent_at.plus(DELIVERY_PATIENCE));
        if is_under_way || now < first.due_at {
            return None;
        }
        self.sent_at = Some(now);
        Some(first.number)
    }

    /// A delivery came back. Gives the numbers whose bodies are no longer needed.
    pub fn delivered(&mut self, number: u64, delivery: Delivery, now: Timestamp) -> Vec<u64> {
        let Some(first) = self.queue.first_mut().filter(|owed| owed.number == number) else { return Vec::new() };
        self.sent_at = None;
        match delivery {
            Delivery::Arrived => self.queue.drain(..1).map(|owed| owed.number).collect(),
            Delivery::Gone => {
                self.is_gone = true;
                self.queue.drain(..).map(|owed| owed.number).collect()
            }
            Delivery::Failed(retry_after) => {
                let rung = usize::try_from(first.tries).ok().and_then(|tries| LADDER.get(tries));
                first.tries = first.tries.saturating_add(1);
                match rung {
                    Some(wait) => first.due_at = now.plus((*wait).max(retry_after.unwrap_or(Span::ZERO))),
                    // Three days of silence: what waits behind it would fare no better.
                    None => self.dead.extend(self.queue.drain(..).map(|owed| owed.number)),
                }
                Vec::new()
            }
        }
    }

    /// The process was lost: what was under way is due again. A receiver may see it twice; its id is the same.
    pub fn interrupted(&mut self) {
        self.sent_at = None;
    }

    /// When [`Self::take_due`] has something; `None` when nothing is owed.
    #[must_use]
    pub fn next_wake_at(&self) -> Option<Timestamp> {
        let first = self.queue.first()?;
        Some(self.sent_at.map_or(first.due_at, |sent_at| sent_at.plus(DELIVERY_PATIENCE)))
    }

    /// How many have not arrived.
    #[must_use]
    pub fn owed(&self) -> usize {
        self.queue.len()
    }

    /// The numbers of those that were given up.
    #[must_use]
    pub fn dead(&self) -> &[u64] {
        &self.dead
    }
}

/// Waits after each failed try: ten tries over three days.
const LADDER: [Span; 9] = [
    Span::from_secs(5),
    Span::from_secs(300),
    Span::from_secs(1_800),
    Span::from_secs(7_200),
    Span::from_secs(18_000),
    Span::from_secs(36_000),
    Span::from_secs(50_400),
    Span::from_secs(72_000),
    Span::from_secs(86_400),
];

/// How long a delivery may be under way.
const DELIVERY_PATIENCE: Span = Span::from_secs(30);

/// Notifications that one object holds for a receiver that does not answer.
pub const OWED_MAX: usize = 256;
