//! A caller's webhook on this machine: a real HTTP server that answers as it is told, and keeps what came.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::forge::Forge;
use crate::spec::check::check_message;

/// One that listens until the tests end.
pub(crate) struct Receiver {
    pub(crate) url: String,
    deliveries: mpsc::Receiver<Delivery>,
}

/// One request that came in.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) timestamp: String,
    pub(crate) signatures: Vec<String>,
    pub(crate) body: String,
    pub(crate) at: Instant,
    pub(crate) kind: String,
}

impl Receiver {
    /// Answers the first requests as given, then with 204. An answer is a status, and after it headers of its own:
    /// `503`, `429 Retry-After: 3`.
    pub(crate) fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port is there");
        let port = listener.local_addr().expect("it listens somewhere").port();
        let (sender, deliveries) = channel();
        let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        thread::spawn(move || {
            let mut answers = answers.into_iter();
            for stream in listener.incoming().map_while(Result::ok) {
                if receive(stream, &mut answers, &sender).is_none() {
                    return;
                }
            }
        });
        Self { url: format!("http://127.0.0.1:{port}/hook"), deliveries }
    }

    /// The next one, which is held to its description.
    pub(crate) fn next(&self, patience: Duration) -> Option<Delivery> {
        self.deliveries.recv_timeout(patience).ok().inspect(Delivery::check_described)
    }

    /// The next one.
    ///
    /// # Panics
    /// When none comes.
    #[track_caller]
    pub(crate) fn take(&self) -> Delivery {
        self.next(PATIENCE).expect("a notification comes in time")
    }

    /// All deliveries up to the first of a kind.
    pub(crate) fn until(&self, kind: &str) -> Vec<Delivery> {
        let mut told = Vec::new();
        loop {
            let next = self.next(PATIENCE);
            assert!(next.is_some(), "{kind} comes within {PATIENCE:?}, after {told:?}");
            told.extend(next);
            if told.last().is_some_and(|delivery: &Delivery| delivery.kind() == kind) {
                return told;
            }
        }
    }
}

impl Delivery {
    pub(crate) fn kind(&self) -> &str {
        &self.kind
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    fn check_described(&self) {
        let headers = json!({
            "webhook-id": self.id, "webhook-timestamp": self.timestamp, "webhook-signature": self.signatures.join(" "),
        });
        let message = match self.kind.split('.').next() {
            Some("batch") => "batchNotification",
            Some("chain") => "chainNotification",
            Some("history") => "historyNotification",
            _ => "notification",
        };
        check_message(message, &self.json(), Some(&headers));
    }

    /// Standard Webhooks 1.0: `v1,` and the seal of id, timestamp and body, by the key that the deployment derives.
    pub(crate) fn check(&self, forge: &Forge) {
        assert_eq!(self.signatures, [forge.webhook_signature(&self.id, &self.timestamp, &self.body)]);
        assert!(self.timestamp.parse::<u64>().is_ok(), "{}", self.timestamp);
        assert!(self.json().get("timestamp").is_some_and(Value::is_string), "{}", self.body);
    }
}

/// One request of one connection; `None` when nobody wants it any more.
fn receive(stream: TcpStream, answers: &mut impl Iterator<Item = String>, sender: &Sender<Delivery>) -> Option<()> {
    let mut reader = BufReader::new(&stream);
    let mut delivery = Delivery {
        id: String::new(),
        timestamp: String::new(),
        signatures: Vec::new(),
        body: String::new(),
        at: Instant::now(),
        kind: String::new(),
    };
    let mut length = 0;
    let mut request_line = String::new();
    // A connection that nothing comes over is not one that takes an answer.
    if reader.read_line(&mut request_line).is_err() || request_line.is_empty() {
        return Some(());
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "webhook-id" => value.clone_into(&mut delivery.id),
            "webhook-timestamp" => value.clone_into(&mut delivery.timestamp),
            "webhook-signature" => delivery.signatures = value.split(' ').map(str::to_owned).collect(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    delivery.body = String::from_utf8(body).ok()?;
    delivery.kind = delivery.json().get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let answer = answers.next().unwrap_or_else(|| "204".into());
    let (status, header) = answer.split_once(' ').unwrap_or((&answer, "X-None: 0"));
    let answer = format!("HTTP/1.1 {status} As Told\r\n{header}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    (&stream).write_all(answer.as_bytes()).ok()?;
    sender.send(delivery).ok()
}

/// How long one is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
