//! What there is to say of one node, and where to go from it.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_element::text::{decimal, fill};

use super::Plan;
use super::spread::Scale;
use crate::face::Face;
use crate::filter::Field;
use crate::model::Shown;
use crate::report::{Node, Report};

pub(super) fn detail(plan: &mut Plan, face: &Face<'_>, shown: &Shown) {
    let look = &face.model.look;
    let node = shown.report.nodes.get(look.cursor).filter(|_| look.is_open);
    plan.open("section.detail\tid=detail");
    let Some(node) = node else {
        plan.is("hidden", "1").close();
        return;
    };
    plan.is("aria-label", &node.name);
    plan.open("div.line");
    plan.say("h3.heading", &node.name);
    plan.button("close", "", face.words.close).close();
    plan.close();
    plan.say("p.note", &noted(face, &shown.report, node));
    spreads(plan, face, node);
    joined(plan, face, &shown.report);
    plan.open("div.actions");
    if face.model.filter.get(Field::Node) != Some(&node.name) {
        // Not by its own name, which is that of what stands on the map.
        plan.open("button.button only\ttype=button\tdata-do=node").is("data-value", &node.name);
        plan.is("", face.words.only).close();
    }
    plan.close();
    plan.close();
}

/// `DECISION · 1,234 visits · in 900 interactions · 12 start here · 3 over the threshold`.
fn noted(face: &Face<'_>, report: &Report, node: &Node) -> String {
    let mut parts = Vec::from([node.types.clone(), face.counted(face.words.visits, node.times.count)]);
    parts.push(face.counted(face.words.within, node.interactions));
    for (words, rim) in face.words.begins.into_iter().zip([&report.starts, &report.ends]) {
        let here = rim.iter().find(|(at, _)| report.nodes.get(*at).is_some_and(|other| other.name == node.name));
        parts.extend(here.map(|(_, count)| fill(words, &face.count(*count))));
    }
    if node.flagged > 0 {
        parts.push(fill(face.words.flagged, &face.count(node.flagged)));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// How long it took, and what was waited before, on one scale.
fn spreads(plan: &mut Plan, face: &Face<'_>, node: &Node) {
    let both = [&node.times, &node.waiting];
    let scale = Scale::of(&[node.times, node.waiting]);
    scale.axis(plan, face);
    plan.open("ul.bars\trole=list");
    for (words, spread) in face.words.took.into_iter().zip(both).filter(|(_, spread)| spread.count > 0) {
        plan.open("li.row");
        plan.say("span.name", words);
        plan.say("b.value", &face.time(spread.p50));
        scale.range(plan, spread);
        plan.say("span.note", &face.spread(spread));
        plan.close();
    }
    plan.close();
}

/// What is before it and what is after it, the most frequent first, each a button that leads there.
fn joined(plan: &mut Plan, face: &Face<'_>, report: &Report) {
    let cursor = face.model.look.cursor;
    for (words, is_after) in [(face.words.before, false), (face.words.after, true)] {
        let edges = report.edges.iter().filter(|edge| cursor == if is_after { edge.from } else { edge.to });
        let mut edges = edges.take(JOINED_MAX).peekable();
        plan.open("div.joined").is("key", words);
        plan.say("span.class", words);
        if edges.peek().is_none() {
            plan.say("span.hint", face.words.nothing);
        }
        for edge in edges {
            let other = if is_after { edge.to } else { edge.from };
            let number = decimal(other.try_into().unwrap_or_default());
            let told = [face.count(edge.times.count), face.time(edge.times.mean)].join(" · ");
            plan.open("button.visit\ttype=button\tdata-do=visit").is("key", &number).is("data-value", &number);
            plan.say("span", &face.name(report, other));
            plan.say("span.hint", &told);
            plan.close();
        }
        plan.close();
    }
}

/// Neighbours of either kind that are named; the table has all.
const JOINED_MAX: usize = 8;
