//! A thousand executions at once against an upstream of 50 calls a second and 10 in flight: what CXone saw of it.

use std::time::Duration;

use serde_json::json;

use super::stack::in_memory;
use super::upstream::{counts, polled, set_faults, start_many, wait_for_all};
use crate::bench::{Goal, Measurement};
use crate::tools::Failure;

const EXECUTIONS: usize = 1_000;
const PER_SECOND: f64 = 50.0;
const IN_FLIGHT: f64 = 10.0;

/// Time against the ideal, and the limits against what was seen, all by the simulated CXone's own counters.
pub(super) fn measure() -> Result<Vec<Measurement>, Failure> {
    let stack = in_memory("crowd", &[("CXONE_PER_SECOND", "50"), ("CXONE_IN_FLIGHT", "10")])?;
    set_faults(&stack, &json!({"limit_per_second": 50, "latency_ms": [20, 60]}))?;
    let ids = start_many(&stack, EXECUTIONS, &polled("sim-fast"))?;
    let completed = wait_for_all(&stack, &ids, Duration::from_secs(300))?;
    let counts = counts(&stack)?;
    let seconds = (counts.number("last_api_at")? - counts.number("first_api_at")?) / 1_000.0;
    let per_second = counts.number("requests_per_second_max")?.max(counts.number("requests_per_sliding_second_max")?);
    let row = |what, ours, theirs, goal| Measurement { what, ours, theirs, goal };
    Ok(vec![
        row("seconds / calls by the rate", seconds, counts.number("api_calls")? / PER_SECOND, Goal::AtMost(1.15)),
        row("in flight at most / allowed", counts.number("in_flight_max")?, IN_FLIGHT, Goal::AtMost(1.0)),
        row("in any second at most / rate + 1", per_second, PER_SECOND + 1.0, Goal::AtMost(1.0)),
        row("429s / 1 allowed", counts.number("rate_limited")?, 1.0, Goal::AtMost(1.0)),
        row("completed / started", count(completed), count(EXECUTIONS), Goal::Exactly(1.0)),
    ])
}

fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}
