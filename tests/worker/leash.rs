//! A child process that cannot outlive the test binary. Never signals a process that it did not start.
//!
//! Statics are not dropped when a test binary exits, and a binary may be killed. So a shell stands between: it
//! holds the read end of a pipe of ours, and at its end, for whatever reason, stops the child.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::stack::wait_for;

/// A running child; stopped when dropped.
pub(crate) struct Leash {
    shell: Child,
    ready_line: String,
}

impl Leash {
    /// Starts a program and waits until it has written a line to stdout that says so.
    ///
    /// # Panics
    /// When it ends without one, or does not write one within `patience`.
    pub(crate) fn start(program: &Path, arguments: &[&str], patience: Duration, is_ready: fn(&str) -> bool) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", KEEPER, "leash"])
            .arg(program)
            .args(arguments)
            // Cargo's word to this binary, not to programs of other crates.
            .env_remove("CARGO_MANIFEST_DIR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("a POSIX shell is there to start programs with");
        let stdout = shell.stdout.take().expect("stdout is piped");
        let ready_line = ready_line_of(stdout, patience, is_ready);
        let leash = Self { shell, ready_line: ready_line.clone().unwrap_or_default() };
        assert!(ready_line.is_some(), "{} {arguments:?} is not ready within {patience:?}", program.display());
        leash
    }

    /// What it wrote when it was ready.
    pub(crate) fn ready_line(&self) -> &str {
        &self.ready_line
    }

    /// Waits until it has ended by itself; whether it did so within `patience`.
    pub(crate) fn has_ended(&mut self, patience: Duration) -> bool {
        wait_for(patience, || self.shell.try_wait().ok().flatten()).is_some()
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        if !self.has_ended(Duration::from_secs(15)) {
            let _ = self.shell.kill();
            let _ = self.shell.wait();
        }
    }
}

fn ready_line_of(stdout: ChildStdout, patience: Duration, is_ready: fn(&str) -> bool) -> Option<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        // The receiver may have lost its patience.
        let _ = lines.find(|line| is_ready(line)).map(|line| sender.send(line));
        // Read on, so that the child never waits for us.
        lines.for_each(drop);
    });
    receiver.recv_timeout(patience).ok()
}

/// Runs the program, and ends when it ends; at the end of stdin asks it to stop.
const KEEPER: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
(cat <&3 >/dev/null; kill -TERM "$child" 2>/dev/null) >/dev/null &
keeper=$!
exec 3<&-
wait "$child" 2>/dev/null
status=$?
kill "$keeper" 2>/dev/null
exit "$status"
"#;
