//! Pages by cursor: each begins after the row at which the last ended, whatever comes or leaves meanwhile.

use cxpulse_core::time::Span;
use cxpulse_sim::Reply;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::tenant::{Tenant, json, refused, text};

#[test]
fn cursors_lead_through_the_whole_without_gap_or_overlap() {
    for sort in ["nodeTimestamp DESC", "nodeTimestamp ASC"] {
        let mut tenant = Tenant::new();
        let filter = month(&tenant);
        let by_offset = ids(&ask(&mut tenant, &json!({"filter": filter, "limit": 1000, "sort": sort})));
        let mut cursor = String::new();
        let mut by_cursor = Vec::new();
        for page_number in 0_usize.. {
            let page = json(&ask(&mut tenant, &json!({"filter": filter, "limit": 90, "sort": sort, "cursor": cursor})));
            assert_eq!(page["total"], json!(400));
            by_cursor.extend(ids_of(&page));
            let next = page.get("nextCursor");
            assert_eq!(next.is_some(), page_number < 4, "page {page_number}");
            let Some(next) = next else { break };
            cursor = next.as_str().expect("a cursor").to_owned();
        }
        assert_eq!(by_cursor, by_offset, "{sort}");
    }
}

#[test]
fn a_page_by_offset_names_no_cursor() {
    let mut tenant = Tenant::new();
    let page = json(&ask(&mut tenant, &json!({"filter": "errorState = False", "limit": 10})));
    assert_eq!(page.get("nextCursor"), None);
}

#[test]
fn a_page_by_cursor_is_the_same_whatever_came_before_it() {
    let mut tenant = Tenant::new();
    let filter = month(&tenant);
    let second = |cursor: &str| json!({"filter": filter, "limit": 50, "cursor": cursor});
    let first = json(&ask(&mut tenant, &second("")));
    let cursor = text(&first, "nextCursor");
    let before = ids(&ask(&mut tenant, &second(&cursor)));
    tenant.faults(r#"{"history": {"grows": 7}}"#);
    let offset = json!({"filter": filter, "limit": 50, "offset": 50});
    let moved = ids(&ask(&mut tenant, &offset));
    assert_eq!(moved, before);
    assert_eq!(ids(&ask(&mut tenant, &second(&cursor))), before);
    assert_ne!(ids(&ask(&mut tenant, &offset)), before, "offsets do move");
}

#[test]
fn a_cursor_is_one_of_its_own_query_only() {
    let mut tenant = Tenant::new();
    let first = json!({"filter": "errorState = False", "limit": 10, "cursor": ""});
    let cursor = text(&json(&ask(&mut tenant, &first)), "nextCursor");
    let mut check = |body: Value, expected: Expect| expected.assert_eq(&refused(&ask(&mut tenant, &body)));
    let with = |filter: &str, cursor: &str| json!({"filter": filter, "limit": 10, "cursor": cursor});
    check(with("errorState = False", &cursor), expect!["200"]);
    // The number of rows is no part of the query.
    check(json!({"filter": "errorState = False", "limit": 20, "cursor": cursor}), expect!["200"]);
    check(with("errorState = True", &cursor), expect!["400 invalid_request the cursor is none of this query's"]);
    check(
        json!({"filter": "errorState = False", "sort": "nodeTimestamp ASC", "cursor": cursor}),
        expect!["400 invalid_request the cursor is none of this query's"],
    );
    check(with("errorState = False", "2"), expect!["400 invalid_request the cursor is none of this query's"]);
    let flipped: String = cursor.chars().rev().collect();
    check(with("errorState = False", &flipped), expect!["400 invalid_request the cursor is none of this query's"]);
    check(
        json!({"filter": "errorState = False", "cursor": "", "offset": 0}),
        expect!["400 invalid_request offset and cursor do not go together"],
    );
    let mut other = Tenant::with_seed(2);
    let reply = ask(&mut other, &with("errorState = False", &cursor));
    expect!["400 invalid_request the cursor is none of this query's"].assert_eq(&refused(&reply));
}

fn ask(tenant: &mut Tenant, body: &Value) -> Reply {
    tenant.ask("POST", "/api/v2/interactions/history/query", &body.to_string())
}

/// A filter for all that CXone remembers.
fn month(tenant: &Tenant) -> String {
    format!("nodeTimestamp >= '{}'", tenant.now.minus(Span::from_secs(30 * 86_400)))
}

fn ids(reply: &Reply) -> Vec<String> {
    ids_of(&json(reply))
}

fn ids_of(page: &Value) -> Vec<String> {
    page["data"].as_array().expect("rows").iter().map(|row| text(row, "interactionId")).collect()
}
