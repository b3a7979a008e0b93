//! The journal of a chain: every event that changed it, with what it led to, enough to run it all again. What its nodes were
//! given is not in it, nor what their executions went through, which is in their own. Never stores itself.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Chain, ChainOrder, Effect, Event, Turn};
use crate::execution::Ignored;
use crate::time::Rfc3339;

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChainEntry {
    /// 1 and up, without gaps.
    pub number: u64,
    /// When.
    pub at: Rfc3339,
    /// What happened.
    pub happened: ChainHappened,
    /// What it led to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// Why it changed nothing by itself, where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<Ignored>,
    /// The sequence number of the chain after it.
    pub seq: u64,
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainHappened {
    /// It was opened; the first entry, and only that.
    Opened(Box<ChainOrder>),
    /// An event came.
    Event(Event),
}

impl ChainEntry {
    /// The first entry.
    #[must_use]
    pub fn opened(order: &ChainOrder) -> Self {
        Self {
            number: 1,
            at: order.created_at.into(),
            happened: ChainHappened::Opened(Box::new(order.clone())),
            effects: Vec::new(),
            ignored: None,
            seq: 1,
        }
    }

    /// The entry of an event; `None` of one that changed nothing, or only what is waited for: what comes again for ever must
    /// not fill the journal. So the `seq` of entries grows, and may leave some out. `after` is the chain that `turn` led to.
    #[must_use]
    pub fn of(number: u64, at: Rfc3339, event: Event, turn: &Turn, after: &Chain) -> Option<Self> {
        let is_told = turn.is_changed && event != Event::WaitChanged;
        is_told.then(|| Self {
            number,
            at,
            happened: ChainHappened::Event(event),
            effects: turn.effects.clone(),
            ignored: turn.ignored,
            seq: after.standing().seq(),
        })
    }
}
