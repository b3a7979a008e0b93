//! The stream of an execution: a full snapshot first, each change once, the end last; however many watch.

use std::time::Duration;

use serde_json::json;

use super::events::Events;
use super::snapshot::Snapshot;
use super::stack::{Stack, fresh_correlation_id, quick_start, wait_for};

#[test]
fn a_stream_begins_with_a_snapshot_tells_each_change_once_and_closes_after_the_end() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-fast", &json!({})));
    let told = Events::open(&stack.client(), accepted.id(), None).snapshots();
    check_ascending(&told);
    let last = told.last().expect("there are snapshots");
    assert_eq!(last.ending(), "completed/completed");
    assert_eq!(told.iter().filter(|snapshot| snapshot.outcome().is_some()).count(), 1);
    assert!(told.iter().any(|snapshot| snapshot.status() == "running"), "the way there is told");
    assert_eq!(*last, stack.look(accepted.id()), "a stream's snapshot is the snapshot");
}

#[test]
fn a_stream_goes_on_where_it_was_cut() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-for-4s", &json!({})));
    let client = stack.client();
    let before: Vec<Snapshot> =
        Events::open(&client, accepted.id(), None).take(3).map(|event| event.snapshot()).collect();
    let seen = before.last().expect("three were read").seq();
    let after = Events::open(&client, accepted.id(), Some(&seen.to_string())).snapshots();
    let all: Vec<Snapshot> = before.into_iter().chain(after).collect();
    check_ascending(&all);
    assert_eq!(all.last().map(Snapshot::ending).as_deref(), Some("completed/completed"));
}

#[test]
fn an_event_id_that_is_none_of_ours_begins_anew() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let ended = stack.ended(accepted.id(), PATIENCE);
    for id in ["", "x", "-1", "999999999", "18446744073709551616"] {
        assert_eq!(
            Events::open(&stack.client(), accepted.id(), Some(id)).snapshots(),
            std::slice::from_ref(&ended),
            "{id}"
        );
    }
}

#[test]
fn a_stream_of_what_has_ended_tells_the_end_and_closes() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-failing", &json!({})));
    let ended = stack.ended(accepted.id(), PATIENCE);
    let mut events = Events::open(&stack.client(), accepted.id(), None);
    let first = events.next().expect("there is an event");
    assert_eq!((first.kind.as_str(), first.snapshot()), ("message", ended));
    assert!(events.retry_ms.is_some_and(|ms| (500..=60_000).contains(&ms)), "a client is told when to come back");
    assert!(events.all(|event| event.kind != "message"), "nothing follows the end");
}

#[test]
fn five_hundred_watchers_cost_cxone_no_call_and_all_see_the_end() {
    let stack = Stack::shared();
    // Waits without chance, whose calls fall well clear of the end at 5 s.
    let steady =
        json!({"base_seconds": 1.4, "multiplier": 1, "max_seconds": 1.4, "jitter_factor": 0, "predict": false});
    let start = |correlation_id: &str| {
        let more = json!({"correlation_id": correlation_id, "backoff": steady});
        stack.accept(&quick_start("sim-for-5s", &more))
    };
    let (alone, crowded) = (fresh_correlation_id(), fresh_correlation_id());
    let (unwatched, watched) = (start(&alone), start(&crowded));
    let client = stack.client_with(Some(watched.text("/view_token")));
    let streams: Vec<Events> = (0..500).map(|_| Events::open(&client, watched.id(), None)).collect();
    for (index, stream) in streams.into_iter().enumerate() {
        let told = stream.snapshots();
        check_ascending(&told);
        assert_eq!(told.last().map(Snapshot::ending).as_deref(), Some("completed/completed"), "watcher {index}");
    }
    stack.ended(unwatched.id(), PATIENCE);
    assert_eq!(stack.sim().the_one(&crowded).polls, stack.sim().the_one(&alone).polls);
}

#[test]
fn a_watcher_who_reads_nothing_holds_up_nobody() {
    let stack = Stack::shared();
    let inputs = json!({"filler": "x".repeat(200_000)});
    let accepted = stack.accept(&quick_start("sim-fast", &json!({"start": {"inputs": inputs}})));
    let asleep: Vec<Events> = (0..20).map(|_| Events::open(&stack.client(), accepted.id(), None)).collect();
    let told = Events::open(&stack.client(), accepted.id(), None).snapshots();
    assert_eq!(told.last().and_then(Snapshot::outcome), Some("completed"));
    drop(asleep);
    let healthy = || Some(stack.client().get("/healthz").status()).filter(|status| *status == 200);
    assert!(wait_for(PATIENCE, healthy).is_some(), "leaving in the middle does no harm");
}

fn check_ascending(told: &[Snapshot]) {
    let seqs: Vec<u64> = told.iter().map(Snapshot::seq).collect();
    assert!(seqs.is_sorted_by(|earlier, later| earlier < later), "each change once, in order: {seqs:?}");
}

const PATIENCE: Duration = Duration::from_secs(30);
