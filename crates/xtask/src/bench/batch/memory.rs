//! The most that the isolate holds in memory which runs a batch: its object, and with it the gate, the directory and the routes.

use super::{LIMITS, run, slow};
use crate::bench::inspector::{Memory, most};
use crate::bench::stack::inspected;
use crate::tools::Failure;
use crate::workerd;

/// The most of a batch of so many items.
pub(super) fn of(items: usize) -> Result<Memory, Failure> {
    let port = workerd::free_port()?;
    let stack = inspected("batch-memory", &LIMITS, port, "")?;
    slow(&stack)?;
    most(port, || run(&stack, items, "inspected")).map(|(_, most)| most)
}

/// MiB that it may hold: half of what the platform gives.
pub(super) const ALLOWED: f64 = 64.0;
