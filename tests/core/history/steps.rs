//! The report for each step.

use cxpulse_core::history::{Filter, Log, MissingEnd, Options, StepNotes, StepsError, write_steps};
use expect_test::expect;
use proptest::prelude::*;

use super::{at, page_of, row};

#[test]
fn a_step_is_told_with_what_it_changed() {
    let row = format!(
        "{{\"steps\":[{{\"nodeId\":\"a\\\"b\",\"nodeType\":\"ROUTING\",\"startTime\":\"{}\",\"endTime\":\"{}\",\
         \"variablesBefore\":{{\"x\":1,\"gone\":[1,\n2],\"t\":\"1\"}},\"variablesAfter\":{{\"x\":2,\"t\":1,\"new\":{{}}}},\
         \"errorState\":true}}],\"interactionId\":\"i\\n\"}}",
        at(0),
        at(16)
    );
    let expected = expect![[r#"
        {"interaction":"i\n","node":"a\"b","type":"ROUTING","start":"2026-11-23T10:00:00.000Z","end":"2026-11-23T10:00:16.000Z","dwell":16,"is_decision":true,"is_bottleneck":true,"error":true,"changes":{"changed":{"x":{"before":1,"after":2}},"added":{"new":{}},"removed":{"gone":[1, 2]},"retyped":{"t":{"before":"1","after":1}}}}
    "#]];
    expected.assert_eq(&lines(&row, &Options::default()));
}

#[test]
fn every_line_is_json_and_steps_without_an_end_are_left_out_or_ended() {
    let page = page_of(&[row("i", "a 0-; b! 5-9; c 9-"), row("j", "a 0-4")]);
    let nodes = |options: &Options| {
        let value = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON");
        lines(&page, options)
            .lines()
            .map(|line| format!("{}{}", value(line)["node"], value(line)["dwell"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(nodes(&Options::default()), ["\"b\"4", "\"a\"4"]);
    let mended = Options { missing_end: MissingEnd::TakeNextStart, ..Options::default() };
    assert_eq!(nodes(&mended), ["\"a\"5", "\"b\"4", "\"a\"4"]);
}

#[test]
fn times_of_any_days_in_any_order_are_written_as_they_came() {
    // Days that share a last digit, eight days apart, ten days, months, leap days, and the ends of what a date can say.
    let dates = [
        "2026-11-01",
        "2026-11-11",
        "2026-11-09",
        "2026-11-19",
        "2026-12-01",
        "2026-11-01",
        "2024-02-29",
        "2024-02-28",
        "1970-01-01",
        "9999-12-31",
        "2025-02-28",
        "1970-01-09",
        "2026-11-11",
    ];
    let times: Vec<String> =
        (0..).zip(dates).map(|(ms, date)| format!("{date}T23:0{}:59.{:03}Z", ms % 6, ms * 83)).collect();
    for pair in times.windows(2) {
        let steps: Vec<String> = times
            .iter()
            .zip(pair.iter().cycle())
            .map(|(start, end)| format!("{{\"nodeId\":\"a\",\"startTime\":\"{start}\",\"endTime\":\"{end}\"}}"))
            .collect();
        let page = page_of(&[format!("{{\"interactionId\":\"i\",\"steps\":[{}]}}", steps.join(","))]);
        let told = lines(&page, &Options::default());
        assert_eq!(told.lines().count(), times.len());
        for ((line, start), end) in told.lines().zip(&times).zip(pair.iter().cycle()) {
            let line = value(line);
            assert_eq!((line["start"].as_str(), line["end"].as_str()), (Some(start.as_str()), Some(end.as_str())));
            let dwell = seconds(end) - seconds(start);
            assert!((line["dwell"].as_f64().expect("a number") - dwell).abs() < 0.000_1, "{line}");
        }
    }
}

#[test]
fn what_is_no_page_is_a_fault() {
    let mut out = String::new();
    let error = write_steps("{\"data\":[{]}", &Options::default(), &mut out).expect_err("no JSON").to_string();
    assert_eq!(error, "a string is expected at byte 10");
}

#[test]
fn what_two_rows_tell_is_told_once_with_the_values_of_the_first() {
    let rows = [row("i", "a 0-5; b 5-9"), row("j", "a 0-5"), row("i", "b 5-9; b 5-9; c 9-9"), row("i", "a 0-5")];
    let told = |words: &str| words.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>();
    assert_eq!(names(&lines(&page_of(&rows), &Options::default())), told("ia5 ib4 ja5 ib4 ic0"));
    assert_eq!(names(&stored(&rows, &Options::default())), told("ia5 ib4 ja5 ib4 ic0"));
}

#[test]
fn steps_that_differ_in_anything_but_values_are_two() {
    let with = |after: &str| row("i", "a 0-5").replace("\"variablesAfter\":{}", &format!("\"variablesAfter\":{after}"));
    let count = |rows: &[String]| lines(&page_of(rows), &Options::default()).lines().count();
    for (other, expected) in [
        (with("{}"), 1),
        (with("{\"x\":1}"), 2),
        (row("i", "a 0-6"), 2),
        (row("i", "a 1-5"), 2),
        (row("i", "b 0-5"), 2),
        (row("i", "a! 0-5"), 2),
        (row("i", "a 0-5 error"), 2),
        (row("k", "a 0-5"), 2),
    ] {
        assert_eq!(count(&[row("i", "a 0-5"), other.clone()]), expected, "{other}");
    }
    assert_eq!(count(&[with("{\"x\":1}"), with("{\"x\":2}")]), 1, "values are not what a step is known by");
}

#[test]
fn a_missing_end_takes_the_start_that_another_row_has() {
    let mended = Options { missing_end: MissingEnd::TakeNextStart, ..Options::default() };
    let rows = [row("i", "a 0-; d 30-31"), row("i", "a 0-; b 5-9; c 9-"), row("j", "a 3-")];
    assert_eq!(names(&stored(&rows, &mended)), ["ia5", "id1", "ib4", "ic21"]);
    let report = super::report_with(&rows, &mended);
    assert_eq!((report.steps, report.dwell[0].times.mean.to_bits()), (4, 5.0_f64.to_bits()), "as the report has it");
}

#[test]
fn a_row_with_a_list_called_data_is_a_row() {
    let row = row("i", "a 0-5").replacen('{', "{\"data\":[{\"interactionId\":\"x\",\"steps\":[]}],", 1);
    assert_eq!(names(&stored(std::slice::from_ref(&row), &Options::default())), ["ia5"]);
    let mut log = Log::new();
    log.row(&row, 0);
    let report = log.report(&Options::default(), &Filter::default()).expect("a workflow");
    assert_eq!((log.rows(), report.interactions, report.anomalies.len()), (1, 1, 0));
    log.row(&page_of(&[super::row("j", "a 0-5")]), 1);
    let report = log.report(&Options::default(), &Filter::default()).expect("a workflow");
    assert_eq!((report.interactions, report.anomalies[0].count), (1, 1), "and a page is none");
}

#[test]
fn rows_that_cannot_be_read_are_nobodys() {
    let whole = row("i", "a 0-5");
    let rows = [whole.clone(), "{\"interactionId\":\"i\",\"steps\":[{".into(), format!("{whole} {whole}"), "[]".into()];
    assert_eq!(names(&stored(&rows, &Options::default())), ["ia5"]);
}

#[test]
fn a_writer_that_fails_ends_it() {
    struct Full;
    impl std::fmt::Write for Full {
        fn write_str(&mut self, _: &str) -> std::fmt::Result {
            Err(std::fmt::Error)
        }
    }
    let page = page_of(&[row("i", "a 0-5")]);
    assert_eq!(write_steps(&page, &Options::default(), &mut Full), Err(StepsError::Writer));
}

proptest! {
    #[test]
    fn however_steps_are_spread_over_rows_as_many_are_told_as_the_report_counts(
        rows in proptest::collection::vec((0_u8..3, proptest::collection::vec((0_u8..3, 0_u64..4, proptest::option::of(0_u64..4)), 0..5)), 1..8),
        is_mended in any::<bool>(),
    ) {
        let missing_end = if is_mended { MissingEnd::TakeNextStart } else { MissingEnd::LeaveOut };
        let options = Options { missing_end, ..Options::default() };
        let words = |(node, start, len): &(u8, u64, Option<u64>)| {
            format!("n{node} {start}-{}", len.map_or_else(String::new, |len| (start + len).to_string()))
        };
        let texts: Vec<String> = rows
            .iter()
            .map(|(id, steps)| {
                let steps: Vec<String> = steps.iter().map(|words_of| super::step(&words(words_of))).collect();
                format!("{{\"interactionId\":\"i{id}\",\"steps\":[{}]}}", steps.join(","))
            })
            .collect();
        let report = super::report_with(&texts, &options);
        let told = stored(&texts, &options);
        prop_assert_eq!(u64::try_from(told.lines().count()).expect("few"), report.steps);
        prop_assert_eq!(&told, &lines(&page_of(&texts), &options));
        let dwell: f64 = told.lines().map(|line| value(line)["dwell"].as_f64().expect("a number")).sum();
        let counted: f64 = report.dwell.iter().map(|node| node.times.sum).sum();
        prop_assert!((dwell - counted).abs() < 1e-6, "{} and {}", dwell, counted);
    }
}

/// As a shell writes rows that it has stored.
fn stored(rows: &[String], options: &Options) -> String {
    let mut notes = StepNotes::new(options.clone());
    rows.iter().for_each(|row| notes.row(row).expect("few"));
    let (mut lines, mut out) = (notes.finish(), String::new());
    rows.iter().for_each(|row| lines.row(row, &mut out).expect("written"));
    out
}

/// Interaction, node and dwell time of each line.
fn names(lines: &str) -> Vec<String> {
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let name = |line: &str| {
        let line = value(line);
        format!("{}{}{}", text(&line["interaction"]), text(&line["node"]), line["dwell"])
    };
    lines.lines().map(name).collect()
}

/// Since 1970.
fn seconds(text: &str) -> f64 {
    let at = cxpulse_core::time::Timestamp::parse_rfc3339(text).expect("a time");
    std::time::Duration::from_millis(at.as_millis()).as_secs_f64()
}

fn value(line: &str) -> serde_json::Value {
    serde_json::from_str(line).expect("JSON")
}

fn lines(text: &str, options: &Options) -> String {
    let mut out = String::new();
    write_steps(text, options, &mut out).expect("written");
    out
}
