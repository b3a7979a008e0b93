//! Those who look on at an item that has not begun: they are told when it does, and when it never will.

use std::thread;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::{accept, batch, count, ended, id_of, when};
use crate::worker::events::Events;
use crate::worker::forge::Forge;
use crate::worker::snapshot::Snapshot;
use crate::worker::socket::{Heard, Socket};
use crate::worker::stack::Stack;

#[test]
fn who_looks_on_at_an_item_is_told_that_it_will_not_begin() {
    let stack = Stack::shared();
    let never = || batch("sim-never", 3, &json!({"max_parallel": 1, "chunk_size": 1}));
    let cancel = |id: &str| {
        let answer = stack.client().send("POST", &format!("/v1/batches/{id}/cancel"), b"");
        assert_eq!(answer.status(), 202, "{}", answer.text());
    };
    told_of_the_stop(stack, &never(), cancel);
    // What its time runs out for, and what too much failed before, stops by itself.
    told_of_the_stop(stack, &batch("sim-never", 3, &json!({"max_parallel": 1, "timeout_seconds": 6})), |_| {});
    let intolerant = json!({"max_parallel": 1, "chunk_size": 1, "tolerate": {"failed": 0}});
    told_of_the_stop(stack, &batch("sim-failing", 3, &intolerant), |_| {});
}

#[test]
fn who_looks_on_at_an_item_is_told_that_it_begins() {
    let stack = Stack::shared();
    let id = id_of(&accept(stack, &batch("sim-for-3s", 2, &json!({"max_parallel": 1, "chunk_size": 1}))));
    let last = item(&id, 1);
    let mut socket = Socket::with_key(stack, &format!("/v1/executions/{last}/socket"));
    assert_eq!(socket.json()["status"], "pending", "it is to begin");
    let waited = stack.client().get(&format!("/v1/executions/{last}?wait=60&since=0"));
    let begun = Snapshot::of(waited.json());
    assert!(begun.seq() > 0 && begun.outcome().is_none(), "its beginning is news: {begun}");
    let (told, code) = socket.rest();
    assert_eq!((told.last().map(|last| &last["outcome"]), code), (Some(&json!("completed")), 4000), "{told:?}");
    let seqs: Vec<_> = told.iter().filter_map(|told| told["seq"].as_u64()).collect();
    assert!(seqs.is_sorted() && seqs.first() > Some(&0), "each change once, and in order: {seqs:?}");
}

#[test]
fn a_socket_at_an_item_that_has_not_begun_ends_with_its_token() {
    let stack = Stack::shared();
    let id = id_of(&accept(stack, &batch("sim-never", 2, &json!({"max_parallel": 1, "chunk_size": 1}))));
    let exp = now_ms() + 8_000;
    let claims = json!({"tenant": "default", "resources": [id], "verbs": ["read"], "exp": exp});
    let token = Forge::of(stack).token(&claims);
    let open = |path: &str| Socket::open(stack, &format!("{path}/socket?token={token}"), &[]).expect("it is good yet");
    let (mut of_item, mut of_batch) =
        (open(&format!("/v1/executions/{}", item(&id, 1))), open(&format!("/v1/batches/{id}")));
    let mut lasting = Socket::with_key(stack, &format!("/v1/executions/{}/socket", item(&id, 1)));
    assert_eq!((of_item.rest().1, of_batch.rest().1), (4001, 4001));
    assert!(now_ms() >= exp, "not before its time");
    assert!(matches!(lasting.hear(), Heard::Text(_)), "another's goes on");
    stack.client().send("POST", &format!("/v1/batches/{id}/cancel"), b"");
    ended(stack, &id);
}

#[test]
fn an_item_that_never_began_stays_as_it_was_stopped_whatever_runs_again() {
    let stack = Stack::shared();
    let id = id_of(&accept(stack, &batch("sim-for-2s", 3, &json!({"max_parallel": 1, "chunk_size": 1}))));
    when(stack, &id, |batch| count(batch, "running") == 1);
    assert_eq!(stack.client().send("POST", &format!("/v1/batches/{id}/cancel"), b"").status(), 202);
    let stopped = stack.look(&item(&id, 2));
    assert_eq!(stopped.ending(), "canceled/canceled NOT_STARTED");
    ended(stack, &id);
    assert_eq!(stack.look(&item(&id, 2)), stopped, "its end does not move with the batch's");
    let redriven = stack.client().post(&format!("/v1/batches/{id}/redrive"), &json!({"items": ["item-2"]}));
    assert_eq!(redriven.status(), 202, "{}", redriven.text());
    assert_eq!(stack.look(&item(&id, 2)), stopped, "its further execution is another one");
    let over = ended(stack, &id);
    assert_eq!((count(&over, "successful"), count(&over, "not_started")), (1, 1), "{over}");
    assert_eq!(stack.look(&item(&id, 3)).ending(), "completed/completed");
}

/// Looks on at the last item in all ways that there are, has the batch stopped, and sees what each is told.
fn told_of_the_stop(stack: &'static Stack, body: &Value, stop: impl Fn(&str)) {
    let id = id_of(&accept(stack, body));
    let last = item(&id, 2);
    let socket = Socket::with_key(stack, &format!("/v1/executions/{last}/socket"));
    let stream = Events::open(&stack.client(), &last, None);
    let client = stack.client();
    let path = format!("/v1/executions/{last}?wait=80&since=0");
    let waiting = thread::spawn(move || client.get(&path));
    when(stack, &id, |batch| count(batch, "running") == 1 || !batch["ended_at"].is_null());
    stop(&id);
    let expected = "canceled/canceled NOT_STARTED";
    let waited = waiting.join().expect("the wait is answered");
    assert_eq!((waited.status(), Snapshot::of(waited.json()).ending()), (200, expected.to_owned()));
    assert_eq!(stream.snapshots().last().map(Snapshot::ending).as_deref(), Some(expected), "the stream ends with it");
    let mut socket = socket;
    let (told, code) = socket.rest();
    assert_eq!(told.last().map(|last| Snapshot::of(last.clone()).ending()).as_deref(), Some(expected), "{told:?}");
    assert_eq!(code, 4000, "the socket is closed after the end");
    ended(stack, &id);
}

fn item(batch: &str, run: u32) -> String {
    format!("exe_{}-{run}", batch.trim_start_matches("bat_"))
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970");
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
