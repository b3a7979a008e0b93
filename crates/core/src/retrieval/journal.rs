//! The journal of a history query: every event that changed it, with what it led to, enough to run it all again. The rows are not
//! in it. Never stores itself.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Effect, Event, HistoryOrder, Retrieval, Turn};
use crate::execution::Ignored;
use crate::time::Rfc3339;

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// 1 and up, without gaps.
    pub number: u64,
    /// When.
    pub at: Rfc3339,
    /// What happened.
    pub happened: HistoryHappened,
    /// What it led to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// Why it changed nothing by itself, where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<Ignored>,
    /// The sequence number of the query after it.
    pub seq: u64,
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryHappened {
    /// It was opened; the first entry, and only that.
    Opened(Box<HistoryOrder>),
    /// An event came.
    Event(Event),
}

impl HistoryEntry {
    /// The first entry.
    #[must_use]
    pub fn opened(order: &HistoryOrder) -> Self {
        Self {
            number: 1,
            at: order.created_at.into(),
            happened: HistoryHappened::Opened(Box::new(order.clone())),
            effects: Vec::new(),
            ignored: None,
            seq: 1,
        }
    }

    /// The entry of an event; `None` of one that changed nothing, or only what is waited for: what comes again for ever must
    /// not fill the journal. So the `seq` of entries grows, and may leave some out. `after` is the query that `turn` led to.
    #[must_use]
    pub fn of(number: u64, at: Rfc3339, event: Event, turn: &Turn, after: &Retrieval) -> Option<Self> {
        let is_told = turn.is_changed && event != Event::WaitChanged;
        is_told.then(|| Self {
            number,
            at,
            happened: HistoryHappened::Event(event),
            effects: turn.effects.clone(),
            ignored: turn.ignored,
            seq: after.standing().seq(),
        })
    }
}
