//! A history of 60 MB on the built Worker: what it takes, how much of it is in memory, and whether all of it is there where CXone
//! breaks off, refuses and fails.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bench::inspector::most;
use crate::bench::stack::inspected;
use crate::bench::upstream::{ask, set_faults};
use crate::bench::{Goal, Measurement};
use crate::serve::Stack;
use crate::tools::{Context, Failure};
use crate::workerd;

/// Memory and time of a calm one, and rows of one with faults.
pub(super) fn measure() -> Result<Vec<Measurement>, Failure> {
    let port = workerd::free_port()?;
    let stack = inspected("history-served", &SETTINGS, port, PAST)?;
    set_faults(&stack, &json!({"limit_per_second": 1_000_000}))?;
    let idle = most(port, || Ok(()))?.1;
    let (calm, held) = most(port, || run(&stack))?;
    let (_, reported) = most(port, || report(&stack, &calm.id))?;
    let (_, told) = most(port, || tell(&stack, &calm))?;
    let faults = json!({
        "limit_per_second": 1_000_000, "seed": 60, "retry_after": "0",
        "rates": {"server_error": 0.05, "rate_limited": 0.05, "dropped": 0.05}, "only": ["history"],
        "history": {"cut": 0.3, "range_ignored": 0.1, "range_misplaced": 0.1, "torn": 0.05},
    });
    set_faults(&stack, &faults)?;
    let rough = run(&stack)?;
    let row = |what, ours, theirs, goal| Measurement { what, ours, theirs, goal };
    Ok(vec![
        row("served: MiB of the isolate, 60 MB / idle", held.whole(), idle.whole(), Goal::None),
        row("served: the same / allowed", held.whole(), ALLOWED_MIB, Goal::AtMost(1.0)),
        row("served: with a report / allowed", reported.whole(), ALLOWED_MIB, Goal::AtMost(1.0)),
        row("served: with all steps / allowed", told.whole(), ALLOWED_MIB, Goal::AtMost(1.0)),
        row("served: MB a second", calm.bytes / 1e6, calm.seconds, Goal::None),
        row("served: rows with cuts and faults / calm", rough.rows, calm.rows, Goal::Exactly(1.0)),
        row("served: s with cuts and faults / calm", rough.seconds, calm.seconds, Goal::None),
    ])
}

/// What a history took.
struct Took {
    id: String,
    rows: f64,
    bytes: f64,
    steps: f64,
    seconds: f64,
}

/// Asks for all that there is, and waits for its end.
fn run(stack: &Stack) -> Result<Took, Failure> {
    let begun = Instant::now();
    let body = json!({
        "error_state": false, "page_size": 100, "timeout_seconds": 600,
        "backoff": {"base_seconds": 0.1, "max_seconds": 0.5, "min_seconds": 0.05, "max_attempts": 1_000},
    });
    let mut history = json_of(stack, "POST", "/v1/histories", &body.to_string())?;
    let id = history["id"].as_str().unwrap_or_default().to_owned();
    while history["ended_at"].is_null() {
        if begun.elapsed() > PATIENCE {
            return Err(Failure::new(format!("the history does not end: {history}")));
        }
        history = json_of(stack, "GET", &format!("/v1/histories/{id}?wait=20"), "")?;
    }
    if history["outcome"] != "completed" {
        return Err(Failure::new(format!("the history did not complete: {history}")));
    }
    let number = |name: &str| history[name].as_f64().unwrap_or_default();
    let (rows, bytes, steps) = (number("rows"), number("bytes"), number("steps"));
    Ok(Took { rows, bytes, steps, seconds: begun.elapsed().as_secs_f64(), id })
}

fn report(stack: &Stack, id: &str) -> Result<(), Failure> {
    json_of(stack, "GET", &format!("/v1/histories/{id}/report"), "").map(|_| ())
}

/// Reads all steps.
fn tell(stack: &Stack, took: &Took) -> Result<(), Failure> {
    let answer = ask(stack.port, "GET", &format!("/v1/histories/{}/steps", took.id), &stack.api_key, "")?;
    let lines = answer.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    let steps = took.steps;
    if lines.to_string() == steps.to_string() {
        return Ok(());
    }
    Err(Failure::new(format!("{lines} of {steps} steps were told")))
}

fn json_of(stack: &Stack, method: &str, path: &str, body: &str) -> Result<Value, Failure> {
    let answer = ask(stack.port, method, path, &stack.api_key, body)?;
    if answer.status >= 300 {
        return Err(Failure::new(format!("{path}: {}", String::from_utf8_lossy(&answer.body))));
    }
    serde_json::from_slice(&answer.body).context("the Worker answered without JSON")
}

/// Some 63 MB.
const PAST: &str = "--interactions 18000";

const SETTINGS: [(&str, &str); 2] = [
    ("CXONE_PROFILE", "interactions-history"),
    ("CXONE_BREAKER", r#"{"mode":"consecutive","failures":1000,"open_seconds":1,"probes":1}"#),
];

/// What the isolate may hold of a history of 60 MB.
const ALLOWED_MIB: f64 = 100.0;

const PATIENCE: Duration = Duration::from_secs(600);
