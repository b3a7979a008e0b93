//! A batch of 1,000 items, 10 at a time, each answered by CXone after 50 ms: the built Worker, and the usual orchestrator in
//! Python, against the same simulated CXone. Then what creating takes, and an item costs, as batches grow.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::load::ticks;
use super::python;
use super::stack::in_memory;
use super::upstream::{ask, counts, reset, set_faults};
use crate::bench::{Goal, Measurement};
use crate::http::Answer;
use crate::serve::Stack;
use crate::tools::{self, Context, Failure};
use crate::workerd;

mod memory;

const ITEMS: usize = 1_000;
const PARALLEL: usize = 10;
const WARM_UP: usize = 200;
const LATENCY_MS: u32 = 50;
const LIMITS: [(&str, &str); 3] =
    [("CXONE_PROFILE", "data-actions"), ("CXONE_PER_SECOND", "1000"), ("CXONE_IN_FLIGHT", "10")];
const PER_SECOND: u32 = 1_000;
const PATIENCE: Duration = Duration::from_secs(180);

/// Wall time by CXone's own clock, processor time, and how both grow.
pub(super) fn measure() -> Result<Vec<Measurement>, Failure> {
    let ours = ours(ITEMS)?;
    let theirs = theirs()?;
    let ideal = count(ITEMS) * f64::from(LATENCY_MS) / count(PARALLEL);
    let row = |what, ours, theirs, goal| Measurement { what, ours, theirs, goal };
    let (small, large) = (self::ours(100)?, self::ours(10_000)?);
    let (few, many) = (memory::of(100)?, memory::of(10_000)?);
    Ok(vec![
        row("ms for 1,000 items / ideal", ours.millis, ideal, Goal::AtMost(1.1)),
        row("the same of Python / ideal", theirs.millis, ideal, Goal::None),
        row("ticks of processor time: ours / Python", ours.ticks, theirs.ticks, Goal::AtMost(1.0)),
        row("ms to create 10,000 items / allowed", large.created, 2_000.0, Goal::AtMost(1.0)),
        row("MiB of the process with 10,000 / without", large.memory, small.memory, Goal::None),
        row("MiB of the isolate, 100 items / allowed", few.whole(), memory::ALLOWED, Goal::AtMost(1.0)),
        row("MiB of the isolate, 10,000 / allowed", many.whole(), memory::ALLOWED, Goal::AtMost(1.0)),
        row("MiB of that in wasm: 10,000 / 100", many.wasm, few.wasm, Goal::None),
        row("MiB of that in JavaScript: 10,000 / 100", many.heap, few.heap, Goal::None),
        row("ticks an item: of 10,000 / of 1,000", large.ticks / 10_000.0, ours.ticks / 1_000.0, Goal::AtMost(1.2)),
    ])
}

/// What a batch took.
struct Took {
    /// Milliseconds until the creation was answered.
    created: f64,
    /// Milliseconds from the first call that CXone saw to the answer of the last.
    millis: f64,
    /// Processor time.
    ticks: f64,
    /// MiB of the process at its end.
    memory: f64,
}

fn ours(items: usize) -> Result<Took, Failure> {
    let stack = in_memory("batch", &LIMITS)?;
    warmed_up(&stack, stack.worker_pid(), items, &|items, round| run(&stack, items, round))
}

/// Runs a batch to its end; gives the milliseconds until its creation was answered.
fn run(stack: &Stack, items: usize, round: &str) -> Result<f64, Failure> {
    let begun = Instant::now();
    let body = json!({"action_id": "sim-instant", "payloads": payloads(items, round), "max_parallel": PARALLEL});
    let answer = ask(stack.port, "POST", "/v1/batches", &stack.api_key, &body.to_string())?;
    let created = begun.elapsed().as_secs_f64() * 1_000.0;
    let id = text(&answer, "id")?;
    let ended = until_ended(|| {
        let path = format!("/v1/batches/{id}?wait=20");
        let snapshot = parse(&ask(stack.port, "GET", &path, &stack.api_key, "")?)?;
        Ok(snapshot.get("outcome").is_some_and(|outcome| !outcome.is_null()).then_some(snapshot))
    })?;
    all_succeeded(&ended, items)?;
    Ok(created)
}

fn theirs() -> Result<Took, Failure> {
    let stack = in_memory("batch-peer", &[])?;
    let peer = Peer::start(&stack)?;
    let run = |items: usize, round: &str| {
        let begun = Instant::now();
        let body = json!({"action_id": "sim-instant", "payloads": payloads(items, round), "max_parallel": PARALLEL});
        let answer = ask(peer.port, "POST", "/batch/execute", "", &body.to_string())?;
        let created = begun.elapsed().as_secs_f64() * 1_000.0;
        let id = text(&answer, "batch_id")?;
        let ended = until_ended(|| {
            thread::sleep(Duration::from_millis(500));
            let snapshot = parse(&ask(peer.port, "GET", &format!("/batch/{id}/status"), "", "")?)?;
            Ok((snapshot.get("status").and_then(Value::as_str) == Some("completed")).then_some(snapshot))
        })?;
        all_succeeded(&ended, items)?;
        Ok(created)
    };
    warmed_up(&stack, peer.process.id(), ITEMS, &run)
}

/// A batch of so many items, after a small one: either serves for days, and is compiled and imported once.
fn warmed_up(
    stack: &Stack,
    pid: u32,
    items: usize,
    run: &dyn Fn(usize, &str) -> Result<f64, Failure>,
) -> Result<Took, Failure> {
    slow(stack)?;
    run(WARM_UP, "first")?;
    reset(stack)?;
    slow(stack)?;
    let before = spent(pid)?;
    let created = run(items, "second")?;
    took(stack, pid, before, created)
}

fn all_succeeded(ended: &Value, items: usize) -> Result<(), Failure> {
    if ended.pointer("/summary/successful").and_then(Value::as_u64) == u64::try_from(items).ok() {
        return Ok(());
    }
    Err(Failure::new(format!("not all items of the batch succeeded: {ended}")))
}

/// Every call of CXone takes that long, and it takes as many in a second as come.
fn slow(stack: &Stack) -> Result<(), Failure> {
    set_faults(stack, &json!({"latency_ms": [LATENCY_MS, LATENCY_MS], "limit_per_second": PER_SECOND}))
}

/// No two alike, so that no cache answers.
fn payloads(items: usize, round: &str) -> Vec<Value> {
    let payload = |number| json!({"id": format!("item-{number}"), "inputs": {"customerId": number, "round": round}});
    (0..items).map(payload).collect()
}

fn until_ended(mut look: impl FnMut() -> Result<Option<Value>, Failure>) -> Result<Value, Failure> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(ended) = look()? {
            return Ok(ended);
        }
    }
    Err(Failure::new("a batch did not end"))
}

fn took(stack: &Stack, pid: u32, before: u64, created: f64) -> Result<Took, Failure> {
    let ticks = spent(pid)?.saturating_sub(before);
    let counts = counts(stack)?;
    let millis = counts.number("last_api_at")? - counts.number("first_api_at")? + f64::from(LATENCY_MS);
    #[expect(clippy::cast_precision_loss, reason = "ticks of some minutes")]
    let ticks = ticks as f64;
    Ok(Took { created, millis, ticks, memory: super::load::memory_kib(pid)? / 1_024.0 })
}

fn spent(pid: u32) -> Result<u64, Failure> {
    ticks(pid).ok_or_else(|| Failure::new("the system does not tell a process's time"))
}

fn parse(answer: &Answer) -> Result<Value, Failure> {
    serde_json::from_slice(&answer.body).context(format_args!("an answer of {} is not JSON", answer.status))
}

fn text(answer: &Answer, field: &str) -> Result<String, Failure> {
    let body = parse(answer)?;
    let text = body.get(field).and_then(Value::as_str).map(str::to_owned);
    text.ok_or_else(|| Failure::new(format!("the batch was answered {}: {body}", answer.status)))
}

fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}

/// The orchestrator in Python. Ends with this value.
struct Peer {
    process: Child,
    port: u16,
}

impl Peer {
    fn start(stack: &Stack) -> Result<Self, Failure> {
        let python = python::with("bench-python", REQUIREMENTS, "FastAPI, httpx and uvicorn")?;
        let folder = tools::target().join("bench");
        fs::create_dir_all(&folder).context("cannot make a folder for the peer")?;
        let script = folder.join("batch.py");
        fs::write(&script, PEER).context("cannot write the peer")?;
        let port = workerd::free_port()?;
        let mut command = Command::new(python);
        command.arg(script).env("PORT", port.to_string()).env("CXONE_BASE_URL", &stack.sim_url);
        command.env("CXONE_CLIENT_ID", "sim-client").env("CXONE_CLIENT_SECRET", "sim-secret");
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().context("cannot run Python")?;
        let peer = Self { process, port };
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if ask(port, "GET", "/healthz", "", "").is_ok_and(|answer| answer.status == 200) {
                return Ok(peer);
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(Failure::new("the peer in Python did not answer within 30 s"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

const PEER: &str = include_str!("../../bench/peer/batch.py");

const REQUIREMENTS: &str = include_str!("../../bench/peer/requirements.txt");
