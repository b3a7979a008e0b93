//! Whatever comes, nothing panics, and what is sound beside it is still read.

use cxpulse_core::history::{
    Filter, Log, MissingEnd, Options, Report, write_csv, write_dot, write_mermaid, write_steps, write_xes,
};
use proptest::prelude::*;
use proptest::sample::Index;

use super::{page_of, row};

proptest! {
    #[test]
    fn no_text_breaks_it(text in any::<String>()) {
        all_of(&text);
    }

    #[test]
    fn no_change_of_a_page_breaks_it(at in any::<Index>(), len in 0_usize..6, with in "[\\[\\]{}\",:0-9eE.\\\\u+TZntf -]{0,6}") {
        let mut page: Vec<char> = page_of(&[row("i", "a 0-5; b! 5-30 error"), row("j", "a 1-; b? 9-3")]).chars().collect();
        let from = at.index(page.len());
        let to = (from + len).min(page.len());
        page.splice(from..to, with.chars());
        all_of(&page.into_iter().collect::<String>());
    }

    #[test]
    fn what_serde_refuses_is_refused_and_what_it_takes_is_taken(at in any::<Index>(), with in "[\\[\\]{}\",:0-9eE.\\\\u+tn -]{0,3}") {
        let mut page = "{\"data\":[],\"x\":[1.5e3,-0,true,false,null,{\"k\":\"v\\u0041\\n\"},\"\",{}]}".to_owned();
        let from = at.index(page.len());
        page.replace_range(from..=from, &with);
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&page).is_ok();
        // A list or an object is what we take; a plain value is JSON, and no page.
        let is_page = page.trim_start().starts_with(['{', '[']);
        prop_assert_eq!(Log::new().page(&page, 0).is_ok(), theirs && is_page, "{}", page);
    }
}

#[test]
fn times_of_ten_thousand_years_add_up_somehow() {
    let step = "{\"nodeId\":\"a\",\"nodeType\":\"END\",\"startTime\":\"1970-01-01T00:00:00Z\",\"endTime\":\"9999-12-31T23:59:59.999Z\"}";
    let back = "{\"nodeId\":\"b\",\"nodeType\":\"END\",\"startTime\":\"1970-01-01T00:00:00Z\",\"endTime\":\"1970-01-01T00:00:00Z\"}";
    let steps = [step, back].repeat(6_000).join(",");
    let report = all_of(&page_of(&[format!("{{\"interactionId\":\"i\",\"steps\":[{steps}]}}")])).expect("a workflow");
    assert_eq!(report.dwell[0].times.count, 6_000);
    assert!((report.dwell[0].times.max - 253_402_300_799.999).abs() < 0.001);
    assert!((report.dwell[0].times.p50 / report.dwell[0].times.max - 1.0).abs() < 0.008);
    assert!(report.dfg.edges.iter().any(|edge| edge.times.min < -253_402_300_000.0));
}

#[test]
fn depth_is_bounded() {
    let deep = format!("{{\"data\":[],\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let fault = Log::new().page(&deep, 0).expect_err("too deep");
    assert_eq!(fault.what, "nested too deep");
}

#[test]
fn a_million_steps_of_one_interaction_are_analysed_up_to_the_bound() {
    let step = "{\"nodeId\":\"a\",\"nodeType\":\"END\",\"startTime\":\"2026-11-23T10:00:00Z\",\"endTime\":\"2026-11-23T10:00:00Z\"}";
    let steps = vec![step; 1_000_000].join(",");
    let mut log = Log::new();
    log.page(&format!("[{{\"interactionId\":\"i\",\"steps\":[{steps}]}}]"), 0).expect("a page");
    let report = log.report(&Options::default(), &Filter::default()).expect("a workflow");
    assert_eq!((report.steps, report.anomalies[0].count), (100_000, 900_000));
}

#[test]
fn variables_by_the_thousand_and_in_any_order_cost_no_more_than_sorting() {
    let names = |from: usize| -> String {
        (from..from + 20_000).rev().map(|name| format!("\"v{name}\":{name}")).collect::<Vec<_>>().join(",")
    };
    let step = format!(
        "{{\"nodeId\":\"a\",\"nodeType\":\"END\",\"startTime\":\"2026-11-23T10:00:00Z\",\"endTime\":\"2026-11-23T10:00:00Z\",\
         \"variablesBefore\":{{{}}},\"variablesAfter\":{{{}}}}}",
        names(0),
        names(1)
    );
    let report = all_of(&page_of(&[format!("{{\"interactionId\":\"i\",\"steps\":[{step}]}}")])).expect("a workflow");
    assert_eq!(report.changes.count, 2, "one came and one went");
}

/// Everything that can be made of a text.
fn all_of(text: &str) -> Option<Report> {
    let options = Options { missing_end: MissingEnd::TakeNextStart, ..Options::default() };
    let mut log = Log::new();
    let is_page = log.page(text, 0).is_ok();
    log.row(text, 1);
    let mut out = String::new();
    let is_written = write_steps(text, &options, &mut out).is_ok();
    assert_eq!(is_page, is_written, "either reads what the other reads");
    let report = log.report(&options, &Filter::default()).ok()?;
    write_csv(&log, &options, &Filter::default(), &mut out).ok()?;
    write_xes(&log, &options, &Filter::default(), &mut out).ok()?;
    write_dot(&report, &mut out).ok()?;
    write_mermaid(&report, &mut out).ok()?;
    Some(report)
}
