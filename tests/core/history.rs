//! Histories: what is computed of them against an oracle, in tables, and whatever their pages.

mod analyze;
mod anomaly;
mod bounds;
mod compare;
mod export;
mod hostile;
mod hours;
pub(crate) mod oracle;
mod property;
mod report;
mod split;
mod states;
mod steps;
mod variables;

use cxpulse_core::history::{Filter, Log, Options, Report};

/// The log of a page with these rows.
fn log_of(rows: &[String]) -> Log {
    let mut log = Log::new();
    log.page(&page_of(rows), 0).expect("a page");
    log
}

fn page_of(rows: &[String]) -> String {
    format!("{{\"data\":[{}]}}", rows.join(","))
}

fn report_of(rows: &[String]) -> Report {
    report_with(rows, &Options::default())
}

fn report_with(rows: &[String], options: &Options) -> Report {
    log_of(rows).report(options, &Filter::default()).expect("a workflow")
}

fn json_of(report: &Report) -> String {
    serde_json::to_string(report).expect("JSON")
}

/// An interaction in words: `a 0-5; b 5-9 error; check! 9-30`, seconds after 10:00 on a Monday. `!` is a decision's, `?` a
/// node's of a type that nobody knows; a time that is missing is left out: `a 3-`.
fn row(id: &str, words: &str) -> String {
    let steps: Vec<String> = words.split(';').map(step).collect();
    format!("{{\"interactionId\":\"{id}\",\"steps\":[{}]}}", steps.join(","))
}

fn step(words: &str) -> String {
    let mut words = words.split_whitespace();
    let name = words.next().expect("a step has a name");
    let (start, end) = words.next().and_then(|times| times.split_once('-')).expect("and times");
    let node_type = match name.chars().last() {
        Some('!') => "DECISION",
        Some('?') => "RIDDLE",
        _ => "ACTION",
    };
    let time = |word: &str| word.parse().map_or_else(|_| "null".into(), |seconds| format!("\"{}\"", at(seconds)));
    let (node, is_error) = (name.trim_end_matches(['!', '?']), words.next() == Some("error"));
    let (start, end) = (time(start), time(end));
    format!(
        "{{\"nodeId\":\"{node}\",\"nodeType\":\"{node_type}\",\"startTime\":{start},\"endTime\":{end},\
         \"variablesBefore\":{{}},\"variablesAfter\":{{}},\"errorState\":{is_error}}}"
    )
}

/// So many seconds after 2026-11-23T10:00:00Z.
fn at(seconds: u64) -> String {
    cxpulse_core::time::Timestamp::from_millis(MONDAY_TEN + seconds * 1_000).to_string()
}

const MONDAY_TEN: u64 = 1_795_428_000_000;
