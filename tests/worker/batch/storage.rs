//! Storage that refuses what a batch has to write, while its calls are under way.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{PATIENCE, accept, batch, count, ended, id_of, items, look, submitted, text, when};
use crate::worker::client::Answer;
use crate::worker::journal::replay;
use crate::worker::stack::{Stack, wait_for};
use crate::worker::storage::{refuse_rows, the_newest};

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_takes_nothing_for_a_while_loses_no_item_and_has_none_submitted_twice() {
    let stack = Stack::start_bounded();
    stack.sim().calm();
    let id = id_of(&accept(&stack, &batch("sim-for-2s", 60, &json!({}))));
    when(&stack, &id, |batch| count(batch, "running") >= 10);
    let (path, client) = (format!("/v1/batches/{id}"), stack.client().with("idempotency-key", "after-all"));
    let another = batch("sim-instant", 120, &json!({}));

    bound_files(&stack, Some(0));
    let refused = wait_for(PATIENCE, || {
        let answer = stack.client().get(&path);
        (answer.status() != 200).then_some(answer)
    });
    assert_unavailable(&refused.expect("the batch cannot go on, and says so"));
    for _ in 0..10 {
        let cancel = stack.client().send("POST", &format!("{path}/cancel"), b"");
        [client.post("/v1/batches", &another), stack.client().get(&path), cancel].iter().for_each(assert_unavailable);
        assert_eq!(stack.client_with(None).get("/healthz").status(), 200, "the process lives");
    }
    bound_files(&stack, None);

    let over = ended(&stack, &id);
    assert_none_is_lost(&stack, &over, 60);
    assert_eq!(count(&over, "canceled"), 0, "a cancel that was refused has not happened: {over}");
    let accepted = client.post("/v1/batches", &another);
    assert_eq!(accepted.status(), 202, "nothing is left of what was refused: {}", accepted.text());
    assert_eq!(count(&ended(&stack, &id_of(&accepted.json())), "successful"), 120);
    assert_eq!(submitted(&stack).values().filter(|count| **count > 1).count(), 0);
}

#[test]
fn a_batch_whose_object_cannot_write_for_a_while_goes_on_though_nobody_asks() {
    let stack = Stack::start();
    stack.sim().calm();
    for when_refused in ["1", "abs(random()) % 3 = 0", "abs(random()) % 40 = 0"] {
        stack.sim().reset();
        stack.sim().calm();
        let id = id_of(&accept(&stack, &batch("sim-for-2s", 60, &json!({}))));
        when(&stack, &id, |batch| count(batch, "running") >= 10);
        refuse_rows(&the_newest(&stack, "Flow"), "sheet", 6, when_refused);
        if when_refused == "1" {
            assert_unavailable(&stack.client().send("POST", &format!("/v1/batches/{id}/cancel"), b""));
        }
        let begun = wait_for(PATIENCE, || Some(submitted(&stack)).filter(|submits| submits.len() >= 55));
        assert!(begun.is_some(), "{when_refused}: it went on by itself: {}", look(&stack, &id));
        assert_none_is_lost(&stack, &ended(&stack, &id), 60);
    }
}

/// Every item has ended, and none was submitted twice. What was saved as sent, and lost before the first byte left, is known to
/// nobody: it ends degraded.
fn assert_none_is_lost(stack: &Stack, over: &Value, total: u64) {
    let submits = submitted(stack);
    let twice: BTreeMap<_, _> = submits.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "submitted twice: {twice:?}");
    assert_eq!(count(over, "successful") + count(over, "degraded"), total, "{over}");
    assert!(count(over, "successful") >= total * 9 / 10, "{over}");
    let shown = items(stack, &text(over, "id"));
    assert_eq!(u64::try_from(shown.len()).ok(), Some(total));
    for item in shown.values() {
        let execution = text(&item["links"], "execution");
        let execution = execution.rsplit('/').next().unwrap_or_default();
        replay(&stack.journal(execution));
    }
}

fn assert_unavailable(answer: &Answer) {
    let told = (answer.problem(), answer.header("retry-after").to_owned());
    assert_eq!(told, ("503 unavailable".to_owned(), "1".to_owned()), "{}", answer.text());
}

/// Bounds the files that the Worker's process may write to so many bytes: writing beyond fails, as on a disk that is full.
#[cfg(target_os = "linux")]
fn bound_files(stack: &Stack, bytes: Option<u64>) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let pid = i32::try_from(stack.worker_pid()).ok().and_then(Pid::from_raw);
    let before = prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None });
    assert!(before.is_ok(), "{before:?}");
}
