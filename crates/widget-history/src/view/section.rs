//! What all sections have: a title, what they show, bars, and a table behind them.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_element::json::Raw;
use cxpulse_element::text::{decimal, fill};

use super::Plan;
use crate::face::Face;
use crate::model::Section;
use crate::report::{Cell, Kind, Report};

/// Title, the button of the table, and what is shown; ends with the section's node open.
pub(super) fn open(plan: &mut Plan, face: &Face<'_>, section: Section, is_empty: bool) {
    let title = face.words.section(section);
    plan.open("section.section").is("data-section", section.name()).is("aria-label", title);
    plan.open("div.line");
    plan.say("h3.heading", title);
    if !is_empty {
        let is_shown = face.model.look.has_table(section);
        plan.button("table", section.name(), face.words.table);
        plan.is("aria-label", &[face.words.table, ": ", title].concat());
        plan.is("aria-expanded", if is_shown { "true" } else { "false" }).close();
    }
    plan.close();
    let is_left_out = face.model.shown().is_some_and(|shown| shown.report.left_out.contains(&section));
    plan.say(
        "p.hint",
        match (is_empty, is_left_out) {
            (false, _) => face.words.lead(section),
            (true, false) => face.words.none(section),
            (true, true) => face.words.left_out,
        },
    );
}

/// A name; a button that leads to the node, where there is one on the map.
pub(super) fn name(plan: &mut Plan, name: &str, node: Option<usize>) {
    match node {
        Some(at) => {
            let number = decimal(at.try_into().unwrap_or_default());
            plan.open("button.name\ttype=button\tdata-do=visit").is("data-value", &number).is("", name).close();
        }
        None => plan.say("span.name", name),
    }
}

/// What else there is to say of a line, of each note where its words are in [`crate::text::Words::notes`], and of what; nothing of
/// what there is none of.
pub(super) fn noted(face: &Face<'_>, raw: Raw<'_>, notes: &[(usize, Cell)]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (words, cell) in notes {
        let told = face.cell(raw, *cell);
        if told != "0" && !told.is_empty() {
            parts.push(fill(face.words.notes.get(*words).copied().unwrap_or("@"), &told));
        }
    }
    parts.join(" · ")
}

/// A section's table of such lines, while it is wanted. The first cell of a row is its head.
pub(super) fn table(plan: &mut Plan, face: &Face<'_>, section: Section, report: &Report) {
    if !face.model.look.has_table(section) {
        return;
    }
    let title = face.words.section(section);
    let columns = COLUMNS.get(section as usize).copied().unwrap_or_default();
    plan.open("div.scroll\trole=region\ttabindex=0").is("aria-label", &[face.words.table, ": ", title].concat());
    plan.open("table.table");
    plan.open("thead").open("tr");
    for head in face.words.head(section) {
        plan.leaf("th\tscope=col", head).close();
    }
    plan.close();
    plan.close();
    plan.open("tbody");
    for raw in report.lines(section, ROWS_MAX) {
        plan.open("tr");
        for (at, cell) in columns.iter().enumerate() {
            plan.leaf(if at == 0 { "th\tscope=row" } else { "td" }, &face.cell(raw, *cell)).close();
        }
        plan.close();
    }
    plan.close();
    plan.close();
    plan.close();
    more(plan, face, report.count(section), ROWS_MAX);
}

/// How many there are beyond those that are listed.
pub(super) fn more(plan: &mut Plan, face: &Face<'_>, count: usize, listed: usize) {
    let beyond = count.saturating_sub(listed);
    if beyond > 0 {
        plan.say("p.hint", &fill(face.words.more, &face.count(beyond.try_into().unwrap_or_default())));
    }
}

/// Bars of a picture; the table has the rest.
pub(super) const BARS_MAX: usize = 10;

/// Rows of a table; all there are is what the exports are for.
const ROWS_MAX: usize = 200;

/// What a table's columns say of a line, in the order of [`Section::ALL`]; their heads are in the words.
const COLUMNS: [&[Cell]; 8] = [
    &[
        ("from", Kind::Name),
        ("to", Kind::Name),
        ("count", Kind::Count),
        ("interactions", Kind::Count),
        ("mean", Kind::Time),
        ("p50", Kind::Time),
        ("p95", Kind::Time),
        ("max", Kind::Time),
        ("errors", Kind::Count),
    ],
    &[
        ("nodes", Kind::Names),
        ("count", Kind::Count),
        ("share", Kind::Part),
        ("coverage", Kind::Part),
        ("duration.p50", Kind::Time),
        ("duration.p95", Kind::Time),
        ("errors", Kind::Count),
    ],
    &[
        ("node", Kind::Place),
        ("count", Kind::Count),
        ("contributed", Kind::Time),
        ("share", Kind::Part),
        ("flagged", Kind::Count),
    ],
    &[
        ("node", Kind::Name),
        ("count", Kind::Count),
        ("min", Kind::Time),
        ("mean", Kind::Time),
        ("p50", Kind::Time),
        ("p95", Kind::Time),
        ("max", Kind::Time),
        ("waiting.mean", Kind::Time),
        ("flagged", Kind::Count),
    ],
    &[
        ("node", Kind::Name),
        ("repeats", Kind::Count),
        ("self_loops", Kind::Count),
        ("back_and_forth", Kind::Count),
        ("share", Kind::Part),
    ],
    &[
        ("node", Kind::Name),
        ("count", Kind::Count),
        ("share", Kind::Part),
        ("first", Kind::Count),
        ("recovered", Kind::Count),
    ],
    &[
        ("node", Kind::Place),
        ("interaction", Kind::Name),
        ("at", Kind::Instant),
        ("value", Kind::Time),
        ("mean", Kind::Time),
        ("z", Kind::Tenths),
    ],
    &[
        ("node", Kind::Name),
        ("variable", Kind::Name),
        ("changed", Kind::Count),
        ("added", Kind::Count),
        ("removed", Kind::Count),
        ("retyped", Kind::Count),
    ],
];
