//! Side-by-side measurements: a table on stdout and `target/bench.json`, ratios rather than times.

use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::tools::Failure;

/// `cargo xtask bench [NAME]`.
pub(crate) fn run(arguments: &mut Arguments) -> Result<ExitCode, Failure> {
    arguments.finish()?;
    Err(Failure::new("there is no measurement yet"))
}
