//! How far it is, what is waited for, what went wrong, what it came to in figures, and what may be done.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_element::flow;
use cxpulse_element::reading::{Snapshot as _, permille};
use cxpulse_element::text::{decimal, fill};

use super::Plan;
use crate::face::Face;
use crate::model::Deed;
use crate::report::Report;
use crate::snapshot::{Snapshot, State};

/// The bar while rows come, and what has come.
pub(super) fn progress(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    let words = face.progress(snapshot);
    if !snapshot.is_terminal() {
        plan.open("div.track\trole=progressbar\taria-valuemin=0\taria-valuemax=100");
        plan.is("aria-label", face.words.every.progress_label).is("aria-valuetext", &words);
        match snapshot.progress.filter(|(_, total)| *total > 0) {
            Some((done, total)) => {
                let done = permille(done, total);
                plan.is("aria-valuenow", &decimal(done / 10));
                plan.open("div.bar\tdata-class=running").is("--share", &decimal(done)).close();
                plan.open("div.bar\tdata-class=not_started").is("--share", &decimal(1_000_u64.saturating_sub(done)));
            }
            None => {
                plan.open("div.bar\tdata-class=running\tdata-unknown=1");
            }
        }
        plan.close();
        plan.close();
    }
    plan.open("div.numbers");
    if let Some((done, total)) = snapshot.progress.filter(|(_, total)| *total > 0 && !snapshot.is_terminal()) {
        plan.say("span.percent", &[&decimal(permille(done, total) / 10), "\u{a0}%"].concat());
    }
    plan.say("span.done", &words);
    for fact in face.facts(snapshot) {
        plan.say("span.fact", &fact);
    }
    plan.say("span.estimate", &face.took(snapshot));
    plan.close();
}

/// What is waited for, why it failed, and what CXone did that its paging forbids.
pub(super) fn step(plan: &mut Plan, face: &Face<'_>) {
    let waiting = face.waiting();
    if !waiting.is_empty() {
        plan.open("div.step");
        plan.say("span.waiting", &waiting);
        plan.close();
    }
    let Some(snapshot) = face.snapshot() else { return };
    if let Some((code, message)) = &snapshot.error {
        plan.open("p.error");
        plan.say("span.error-message", message);
        plan.say("code.error-code", code);
        plan.close();
    }
    let mut changed = Vec::new();
    for one in &snapshot.anomalies {
        changed.push(odd(face, if one.message.is_empty() { &one.code } else { &one.message }, one.count));
    }
    oddities(plan, face.words.anomalies, &changed);
    let mut found = Vec::new();
    for (kind, count) in face.model.shown().map_or(&[][..], |shown| &shown.report.anomalies) {
        found.push(odd(face, &kind.replace('_', " "), *count));
    }
    oddities(plan, face.words.oddities, &found);
}

/// What was not as it should be, and how often, where that was more than once.
fn odd(face: &Face<'_>, what: &str, count: u64) -> String {
    let times = if count > 1 { fill(face.words.times, &face.count(count)) } else { String::new() };
    [what, &times].concat()
}

fn oddities(plan: &mut Plan, title: &str, list: &[String]) {
    if list.is_empty() {
        return;
    }
    plan.open("div.oddities").is("key", title);
    plan.say("span.class", title);
    plan.open("ul.list\trole=list");
    list.iter().for_each(|words| plan.say("li", words));
    plan.close();
    plan.close();
}

/// Why there are no pictures, or no newer ones.
pub(super) fn report_trouble(plan: &mut Plan, face: &Face<'_>) {
    if let Some((status, reason)) = &face.model.report.refusal {
        plan.open("div.question\tdata-tone=bad");
        plan.say("p.refusal", &[face.words.missing, " ", &face.refusal(*status, reason)].concat());
        plan.button("again", "", face.words.retry).close();
        plan.close();
    }
    let is_empty = face.model.shown().is_none() && face.model.report.refusal.is_none();
    let is_whole = face.snapshot().is_some_and(|snapshot| snapshot.state == State::Completed);
    if is_empty && is_whole {
        plan.say("p.hint", face.words.drawing);
    }
}

/// What it came to in six figures.
pub(super) fn figures(plan: &mut Plan, face: &Face<'_>, report: &Report) {
    let values = [
        face.count(report.interactions),
        face.count(report.steps),
        face.count(report.variant_count),
        face.time(report.duration.p50),
        face.time(report.duration.p95),
        face.percent(report.errors[0]),
    ];
    plan.open("dl.figures");
    for (words, value) in face.words.figures.into_iter().zip(values) {
        plan.open("div.figure");
        plan.say("dt.class", words);
        plan.say("dd.number", &value);
        plan.close();
    }
    plan.close();
    let [from, to] = face.words.period;
    let period =
        report.period.map(|period| [fill(from, &face.instant(period.0)), fill(to, &face.instant(period.1))].concat());
    let business = if report.is_business_time { [" · ", face.words.business].concat() } else { String::new() };
    plan.say("p.hint", &[period.unwrap_or_default(), business].concat());
}

pub(super) fn act(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    let possible = [(Deed::Cancel, face.model.can_cancel()), (Deed::Redrive, false)];
    flow::question(plan, &face.words.flow, &face.model.act, possible, |plan, _| {
        let [stays, _] = face.words.flow.cancels;
        plan.say("p", &fill(stays, &face.count(snapshot.rows)));
        true
    });
}
