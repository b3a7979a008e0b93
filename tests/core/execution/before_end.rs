//! Rows of the places before the end: submit, look up, adrift.

use expect_test::expect;

use super::check;

#[test]
fn waiting_submit_answers_every_happening() {
    check(
        "waiting submit",
        &expect![[r#"
            waiting submit#1 for 0.000 s: permit
            woken, woken when due
                => unchanged; acquire submit#1
            woken past the deadline, cleared past the deadline, postponed past the deadline
                => ended timed_out by deadline; notify timed_out
            cleared
                => calling submit#1; send submit#1
            cleared stale, postponed stale, recalled fresh, recalled old, recalled stale, absent, acknowledged, seen WARMING_UP, seen QUEUED foreign, seen QUEUED anonymous, stale seen COMPLETED, stale failed transient, late seen RUNNING, late failed transient, http 429 7, http 503 7, http 503, seen PENDING, seen QUEUED, seen RUNNING, seen COMPLETED, seen FAILED, seen CANCELED, failed auth_expired, failed scope_denied, failed not_found, failed client_error, failed rate_limited, failed transient, failed malformed
                => ignored stale
            postponed
                => waiting submit#1 for 3.000 s: breaker_open
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
                => ended completed; notify status_changed; notify completed
            callback FAILED
                => ended failed; notify status_changed; notify failed
            callback CANCELED
                => ended canceled by upstream; notify status_changed; notify canceled
        "#]],
    );
}

#[test]
fn calling_submit_answers_every_happening() {
    check(
        "calling submit",
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
                => ended completed; notify status_changed; notify completed
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
fn calling_submit_fresh_token_answers_every_happening() {
    check(
        "calling submit, fresh token",
        &expect![[r#"
            calling submit#1 with a fresh token
            woken
                => ignored tooearly
            woken when due, http 503, failed transient, failed malformed
                => waiting lookup#2 for 2.000 s: look_up; notify retried
            woken past the deadline
                => ended unknown; notify failed
            cleared, cleared stale, cleared past the deadline, postponed, postponed stale, postponed past the deadline, recalled fresh, recalled old, recalled stale, absent, acknowledged, stale seen COMPLETED, stale failed transient, late seen RUNNING, late failed transient
                => ignored stale
            interrupted
                => waiting lookup#2 for 2.000 s: look_up
            cancel
                => ended canceled by caller, awaiting the submit's answer; notify canceled
            seen WARMING_UP
                => waiting poll#2 for 2.000 s: backoff; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
            seen QUEUED foreign, seen PENDING, seen QUEUED, seen RUNNING
                => waiting poll#2 for 2.000 s: backoff; notify status_changed
            seen QUEUED anonymous
                => waiting lookup#2 for 2.000 s: look_up; notify status_changed
            http 429 7
                => waiting submit#2 for 7.000 s: rate_limited; notify retried
            http 503 7
                => waiting submit#2 for 7.000 s: retry; notify retried
            callback WARMING_UP
                => calling submit#1 with a fresh token; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
            callback QUEUED foreign, callback RUNNING anonymous, callback PENDING, callback QUEUED, callback RUNNING
                => calling submit#1 with a fresh token; notify status_changed
            seen COMPLETED, callback COMPLETED
                => ended completed; notify status_changed; notify completed
            seen FAILED, callback FAILED
                => ended failed; notify status_changed; notify failed
            seen CANCELED, callback CANCELED
                => ended canceled by upstream; notify status_changed; notify canceled
            failed auth_expired
                => ended rejected by auth_expired; notify failed
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
fn waiting_look_up_answers_every_happening() {
    check(
        "waiting look up",
        &expect![[r#"
            waiting lookup#2 for 2.000 s: look_up
            woken
                => ignored tooearly
            woken when due
                => unchanged; acquire lookup#2
            woken past the deadline, cleared past the deadline, postponed past the deadline
                => ended unknown; notify failed
            cleared
                => calling lookup#2; send lookup#2
            cleared stale, postponed stale, recalled fresh, recalled old, recalled stale, absent, acknowledged, seen WARMING_UP, seen QUEUED foreign, seen QUEUED anonymous, stale seen COMPLETED, stale failed transient, late failed transient, http 429 7, http 503 7, http 503, seen PENDING, seen QUEUED, seen RUNNING, seen COMPLETED, seen FAILED, seen CANCELED, failed auth_expired, failed scope_denied, failed not_found, failed client_error, failed rate_limited, failed transient, failed malformed
                => ignored stale
            postponed
                => waiting lookup#2 for 3.000 s: breaker_open
            interrupted
                => ignored idle
            cancel
                => ended canceled by caller; notify anomaly; notify canceled; anomaly CANCEL_UNCONFIRMED
            late seen RUNNING, callback QUEUED foreign, callback PENDING, callback QUEUED, callback RUNNING
                => waiting poll#3 for 3.200 s: backoff; notify status_changed
            callback WARMING_UP
                => waiting poll#3 for 3.200 s: backoff; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
            callback RUNNING anonymous
                => waiting lookup#2 for 2.000 s: look_up; notify status_changed
            callback COMPLETED
                => ended completed; notify status_changed; notify completed
            callback FAILED
                => ended failed; notify status_changed; notify failed
            callback CANCELED
                => ended canceled by upstream; notify status_changed; notify canceled
        "#]],
    );
}

#[test]
fn calling_look_up_answers_every_happening() {
    check(
        "calling look up",
        &expect![[r#"
            calling lookup#2
            woken
                => ignored tooearly
            woken when due, http 503, failed transient, failed malformed
                => waiting lookup#3 for 3.200 s: retry; notify retried
            woken past the deadline
                => ended unknown; notify failed
            cleared, cleared stale, cleared past the deadline, postponed, postponed stale, postponed past the deadline, recalled fresh, recalled old, recalled stale, acknowledged, stale seen COMPLETED, stale failed transient, late seen RUNNING, late failed transient
                => ignored stale
            interrupted
                => waiting lookup#2 for 0.000 s: look_up; acquire lookup#2
            cancel
                => ended canceled by caller; notify anomaly; notify canceled; anomaly CANCEL_UNCONFIRMED
            absent
                => waiting lookup#3 for 3.200 s: look_up
            seen WARMING_UP
                => waiting poll#3 for 3.200 s: backoff; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
            seen QUEUED foreign, seen PENDING, seen QUEUED, seen RUNNING
                => waiting poll#3 for 3.200 s: backoff; notify status_changed
            seen QUEUED anonymous
                => waiting lookup#3 for 3.200 s: look_up; notify status_changed
            http 429 7
                => waiting lookup#3 for 7.000 s: rate_limited; notify retried
            http 503 7
                => waiting lookup#3 for 7.000 s: retry; notify retried
            callback WARMING_UP
                => calling lookup#2; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
            callback QUEUED foreign, callback RUNNING anonymous, callback PENDING, callback QUEUED, callback RUNNING
                => calling lookup#2; notify status_changed
            seen COMPLETED, callback COMPLETED
                => ended completed; notify status_changed; notify completed
            seen FAILED, callback FAILED
                => ended failed; notify status_changed; notify failed
            seen CANCELED, callback CANCELED
                => ended canceled by upstream; notify status_changed; notify canceled
            failed auth_expired
                => waiting lookup#2 with a fresh token for 0.000 s: credentials; acquire lookup#2 with a fresh token; notify retried
            failed scope_denied, failed not_found, failed client_error
                => adrift; notify retried
            failed rate_limited
                => waiting lookup#3 for 3.200 s: rate_limited; notify retried
        "#]],
    );
}

#[test]
fn adrift_answers_every_happening() {
    check(
        "adrift",
        &expect![[r#"
            adrift
            woken
                => ignored tooearly
            woken when due, woken past the deadline
                => ended unknown; notify failed
            cleared, cleared stale, cleared past the deadline, postponed, postponed stale, postponed past the deadline, recalled fresh, recalled old, recalled stale, absent, acknowledged, seen WARMING_UP, seen QUEUED foreign, seen QUEUED anonymous, stale seen COMPLETED, stale failed transient, late failed transient, http 429 7, http 503 7, http 503, seen PENDING, seen QUEUED, seen RUNNING, seen COMPLETED, seen FAILED, seen CANCELED, failed auth_expired, failed scope_denied, failed not_found, failed client_error, failed rate_limited, failed transient, failed malformed
                => ignored stale
            interrupted
                => ignored idle
            cancel
                => ended canceled by caller; notify anomaly; notify canceled; anomaly CANCEL_UNCONFIRMED
            late seen RUNNING, callback QUEUED foreign, callback PENDING, callback QUEUED, callback RUNNING
                => waiting poll#3 for 3.200 s: backoff; notify status_changed
            callback WARMING_UP
                => waiting poll#3 for 3.200 s: backoff; notify anomaly; anomaly UNKNOWN_STATUS:WARMING_UP
            callback RUNNING anonymous
                => adrift; notify status_changed
            callback COMPLETED
                => ended completed; notify status_changed; notify completed
            callback FAILED
                => ended failed; notify status_changed; notify failed
            callback CANCELED
                => ended canceled by upstream; notify status_changed; notify canceled
        "#]],
    );
}
