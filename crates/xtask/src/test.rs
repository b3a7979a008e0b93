//! Everything that CI runs, from nothing, in the order in which it fails fastest.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use crate::arguments::Arguments;
use crate::tools::{self, Context, Failure, say};
use crate::{build, setup};

/// `cargo xtask test`. The last line is always the total, whatever went wrong before it.
pub(crate) fn run(arguments: &mut Arguments) -> Result<ExitCode, Failure> {
    arguments.finish()?;
    let mut tally = Tally::default();
    if let Err(failure) = steps(&mut tally) {
        eprintln!("\ncargo xtask test: {failure}");
        tally.failed += 1;
    }
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn steps(tally: &mut Tally) -> Result<(), Failure> {
    step("set-up", setup::for_building)?;
    let browser = setup::browser()?;
    step("format", || tools::run(tools::cargo().args(["fmt", "--all", "--check"])))?;
    step("lints, native", || clippy(&["--workspace", "--exclude", "cxpulse-worker", "--all-targets"]))?;
    step("lints, wasm", || {
        let named = ["cxpulse-worker"].iter().chain(&ELEMENTS).flat_map(|package| ["--package", package]);
        clippy(&named.chain(["--target", "wasm32-unknown-unknown"]).collect::<Vec<_>>())
    })?;
    step("the core without std", || {
        tools::run(tools::cargo().args(["check", "--package", "cxpulse-core", "--target", "thumbv7em-none-eabi"]))
    })?;
    step("core, simulator and commands", || {
        let packages = ["cxpulse-core", "cxpulse-sim", "xtask"];
        let mut cargo = tools::cargo();
        cargo.args(["test", "--no-fail-fast"]);
        cargo.args(packages.iter().chain(&ELEMENTS).flat_map(|package| ["--package", package]));
        tally.run(&mut cargo)
    })?;
    step("release artefacts", build::build)?;
    // Too big is a failed test, and no reason to skip the others.
    let (fit, over) = if build::print_sizes()? { (1, 0) } else { (0, 1) };
    tally.passed += fit;
    tally.failed += over;
    step("wrangler's view of the Worker", || {
        let mut wrangler = tools::node_tool("wrangler");
        wrangler.args(["deploy", "--dry-run", "--outdir"]).arg(tools::target().join("wrangler"));
        // The build has just been made; wrangler need not ask for it again, nor report home.
        tools::run(wrangler.env("CXPULSE_BUILT", "1").env("WRANGLER_SEND_METRICS", "false"))
    })?;
    step("the elements in a browser", || {
        let runner = format!("{} browse", std::env::current_exe()?.display());
        let mut cargo = tools::cargo();
        cargo.args(["test", "--no-fail-fast", "--target", "wasm32-unknown-unknown"]);
        cargo.args(ELEMENTS.iter().flat_map(|package| ["--package", package]));
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner).env("CHROMEDRIVER", &browser.chromedriver);
        cargo.env("WASM_BINDGEN_TEST_TIMEOUT", BROWSER_PATIENCE).env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
        tally.run(&mut cargo)
    })?;
    step("core tables, simulation, the built Worker, the pages", || {
        build::simulator()?;
        let mut cargo = tools::cargo();
        cargo.args(["test", "--no-fail-fast", "--package", "cxpulse-tests"]);
        cargo.env("CHROMEDRIVER", &browser.chromedriver).env("CHROME", &browser.chromium);
        cargo.env("CXPULSE_XTASK", std::env::current_exe()?).env("CXPULSE_BUILT", "1");
        tally.run(&mut cargo)
    })
}

fn step(name: &str, work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    say(format_args!("{name} …"));
    let begun = Instant::now();
    work().context(format_args!("{name} failed"))?;
    say(format_args!("{name}: {:.0} s", begun.elapsed().as_secs_f64()));
    Ok(())
}

/// Warnings are errors in CI only: elsewhere they would stop somebody in the middle of a thought.
fn clippy(scope: &[&str]) -> Result<(), Failure> {
    let mut cargo = tools::cargo();
    cargo.arg("clippy").args(scope);
    if std::env::var_os("CI").is_some() {
        cargo.args(["--", "--deny", "warnings"]);
    }
    tools::run(&mut cargo)
}

/// Tests counted over all runners.
#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    /// Runs tests with their output on ours, and counts what their closing lines say.
    ///
    /// # Errors
    /// Where the runner fails without having counted a failed test: it did not compile, or did not start.
    fn run(&mut self, command: &mut Command) -> Result<(), Failure> {
        let failed_before = self.failed;
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines() {
                let line = line?;
                println!("{line}");
                self.count(&line);
            }
        }
        let status = child.wait()?;
        if status.success() || self.failed > failed_before {
            return Ok(());
        }
        Err(Failure::new(format!("the test runner failed ({status})")))
    }

    /// `test result: ok. 12 passed; 0 failed; …`
    fn count(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else { return };
        let before = |word: &str| {
            let words: Vec<&str> = counts.split([' ', ';']).filter(|word| !word.is_empty()).collect();
            let index = words.iter().position(|candidate| *candidate == word)?;
            words.get(index.checked_sub(1)?)?.parse::<u64>().ok()
        };
        self.passed += before("passed").unwrap_or_default();
        self.failed += before("failed").unwrap_or_default();
    }
}

/// Seconds that a browser may take for the tests of one element: its 20 are few on a busy machine.
const BROWSER_PATIENCE: &str = "300";

/// The packages of the custom elements.
const ELEMENTS: [&str; 4] =
    ["cxpulse-widget", "cxpulse-widget-batch", "cxpulse-widget-chain", "cxpulse-widget-history"];

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn closing_lines_of_all_runners_are_counted() {
        let mut tally = Tally::default();
        tally.count("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s");
        tally.count("test result: FAILED. 3 passed; 2 failed; 0 ignored");
        tally.count("a line about 7 passed; 9 failed");
        assert_eq!((tally.passed, tally.failed), (15, 2));
    }
}
