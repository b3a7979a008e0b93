//! Headline, counts, bar, numbers, what is waited for, and the foot.

use alloc::string::String;

use cxpulse_element::reading::Snapshot as _;
use cxpulse_element::text::{decimal, fill};

use super::Plan;
use crate::face::Face;
use crate::snapshot::{Class, Snapshot};

pub(super) fn head(plan: &mut Plan, face: &Face<'_>, link_words: &str) {
    let (state, headline) = face.headline();
    plan.open("div.head");
    plan.open("svg.icon\tviewBox=0 0 20 20\taria-hidden=true");
    plan.open("path").is("d", shape(state)).close();
    plan.close();
    plan.say("span.status", headline);
    plan.leaf("span.title", face.title()).is("title", face.title()).close();
    plan.say("span.connection", link_words);
    plan.close();
}

/// The bar, and a list that says what its parts, and the cells of the grid, stand for.
pub(super) fn counts(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    let summary = &snapshot.summary;
    let percent = decimal(snapshot.permille() / 10);
    plan.open("div.track\trole=progressbar\taria-valuemin=0\taria-valuemax=100");
    plan.is("aria-label", face.words.every.progress_label);
    plan.is("aria-valuenow", &percent).is("aria-valuetext", &face.progress(snapshot));
    for class in Class::ALL {
        // A share of nothing is no part at all, and one of a little can be seen.
        if summary.of(class) > 0 {
            plan.open("div.bar").is("data-class", class.name()).is("--share", &decimal(summary.of(class))).close();
        }
    }
    plan.close();
    plan.open("ul.counts").is("aria-label", face.words.counts);
    for class in Class::ALL {
        plan.open("li.count").is("data-class", class.name());
        plan.is("data-none", if summary.of(class) == 0 { "1" } else { "" });
        plan.open("span.swatch\taria-hidden=true").close();
        plan.say("span.class", face.words.class(class));
        plan.say("b.number", &face.words.every.count(summary.of(class)));
        plan.close();
    }
    plan.close();
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

/// A shape for each state, so that none is told by its colour alone: strokes in a square of 20.
fn shape(state: &str) -> &'static str {
    match state {
        "running" => "M10 2.5a7.5 7.5 0 1 1-7.5 7.5",
        "completed" => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0M6.5 10.5l2.5 2.5l4.5-5.5",
        "partial" => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0M10 2.5v15M10 10h7.5",
        "failed" => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0M7 7l6 6M13 7l-6 6",
        "canceled" => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0M4.8 4.8l10.4 10.4",
        "timed_out" => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0M10 5.5v4.5l3 2.5",
        "stopped" => "M3 3l14 14M5 9.5a7 7 0 0 1 2.5-1.7M11.5 7.3a7 7 0 0 1 3.5 2.2M8 12.6a3 3 0 0 1 4 0M10 15.6v.2",
        _ => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0",
    }
}
