//! Batches: what starts, what is counted, when it is over, and what is run again.

mod item;
mod log;
mod property;
mod query;
mod redrive;
mod request;
mod snapshot;

use expect_test::expect;

use crate::check::{BatchScene, check_batch};

/// Five items, two at once, in chunks of two; whoever likes is told.
pub(crate) const FIVE: &str = r#"{"action_id": "sim-fast", "chunk_size": 2, "max_parallel": 2, "timeout_seconds": 600,
    "notify": {"url": "https://example.com/hook"}, "tags": ["nightly"],
    "payloads": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}, {"id": "e"}]}"#;

/// The same where one may fail.
pub(crate) const ONE_MAY_FAIL: &str = r#"{"action_id": "sim-fast", "chunk_size": 2, "max_parallel": 2,
    "timeout_seconds": 600, "tolerate": {"failed": 1},
    "payloads": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}, {"id": "e"}]}"#;

#[test]
fn items_start_in_order_as_there_is_room_and_the_last_end_ends_it() {
    check_batch(
        FIVE,
        "woken; woken; a successful; b cached; +1s; c retried; d fallback; e failed; e failed; woken",
        &expect![[r#"
            woken => notify started, start a#0, start b#1 | running: 3 not_started, 2 running
            woken => ignored too_early
            a successful => start c#2 | running: 1 successful, 2 not_started, 2 running
            b cached => start d#3 | running: 2 successful, 1 not_started, 2 running
            +1s => time passes
            c retried => start e#4 | running: 3 successful, 2 running
            d fallback => nothing | running: 3 successful, 1 degraded, 1 running
            e failed => notify completed | completed partial: 3 successful, 1 failed, 1 degraded
            e failed => ignored repeated
            woken => ignored ended
        "#]],
    );
}

#[test]
fn a_chunk_bounds_what_starts_in_one_go_and_the_rest_is_due_at_once() {
    let request = FIVE.replace("\"max_parallel\": 2", "\"max_parallel\": 5");
    let mut scene = BatchScene::open(&request);
    let due = |scene: &BatchScene| scene.batch.next_wake_at().is_some_and(|at| at <= scene.now);
    let mut told = Vec::new();
    while due(&scene) {
        told.push(scene.play("woken"));
    }
    expect![[r#"
        woken => notify started, start a#0, start b#1 | running: 3 not_started, 2 running
        woken => start c#2, start d#3 | running: 1 not_started, 4 running
        woken => start e#4 | running: 5 running"#]]
    .assert_eq(&told.join("\n"));
    assert_eq!(scene.batch.next_wake_at(), Some(scene.batch.standing().deadline_at()));
}

#[test]
fn more_failures_than_are_tolerated_stop_the_rest_and_what_runs_goes_on() {
    check_batch(
        ONE_MAY_FAIL,
        "woken; a failed; b failed; c successful; woken; redrive not_started; woken; d failed; e failed",
        &expect![[r#"
            woken => start a#0, start b#1 | running: 3 not_started, 2 running
            a failed => start c#2 | running: 1 failed, 2 not_started, 2 running
            b failed => nothing | running: 2 failed, 2 not_started, 1 running
            c successful => nothing | failed failed: 1 successful, 2 failed, 2 not_started
            woken => ignored ended
            redrive not_started => start d#5, start e#6 | running: 1 successful, 2 failed, 2 running
            woken => ignored too_early
            d failed => nothing | running: 1 successful, 3 failed, 1 running
            e failed => nothing | failed failed: 1 successful, 4 failed
        "#]],
    );
}

#[test]
fn what_a_redrive_leaves_failed_counts_no_more_and_new_failures_do() {
    check_batch(
        ONE_MAY_FAIL,
        "woken; a failed; b failed; c successful; redrive not_started; woken; d successful; e failed; redrive a; woken; a failed",
        &expect![[r#"
            woken => start a#0, start b#1 | running: 3 not_started, 2 running
            a failed => start c#2 | running: 1 failed, 2 not_started, 2 running
            b failed => nothing | running: 2 failed, 2 not_started, 1 running
            c successful => nothing | failed failed: 1 successful, 2 failed, 2 not_started
            redrive not_started => start d#5, start e#6 | running: 1 successful, 2 failed, 2 running
            woken => ignored too_early
            d successful => nothing | running: 2 successful, 2 failed, 1 running
            e failed => nothing | completed partial: 2 successful, 3 failed
            redrive a => start a#7 | running: 2 successful, 2 failed, 1 running
            woken => ignored too_early
            a failed => nothing | completed partial: 2 successful, 3 failed
        "#]],
    );
}

#[test]
fn nothing_tolerated_means_that_the_first_failure_stops_it() {
    let request = ONE_MAY_FAIL.replace("\"failed\": 1", "\"failed_percent\": 19");
    check_batch(
        &request,
        "woken; a degraded; b failed; c canceled",
        &expect![[r#"
        woken => start a#0, start b#1 | running: 3 not_started, 2 running
        a degraded => start c#2 | running: 1 degraded, 2 not_started, 2 running
        b failed => nothing | running: 1 failed, 1 degraded, 2 not_started, 1 running
        c canceled => nothing | failed failed: 1 failed, 1 degraded, 1 canceled, 2 not_started
    "#]],
    );
}

#[test]
fn a_cancel_stops_what_has_not_started_and_cancels_what_runs() {
    check_batch(
        FIVE,
        "cancel; redrive; woken; a successful; cancel; cancel; b canceled; c successful; cancel; woken",
        &expect![[r#"
            cancel => notify canceled | canceled canceled: 5 not_started
            redrive => notify started, start a#5, start b#6 | running: 3 not_started, 2 running
            woken => ignored too_early
            a successful => start c#7 | running: 1 successful, 2 not_started, 2 running
            cancel => cancel b#6, cancel c#7 | running: 1 successful, 2 not_started, 2 running
            cancel => ignored repeated
            b canceled => nothing | running: 1 successful, 1 canceled, 2 not_started, 1 running
            c successful => notify canceled | canceled canceled: 2 successful, 1 canceled, 2 not_started
            cancel => ignored ended
            woken => ignored ended
        "#]],
    );
}

#[test]
fn past_the_deadline_nothing_starts_and_what_runs_ends_by_its_own() {
    check_batch(
        FIVE,
        "woken; a successful; deadline; woken; b fallback; c degraded; woken",
        &expect![[r#"
        woken => notify started, start a#0, start b#1 | running: 3 not_started, 2 running
        a successful => start c#2 | running: 1 successful, 2 not_started, 2 running
        deadline => nothing | running: 1 successful, 2 not_started, 2 running
        woken => ignored too_early
        b fallback => nothing | running: 1 successful, 1 degraded, 2 not_started, 1 running
        c degraded => notify timed_out | failed timed_out: 1 successful, 2 degraded, 2 not_started
        woken => ignored ended
    "#]],
    );
    check_batch(
        FIVE,
        "deadline",
        &expect![[r#"
        deadline => notify timed_out | failed timed_out: 5 not_started
    "#]],
    );
}

#[test]
fn all_that_is_successful_is_completed_whatever_came_in_between() {
    let request = FIVE.replace(r#", {"id": "c"}, {"id": "d"}, {"id": "e"}"#, "");
    check_batch(
        &request,
        "woken; a successful; deadline; b successful",
        &expect![[r#"
        woken => notify started, start a#0, start b#1 | running: 2 running
        a successful => nothing | running: 1 successful, 1 running
        deadline => nothing | running: 1 successful, 1 running
        b successful => notify completed | completed completed: 2 successful
    "#]],
    );
    check_batch(
        &request,
        "woken; a failed; b degraded",
        &expect![[r#"
        woken => notify started, start a#0, start b#1 | running: 2 running
        a failed => nothing | running: 1 failed, 1 running
        b degraded => notify failed | failed failed: 1 failed, 1 degraded
    "#]],
    );
    check_batch(
        &request,
        "woken; a failed; b fallback",
        &expect![[r#"
        woken => notify started, start a#0, start b#1 | running: 2 running
        a failed => nothing | running: 1 failed, 1 running
        b fallback => notify completed | completed partial: 1 failed, 1 degraded
    "#]],
    );
}

#[test]
fn a_clock_that_steps_back_stops_nothing_and_repeats_nothing() {
    check_batch(
        FIVE,
        "+60s; woken; -60s; woken; a successful; b successful; deadline",
        &expect![[r#"
        +60s => time passes
        woken => notify started, start a#0, start b#1 | running: 3 not_started, 2 running
        -60s => time passes
        woken => ignored too_early
        a successful => start c#2 | running: 1 successful, 2 not_started, 2 running
        b successful => start d#3 | running: 2 successful, 1 not_started, 2 running
        deadline => nothing | running: 2 successful, 1 not_started, 2 running
    "#]],
    );
}

#[test]
fn a_restart_changes_nothing_whenever_it_comes() {
    let story = "woken; a failed; b successful; restart; c successful; cancel; restart; d canceled; restart; \
                 redrive; restart; woken; restart; a successful; cancel; restart; woken; d canceled; restart";
    let plain = story.replace("restart; ", "").replace("; restart", "");
    let mut scene = BatchScene::open(FIVE);
    let with: Vec<String> = story.split(';').map(|line| scene.play(line.trim())).collect();
    let mut scene = BatchScene::open(FIVE);
    let without: Vec<String> = plain.split(';').map(|line| scene.play(line.trim())).collect();
    let with: Vec<&String> = with.iter().filter(|line| !line.starts_with("restart")).collect();
    assert_eq!(with, without.iter().collect::<Vec<_>>());
    expect![[r#"
        woken => notify started, start a#0, start b#1 | running: 3 not_started, 2 running
        a failed => start c#2 | running: 1 failed, 2 not_started, 2 running
        b successful => start d#3 | running: 1 successful, 1 failed, 1 not_started, 2 running
        c successful => start e#4 | running: 2 successful, 1 failed, 2 running
        cancel => cancel d#3, cancel e#4 | running: 2 successful, 1 failed, 2 running
        d canceled => nothing | running: 2 successful, 1 failed, 1 canceled, 1 running
        redrive => start a#5 | running: 2 successful, 1 not_started, 2 running
        woken => ignored too_early
        a successful => start d#6 | running: 3 successful, 2 running
        cancel => cancel d#6, cancel e#4 | running: 3 successful, 2 running
        woken => ignored too_early
        d canceled => nothing | running: 3 successful, 1 canceled, 1 running"#]]
    .assert_eq(&without.join("\n"));
}
