//! What holds of any history: counts add up, and neither pages nor their order show in the report.

use std::collections::BTreeMap;

use cxpulse_core::history::report::Place;
use cxpulse_core::history::{Filter, Log, Options, RELATIVE_ERROR, Report};
use proptest::prelude::*;
use proptest::sample::Index;

use super::{at, json_of, page_of, report_of};

/// A step: node, start, how long, whether it failed, and its variable after it. No two of an interaction are alike.
type Step = (u8, u64, u64, bool, Option<u8>);

proptest! {
    #[test]
    fn counts_add_up(cases in cases()) {
        let report = report_of(&rows(&cases));
        check_counts(&report, &cases);
        check_times(&report);
    }

    #[test]
    fn neither_pages_nor_their_order_show(cases in cases(), cuts in any::<Vec<Index>>(), order in any::<Vec<Index>>()) {
        let whole = json_of(&report_of(&rows(&cases)));
        let mut pages = cut(&cases, &cuts);
        let len = pages.len();
        for (at, index) in order.iter().enumerate().take(len) {
            pages.swap(at, index.index(len));
        }
        let mut log = Log::new();
        for (place, rows) in &pages {
            log.page(&page_of(rows), *place).expect("a page");
        }
        let report = log.report(&Options::default(), &Filter::default()).expect("a workflow");
        prop_assert_eq!(json_of(&report), whole);
    }

    #[test]
    fn interactions_can_be_forgotten_once_they_are_fed(cases in cases(), order in any::<Vec<Index>>()) {
        let mut rows = rows(&cases);
        let whole = json_of(&report_of(&rows));
        let len = rows.len();
        for (at, index) in order.iter().enumerate().take(len) {
            rows.swap(at, index.index(len));
        }
        let mut log = Log::new();
        let mut analysis = cxpulse_core::history::Analysis::new(Options::default(), Filter::default());
        for row in &rows {
            log.row(row, 0);
            log.flush(&mut analysis).expect("a workflow");
            prop_assert_eq!(log.steps(), 0);
        }
        prop_assert_eq!(json_of(&analysis.report(&log)), whole);
    }

    #[test]
    fn a_sketch_is_as_exact_as_it_says(mut values in proptest::collection::vec(lengths(), 4_097..6_000)) {
        let rows: Vec<String> = values.iter().enumerate().map(|(number, ms)| lasting(number, *ms)).collect();
        let report = report_of(&rows);
        let times = &report.dwell[0].times;
        prop_assert!(!times.is_exact);
        values.sort_unstable();
        for (ours, part) in [(times.p50, 0.5), (times.p95, 0.95)] {
            let exact = percentile(&values, part);
            prop_assert!((ours - exact).abs() <= exact.abs() * RELATIVE_ERROR + 0.001, "{} and {}", ours, exact);
        }
    }

    #[test]
    fn percentiles_of_few_are_those_of_the_times_themselves(mut values in proptest::collection::vec(lengths(), 1..200)) {
        let rows: Vec<String> = values.iter().enumerate().map(|(number, ms)| lasting(number, *ms)).collect();
        let report = report_of(&rows);
        let times = &report.dwell[0].times;
        values.sort_unstable();
        prop_assert!(times.is_exact);
        for (ours, part) in [(times.p50, 0.5), (times.p95, 0.95), (times.min, 0.0), (times.max, 1.0)] {
            prop_assert!((ours - percentile(&values, part)).abs() < 0.000_002);
        }
    }
}

fn cases() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = (0_u8..5, 0_u64..40, 0_u64..30, proptest::bool::weighted(0.2), proptest::option::of(0_u8..3));
    let unlike = |steps: Vec<Step>| {
        let steps: BTreeMap<(u64, u8), Step> = steps.into_iter().map(|step| ((step.1, step.0), step)).collect();
        steps.into_values().collect::<Vec<Step>>()
    };
    proptest::collection::vec(proptest::collection::vec(step, 1..9).prop_map(unlike), 1..8)
}

/// Milliseconds of any size up to some years.
fn lengths() -> impl Strategy<Value = u64> {
    (0_u32..38, any::<u64>()).prop_map(|(bits, value)| value % (1 << bits))
}

fn rows(cases: &[Vec<Step>]) -> Vec<String> {
    cases.iter().enumerate().map(|(number, steps)| row(number, steps)).collect()
}

fn row(number: usize, steps: &[Step]) -> String {
    let steps: Vec<String> = steps.iter().map(step).collect();
    format!("{{\"interactionId\":\"i{number}\",\"steps\":[{}]}}", steps.join(","))
}

fn step((node, start, len, is_error, variable): &Step) -> String {
    let after = variable.map_or_else(|| "{}".into(), |value| format!("{{\"v{value}\":{value},\"w\":\"{value}\"}}"));
    format!(
        "{{\"nodeId\":\"n{node}\",\"nodeType\":\"DECISION\",\"startTime\":\"{}\",\"endTime\":\"{}\",\
         \"variablesBefore\":{{\"w\":\"1\"}},\"variablesAfter\":{after},\"errorState\":{is_error}}}",
        at(*start),
        at(start + len),
    )
}

fn lasting(number: usize, ms: u64) -> String {
    let end = cxpulse_core::time::Timestamp::from_millis(super::MONDAY_TEN + ms);
    let (start, node) = (at(0), "\"nodeId\":\"a\",\"nodeType\":\"ACTION\"");
    format!("{{\"interactionId\":\"{number}\",\"steps\":[{{{node},\"startTime\":\"{start}\",\"endTime\":\"{end}\"}}]}}")
}

/// Linear between the nearest ranks, in seconds.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]
fn percentile(sorted: &[u64], part: f64) -> f64 {
    let rank = (sorted.len() - 1) as f64 * part;
    let (low, high) = (sorted[rank.floor() as usize] as f64, sorted[rank.ceil() as usize] as f64);
    (low + (high - low) * rank.fract()) / 1_000.0
}

/// Pages of rows, with the place of each, cut between any two steps.
fn cut(cases: &[Vec<Step>], cuts: &[Index]) -> Vec<(u32, Vec<String>)> {
    let mut pages = vec![(0, Vec::new())];
    let mut cuts = cuts.iter();
    for (number, steps) in cases.iter().enumerate() {
        let mut rest = steps.as_slice();
        while !rest.is_empty() {
            let len = cuts.next().map_or(rest.len(), |cut| cut.index(rest.len()) + 1);
            let place = u32::try_from(pages.len()).expect("few");
            let page = pages.last_mut().expect("at least one");
            page.1.push(row(number, &rest[..len]));
            if len < rest.len() {
                pages.push((place, Vec::new()));
            }
            rest = &rest[len..];
        }
    }
    pages
}

fn check_counts(report: &Report, cases: &[Vec<Step>]) {
    let steps: usize = cases.iter().map(Vec::len).sum();
    assert_eq!(report.interactions, u64::try_from(cases.len()).expect("few"));
    assert_eq!(report.steps, u64::try_from(steps).expect("few"));
    let mut out: BTreeMap<&str, u64> = BTreeMap::new();
    let mut into: BTreeMap<&str, u64> = BTreeMap::new();
    for edge in &report.dfg.edges {
        *out.entry(&edge.from).or_default() += edge.times.count;
        *into.entry(&edge.to).or_default() += edge.times.count;
        assert!(edge.interactions <= edge.times.count && edge.errors <= edge.times.count);
    }
    for end in &report.dfg.end {
        *out.entry(&end.node).or_default() += end.count;
    }
    for start in &report.dfg.start {
        *into.entry(&start.node).or_default() += start.count;
    }
    let visits: BTreeMap<&str, u64> = report.dwell.iter().map(|node| (node.node.as_str(), node.times.count)).collect();
    assert_eq!(out, visits, "what leaves a node, or ends there, came there");
    assert_eq!(into, visits, "what comes to a node, or starts there, is there");
    let listed: u64 = report.variants.top.iter().map(|variant| variant.count).sum();
    assert_eq!(listed, report.interactions, "so few have all their variants listed");
    let errors: u64 = report.errors.nodes.iter().map(|node| node.count).sum();
    let first: u64 = report.errors.nodes.iter().map(|node| node.first).sum();
    assert_eq!((errors, first), (report.errors.steps, report.errors.interactions));
    assert!(report.errors.recovered <= report.errors.went_on && report.errors.went_on <= report.errors.interactions);
}

/// Nodes and edges share out all durations, to the millisecond.
fn check_times(report: &Report) {
    let nodes: f64 = report.dwell.iter().map(|node| node.contributed).sum();
    let edges: f64 = report.dfg.edges.iter().map(|edge| edge.contributed).sum();
    let total = report.duration.as_ref().map_or(0.0, |duration| duration.sum);
    assert!((nodes + edges - total).abs() < 0.000_5, "{nodes} and {edges} are not {total}");
    let flagged: u64 = report.dwell.iter().map(|node| node.flagged).sum();
    assert_eq!(flagged, report.bottlenecks.flagged);
    for one in &report.bottlenecks.ranking {
        assert!(one.contributed > 0.0 && one.share <= 1.0);
        assert!(matches!(one.place, Place::Node { .. }) || one.flagged == 0);
    }
}
