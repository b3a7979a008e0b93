//! A small load generator: some connections, each with one request under way, for a while.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::http::Connection;
use crate::tools::{Context as _, Failure};

/// What is asked, again and again.
pub(crate) struct Target {
    pub(crate) port: u16,
    /// The server's process, for what it costs there.
    pub(crate) pid: u32,
    pub(crate) path: String,
    pub(crate) key: String,
}

/// What a round gave.
pub(crate) struct Round {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Answers for each tick of processor time that the server spent; `None` where the system does not tell.
    /// Steadier than the rate: other work on the machine does not count.
    pub(crate) per_tick: Option<f64>,
}

const CONNECTIONS: usize = 16;
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks for `length`.
///
/// # Errors
/// Any answer other than 200: a fast refusal is no result.
pub(crate) fn round(target: &Target, length: Duration) -> Result<Round, Failure> {
    let ticks_before = ticks(target.pid);
    let begun = Instant::now();
    let asked: Result<Vec<u64>, Failure> = thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(|| ask(target, begun + length))).collect();
        threads.into_iter().map(|one| one.join().unwrap_or_else(|_| Err(Failure::new("a thread died")))).collect()
    });
    let answers: u64 = asked?.iter().sum();
    let seconds = begun.elapsed().as_secs_f64();
    let spent = ticks_before.zip(ticks(target.pid)).map(|(before, after)| after.saturating_sub(before).max(1));
    Ok(Round { rate: number(answers) / seconds, per_tick: spent.map(|ticks| number(answers) / number(ticks)) })
}

/// The middle one.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

fn ask(target: &Target, until: Instant) -> Result<u64, Failure> {
    let mut connection = Connection::open(target.port, PATIENCE)?;
    let request = connection.request("GET", &target.path, &target.key, "");
    let mut answers = 0;
    while Instant::now() < until {
        let answer = connection.send(&request)?;
        if answer.status != 200 {
            return Err(Failure::new(format!("{} answered {}", target.path, answer.status)));
        }
        answers += 1;
    }
    Ok(answers)
}

/// Processor time of a process, in the system's ticks: fields 14 and 15 of proc_pid_stat(5).
pub(super) fn ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses, and may hold anything.
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// KiB that a process holds in memory.
pub(super) fn memory_kib(pid: u32) -> Result<f64, Failure> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("cannot read a process's memory")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok());
    kib.ok_or_else(|| Failure::new("the system does not tell a process's memory"))
}

#[expect(clippy::cast_precision_loss, reason = "counts of a measurement stay far below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}
