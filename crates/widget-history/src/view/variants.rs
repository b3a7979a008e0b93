//! The most frequent ways, as sequences whose colours follow the names of the nodes; one can be chosen.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_element::json::Raw;
use cxpulse_element::reading::word;
use cxpulse_element::text::{decimal, fill};

use super::Plan;
use super::section::{more, noted, open, table};
use crate::face::Face;
use crate::filter::Field;
use crate::model::Section;
use crate::number::permille;
use crate::report::{Cell, Kind, Report, count, words};

pub(super) fn variants(plan: &mut Plan, face: &Face<'_>, report: &Report) {
    let lines = report.lines(Section::Variants, SHOWN_MAX);
    open(plan, face, Section::Variants, report.variant_count == 0);
    let most = lines.iter().map(|raw| count(*raw, "count")).max().unwrap_or_default();
    plan.open("ol.variants\trole=list").is("aria-label", face.words.section(Section::Variants));
    for raw in &lines {
        variant(plan, face, *raw, most);
    }
    plan.close();
    more(plan, face, usize::try_from(report.variant_count).unwrap_or(usize::MAX), lines.len());
    table(plan, face, Section::Variants, report);
    plan.close();
}

fn variant(plan: &mut Plan, face: &Face<'_>, raw: Raw<'_>, most: u64) {
    let id = word(raw, "id").unwrap_or_default();
    let is_chosen = face.model.filter.get(Field::Variant) == Some(&id);
    plan.open("li.item").is("key", &id);
    plan.open("button.variant\ttype=button\tdata-do=variant").is("data-value", if is_chosen { "" } else { &id });
    plan.is("aria-pressed", if is_chosen { "true" } else { "false" });
    plan.say("b.value", &face.count(count(raw, "count")));
    plan.open("span.meter\taria-hidden=true").is("--_s", &decimal(permille(count(raw, "count"), most))).close();
    plan.say("span.note", &noted(face, raw, &NOTES));
    plan.open("span.way");
    let mut shown = 0_u64;
    for (node, times) in pieces(raw).iter().take(PIECES_MAX) {
        shown = shown.saturating_add(*times);
        let repeated = if *times > 1 { [" ×", &decimal(*times)].concat() } else { String::new() };
        plan.open("span.piece").is("--_h", &decimal(hue(node))).is("title", node);
        plan.is("", &[node, &repeated].map(|it| it as &str).concat()).close();
    }
    let beyond = count(raw, "length").saturating_sub(shown);
    if beyond > 0 {
        plan.say("span.hint", &fill(face.words.more, &face.count(beyond)));
    }
    plan.close();
    plan.close();
    plan.close();
}

/// Nodes one after the other, the same ones together.
fn pieces(raw: Raw<'_>) -> Vec<(String, u64)> {
    let mut pieces: Vec<(String, u64)> = Vec::new();
    for node in words(raw.member("nodes")) {
        match pieces.last_mut() {
            Some((last, times)) if *last == node => *times = times.saturating_add(1),
            _ => pieces.push((node, 1)),
        }
    }
    pieces
}

/// A hue that follows from the name, so that it stays whatever is filtered; one of twenty-four, which can be told apart.
pub(super) fn hue(name: &str) -> u64 {
    let hash = name.bytes().fold(5_381_u64, |hash, byte| hash.wrapping_mul(33) ^ u64::from(byte));
    hash % 24 * 15
}

/// What is said of a variant beside how often: see [`noted`].
const NOTES: [(usize, Cell); 4] = [
    (15, ("share", Kind::Part)),
    (16, ("coverage", Kind::Part)),
    (17, ("duration.p50", Kind::Time)),
    (18, ("errors", Kind::Count)),
];

/// Variants of the picture; the table has the rest.
const SHOWN_MAX: usize = 8;

/// Nodes of a variant that are drawn.
const PIECES_MAX: usize = 24;
