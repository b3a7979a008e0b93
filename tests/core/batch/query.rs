//! Queries of a batch and of the list of batches, with every fault.

use cxpulse_core::listing::FlowCursor;
use cxpulse_core::validate::{parse_batch_list_query, parse_batch_query};
use expect_test::{Expect, expect};

use crate::check::violations;

#[test]
fn a_batch_may_be_looked_at_in_many_ways() {
    check("", &expect!["Summary"]);
    check("wait=20&since=4&token=cxv1.x", &expect!["Summary"]);
    check(
        "limit=1",
        &expect![
            "Items(ItemsQuery { filter: ItemFilter { statuses: [Successful, Failed, Degraded, Canceled, NotStarted, Running], code: None }, start: Offset(0), limit: 1 })"
        ],
    );
    check(
        "offset=10000",
        &expect![
            "Items(ItemsQuery { filter: ItemFilter { statuses: [Successful, Failed, Degraded, Canceled, NotStarted, Running], code: None }, start: Offset(10000), limit: 50 })"
        ],
    );
    check(
        "cursor=17&limit=1000",
        &expect![
            "Items(ItemsQuery { filter: ItemFilter { statuses: [Successful, Failed, Degraded, Canceled, NotStarted, Running], code: None }, start: After(17), limit: 1000 })"
        ],
    );
    check(
        "status=degraded%2Cfailed,failed",
        &expect![
            "Items(ItemsQuery { filter: ItemFilter { statuses: [Failed, Degraded], code: None }, start: Offset(0), limit: 50 })"
        ],
    );
    check(
        "code=INVALID_TRANSITION:PENDING-%3ECOMPLETED&status=failed",
        &expect![[
            r#"Items(ItemsQuery { filter: ItemFilter { statuses: [Failed], code: Some(FaultCode("INVALID_TRANSITION:PENDING->COMPLETED")) }, start: Offset(0), limit: 50 })"#
        ]],
    );
    check(
        "fields=results&code=NOT_FOUND",
        &expect![[
            r#"Results(ItemFilter { statuses: [Successful, Failed, Degraded, Canceled, NotStarted, Running], code: Some(FaultCode("NOT_FOUND")) })"#
        ]],
    );
    check("fields=grid", &expect!["Grid"]);
    check("fields=results&status=failed", &expect!["Results(ItemFilter { statuses: [Failed], code: None })"]);
}

#[test]
fn every_parameter_that_is_wrong_is_named() {
    check(
        "status=",
        &expect![[
            r#""?status" OutOfRange must be one of successful, failed, degraded, canceled, not_started, running, or several with commas between"#
        ]],
    );
    check(
        "limit=0&offset=10001&cursor=01&status=failed,lost&fields=all&colour=red",
        &expect![[r#"
        "?fields" OutOfRange must be one of grid, results
        "?status" OutOfRange must be one of successful, failed, degraded, canceled, not_started, running, or several with commas between
        "?offset" OutOfRange must be a whole number from 0 to 10000
        "?cursor" OutOfRange must be one that a page before gave, in its link to the next
        "?limit" OutOfRange must be a whole number from 1 to 1000
        "?colour" UnknownField is not a parameter of this"#]],
    );
    check(
        "limit=1001&cursor=-1&fields=grid&fields=grid",
        &expect![[r#"
        "?fields" RepeatedField appears more than once
        "?cursor" OutOfRange must be one that a page before gave, in its link to the next
        "?limit" OutOfRange must be a whole number from 1 to 1000"#]],
    );
    check("cursor=1&offset=1", &expect![[r#""?offset" Contradiction cannot stand beside cursor"#]]);
    check(
        "fields=grid&limit=5&status=failed",
        &expect![[r#"
        "?fields" Contradiction cannot stand beside offset, cursor or limit: it gives all items
        "?status" Contradiction cannot stand beside fields=grid, which has every item"#]],
    );
    let longest = format!("code=A{}", "ä".repeat(255));
    assert!(parse_batch_query(&longest).is_ok(), "characters are counted, not bytes");
    for code in ["", "not_found", "%20NOT_FOUND", "NOT%0AFOUND", "4XX", &format!("A{}", "x".repeat(256))] {
        check(
            &format!("code={code}"),
            &expect![[
                r#""?code" OutOfRange must be the code of an error, such as UPSTREAM_FAILED: at most 256 characters, an upper-case letter first"#
            ]],
        );
    }
    check(
        "code=A&code=B&fields=grid",
        &expect![[r#"
        "?code" RepeatedField appears more than once
        "?code" Contradiction cannot stand beside fields=grid, which has every item"#]],
    );
    check(
        "fields=results&cursor=5",
        &expect![[r#""?fields" Contradiction cannot stand beside offset, cursor or limit: it gives all items"#]],
    );
}

#[test]
fn a_list_of_batches_is_asked_for_like_one_of_executions() {
    let cursor = "1795255200000.bat_44444444444444444444444444444444";
    let query = format!("status=completed&outcome=partial&tag=a&action_id=sim-fast&limit=5&cursor={cursor}");
    let read = parse_batch_list_query(&query).expect("it is well formed");
    assert_eq!(read.cursor.expect("it has one").to_string(), cursor);
    assert_eq!((read.limit, read.outcome.map(|outcome| outcome.name())), (5, Some("partial")));
    let invalid =
        parse_batch_list_query("status=queued&outcome=unknown&correlation_id=k&cursor=x&limit=101&from=1&to=2");
    expect![[r#"
        "?status" OutOfRange must be one of pending, running, completed, failed, canceled
        "?outcome" OutOfRange must be one of completed, partial, failed, canceled, timed_out
        "?from" OutOfRange must be an RFC 3339 time with its zone, such as 2026-11-21T10:00:00Z; a + is written %2B
        "?to" OutOfRange must be an RFC 3339 time with its zone, such as 2026-11-21T10:00:00Z; a + is written %2B
        "?limit" OutOfRange must be a whole number from 1 to 100
        "?cursor" OutOfRange must be one that a page before gave, in its link to the next
        "?correlation_id" UnknownField is not a parameter of this"#]]
    .assert_eq(&violations(&invalid.expect_err("all of it is wrong")));
    assert!(FlowCursor::parse("1795255200000.exe_44444444444444444444444444444444").is_err());
}

fn check(query: &str, expect: &Expect) {
    let text = match parse_batch_query(query) {
        Ok(view) => format!("{view:?}"),
        Err(invalid) => violations(&invalid),
    };
    expect.assert_eq(&text);
}
