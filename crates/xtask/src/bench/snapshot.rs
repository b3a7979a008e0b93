//! `GET` of a snapshot: the built Worker with its object, and the same route by hand in JavaScript with a JavaScript
//! object. Same runtime, same machine, same body, in turns.

use std::time::Duration;

use crate::bench::load::{self, Round, Target};
use crate::bench::{Goal, Measurement, stack};
use crate::http::Connection;
use crate::serve::Stack;
use crate::tools::{Context, Failure};
use crate::workerd;

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(60);

/// Requests a second, and for each tick of processor time.
pub(crate) fn measure() -> Result<Vec<Measurement>, Failure> {
    let stack = stack::on_disk("worker", &[])?;
    let (path, body) = ended_execution(&stack)?;
    let peer = workerd::start_peer(PEER, &stack::folder_on_disk("peer")?, &stack.api_key)?;
    let of = |port, pid| Target { port, pid, path: path.clone(), key: stack.api_key.clone() };
    let (ours, theirs) = (of(stack.port, stack.worker_pid()), of(peer.port, peer.pid()));
    put(&theirs, &body)?;
    // The first round of each warms up, and is not counted.
    load::round(&ours, ROUND)?;
    load::round(&theirs, ROUND)?;
    let mut rounds = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        rounds.0.push(load::round(&ours, ROUND)?);
        rounds.1.push(load::round(&theirs, ROUND)?);
    }
    Ok(compare(&rounds.0, &rounds.1))
}

fn compare(ours: &[Round], theirs: &[Round]) -> Vec<Measurement> {
    let middle = |rounds: &[Round], of: &dyn Fn(&Round) -> Option<f64>| load::median(rounds.iter().filter_map(of));
    let measurement = |what, goal, of: &dyn Fn(&Round) -> Option<f64>| {
        let (ours, theirs) = middle(ours, of).zip(middle(theirs, of))?;
        Some(Measurement { what, ours, theirs, goal })
    };
    let rate = measurement("requests a second", Goal::AtLeast(0.75), &|round| Some(round.rate));
    let per_tick = measurement("requests a tick of processor time", Goal::None, &|round| round.per_tick);
    rate.into_iter().chain(per_tick).collect()
}

/// Starts an execution and waits for its end. Gives its path and its snapshot.
pub(super) fn ended_execution(stack: &Stack) -> Result<(String, String), Failure> {
    let mut connection = Connection::open(stack.port, PATIENCE)?;
    let start = r#"{"start": {"action_id": "sim-instant", "inputs": {"customerId": "CUST-99887"}}}"#;
    let request = connection.request("POST", "/v1/executions?wait=30", &stack.api_key, start);
    let answer = connection.send(&request)?;
    let snapshot: serde_json::Value = serde_json::from_slice(&answer.body)
        .context(format_args!("the Worker answered {} to a new execution, without JSON", answer.status))?;
    let id = snapshot.get("id").and_then(serde_json::Value::as_str);
    let id = id.ok_or_else(|| Failure::new(format!("the Worker answered {}: {snapshot}", answer.status)))?;
    let path = format!("/v1/executions/{id}");
    let request = connection.request("GET", &format!("{path}?wait=30"), &stack.api_key, "");
    connection.send(&request)?;
    let request = connection.request("GET", &path, &stack.api_key, "");
    let answer = connection.send(&request)?;
    Ok((path, String::from_utf8_lossy(&answer.body).into_owned()))
}

/// Gives the peer the same snapshot, and checks that it answers with it. Not byte for byte: JavaScript writes `60.0` as `60`.
fn put(peer: &Target, body: &str) -> Result<(), Failure> {
    let mut connection = Connection::open(peer.port, PATIENCE)?;
    let request = connection.request("PUT", &peer.path, &peer.key, body);
    connection.send(&request)?;
    let request = connection.request("GET", &peer.path, &peer.key, "");
    let answer = connection.send(&request)?;
    if answer.status == 200 && answer.body.len().abs_diff(body.len()) <= body.len() / 50 {
        return Ok(());
    }
    Err(Failure::new(format!("the peer answers {} and {} bytes for {}", answer.status, answer.body.len(), body.len())))
}

const PEER: &str = include_str!("../../bench/peer/peer.mjs");
