//! What there is to say of one node, what it came to where somebody asks, and where to go from it.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_element::text::{decimal, fill};

use super::Plan;
use super::graph::mark;
use super::head::time;
use crate::face::Face;
use crate::model::Output;
use crate::snapshot::{Class, Node, Snapshot};

pub(super) fn detail(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    let look = &face.model.look;
    let node = face.model.node().filter(|_| look.is_open);
    plan.open("section.detail\tid=detail");
    let Some(node) = node else {
        return plan.is("hidden", "1").close();
    };
    plan.is("aria-label", &node.name).is("data-class", node.class.name());
    plan.open("div.line");
    mark(plan, node.class);
    plan.say("h3.heading", &node.name);
    plan.button("close", "", face.words.close).close();
    plan.close();
    plan.say("p.note", &noted(face, node));
    if let Some(reason) = &node.reason {
        plan.say("p.reason", &face.words.reason(reason));
    }
    if let Some((code, message)) = &node.error {
        plan.open("p.error");
        plan.say("span.error-message", message);
        plan.say("code.error-code", code);
        plan.close();
    }
    joined(plan, face);
    output(plan, face, node);
    plan.open("div.actions");
    if !matches!(node.class, Class::Running | Class::NotStarted) && !matches!(look.output, Output::Known(_)) {
        let busy = if look.output == Output::Asked { "true" } else { "" };
        plan.button("output", "", face.words.show_output).is("aria-disabled", busy).close();
    }
    if let Some(page) = snapshot.page(node, face.model.feed.token().as_deref()) {
        plan.open("a.link\ttarget=_blank\trel=noopener\tdata-do=item").is("href", &page);
        plan.is("data-value", &node.name).is("", face.words.open).close();
    }
    plan.close();
    plan.close();
}

/// `Successful · began 10:00:01 · 1.2 s · 3 attempts · from the cache · Action sim-fast`.
fn noted(face: &Face<'_>, node: &Node) -> String {
    let mut parts = Vec::from([String::from(face.words.class(node.class))]);
    parts.extend(node.started_at.map(|at| fill(face.words.began, &time(face, at))));
    parts.extend(face.time(node));
    if node.attempts > 0 {
        parts.push(face.counted(face.words.attempts, node.attempts));
    }
    parts.extend(node.source.map(|source| face.words.source(source).into()));
    if node.generation > 1 {
        parts.push(face.words.flow.generation(&face.words.every, node.generation));
    }
    parts.push(fill(face.words.action, &node.action_id));
    parts.join(" · ")
}

/// What it needs and what needs it, each a button that leads there.
fn joined(plan: &mut Plan, face: &Face<'_>) {
    let spot = face.model.drawn().and_then(|drawn| drawn.spots.get(face.model.look.cursor));
    let Some(spot) = spot else { return };
    for (words, nodes) in [(face.words.needs, &spot.needs), (face.words.feeds, &spot.feeds)] {
        plan.open("div.joined").is("key", words);
        plan.say("span.class", fill(words, if nodes.is_empty() { face.words.nothing } else { "" }).trim_ascii_end());
        for at in nodes {
            let number = decimal((*at).try_into().unwrap_or_default());
            plan.open("button.visit\ttype=button\tdata-do=visit").is("key", &number).is("data-value", &number);
            plan.is("", face.name(*at).unwrap_or_default()).close();
        }
        plan.close();
    }
}

fn output(plan: &mut Plan, face: &Face<'_>, node: &Node) {
    match &face.model.look.output {
        Output::Unasked => {}
        Output::Asked => plan.say("p.hint", face.words.every.loading),
        Output::Known(text) if text.is_empty() => plan.say("p.hint", face.words.no_output),
        Output::Known(text) => {
            if has_redacted(text) {
                plan.say("p.hint", face.words.redacted);
            }
            plan.open("div.output\trole=region\ttabindex=0")
                .is("aria-label", &[face.words.output, ": ", &node.name].concat());
            for line in text.lines() {
                plan.say("code.value", line);
            }
            plan.close();
        }
        Output::Refused(status, reason) => {
            let ours = if *status == 0 { face.words.flow.unreached } else { face.words.output_refused };
            plan.say("p.refusal", &[ours, " ", reason].concat());
        }
    }
}

/// Whether the word for what is not shown, `cxpulse_core::redaction::REDACTED`, stands in it.
fn has_redacted(text: &str) -> bool {
    text.as_bytes().windows(REDACTED.len()).any(|window| window == REDACTED)
}

const REDACTED: &[u8] = b"\"[redacted]\"";
