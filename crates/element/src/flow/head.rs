//! Headline, and counts as a bar and as a list.
//!
//! ARIA 1.2: a `progressbar` tells how far.

use crate::plan::Plan;
use crate::reading::permille;
use crate::text::{Words, decimal};

/// How many are counted so: the name that colour and shape follow, the words, the number.
pub type Count = (&'static str, &'static str, u64);

/// Shape and words of a state, a title, and the connection.
pub fn head(plan: &mut Plan, (state, headline): (&str, &str), title: &str, link_words: &str) {
    plan.open("div.head");
    plan.open("svg.icon\tviewBox=0 0 20 20\taria-hidden=true");
    plan.open("path").is("d", shape(state)).close();
    plan.close();
    plan.say("span.status", headline);
    plan.leaf("span.title", title).is("title", title).close();
    plan.say("span.connection", link_words);
    plan.close();
}

/// The bar, and a list with the name `label` that says what its parts, and what else is drawn so, stand for.
pub fn counts(
    plan: &mut Plan,
    every: &Words,
    label: &str,
    (ended, total): (u64, u64),
    progress: &str,
    counts: &[Count],
) {
    let percent = decimal(permille(ended, total) / 10);
    plan.open("div.track\trole=progressbar\taria-valuemin=0\taria-valuemax=100");
    plan.is("aria-label", every.progress_label);
    plan.is("aria-valuenow", &percent).is("aria-valuetext", progress);
    for (class, _, count) in counts {
        // A share of nothing is no part at all, and one of a little can be seen.
        if *count > 0 {
            plan.open("div.bar").is("data-class", class).is("--share", &decimal(*count)).close();
        }
    }
    plan.close();
    plan.open("ul.counts").is("aria-label", label);
    for (class, words, count) in counts {
        plan.open("li.count").is("data-class", class);
        plan.is("data-none", if *count == 0 { "1" } else { "" });
        plan.open("span.swatch\taria-hidden=true").close();
        plan.say("span.class", words);
        plan.say("b.number", &every.count(*count));
        plan.close();
    }
    plan.close();
}

/// A shape for each state, so that none is told by its colour alone: strokes in a square of 20.
#[must_use]
pub fn shape(state: &str) -> &'static str {
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
