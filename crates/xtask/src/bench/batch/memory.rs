//! The most that the isolate holds in memory which runs a batch: its object, and with it the gate, the directory and the routes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::{LIMITS, run, slow};
use crate::bench::inspector::{Inspector, Memory};
use crate::bench::stack::inspected;
use crate::tools::Failure;
use crate::workerd;

/// The most of a batch of so many items: looked at again and again while it runs, and at its end.
pub(super) fn of(items: usize) -> Result<Memory, Failure> {
    let port = workerd::free_port()?;
    let stack = inspected("batch-memory", &LIMITS, port)?;
    slow(&stack)?;
    let mut inspector = Inspector::open(port)?;
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let looks = scope.spawn(|| {
            let mut most = inspector.memory()?;
            loop {
                let is_last = is_over.load(Ordering::Relaxed);
                let now = inspector.memory()?;
                if now.whole() > most.whole() {
                    most = now;
                }
                if is_last {
                    return Ok(most);
                }
                thread::sleep(BETWEEN_LOOKS);
            }
        });
        let ran = run(&stack, items, "inspected");
        is_over.store(true, Ordering::Relaxed);
        let most = looks.join().unwrap_or_else(|_| Err(Failure::new("a thread died")))?;
        ran.map(|_| most)
    })
}

/// MiB that it may hold: half of what the platform gives.
pub(super) const ALLOWED: f64 = 64.0;

const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
