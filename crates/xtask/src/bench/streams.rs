//! What watching costs upstream: one execution watched by 500 streams, and its like watched by none.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bench::{Goal, Measurement, stack};
use crate::http::{Answer, Connection};
use crate::serve::Stack;
use crate::tools::{Context, Failure};

const STREAMS: usize = 500;
const PATIENCE: Duration = Duration::from_secs(60);

/// Polls of each, and how many of the streams saw the end.
pub(crate) fn measure() -> Result<Vec<Measurement>, Failure> {
    let stack = stack::on_disk("worker", &[])?;
    let watched = start(&stack, "watched")?;
    let streams = open_streams(&stack, &watched)?;
    let unwatched = start(&stack, "unwatched")?;
    wait_for_end(&stack, &watched)?;
    wait_for_end(&stack, &unwatched)?;
    let mut ended = 0_u32;
    for stream in streams {
        ended += u32::from(saw_the_end(stream)?);
    }
    let streams = u32::try_from(STREAMS).unwrap_or(u32::MAX);
    Ok(vec![
        Measurement {
            what: "polls of CXone",
            ours: polls(&stack, "watched")?,
            theirs: polls(&stack, "unwatched")?,
            goal: Goal::Exactly(1.0),
        },
        Measurement {
            what: "streams that saw the end, of 500",
            ours: ended.into(),
            theirs: streams.into(),
            goal: Goal::Exactly(1.0),
        },
    ])
}

/// Starts an execution that is polled at known instants: no jitter, no prediction, no callback, and an end well between
/// two polls.
fn start(stack: &Stack, correlation_id: &str) -> Result<String, Failure> {
    let body = json!({
        "start": {"action_id": "sim-for-12s", "inputs": {}},
        "correlation_id": correlation_id,
        "backoff": {"base_seconds": 1.6, "multiplier": 1.0, "jitter_factor": 0.0, "predict": false},
        "callback": false,
    });
    let answer = ask(stack.port, "POST", "/v1/executions", &stack.api_key, &body.to_string())?;
    let snapshot: Value = serde_json::from_slice(&answer.body).context("a new execution was answered without JSON")?;
    let id = snapshot.get("id").and_then(Value::as_str).map(str::to_owned);
    id.ok_or_else(|| Failure::new(format!("the Worker answered {}: {snapshot}", answer.status)))
}

fn open_streams(stack: &Stack, id: &str) -> Result<Vec<TcpStream>, Failure> {
    let request = format!(
        "GET /v1/executions/{id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n\
         Accept: text/event-stream\r\nConnection: close\r\n\r\n",
        stack.api_key
    );
    let open = |_| {
        let mut stream = TcpStream::connect(("127.0.0.1", stack.port)).context("cannot open a stream")?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        Ok(stream)
    };
    (0..STREAMS).map(open).collect()
}

fn wait_for_end(stack: &Stack, id: &str) -> Result<(), Failure> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let answer = ask(stack.port, "GET", &format!("/v1/executions/{id}?wait=20"), &stack.api_key, "")?;
        let snapshot: Value = serde_json::from_slice(&answer.body).context("a snapshot is not JSON")?;
        if snapshot.get("outcome").is_some_and(Value::is_string) {
            return Ok(());
        }
    }
    Err(Failure::new("an execution of 12 s did not end within a minute"))
}

/// Reads what has come, up to the snapshot that has an outcome.
fn saw_the_end(mut stream: TcpStream) -> Result<bool, Failure> {
    let mut text = Vec::new();
    let mut part = [0; 16 * 1024];
    loop {
        let read = stream.read(&mut part).context("a stream hangs")?;
        if read == 0 {
            return Ok(false);
        }
        text.extend(part.iter().take(read));
        if String::from_utf8_lossy(&text).contains(r#""outcome":"completed""#) {
            return Ok(true);
        }
    }
}

/// What the simulated CXone counted.
fn polls(stack: &Stack, correlation_id: &str) -> Result<f64, Failure> {
    let port = stack.sim_url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default();
    let answer = ask(port, "GET", &format!("/_sim/executions?correlation_id={correlation_id}"), "", "")?;
    let found: Value = serde_json::from_slice(&answer.body).context("the simulated CXone answered without JSON")?;
    let polls = found.pointer("/executions/0/polls").and_then(Value::as_f64);
    polls.ok_or_else(|| Failure::new(format!("the simulated CXone knows nothing of {correlation_id}: {found}")))
}

fn ask(port: u16, method: &str, path: &str, key: &str, body: &str) -> Result<Answer, Failure> {
    let mut connection = Connection::open(port, PATIENCE)?;
    let request = connection.request(method, path, key, body);
    connection.send(&request)
}
