//! Measurements that the tests crate makes: it may depend on the core as this crate may not. Never measures itself.

use serde_json::Value;

use crate::tools::{self, Context, Failure};

/// What a program of the tests crate prints with `--json`.
pub(super) fn run(program: &str) -> Result<Value, Failure> {
    let mut command = tools::cargo();
    command.args(["run", "--quiet", "--profile", "native", "--package", "cxpulse-tests"]);
    command.args(["--bin", program, "--", "--json"]);
    let output = command.output().context("cannot run the simulation")?;
    if !output.status.success() {
        return Err(Failure::new(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    serde_json::from_slice(&output.stdout).context("the simulation printed no JSON")
}
