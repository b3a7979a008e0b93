//! Lists: what they show, their queries with every fault, and cursors that are only ours.

use cxpulse_core::execution::Execution;
use cxpulse_core::listing::{AuditCursor, ListCursor, Listing};
use cxpulse_core::time::Span;
use cxpulse_core::validate::{Invalid, parse_audit_query, parse_list_query};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::check::{NOON, START, Scene, order};

#[test]
fn a_listing_shows_how_an_execution_stands_and_where_it_is() {
    let scene = Scene::after(START, "cleared; seen RUNNING; +1s; callback COMPLETED");
    let listing = Listing::of(&scene.order, &scene.execution, 2, "https://cxpulse.example");
    let text = serde_json::to_string_pretty(&listing).expect("JSON");
    expect![[r#"
        {
          "id": "exe_11111111111111111111111111111111",
          "kind": "execution",
          "tenant": "default",
          "seq": 4,
          "status": "completed",
          "outcome": "completed",
          "action_id": "sim-fast",
          "correlation_id": "22222222-2222-4222-a222-222222222222",
          "trace_id": "33333333333333333333333333333333",
          "tags": [],
          "dead_letters": 2,
          "created_at": "2026-11-21T10:00:00.000Z",
          "updated_at": "2026-11-21T10:00:01.000Z",
          "ended_at": "2026-11-21T10:00:01.000Z",
          "links": {
            "self": "https://cxpulse.example/v1/executions/exe_11111111111111111111111111111111",
            "events": "https://cxpulse.example/v1/executions/exe_11111111111111111111111111111111/events",
            "journal": "https://cxpulse.example/v1/executions/exe_11111111111111111111111111111111/journal",
            "cancel": "https://cxpulse.example/v1/executions/exe_11111111111111111111111111111111/cancel",
            "embed": "https://cxpulse.example/embed/execution/exe_11111111111111111111111111111111"
          }
        }"#]]
    .assert_eq(&text);
    assert_eq!(serde_json::from_str::<Listing>(&text).expect("our own listing"), listing);
    assert_eq!(listing.over_at(Some(NOON)), NOON);
}

#[test]
fn what_never_said_that_it_ended_is_over_a_month_after_it_began() {
    let order = order(START);
    let listing = Listing::of(&order, &Execution::open(&order).next, 0, "https://cxpulse.example");
    assert_eq!((listing.outcome, listing.ended_at), (None, None));
    assert_eq!(listing.over_at(None), NOON.plus(Span::from_secs(31 * 86_400)));
}

#[test]
fn a_list_may_be_asked_for_in_many_ways() {
    let query = "status=running&outcome=timed_out&tag=a%20b+c&correlation_id=k%2F1&from=2026-11-21T10:00:00Z\
                 &to=2026-11-21T12:00:00.5%2B01:00&tenant=acme&limit=100\
                 &cursor=1795255200000.exe_11111111111111111111111111111111";
    expect![[r#"
        Ok(
            ListQuery {
                tenant: Some(
                    TenantId(
                        "acme",
                    ),
                ),
                status: Some(
                    Running,
                ),
                outcome: Some(
                    TimedOut,
                ),
                tag: Some(
                    Tag(
                        "a b c",
                    ),
                ),
                correlation_id: Some(
                    CorrelationId(
                        "k/1",
                    ),
                ),
                from: Some(
                    Timestamp(
                        1795255200000,
                    ),
                ),
                to: Some(
                    Timestamp(
                        1795258800500,
                    ),
                ),
                limit: 100,
                cursor: Some(
                    ListCursor {
                        created_at: Timestamp(
                            1795255200000,
                        ),
                        id: ExecutionId(
                            "exe_11111111111111111111111111111111",
                        ),
                    },
                ),
            },
        )"#]]
    .assert_eq(&format!("{:#?}", parse_list_query(query)));
    expect!["Ok(ListQuery { tenant: None, status: None, outcome: None, tag: None, correlation_id: None, from: None, to: None, limit: 20, cursor: None })"].assert_eq(&format!("{:?}", parse_list_query("")));
}

#[test]
fn every_parameter_that_is_wrong_is_named() {
    check_faults(
        parse_list_query(
            "status=RUNNING&outcome=&tag=&correlation_id=%20&from=2026-11-21&to=yesterday&tenant=A&limit=0&cursor=1&\
             state=x&limit=5&%ff=1",
        ),
        &expect![[r#"
            ?limit RepeatedField: appears more than once
            ? OutOfRange: must be percent-encoded UTF-8
            ?status OutOfRange: must be one of pending, queued, running, completed, failed, canceled
            ?outcome OutOfRange: must be one of completed, failed, canceled, timed_out, rejected, invalid, unknown
            ?tenant OutOfRange: must be 1 to 64 lower-case letters, digits or inner hyphens
            ?tag OutOfRange: must be 1 to 64 characters without control characters
            ?correlation_id OutOfRange: must be 1 to 128 visible ASCII characters
            ?from OutOfRange: must be an RFC 3339 time with its zone, such as 2026-11-21T10:00:00Z; a + is written %2B
            ?to OutOfRange: must be an RFC 3339 time with its zone, such as 2026-11-21T10:00:00Z; a + is written %2B
            ?limit OutOfRange: must be a whole number from 1 to 100
            ?cursor OutOfRange: must be one that a page before gave, in its link to the next
            ?state UnknownField: is not a parameter of this"#]],
    );
    check_faults(
        parse_audit_query("kind=poll&execution=exe_1&who=ops&from=2026-11-21T10:00:00&to=1&limit=1001&cursor=..&x"),
        &expect![[r#"
            ?from OutOfRange: must be an RFC 3339 time with its zone, such as 2026-11-21T10:00:00Z; a + is written %2B
            ?to OutOfRange: must be an RFC 3339 time with its zone, such as 2026-11-21T10:00:00Z; a + is written %2B
            ?kind OutOfRange: must be one of opened, submit, status_check, cancel, retry, decision, anomaly, notification, callback, access, ended
            ?execution OutOfRange: must be exe_ and 32 lower-case hex digits, of a flow's with - and its run
            ?who OutOfRange: must be key:NAME, token:ID, cxone or system
            ?limit OutOfRange: must be a whole number from 1 to 1000
            ?cursor OutOfRange: must be one that a page before gave, in its link to the next
            ?x UnknownField: is not a parameter of this"#]],
    );
    check_faults(
        parse_audit_query("from=2026-11-21T10:00:01Z&to=2026-11-21T10:00:00Z"),
        &expect![["?to Contradiction: must not lie before from"]],
    );
    check_faults(parse_list_query("limit=%31%"), &expect![["?limit OutOfRange: must be percent-encoded UTF-8"]]);
    check_faults(parse_list_query("limit=+5"), &expect![["?limit OutOfRange: must be a whole number from 1 to 100"]]);
}

#[test]
fn a_cursor_is_written_in_one_way_only() {
    let id = "exe_11111111111111111111111111111111";
    for text in [format!("0.{id}"), format!("253402300799999.{id}")] {
        assert_eq!(ListCursor::parse(&text).expect("it is ours").to_string(), text);
        let text = format!("{text}.12");
        assert_eq!(AuditCursor::parse(&text).expect("it is ours").to_string(), text);
    }
    assert_eq!(AuditCursor::parse("1795255200000..12").expect("of no execution").to_string(), "1795255200000..12");
    for text in ["", ".", "1", &format!("01.{id}"), &format!("+1.{id}"), &format!("-1.{id}"), "1.exe_1"] {
        assert!(ListCursor::parse(text).is_err(), "{text}");
    }
    for text in [format!("253402300800000.{id}"), format!("1.{id} "), format!("1.{id}.1.1"), format!("1e3.{id}")] {
        assert!(ListCursor::parse(&text).is_err() && AuditCursor::parse(&text).is_err(), "{text}");
    }
    assert!(AuditCursor::parse(&format!("1.{id}.9007199254740992")).is_err());
}

proptest! {
    #[test]
    fn no_query_is_too_odd_to_be_refused_in_order(query in ".{0,200}") {
        let _ = (parse_list_query(&query), parse_audit_query(&query));
    }

    #[test]
    fn what_was_percent_encoded_is_read_as_it_was(tag in "[^\\p{Cc}]{1,64}") {
        let encoded: String = tag.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let read = parse_list_query(&format!("tag={encoded}")).expect("it is a label").tag.map(String::from);
        prop_assert_eq!(read, Some(tag));
    }
}

#[track_caller]
fn check_faults<T: std::fmt::Debug>(read: Result<T, Invalid>, expect: &Expect) {
    let invalid = read.expect_err("something is wrong");
    let line = |v: &cxpulse_core::validate::Violation| format!("{} {:?}: {}", v.pointer, v.code, v.message);
    expect.assert_eq(&invalid.violations().iter().map(line).collect::<Vec<_>>().join("\n"));
}
