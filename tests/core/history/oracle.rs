//! Real logs, against what PM4Py computes on them: every edge, its times, starts, ends, variants and dwell times.
//!
//! The logs have licences of their own and lie beside the project, in `../shared/data`; where they are absent, these tests
//! say so and hold nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

use cxpulse_core::history::report::Edge;
use cxpulse_core::history::{Filter, Log, Options, Report};
use flate2::read::GzDecoder;
use serde::Deserialize;

#[test]
fn receipt_is_as_pm4py_has_it() {
    check_against_oracle("receipt");
}

#[test]
fn sepsis_is_as_pm4py_has_it() {
    check_against_oracle("sepsis");
}

/// What PM4Py says; times in seconds.
#[derive(Deserialize)]
pub(crate) struct Oracle {
    dfg: Vec<(String, String, u64)>,
    start: BTreeMap<String, u64>,
    end: BTreeMap<String, u64>,
    perf: Vec<(String, String, Times)>,
    variants: u64,
    variant_counts: Vec<u64>,
    dwell_mean_s: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Times {
    mean: f64,
    median: f64,
    max: f64,
    min: f64,
    sum: f64,
    /// None of one alone.
    stdev: Option<f64>,
}

fn check_against_oracle(name: &str) {
    let Some(oracle) = Oracle::of(name) else { return };
    let mut text = String::new();
    let packed = fs::read(log_file(name)).expect("the log lies beside its oracle");
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("gzip");
    let mut log = Log::new();
    log.page(&text, 0).expect("a page");
    let options = Options { top: 20, ..Options::default() };
    check_report(&log.report(&options, &Filter::default()).expect("a workflow"), &oracle);
}

/// Holds a report of 20 variants to what PM4Py says.
pub(crate) fn check_report(report: &Report, oracle: &Oracle) {
    check_edges(report, oracle);
    let ends = |ends: &[cxpulse_core::history::report::NodeCount]| -> BTreeMap<String, u64> {
        ends.iter().map(|end| (end.node.clone(), end.count)).collect()
    };
    assert_eq!(ends(&report.dfg.start), oracle.start);
    assert_eq!(ends(&report.dfg.end), oracle.end);
    assert_eq!(report.variants.count, oracle.variants);
    let counts: Vec<u64> = report.variants.top.iter().map(|variant| variant.count).collect();
    assert_eq!(counts, oracle.variant_counts);
    let dwell: BTreeMap<_, _> = report.dwell.iter().map(|node| (node.node.clone(), node.times.mean)).collect();
    assert!(dwell.keys().eq(oracle.dwell_mean_s.keys()), "{:?}", dwell.keys());
    for (node, mean) in &oracle.dwell_mean_s {
        check_close(dwell[node], *mean, &format!("dwell of {node}"));
    }
}

fn check_edges(report: &Report, oracle: &Oracle) {
    let ours: BTreeMap<_, _> =
        report.dfg.edges.iter().map(|edge| ((edge.from.as_str(), edge.to.as_str()), edge)).collect();
    let theirs: BTreeMap<_, _> =
        oracle.dfg.iter().map(|(from, to, count)| ((from.as_str(), to.as_str()), *count)).collect();
    assert!(!theirs.is_empty() && ours.keys().eq(theirs.keys()), "the same edges");
    for (edge, count) in &theirs {
        assert_eq!(ours[edge].times.count, *count, "{edge:?}");
    }
    assert_eq!(oracle.perf.len(), ours.len());
    for (from, to, times) in &oracle.perf {
        check_times(ours[&(from.as_str(), to.as_str())], times);
    }
}

fn check_times(edge: &Edge, theirs: &Times) {
    let what = |which: &str| format!("{which} of {} -> {}", edge.from, edge.to);
    let ours = &edge.times;
    assert!(ours.is_exact);
    check_close(ours.mean, theirs.mean, &what("mean"));
    check_close(ours.p50, theirs.median, &what("median"));
    check_close(ours.max, theirs.max, &what("max"));
    check_close(ours.min, theirs.min, &what("min"));
    check_close(ours.sum, theirs.sum, &what("sum"));
    assert_eq!(ours.stdev.is_some(), theirs.stdev.is_some(), "{}", what("stdev"));
    check_close(ours.stdev.unwrap_or_default(), theirs.stdev.unwrap_or_default(), &what("stdev"));
}

/// To a millisecond; beyond 10^9 s to what a float holds.
fn check_close(ours: f64, theirs: f64, what: &str) {
    let allowed = (theirs.abs() * 1e-12).max(0.001);
    assert!((ours - theirs).abs() <= allowed, "{what}: {ours}, and PM4Py has {theirs}");
}

impl Oracle {
    /// Of the log of that name; `None`, saying so, where it is absent.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let file = folder().join(format!("{name}.pm4py.json"));
        let Ok(text) = fs::read_to_string(file) else {
            eprintln!("skipped: there is no {name} in ../shared/data");
            return None;
        };
        // Python writes a number that is none, which JSON does not have.
        Some(serde_json::from_str(&text.replace("NaN", "null")).expect("the oracle's shape"))
    }
}

/// Where the log of that name is.
pub(crate) fn log_file(name: &str) -> PathBuf {
    folder().join(format!("{name}.history.json.gz"))
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data")
}
