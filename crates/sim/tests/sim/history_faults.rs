//! What can be made to go wrong with pages of a history: what each fault answers, and that it is counted.

use std::collections::BTreeSet;

use cxpulse_core::time::Span;
use cxpulse_sim::{Delivery, Reply};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::tenant::{Tenant, body, json};

#[test]
fn a_cut_lets_through_as_many_bytes_as_it_says() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"history": {"cut": 1, "cut_at": 1000}}"#);
    assert_eq!(page(&mut tenant, 10, 0).delivery, Delivery::CutAfter(1_000));
    // The rest of it, and then nothing is left to cut.
    let part = ranged(&mut tenant, "bytes=1000-1999");
    assert_eq!((part.status, part.delivery), (206, Delivery::Whole));
    assert_eq!(struck(&mut tenant), r#"{"history_cut":1}"#);
    tenant.faults(r#"{"history": {"cut": 1}}"#);
    let cuts = (0..20).filter_map(|_| match page(&mut tenant, 10, 0).delivery {
        Delivery::CutAfter(sent) => Some(sent),
        Delivery::Whole | Delivery::Trickle(_) | Delivery::NoAnswer => None,
    });
    let cuts: BTreeSet<usize> = cuts.collect();
    let length = page(&mut tenant, 10, 0).body.len();
    assert!(cuts.len() > 15 && cuts.iter().all(|cut| *cut < length), "{cuts:?} of {length}");
}

#[test]
fn each_fault_of_a_range() {
    check_range("{}", expect!["206 bytes 100-199/T, 100 bytes, its own, the same tag, {}"]);
    check_range(
        r#"{"range_ignored": 1}"#,
        expect![[r#"200 no range, T bytes, its own, the same tag, {"history_range_ignored":1}"#]],
    );
    check_range(
        r#"{"range_misplaced": 1}"#,
        expect![[r#"206 bytes 50-199/T, 150 bytes, its own, the same tag, {"history_range_misplaced":1}"#]],
    );
    check_range(
        r#"{"range_retagged": 1}"#,
        expect![[r#"206 bytes 100-199/T, 100 bytes, its own, another tag, {"history_range_retagged":1}"#]],
    );
}

#[test]
fn faults_of_ranges_leave_whole_answers_alone() {
    let mut tenant = Tenant::new();
    let whole = page(&mut tenant, 10, 0);
    tenant.faults(r#"{"history": {"range_retagged": 1}}"#);
    let again = page(&mut tenant, 10, 0);
    assert_eq!((again.status, again.header("etag")), (200, whole.header("etag")));
    assert!(again.body == whole.body);
    assert_eq!(struck(&mut tenant), "{}");
}

#[test]
fn what_comes_at_the_head_moves_every_page() {
    let mut tenant = Tenant::new();
    let before = ids(&page(&mut tenant, 50, 0));
    tenant.faults(r#"{"history": {"grows": 3}}"#);
    assert_eq!(ids(&page(&mut tenant, 50, 0)), before, "it grows after the answer");
    tenant.wait(10);
    let grown = page(&mut tenant, 50, 0);
    assert_eq!((total(&grown), &ids(&grown)[3..]), (403, &before[..47]));
    assert_eq!(ids(&page(&mut tenant, 50, 0))[6..], before[..44], "also while the clock stands still");
    assert_eq!(struck(&mut tenant), r#"{"history_grew":3}"#);
    tenant.control("POST", "reset", "");
    assert_eq!(ids(&page(&mut tenant, 50, 0)), before, "a reset takes them back");
}

#[test]
fn who_came_last_was_there_when_it_came() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"history": {"grows": 1}}"#);
    page(&mut tenant, 1, 0);
    let newest = json(&page(&mut tenant, 1, 0))["data"][0].clone();
    let steps = newest["steps"].as_array().expect("steps");
    assert_eq!(steps.last().map(|step| step["startTime"].clone()), Some(json!(tenant.now.to_string())));
}

#[test]
fn the_oldest_leave() {
    let mut tenant = Tenant::new();
    let before = ids(&page(&mut tenant, 1_000, 0));
    tenant.faults(r#"{"history": {"shrinks": 150}}"#);
    page(&mut tenant, 1, 0);
    assert_eq!(ids(&page(&mut tenant, 1_000, 0)), before[..250]);
    page(&mut tenant, 1, 0);
    assert_eq!(ids(&page(&mut tenant, 1_000, 0)), Vec::<String>::new());
    assert_eq!(struck(&mut tenant), r#"{"history_shrank":3}"#, "none is left to leave at the last");
}

#[test]
fn who_goes_on_is_missed_by_who_reads_on() {
    let mut tenant = Tenant::new();
    let whole = json(&page(&mut tenant, 1_000, 0));
    let before = ids_of(&whole);
    tenant.faults(r#"{"history": {"resumes": 2}}"#);
    page(&mut tenant, 200, 0);
    tenant.faults("{}");
    let after = json(&page(&mut tenant, 1_000, 0));
    assert_eq!(after["total"], json!(400));
    let went_on = [before[399].clone(), before[398].clone()];
    assert_eq!(ids_of(&after), [vec![went_on[1].clone(), went_on[0].clone()], before[..398].to_vec()].concat());
    let (was, is) = (&whole["data"][399]["steps"], &after["data"][1]["steps"]);
    let (was, is) = (was.as_array().expect("steps"), is.as_array().expect("steps"));
    assert_eq!((is[..was.len()].to_vec(), is.len()), (was.clone(), was.len() + 1));
    assert_eq!(is.last().map(|step| step["startTime"].clone()), Some(json!(tenant.now.to_string())));
    assert_eq!(struck(&mut tenant), r#"{"history_resumed":1}"#);
    tenant.control("POST", "reset", "");
    assert_eq!(json(&page(&mut tenant, 1_000, 0)), whole);
}

#[test]
fn the_first_page_for_ever() {
    let mut tenant = Tenant::new();
    let first = ids(&page(&mut tenant, 10, 0));
    tenant.faults(r#"{"history": {"repeats": true}}"#);
    for offset in [0, 10, 10_000] {
        let again = page(&mut tenant, 10, offset);
        assert_eq!(ids(&again), first);
        assert!(total(&again) > offset + 10);
    }
    let mut cursor = json!("");
    for _ in 0..5 {
        let again = json(&ask(&mut tenant, &json!({"filter": FILTER, "limit": 10, "cursor": cursor}), &[]));
        assert_eq!(ids_of(&again), first);
        cursor = again["nextCursor"].clone();
    }
    assert_eq!(struck(&mut tenant), r#"{"history_repeated":8}"#);
}

#[test]
fn broken_rows_stay_broken() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"seed": 5, "history": {"rows_without_id": 0.2, "rows_foreign": 0.1}}"#);
    let rows = json(&page(&mut tenant, 1_000, 0))["data"].as_array().expect("rows").clone();
    let foreign = rows.iter().filter(|row| !row.is_object()).count();
    let nameless = rows.iter().filter(|row| row.is_object() && row.get("interactionId").is_none()).count();
    assert!((20..=60).contains(&foreign) && (50..=110).contains(&nameless), "{foreign} and {nameless} of 400");
    assert!(rows.iter().filter(|row| row.is_object()).all(|row| row["steps"][0]["nodeId"] == "entry"));
    let counted = json!({"history_row_foreign": foreign, "history_row_without_id": nameless});
    assert_eq!(struck(&mut tenant), counted.to_string());
    assert_eq!(json(&page(&mut tenant, 1_000, 0))["data"], Value::Array(rows));
}

#[test]
fn a_torn_answer_is_whole_and_no_json() {
    let mut tenant = Tenant::new();
    let length = page(&mut tenant, 10, 0).body.len();
    tenant.faults(r#"{"history": {"torn": 1}}"#);
    let torn = page(&mut tenant, 10, 0);
    assert_eq!((torn.status, torn.delivery, torn.body.len()), (200, Delivery::Whole, length / 2));
    assert!(serde_json::from_slice::<Value>(&torn.body).is_err());
    assert_eq!(struck(&mut tenant), r#"{"history_torn":1}"#);
}

#[test]
fn what_is_said_of_the_total() {
    let total = |fault: &str| {
        let mut tenant = Tenant::new();
        tenant.faults(&format!(r#"{{"history": {{"total": {fault}}}}}"#));
        let page = json(&page(&mut tenant, 10, 0));
        assert_eq!(page["data"].as_array().map(Vec::len), Some(10));
        format!("{} {}", page.get("total").map_or("none".to_owned(), Value::to_string), struck(&mut tenant))
    };
    expect!["400 {}"].assert_eq(&total("null"));
    expect![[r#"none {"history_total":1}"#]].assert_eq(&total(r#""missing""#));
    expect![[r#"801 {"history_total":1}"#]].assert_eq(&total(r#""too_many""#));
    expect![[r#"200 {"history_total":1}"#]].assert_eq(&total(r#""too_few""#));
    expect![[r#""many" {"history_total":1}"#]].assert_eq(&total(r#""text""#));
}

#[test]
fn a_slow_body_takes_its_time() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"rates": {"slow": 1}, "slow_ms": 700, "only": ["history"]}"#);
    assert_eq!(page(&mut tenant, 10, 0).delivery, Delivery::Trickle(Span::from_millis(700)));
}

#[test]
fn faults_of_pages_follow_from_the_seed_and_spare_other_requests() {
    let lives = |faults: &str| {
        let mut tenant = Tenant::new();
        tenant.faults(faults);
        let cuts: Vec<bool> = (0..40).map(|_| page(&mut tenant, 5, 0).delivery != Delivery::Whole).collect();
        let polls: Vec<u16> = (0..40).map(|_| tenant.poll("9a0508b2-cd06-4831-aa77-99127b9e31c8").status).collect();
        (cuts, polls)
    };
    let faults = |seed: u64, cut: f64| {
        json!({"seed": seed, "rates": {"unavailable": 0.5}, "only": ["poll", "history"], "history": {"cut": cut}})
            .to_string()
    };
    let (first, again, other) = (lives(&faults(1, 0.5)), lives(&faults(1, 0.5)), lives(&faults(2, 0.5)));
    assert_eq!(first, again);
    assert_ne!(first.0, other.0);
    assert_eq!(lives(&faults(1, 0.0)).1, first.1);
    let (spared, _) = lives(r#"{"only": ["poll"], "history": {"cut": 1}}"#);
    assert!(!spared.contains(&true));
}

#[test]
fn wrong_faults_are_refused() {
    check_refused(
        r#"{"cut": 1.5, "torn": -1}"#,
        expect!["history.cut is to be from 0 to 1; history.torn is to be from 0 to 1"],
    );
    check_refused(
        r#"{"range_ignored": 0.6, "range_retagged": 0.6, "rows_foreign": 0.6, "rows_without_id": 0.6}"#,
        expect!["history.range_* are to be 1 at most together; history.rows_* are to be 1 at most together"],
    );
    check_refused(
        r#"{"grows": 1001, "shrinks": 1001, "resumes": 1001}"#,
        expect![
            "history.grows is to be 1000 at most; history.shrinks is to be 1000 at most; history.resumes is to be 1000 at most"
        ],
    );
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"history": {"grows": 1000, "shrinks": 1000, "resumes": 1000}}"#);
}

fn page(tenant: &mut Tenant, limit: u64, offset: u64) -> Reply {
    ask(tenant, &json!({"filter": FILTER, "limit": limit, "offset": offset}), &[])
}

fn ranged(tenant: &mut Tenant, range: &str) -> Reply {
    ask(tenant, &json!({"filter": FILTER, "limit": 10, "offset": 0}), &[("Range", range)])
}

fn ask(tenant: &mut Tenant, body: &Value, headers: &[(&str, &str)]) -> Reply {
    let request = tenant.request("POST", "/api/v2/interactions/history/query", &body.to_string());
    let request = headers.iter().fold(request, |request, (name, value)| request.with_header(name, value));
    tenant.world.handle(&request, tenant.now)
}

fn ids(reply: &Reply) -> Vec<String> {
    ids_of(&json(reply))
}

fn ids_of(page: &Value) -> Vec<String> {
    let rows = page["data"].as_array().expect("rows");
    rows.iter().map(|row| row["interactionId"].as_str().expect("an id").to_owned()).collect()
}

fn total(reply: &Reply) -> u64 {
    json(reply)["total"].as_u64().expect("a total")
}

/// The faults that struck since the start or the last reset.
fn struck(tenant: &mut Tenant) -> String {
    tenant.stat("/faults").to_string()
}

/// What a request for bytes 100-199 gets under a fault; `T` is the length of the whole.
fn check_range(faults: &str, expected: Expect) {
    let mut tenant = Tenant::new();
    let whole = page(&mut tenant, 10, 0);
    tenant.faults(&format!(r#"{{"history": {faults}}}"#));
    let reply = ranged(&mut tenant, "bytes=100-199");
    let length = whole.body.len().to_string();
    let range = reply.header("content-range").unwrap_or("no range").replace(&length, "T");
    let first = range.split([' ', '-']).nth(1).and_then(|first| first.parse::<usize>().ok()).unwrap_or(0);
    let is_own = body(&whole).get(first..).is_some_and(|rest| rest.starts_with(&body(&reply)));
    let (own, tag) = (
        if is_own { "its own" } else { "others" },
        if reply.header("etag") == whole.header("etag") { "the same tag" } else { "another tag" },
    );
    let size = reply.body.len().to_string().replace(&length, "T");
    expected.assert_eq(&format!("{} {range}, {size} bytes, {own}, {tag}, {}", reply.status, struck(&mut tenant)));
}

fn check_refused(faults: &str, expected: Expect) {
    let reply = Tenant::new().control("POST", "faults", &format!(r#"{{"history": {faults}}}"#));
    assert_eq!(reply.status, 400);
    expected.assert_eq(json(&reply)["message"].as_str().expect("words"));
}

/// Every interaction has a step without an error.
const FILTER: &str = "errorState = False";
