//! What a batch and a chain do each in its own way. Never steers anything.

use std::collections::BTreeMap;

use cxpulse_core::chain::Bound;
use cxpulse_core::execution::{Execution, Order};
use cxpulse_core::flow::{self, Standing};
use cxpulse_core::id::Run;
use cxpulse_core::time::Timestamp;

use crate::process::Process;

/// What a batch and a chain do each in its own way: the machine, and what its shell has stored of it.
pub trait Face {
    /// What the caller may want run again.
    type Redrive: Clone;

    /// The machine as of its latest step.
    fn standing(&self) -> &Standing;

    /// When it is to be woken.
    fn next_wake_at(&self) -> Option<Timestamp>;

    /// Steps, and saves what the turn names.
    fn step(&mut self, event: FlowEvent<Self::Redrive>, now: Timestamp) -> Vec<Act>;

    /// Forgets what is not stored.
    fn restore(&mut self);

    /// What is under way, each with its execution.
    fn running(&self) -> BTreeMap<u32, Run>;

    /// How many may be at once.
    fn parallel(&self) -> u32;

    /// How many of its parts stand where: all of them, and the sum of those that are counted.
    fn counts(&self) -> (u32, u32);

    /// The answer that is stored of each part.
    fn answers(&self) -> Vec<(u32, flow::Answer)>;

    /// The answer that is shown of a part.
    fn shown(&self, index: u32) -> Option<&flow::Answer>;

    /// How an execution of a part has ended.
    fn answer_of(&self, index: u32, execution: &Execution) -> Option<flow::Answer>;

    /// What an execution of a part is opened with.
    fn order_of(&self, index: u32, run: Run, now: Timestamp, hosted: &Hosted) -> Order;

    /// What the inputs of a part come to.
    ///
    /// # Errors
    /// What does not hold of what it finds.
    fn bind(&self, index: u32, hosted: &Hosted) -> Result<Bound, String>;

    /// Whether what was written down of it, run again, comes to the same.
    ///
    /// # Errors
    /// Where it does not.
    fn check_journal(&self) -> Result<(), String>;

    /// What does not hold of the machine beside what holds of every flow.
    ///
    /// # Errors
    /// What it is.
    fn check(&self, hosted: &Hosted) -> Result<(), String>;
}

/// Executions as stored, each with the part that it is of.
pub type Hosted = BTreeMap<Run, (u32, Process)>;

/// What happens to a flow.
#[derive(Debug, Clone)]
pub enum FlowEvent<R> {
    /// The alarm.
    Woken,
    /// What inputs came to.
    Bound(u32, Bound),
    /// An execution ended.
    Ended(u32, flow::Answer),
    /// The caller wants it stopped.
    Cancel,
    /// The caller wants something run again.
    Redrive(R),
}

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Make the inputs of a part.
    Bind(u32),
    /// Open an execution of a part.
    Start(u32, Run),
    /// Cancel an execution.
    Cancel(Run),
}
