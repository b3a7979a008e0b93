//! The gate's decision and its state, natively: ten thousand leases out and callers in line; and on a virtual clock, how
//! often each call of a thousand at once has to ask.

use serde_json::Value;

use super::simulation;
use super::{Goal, Measurement};
use crate::tools::Failure;

/// Runs the measurement of the tests crate, which may depend on the core as this crate may not.
pub(super) fn measure() -> Result<Vec<Measurement>, Failure> {
    let found = simulation::run("cxpulse-gate")?;
    let row = |what, field: &str, theirs| {
        let ours = found.pointer(field).and_then(Value::as_f64);
        let ours = ours.ok_or_else(|| Failure::new(format!("the measurement does not give {field}: {found}")))?;
        Ok::<_, Failure>(Measurement { what, ours, theirs, goal: Goal::AtMost(1.0) })
    };
    Ok(vec![
        row("nanoseconds of a decision / allowed", "/decision_ns", 2_000.0)?,
        row("bytes of its state / allowed", "/state_bytes", 1_000_000.0)?,
        row("trips of a call in a herd / allowed", "/crowd/trips_by_call", TRIPS_MAX)?,
    ])
}

/// To be told when to come, to come then, and somewhat more: a call that nothing holds makes one trip.
const TRIPS_MAX: f64 = 2.5;
