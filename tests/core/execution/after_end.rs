//! Rows of the places after the end: nothing changes how it ended.

use expect_test::expect;

use super::check;

#[test]
fn ended_answers_every_happening() {
    check(
        "ended",
        &expect![[r#"
            ended completed
            woken, woken when due, woken past the deadline, recalled fresh, recalled old, recalled stale, cancel, callback WARMING_UP
                => ignored ended
            cleared, cleared stale, cleared past the deadline, postponed, postponed stale, postponed past the deadline, absent, acknowledged, seen WARMING_UP, seen QUEUED foreign, seen QUEUED anonymous, stale seen COMPLETED, stale failed transient, late seen RUNNING, late failed transient, http 429 7, http 503 7, http 503, seen PENDING, seen QUEUED, seen RUNNING, seen COMPLETED, failed auth_expired, failed scope_denied, failed not_found, failed client_error, failed rate_limited, failed transient, failed malformed
                => ignored stale
            interrupted
                => ignored idle
            callback QUEUED foreign
                => ended completed; notify anomaly; anomaly FOREIGN_ANSWER
            callback RUNNING anonymous, callback RUNNING
                => ended completed; notify anomaly; anomaly INVALID_TRANSITION:COMPLETED->RUNNING
            seen FAILED
                => ended completed; notify anomaly; anomaly INVALID_TRANSITION:COMPLETED->FAILED
            seen CANCELED
                => ended completed; notify anomaly; anomaly INVALID_TRANSITION:COMPLETED->CANCELED
            callback PENDING
                => ended completed; notify anomaly; anomaly INVALID_TRANSITION:COMPLETED->PENDING
            callback QUEUED
                => ended completed; notify anomaly; anomaly INVALID_TRANSITION:COMPLETED->QUEUED
            callback COMPLETED
                => ignored repeated
            callback FAILED
                => ended completed; notify anomaly; anomaly CALLBACK_DISAGREES:FAILED!=COMPLETED
            callback CANCELED
                => ended completed; notify anomaly; anomaly CALLBACK_DISAGREES:CANCELED!=COMPLETED
        "#]],
    );
}

#[test]
fn ended_by_deadline_answers_every_happening() {
    check(
        "ended by deadline",
        &expect![[r#"
            ended timed_out by deadline
            woken, woken when due, woken past the deadline, recalled fresh, recalled old, recalled stale, cancel, callback WARMING_UP, callback RUNNING anonymous, callback PENDING, callback QUEUED, callback RUNNING, callback COMPLETED, callback FAILED, callback CANCELED
                => ignored ended
            cleared, cleared stale, cleared past the deadline, postponed, postponed stale, postponed past the deadline, absent, acknowledged, seen WARMING_UP, seen QUEUED foreign, seen QUEUED anonymous, stale seen COMPLETED, stale failed transient, late seen RUNNING, late failed transient, http 429 7, http 503 7, http 503, seen PENDING, seen QUEUED, seen RUNNING, seen COMPLETED, seen FAILED, seen CANCELED, failed auth_expired, failed scope_denied, failed not_found, failed client_error, failed rate_limited, failed transient, failed malformed
                => ignored stale
            interrupted
                => ignored idle
            callback QUEUED foreign
                => ended timed_out by deadline; notify anomaly; anomaly FOREIGN_ANSWER
        "#]],
    );
}

#[test]
fn ended_awaiting_submit_answers_every_happening() {
    check(
        "ended, awaiting submit",
        &expect![[r#"
            ended canceled by caller, awaiting the submit's answer
            woken
                => ignored tooearly
            woken when due, woken past the deadline, interrupted, absent, acknowledged, seen QUEUED anonymous, late failed transient, http 503, failed transient, failed malformed
                => ended canceled by caller; notify anomaly; anomaly CANCEL_UNCONFIRMED
            cleared, cleared stale, cleared past the deadline, postponed, postponed stale, postponed past the deadline, stale seen COMPLETED, stale failed transient
                => ignored stale
            recalled fresh, recalled old, recalled stale, cancel, callback WARMING_UP, callback QUEUED foreign, callback RUNNING anonymous, callback PENDING, callback QUEUED, callback RUNNING, callback COMPLETED, callback FAILED, callback CANCELED
                => ignored ended
            seen WARMING_UP, seen QUEUED foreign, late seen RUNNING, seen PENDING, seen QUEUED, seen RUNNING
                => ended canceled by caller, waiting cancel#1 for 0.000 s; acquire cancel#1
            http 429 7, http 503 7, seen COMPLETED, seen FAILED, seen CANCELED, failed auth_expired, failed scope_denied, failed not_found, failed client_error, failed rate_limited
                => ended canceled by caller
        "#]],
    );
}

#[test]
fn ended_waiting_cancel_answers_every_happening() {
    check(
        "ended, waiting cancel",
        &expect![[r#"
            ended canceled by caller, waiting cancel#1 for 0.000 s
            woken, woken when due, woken past the deadline
                => unchanged; acquire cancel#1
            cleared, cleared past the deadline
                => ended canceled by caller, calling cancel#1; send cancel#1
            cleared stale, postponed stale, absent, acknowledged, seen WARMING_UP, seen QUEUED foreign, seen QUEUED anonymous, stale seen COMPLETED, stale failed transient, late seen RUNNING, late failed transient, http 429 7, http 503 7, http 503, seen PENDING, seen QUEUED, seen RUNNING, seen COMPLETED, seen FAILED, seen CANCELED, failed auth_expired, failed scope_denied, failed not_found, failed client_error, failed rate_limited, failed transient, failed malformed
                => ignored stale
            postponed
                => ended canceled by caller, waiting cancel#1 for 3.000 s
            postponed past the deadline
                => ended canceled by caller; notify anomaly; anomaly CANCEL_UNCONFIRMED
            recalled fresh, recalled old, recalled stale, cancel, callback WARMING_UP, callback RUNNING anonymous, callback PENDING, callback QUEUED, callback RUNNING, callback COMPLETED, callback FAILED, callback CANCELED
                => ignored ended
            interrupted
                => ignored idle
            callback QUEUED foreign
                => ended canceled by caller, waiting cancel#1 for 0.000 s; notify anomaly; anomaly FOREIGN_ANSWER
        "#]],
    );
}

#[test]
fn ended_calling_cancel_answers_every_happening() {
    check(
        "ended, calling cancel",
        &expect![[r#"
            ended canceled by caller, calling cancel#1
            woken
                => ignored tooearly
            woken when due, woken past the deadline, http 503, failed rate_limited, failed transient, failed malformed
                => ended canceled by caller, waiting cancel#2 for 2.000 s
            cleared, cleared stale, cleared past the deadline, postponed, postponed stale, postponed past the deadline, absent, seen WARMING_UP, seen QUEUED foreign, seen QUEUED anonymous, stale seen COMPLETED, stale failed transient, late seen RUNNING, late failed transient, seen PENDING, seen QUEUED, seen RUNNING, seen COMPLETED, seen FAILED, seen CANCELED
                => ignored stale
            recalled fresh, recalled old, recalled stale, cancel, callback WARMING_UP, callback RUNNING anonymous, callback PENDING, callback QUEUED, callback RUNNING, callback COMPLETED, callback FAILED, callback CANCELED
                => ignored ended
            interrupted
                => ended canceled by caller, waiting cancel#1 for 0.000 s; acquire cancel#1
            acknowledged, failed not_found, failed client_error
                => ended canceled by caller
            http 429 7, http 503 7
                => ended canceled by caller, waiting cancel#2 for 7.000 s
            callback QUEUED foreign
                => ended canceled by caller, calling cancel#1; notify anomaly; anomaly FOREIGN_ANSWER
            failed auth_expired
                => ended canceled by caller, waiting cancel#1 with a fresh token for 0.000 s; acquire cancel#1 with a fresh token
            failed scope_denied
                => ended canceled by caller; notify anomaly; anomaly CANCEL_UNCONFIRMED
        "#]],
    );
}
