//! Notifications that a caller's webhook is owed: in order, at least once, until it is given up. Never sends one.
//!
//! Ladder and signature after Standard Webhooks 1.0: a webhook that fails is tried again over three days. Then it is a
//! dead letter: kept, listed, and sent again when an operator says so.
//!
//! **Order.** None is sent before those that were owed earlier have arrived, died or been dropped. A dead letter says
//! nothing of the next one, which may be what the receiver can read; so the next is tried at once, and only where that
//! fails, too, do all that wait die with it, for the receiver has had its days. What is redriven takes its old
//! place before all that still waits; of what has arrived in the meantime a receiver can tell by the snapshot's `seq`.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::random;
use crate::time::{Span, Timestamp};

mod letter;

pub use letter::{Failing, Letter, LetterState, LetterView, Try};

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NotificationTopic"))]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// CXone's status is another one.
    StatusChanged,
    /// A call failed, and another follows.
    Retried,
    /// Something that CXone's lifecycle forbids.
    Anomaly,
    /// It ended completed; of a batch also with some items that did not.
    Completed,
    /// It ended failed, rejected, invalid or unknown; of a batch that too much failed, or everything.
    Failed,
    /// Our limits ended it.
    TimedOut,
    /// It was canceled.
    Canceled,
    /// The first item of a batch began, the first node of a chain was looked at, or the first page of a history was asked for.
    Started,
    /// A node of a chain began.
    NodeStarted,
    /// A node of a chain ended with an output.
    NodeCompleted,
    /// A node of a chain ended without one of its own, whether or not others go on.
    NodeFailed,
}

impl Topic {
    /// Every topic of a batch.
    pub const OF_BATCHES: [Self; 5] = [Self::Started, Self::Completed, Self::Failed, Self::TimedOut, Self::Canceled];

    /// Every topic of a chain.
    pub const OF_CHAINS: [Self; 8] = [
        Self::Started,
        Self::Completed,
        Self::Failed,
        Self::TimedOut,
        Self::Canceled,
        Self::NodeStarted,
        Self::NodeCompleted,
        Self::NodeFailed,
    ];

    /// Every topic of a history query.
    pub const OF_HISTORIES: [Self; 5] = Self::OF_BATCHES;

    /// Every topic of an execution.
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
            Self::Started => "started",
            Self::NodeStarted => "node_started",
            Self::NodeCompleted => "node_completed",
            Self::NodeFailed => "node_failed",
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

/// What one object owes one webhook. The bodies are the shell's, by number, and so is the [`Letter`] of each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outbox {
    /// What is under way first, then by number.
    queue: Vec<Owed>,
    /// Since when the first of the queue is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent_at: Option<Timestamp>,
    /// The receiver said 410: it wants no more.
    is_gone: bool,
    /// The one before the first of the queue has just died: the first gets one try to show that the receiver is there.
    #[serde(default)]
    is_doubted: bool,
    /// Given up, by number.
    dead: Vec<u64>,
    /// When something last became of one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed_at: Option<Timestamp>,
}

/// One notification that has not arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Owed {
    number: u64,
    /// Those that failed since it was owed or redriven: the rung of the ladder that it stands on.
    tries: u32,
    due_at: Timestamp,
}

/// When a delivery that failed is tried again.
#[derive(Debug, Clone, Copy)]
pub struct Pacing<'a> {
    /// The wait after each failed try, in order: the number of tries is one more. [`LADDER`] unless the tenant has its own.
    pub ladder: &'a [Span],
    /// Draws the jitter: the order's.
    pub seed: u64,
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
    /// Anything else, with what `Retry-After` asked for, a day at most.
    Failed(Option<Span>),
}

/// What changed for one notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub number: u64,
    /// What it is now. Its body is needed as long as [`LetterState::has_body`].
    pub state: LetterState,
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
        self.changed_at = Some(now);
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

    /// A delivery came back. Gives what changed; nothing where it was not under way.
    pub fn delivered(&mut self, number: u64, delivery: Delivery, pacing: Pacing<'_>, now: Timestamp) -> Vec<Change> {
        if self.sent_at.is_none() || self.queue.first().is_none_or(|first| first.number != number) {
            return Vec::new();
        }
        self.sent_at = None;
        self.changed_at = Some(now);
        match delivery {
            Delivery::Arrived => self.arrived(now),
            Delivery::Gone => {
                self.is_gone = true;
                self.drain(LetterState::Unwanted)
            }
            Delivery::Failed(retry_after) => self.failed(retry_after.unwrap_or(Span::ZERO), pacing, now),
        }
    }

    /// Owes dead letters again, due at once: those of `numbers`, or all; as many as there is room for, the oldest first. A
    /// receiver that was gone is asked again. Gives which.
    pub fn redrive(&mut self, numbers: Option<&[u64]>, now: Timestamp) -> Vec<u64> {
        let room = OWED_MAX.saturating_sub(self.queue.len());
        let is_meant = |number: &&u64| numbers.is_none_or(|numbers| numbers.contains(number));
        let back: Vec<u64> = self.dead.iter().filter(is_meant).take(room).copied().collect();
        if back.is_empty() {
            return back;
        }
        self.is_gone = false;
        self.is_doubted = false;
        self.changed_at = Some(now);
        self.dead.retain(|number| !back.contains(number));
        back.iter().for_each(|number| self.insert(Owed { number: *number, tries: 0, due_at: now }));
        back
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

    /// When one is tried next; `None` where it is not owed, or another is before it.
    #[must_use]
    pub fn next_try_at(&self, number: u64) -> Option<Timestamp> {
        self.queue.first().filter(|first| first.number == number).map(|first| first.due_at)
    }

    /// How many have not arrived.
    #[must_use]
    pub fn owed(&self) -> usize {
        self.queue.len()
    }

    /// The numbers of those that were given up, in order.
    #[must_use]
    pub fn dead(&self) -> &[u64] {
        &self.dead
    }

    /// When one was last owed, tried or redriven; `None` where none ever was.
    #[must_use]
    pub const fn changed_at(&self) -> Option<Timestamp> {
        self.changed_at
    }

    /// Whether the receiver said that it wants no more.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        self.is_gone
    }

    fn arrived(&mut self, now: Timestamp) -> Vec<Change> {
        self.is_doubted = false;
        let arrived = self.queue.drain(..1).map(|owed| Change { number: owed.number, state: LetterState::Delivered });
        let arrived = arrived.collect();
        // The receiver is there, so whoever waits behind need not wait out a rung of its own.
        if let Some(next) = self.queue.first_mut() {
            next.due_at = next.due_at.min(now);
        }
        arrived
    }

    fn failed(&mut self, retry_after: Span, pacing: Pacing<'_>, now: Timestamp) -> Vec<Change> {
        if self.is_doubted {
            self.is_doubted = false;
            return self.bury(self.queue.len());
        }
        let Some(first) = self.queue.first_mut() else { return Vec::new() };
        let rung = usize::try_from(first.tries).ok().and_then(|tries| pacing.ladder.get(tries));
        let Some(rung) = rung else {
            let buried = self.bury(1);
            self.is_doubted = !self.queue.is_empty();
            return buried;
        };
        let wait = pacing.jittered(*rung, first);
        first.tries = first.tries.saturating_add(1);
        first.due_at = now.plus(wait.max(retry_after));
        alloc::vec![Change { number: first.number, state: LetterState::Owed }]
    }

    /// Gives the first ones up. Of more than [`DEAD_MAX`] dead letters the oldest is dropped.
    fn bury(&mut self, count: usize) -> Vec<Change> {
        let count = count.min(self.queue.len());
        let mut changes = Vec::new();
        for owed in self.queue.drain(..count) {
            changes.push(Change { number: owed.number, state: LetterState::Dead });
            let at = self.dead.partition_point(|dead| *dead < owed.number);
            self.dead.insert(at, owed.number);
        }
        let spare = self.dead.len().saturating_sub(DEAD_MAX);
        for number in self.dead.drain(..spare) {
            changes.push(Change { number, state: LetterState::Dropped });
        }
        changes
    }

    /// By its number, but never before what is under way.
    fn insert(&mut self, owed: Owed) {
        let first = usize::from(self.sent_at.is_some());
        let before = self.queue.iter().skip(first).take_while(|other| other.number < owed.number).count();
        self.queue.insert(first.saturating_add(before).min(self.queue.len()), owed);
    }

    fn drain(&mut self, state: LetterState) -> Vec<Change> {
        self.queue.drain(..).map(|owed| Change { number: owed.number, state }).collect()
    }
}

impl Pacing<'_> {
    /// Up to a tenth longer, so that those who failed together do not come back together.
    fn jittered(&self, rung: Span, owed: &Owed) -> Span {
        let index = owed.number.wrapping_mul(64).wrapping_add(u64::from(owed.tries));
        let stretch = JITTER * random::draw_unit(self.seed, index);
        rung.plus(Span::from_millis_f64(rung.as_millis_f64() * stretch))
    }
}

/// Waits after each failed try: ten tries over three days, as Standard Webhooks recommends them.
pub const LADDER: [Span; 9] = [
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

/// How much longer a wait may be than its rung, as a share of it.
const JITTER: f64 = 0.1;

/// How long a delivery may be under way.
const DELIVERY_PATIENCE: Span = Span::from_secs(30);

/// Notifications that one object holds for a receiver that does not answer.
pub const OWED_MAX: usize = 256;

/// Dead letters that one object keeps.
pub const DEAD_MAX: usize = 256;
