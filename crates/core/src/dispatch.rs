//! When an execution tells its tenant's directory of itself: at its opening, at each change of status and at its end at
//! once, of all else in bunches. Never sends, and never holds the execution up: whoever sends reports how that went.
//!
//! Records go in the order of their numbers, one message at a time, until each is known to have arrived. A crash or a
//! lost answer sends some of them twice; the directory has the number of the last one that it took.

use serde::{Deserialize, Serialize};

use crate::execution::Execution;
use crate::random;
use crate::time::{Span, Timestamp};
use crate::wire::status_of;

/// What an execution has told, and when it tells more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dispatch {
    /// The number of the last record.
    written: u64,
    /// The number of the last one that has arrived.
    arrived: u64,
    /// Tries in a row that failed.
    tries: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
    /// Since when a message is under way. Dies with the process, as the message itself does.
    #[serde(skip)]
    sent_at: Option<Timestamp>,
}

/// How soon something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// At once.
    Now,
    /// With others, when there are [`BUNCH_MAX`] of them or the first has waited for [`BUNCH_AGE`].
    Later,
}

/// What a directory has of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// When that one was accepted: after its retention another may begin under the same id.
    pub created_at: Timestamp,
    /// The number of the last record.
    pub last: u64,
}

/// What is new in a message to a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// All of it.
    All {
        /// It is of another execution than what is there under its id.
        replaces: bool,
    },
    /// Records after this number.
    After(u64),
    /// Nothing: it is of an execution that another has taken the place of.
    Nothing,
}

impl Intake {
    /// Of a message of an execution that was accepted at `created_at`, to a directory that has `taken` under its id.
    #[must_use]
    pub fn of(taken: Option<Taken>, created_at: Timestamp) -> Self {
        match taken {
            None => Self::All { replaces: false },
            Some(taken) if taken.created_at == created_at => Self::After(taken.last),
            Some(taken) if taken.created_at < created_at => Self::All { replaces: true },
            Some(_) => Self::Nothing,
        }
    }
}

impl Urgency {
    /// Of a step: lists show how an execution stands, so its opening, a change of what they show and its end are told at
    /// once. That CXone says `pending` is no news: it is what they show before it says anything.
    #[must_use]
    pub fn of(before: Option<&Execution>, after: &Execution) -> Self {
        let is_news = |before: &Execution| {
            let is_other = status_of(before) != status_of(after);
            is_other || before.ending().is_some() != after.ending().is_some()
        };
        if before.is_none_or(is_news) { Self::Now } else { Self::Later }
    }
}

impl Dispatch {
    /// The number of the last record written; 0 before the first.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.written
    }

    /// How many records have not arrived.
    #[must_use]
    pub const fn owed(&self) -> u64 {
        self.written.saturating_sub(self.arrived)
    }

    /// Records up to number `last` are written. One that failed is not tried sooner for that: the directory is not better
    /// for there being more to tell it.
    pub fn wrote(&mut self, last: u64, urgency: Urgency, now: Timestamp) {
        if last <= self.written {
            return;
        }
        self.written = last;
        let is_bunch = self.owed() >= BUNCH_MAX;
        let at = if urgency == Urgency::Now || is_bunch { now } else { now.plus(BUNCH_AGE) };
        self.due_at = match self.due_at {
            Some(due_at) if self.tries > 0 => Some(due_at),
            Some(due_at) => Some(due_at.min(at)),
            None => Some(at),
        };
    }

    /// The number after which to send, now; `None` when nothing is due, or a message is under way.
    pub fn take_due(&mut self, now: Timestamp) -> Option<u64> {
        // One that is under way for too long is due again, whenever what was written since is.
        if self.next_wake_at().is_none_or(|due_at| now < due_at) {
            return None;
        }
        self.sent_at = Some(now);
        // What is written from now on says for itself how soon it is due.
        self.due_at = None;
        Some(self.arrived)
    }

    /// The directory has every record up to number `taken`. What a full message had no room for follows at once.
    pub fn arrived(&mut self, taken: u64, is_cut: bool, now: Timestamp) {
        self.sent_at = None;
        self.tries = 0;
        self.arrived = taken.clamp(self.arrived, self.written);
        if self.owed() == 0 {
            self.due_at = None;
        } else if is_cut || self.due_at.is_none() {
            self.due_at = Some(now);
        }
    }

    /// The message did not arrive, or nobody knows: it is sent again, later each time. `seed` spreads the tries of those
    /// that failed together.
    pub fn failed(&mut self, seed: u64, now: Timestamp) {
        self.sent_at = None;
        let rung = usize::try_from(self.tries).ok().and_then(|tries| LADDER.get(tries)).copied().unwrap_or(LADDER_END);
        let spread = random::draw(seed, u64::from(self.tries)).checked_rem(rung.as_millis()).unwrap_or_default();
        self.tries = self.tries.saturating_add(1);
        self.due_at = Some(now.plus(rung).plus(Span::from_millis(spread / 2)));
    }

    /// The process was lost: what was under way is due again.
    pub fn interrupted(&mut self, now: Timestamp) {
        self.sent_at = None;
        if self.owed() > 0 && self.due_at.is_none() {
            self.due_at = Some(now);
        }
    }

    /// When [`Self::take_due`] has something; `None` when all has arrived.
    #[must_use]
    pub fn next_wake_at(&self) -> Option<Timestamp> {
        let due_at = self.sent_at.map_or(self.due_at, |sent_at| Some(sent_at.plus(DISPATCH_PATIENCE)));
        due_at.filter(|_| self.owed() > 0)
    }
}

/// Records that are not left waiting for more.
pub const BUNCH_MAX: u64 = 64;

/// How long a record may wait for others.
pub const BUNCH_AGE: Span = Span::from_secs(30);

/// How long a message may be under way.
pub const DISPATCH_PATIENCE: Span = Span::from_secs(20);

/// Records of one message.
pub const MESSAGE_RECORDS_MAX: u64 = 500;

/// Waits after each failed try; after the last of them [`LADDER_END`], for ever.
const LADDER: [Span; 5] =
    [Span::from_secs(1), Span::from_secs(5), Span::from_secs(20), Span::from_secs(60), Span::from_secs(180)];

const LADDER_END: Span = Span::from_secs(600);
