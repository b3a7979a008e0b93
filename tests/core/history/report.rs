//! Each part of the report in a small history whose figures can be reckoned by hand.

use cxpulse_core::history::report::Place;
use cxpulse_core::history::{Filter, Judged, Options, Outliers, Report, variant_id};
use cxpulse_core::time::{Span, Timestamp};

use super::{MONDAY_TEN, json_of, log_of, report_of, report_with, row};

#[test]
fn the_shape_is_the_one_that_is_promised() {
    let json: serde_json::Value =
        serde_json::from_str(&json_of(&report_of(&[row("i", "a 0-5; b 7-9")]))).expect("JSON");
    let pairs = [
        ("/interactions", "1"),
        ("/steps", "2"),
        ("/dfg/edges/0/from", "\"a\""),
        ("/dfg/edges/0/to", "\"b\""),
        ("/dfg/edges/0/count", "1"),
        ("/dfg/edges/0/mean", "2.0"),
        ("/dfg/edges/0/p95", "2.0"),
        ("/variants/count", "1"),
        ("/variants/top/0/nodes", "[\"a\",\"b\"]"),
        ("/variants/top/0/count", "1"),
        ("/variants/top/0/share", "1.0"),
        ("/dwell/0/node", "\"a\""),
        ("/dwell/0/count", "1"),
        ("/dwell/0/mean", "5.0"),
    ];
    for (pointer, value) in pairs {
        assert_eq!(json.pointer(pointer).map(ToString::to_string).as_deref(), Some(value), "{pointer}");
    }
    let again: Report = serde_json::from_value(json).expect("read as it was written");
    assert_eq!(again.variants.top[0].id, variant_id(["a", "b"].into_iter()));
}

#[test]
fn nothing_at_all_is_a_report_of_nothing() {
    let report = report_of(&[]);
    assert_eq!((report.interactions, report.steps, report.anomalies.len()), (0, 0, 0));
    assert!(report.duration.is_none() && report.period.is_none() && report.dfg.edges.is_empty());
}

#[test]
fn a_duration_is_shared_out_once_however_steps_overlap() {
    // a from 0 to 10, b within it and beyond it to 14, nothing until 20, c to 22.
    let report = report_of(&[row("i", "a 0-10; b 4-14; c 20-22")]);
    let shares: Vec<(Place, f64)> =
        report.bottlenecks.ranking.iter().map(|one| (one.place.clone(), one.contributed)).collect();
    let node = |node: &str| Place::Node { node: node.into() };
    let edge = Place::Edge { from: "b".into(), to: "c".into() };
    assert_eq!(shares, [(node("a"), 10.0), (edge, 6.0), (node("b"), 4.0), (node("c"), 2.0)]);
    assert_eq!(report.bottlenecks.total.to_bits(), 22.0_f64.to_bits());
    assert_eq!(report.dfg.edges[0].times.min.to_bits(), (-6.0_f64).to_bits(), "waiting is not cut at zero");
}

#[test]
fn a_bottleneck_is_beyond_the_threshold_and_a_decision_unless_all_are_judged() {
    let rows = [row("i", "a! 0-15; b! 15-31; c 31-99")];
    let flagged = |options: &Options| report_with(&rows, options).bottlenecks.flagged;
    assert_eq!(flagged(&Options::default()), 1);
    assert_eq!(flagged(&Options { judged: Judged::All, ..Options::default() }), 2);
    assert_eq!(flagged(&Options { threshold: Span::from_secs(14), ..Options::default() }), 2);
    assert_eq!(flagged(&Options { threshold: Span::from_secs(99), ..Options::default() }), 0);
}

#[test]
fn rework_is_told_by_kind_and_by_node() {
    let rows =
        [row("i", "a 0-1; a 1-2; b 2-3; a 3-4"), row("j", "a 0-1; b 1-2"), row("k", "c 0-1; d 1-2; e 2-3; c 3-4")];
    let rework = report_of(&rows).rework;
    assert_eq!((rework.interactions, rework.self_loops, rework.back_and_forth), (2, 1, 1));
    let a = &rework.nodes[0];
    assert_eq!((a.node.as_str(), a.self_loops, a.repeats, a.back_and_forth, a.interactions), ("a", 1, 2, 1, 1));
    assert_eq!((rework.nodes[1].node.as_str(), rework.nodes[1].repeats, rework.nodes[1].back_and_forth), ("c", 1, 0));
    assert_eq!(a.share.to_bits(), 0.5_f64.to_bits());
}

#[test]
fn errors_are_told_by_node_edge_and_variant_with_what_became_of_them() {
    let rows = [
        row("i", "a 0-1 error; a 1-2; b 2-3"),
        row("j", "a 0-1; b 1-2 error"),
        row("k", "a 0-1; b 1-2 error; c 2-3"),
        row("l", "a 0-1; b 1-2"),
    ];
    let report = report_of(&rows);
    let errors = &report.errors;
    assert_eq!((errors.steps, errors.interactions, errors.went_on, errors.recovered), (3, 3, 2, 1));
    let nodes: Vec<_> =
        errors.nodes.iter().map(|node| (node.node.as_str(), node.count, node.first, node.recovered)).collect();
    assert_eq!(nodes, [("b", 2, 2, 0), ("a", 1, 1, 1)]);
    let edge =
        report.dfg.edges.iter().find(|edge| (edge.from.as_str(), edge.to.as_str()) == ("a", "b")).expect("an edge");
    assert_eq!((edge.times.count, edge.errors), (4, 2));
    assert_eq!((report.variants.top[0].count, report.variants.top[0].errors), (2, 1));
}

#[test]
fn variables_are_told_by_what_happened_to_them() {
    let step = |before: &str, after: &str| {
        format!(
            "{{\"nodeId\":\"a\",\"nodeType\":\"ACTION\",\"startTime\":\"{0}\",\"endTime\":\"{0}\",\
             \"variablesBefore\":{before},\"variablesAfter\":{after}}}",
            super::at(0)
        )
    };
    let told = |before: &str, after: &str| {
        let steps = step(before, after);
        let changes = report_of(&[format!("{{\"interactionId\":\"i\",\"steps\":[{steps}]}}")]).changes;
        let mut told: Vec<String> = changes
            .top
            .iter()
            .map(|one| format!("{} {}{}{}{}", one.variable, one.changed, one.added, one.removed, one.retyped))
            .collect();
        told.sort();
        told.join(", ")
    };
    for (before, after, expected) in [
        (r#"{"x":1}"#, r#"{"x":1}"#, ""),
        (r#"{"x":1}"#, r#"{"x":2}"#, "x 1000"),
        (r#"{}"#, r#"{"x":2}"#, "x 0100"),
        (r#"{"x":2}"#, r#"{}"#, "x 0010"),
        (r#"{"x":2}"#, r#"{"x":"2"}"#, "x 0001"),
        (r#"{"x":null}"#, r#"{"x":"2"}"#, "x 1000"),
        (r#"{"x":true}"#, r#"{"x":false}"#, "x 1000"),
        (r#"{"x":[1, 2]}"#, r#"{"x":[1,2]}"#, ""),
        (r#"{"x":{"a":1,"b":2}}"#, r#"{"x":{"b":2,"a":1}}"#, ""),
        (r#"{"x":1.0}"#, r#"{"x":1}"#, ""),
        (r#"{"x":"\u0041"}"#, r#"{"x":"A"}"#, ""),
        (r#"{"\u0078":1}"#, r#"{"x":1}"#, ""),
        (r#"{"a":1,"b":2,"c":3}"#, r#"{"c":4,"b":2,"d":1}"#, "a 0010, c 1000, d 0100"),
        (r#"{"x":1}"#, "null", ""),
    ] {
        assert_eq!(told(before, after), expected, "{before} to {after}");
    }
}

#[test]
fn a_time_that_stands_out_from_its_past_is_found_and_nothing_is_said_of_the_first_thirty() {
    let lasting =
        |number: u64, len: u64| row(&format!("i{number}"), &format!("a {0}-{1}", number * 100, number * 100 + len));
    let mut rows: Vec<String> = (0..40).map(|number| lasting(number, 10 + number % 3)).collect();
    rows[5] = lasting(5, 60);
    rows[35] = lasting(35, 90);
    let found = report_of(&rows).outliers;
    assert_eq!((found.is_computed, found.count), (true, 1));
    assert_eq!(found.top[0].interaction, "i35");
    assert!(found.top[0].z > 3.0 && (found.top[0].value - 90.0).abs() < 1e-9);
    let skipped = report_with(&rows, &Options { outliers: Outliers::Skip, ..Options::default() }).outliers;
    assert_eq!((skipped.is_computed, skipped.count), (false, 0));
}

#[test]
fn filters_take_whole_interactions() {
    let rows = [row("i", "a 0-1; b 1-2"), row("j", "a 10-11; c 11-12 error"), row("k", "b 20-21")];
    let log = log_of(&rows);
    let kept = |filter: Filter| {
        let report = log.report(&Options::default(), &filter).expect("a workflow");
        report.variants.top.iter().map(|variant| variant.nodes.join("")).collect::<Vec<_>>().join(" ")
    };
    let instant = |seconds: u64| Some(Timestamp::from_millis(MONDAY_TEN + seconds * 1_000));
    assert_eq!(kept(Filter::default()), "ab ac b");
    assert_eq!(kept(Filter { from: instant(10), ..Filter::default() }), "ac b");
    assert_eq!(kept(Filter { until: instant(10), ..Filter::default() }), "ab");
    assert_eq!(kept(Filter { node: Some("b".into()), ..Filter::default() }), "ab b");
    assert_eq!(kept(Filter { node: Some("zz".into()), ..Filter::default() }), "");
    assert_eq!(kept(Filter { error: Some(true), ..Filter::default() }), "ac");
    assert_eq!(kept(Filter { error: Some(false), from: instant(5), ..Filter::default() }), "b");
    let variant = Some(variant_id(["a", "c"].into_iter()));
    assert_eq!(kept(Filter { variant, ..Filter::default() }), "ac");
}

#[test]
fn names_that_join_alike_are_different_variants() {
    assert_ne!(variant_id(["ab", "c"].into_iter()), variant_id(["a", "bc"].into_iter()));
}

#[test]
fn offsets_and_fractions_are_read_as_the_instants_that_they_name() {
    let step = |start: &str, end: &str| {
        format!(
            "{{\"interactionId\":\"{start}\",\"steps\":[{{\"nodeId\":\"a\",\"nodeType\":\"END\",\"startTime\":\"{start}\",\"endTime\":\"{end}\"}}]}}"
        )
    };
    for (start, end, seconds) in [
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:01.5Z", 1.5),
        ("2026-11-23T10:00:00.250Z", "2026-11-23T10:00:00.251Z", 0.001),
        ("2026-11-23T10:00:00+01:00", "2026-11-23T09:00:02Z", 2.0),
        ("2026-11-23T23:59:59.999Z", "2026-11-24T00:00:00.000Z", 0.001),
        ("2026-02-28T23:59:60Z", "2026-03-01T00:00:00.123456789Z", 1.123),
        ("2026-11-23t10:00:00z", "2026-11-23 10:00:09-00:30", 1_809.0),
    ] {
        let report = report_of(&[step(start, end)]);
        assert!((report.dwell[0].times.mean - seconds).abs() < 1e-9, "{start} {end}: {}", report.dwell[0].times.mean);
    }
}

#[test]
fn more_nodes_or_edges_than_a_workflow_has_are_refused() {
    let steps = |count: usize| (0..count).map(|node| format!("n{node} {node}-{node}")).collect::<Vec<_>>().join(";");
    let asked = |count| log_of(&[row("i", &steps(count))]).report(&Options::default(), &Filter::default());
    assert!(asked(10_000).is_ok());
    let refused = asked(10_001).expect_err("too many nodes").to_string();
    assert!(refused.contains("10000"), "{refused}");
}
