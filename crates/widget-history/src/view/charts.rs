//! Sections that are bars: where the time goes, what is done again, what failed, what stands out, who changes what. What each says
//! stands in a table (`CHARTS`); how it is said is alike.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_element::json::Raw;
use cxpulse_element::text::{decimal, fill};

use super::Plan;
use super::section::{BARS_MAX, more, name, noted, open, table};
use crate::face::Face;
use crate::model::Section;
use crate::number::{permille, scaled};
use crate::report::{Cell, Kind, Report};

pub(super) fn charts(plan: &mut Plan, face: &Face<'_>, report: &Report) {
    for chart in &CHARTS {
        open(plan, face, chart.section, report.count(chart.section) == 0);
        summary(plan, face, report, chart.section);
        bars(plan, face, report, chart);
        more(plan, face, report.count(chart.section), BARS_MAX);
        table(plan, face, chart.section, report);
        plan.close();
    }
}

/// What one section says of each line.
struct Chart {
    section: Section,
    /// Whose bar it is.
    names: &'static [Cell],
    /// What stands beside it, and how long the bar is; of several what they are together.
    value: Kind,
    values: &'static [&'static str],
    /// What else is said: where the words are in [`crate::text::Words::notes`], and of what.
    notes: &'static [(usize, Cell)],
    /// What makes it stand out, where there is any of it.
    flag: &'static str,
}

fn bars(plan: &mut Plan, face: &Face<'_>, report: &Report, chart: &Chart) {
    let size = |raw: Raw<'_>| {
        let of = |name: &&str| raw.member(name).and_then(|value| scaled(value.text(), 3)).unwrap_or_default();
        chart.values.iter().map(of).fold(0_i64, i64::saturating_add)
    };
    let lines = report.lines(chart.section, BARS_MAX);
    let most = lines.iter().map(|raw| size(*raw).unsigned_abs()).max().unwrap_or_default();
    plan.open("ul.bars\trole=list").is("aria-label", face.words.section(chart.section));
    for raw in lines {
        let is_flagged = raw.member(chart.flag).is_some_and(|flag| flag.text() != "0");
        plan.open("li.row").is("data-flagged", if is_flagged { "1" } else { "" });
        let mut names: Vec<String> = Vec::new();
        chart.names.iter().for_each(|cell| names.push(face.cell(raw, *cell)));
        let names = names.join(" · ");
        name(plan, &names, report.place(&names));
        let value = size(raw);
        let is_time = chart.value == Kind::Time;
        plan.say("b.value", &if is_time { face.time(value) } else { face.count(value.unsigned_abs() / 1_000) });
        plan.open("span.meter\taria-hidden=true").is("--_s", &decimal(permille(value.unsigned_abs(), most))).close();
        plan.say("span.note", &noted(face, raw, chart.notes));
        plan.close();
    }
    plan.close();
}

/// A line of what is so in all, of rework and errors; nothing where nothing is.
fn summary(plan: &mut Plan, face: &Face<'_>, report: &Report, section: Section) {
    let ([share, one, other], words) = match section {
        Section::Rework => (report.rework, &face.words.reworked),
        Section::Errors => (report.errors, &face.words.erring),
        Section::Map
        | Section::Variants
        | Section::Bottlenecks
        | Section::Dwell
        | Section::Outliers
        | Section::Changes => return,
    };
    if share > 0 {
        let told = [face.percent(share), face.count(one), face.count(other)];
        let mut parts: Vec<String> = Vec::new();
        words.iter().zip(&told).for_each(|(words, told)| parts.push(fill(words, told)));
        plan.say("p.summary", &parts.join(" · "));
    }
}

const CHARTS: [Chart; 5] = [
    Chart {
        section: Section::Bottlenecks,
        names: &[("node", Kind::Place)],
        value: Kind::Time,
        values: &["contributed"],
        notes: &[(0, ("share", Kind::Part)), (1, ("flagged", Kind::Count))],
        flag: "flagged",
    },
    Chart {
        section: Section::Rework,
        names: &[("node", Kind::Name)],
        value: Kind::Count,
        values: &["repeats"],
        notes: &[(2, ("self_loops", Kind::Count)), (3, ("back_and_forth", Kind::Count)), (4, ("share", Kind::Part))],
        flag: "",
    },
    Chart {
        section: Section::Errors,
        names: &[("node", Kind::Name)],
        value: Kind::Count,
        values: &["count"],
        notes: &[(5, ("share", Kind::Part)), (6, ("first", Kind::Count)), (7, ("recovered", Kind::Count))],
        flag: "count",
    },
    Chart {
        section: Section::Outliers,
        names: &[("node", Kind::Place)],
        value: Kind::Time,
        values: &["value"],
        notes: &[
            (14, ("interaction", Kind::Name)),
            (14, ("at", Kind::Instant)),
            (8, ("mean", Kind::Time)),
            (9, ("z", Kind::Tenths)),
        ],
        flag: "",
    },
    Chart {
        section: Section::Changes,
        names: &[("node", Kind::Name), ("variable", Kind::Name)],
        value: Kind::Count,
        values: &["changed", "added", "removed", "retyped"],
        notes: &[
            (10, ("changed", Kind::Count)),
            (11, ("added", Kind::Count)),
            (12, ("removed", Kind::Count)),
            (13, ("retyped", Kind::Count)),
        ],
        flag: "",
    },
];
