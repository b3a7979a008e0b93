//! The built stack with its simulated CXone, as the measurements of the gate use it: many executions, and what CXone
//! counted of them. Never counts anything itself.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::{Answer, Connection};
use crate::serve::Stack;
use crate::tools::{Context, Failure};

/// Starts `count` executions as fast as the Worker takes them; gives their ids.
pub(super) fn start_many(stack: &Stack, count: usize, body: &Value) -> Result<Vec<String>, Failure> {
    let text = body.to_string();
    let lane = |share: usize| {
        let mut connection = Connection::open(stack.port, PATIENCE)?;
        let request = connection.request("POST", "/v1/executions", &stack.api_key, &text);
        (0..share).map(|_| id_of(&connection.send(&request)?)).collect::<Result<Vec<_>, Failure>>()
    };
    let lanes: Vec<Result<Vec<String>, Failure>> = thread::scope(|scope| {
        let share = |index: usize| count / LANES + usize::from(index < count % LANES);
        let threads: Vec<_> = (0..LANES).map(|index| scope.spawn(move || lane(share(index)))).collect();
        threads.into_iter().map(|one| one.join().unwrap_or_else(|_| Err(Failure::new("a thread died")))).collect()
    });
    let mut ids = Vec::new();
    for lane in lanes {
        ids.extend(lane?);
    }
    Ok(ids)
}

/// Waits until all have ended; gives how many of them completed.
pub(super) fn wait_for_all(stack: &Stack, ids: &[String], patience: Duration) -> Result<usize, Failure> {
    let deadline = Instant::now() + patience;
    let mut completed = 0;
    for id in ids {
        loop {
            let snapshot = ask(stack.port, "GET", &format!("/v1/executions/{id}?wait=20"), &stack.api_key, "")?;
            let snapshot: Value = serde_json::from_slice(&snapshot.body).context("a snapshot is not JSON")?;
            if let Some(outcome) = snapshot.get("outcome").and_then(Value::as_str) {
                completed += usize::from(outcome == "completed");
                break;
            }
            if Instant::now() > deadline {
                return Err(Failure::new(format!("{id} has not ended: {snapshot}")));
            }
        }
    }
    Ok(completed)
}

/// What the simulated CXone counted since it was started or reset.
pub(super) fn counts(stack: &Stack) -> Result<Counts, Failure> {
    let answer = ask(sim_port(stack), "GET", "/_sim/stats", "", "")?;
    let stats = serde_json::from_slice(&answer.body).context("the simulated CXone answered without JSON")?;
    Ok(Counts { stats })
}

/// Sets what goes wrong on CXone from now on.
pub(super) fn set_faults(stack: &Stack, faults: &Value) -> Result<(), Failure> {
    let answer = ask(sim_port(stack), "POST", "/_sim/faults", "", &faults.to_string())?;
    if answer.status == 200 {
        return Ok(());
    }
    Err(Failure::new(format!("the faults were refused: {}", String::from_utf8_lossy(&answer.body))))
}

/// Makes the simulated CXone forget what it has seen and counted, and what is to go wrong.
pub(super) fn reset(stack: &Stack) -> Result<(), Failure> {
    let answer = ask(sim_port(stack), "POST", "/_sim/reset", "", "")?;
    if answer.status < 300 { Ok(()) } else { Err(Failure::new("the simulated CXone was not reset")) }
}

/// The counters of the simulated CXone.
pub(super) struct Counts {
    stats: Value,
}

impl Counts {
    /// The number of that name.
    pub(super) fn number(&self, name: &str) -> Result<f64, Failure> {
        let number = self.stats.get(name).and_then(Value::as_f64);
        number.ok_or_else(|| Failure::new(format!("the simulated CXone does not count {name}: {}", self.stats)))
    }
}

/// An execution that only polls can follow, so that calls are what it costs; soon done.
pub(super) fn polled(action_id: &str) -> Value {
    json!({
        "start": {"action_id": action_id, "inputs": {}},
        "callback": false,
        "timeout_seconds": 600,
    })
}

fn id_of(answer: &Answer) -> Result<String, Failure> {
    let snapshot: Value = serde_json::from_slice(&answer.body).context("a new execution was answered without JSON")?;
    let id = snapshot.get("id").and_then(Value::as_str).map(str::to_owned);
    id.ok_or_else(|| Failure::new(format!("the Worker answered {}: {snapshot}", answer.status)))
}

/// One request on a connection of its own.
pub(super) fn ask(port: u16, method: &str, path: &str, key: &str, body: &str) -> Result<Answer, Failure> {
    let mut connection = Connection::open(port, PATIENCE)?;
    let request = connection.request(method, path, key, body);
    connection.send(&request)
}

fn sim_port(stack: &Stack) -> u16 {
    stack.sim_url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default()
}

const LANES: usize = 16;
const PATIENCE: Duration = Duration::from_secs(60);
