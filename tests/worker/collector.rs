//! A collector of spans on this machine: a real HTTP server that answers as it is told, and reads every export strictly.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::check::otlp::{Request, Span};

/// One that listens until the tests end.
#[derive(Clone)]
pub(crate) struct Collector {
    pub(crate) url: String,
    exports: Arc<Mutex<Vec<Export>>>,
}

/// One request that came in.
#[derive(Debug, Clone)]
pub(crate) struct Export {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// What it was answered.
    pub(crate) status: u16,
}

impl Collector {
    /// Answers the first requests with these statuses, then with 200.
    pub(crate) fn start(answers: &[u16]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port is there");
        let port = listener.local_addr().expect("it listens somewhere").port();
        let exports: Arc<Mutex<Vec<Export>>> = Arc::default();
        let (kept, answers) = (Arc::clone(&exports), answers.to_vec());
        thread::spawn(move || {
            let mut answers = answers.into_iter();
            for stream in listener.incoming().map_while(Result::ok) {
                let status = answers.next().unwrap_or(200);
                if let Some(export) = receive(stream, status) {
                    kept.lock().unwrap_or_else(PoisonError::into_inner).push(export);
                }
            }
        });
        Self { url: format!("http://127.0.0.1:{port}"), exports }
    }

    /// Everything that came so far.
    pub(crate) fn exports(&self) -> Vec<Export> {
        self.exports.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The spans that were taken, of one trace.
    pub(crate) fn spans(&self, trace_id: &str) -> Vec<Span> {
        let taken = self.exports().into_iter().filter(|export| export.status == 200);
        let spans = taken.flat_map(|export| Request::read(&export.body).into_spans());
        spans.filter(|span| span.trace_id == trace_id).collect()
    }
}

impl Export {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// One request of one connection; `None` where nothing whole came.
fn receive(stream: TcpStream, status: u16) -> Option<Export> {
    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let retry = if status == 200 { "" } else { "Retry-After: 1\r\n" };
    let answer = format!("HTTP/1.1 {status} Answer\r\n{retry}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}");
    (&stream).write_all(answer.as_bytes()).ok()?;
    Some(Export { path, headers, body: String::from_utf8(body).ok()?, status })
}
