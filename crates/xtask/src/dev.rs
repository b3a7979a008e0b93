//! The main job, from nothing: one command, one URL, a live status.

use std::net::TcpListener;
use std::process::ExitCode;
use std::time::Instant;

use crate::arguments::Arguments;
use crate::serve::{self, Plan, Stack};
use crate::tools::{self, Failure, say};
use crate::{build, setup};

/// `cargo xtask dev`.
pub(crate) fn run(arguments: &mut Arguments) -> Result<ExitCode, Failure> {
    let port = arguments.port("--port")?.unwrap_or(8787);
    let sim_port = arguments.port("--sim-port")?.unwrap_or(8788);
    arguments.finish()?;
    let begun = Instant::now();
    say("1/3 setting up what is missing");
    setup::for_building()?;
    say("2/3 building the Worker, the element and the simulated CXone");
    build::build()?;
    build::simulator()?;
    say("3/3 starting them");
    let interrupted = serve::on_signal()?;
    let plan = Plan {
        port: if_free(port),
        sim_port: if_free(sim_port),
        data: tools::root().join(".dev"),
        has_sim: true,
        is_dev: true,
        settings: serve::settings_around(),
        inspector_port: None,
        sim_options: serve::sim_options_around(),
    };
    let mut stack = Stack::start(&plan)?;
    say(format_args!("ready after {:.0} s; Ctrl-C stops it", begun.elapsed().as_secs_f64()));
    println!("\n  {}/\n", stack.worker_url);
    stack.run_until(&interrupted)
}

/// The port, or 0 for any other where somebody has it.
fn if_free(port: u16) -> u16 {
    TcpListener::bind(("127.0.0.1", port)).map_or(0, |_| port)
}
