//! Notifications to a caller's webhook: signed, in order, at least once, and no more where they are not wanted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::forge::Forge;
use super::stack::{Stack, quick_start};

#[test]
fn notifications_arrive_signed_and_in_order() {
    let stack = Stack::shared();
    let webhook = Webhook::start(&[]);
    let accepted = stack.accept(&quick_start("sim-stepping-back", &json!({"notify": {"url": webhook.url}})));
    let told = webhook.until("execution.completed");
    let kinds: Vec<&str> = told.iter().map(Delivery::kind).collect();
    let expected = [
        "execution.status_changed",
        "execution.status_changed",
        "execution.anomaly",
        "execution.status_changed",
        "execution.completed",
    ];
    assert_eq!(kinds, expected);
    for delivery in &told {
        delivery.check(&Forge::of(stack));
        assert_eq!(delivery.json().pointer("/data/id"), Some(&json!(accepted.id())));
    }
    let last = told.last().and_then(|delivery| delivery.json().pointer("/data/outcome").cloned());
    assert_eq!(last, Some(json!("completed")));
}

#[test]
fn only_what_was_asked_for_is_told() {
    let stack = Stack::shared();
    let webhook = Webhook::start(&[]);
    let notify = json!({"notify": {"url": webhook.url, "events": ["failed"]}});
    stack.accept(&quick_start("sim-failing", &notify));
    let told = webhook.until("execution.failed");
    assert_eq!(told.len(), 1);
}

#[test]
fn a_notification_that_fails_comes_again_under_the_same_id_and_the_others_wait_for_it() {
    let stack = Stack::shared();
    let webhook = Webhook::start(&[503]);
    let notify = json!({"notify": {"url": webhook.url, "events": ["status_changed", "completed"]}});
    stack.accept(&quick_start("sim-for-1s", &notify));
    let told = webhook.until("execution.completed");
    let ids: Vec<&str> = told.iter().map(|delivery| delivery.id.as_str()).collect();
    assert_eq!(ids.first(), ids.get(1), "the first is told again before anything else");
    let mut distinct = ids.clone();
    distinct.dedup();
    assert_eq!(distinct.len() + 1, ids.len(), "{ids:?}");
}

#[test]
fn a_receiver_that_is_gone_is_told_no_more() {
    let stack = Stack::shared();
    let webhook = Webhook::start(&[410]);
    let accepted = stack.accept(&quick_start("sim-for-1s", &json!({"notify": {"url": webhook.url}})));
    assert!(webhook.next(PATIENCE).is_some(), "it is told once");
    stack.ended(accepted.id(), PATIENCE);
    assert!(webhook.next(Duration::from_secs(2)).is_none(), "and not again");
}

/// A receiver on this machine. Answers the first requests with the statuses given, then 204.
pub(crate) struct Webhook {
    pub(crate) url: String,
    deliveries: Receiver<Delivery>,
}

/// One request that came in.
#[derive(Debug)]
pub(crate) struct Delivery {
    id: String,
    timestamp: String,
    signature: String,
    pub(crate) body: String,
    kind: String,
}

impl Webhook {
    pub(crate) fn start(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port is there");
        let port = listener.local_addr().expect("it listens somewhere").port();
        let (sender, deliveries) = channel();
        let statuses = statuses.to_vec();
        thread::spawn(move || {
            let mut statuses = statuses.into_iter().chain(std::iter::repeat(204));
            for stream in listener.incoming().map_while(Result::ok) {
                let status = statuses.next().unwrap_or(204);
                if receive(stream, status, &sender).is_none() {
                    return;
                }
            }
        });
        Self { url: format!("http://127.0.0.1:{port}/hook"), deliveries }
    }

    pub(crate) fn next(&self, patience: Duration) -> Option<Delivery> {
        self.deliveries.recv_timeout(patience).ok()
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
    fn kind(&self) -> &str {
        &self.kind
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Standard Webhooks 1.0: `v1,` and the seal of id, timestamp and body.
    fn check(&self, forge: &Forge) {
        assert_eq!(self.signature, forge.webhook_signature(&self.id, &self.timestamp, &self.body));
        assert!(self.timestamp.parse::<u64>().is_ok(), "{}", self.timestamp);
        assert!(self.json().get("timestamp").is_some_and(Value::is_string), "{}", self.body);
    }
}

/// One request of one connection; `None` when nobody wants it any more.
fn receive(stream: TcpStream, status: u16, sender: &Sender<Delivery>) -> Option<()> {
    let mut reader = BufReader::new(&stream);
    let mut delivery = Delivery {
        id: String::new(),
        timestamp: String::new(),
        signature: String::new(),
        body: String::new(),
        kind: String::new(),
    };
    let mut length = 0;
    let mut request_line = String::new();
    reader.read_line(&mut request_line).ok()?;
    if request_line.is_empty() {
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
            "webhook-signature" => value.clone_into(&mut delivery.signature),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    delivery.body = String::from_utf8(body).ok()?;
    delivery.kind = delivery.json().get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let answer = format!("HTTP/1.1 {status} As Told\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    (&stream).write_all(answer.as_bytes()).ok()?;
    sender.send(delivery).ok()
}

const PATIENCE: Duration = Duration::from_secs(30);
