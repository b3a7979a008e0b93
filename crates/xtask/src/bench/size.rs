//! What is shipped, against its budget.

use crate::bench::{Goal, Measurement};
use crate::build;
use crate::tools::Failure;

/// Gzipped bytes of the Worker and of each element.
pub(crate) fn measure() -> Result<Vec<Measurement>, Failure> {
    let measurement = |(what, size, budget)| Measurement { what, ours: size, theirs: budget, goal: Goal::AtMost(1.0) };
    Ok(build::sizes()?.into_iter().map(measurement).collect())
}
