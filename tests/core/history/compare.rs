//! Two histories side by side.

use cxpulse_core::history::{Comparison, compare};

use super::{report_of, row};

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
