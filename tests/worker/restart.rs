//! The Worker dies by `kill -9` in the middle of its work, and another one takes over its data.

use std::time::Duration;

use serde_json::json;

use super::events::Events;
use super::journal::replay;
use super::snapshot::Snapshot;
use super::stack::{Stack, fresh_correlation_id, quick_start};

#[test]
fn fifty_executions_outlive_two_crashes_and_none_is_submitted_twice() {
    let upstream = Stack::shared();
    let mut stack = Stack::start_beside(upstream);
    let accepted: Vec<(Snapshot, String)> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..50).map(|_| scope.spawn(|| start(&stack))).collect();
        starts.into_iter().map(|start| start.join().expect("the start is accepted")).collect()
    });
    // Some submits are under way now, and their answers are lost with the process. Each runs for longer than a slow
    // machine needs to find all of them again.
    stack = stack.crash_and_restart();
    for (one, _) in &accepted {
        stack.when(one.id(), PATIENCE, |now| now.status() == "running" || now.outcome().is_some());
    }
    let live = accepted.iter().filter(|(one, _)| stack.look(one.id()).outcome().is_none()).count();
    assert!(live >= 25, "the second crash comes in the middle too: {live} are under way");
    stack = stack.crash_and_restart();

    let (mut completed, mut unknown) = (0, 0);
    for (one, correlation_id) in &accepted {
        let ended = stack.ended(one.id(), PATIENCE);
        let found = upstream.sim().of_correlation(correlation_id);
        match ended.outcome() {
            Some("completed") => completed += found.len(),
            // Saved as sent, and lost before the first byte left: nothing runs, and nothing is sent again.
            Some("unknown") if found.is_empty() => unknown += 1,
            _ => assert!(found.len() <= 1 && ended.outcome().is_none(), "{found:?}: {ended}"),
        }
        replay(&stack.journal(one.id()));
    }
    assert_eq!(completed + unknown, 50, "each is one execution on CXone, or none");
    assert!(completed >= 40, "{completed} completed, {unknown} never reached CXone");
}

#[test]
fn what_has_ended_is_as_it_was_after_a_crash() {
    let stack = Stack::start_beside(Stack::shared());
    let accepted = stack.accept(&quick_start("sim-failing", &json!({})));
    let ended = stack.ended(accepted.id(), PATIENCE);
    let journal = stack.journal(accepted.id());
    let token = accepted.text("/view_token").to_owned();
    let stack = stack.crash_and_restart();
    assert_eq!(stack.look(accepted.id()), ended);
    assert_eq!(stack.journal(accepted.id()), journal);
    assert_eq!(stack.client_with(Some(&token)).get(ended.text("/links/self")).status(), 200);
}

#[test]
fn a_stream_goes_on_after_a_crash_where_it_was() {
    let stack = Stack::start_beside(Stack::shared());
    let accepted = stack.accept(&quick_start("sim-for-8s", &json!({})));
    let running = stack.when(accepted.id(), PATIENCE, |snapshot| snapshot.status() == "running");
    let stack = stack.crash_and_restart();
    let told = Events::open(&stack.client(), accepted.id(), Some(&running.seq().to_string())).snapshots();
    assert!(told.iter().all(|snapshot| snapshot.seq() > running.seq()), "nothing is told twice");
    assert_eq!(told.last().map(Snapshot::ending).as_deref(), Some("completed/completed"));
}

#[test]
fn an_idempotency_key_holds_over_a_crash() {
    let stack = Stack::start_beside(Stack::shared());
    let (key, correlation_id) = (fresh_correlation_id(), fresh_correlation_id());
    let body = quick_start("sim-for-2s", &json!({"correlation_id": correlation_id}));
    let post = |stack: &Stack| stack.client().with("idempotency-key", &key).post("/v1/executions", &body);
    let first = Snapshot::of(post(&stack).json());
    stack.when(first.id(), PATIENCE, |snapshot| snapshot.status() == "running");
    let stack = stack.crash_and_restart();
    assert_eq!(Snapshot::of(post(&stack).json()).id(), first.id());
    assert_eq!(stack.ended(first.id(), PATIENCE).ending(), "completed/completed");
    stack.sim().the_one(&correlation_id);
}

fn start(stack: &Stack) -> (Snapshot, String) {
    let correlation_id = fresh_correlation_id();
    let more = json!({"correlation_id": correlation_id, "timeout_seconds": 240, "callback": true});
    (stack.accept(&quick_start("sim-for-45s", &more)), correlation_id)
}

const PATIENCE: Duration = Duration::from_secs(240);
