//! Counts, numbers, what is waited for, what took longest, what failed, what may be done, and the foot.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_core::time::Timestamp;
use cxpulse_element::flow;
use cxpulse_element::reading::Snapshot as _;
use cxpulse_element::text::{decimal, fill};

use super::Plan;
use crate::face::Face;
use crate::model::Deed;
use crate::results::Preview;
use crate::snapshot::{Class, Snapshot};

pub(super) fn counts(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    let counts = Class::ALL.map(|class| (class.name(), face.words.class(class), snapshot.count(class)));
    let ended = (snapshot.ended(), snapshot.total());
    flow::counts(plan, &face.words.every, face.words.flow.counts, ended, &face.progress(snapshot), &counts);
}

pub(super) fn numbers(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    plan.open("div.numbers");
    plan.say("span.percent", &[&decimal(snapshot.permille() / 10), "\u{a0}%"].concat());
    plan.say("span.done", &face.progress(snapshot));
    plan.say("span.estimate", &face.took(snapshot));
    plan.close();
}

pub(super) fn step(plan: &mut Plan, face: &Face<'_>) {
    let generation = face.snapshot().map_or(0, |snapshot| snapshot.generation);
    let generation = face.words.flow.generation(&face.words.every, generation);
    let waiting = face.waiting();
    if generation.is_empty() && waiting.is_empty() {
        return;
    }
    plan.open("div.step");
    plan.say("span.generation", &generation);
    plan.say("span.waiting", &waiting);
    plan.close();
}

/// The critical path, and what failed by code.
pub(super) fn lists(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    let critical = face.critical(snapshot);
    if !critical.is_empty() {
        let more = if snapshot.critical_path.len() > STEPS_MAX { " → …" } else { "" };
        let shown = snapshot.critical_path.get(..STEPS_MAX).unwrap_or(&snapshot.critical_path);
        plan.open("p.critical");
        plan.say("span.class", &critical);
        plan.say("span.names", &[&shown.join(" → "), more].concat());
        plan.close();
    }
    if !snapshot.failures.is_empty() {
        plan.open("p.failures");
        plan.say("span.class", face.words.failures);
        let counted = |(code, count): &(String, u64)| [code, " ", &face.words.every.count(*count)].concat();
        let codes: Vec<String> = snapshot.failures.iter().map(counted).collect();
        plan.say("span.names", &codes.join(", "));
        plan.close();
    }
}

pub(super) fn act(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    let possible = [(Deed::Cancel, face.model.can_cancel()), (Deed::Redrive, face.model.can_redrive())];
    flow::question(plan, &face.words.flow, &face.model.act, possible, |plan, preview| {
        match preview {
            Some(preview) => previewed(plan, face, preview),
            None => plan.say("p", &face.cancel(snapshot)),
        }
        preview.is_none_or(|preview| preview.count > 0)
    });
}

fn previewed(plan: &mut Plan, face: &Face<'_>, preview: &Preview) {
    plan.say("p", &face.preview(preview));
    for (words, names) in [(face.words.begins, &preview.nodes), (face.words.after, &preview.after)] {
        if !names.is_empty() {
            plan.say("p.ids", &fill(words, &face.named(names)));
        }
    }
    if preview.may_have_run > 0 {
        plan.say("p.doubt", &face.counted(face.words.flow.doubts, preview.may_have_run));
    }
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
pub(super) fn time(face: &Face<'_>, at: Timestamp) -> String {
    cxpulse_element::hands::time(at, face.words.every.tag)
}

/// Epoch milliseconds: there is no page to ask.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn time(_: &Face<'_>, at: Timestamp) -> String {
    decimal(at.since(Timestamp::default()).as_millis())
}

/// Nodes of the critical path that are named.
const STEPS_MAX: usize = 8;
