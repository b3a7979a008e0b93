//! What can happen to a batch, and what follows. Never how it is done.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::flow::Answer;
use crate::id::Run;
use crate::outbox::Topic;

/// One happening, as the shell saw it. All of them may come late, twice, or when nobody waits for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The alarm rang, or a request came by after it should have.
    Woken,
    /// An execution of an item ended.
    ItemEnded {
        /// The item's index, 0 and up.
        item: u32,
        /// How.
        answer: Answer,
    },
    /// What most of its running items wait for is something else now, which only a shell can tell that holds their
    /// executions. Who looks on is told; it is not written down.
    WaitChanged,
    /// The caller wants it stopped.
    CancelRequested,
    /// The caller wants these run again, as [`super::Batch::plan`] chose them.
    RedriveRequested {
        /// Indices, in order.
        items: Vec<u32>,
    },
}

/// Something to do outside, once the change is saved. What is saved with it shows, after a crash, what was to be done:
/// a running item without an execution is to be opened, a canceled batch's running execution to be canceled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Open this execution of the item: best in the write that saves the item as running.
    Start {
        /// The item's index.
        item: u32,
        /// Which of the batch's executions.
        run: Run,
    },
    /// Cancel this execution of the item.
    Cancel {
        /// The item's index.
        item: u32,
        /// Which of the batch's executions.
        run: Run,
    },
    /// Owe the caller's webhook a notification of the batch after this step.
    Notify {
        /// About what.
        topic: Topic,
    },
}

/// What followed an event: `items` of the turn are the indices of items.
pub type Turn = crate::flow::Turn<Effect>;
