//! Histories of the built Worker: asked for, paged, kept, analysed, told. What CXone has is asked of the simulation, and analysed
//! natively: the Worker has to say the same, whatever went wrong on the way.

use std::sync::OnceLock;
use std::time::Duration;

use cxpulse_core::history::{Filter, Log, Options, Report};
use serde_json::{Value, json};

use super::stack::{Stack, fresh_correlation_id, merged, wait_for};

mod bad_input;
mod crash;
mod dialects;
mod faults;
mod moving;
mod ranges;
mod reading;
mod recorded;
mod told;

/// A stack whose simulation has a past of 400 interactions, and no faults.
fn stack() -> &'static Stack {
    static STACK: OnceLock<Stack> = OnceLock::new();
    STACK.get_or_init(|| {
        let stack = Stack::start_set(&[PROFILE]);
        stack.sim().calm();
        stack
    })
}

/// One for tests that make the simulation misbehave: its own, with a past of so many interactions.
fn stack_of(interactions: u32) -> Stack {
    let stack = Stack::start_set(&[PROFILE, NEVER_OPEN, &format!("CXPULSE_SIM_OPTIONS=--interactions {interactions}")]);
    stack.sim().calm();
    stack
}

/// A request for all that is there, in pages of 50; `more` is laid over it.
fn query(more: &Value) -> Value {
    let week_ago = now().saturating_sub(29 * 86_400_000);
    let start = cxpulse_core::time::Timestamp::from_millis(week_ago).to_string();
    let body = json!({
        "start": start, "page_size": 50, "correlation_id": fresh_correlation_id(), "timeout_seconds": 120,
        "backoff": {"base_seconds": 0.2, "multiplier": 1.2, "min_seconds": 0.1, "max_seconds": 0.5, "max_attempts": 200},
    });
    merged(body, more)
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("the clock is past 1970");
    u64::try_from(since.as_millis()).expect("and before the year 500 million")
}

/// Starts one, and answers the snapshot of its acceptance.
///
/// # Panics
/// When it is not accepted.
fn accept(stack: &Stack, body: &Value) -> Value {
    let answer = stack.client().post("/v1/histories", body);
    assert_eq!(answer.status(), 202, "the history is accepted: {}", answer.text());
    answer.json()
}

/// The history now.
fn look(stack: &Stack, id: &str) -> Value {
    let answer = stack.client().get(&format!("/v1/histories/{id}"));
    assert_eq!(answer.status(), 200, "{id} is there: {}", answer.text());
    answer.json()
}

/// The first snapshot for which `is_it` holds.
///
/// # Panics
/// When there is none in time.
fn when(stack: &Stack, id: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    let found = wait_for(PATIENCE, || Some(look(stack, id)).filter(&is_it));
    found.unwrap_or_else(|| {
        let latest = look(stack, id);
        assert!(is_it(&latest), "not within {PATIENCE:?}: {latest}");
        latest
    })
}

/// The history once it is over.
fn ended(stack: &Stack, id: &str) -> Value {
    when(stack, id, |history| !history["ended_at"].is_null())
}

/// Runs one to its end.
fn run(stack: &Stack, body: &Value) -> Value {
    ended(stack, &id_of(&accept(stack, body)))
}

fn id_of(history: &Value) -> String {
    history["id"].as_str().expect("a history has an id").to_owned()
}

/// What the Worker reports.
fn report(stack: &Stack, id: &str, query: &str) -> Value {
    let answer = stack.client().get(&format!("/v1/histories/{id}/report{query}"));
    assert_eq!(answer.status(), 200, "{id} is reported: {}", answer.text());
    answer.json()
}

/// What there is to report of all that CXone has for a filter, asked for directly and analysed natively.
fn expected(stack: &Stack, filter: &str) -> Value {
    json!(analysed(&stack.sim().history(filter), &Filter::default()))
}

/// What there is to report of rows.
fn analysed(rows: &[Value], filter: &Filter) -> Report {
    let mut log = Log::new();
    for (place, row) in (0_u64..).zip(rows) {
        log.row(&row.to_string(), place);
    }
    log.report(&Options::default(), filter).expect("it is a workflow's")
}

/// The profile that has histories.
const PROFILE: &str = "CXONE_PROFILE=interactions-history";

/// A breaker for tests of what is made of a CXone that fails.
const NEVER_OPEN: &str = r#"CXONE_BREAKER={"mode":"consecutive","failures":1000,"open_seconds":1,"probes":1}"#;

/// How long a history may take.
const PATIENCE: Duration = Duration::from_secs(120);
