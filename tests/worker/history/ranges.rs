//! Pages that break off: what came is kept, and the rest of it asked for, where CXone gives parts.

use serde_json::{Value, json};

use super::{expected, id_of, query, report, run, stack_of};

#[test]
fn a_page_that_breaks_off_goes_on_where_it_broke() {
    let stack = stack_of(400);
    let calm = expected(&stack, "");
    // No answer has more than so many bytes of the page: only in parts it is ever whole.
    stack.sim().set_faults(&json!({"history": {"cut": 1.0, "cut_at": 300_000}}));
    let over = run(&stack, &query(&json!({"page_size": 400})));
    stack.sim().calm();
    assert_eq!(
        (&over["outcome"], &over["rows"], &over["pages"]),
        (&json!("completed"), &json!(400), &json!(2)),
        "{over}"
    );
    assert!(over["failures"].as_u64() >= Some(2), "it broke off more than once: {over}");
    assert_eq!(over["duplicates"], 0, "{over}");
    assert_eq!(report(&stack, &id_of(&over), ""), calm);
}

#[test]
fn parts_that_are_wrong_ignored_or_of_another_page_are_not_mixed_in() {
    let stack = stack_of(400);
    let calm = expected(&stack, "");
    for fault in ["range_ignored", "range_misplaced", "range_retagged"] {
        stack.sim().set_faults(&json!({"seed": 5, "history": {"cut": 0.6, fault: 0.7}}));
        let over = run(&stack, &query(&json!({"page_size": 100})));
        stack.sim().calm();
        assert_eq!((&over["outcome"], &over["rows"]), (&json!("completed"), &json!(400)), "{fault}: {over}");
        assert_eq!(over["duplicates"], 0, "rows that come again with their own page are none: {fault}: {over}");
        assert_eq!(report(&stack, &id_of(&over), ""), calm, "{fault}");
    }
}

#[test]
fn twelve_megabytes_with_cuts_and_faults_come_out_as_they_are() {
    let stack = stack_of(3_500);
    let calm = expected(&stack, "");
    let faults = json!({"seed": 11, "retry_after": "0", "rates": {"server_error": 0.05, "rate_limited": 0.05, "dropped": 0.05},
                        "history": {"cut": 0.3}});
    stack.sim().set_faults(&faults);
    let over = run(&stack, &query(&json!({"page_size": 100})));
    stack.sim().calm();
    assert_eq!((&over["outcome"], &over["rows"]), (&json!("completed"), &json!(3_500)), "{over}");
    assert!(over["bytes"].as_u64() > Some(10_000_000), "{over}");
    assert!(over["failures"].as_u64() > Some(10), "{over}");
    assert_eq!(report(&stack, &id_of(&over), ""), calm);
    let lines = stack.client().get(&format!("/v1/histories/{}/steps", id_of(&over)));
    assert_eq!(json!(lines.text().lines().count()), calm["steps"]);
    let _: Value =
        serde_json::from_str(lines.text().lines().last().expect("there are steps")).expect("the last is whole");
}
