//! Tables and properties of history queries: which pages are asked for, what becomes of each, and when all is there.

use cxpulse_core::failure::{Failure, FailureKind};
use cxpulse_core::id::FlowId;
use cxpulse_core::profile::Profile;
use cxpulse_core::retrieval::{
    Effect, Event, Held, HistoryIdentity, HistoryOrder, PageAnswer, PageCall, PageRead, Retrieval, Turn,
};
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::parse_history;

mod completion;
mod property;
mod query;
mod request;
mod turn;

/// When it is accepted.
const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);

/// The order of a request with these fields, by the profile of that name.
fn order_by(profile: &Profile, fields: &str) -> HistoryOrder {
    let body = format!("{{{fields}}}");
    let request = parse_history(&body, NOW, |_| Some(profile)).expect("the request is well formed");
    let identity = HistoryIdentity {
        id: FlowId::history([7; 16]),
        trace: TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", None).expect("a trace"),
        seed: 42,
    };
    HistoryOrder::accept(request, identity, profile, NOW).expect("the profile has a history")
}

fn order(fields: &str) -> HistoryOrder {
    order_by(&Profile::built_in("interactions-history").expect("it is built in"), fields)
}

/// A week of pages of 10.
const WEEK: &str = r#""start": "2026-11-15T00:00:00Z", "page_size": 10"#;

/// The calls that a turn makes.
fn asked(turn: &Turn) -> Vec<PageCall> {
    let call = |effect: &Effect| match effect {
        Effect::Ask { call } => Some(*call),
        Effect::Notify { .. } => None,
    };
    turn.effects.iter().filter_map(call).collect()
}

/// A page of so many rows, of which so many are another's, beside so many in all.
fn read(rows: u32, foreign: u32, total: Option<u64>, held: u64) -> PageAnswer {
    let held = Held { rows: held, steps: held, bytes: held, interactions: held };
    PageAnswer::Read(PageRead { rows, foreign, total, next: None, held, full: None })
}

fn failed(kind: FailureKind) -> PageAnswer {
    PageAnswer::Failed(Failure::new(kind, "it failed"))
}

/// Takes an answer in, at that many milliseconds after the beginning.
fn answer(retrieval: &mut Retrieval, order: &HistoryOrder, call: PageCall, answer: PageAnswer, ms: u64) -> Turn {
    retrieval.step(order, Event::Answered { call, answer }, NOW.plus(Span::from_millis(ms)))
}
