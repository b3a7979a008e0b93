//! A history that changes while it is read: that is noticed, and all of it is there in the end.

use serde_json::{Value, json};

use super::{id_of, query, report, run, stack_of};

fn codes(history: &Value) -> Vec<&str> {
    history["anomalies"].as_array().into_iter().flatten().filter_map(|anomaly| anomaly["code"].as_str()).collect()
}

#[test]
fn interactions_that_come_while_pages_are_read_are_noticed_and_nothing_is_missed() {
    let stack = stack_of(300);
    stack.sim().set_faults(&json!({"history": {"grows": 3}}));
    let before: Vec<String> = ids(&stack.sim().history_once(1_000));
    let over = run(&stack, &query(&json!({"page_size": 25})));
    stack.sim().set_faults(&json!({}));
    assert_eq!(over["outcome"], "completed", "{over}");
    assert!(codes(&over).contains(&"HISTORY_CHANGED"), "{over}");
    assert!(over["pass"].as_u64() > Some(1) && over["duplicates"].as_u64() > Some(0), "{over}");
    let told = report(&stack, &id_of(&over), "");
    assert!(told["interactions"].as_u64() >= Some(before.len() as u64), "{over}");
    let steps = stack.client().get(&format!("/v1/histories/{}/steps", id_of(&over)));
    for id in before {
        assert!(steps.text().contains(&format!("\"{id}\"")), "{id} was there from the beginning, and is not missed");
    }
}

#[test]
fn interactions_that_leave_or_go_on_meanwhile_hide_no_others() {
    for fault in ["shrinks", "resumes"] {
        let stack = stack_of(300);
        let before: Vec<String> = ids(&stack.sim().history_once(1_000));
        stack.sim().set_faults(&json!({"history": {fault: 2}}));
        let over = run(&stack, &query(&json!({"page_size": 25})));
        stack.sim().set_faults(&json!({}));
        let after: Vec<String> = ids(&stack.sim().history_once(1_000));
        assert_eq!(over["outcome"], "completed", "{fault}: {over}");
        assert!(codes(&over).contains(&"HISTORY_CHANGED"), "{fault}: {over}");
        let steps = stack.client().get(&format!("/v1/histories/{}/steps", id_of(&over)));
        for id in before.iter().filter(|id| after.contains(*id)) {
            assert!(
                steps.text().contains(&format!("\"{id}\"")),
                "{fault}: {id} was there all the time, and is not missed"
            );
        }
    }
}

#[test]
fn a_history_that_repeats_itself_for_ever_ends() {
    let stack = stack_of(300);
    stack.sim().set_faults(&json!({"history": {"repeats": true}}));
    let over = run(&stack, &query(&json!({"page_size": 20})));
    stack.sim().set_faults(&json!({}));
    assert_eq!(codes(&over), ["PAGES_REPEAT", "ROWS_MISSING"], "{over}");
    assert_eq!(over["rows"], 20, "the one page that there is: {over}");
    assert!(over["pages"].as_u64() < Some(20), "and few more were asked for: {over}");
    assert_eq!(over.pointer("/completion/compliance_status"), Some(&json!("REVIEW_REQUIRED")), "{over}");
}

#[test]
fn a_total_that_is_missing_or_wrong_is_not_relied_on() {
    let stack = stack_of(300);
    for (fault, expected, status) in [
        ("missing", Value::Null, "REVIEW_REQUIRED"),
        ("text", Value::Null, "REVIEW_REQUIRED"),
        ("too_many", json!(601), "REVIEW_REQUIRED"),
        ("too_few", json!(150), "REVIEW_REQUIRED"),
    ] {
        stack.sim().set_faults(&json!({"history": {"total": fault}}));
        let over = run(&stack, &query(&json!({"page_size": 40})));
        stack.sim().set_faults(&json!({}));
        assert_eq!((&over["outcome"], &over["rows"]), (&json!("completed"), &json!(300)), "{fault}: {over}");
        let completion = &over["completion"];
        assert_eq!(
            (&completion["records_expected"], &completion["compliance_status"]),
            (&expected, &json!(status)),
            "{over}"
        );
    }
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().filter_map(|row| row["interactionId"].as_str().map(str::to_owned)).collect()
}
