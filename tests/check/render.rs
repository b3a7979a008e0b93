//! Steps and states as one line of text each.

use cxpulse_core::call::{Call, Credential};
use cxpulse_core::execution::{Cleanup, Effect, Ending, Execution, Fault, State, Step};
use cxpulse_core::time::Timestamp;

/// What a step led to: the place, the effects, the anomalies; or why it led to nothing.
pub(super) fn step(before: &Execution, step: &Step, now: Timestamp) -> String {
    let place = match step.ignored {
        Some(why) => format!("ignored {}", format!("{why:?}").to_lowercase()),
        None if step.next == *before => "unchanged".to_owned(),
        None => state(step.next.state(), now),
    };
    let effects = step.effects.iter().map(effect);
    let anomalies = step.anomalies.iter().map(|anomaly| format!("anomaly {}", anomaly.kind.code()));
    [place].into_iter().chain(effects).chain(anomalies).collect::<Vec<_>>().join("; ")
}

/// The state, with waits counted from `now`.
pub(super) fn state(state: &State, now: Timestamp) -> String {
    let wait = |until: Timestamp| format!("{:.3} s", until.since(now).as_secs_f64());
    match state {
        State::Waiting { next, until, reason } => {
            format!("waiting {} for {}: {}", call(*next), wait(*until), reason.name())
        }
        State::Calling { call: under_way, .. } => format!("calling {}", call(*under_way)),
        State::Adrift { .. } => "adrift".to_owned(),
        State::Ended { ending: how, cleanup, .. } => match cleanup {
            Cleanup::Done => format!("ended {}", ending(how)),
            Cleanup::AwaitingSubmit { .. } => format!("ended {}, awaiting the submit's answer", ending(how)),
            Cleanup::Calling { call: under_way, .. } => format!("ended {}, calling {}", ending(how), call(*under_way)),
            Cleanup::Waiting { next, until } => {
                format!("ended {}, waiting {} for {}", ending(how), call(*next), wait(*until))
            }
        },
    }
}

fn ending(ending: &Ending) -> String {
    match ending {
        Ending::Completed { .. } => "completed".to_owned(),
        Ending::Cached { .. } => "completed by the cache".to_owned(),
        Ending::Failed { .. } => "failed".to_owned(),
        Ending::Canceled { by } => format!("canceled by {by:?}").to_lowercase(),
        Ending::TimedOut { limit, last } => {
            let last = last.as_ref().map(|failure| format!(" after {}", failure.kind.name())).unwrap_or_default();
            format!("timed_out by {}{last}", format!("{limit:?}").to_lowercase())
        }
        Ending::Rejected { failure } => format!("rejected by {}", failure.kind.name()),
        Ending::Invalid { fault: Fault::Transition(kind) } => format!("invalid by {}", kind.code()),
        Ending::Invalid { fault: Fault::Malformed(_) } => "invalid by malformed answers".to_owned(),
        Ending::Unknown => "unknown".to_owned(),
    }
}

fn call(call: Call) -> String {
    let kind = format!("{:?}", call.kind).to_lowercase();
    let token = match call.credential {
        Credential::Held => "",
        Credential::Fresh => " with a fresh token",
    };
    format!("{kind}#{}{token}", call.attempt)
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Acquire { call: wanted } => format!("acquire {}", call(*wanted)),
        Effect::Send { call: wanted } => format!("send {}", call(*wanted)),
        Effect::Remember => "remember".to_owned(),
        Effect::Notify { topic } => format!("notify {}", topic.name()),
    }
}
