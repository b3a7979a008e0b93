//! What can happen to a chain, and what follows. Never how it is done.

use alloc::string::String;
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
    /// The shell has looked at a node's condition and made its inputs, as [`Effect::Bind`] asked.
    NodeBound {
        /// The node's index, 0 and up.
        node: u32,
        /// What that came to.
        bound: Bound,
    },
    /// An execution of a node ended.
    NodeEnded {
        /// The node's index.
        node: u32,
        /// How, by what [`Answer::of`] makes of the execution alone: what its end means here, the chain decides.
        answer: Answer,
    },
    /// What most of its running nodes wait for is something else now, which only a shell can tell that holds their executions.
    /// Who looks on is told; it is not written down.
    WaitChanged,
    /// The caller wants it stopped.
    CancelRequested,
    /// The caller wants these run again, as [`super::Chain::plan`] chose them: with those that depend on them.
    RedriveRequested {
        /// Indices, in order.
        nodes: Vec<u32>,
    },
}

/// What came of a node's condition and inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// It runs.
    Go,
    /// Its condition says that it does not.
    Skip,
    /// It cannot run, and counts as failed.
    Fault {
        /// What programs match on: `TEMPLATE_UNDEFINED`.
        code: String,
        /// What people read: names field, node and variable, never a value.
        message: String,
    },
}

/// Something to do outside. What is saved with it shows, after a crash, what was to be done: what was asked to be bound is asked
/// for again, a running node without an execution is to be opened, a canceled chain's running execution to be canceled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Look at the node's condition, make its inputs of the results that are stored, and answer with [`Event::NodeBound`]: best
    /// in the same turn, so that both are saved in one write.
    Bind {
        /// The node's index.
        node: u32,
    },
    /// Open this execution of the node, with the inputs that were made: best in the write that saves the node as running.
    Start {
        /// The node's index.
        node: u32,
        /// Which of the chain's executions.
        run: Run,
    },
    /// Cancel this execution of the node.
    Cancel {
        /// The node's index.
        node: u32,
        /// Which of the chain's executions.
        run: Run,
    },
    /// Owe the caller's webhook a notification of the chain after this step, or of one of its nodes.
    Notify {
        /// About what.
        topic: Topic,
        /// The node that it is of; `None` of the chain itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<u32>,
    },
}

/// What followed an event: `items` of the turn are the indices of nodes.
pub type Turn = crate::flow::Turn<Effect>;
