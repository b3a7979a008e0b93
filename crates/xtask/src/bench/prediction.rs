//! Polls and delays until an end is noticed, by prediction and by the bare ladder, over simulated lives of 1 s to 2 h.

use super::simulation;
use super::{Goal, Measurement};
use crate::tools::Failure;

/// Means over all lives.
pub(super) fn measure() -> Result<Vec<Measurement>, Failure> {
    let found = simulation::run("cxpulse-prediction")?;
    let mean = |way: &str, field: &str| {
        let rows = found["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
        let sum: f64 = rows.iter().filter_map(|row| row[way][field].as_f64()).sum();
        sum / f64::from(u32::try_from(rows.len()).unwrap_or(u32::MAX))
    };
    let compare = |what, field| Measurement {
        what,
        ours: mean("predicted", field),
        theirs: mean("ladder", field),
        goal: Goal::AtMost(1.0),
    };
    Ok(vec![compare("polls an execution", "polls"), compare("seconds until the end is noticed", "notice_seconds")])
}
