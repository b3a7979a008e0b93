//! Two histories side by side.

use cxpulse_core::history::{Comparison, Filter, Options, compare};
use cxpulse_core::time::Timestamp;

use super::{MONDAY_TEN, log_of, report_of, report_with, row};

#[test]
fn what_is_the_same_has_no_difference() {
    let rows: Vec<String> = (0..40).map(|number| row(&format!("i{number}"), "a 0-5; b 6-9")).collect();
    let found = compare(&report_of(&rows), &report_of(&rows));
    let deltas = found.edges.iter().flat_map(|edge| [Some(edge.share), edge.mean]).flatten();
    let deltas = deltas.chain(found.dwell.iter().filter_map(|node| node.mean)).chain(found.duration);
    assert!(deltas.into_iter().all(|delta| delta.absolute == 0.0 && !delta.is_significant));
}

#[test]
fn a_slower_node_and_a_way_more_often_taken_are_found_and_chance_is_not() {
    let cases = |extra: u64, detours: u64| -> Vec<String> {
        let one = |number: u64| {
            let len = 10 + number % 5 + extra;
            let way = if number < detours { "; c 100-101" } else { "" };
            row(&format!("i{number}"), &format!("a 0-{len}; b {len}-{}{way}", len + 5 + number % 3))
        };
        (0..100).map(one).collect()
    };
    let found = compare(&report_of(&cases(0, 10)), &report_of(&cases(2, 40)));
    let dwell = |name: &str| found.dwell.iter().find(|node| node.node == name).expect("a node");
    let a = dwell("a").mean.expect("on both sides");
    assert!((a.absolute - 2.0).abs() < 1e-9 && a.is_significant, "{a:?}");
    assert!(!dwell("b").mean.expect("on both sides").is_significant);
    let detour = edge(&found, "b", "c");
    assert!((detour.share.absolute - 0.3).abs() < 1e-9 && detour.share.is_significant, "{detour:?}");
    assert!(!edge(&found, "a", "b").share.is_significant);
}

#[test]
fn two_periods_of_one_history_are_told_apart() {
    // Forty in the first hour wait 2 s at b, forty in the second wait 4 s and half of them go on to c.
    let early = |number: u64| {
        row(&format!("e{number}"), &format!("a {0}-{0}; b {1}-{1}", number * 60, number * 60 + 2 + number % 2))
    };
    let late = |number: u64| {
        let at = 3_600 + number * 60;
        let way = if number.is_multiple_of(2) { format!("; c {0}-{0}", at + 9) } else { String::new() };
        row(&format!("l{number}"), &format!("a {at}-{at}; b {0}-{0}{way}", at + 4 + number % 3))
    };
    let log = log_of(&(0..40).flat_map(|number| [early(number), late(number)]).collect::<Vec<_>>());
    let hour = Some(Timestamp::from_millis(MONDAY_TEN + 3_600_000));
    let report = |filter: Filter| log.report(&Options::default(), &filter).expect("a workflow");
    let (before, after) =
        (report(Filter { until: hour, ..Filter::default() }), report(Filter { from: hour, ..Filter::default() }));
    assert_eq!((before.interactions, after.interactions), (40, 40));
    let found = compare(&before, &after);
    let waiting = edge(&found, "a", "b").mean.expect("on both sides");
    assert!((waiting.before - 2.5).abs() < 1e-9 && waiting.after > 4.9 && waiting.is_significant, "{waiting:?}");
    let onward = edge(&found, "b", "c");
    assert!((onward.share.after - 0.5).abs() < 1e-9 && onward.share.is_significant, "{onward:?}");
}

#[test]
fn variants_are_compared_by_share_and_duration() {
    let cases = |slow: u64, short: u64| -> Vec<String> {
        let one = |number: u64| {
            let len = 5 + number % 3 + slow;
            let way = if number < short { "a 0-1".into() } else { format!("a 0-1; b 1-{len}") };
            row(&format!("i{number}"), &way)
        };
        (0..100).map(one).collect()
    };
    let found = compare(&report_of(&cases(0, 40)), &report_of(&cases(3, 10)));
    let of = |nodes: &[&str]| {
        let found = found.variants.iter().find(|variant| variant.nodes == nodes);
        found.expect("a variant")
    };
    let long = of(&["a", "b"]);
    assert!(long.is_known && (long.share.absolute - 0.3).abs() < 1e-9 && long.share.is_significant, "{long:?}");
    let duration = long.duration.expect("on both sides");
    assert!((duration.absolute - 3.0).abs() < 0.1 && duration.is_significant, "{duration:?}");
    let short = of(&["a"]);
    assert!((short.share.absolute + 0.3).abs() < 1e-9 && !short.duration.expect("on both sides").is_significant);
}

#[test]
fn a_variant_that_a_report_has_but_does_not_list_is_not_said_to_be_gone() {
    let cases = |first: &str, second: &str| -> Vec<String> {
        (0..90).map(|number| row(&format!("i{number}"), if number < 60 { first } else { second })).collect()
    };
    let top = |rows: &[String], top| report_with(rows, &Options { top, ..Options::default() });
    let (was, is) = (cases("a 0-1", "b 0-1"), cases("b 0-1", "a 0-1"));
    let shares = |top_of_list| -> Vec<(bool, bool)> {
        let found = compare(&top(&was, top_of_list), &top(&is, top_of_list));
        found.variants.iter().map(|one| (one.is_known, one.share.is_significant)).collect()
    };
    assert_eq!(shares(2), [(true, true), (true, true)]);
    assert_eq!(shares(1), [(false, false), (false, false)], "either goes on where it is not listed");
}

#[test]
fn few_prove_nothing_and_one_side_alone_is_shown() {
    let found = compare(&report_of(&[row("i", "a 0-5; b 5-9")]), &report_of(&[row("j", "a 0-500; c 500-501")]));
    assert!(found.duration.is_some_and(|delta| delta.z.is_none() && !delta.is_significant));
    let gone = edge(&found, "a", "b");
    assert!(gone.mean.is_none() && gone.count.after == 0.0 && gone.count.relative == Some(-1.0));
    let new = edge(&found, "a", "c");
    assert!(new.count.before == 0.0 && new.count.relative.is_none());
    assert_eq!(found.variants.len(), 2);
}

#[test]
fn nothing_can_be_held_against_nothing() {
    let found = compare(&report_of(&[]), &report_of(&[]));
    assert!(found.edges.is_empty() && found.duration.is_none() && found.errors.z.is_none());
}

fn edge<'a>(found: &'a Comparison, from: &str, to: &str) -> &'a cxpulse_core::history::EdgeDelta {
    found.edges.iter().find(|edge| edge.from == from && edge.to == to).expect("an edge")
}
