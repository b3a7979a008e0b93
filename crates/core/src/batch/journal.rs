//! The journal of a batch: every event that changed it, with what it led to, enough to run it all again. What its items'
//! executions went through is in their own. Never stores itself.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Batch, BatchOrder, Effect, Event, Turn};
use crate::execution::Ignored;
use crate::time::Rfc3339;

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchEntry {
    /// 1 and up, without gaps.
    pub number: u64,
    /// When.
    pub at: Rfc3339,
    /// What happened.
    pub happened: BatchHappened,
    /// What it led to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// Why it changed nothing by itself, where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<Ignored>,
    /// The sequence number of the batch after it.
    pub seq: u64,
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchHappened {
    /// It was opened; the first entry, and only that.
    Opened(Box<BatchOrder>),
    /// An event came.
    Event(Event),
}

impl BatchEntry {
    /// The first entry.
    #[must_use]
    pub fn opened(order: &BatchOrder) -> Self {
        Self {
            number: 1,
            at: order.created_at.into(),
            happened: BatchHappened::Opened(Box::new(order.clone())),
            effects: Vec::new(),
            ignored: None,
            seq: 1,
        }
    }

    /// The entry of an event; `None` of one that changed nothing, or only what is waited for: what comes again for ever must
    /// not fill the journal. So the `seq` of entries grows, and may leave some out. `after` is the batch that `turn` led to.
    #[must_use]
    pub fn of(number: u64, at: Rfc3339, event: Event, turn: &Turn, after: &Batch) -> Option<Self> {
        let is_told = turn.is_changed && event != Event::WaitChanged;
        is_told.then(|| Self {
            number,
            at,
            happened: BatchHappened::Event(event),
            effects: turn.effects.clone(),
            ignored: turn.ignored,
            seq: after.standing().seq(),
        })
    }
}
