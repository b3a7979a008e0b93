//! The gate's decision and its state, natively: ten thousand leases out and callers in line.

use serde_json::Value;

use super::simulation;
use super::{Goal, Measurement};
use crate::tools::Failure;

/// Runs the measurement of the tests crate, which may depend on the core as this crate may not.
pub(super) fn measure() -> Result<Vec<Measurement>, Failure> {
    let found = simulation::run("cxpulse-gate")?;
    let row = |what, field: &str, theirs| {
        let ours = found.get(field).and_then(Value::as_f64);
        let ours = ours.ok_or_else(|| Failure::new(format!("the measurement does not give {field}: {found}")))?;
        Ok::<_, Failure>(Measurement { what, ours, theirs, goal: Goal::AtMost(1.0) })
    };
    Ok(vec![
        row("nanoseconds of a decision / allowed", "decision_ns", 2_000.0)?,
        row("bytes of its state / allowed", "state_bytes", 1_000_000.0)?,
    ])
}
