//! Polls and delays until an end is noticed, by prediction and by the bare ladder, over simulated lives of 1 s to 2 h.

use serde_json::Value;

use super::{Goal, Measurement};
use crate::tools::{self, Context, Failure};

/// Runs the simulation of the tests crate, which may depend on the core as this crate may not.
pub(super) fn measure() -> Result<Vec<Measurement>, Failure> {
    let mut command = tools::cargo();
    command.args(["run", "--quiet", "--package", "cxpulse-tests"]);
    command.args(["--bin", "cxpulse-prediction", "--", "--json"]);
    let output = command.output().context("cannot run the simulation")?;
    if !output.status.success() {
        return Err(Failure::new(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let found: Value = serde_json::from_slice(&output.stdout).context("the simulation printed no JSON")?;
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
