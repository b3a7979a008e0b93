//! What is kept of a history is bounded, at each limit and one past it.

use cxpulse_core::history::{
    EDGES_MAX, Filter, INTERACTIONS_MAX, Log, NODES_MAX, Options, Report, VARIANT_STEPS_MAX, VARIANTS_MAX, variant_id,
};

use super::{at, report_of};

#[test]
fn a_million_different_nodes_are_refused_and_not_kept() {
    let mut log = Log::new();
    for number in 0..NODES_MAX {
        log.row(&row(number, &[number]), 0);
    }
    assert!(log.check().is_ok());
    let steps = log.steps();
    log.row(&row(0, &[0, NODES_MAX]), 0);
    for number in 0..1_000 {
        log.row(&row(number, &[number]), 0);
    }
    assert_eq!(log.steps(), steps, "once it is refused, nothing is taken in");
    let error = log.report(&Options::default(), &Filter::default()).expect_err("too many nodes");
    assert_eq!(error.to_string(), "more than 10000 different nodeIds: they do not name nodes of a workflow");
    assert_eq!(log.check(), Err(error));
}

#[test]
fn more_edges_than_a_workflow_has_are_refused() {
    // Each of 317 nodes after each: 100,489 pairs in one long way.
    let way = |pairs: usize| {
        let pair = |number: usize| [number / 317, number % 317];
        let rows: Vec<String> = (0..pairs).map(|number| row(number, &pair(number))).collect();
        let mut log = Log::new();
        rows.iter().for_each(|row| log.row(row, 0));
        log.report(&Options::default(), &Filter::default())
    };
    assert_eq!(way(EDGES_MAX).expect("a workflow").dfg.edges.len(), EDGES_MAX);
    let error = way(EDGES_MAX + 1).expect_err("too many edges").to_string();
    assert_eq!(error, "more than 100000 different pairs of nodes: they are no workflow");
}

#[test]
fn more_interactions_than_are_kept_are_refused() {
    let mut log = Log::new();
    for number in 0..INTERACTIONS_MAX {
        log.row(&format!("{{\"interactionId\":{number},\"steps\":[]}}"), 0);
    }
    assert!(log.check().is_ok());
    log.row("{\"interactionId\":7,\"steps\":[]}", 0);
    assert!(log.check().is_ok(), "one that is known is not one more");
    log.row("{\"interactionId\":\"one more\",\"steps\":[]}", 0);
    let error = log.check().expect_err("too many interactions").to_string();
    assert_eq!(error, "more than 1000000 different interactionIds, or too long ones: ask for a shorter period");
}

#[test]
fn variants_beyond_the_bound_are_counted_together() {
    // As many ways as pairs of 224 nodes: 50,176.
    let pair = |number: usize| [number / 224, number % 224];
    let rows = |count: usize| -> Vec<String> { (0..count).map(|number| row(number, &pair(number))).collect() };
    let all = report_of(&rows(VARIANTS_MAX));
    assert_eq!((all.variants.count, all.variants.others), (50_000, 0));
    let mut more = rows(VARIANTS_MAX + 3);
    more.push(row(VARIANTS_MAX + 3, &pair(5)));
    let report = report_of(&more);
    assert_eq!((report.interactions, report.variants.count, report.variants.others), (50_004, 50_000, 3));
    assert_eq!(report.variants.top[0].nodes, ["n0", "n5"], "those that are known are counted on");
    assert_eq!(report.variants.top[0].count, 2);
    // All others are told of them as of any.
    let steps: u64 = report.dwell.iter().map(|node| node.times.count).sum();
    assert_eq!(steps, 2 * 50_004);
}

#[test]
fn the_steps_of_all_variants_are_bounded_too() {
    let way = |number: usize| -> Vec<usize> { (0..100_000).map(|step| usize::from(step == number)).collect() };
    let rows = |count: usize| -> Vec<String> { (0..count).map(|number| row(number, &way(number))).collect() };
    let known = VARIANT_STEPS_MAX / 100_000;
    let report = report_of(&rows(known + 2));
    assert_eq!((report.variants.count, report.variants.others), (20, 2));
    let listed = &report.variants.top[0];
    assert_eq!((listed.length, listed.nodes.len()), (100_000, 1_000));
    let names: Vec<String> = way(0).iter().map(|node| format!("n{node}")).collect();
    assert!(report.variants.top.iter().any(|one| one.id == variant_id(names.iter().map(String::as_str))));
}

#[test]
fn more_names_of_variables_than_are_kept_leave_their_changes_untold() {
    let names = |from: usize, to: usize| (from..to).map(|name| format!("\"v{name}\":1")).collect::<Vec<_>>().join(",");
    let with = |count: usize| -> Report {
        // Of a thousand variables each, at two nodes by turns.
        let rows = (0..count).step_by(1_000).map(|from| {
            let step = step(from / 1_000 % 2);
            let variables =
                format!("\"variablesBefore\":{{}},\"variablesAfter\":{{{}}}", names(from, count.min(from + 1_000)));
            format!("{{\"interactionId\":\"i{from}\",\"steps\":[{{{step},{variables}}}]}}")
        });
        report_of(&rows.collect::<Vec<_>>())
    };
    let all = with(100_000);
    assert_eq!((all.changes.is_computed, all.changes.count), (true, 100_000));
    let beyond = with(100_001);
    assert_eq!((beyond.changes.is_computed, beyond.changes.count, beyond.interactions), (false, 0, 101));
}

#[test]
fn types_beyond_those_that_are_told_apart_are_unknown_ones() {
    let steps: Vec<String> =
        (0..1_005).map(|kind| format!("{{{}}}", step(0).replace("ACTION", &format!("T{kind}")))).collect();
    let rows = [format!("{{\"interactionId\":\"i\",\"steps\":[{}]}}", steps.join(","))];
    let report = report_of(&rows);
    assert_eq!((report.steps, report.dwell[0].types.len()), (1_005, 1_000));
    assert_eq!(report.anomalies[0].count, 1_005);
}

/// An interaction that goes through these nodes, all at once.
fn row(id: usize, nodes: &[usize]) -> String {
    let steps: Vec<String> = nodes.iter().map(|node| format!("{{{}}}", step(*node))).collect();
    format!("{{\"interactionId\":\"i{id}\",\"steps\":[{}]}}", steps.join(","))
}

fn step(node: usize) -> String {
    let at = at(0);
    format!("\"nodeId\":\"n{node}\",\"nodeType\":\"ACTION\",\"startTime\":\"{at}\",\"endTime\":\"{at}\"")
}
