//! A server that the proxy calls: says what it got, and answers as its path asks. Never knows what a test wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// The server. Its thread lives as long as the test binary.
pub(super) struct Upstream {
    port: u16,
    seen: Arc<Seen>,
}

/// What it has seen.
#[derive(Default)]
pub(super) struct Seen {
    /// The targets of all requests, in order.
    pub(super) targets: Mutex<Vec<String>>,
    /// Bytes of bodies that have arrived, as they arrive.
    pub(super) body_bytes: AtomicUsize,
    /// Targets whose connection the other side ended while the answer was due.
    pub(super) left: Mutex<Vec<String>>,
    /// Lets `/drip` go on.
    pub(super) may_go_on: AtomicBool,
}

/// One request.
struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Upstream {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let seen = Arc::new(Seen::default());
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &seen));
            }
        });
        Self { port, seen }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// How often a target was asked for.
    pub(super) fn count(&self, target: &str) -> usize {
        let targets = self.seen.targets.lock().expect("no test fails while it holds this");
        targets.iter().filter(|one| *one == target).count()
    }
}

fn serve(stream: TcpStream, seen: &Seen) {
    let mut reader = BufReader::new(stream.try_clone().expect("a socket has two sides"));
    let mut writer = stream;
    while let Some(request) = read(&mut reader, seen) {
        if answer(&mut writer, &request, seen).is_err() {
            seen.left.lock().expect("no test fails while it holds this").push(request.target);
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>, seen: &Seen) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    seen.targets.lock().expect("no test fails while it holds this").push(target.clone());
    let header = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let body = match (header("content-length"), header("transfer-encoding")) {
        (Some(len), _) => read_bytes(reader, len.parse().ok()?, seen)?,
        (None, Some(_)) => read_chunks(reader, seen)?,
        (None, None) => Vec::new(),
    };
    Some(Request { method, target, headers, body })
}

fn read_bytes(reader: &mut impl Read, len: usize, seen: &Seen) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(len);
    let mut buffer = [0; 65_536];
    while body.len() < len {
        let most = (len - body.len()).min(buffer.len());
        let read = reader.read(&mut buffer[..most]).ok().filter(|read| *read > 0)?;
        body.extend_from_slice(&buffer[..read]);
        seen.body_bytes.fetch_add(read, Ordering::SeqCst);
    }
    Some(body)
}

fn read_chunks(reader: &mut BufReader<TcpStream>, seen: &Seen) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let len = usize::from_str_radix(line.trim().split(';').next()?, 16).ok()?;
        body.extend(read_bytes(reader, len, seen)?);
        let mut end = String::new();
        reader.read_line(&mut end).ok()?;
        if len == 0 {
            return Some(body);
        }
    }
}

fn answer(writer: &mut TcpStream, request: &Request, seen: &Seen) -> std::io::Result<()> {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let number = || query.trim_start_matches(|one: char| !one.is_ascii_digit()).parse().unwrap_or(0_usize);
    match path.rsplit('/').next().unwrap_or_default() {
        "whole" => whole(writer, 200, &[], &vec![b'x'; number()]),
        "chunked" => chunked(writer, number()),
        "back" => whole(writer, 200, &[("content-type", "application/octet-stream")], &request.body),
        "drip" => drip(writer, seen),
        "hang" => hang(writer),
        "endless" => endless(writer),
        "status" | "cached-status" | "refused" => whole(writer, u16::try_from(number()).unwrap_or(500), &[], b"{}"),
        "resetting" => whole(writer, 429, &[("x-ratelimit-reset", "60")], b"{}"),
        "silent" => Err(std::io::ErrorKind::ConnectionAborted.into()),
        "limited" => whole(writer, 429, &[("retry-after", "60")], b"{}"),
        "away" => whole(writer, 302, &[("location", "https://elsewhere.example/secret")], b""),
        "here" => whole(writer, 302, &[("location", "/api/echo?a=1")], b""),
        "policies" => whole(writer, 200, POLICIES, b"{}"),
        "shared" | "shared-large" => {
            thread::sleep(Duration::from_millis(400));
            let large = vec![b'y'; 1_500_000];
            let count = seen.targets.lock().map(|all| all.iter().filter(|one| **one == request.target).count());
            let body = format!("{{\"count\": {}}}", count.unwrap_or_default());
            whole(writer, 200, &[], if path.ends_with("large") { &large } else { body.as_bytes() })
        }
        _ => whole(writer, 200, &[("content-type", "application/json")], echo(request).to_string().as_bytes()),
    }
}

fn echo(request: &Request) -> Value {
    let headers: serde_json::Map<_, _> =
        request.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "method": request.method, "target": request.target, "headers": headers, "bytes": request.body.len(),
        "body": String::from_utf8_lossy(request.body.get(..200).unwrap_or(&request.body)),
    })
}

fn whole(writer: &mut TcpStream, status: u16, headers: &[(&str, &str)], body: &[u8]) -> std::io::Result<()> {
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    write!(writer, "HTTP/1.1 {status} As-Asked\r\n{more}content-length: {}\r\n\r\n", body.len())?;
    writer.write_all(body)
}

fn chunked(writer: &mut TcpStream, len: usize) -> std::io::Result<()> {
    write!(writer, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
    for _ in 0..len.div_ceil(10_000) {
        write!(writer, "2710\r\n")?;
        writer.write_all(&[b'x'; 10_000])?;
        write!(writer, "\r\n")?;
    }
    write!(writer, "0\r\n\r\n")
}

/// A first part, and the rest once the test has seen it.
fn drip(writer: &mut TcpStream, seen: &Seen) -> std::io::Result<()> {
    write!(writer, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst")?;
    writer.flush()?;
    for _ in 0..600 {
        if seen.may_go_on.load(Ordering::SeqCst) {
            return writer.write_all(b" last");
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err(std::io::ErrorKind::TimedOut.into())
}

/// Goes on until nobody listens, for a minute at most.
fn endless(writer: &mut TcpStream) -> std::io::Result<()> {
    write!(writer, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
    for _ in 0..6_000 {
        write!(writer, "2710\r\n")?;
        writer.write_all(&[b'x'; 10_000])?;
        write!(writer, "\r\n")?;
        thread::sleep(Duration::from_millis(10));
    }
    write!(writer, "0\r\n\r\n")
}

/// Says nothing until the other side has gone.
fn hang(writer: &mut TcpStream) -> std::io::Result<()> {
    writer.set_read_timeout(Some(Duration::from_secs(120)))?;
    match writer.read(&mut [0; 1])? {
        0 => Err(std::io::ErrorKind::ConnectionReset.into()),
        _ => Ok(()),
    }
}

const POLICIES: &[(&str, &str)] = &[
    ("content-type", "application/json"),
    ("set-cookie", "session=secret; HttpOnly"),
    ("set-cookie", "other=1"),
    ("server", "cxone-internal/1.2"),
    ("x-powered-by", "something"),
    ("connection", "x-of-the-hop"),
    ("x-of-the-hop", "1"),
    ("access-control-allow-origin", "*"),
    ("access-control-allow-credentials", "true"),
    ("strict-transport-security", "max-age=1"),
    ("content-security-policy", "default-src *"),
    ("x-frame-options", "ALLOWALL"),
    ("cxpulse-cache", "hit"),
    ("cache-control", "public, max-age=60"),
    ("etag", "\"7\""),
    ("x-ratelimit-remaining", "9"),
];
