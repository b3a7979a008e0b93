//! `?wait=`: an answer as soon as there is news, and not before.

use std::time::{Duration, Instant};

use serde_json::json;

use super::snapshot::Snapshot;
use super::stack::{Stack, quick_start};

#[test]
fn a_wait_is_answered_at_the_next_change() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-for-5s", &json!({})));
    let path = format!("/v1/executions/{}?wait=60", accepted.id());
    let mut latest = stack.client().get(accepted.text("/links/self"));
    let since = Instant::now();
    while Snapshot::of(latest.json()).outcome().is_none() {
        let next = stack.client().with("if-none-match", latest.header("etag")).get(&path);
        assert_eq!(next.status(), 200, "there was news within a minute");
        let (before, after) = (Snapshot::of(latest.json()).seq(), Snapshot::of(next.json()).seq());
        assert!(after > before, "{after} after {before}");
        latest = next;
    }
    let snapshot = Snapshot::of(latest.json());
    assert_eq!(snapshot.ending(), "completed/completed");
    assert!(since.elapsed() < Duration::from_secs(30), "no wait outlasts its news: {:?}", since.elapsed());
}

#[test]
fn a_wait_without_news_lasts_as_long_as_it_was_asked_to() {
    let stack = Stack::shared();
    let sleepy = json!({"backoff": {"base_seconds": 60, "min_seconds": 60, "max_seconds": 60}});
    let accepted = stack.accept(&quick_start("sim-never", &sleepy));
    stack.when(accepted.id(), PATIENCE, |snapshot| snapshot.text("/waiting/reason") == "backoff");
    let etag = stack.client().get(accepted.text("/links/self")).header("etag").to_owned();
    let since = Instant::now();
    let answer = stack.client().with("if-none-match", &etag).get(&format!("/v1/executions/{}?wait=1", accepted.id()));
    assert_eq!((answer.status(), answer.body().len()), (304, 0));
    assert!(since.elapsed() >= Duration::from_millis(950), "{:?}", since.elapsed());
}

#[test]
fn a_wait_for_what_has_ended_is_answered_at_once() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let ended = stack.ended(accepted.id(), PATIENCE);
    let since = Instant::now();
    let answer = stack.client().get(&format!("/v1/executions/{}?wait=60", accepted.id()));
    assert_eq!((answer.status(), Snapshot::of(answer.json())), (200, ended));
    assert!(since.elapsed() < PATIENCE, "{:?}", since.elapsed());
}

#[test]
fn a_start_may_wait_for_the_end() {
    let stack = Stack::shared();
    let answer = stack.client().post("/v1/executions?wait=60", &quick_start("sim-instant", &json!({})));
    assert_eq!(answer.status(), 202, "{}", answer.text());
    let snapshot = Snapshot::of(answer.json());
    assert_eq!(snapshot.ending(), "completed/completed");
    assert!(snapshot.text("/view_token").starts_with("cxv1."), "{snapshot}");
}

#[test]
fn a_wait_is_a_number_of_seconds_up_to_85() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    stack.ended(accepted.id(), PATIENCE);
    let get = |wait: &str| stack.client().get(&format!("/v1/executions/{}?wait={wait}", accepted.id()));
    for wait in ["86", "-1", "soon", "1e9", ""] {
        assert_eq!(get(wait).problem(), "400 invalid-parameter ?wait out_of_range", "{wait}");
    }
    for wait in ["0", "85"] {
        assert_eq!(get(wait).status(), 200, "{wait}");
    }
}

const PATIENCE: Duration = Duration::from_secs(30);
