//! `cargo xtask browse FILE …`, which cargo calls for each file of an element's tests: wasm-bindgen's own runner, begun again where
//! its page never begins. Its server sometimes leaves a request unread when a page loads many modules at once (six connections,
//! each kept open); then nothing runs, and its time limit, which counts from the first test, never comes. Never looks at a result.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::setup;
use crate::tools::{Context, Failure, say};

/// Runs the file; as often as there are patiences.
pub(crate) fn run(arguments: &mut Arguments) -> Result<ExitCode, Failure> {
    let given = arguments.rest();
    let runner = setup::wasm_bindgen()?.join("wasm-bindgen-test-runner");
    for patience in PATIENCES {
        // A group of its own: the browser goes with it.
        let mut child =
            Command::new(&runner).args(&given).process_group(0).spawn().context("cannot start the runner")?;
        match ended(&mut child, patience)? {
            Some(status) if status.success() => return Ok(ExitCode::SUCCESS),
            Some(_) => return Ok(ExitCode::FAILURE),
            None => say(format_args!("the tests have not ended within {} s: once more", patience.as_secs())),
        }
        let group = format!("-{}", child.id());
        Command::new("kill").args(["-9", "--", &group]).status().context("cannot end the runner")?;
        child.wait()?;
    }
    Err(Failure::new("the tests did not end in a browser, however often they were begun"))
}

/// How it ended; `None` where it has not by then.
fn ended(child: &mut Child, patience: Duration) -> Result<Option<ExitStatus>, Failure> {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        sleep(Duration::from_millis(50));
    }
    Ok(None)
}

/// The tests take seconds; on a machine that is very slow they may take minutes.
const PATIENCES: [Duration; 6] = [
    Duration::from_secs(60),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(240),
    Duration::from_secs(400),
    Duration::from_secs(400),
];
