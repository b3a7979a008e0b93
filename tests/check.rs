//! Data in, text out: what the tables compare. The only code of the tables that touches the core's API.

mod batch;
mod chain;
mod gate;
mod order;
pub(crate) mod otlp;
mod record;
mod render;
mod scene;

pub(crate) use batch::{BatchScene, adds_up, answer, batch_order};
pub(crate) use chain::{ChainScene, bound, chain_adds_up, chain_request, check_chain};
pub(crate) use gate::{Crowd, GateScene, breaker_rule, check_gate, rules};
pub(crate) use order::{CACHED, START, WATCH, order, order_by, profile};
pub(crate) use record::record;
pub(crate) use scene::{Scene, parse_span};

use cxpulse_core::backoff::{Backoff, Cause, Chance, Jitter, Ladder};
use cxpulse_core::id::Attempt;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::validate::parse_execution;
use expect_test::Expect;

/// The instant at which every scene begins: 2026-11-21T10:00:00.000Z.
pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_795_255_200_000);

/// Plays a story, one happening a line, and compares what each led to.
#[track_caller]
pub(crate) fn check_story(request: &str, story: &str, expect: &Expect) {
    let mut scene = Scene::open(order(request));
    let lines: Vec<String> = story.split(';').map(|line| scene.play(line.trim())).collect();
    expect.assert_eq(&format!("{}\n", lines.join("\n")));
}

/// Plays each happening on the scene that `script` sets, and lists results with the happenings that lead there.
#[track_caller]
pub(crate) fn check_place(request: &str, script: &str, happenings: &[String], expect: &Expect) {
    let scene = Scene::after(request, script);
    let mut rows: Vec<(String, Vec<&str>)> = Vec::new();
    for happening in happenings {
        let result = scene.clone().play_quietly(happening);
        match rows.iter_mut().find(|(known, _)| *known == result) {
            Some((_, same)) => same.push(happening),
            None => rows.push((result, vec![happening])),
        }
    }
    let text: String = rows.iter().map(|(result, same)| format!("{}\n    => {result}\n", same.join(", "))).collect();
    expect.assert_eq(&format!("{}\n{text}", scene.place()));
}

/// The waits of the first attempts in milliseconds, before the deadline and `Retry-After` have their say.
#[track_caller]
pub(crate) fn check_waits(jitter: Jitter, attempts: u32, expect: &Expect) {
    let backoff = Backoff { ladder: Ladder { jitter, ..Ladder::default() }, ..Backoff::default() };
    let mut previous = Span::ZERO;
    let mut waits = Vec::new();
    for number in 1..=attempts {
        previous = backoff.wait(Cause::NotDone, attempt(number), Chance { seed: 7, previous });
        waits.push(previous.as_millis().to_string());
    }
    expect.assert_eq(&waits.join(" "));
}

/// What is wrong with a body, one violation a line; `accepted` where nothing is.
#[track_caller]
pub(crate) fn check_body(body: &str, expect: &Expect) {
    let text = match parse_execution(body) {
        Ok(_) => "accepted".to_owned(),
        Err(invalid) => {
            let line = |v: &cxpulse_core::validate::Violation| format!("{:?} {:?} {}", v.pointer, v.code, v.message);
            invalid.violations().iter().map(line).collect::<Vec<_>>().join("\n")
        }
    };
    expect.assert_eq(&text);
}

/// Attempt `number`, 1 and up.
pub(crate) fn attempt(number: u32) -> Attempt {
    (1..number).fold(Attempt::FIRST, |attempt, _| attempt.next())
}

/// Plays a story of a batch, one happening a line, and compares what each led to.
#[track_caller]
pub(crate) fn check_batch(request: &str, story: &str, expect: &Expect) {
    let mut scene = BatchScene::open(request);
    let lines: Vec<String> = story.split(';').map(|line| scene.play(line.trim())).collect();
    expect.assert_eq(&format!("{}\n", lines.join("\n")));
}

/// Violations, one a line, and how many more there are.
pub(crate) fn violations(invalid: &cxpulse_core::validate::Invalid) -> String {
    let line = |v: &cxpulse_core::validate::Violation| format!("{:?} {:?} {}", v.pointer, v.code, v.message);
    let mut lines: Vec<String> = invalid.violations().iter().map(line).collect();
    if invalid.omitted() > 0 {
        lines.push(format!("and {} more", invalid.omitted()));
    }
    lines.join("\n")
}
