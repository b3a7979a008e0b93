//! Rows of the places before the end where the result cache is allowed.

use expect_test::expect;

use super::check;

#[test]
fn waiting_submit_with_the_cache_allowed_answers_every_happening() {
    check(
        "waiting submit, cache allowed",
        &expect![[r#"
        waiting submit#1 for 0.000 s: permit
        woken, woken when due
            => unchanged; acquire submit#1
        woken past the deadline, cleared past the deadline, postponed past the deadline
            => ended timed_out by deadline; notify timed_out
        cleared
            => calling submit#1; send submit#1
        cleared stale, postponed stale, recalled stale, absent, acknowledged, seen WARMING_UP, seen QUEUED foreign, seen QUEUED anonymous, stale seen COMPLETED, stale failed transient, late seen RUNNING, late failed transient, http 429 7, http 503 7, http 503, seen PENDING, seen QUEUED, seen RUNNING, seen COMPLETED, seen FAILED, seen CANCELED, failed auth_expired, failed scope_denied, failed not_found, failed client_error, failed rate_limited, failed transient, failed malformed
            => ignored stale
        postponed
            => waiting submit#1 for 3.000 s: breaker_open
        recalled fresh
            => ended completed by the cache; notify completed
        recalled old
            => waiting submit#1 for 0.000 s: permit
        interrupted
            => ignored idle
        cancel
            => ended canceled by caller; notify canceled
        callback WARMING_UP
            => waiting poll#2 for 2.000 s: backoff; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
        callback QUEUED foreign, callback PENDING, callback QUEUED, callback RUNNING
            => waiting poll#2 for 2.000 s: backoff; notify status_changed
        callback RUNNING anonymous
            => waiting lookup#2 for 2.000 s: look_up; notify status_changed
        callback COMPLETED
            => ended completed; remember; notify status_changed; notify completed
        callback FAILED
            => ended failed; notify status_changed; notify failed
        callback CANCELED
            => ended canceled by upstream; notify status_changed; notify canceled
    "#]],
    );
}

#[test]
fn waiting_submit_with_an_old_result_known_answers_every_happening() {
    check(
        "waiting submit, old result known",
        &expect![[r#"
        waiting submit#1 for 0.000 s: permit
        woken, woken when due
            => unchanged; acquire submit#1
        woken past the deadline, cleared past the deadline, postponed past the deadline
            => ended timed_out by deadline; notify timed_out
        cleared
            => calling submit#1; send submit#1
        cleared stale, postponed stale, recalled stale, absent, acknowledged, seen WARMING_UP, seen QUEUED foreign, seen QUEUED anonymous, stale seen COMPLETED, stale failed transient, late seen RUNNING, late failed transient, http 429 7, http 503 7, http 503, seen PENDING, seen QUEUED, seen RUNNING, seen COMPLETED, seen FAILED, seen CANCELED, failed auth_expired, failed scope_denied, failed not_found, failed client_error, failed rate_limited, failed transient, failed malformed
            => ignored stale
        postponed
            => waiting submit#1 for 3.000 s: breaker_open
        recalled fresh
            => ended completed by the cache; notify completed
        recalled old
            => ignored repeated
        interrupted
            => ignored idle
        cancel
            => ended canceled by caller; notify canceled
        callback WARMING_UP
            => waiting poll#2 for 2.000 s: backoff; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
        callback QUEUED foreign, callback PENDING, callback QUEUED, callback RUNNING
            => waiting poll#2 for 2.000 s: backoff; notify status_changed
        callback RUNNING anonymous
            => waiting lookup#2 for 2.000 s: look_up; notify status_changed
        callback COMPLETED
            => ended completed; remember; notify status_changed; notify completed
        callback FAILED
            => ended failed; notify status_changed; notify failed
        callback CANCELED
            => ended canceled by upstream; notify status_changed; notify canceled
    "#]],
    );
}

#[test]
fn calling_submit_with_an_old_result_known_answers_every_happening() {
    check(
        "calling submit, old result known",
        &expect![[r#"
        calling submit#1
        woken
            => ignored tooearly
        woken when due, late failed transient, http 503, failed transient, failed malformed
            => waiting lookup#2 for 2.000 s: look_up; notify retried
        woken past the deadline
            => ended unknown; notify failed
        cleared, cleared stale, cleared past the deadline, postponed, postponed stale, postponed past the deadline, recalled fresh, recalled old, recalled stale, absent, acknowledged, stale seen COMPLETED, stale failed transient
            => ignored stale
        interrupted
            => waiting lookup#2 for 2.000 s: look_up
        cancel
            => ended canceled by caller, awaiting the submit's answer; notify canceled
        seen WARMING_UP
            => waiting poll#2 for 2.000 s: backoff; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
        seen QUEUED foreign, late seen RUNNING, seen PENDING, seen QUEUED, seen RUNNING
            => waiting poll#2 for 2.000 s: backoff; notify status_changed
        seen QUEUED anonymous
            => waiting lookup#2 for 2.000 s: look_up; notify status_changed
        http 429 7
            => waiting submit#2 for 7.000 s: rate_limited; notify retried
        http 503 7
            => waiting submit#2 for 7.000 s: retry; notify retried
        callback WARMING_UP
            => calling submit#1; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
        callback QUEUED foreign, callback RUNNING anonymous, callback PENDING, callback QUEUED, callback RUNNING
            => calling submit#1; notify status_changed
        seen COMPLETED, callback COMPLETED
            => ended completed; remember; notify status_changed; notify completed
        seen FAILED, callback FAILED
            => ended failed; notify status_changed; notify failed
        seen CANCELED, callback CANCELED
            => ended canceled by upstream; notify status_changed; notify canceled
        failed auth_expired
            => waiting submit#1 with a fresh token for 0.000 s: credentials; acquire submit#1 with a fresh token; notify retried
        failed scope_denied
            => ended rejected by scope_denied; notify failed
        failed not_found
            => ended rejected by not_found; notify failed
        failed client_error
            => ended rejected by client_error; notify failed
        failed rate_limited
            => waiting submit#2 for 2.000 s: rate_limited; notify retried
    "#]],
    );
}

#[test]
fn waiting_poll_with_the_cache_allowed_answers_every_happening() {
    check(
        "waiting poll, cache allowed",
        &expect![[r#"
        waiting poll#2 for 2.000 s: backoff
        woken
            => ignored tooearly
        woken when due
            => unchanged; acquire poll#2
        woken past the deadline, cleared past the deadline, postponed past the deadline
            => ended timed_out by deadline; notify timed_out
        cleared
            => calling poll#2; send poll#2
        cleared stale, postponed stale, recalled fresh, recalled old, recalled stale, absent, acknowledged, seen WARMING_UP, seen QUEUED foreign, seen QUEUED anonymous, stale seen COMPLETED, stale failed transient, late seen RUNNING, late failed transient, http 429 7, http 503 7, http 503, seen PENDING, seen QUEUED, seen RUNNING, seen COMPLETED, seen FAILED, seen CANCELED, failed auth_expired, failed scope_denied, failed not_found, failed client_error, failed rate_limited, failed transient, failed malformed
            => ignored stale
        postponed
            => waiting poll#2 for 3.000 s: breaker_open
        interrupted
            => ignored idle
        cancel
            => ended canceled by caller, waiting cancel#1 for 0.000 s; acquire cancel#1; notify canceled
        callback WARMING_UP
            => waiting poll#2 for 2.000 s: backoff; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
        callback QUEUED foreign
            => waiting poll#2 for 2.000 s: backoff; notify anomaly; anomaly FOREIGN_ANSWER
        callback RUNNING anonymous, callback RUNNING
            => waiting poll#2 for 2.000 s: backoff; notify status_changed
        callback PENDING
            => waiting poll#2 for 2.000 s: backoff; notify anomaly; anomaly INVALID_TRANSITION:QUEUED->PENDING
        callback QUEUED
            => ignored repeated
        callback COMPLETED
            => ended completed; remember; notify status_changed; notify anomaly; notify completed; anomaly INVALID_TRANSITION:QUEUED->COMPLETED
        callback FAILED
            => ended failed; notify status_changed; notify anomaly; notify failed; anomaly INVALID_TRANSITION:QUEUED->FAILED
        callback CANCELED
            => ended canceled by upstream; notify status_changed; notify canceled
    "#]],
    );
}
