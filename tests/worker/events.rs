//! A stream of Server-Sent Events, read as the WHATWG HTML standard (section 9.2) has it. Never reconnects by itself.

use std::io::{BufRead, BufReader, Read};

use super::client::Client;
use super::snapshot::Snapshot;
use crate::spec::check::check_message;

/// One event as dispatched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) data: String,
}

/// An open stream.
pub(crate) struct Events {
    lines: BufReader<Box<dyn Read>>,
    last_id: String,
    /// What `retry:` lines asked for, in milliseconds.
    pub(crate) retry_ms: Option<u64>,
}

impl Events {
    /// Opens the stream of an execution, from `last_event_id` on where there is one.
    pub(crate) fn open(client: &Client, id: &str, last_event_id: Option<&str>) -> Self {
        let client = client.clone().with("accept", "text/event-stream");
        let client = last_event_id.into_iter().fold(client, |client, id| client.with("last-event-id", id));
        let response = client.open("GET", &format!("/v1/executions/{id}/events"), b"");
        assert_eq!(response.status().as_u16(), 200);
        let header =
            |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert!(header("content-type").starts_with("text/event-stream"), "{}", header("content-type"));
        assert_eq!(header("cache-control"), "no-cache, no-transform", "nobody on the way keeps or packs a stream");
        let body: Box<dyn Read> = Box::new(response.into_body().into_reader());
        Self { lines: BufReader::new(body), last_id: String::new(), retry_ms: None }
    }

    /// The snapshots of the rest of the stream, until it is closed.
    pub(crate) fn snapshots(self) -> Vec<Snapshot> {
        self.filter(|event| event.kind == "message").map(|event| event.snapshot()).collect()
    }

    /// The next line without its end; `None` at the end of the stream.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line);
        assert!(read.is_ok(), "the stream ends, and does not break: {read:?}");
        (!line.is_empty()).then(|| line.trim_end_matches(['\n', '\r']).to_owned())
    }
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let (mut kind, mut data) = (String::new(), Vec::new());
        loop {
            // An event that the end of the stream cuts off is not dispatched.
            let line = self.line()?;
            if line.is_empty() {
                if data.is_empty() {
                    kind.clear();
                    continue;
                }
                let kind = if kind.is_empty() { "message".into() } else { kind };
                return Some(Event { kind, id: self.last_id.clone(), data: data.join("\n") });
            }
            let (field, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut kind),
                "data" => data.push(value.to_owned()),
                "id" if !value.contains('\0') => value.clone_into(&mut self.last_id),
                "retry" => self.retry_ms = value.parse().ok().or(self.retry_ms),
                _ => {}
            }
        }
    }
}

impl Event {
    /// The data of a snapshot event; its id is its `seq`.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let read = serde_json::from_str(&self.data);
        assert!(read.is_ok(), "data is JSON: {}", self.data);
        let read = read.unwrap_or_default();
        check_message("snapshot", &read, None);
        let snapshot = Snapshot::of(read);
        assert_eq!(self.id, snapshot.seq().to_string(), "an event's id is its sequence number");
        snapshot
    }
}
