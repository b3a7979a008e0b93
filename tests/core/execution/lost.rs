//! Submits whose answer was lost: found, called back or given up, and never sent twice.

use expect_test::expect;

use crate::check::{START, check_story};

const FEW: &str = r#"{"start": {"action_id": "sim-fast"}, "backoff": {"jitter_factor": 0, "max_attempts": 3}}"#;

#[test]
fn a_lost_submit_is_looked_for_and_never_sent_again() {
    check_story(
        START,
        "cleared; failed transient; woken when due; cleared; absent; woken when due; cleared; seen RUNNING; woken when due; cleared; seen COMPLETED",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        failed transient => waiting lookup#2 for 2.000 s: look_up; notify retried
        woken when due => unchanged; acquire lookup#2
        cleared => calling lookup#2; send lookup#2
        absent => waiting lookup#3 for 3.200 s: look_up
        woken when due => unchanged; acquire lookup#3
        cleared => calling lookup#3; send lookup#3
        seen RUNNING => waiting poll#4 for 5.120 s: backoff; notify status_changed
        woken when due => unchanged; acquire poll#4
        cleared => calling poll#4; send poll#4
        seen COMPLETED => ended completed; notify status_changed; notify completed
    "#]],
    );
}

#[test]
fn a_submit_that_was_never_found_ends_unknown() {
    check_story(
        FEW,
        "cleared; failed transient; woken when due; cleared; absent; woken when due; cleared; absent; woken past the deadline",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        failed transient => waiting lookup#2 for 2.000 s: look_up
        woken when due => unchanged; acquire lookup#2
        cleared => calling lookup#2; send lookup#2
        absent => waiting lookup#3 for 3.200 s: look_up
        woken when due => unchanged; acquire lookup#3
        cleared => calling lookup#3; send lookup#3
        absent => adrift
        woken past the deadline => ended unknown
    "#]],
    );
}

#[test]
fn a_callback_brings_home_what_is_adrift() {
    check_story(
        START,
        "cleared; interrupted; woken when due; cleared; failed scope_denied; callback RUNNING; woken when due; cleared; seen COMPLETED",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        interrupted => waiting lookup#2 for 2.000 s: look_up
        woken when due => unchanged; acquire lookup#2
        cleared => calling lookup#2; send lookup#2
        failed scope_denied => adrift; notify retried
        callback RUNNING => waiting poll#3 for 3.200 s: backoff; notify status_changed
        woken when due => unchanged; acquire poll#3
        cleared => calling poll#3; send poll#3
        seen COMPLETED => ended completed; notify status_changed; notify completed
    "#]],
    );
}

#[test]
fn a_late_submit_answer_settles_what_is_looked_for() {
    check_story(
        START,
        "cleared; +45s; woken; late seen RUNNING; woken when due; cleared; seen COMPLETED",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        +45s => time passes
        woken => waiting lookup#2 for 2.000 s: look_up; notify retried
        late seen RUNNING => waiting poll#3 for 3.200 s: backoff; notify status_changed
        woken when due => unchanged; acquire poll#3
        cleared => calling poll#3; send poll#3
        seen COMPLETED => ended completed; notify status_changed; notify completed
    "#]],
    );
}

#[test]
fn a_late_submit_answer_settles_what_is_adrift() {
    check_story(
        START,
        "cleared; +45s; woken; woken when due; cleared; failed scope_denied; late seen RUNNING",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        +45s => time passes
        woken => waiting lookup#2 for 2.000 s: look_up; notify retried
        woken when due => unchanged; acquire lookup#2
        cleared => calling lookup#2; send lookup#2
        failed scope_denied => adrift; notify retried
        late seen RUNNING => waiting poll#3 for 3.200 s: backoff; notify status_changed
    "#]],
    );
}

#[test]
fn a_callback_that_came_before_the_submits_answer_is_believed_over_a_failure() {
    check_story(
        START,
        "cleared; callback RUNNING; http 429 7",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        callback RUNNING => calling submit#1; notify status_changed
        http 429 7 => waiting poll#2 for 2.000 s: backoff
    "#]],
    );
}

#[test]
fn a_callback_that_came_before_the_submits_answer_is_believed_over_another_id() {
    check_story(
        START,
        "cleared; callback RUNNING; seen RUNNING foreign",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        callback RUNNING => calling submit#1; notify status_changed
        seen RUNNING foreign => waiting poll#2 for 2.000 s: backoff; notify anomaly; anomaly FOREIGN_ANSWER
    "#]],
    );
}

#[test]
fn a_submit_that_called_back_is_not_looked_for_after_a_crash() {
    check_story(
        START,
        "cleared; callback RUNNING; interrupted",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        callback RUNNING => calling submit#1; notify status_changed
        interrupted => waiting poll#2 for 2.000 s: backoff
    "#]],
    );
}

#[test]
fn a_callback_without_an_id_is_proof_enough_not_to_submit_again() {
    check_story(
        START,
        "cleared; http 503 9; callback RUNNING anonymous",
        &expect![[r#"
        cleared => calling submit#1; send submit#1
        http 503 9 => waiting submit#2 for 9.000 s: retry; notify retried
        callback RUNNING anonymous => waiting lookup#3 for 3.200 s: look_up; notify status_changed
    "#]],
    );
}
