//! What can happen to a history query, and what follows. Never how it is done.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::page::PageCall;
use crate::execution::Reason;
use crate::failure::Failure;
use crate::outbox::Topic;
use crate::time::Timestamp;

/// One happening, as the shell saw it. All of them may come late, twice, or when nobody waits for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The alarm rang, or a request came by after it should have.
    Woken,
    /// The tenant's gate does not let a call go yet.
    Postponed {
        /// Which.
        call: PageCall,
        /// Why.
        reason: Reason,
        /// Until when.
        until: Timestamp,
    },
    /// A call came back.
    Answered {
        /// Which.
        call: PageCall,
        /// With what.
        answer: PageAnswer,
    },
    /// The process was lost, and with it whoever was to answer for pages under way.
    Interrupted,
    /// What is waited for is something else now. Who looks on is told; it is not written down.
    WaitChanged,
    /// The caller wants it stopped.
    CancelRequested,
}

/// What a call brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageAnswer {
    /// The page, whole; its rows are kept.
    Read(PageRead),
    /// Something else. Of what came before it broke off, the rows are kept.
    Failed(Failure),
}

/// A page that was read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRead {
    /// Its rows.
    pub rows: u32,
    /// Of these, how many another page had.
    pub foreign: u32,
    /// Rows in all, where CXone says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// What the page after it is asked for with, where CXone says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What is kept by now, of all pages.
    pub held: Held,
    /// Why no more can be kept, where that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full: Option<String>,
}

/// What a shell keeps of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Held {
    /// Different rows.
    pub rows: u64,
    /// Steps of theirs that have a place and a time.
    pub steps: u64,
    /// Bytes of theirs.
    pub bytes: u64,
    /// Different interactions.
    pub interactions: u64,
}

/// Something to do outside, once the change is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Ask the gate, and then CXone.
    Ask {
        /// For this.
        call: PageCall,
    },
    /// Owe the caller's webhook a notification of how it stands after this step.
    Notify {
        /// About what.
        topic: Topic,
    },
}

/// What followed an event.
pub type Turn = crate::flow::Turn<Effect>;
