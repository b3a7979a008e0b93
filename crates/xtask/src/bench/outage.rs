//! An upstream that fails wholly for a minute, under two hundred executions: what it was asked meanwhile, and how soon
//! after it is used again.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::stack::in_memory;
use super::upstream::{Counts, counts, polled, set_faults, start_many, wait_for_all};
use crate::bench::{Goal, Measurement};
use crate::serve::Stack;
use crate::tools::Failure;

const EXECUTIONS: usize = 200;
const OUTAGE: Duration = Duration::from_secs(60);
/// The breaker of the profile: five failures in a row, then closed to all but a probe every 30 s. What is in flight when
/// it opens is on its way already.
const ALLOWED: f64 = 5.0 + 10.0 + 2.0;
const PROBE_INTERVAL: f64 = 30.0;

/// Calls during the outage against those that the breaker allows; the way back in probe intervals; nothing lost.
pub(super) fn measure() -> Result<Vec<Measurement>, Failure> {
    let stack = in_memory("outage", &[])?;
    let ids = start_many(&stack, EXECUTIONS, &polled("sim-for-20s"))?;
    thread::sleep(Duration::from_secs(6));
    set_faults(&stack, &json!({"outage": true}))?;
    let before = calls(&stack)?;
    thread::sleep(OUTAGE);
    let after = calls(&stack)?;
    set_faults(&stack, &json!({}))?;
    let ended = Instant::now();
    let way_back = first_call_after(&stack, after)?.duration_since(ended).as_secs_f64();
    let completed = wait_for_all(&stack, &ids, Duration::from_secs(300))?;
    let row = |what, ours, theirs, goal| Measurement { what, ours, theirs, goal };
    Ok(vec![
        row("calls in the outage / allowed", after - before, ALLOWED, Goal::AtMost(1.0)),
        row("seconds to be back / probe interval", way_back, PROBE_INTERVAL, Goal::AtMost(1.0)),
        row("completed / started", count(completed), count(EXECUTIONS), Goal::Exactly(1.0)),
    ])
}

fn calls(stack: &Stack) -> Result<f64, Failure> {
    counts(stack).and_then(|counts: Counts| counts.number("api_calls"))
}

fn first_call_after(stack: &Stack, known: f64) -> Result<Instant, Failure> {
    let deadline = Instant::now() + Duration::from_secs(120);
    while Instant::now() < deadline {
        if calls(stack)? > known {
            return Ok(Instant::now());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err(Failure::new("nobody called again within two minutes of the recovery"))
}

fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}
