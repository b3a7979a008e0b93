//! The machine, by table: what each happening leads to in each place, under either policy.

mod after_end;
mod before_end;
mod cached;
mod coverage;
mod followed;
mod lost;
mod story;

use cxpulse_core::failure::FailureKind;
use cxpulse_core::status::Status;
use expect_test::Expect;

use crate::check::{CACHED, START, WATCH, check_place};

/// A way to each place that an execution can be in, by name.
pub(super) const PLACES: [(&str, &str, &str); 18] = [
    ("waiting submit", START, ""),
    ("waiting submit, cache allowed", CACHED, ""),
    ("waiting submit, old result known", CACHED, "recalled old"),
    ("calling submit", START, "cleared"),
    ("calling submit, old result known", CACHED, "recalled old; cleared"),
    ("calling submit, fresh token", START, "cleared; failed auth_expired; cleared"),
    ("waiting look up", START, "cleared; failed transient"),
    ("calling look up", START, "cleared; failed transient; woken when due; cleared"),
    ("waiting poll", START, "cleared; seen QUEUED"),
    ("waiting poll, cache allowed", CACHED, "cleared; seen QUEUED"),
    ("calling poll", START, "cleared; seen QUEUED; woken when due; cleared"),
    ("calling poll, watched", WATCH, "cleared"),
    ("adrift", START, "cleared; failed transient; woken when due; cleared; failed scope_denied"),
    ("ended", START, "cleared; seen COMPLETED"),
    ("ended by deadline", START, "cleared; seen RUNNING; woken past the deadline"),
    ("ended, awaiting submit", START, "cleared; cancel"),
    ("ended, waiting cancel", START, "cleared; seen RUNNING; cancel"),
    ("ended, calling cancel", START, "cleared; seen RUNNING; cancel; cleared"),
];

/// Every happening: each event with each answer, status and failure that it can carry.
pub(super) fn happenings() -> Vec<String> {
    let fixed = [
        "woken",
        "woken when due",
        "woken past the deadline",
        "cleared",
        "cleared stale",
        "cleared past the deadline",
        "postponed",
        "postponed stale",
        "postponed past the deadline",
        "recalled fresh",
        "recalled old",
        "recalled stale",
        "interrupted",
        "cancel",
        "absent",
        "acknowledged",
        "seen WARMING_UP",
        "seen QUEUED foreign",
        "seen QUEUED anonymous",
        "stale seen COMPLETED",
        "stale failed transient",
        "late seen RUNNING",
        "late failed transient",
        "http 429 7",
        "http 503 7",
        "http 503",
        "callback WARMING_UP",
        "callback QUEUED foreign",
        "callback RUNNING anonymous",
    ];
    let statuses = || Status::ALL.into_iter().map(Status::word);
    fixed
        .into_iter()
        .map(str::to_owned)
        .chain(statuses().map(|word| format!("seen {word}")))
        .chain(FailureKind::ALL.into_iter().map(|kind| format!("failed {}", kind.name())))
        .chain(statuses().map(|word| format!("callback {word}")))
        .collect()
}

/// The whole row of a place, as a lenient caller has it.
#[track_caller]
fn check(name: &str, expect: &Expect) {
    let (_, request, script) = PLACES.into_iter().find(|(known, _, _)| *known == name).expect("a place");
    check_place(request, script, &happenings(), expect);
}
