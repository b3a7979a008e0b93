//! What sockets cost: thousands on one execution, how far apart they get its end, and the memory of one that is idle, while
//! its object is awake and once the runtime has put it away.

use std::io::{ErrorKind, Read as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::http::HeaderValue;

use crate::bench::{Goal, Measurement, load, stack};
use crate::http::Connection;
use crate::serve::Stack;
use crate::tools::{Context, Failure, say};

const SOCKETS: usize = 5_000;
const PATIENCE: Duration = Duration::from_secs(120);

/// How far apart the ends come, and bytes of memory.
pub(crate) fn measure() -> Result<Vec<Measurement>, Failure> {
    let limit = rlimit::increase_nofile_limit(u64::MAX).context("cannot raise the limit of open files")?;
    let wanted = u64::try_from(SOCKETS).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(500);
    if limit < wanted {
        return Err(Failure::new(format!("{wanted} open files are needed, and {limit} allowed: see ulimit -n")));
    }
    let stack = stack::on_disk("worker", &[])?;
    let id = start(&stack)?;
    let before = load::memory_kib(stack.worker_pid())?;
    let sockets = (0..SOCKETS).map(|_| open(&stack, &id)).collect::<Result<Vec<_>, Failure>>()?;
    let awake = load::memory_kib(stack.worker_pid())?;
    say("waiting until the runtime has put the object away");
    thread::sleep(ASLEEP_AFTER);
    let asleep = load::memory_kib(stack.worker_pid())?;
    let apart = ends_apart(&stack, &id, sockets)?;
    let each = |now: f64| (now - before) / count(SOCKETS);
    Ok(vec![
        Measurement {
            what: "ms between first and last of 5,000 ends",
            ours: apart,
            theirs: 250.0,
            goal: Goal::AtMost(1.0),
        },
        Measurement {
            what: "KiB an idle socket: asleep / awake",
            ours: each(asleep),
            theirs: each(awake),
            goal: Goal::None,
        },
    ])
}

/// An execution that nothing happens to for a while.
fn start(stack: &Stack) -> Result<String, Failure> {
    let body = json!({
        "start": {"action_id": "sim-never", "inputs": {}}, "timeout_seconds": 3_600, "callback": false,
        "backoff": {"base_seconds": 600, "max_seconds": 600, "multiplier": 1.0, "jitter_factor": 0.0, "predict": false},
    });
    let mut connection = Connection::open(stack.port, PATIENCE)?;
    let request = connection.request("POST", "/v1/executions", &stack.api_key, &body.to_string());
    let answer = connection.send(&request)?;
    let snapshot: Value = serde_json::from_slice(&answer.body).context("a new execution was answered without JSON")?;
    let id = snapshot.get("id").and_then(Value::as_str).map(str::to_owned);
    // The submit is made and answered before anything is measured.
    thread::sleep(Duration::from_secs(2));
    id.ok_or_else(|| Failure::new(format!("the Worker answered {}: {snapshot}", answer.status)))
}

/// A socket that has its first snapshot.
fn open(stack: &Stack, id: &str) -> Result<TcpStream, Failure> {
    let url = format!("ws://127.0.0.1:{}/v1/executions/{id}/socket", stack.port);
    let mut request = url.into_client_request().context("a socket's address")?;
    let key = HeaderValue::from_str(&format!("Bearer {}", stack.api_key)).context("the key")?;
    request.headers_mut().insert("authorization", key);
    let stream = TcpStream::connect(("127.0.0.1", stack.port)).context("cannot connect")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let handshake = tungstenite::client(request, stream).map_err(|error| Failure::new(error.to_string()));
    let (mut socket, _) = handshake?;
    socket.read().context("no first snapshot came")?;
    let stream = socket.get_ref().try_clone()?;
    stream.set_nonblocking(true)?;
    // What it had read ahead is nothing: the server waits for a change.
    drop(socket);
    Ok(stream)
}

/// Ends the execution, and gives the milliseconds between the first socket that is told and the last.
fn ends_apart(stack: &Stack, id: &str, sockets: Vec<TcpStream>) -> Result<f64, Failure> {
    let mut connection = Connection::open(stack.port, PATIENCE)?;
    let request = connection.request("POST", &format!("/v1/executions/{id}/cancel"), &stack.api_key, "");
    let cancel = thread::spawn(move || connection.send(&request));
    let started = Instant::now();
    let mut waiting: Vec<(TcpStream, Vec<u8>)> = sockets.into_iter().map(|socket| (socket, Vec::new())).collect();
    let (mut first, mut last) = (None, started);
    while !waiting.is_empty() {
        if started.elapsed() > PATIENCE {
            return Err(Failure::new(format!("{} sockets were not told of the end", waiting.len())));
        }
        let mut still = Vec::with_capacity(waiting.len());
        for (mut socket, mut heard) in waiting {
            if saw_the_end(&mut socket, &mut heard)? {
                last = Instant::now();
                first.get_or_insert(last);
            } else {
                still.push((socket, heard));
            }
        }
        waiting = still;
    }
    let answer = cancel.join().map_err(|_| Failure::new("the cancel broke off"))??;
    if answer.status >= 300 {
        return Err(Failure::new(format!("the cancel was answered {}", answer.status)));
    }
    Ok(first.map_or(0.0, |first| last.duration_since(first).as_secs_f64() * 1_000.0))
}

fn saw_the_end(socket: &mut TcpStream, heard: &mut Vec<u8>) -> Result<bool, Failure> {
    let mut part = [0; 4_096];
    match socket.read(&mut part) {
        Ok(0) => Err(Failure::new("a socket was closed before it was told of the end")),
        Ok(read) => {
            heard.extend(part.iter().take(read));
            // What a server sends is not masked: the text stands there as it is.
            Ok(heard.windows(END.len()).any(|window| window == END))
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a small number")]
fn count(number: usize) -> f64 {
    number as f64
}

const END: &[u8] = br#""outcome":"canceled""#;

/// Bare workerd puts an object away that nothing has happened to for ten seconds; production may wait longer.
const ASLEEP_AFTER: Duration = Duration::from_secs(20);
