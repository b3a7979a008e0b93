//! Rows of the places before the end where CXone's id of the execution is known: polls.

use expect_test::expect;

use super::check;

#[test]
fn waiting_poll_answers_every_happening() {
    check(
        "waiting poll",
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
                => ended completed; notify status_changed; notify anomaly; notify completed; anomaly INVALID_TRANSITION:QUEUED->COMPLETED
            callback FAILED
                => ended failed; notify status_changed; notify anomaly; notify failed; anomaly INVALID_TRANSITION:QUEUED->FAILED
            callback CANCELED
                => ended canceled by upstream; notify status_changed; notify canceled
        "#]],
    );
}

#[test]
fn calling_poll_answers_every_happening() {
    check(
        "calling poll",
        &expect![[r#"
            calling poll#2
            woken
                => ignored tooearly
            woken when due, http 503, failed not_found, failed transient, failed malformed
                => waiting poll#3 for 3.200 s: retry; notify retried
            woken past the deadline
                => ended timed_out by deadline; notify timed_out
            cleared, cleared stale, cleared past the deadline, postponed, postponed stale, postponed past the deadline, recalled fresh, recalled old, recalled stale, absent, acknowledged, stale seen COMPLETED, stale failed transient, late seen RUNNING, late failed transient
                => ignored stale
            interrupted
                => waiting poll#2 for 0.000 s: permit; acquire poll#2
            cancel
                => ended canceled by caller, waiting cancel#1 for 0.000 s; acquire cancel#1; notify canceled
            seen WARMING_UP
                => waiting poll#3 for 3.200 s: backoff; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
            seen QUEUED foreign
                => waiting poll#3 for 3.200 s: retry; notify anomaly; notify retried; anomaly FOREIGN_ANSWER
            seen QUEUED anonymous, seen QUEUED
                => waiting poll#3 for 3.200 s: backoff
            http 429 7
                => waiting poll#3 for 7.000 s: rate_limited; notify retried
            http 503 7
                => waiting poll#3 for 7.000 s: retry; notify retried
            callback WARMING_UP
                => calling poll#2; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
            callback QUEUED foreign
                => calling poll#2; notify anomaly; anomaly FOREIGN_ANSWER
            callback RUNNING anonymous, callback RUNNING
                => calling poll#2; notify status_changed
            seen PENDING
                => waiting poll#3 for 3.200 s: backoff; notify anomaly; anomaly INVALID_TRANSITION:QUEUED->PENDING
            seen RUNNING
                => waiting poll#3 for 3.200 s: backoff; notify status_changed
            seen COMPLETED, callback COMPLETED
                => ended completed; notify status_changed; notify anomaly; notify completed; anomaly INVALID_TRANSITION:QUEUED->COMPLETED
            seen FAILED, callback FAILED
                => ended failed; notify status_changed; notify anomaly; notify failed; anomaly INVALID_TRANSITION:QUEUED->FAILED
            seen CANCELED, callback CANCELED
                => ended canceled by upstream; notify status_changed; notify canceled
            failed auth_expired
                => waiting poll#2 with a fresh token for 0.000 s: credentials; acquire poll#2 with a fresh token; notify retried
            failed scope_denied
                => ended rejected by scope_denied; notify failed
            failed client_error
                => ended rejected by client_error; notify failed
            failed rate_limited
                => waiting poll#3 for 3.200 s: rate_limited; notify retried
            callback PENDING
                => calling poll#2; notify anomaly; anomaly INVALID_TRANSITION:QUEUED->PENDING
            callback QUEUED
                => ignored repeated
        "#]],
    );
}

#[test]
fn calling_poll_watched_answers_every_happening() {
    check(
        "calling poll, watched",
        &expect![[r#"
            calling poll#1
            woken
                => ignored tooearly
            woken when due, http 503, failed transient, failed malformed
                => waiting poll#2 for 2.000 s: retry; notify retried
            woken past the deadline
                => ended timed_out by deadline; notify timed_out
            cleared, cleared stale, cleared past the deadline, postponed, postponed stale, postponed past the deadline, recalled fresh, recalled old, recalled stale, absent, acknowledged, stale seen COMPLETED, stale failed transient, late seen RUNNING, late failed transient
                => ignored stale
            interrupted
                => waiting poll#1 for 0.000 s: permit; acquire poll#1
            cancel
                => ended canceled by caller, waiting cancel#1 for 0.000 s; acquire cancel#1; notify canceled
            seen WARMING_UP
                => waiting poll#2 for 2.000 s: backoff; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
            seen QUEUED foreign
                => waiting poll#2 for 2.000 s: retry; notify anomaly; notify retried; anomaly FOREIGN_ANSWER
            seen QUEUED anonymous, seen PENDING, seen QUEUED, seen RUNNING
                => waiting poll#2 for 2.000 s: backoff; notify status_changed
            http 429 7
                => waiting poll#2 for 7.000 s: rate_limited; notify retried
            http 503 7
                => waiting poll#2 for 7.000 s: retry; notify retried
            callback WARMING_UP
                => calling poll#1; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
            callback QUEUED foreign
                => calling poll#1; notify anomaly; anomaly FOREIGN_ANSWER
            callback RUNNING anonymous, callback PENDING, callback QUEUED, callback RUNNING
                => calling poll#1; notify status_changed
            seen COMPLETED, callback COMPLETED
                => ended completed; notify status_changed; notify completed
            seen FAILED, callback FAILED
                => ended failed; notify status_changed; notify failed
            seen CANCELED, callback CANCELED
                => ended canceled by upstream; notify status_changed; notify canceled
            failed auth_expired
                => waiting poll#1 with a fresh token for 0.000 s: credentials; acquire poll#1 with a fresh token; notify retried
            failed scope_denied
                => ended rejected by scope_denied; notify failed
            failed not_found
                => ended rejected by not_found; notify failed
            failed client_error
                => ended rejected by client_error; notify failed
            failed rate_limited
                => waiting poll#2 for 2.000 s: rate_limited; notify retried
        "#]],
    );
}
