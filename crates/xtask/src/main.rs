//! The commands of this repository: `cargo xtask COMMAND`. Depends on no other crate of it, so that it compiles first and fast.

#![expect(clippy::print_stdout, reason = "what a command prints is its answer")]

use std::process::ExitCode;

mod arguments;
mod bench;
mod browser;
mod build;
mod dev;
mod http;
mod serve;
mod setup;
mod test;
mod tools;
mod workerd;

use arguments::Arguments;
use tools::Failure;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_env();
    match run(&mut arguments) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("\ncargo xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &mut Arguments) -> Result<ExitCode, Failure> {
    match arguments.next().as_deref() {
        Some("dev") => dev::run(arguments),
        Some("test") => test::run(arguments),
        Some("browse") => browser::run(arguments),
        Some("build") => build::run(arguments),
        Some("serve") => serve::run(arguments),
        Some("bench") => bench::run(arguments),
        Some("simulate") => launch("cxpulse-simulate", arguments),
        Some("replay") => launch("cxpulse-replay", arguments),
        Some("analyze") => launch("cxpulse-analyze", arguments),
        Some("help" | "--help" | "-h") | None => {
            eprintln!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Some(other) => Err(Failure::new(format!("there is no command {other}\n\n{HELP}"))),
    }
}

/// Runs a binary of the tests crate, which may depend on the core as this crate may not.
fn launch(binary: &str, arguments: &mut Arguments) -> Result<ExitCode, Failure> {
    let mut command = tools::cargo();
    command.args(["run", "--quiet", "--package", "cxpulse-tests", "--bin", binary, "--"]);
    command.args(arguments.rest());
    tools::run(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

const HELP: &str = "\
cargo xtask dev                  set up, build, start a simulated CXone and the Worker, print one URL
cargo xtask test                 everything that CI runs
cargo xtask build                release artefacts and their sizes
cargo xtask serve --port P --sim-port Q --data DIR [--no-sim]
                                 the built stack until a signal; one JSON line when ready
cargo xtask bench [NAME]         side-by-side measurements as ratios
cargo xtask simulate --executions N --hours H --seed S
                                 the core at scale on a virtual clock
cargo xtask replay FILE          runs a downloaded journal or bundle through the core again
cargo xtask analyze FILE [--json] [--export xes|csv|dot|mermaid|steps] [--compare EARLIER] …
                                 path analysis of a history, plain or compressed by gzip";
