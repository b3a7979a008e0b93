//! A table for each thing that may be wrong with a history: what is counted, what becomes of it, and the examples.

use cxpulse_core::history::{Log, MissingEnd, Options, Report};
use expect_test::{Expect, expect};

use super::{json_of, report_of, report_with, row, step};

#[test]
fn a_step_without_an_end_is_left_out() {
    check(
        &report_of(&[row("i", "a 0-; b 5-9")]),
        &expect![[r#"
        1 interactions, 1 steps
        missing_end 1: i/a: starts at 2026-11-23T10:00:00.000Z
    "#]],
    );
}

#[test]
fn a_step_without_an_end_takes_the_next_start_where_that_is_asked_for_and_the_last_one_is_left_out() {
    let options = Options { missing_end: MissingEnd::TakeNextStart, ..Options::default() };
    let report = report_with(&[row("i", "a 0-; b 5-9; c 9-")], &options);
    assert_eq!(report.dwell[0].times.mean.to_bits(), 5.0_f64.to_bits());
    check(
        &report,
        &expect![[r#"
        1 interactions, 2 steps
        missing_end 2: i/a: starts at 2026-11-23T10:00:00.000Z | i/c: starts at 2026-11-23T10:00:09.000Z
    "#]],
    );
}

#[test]
fn a_step_without_a_start_is_left_out_and_an_interaction_of_such_steps_is_none() {
    check(
        &report_of(&[row("i", "a -3"), row("j", "a 0-3")]),
        &expect![[r#"
        1 interactions, 1 steps
        empty_interaction 1: i/-: no step with both times
        missing_start 1: i/a: null
    "#]],
    );
}

#[test]
fn an_end_before_its_start_counts_as_it_is() {
    let report = report_of(&[row("i", "a 9-5; b 9-10")]);
    assert_eq!(report.dwell[0].times.min.to_bits(), (-4.0_f64).to_bits());
    check(
        &report,
        &expect![[r#"
        1 interactions, 2 steps
        end_before_start 1: i/a: ends 4000 ms before it starts
    "#]],
    );
}

#[test]
fn steps_out_of_order_are_put_in_order() {
    let report = report_of(&[row("i", "b 5-9; a 0-5; c 9-10")]);
    assert_eq!(report.variants.top[0].nodes, ["a", "b", "c"]);
    check(
        &report,
        &expect![[r#"
        1 interactions, 3 steps
        out_of_order 1: i/a: starts at 2026-11-23T10:00:00.000Z
    "#]],
    );
}

#[test]
fn a_type_that_nobody_knows_decides_nothing() {
    let report = report_of(&[row("i", "a? 0-50; b! 50-90")]);
    assert_eq!(report.bottlenecks.flagged, 1);
    check(
        &report,
        &expect![[r#"
        1 interactions, 2 steps
        unknown_node_type 1: i/a: RIDDLE
    "#]],
    );
}

#[test]
fn times_need_a_zone_and_to_be_times() {
    let steps = [
        with("startTime", "\"2026-11-23T10:00:00\""),
        with("startTime", "\"2026-11-23 10:00:00.25\""),
        with("endTime", "\"soon\""),
        with("endTime", "1795428000000"),
        with("startTime", "\"2026-11-23T11:00:00.5+01:00\""),
        with("endTime", "\"\""),
    ];
    check(
        &report_of(&[of_steps(&steps)]),
        &expect![[r#"
        1 interactions, 1 steps
        missing_end 1: i/a: starts at 2026-11-23T10:00:00.000Z
        zoneless_time 2: i/a: 2026-11-23 10:00:00.25 | i/a: 2026-11-23T10:00:00
        unreadable_time 2: i/a: 1795428000000 | i/a: soon
        out_of_order 1: i/a: starts at 2026-11-23T10:00:00.000Z
    "#]],
    );
}

#[test]
fn a_node_has_a_name_that_is_text_or_a_number() {
    let long = format!("\"{}\"", "x".repeat(1_025));
    let steps = [
        with("nodeId", "null"),
        with("nodeId", "\"\""),
        with("nodeId", "{}"),
        with("nodeId", &long),
        with("nodeId", "17"),
    ];
    let report = report_of(&[of_steps(&steps)]);
    assert_eq!(report.dwell[0].node, "17");
    check(
        &report,
        &expect![[r#"
        1 interactions, 1 steps
        unreadable_node 4: i/-:  | i/-: null | i/-: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
    "#]],
    );
}

#[test]
fn of_a_repeated_name_the_last_one_counts() {
    let twice = step("a 0-5").replacen('{', "{\"nodeId\":\"z\",", 1);
    let variables =
        with("variablesBefore", "{\"x\":1,\"x\":2}").replace("\"variablesAfter\":{}", "\"variablesAfter\":{\"x\":2}");
    let report = report_of(&[of_steps(&[twice, variables])]);
    assert_eq!(report.changes.count, 0, "the last x is the same");
    check(
        &report,
        &expect![[r#"
        1 interactions, 2 steps
        repeated_key 2: i/a: a name of the step | i/a: a name of the variables
    "#]],
    );
}

#[test]
fn variables_and_error_states_of_other_types_say_nothing() {
    let steps = [with("variablesAfter", "[1]"), with("errorState", "\"true\""), with("errorState", "null")];
    let report = report_of(&[of_steps(&steps)]);
    assert_eq!(report.errors.steps, 0);
    check(
        &report,
        &expect![[r#"
        1 interactions, 3 steps
        unreadable_variables 1: i/a: no object
        unreadable_error_state 1: i/a: "true"
    "#]],
    );
}

#[test]
fn rows_that_are_none_are_counted() {
    let rows =
        ["7".into(), "{\"steps\":[]}".into(), "{\"interactionId\":\"x\"}".into(), "[]".into(), row("i", "a 0-5")];
    check(
        &report_of(&rows),
        &expect![[r#"
        1 interactions, 1 steps
        unreadable_row 4: ?/-: 7 | ?/-: [] | ?/-: no interactionId
    "#]],
    );
}

#[test]
fn a_step_that_is_no_object_is_counted() {
    check(
        &report_of(&[of_steps(&["null".into(), step("a 0-5"), "[{}]".into()])]),
        &expect![[r#"
        1 interactions, 1 steps
        unreadable_step 2: i/-: [{}] | i/-: null
    "#]],
    );
}

#[test]
fn what_two_rows_have_counts_once_and_what_one_row_has_twice_counts_twice() {
    let (once, twice) = (row("i", "a 0-5; b 5-9"), row("i", "b 5-9; b 5-9; c 9-9"));
    check(
        &report_of(&[once.clone(), once, twice]),
        &expect![[r#"
        1 interactions, 4 steps
        repeated_step 3: i/a: starts at 2026-11-23T10:00:00.000Z | i/b: starts at 2026-11-23T10:00:05.000Z
    "#]],
    );
}

#[test]
fn of_more_steps_than_an_interaction_may_have_the_earliest_count() {
    let steps: Vec<String> = (0..100_003).map(|number| format!("n{} {number}-{number}", number % 7)).collect();
    check(
        &report_of(&[row("i", &steps.join(";"))]),
        &expect![[r#"
        1 interactions, 100000 steps
        too_many_steps 3: i/n0: starts at 2026-11-24T13:46:42.000Z | i/n5: starts at 2026-11-24T13:46:40.000Z | i/n6: starts at 2026-11-24T13:46:41.000Z
    "#]],
    );
}

#[test]
fn lines_that_are_no_rows_are_counted_and_the_others_stay() {
    let mut log = Log::new();
    let whole = row("i", "a 0-5");
    let lines = [whole.as_str(), "{\"interactionId\":\"j\",\"steps\":[{", "nonsense", &format!("{whole} {whole}")];
    for (place, line) in (0..).zip(lines) {
        log.row(line, place);
    }
    log.oversized("{\"interactionId\":\"k\"");
    let report = log.report(&Options::default(), &cxpulse_core::history::Filter::default()).expect("a workflow");
    check(
        &report,
        &expect![[r#"
        1 interactions, 1 steps
        unreadable_row 3: ?/-: nonsense | ?/-: {"interactionId":"i","steps":[{"nodeId":"a","nodeType":"ACTION","startTime":"202 | ?/-: {"interactionId":"j","steps":[{
        oversized_row 1: ?/-: {"interactionId":"k"
    "#]],
    );
}

#[test]
fn examples_are_the_same_three_whatever_came_first() {
    let rows: Vec<String> = (0..9).map(|number| row(&format!("i{number}"), "a 0-")).collect();
    let reversed: Vec<String> = rows.iter().rev().cloned().collect();
    assert_eq!(json_of(&report_of(&rows)), json_of(&report_of(&reversed)));
}

/// A step of node `a` with one field replaced.
fn with(name: &str, value: &str) -> String {
    let step = step("a 0-5");
    let from = step.find(&format!("\"{name}\":")).expect("a field") + name.len() + 3;
    let len = step[from..].find(",\"").unwrap_or(step.len() - from - 1);
    format!("{}{value}{}", &step[..from], &step[from + len..])
}

fn of_steps(steps: &[String]) -> String {
    format!("{{\"interactionId\":\"i\",\"steps\":[{}]}}", steps.join(","))
}

#[track_caller]
fn check(report: &Report, expect: &Expect) {
    let mut text = format!("{} interactions, {} steps\n", report.interactions, report.steps);
    for anomaly in &report.anomalies {
        let kind = serde_json::to_value(anomaly.kind).expect("JSON");
        let examples: Vec<String> = anomaly
            .examples
            .iter()
            .map(|one| {
                let (whose, node) = (one.interaction.as_deref().unwrap_or("?"), one.node.as_deref().unwrap_or("-"));
                format!("{whose}/{node}: {}", one.found)
            })
            .collect();
        text.push_str(&format!("{} {}: {}\n", kind.as_str().unwrap_or_default(), anomaly.count, examples.join(" | ")));
    }
    expect.assert_eq(&text);
}
