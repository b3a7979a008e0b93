//! The dialect `interactions-history`: filters, pages, retention, quota.

use cxpulse_core::time::{Rfc3339, Span, Timestamp};
use cxpulse_sim::Reply;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::tenant::{Tenant, json, line, refused, text};

const QUERY: &str = "/api/v2/interactions/history/query";

#[test]
fn an_interaction_is_a_walk_in_time_through_typed_nodes() {
    let mut tenant = Tenant::new();
    let filter = month(&tenant);
    let page = json(&query(&mut tenant, &filter, 1_000, 0));
    let rows = page["data"].as_array().expect("rows").clone();
    assert_eq!((rows.len(), page["total"].as_u64()), (400, Some(400)));
    let mut fields: Vec<&str> = rows[0]["steps"][0].as_object().expect("a step").keys().map(String::as_str).collect();
    fields.sort_unstable();
    expect!["endTime errorState nodeId nodeType startTime variablesAfter variablesBefore"].assert_eq(&fields.join(" "));
    for row in &rows {
        let steps = row["steps"].as_array().expect("steps");
        assert_eq!(steps.first().map(|step| text(step, "nodeId")).as_deref(), Some("entry"));
        assert_eq!(steps.last().map(|step| text(step, "nodeType")).as_deref(), Some("END"));
        assert!(steps.iter().all(|step| at(step, "startTime") <= at(step, "endTime")));
        for pair in steps.windows(2) {
            assert!(at(&pair[0], "endTime") <= at(&pair[1], "startTime"), "{row}");
            assert_eq!(pair[0]["variablesAfter"], pair[1]["variablesBefore"]);
        }
        let within = tenant.now.minus(Span::from_secs(30 * 86_400))..tenant.now;
        assert!(steps.iter().all(|step| within.contains(&at(step, "startTime"))), "{row}");
    }
    let is_long = |step: &Value| {
        let is_decision = ["DECISION", "ROUTING", "CONDITION"].contains(&text(step, "nodeType").as_str());
        is_decision && at(step, "endTime").since(at(step, "startTime")) > Span::from_secs(15)
    };
    let is_any = |is: &dyn Fn(&Value) -> bool| rows.iter().flat_map(|row| row["steps"].as_array()).flatten().any(is);
    assert!(is_any(&is_long) && is_any(&|step| step["errorState"] == Value::Bool(true)));
}

#[test]
fn pages_make_the_whole_without_gap_or_overlap() {
    let mut tenant = Tenant::new();
    let filter = month(&tenant);
    let whole = ids(&query(&mut tenant, &filter, 1_000, 0));
    let paged: Vec<String> = (0..5).flat_map(|page| ids(&query(&mut tenant, &filter, 90, page * 90))).collect();
    assert_eq!(paged, whole);
    assert!(ids(&query(&mut tenant, &filter, 90, 400)).is_empty());
    let body = json!({"filter": filter, "limit": 1000, "offset": 0, "sort": "nodeTimestamp ASC"});
    let mut oldest_first = ids(&tenant.ask("POST", QUERY, &body.to_string()));
    oldest_first.reverse();
    assert_eq!(oldest_first, whole);
}

#[test]
fn each_condition_selects() {
    let mut tenant = Tenant::new();
    let filter = month(&tenant);
    let whole = ids(&query(&mut tenant, &filter, 1_000, 0));
    let (first, third) = (&whole[0], &whole[2]);
    let named = format!("interactionId IN ['{third}', '{first}', 'unheard-of']");
    assert_eq!(ids(&query(&mut tenant, &named, 10, 0)), [first.clone(), third.clone()]);
    let errors = ids(&query(&mut tenant, "errorState = True", 1_000, 0));
    assert!((20..200).contains(&errors.len()), "{} with an error", errors.len());
    assert_eq!(ids(&query(&mut tenant, "errorState = False", 1_000, 0)).len(), 400);
    let day = instant(tenant.now.minus(Span::from_secs(86_400)));
    let recent = ids(&query(&mut tenant, &format!("nodeTimestamp >= '{day}'"), 1_000, 0));
    let earlier = ids(&query(&mut tenant, &format!("nodeTimestamp <= '{day}'"), 1_000, 0));
    assert!(!recent.is_empty() && !earlier.is_empty());
    // One that has steps on both sides of the instant is found from both.
    assert!((400..=405).contains(&(recent.len() + earlier.len())));
    let both = format!("errorState = True AND interactionId IN ['{}'] AND nodeTimestamp <= '{day}'", errors[0]);
    assert!(ids(&query(&mut tenant, &both, 10, 0)).len() <= 1);
}

#[test]
fn one_seed_has_one_past() {
    let past = |seed| {
        let mut tenant = Tenant::with_seed(seed);
        let filter = month(&tenant);
        query(&mut tenant, &filter, 1_000, 0).body
    };
    assert_eq!(past(3), past(3));
    assert_ne!(past(3), past(4));
}

#[test]
fn filters_that_are_not_understood() {
    check_filter(
        "",
        expect![[r#"the filter is to have a condition on interactionId, nodeTimestamp or errorState at """#]],
    );
    check_filter(
        "interactionId = 'a'",
        expect![[
            r#"the filter is to have a condition on interactionId, nodeTimestamp or errorState at "interactionId = 'a'""#
        ]],
    );
    check_filter("interactionId IN []", expect![[r#"the filter is to have a text in single quotes at "]""#]]);
    check_filter("interactionId IN ['a'", expect![[r#"the filter is to have a comma and an id, or a bracket at """#]]);
    check_filter(
        "interactionId IN ['a' OR 'b']",
        expect![[r#"the filter is to have a comma and an id, or a bracket at " OR 'b']""#]],
    );
    check_filter("interactionId IN [\"a\"]", expect![[r#"the filter is to have a text in single quotes at ""a"]""#]]);
    check_filter("errorState = true", expect![[r#"the filter is to have True or False at "true""#]]);
    check_filter(
        "errorState = True OR errorState = False",
        expect![[r#"the filter is to have AND and a condition at " OR errorState = False""#]],
    );
    check_filter("errorState = True AND errorState = True", expect!["the filter has errorState twice"]);
    check_filter(
        "errorState = True AND ",
        expect![[r#"the filter is to have a condition on interactionId, nodeTimestamp or errorState at """#]],
    );
    check_filter(
        "nodeTimestamp >= '2026-11-20T10:00:00'",
        expect![[r#"the filter is to have an instant in ISO 8601 with its time zone at "2026-11-20T10:00:00""#]],
    );
    check_filter(
        "nodeTimestamp > '2026-11-20T10:00:00Z'",
        expect![[
            r#"the filter is to have a condition on interactionId, nodeTimestamp or errorState at "nodeTimestamp > '2026-11-20T10:00:00Z'""#
        ]],
    );
    check_filter(
        "nodeTimestamp >= '2026-10-22T09:59:59.999Z'",
        expect!["the filter goes beyond the retention of 30 days"],
    );
    check_filter("nodeTimestamp <= '2020-01-01T00:00:00Z'", expect!["the filter goes beyond the retention of 30 days"]);
}

#[test]
fn bodies() {
    check_body(r#"{"filter": "errorState = True"}"#, expect!["200"]);
    check_body(r#"{"limit": 10}"#, expect!["400 invalid_request missing field `filter` at line 1 column 13"]);
    check_body(
        r#"{"filter": "errorState = True", "limit": 0}"#,
        expect!["400 invalid_request limit is to be from 1 to 1000"],
    );
    check_body(
        r#"{"filter": "errorState = True", "limit": 1001}"#,
        expect!["400 invalid_request limit is to be from 1 to 1000"],
    );
    check_body(
        r#"{"filter": "errorState = True", "limit": "10"}"#,
        expect![[r#"400 invalid_request invalid type: string "10", expected i64 at line 1 column 45"#]],
    );
    check_body(
        r#"{"filter": "errorState = True", "offset": -1}"#,
        expect!["400 invalid_request offset is to be 0 or more"],
    );
    check_body(
        r#"{"filter": "errorState = True", "sort": "nodeId ASC"}"#,
        expect![
            "400 invalid_request unknown variant `nodeId ASC`, expected `nodeTimestamp DESC` or `nodeTimestamp ASC` at line 1 column 52"
        ],
    );
    check_body(
        r#"{"filter": "errorState = True", "page": 1}"#,
        expect![
            "400 invalid_request unknown field `page`, expected one of `filter`, `limit`, `offset`, `cursor`, `sort` at line 1 column 38"
        ],
    );
    check_body("[]", expect!["400 invalid_request the body is to be a JSON object"]);
}

#[test]
fn both_scopes_and_one_method() {
    let mut tenant = Tenant::new();
    expect!["405 method_not_allowed allow=POST"].assert_eq(&line(&tenant.ask("GET", QUERY, "")));
    for scope in ["interactions:read", "workflows:read"] {
        tenant.token = tenant.fetch_token(scope);
        expect!["403 insufficient_scope"].assert_eq(&line(&query(&mut tenant, "errorState = True", 1, 0)));
    }
    tenant.token = tenant.fetch_token("interactions:read workflows:read");
    expect!["200"].assert_eq(&line(&query(&mut tenant, "errorState = True", 1, 0)));
}

#[test]
fn a_sixth_query_at_a_time_is_refused_for_that_client_only() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"latency_ms": [100, 100]}"#);
    let mut ask = || line(&query(&mut tenant, "errorState = True", 1, 0));
    let six: Vec<String> = (0..6).map(|_| ask()).collect();
    expect!["200, 200, 200, 200, 200, 429 rate_limited retry-after=1"].assert_eq(&six.join(", "));
    tenant.wait(99);
    assert_eq!(query(&mut tenant, "errorState = True", 1, 0).status, 429);
    tenant.wait(1);
    assert_eq!(query(&mut tenant, "errorState = True", 1, 0).status, 200);
}

fn query(tenant: &mut Tenant, filter: &str, limit: u32, offset: u32) -> Reply {
    let body = json!({"filter": filter, "limit": limit, "offset": offset, "sort": "nodeTimestamp DESC"});
    tenant.ask("POST", QUERY, &body.to_string())
}

/// A filter for all that CXone remembers.
fn month(tenant: &Tenant) -> String {
    format!("nodeTimestamp >= '{}'", instant(tenant.now.minus(Span::from_secs(30 * 86_400))))
}

fn instant(at: Timestamp) -> String {
    at.to_string()
}

fn at(step: &Value, field: &str) -> Timestamp {
    let Rfc3339(at) = serde_json::from_value(step[field].clone()).expect("an instant");
    at
}

fn ids(reply: &Reply) -> Vec<String> {
    json(reply)["data"].as_array().expect("rows").iter().map(|row| text(row, "interactionId")).collect()
}

fn check_filter(filter: &str, expected: Expect) {
    let reply = query(&mut Tenant::new(), filter, 10, 0);
    assert_eq!(line(&reply), "400 invalid_request");
    expected.assert_eq(&text(&json(&reply), "message"));
}

fn check_body(body: &str, expected: Expect) {
    expected.assert_eq(&refused(&Tenant::new().ask("POST", QUERY, body)));
}
