//! When the report is asked for, which answer counts, and what a person does about it.

use expect_test::expect;

use super::script::{SEEN, THREE, Watch, check_life};

#[test]
fn a_report_is_asked_for_with_the_first_rows_then_now_and_then_and_once_more_at_the_end() {
    check_life(
        THREE,
        "src https://x | opened | told woken | told page 100 of 300 | answer | told +1000ms; page 100 of 300 | wait 1000 | \
         wait 3500 | answer | told +100ms; page 100 of 300; page 0 of 300 | answer | wait 60000",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told woken: announce Status
            told page 100 of 300: announce Quarter(1), GET /report
            answer: 
            told +1000ms; page 100 of 300: announce Quarter(2)
            wait 1000: 
            wait 3500: GET /report
            answer: 
            told +100ms; page 100 of 300; page 0 of 300: announce Status, GET /report
            answer: 
            wait 60000: 
        "#]],
    );
}

#[test]
fn an_answer_to_an_earlier_question_never_replaces_a_newer_one() {
    let mut watch = Watch::of(THREE, &format!("{SEEN} | press error true | press error"));
    watch.take("answer");
    assert_eq!(shown(&watch), 20, "the answer to what nobody asks any more is thrown away");
    watch.take("press error true");
    watch.take("press node b");
    assert!(watch.model.is_behind());
    watch.take("answer");
    assert_eq!((shown(&watch), watch.model.is_behind()), (20, true), "it was of errors anywhere");
    watch.take("answer");
    assert_eq!((shown(&watch), watch.model.is_behind()), (0, false));
}

#[test]
fn a_person_narrows_the_report_and_widens_it_again() {
    check_life(
        THREE,
        &format!(
            "{SEEN} | press from 2026-11-20T00:00:00.000Z | answer | press node b | answer | press node | answer | press widen | answer"
        ),
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told woken; +1500ms; page 20 of 20: announce Status, GET /report
            answer: 
            press from 2026-11-20T00:00:00.000Z: GET /report?from=2026-11-20T00%3A00%3A00.000Z
            answer: announce the report
            press node b: GET /report?from=2026-11-20T00%3A00%3A00.000Z&node=b
            answer: announce the report
            press node: GET /report?from=2026-11-20T00%3A00%3A00.000Z
            answer: announce the report
            press widen: GET /report
            answer: announce the report
        "#]],
    );
}

#[test]
fn a_refused_question_rests_longer_each_time_and_a_person_need_not_wait() {
    check_life(
        THREE,
        "src https://x | opened | told woken; +1500ms; page 20 of 20 | refuse 503 {\"detail\":\"the object is busy\"} | \
         wait 4999 | wait 1 | refuse 0 | wait 9999 | wait 1 | refuse 422 {} | press again | answer | wait 60000",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told woken; +1500ms; page 20 of 20: announce Status, GET /report
            refuse 503 {"detail":"the object is busy"}: 
            wait 4999: 
            wait 1: GET /report
            refuse 0: 
            wait 9999: 
            wait 1: GET /report
            refuse 422 {}: 
            press again: GET /report
            answer: 
            wait 60000: 
        "#]],
    );
}

#[test]
fn nothing_is_asked_while_nobody_looks_or_the_server_is_out_of_reach() {
    check_life(
        THREE,
        "src https://x | opened | told woken | hidden | told page 20 of 100 | shown | answer | lost | wait 5000",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told woken: announce Status
            hidden: 
            told page 20 of 100: 
            shown: GET /report
            answer: 
            lost: 
            wait 5000: open with T
        "#]],
    );
}

#[test]
fn another_history_begins_with_nothing() {
    let watch = Watch::of(THREE, &format!("{SEEN} | press error true | src https://y"));
    assert!(watch.model.shown().is_none() && watch.model.filter.count() == 0);
}

#[test]
fn files_are_saved_one_at_a_time_of_what_is_shown() {
    check_life(
        THREE,
        &format!(
            "{SEEN} | press error true | answer | press save xes | press save csv | refuse 200 | press save steps | refuse 403 {{}} | press dismiss | press save report"
        ),
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told woken; +1500ms; page 20 of 20: announce Status, GET /report
            answer: 
            press error true: GET /report?error=true
            answer: announce the report
            press save xes: GET /export?format=xes&error=true
            press save csv: 
            refuse 200: announce the file
            press save steps: GET /steps?error=true
            refuse 403 {}: announce the file
            press dismiss: 
            press save report: GET /report?error=true
        "#]],
    );
}

#[test]
fn a_cancel_is_asked_about_and_what_has_come_stays() {
    check_life(
        THREE,
        "src https://x | opened | may cancel | told woken; page 20 of 100 | answer | press cancel | press dismiss | press cancel | \
         press confirm | canceled | answer",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            may cancel: 
            told woken; page 20 of 100: announce Status, GET /report
            answer: 
            press cancel: focus confirm
            press dismiss: focus cancel
            press cancel: focus confirm
            press confirm: POST /cancel {}
            canceled: announce the deed, announce Status, GET /report
            answer: 
        "#]],
    );
}

#[test]
fn what_the_page_may_not_do_or_what_is_no_press_leads_to_nothing() {
    let watch = Watch::of(THREE, &format!("{SEEN} | press cancel | press confirm | press close"));
    assert!(!watch.plan().contains("data-do=cancel"));
    use cxpulse_widget_history::model::Press;
    for (name, value) in [
        ("edges", "101"),
        ("edges", ""),
        ("table", "x"),
        ("key", "a"),
        ("measure", ""),
        ("save", "exe"),
        ("nothing", ""),
    ] {
        assert_eq!(Press::of(name, value), None, "{name} {value}");
    }
}

fn shown(watch: &Watch) -> u64 {
    watch.model.shown().map_or(0, |shown| shown.report.interactions)
}
