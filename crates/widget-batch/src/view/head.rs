//! Counts, numbers, what is waited for, and the foot.

use alloc::string::String;

use cxpulse_element::flow;
use cxpulse_element::reading::Snapshot as _;
use cxpulse_element::text::{decimal, fill};

use super::Plan;
use crate::face::Face;
use crate::snapshot::{Class, Snapshot};

pub(super) fn counts(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    let summary = &snapshot.summary;
    let counts = Class::ALL.map(|class| (class.name(), face.words.class(class), summary.of(class)));
    let (ended, progress) = ((summary.ended(), summary.total), face.progress(snapshot));
    flow::counts(plan, &face.words.every, face.words.flow.counts, ended, &progress, &counts);
}

pub(super) fn numbers(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    plan.open("div.numbers");
    plan.say("span.percent", &[&decimal(snapshot.permille() / 10), "\u{a0}%"].concat());
    plan.say("span.done", &face.progress(snapshot));
    plan.say("span.rate", &face.rate(snapshot));
    plan.say("span.estimate", &face.estimate(snapshot));
    plan.close();
}

pub(super) fn step(plan: &mut Plan, face: &Face<'_>) {
    let generation = face.snapshot().map(|snapshot| face.generation(snapshot)).unwrap_or_default();
    let sources = face.snapshot().map(|snapshot| face.sources(snapshot)).unwrap_or_default();
    let waiting = face.waiting();
    if generation.is_empty() && sources.is_empty() && waiting.is_empty() {
        return;
    }
    plan.open("div.step");
    plan.say("span.generation", &generation);
    plan.say("span.waiting", &waiting);
    plan.say("span.sources", &sources);
    plan.close();
}

pub(super) fn foot(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    plan.open("div.foot");
    match snapshot.ended_at {
        Some(ended_at) => plan.say("span.ended", &fill(face.words.every.ended, &time(face, ended_at))),
        None => {
            let age = face.model.feed.server_now(face.now).since(snapshot.updated_at);
            plan.say("span.age", &face.words.every.age(age));
        }
    }
    plan.close();
}

/// The time of day, as the page has it.
#[cfg(target_arch = "wasm32")]
fn time(face: &Face<'_>, at: cxpulse_core::time::Timestamp) -> String {
    cxpulse_element::hands::time(at, face.words.every.tag)
}

/// Epoch milliseconds: there is no page to ask.
#[cfg(not(target_arch = "wasm32"))]
fn time(_: &Face<'_>, at: cxpulse_core::time::Timestamp) -> String {
    decimal(at.since(cxpulse_core::time::Timestamp::default()).as_millis())
}
