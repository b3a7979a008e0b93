//! The report for each step.

use cxpulse_core::history::{MissingEnd, Options, write_steps};
use expect_test::expect;

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
fn what_is_no_page_is_a_fault() {
    let mut out = String::new();
    let error = write_steps("{\"data\":[{]}", &Options::default(), &mut out).expect_err("no JSON").to_string();
    assert_eq!(error, "a string is expected at byte 10");
}

fn lines(text: &str, options: &Options) -> String {
    let mut out = String::new();
    write_steps(text, options, &mut out).expect("written");
    out
}
