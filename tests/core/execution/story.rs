//! Lives of several steps: what a single row cannot show.

use expect_test::expect;

use crate::check::{START, WATCH, check_story};

const STRICT: &str = r#"{"start": {"action_id": "sim-fast"}, "policy": "strict", "backoff": {"jitter_factor": 0}}"#;
const FEW: &str = r#"{"start": {"action_id": "sim-fast"}, "backoff": {"jitter_factor": 0, "max_attempts": 3}}"#;
const BRIEF: &str = r#"{"start": {"action_id": "sim-fast"}, "timeout_seconds": 30, "backoff": {"jitter_factor": 0}}"#;

#[test]
fn a_start_goes_from_submit_to_result() {
    check_story(
        START,
        "cleared; seen PENDING; woken when due; cleared; seen RUNNING; woken when due; cleared; seen COMPLETED",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        seen PENDING => waiting poll#2 for 2.000 s: backoff; notify status_changed
        woken when due => unchanged; acquire poll#2
        cleared => calling poll#2; send poll#2
        seen RUNNING => waiting poll#3 for 3.200 s: backoff; notify status_changed
        woken when due => unchanged; acquire poll#3
        cleared => calling poll#3; send poll#3
        seen COMPLETED => ended completed; notify status_changed; notify completed
    "#]],
    );
}

#[test]
fn progress_places_the_next_poll_at_the_foretold_end() {
    check_story(
        START,
        "cleared; seen PENDING 0/1000; woken when due; cleared; seen RUNNING 200/1000; woken when due; cleared; seen COMPLETED 1000/1000",
        &expect![[r#"
            cleared => calling submit#1; send submit#1
            seen PENDING 0/1000 => waiting poll#2 for 2.000 s: backoff; notify status_changed
            woken when due => unchanged; acquire poll#2
            cleared => calling poll#2; send poll#2
            seen RUNNING 200/1000 => waiting poll#3 for 3.200 s: predicted; notify status_changed
            woken when due => unchanged; acquire poll#3
            cleared => calling poll#3; send poll#3
            seen COMPLETED 1000/1000 => ended completed; notify status_changed; notify completed
        "#]],
    );
}

#[test]
fn a_strict_caller_ends_at_a_skipped_state() {
    check_story(
        STRICT,
        "cleared; seen PENDING; woken when due; cleared; seen COMPLETED",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        seen PENDING => waiting poll#2 for 2.000 s: backoff
        woken when due => unchanged; acquire poll#2
        cleared => calling poll#2; send poll#2
        seen COMPLETED => ended invalid by INVALID_TRANSITION:PENDING->COMPLETED; anomaly INVALID_TRANSITION:PENDING->COMPLETED
    "#]],
    );
}

#[test]
fn a_strict_caller_ends_at_a_step_back() {
    check_story(
        STRICT,
        "cleared; seen RUNNING; woken when due; cleared; seen QUEUED",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        seen RUNNING => waiting poll#2 for 2.000 s: backoff
        woken when due => unchanged; acquire poll#2
        cleared => calling poll#2; send poll#2
        seen QUEUED => ended invalid by INVALID_TRANSITION:RUNNING->QUEUED; anomaly INVALID_TRANSITION:RUNNING->QUEUED
    "#]],
    );
}

#[test]
fn a_strict_caller_takes_any_first_word_and_waits_out_an_unknown_one() {
    check_story(
        STRICT,
        "cleared; seen WARMING_UP; woken when due; cleared; seen RUNNING; woken when due; cleared; seen COMPLETED",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        seen WARMING_UP => waiting poll#2 for 2.000 s: backoff; anomaly UNKNOWN_STATUS:WARMING_UP
        woken when due => unchanged; acquire poll#2
        cleared => calling poll#2; send poll#2
        seen RUNNING => waiting poll#3 for 3.200 s: backoff
        woken when due => unchanged; acquire poll#3
        cleared => calling poll#3; send poll#3
        seen COMPLETED => ended completed
    "#]],
    );
}

#[test]
fn a_step_back_is_told_once_and_does_not_move_the_status() {
    check_story(
        START,
        "cleared; seen RUNNING; woken when due; cleared; seen QUEUED; woken when due; cleared; seen QUEUED; woken when due; cleared; seen RUNNING; woken when due; cleared; seen COMPLETED",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        seen RUNNING => waiting poll#2 for 2.000 s: backoff; notify status_changed
        woken when due => unchanged; acquire poll#2
        cleared => calling poll#2; send poll#2
        seen QUEUED => waiting poll#3 for 3.200 s: backoff; notify anomaly; anomaly INVALID_TRANSITION:RUNNING->QUEUED
        woken when due => unchanged; acquire poll#3
        cleared => calling poll#3; send poll#3
        seen QUEUED => waiting poll#4 for 5.120 s: backoff
        woken when due => unchanged; acquire poll#4
        cleared => calling poll#4; send poll#4
        seen RUNNING => waiting poll#5 for 8.192 s: backoff
        woken when due => unchanged; acquire poll#5
        cleared => calling poll#5; send poll#5
        seen COMPLETED => ended completed; notify status_changed; notify completed
    "#]],
    );
}

#[test]
fn a_submit_that_was_refused_for_its_rate_is_sent_again_after_the_time_asked_for() {
    check_story(
        START,
        "cleared; http 429 7; woken when due; cleared; http 503 9; woken when due; cleared; seen RUNNING",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        http 429 7 => waiting submit#2 for 7.000 s: rate_limited; notify retried
        woken when due => unchanged; acquire submit#2
        cleared => calling submit#2; send submit#2
        http 503 9 => waiting submit#3 for 9.000 s: retry; notify retried
        woken when due => unchanged; acquire submit#3
        cleared => calling submit#3; send submit#3
        seen RUNNING => waiting poll#4 for 5.120 s: backoff; notify status_changed
    "#]],
    );
}

#[test]
fn a_fresh_token_is_tried_once() {
    check_story(
        WATCH,
        "cleared; http 401; cleared; http 401",
        &expect![[r#"
        cleared => calling poll#1; send poll#1
        http 401 => waiting poll#1 with a fresh token for 0.000 s: credentials; acquire poll#1 with a fresh token; notify retried
        cleared => calling poll#1 with a fresh token; send poll#1 with a fresh token
        http 401 => ended rejected by auth_expired; notify failed
    "#]],
    );
}

#[test]
fn a_fresh_token_is_tried_once_for_each_attempt() {
    check_story(
        WATCH,
        "cleared; http 401; cleared; seen RUNNING; woken when due; cleared; http 401; cleared; seen COMPLETED",
        &expect![[r#"
        cleared => calling poll#1; send poll#1
        http 401 => waiting poll#1 with a fresh token for 0.000 s: credentials; acquire poll#1 with a fresh token; notify retried
        cleared => calling poll#1 with a fresh token; send poll#1 with a fresh token
        seen RUNNING => waiting poll#2 for 2.000 s: backoff; notify status_changed
        woken when due => unchanged; acquire poll#2
        cleared => calling poll#2; send poll#2
        http 401 => waiting poll#2 with a fresh token for 0.000 s: credentials; acquire poll#2 with a fresh token; notify retried
        cleared => calling poll#2 with a fresh token; send poll#2 with a fresh token
        seen COMPLETED => ended completed; notify status_changed; notify completed
    "#]],
    );
}

#[test]
fn not_found_means_not_yet_for_half_a_minute_after_a_submit() {
    check_story(
        START,
        "cleared; seen PENDING; woken when due; cleared; http 404; +27s; woken; cleared; http 404",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        seen PENDING => waiting poll#2 for 2.000 s: backoff; notify status_changed
        woken when due => unchanged; acquire poll#2
        cleared => calling poll#2; send poll#2
        http 404 => waiting poll#3 for 3.200 s: retry; notify retried
        +27s => time passes
        woken => unchanged; acquire poll#3
        cleared => calling poll#3; send poll#3
        http 404 => waiting poll#4 for 5.120 s: retry; notify retried
    "#]],
    );
}

#[test]
fn retry_after_is_capped_by_the_deadline() {
    check_story(
        BRIEF,
        "cleared; seen RUNNING; woken when due; cleared; http 429 3600; woken when due",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        seen RUNNING => waiting poll#2 for 2.000 s: backoff
        woken when due => unchanged; acquire poll#2
        cleared => calling poll#2; send poll#2
        http 429 3600 => waiting poll#3 for 28.000 s: rate_limited
        woken when due => ended timed_out by deadline after rate_limited
    "#]],
    );
}

#[test]
fn answers_that_are_not_the_schema_end_it_at_the_fifth() {
    let poll = "woken when due; cleared; failed malformed";
    check_story(
        START,
        &format!("cleared; seen RUNNING; {poll}; {poll}; {poll}; {poll}; {poll}"),
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        seen RUNNING => waiting poll#2 for 2.000 s: backoff; notify status_changed
        woken when due => unchanged; acquire poll#2
        cleared => calling poll#2; send poll#2
        failed malformed => waiting poll#3 for 3.200 s: retry; notify retried
        woken when due => unchanged; acquire poll#3
        cleared => calling poll#3; send poll#3
        failed malformed => waiting poll#4 for 5.120 s: retry; notify retried
        woken when due => unchanged; acquire poll#4
        cleared => calling poll#4; send poll#4
        failed malformed => waiting poll#5 for 8.192 s: retry; notify retried
        woken when due => unchanged; acquire poll#5
        cleared => calling poll#5; send poll#5
        failed malformed => waiting poll#6 for 13.107 s: retry; notify retried
        woken when due => unchanged; acquire poll#6
        cleared => calling poll#6; send poll#6
        failed malformed => ended invalid by malformed answers; notify failed
    "#]],
    );
}

#[test]
fn a_good_answer_forgives_bad_ones() {
    let bad = "woken when due; cleared; failed malformed";
    let good = "woken when due; cleared; seen RUNNING";
    check_story(
        START,
        &format!("cleared; seen RUNNING; {bad}; {bad}; {bad}; {bad}; {good}; {bad}"),
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        seen RUNNING => waiting poll#2 for 2.000 s: backoff; notify status_changed
        woken when due => unchanged; acquire poll#2
        cleared => calling poll#2; send poll#2
        failed malformed => waiting poll#3 for 3.200 s: retry; notify retried
        woken when due => unchanged; acquire poll#3
        cleared => calling poll#3; send poll#3
        failed malformed => waiting poll#4 for 5.120 s: retry; notify retried
        woken when due => unchanged; acquire poll#4
        cleared => calling poll#4; send poll#4
        failed malformed => waiting poll#5 for 8.192 s: retry; notify retried
        woken when due => unchanged; acquire poll#5
        cleared => calling poll#5; send poll#5
        failed malformed => waiting poll#6 for 13.107 s: retry; notify retried
        woken when due => unchanged; acquire poll#6
        cleared => calling poll#6; send poll#6
        seen RUNNING => waiting poll#7 for 20.972 s: backoff
        woken when due => unchanged; acquire poll#7
        cleared => calling poll#7; send poll#7
        failed malformed => waiting poll#8 for 33.554 s: retry; notify retried
    "#]],
    );
}

#[test]
fn the_last_attempts_answer_is_the_last_word() {
    check_story(
        FEW,
        "cleared; seen PENDING; woken when due; cleared; seen RUNNING; woken when due; cleared; seen RUNNING",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        seen PENDING => waiting poll#2 for 2.000 s: backoff
        woken when due => unchanged; acquire poll#2
        cleared => calling poll#2; send poll#2
        seen RUNNING => waiting poll#3 for 3.200 s: backoff
        woken when due => unchanged; acquire poll#3
        cleared => calling poll#3; send poll#3
        seen RUNNING => ended timed_out by attempts
    "#]],
    );
}

#[test]
fn a_poll_that_never_comes_back_is_given_up() {
    check_story(
        WATCH,
        "cleared; +44s; woken; +1s; woken; seen COMPLETED",
        &expect![[r#"
        cleared => calling poll#1; send poll#1
        +44s => time passes
        woken => ignored tooearly
        +1s => time passes
        woken => waiting poll#2 for 2.000 s: retry; notify retried
        seen COMPLETED => ignored stale
    "#]],
    );
}

#[test]
fn a_cancel_before_the_submits_answer_waits_for_the_id() {
    check_story(
        START,
        "cleared; cancel; seen RUNNING; cleared; failed transient; woken when due; cleared; acknowledged",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        cancel => ended canceled by caller, awaiting the submit's answer; notify canceled
        seen RUNNING => ended canceled by caller, waiting cancel#1 for 0.000 s; acquire cancel#1
        cleared => ended canceled by caller, calling cancel#1; send cancel#1
        failed transient => ended canceled by caller, waiting cancel#2 for 2.000 s
        woken when due => unchanged; acquire cancel#2
        cleared => ended canceled by caller, calling cancel#2; send cancel#2
        acknowledged => ended canceled by caller
    "#]],
    );
}

#[test]
fn a_cancel_is_told_three_times_at_most() {
    let attempt = "cleared; failed transient; woken when due";
    check_story(
        WATCH,
        &format!("cancel; {attempt}; {attempt}; {attempt}"),
        &expect![[r#"
        cancel => ended canceled by caller, waiting cancel#1 for 0.000 s; acquire cancel#1; notify canceled
        cleared => ended canceled by caller, calling cancel#1; send cancel#1
        failed transient => ended canceled by caller, waiting cancel#2 for 2.000 s
        woken when due => unchanged; acquire cancel#2
        cleared => ended canceled by caller, calling cancel#2; send cancel#2
        failed transient => ended canceled by caller, waiting cancel#3 for 3.200 s
        woken when due => unchanged; acquire cancel#3
        cleared => ended canceled by caller, calling cancel#3; send cancel#3
        failed transient => ended canceled by caller; notify anomaly; anomaly CANCEL_UNCONFIRMED
        woken when due => ignored ended
    "#]],
    );
}

#[test]
fn a_clock_that_goes_back_does_not_shorten_a_wait() {
    check_story(
        START,
        "cleared; seen RUNNING; -5s; woken; +6s; woken; +1s; woken; cleared; -60s; seen RUNNING; +7s; woken; woken when due",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        seen RUNNING => waiting poll#2 for 2.000 s: backoff; notify status_changed
        -5s => time passes
        woken => ignored tooearly
        +6s => time passes
        woken => ignored tooearly
        +1s => time passes
        woken => unchanged; acquire poll#2
        cleared => calling poll#2; send poll#2
        -60s => time passes
        seen RUNNING => waiting poll#3 for 63.200 s: backoff
        +7s => time passes
        woken => ignored tooearly
        woken when due => unchanged; acquire poll#3
    "#]],
    );
}
