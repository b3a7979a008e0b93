//! Checking and planning a chain of 1,000 nodes and 5,000 dependencies, and stepping one to its end, natively; then chains on the
//! built Worker.

use serde_json::Value;

use super::simulation;
use super::{Goal, Measurement};
use crate::tools::Failure;

mod served;

/// Runs the measurement of the tests crate, which may depend on the core as this crate may not.
pub(super) fn measure() -> Result<Vec<Measurement>, Failure> {
    let found = simulation::run("cxpulse-chain")?;
    let row = |what, field: &str, theirs| {
        let ours = found.pointer(field).and_then(Value::as_f64);
        let ours = ours.ok_or_else(|| Failure::new(format!("the measurement does not give {field}: {found}")))?;
        Ok::<_, Failure>(Measurement { what, ours, theirs, goal: Goal::AtMost(1.0) })
    };
    let mut rows = vec![
        row("ms to check and plan 1,000 nodes", "/plan_ms", PLAN_MS)?,
        Measurement { goal: Goal::None, ..row("the same, a value along each edge", "/dense_plan_ms", PLAN_MS)? },
        row("us of the machine for each node", "/step_us", STEP_US)?,
    ];
    rows.extend(served::measure()?);
    Ok(rows)
}

/// What the issue allows.
const PLAN_MS: f64 = 10.0;

/// A hundredth of what a node may cost beyond its upstream.
const STEP_US: f64 = 200.0;
