//! What is made of a history whose CXone behaves: snapshot, report, steps, exports, comparison, journal, lists.

use cxpulse_core::history::Filter;
use serde_json::{Value, json};

use super::{accept, analysed, ended, expected, id_of, query, report, run, stack};
use crate::worker::stack::fresh_correlation_id;

#[test]
fn all_pages_are_read_and_reported_as_what_cxone_has() {
    let stack = stack();
    let accepted = accept(stack, &query(&json!({"tags": ["mining"]})));
    assert_eq!((&accepted["kind"], &accepted["status"]), (&json!("history"), &json!("pending")), "{accepted}");
    assert!(accepted["view_token"].is_string(), "{accepted}");
    let over = ended(stack, &id_of(&accepted));
    assert_eq!((&over["status"], &over["outcome"]), (&json!("completed"), &json!("completed")), "{over}");
    // One more than are full: only the empty one after them shows that CXone's total is true.
    assert_eq!((&over["rows"], &over["pages"], &over["pass"]), (&json!(400), &json!(9), &json!(1)), "{over}");
    assert_eq!(over["progress"], json!({"done": 400, "total": 400, "ratio": 1.0, "ends_at": null}), "{over}");
    let completion = &over["completion"];
    assert_eq!((&completion["records_expected"], &completion["records_got"]), (&json!(400), &json!(400)), "{over}");
    assert_eq!((&completion["accuracy"], &completion["compliance_status"]), (&json!(1.0), &json!("VERIFIED")));
    assert_eq!((&completion["expected_by"], &over["anomalies"]), (&json!("total"), &json!([])), "{over}");
    assert_eq!(report(stack, &id_of(&over), ""), expected(stack, ""));
}

#[test]
fn a_report_is_of_what_its_filter_lets_through_and_not_made_twice() {
    let (stack, rows) = (stack(), stack().sim().history(""));
    let id = id_of(&run(stack, &query(&json!({}))));
    let all = report(stack, &id, "");
    let variant = all.pointer("/variants/top/1/id").and_then(Value::as_str).expect("there are variants").to_owned();
    let node = all.pointer("/dwell/2/node").and_then(Value::as_str).expect("there are nodes").to_owned();
    let cases = [
        (format!("?variant={variant}"), Filter { variant: Some(variant), ..Filter::default() }),
        (format!("?node={node}&error=false"), Filter { node: Some(node), error: Some(false), ..Filter::default() }),
        ("?error=true".into(), Filter { error: Some(true), ..Filter::default() }),
    ];
    for (query, filter) in cases {
        let told = report(stack, &id, &query);
        assert_eq!(told, json!(analysed(&rows, &filter)), "{query}");
        assert!(told["interactions"].as_u64() < all["interactions"].as_u64() && told["interactions"] != 0, "{query}");
    }
    let first = stack.client().get(&format!("/v1/histories/{id}/report?error=true"));
    let again = stack.client().with("if-none-match", first.header("etag"));
    assert_eq!(again.get(&format!("/v1/histories/{id}/report?error=true")).status(), 304);
    assert_eq!(again.get(&format!("/v1/histories/{id}/report?error=false")).status(), 200);
}

#[test]
fn steps_and_exports_have_every_step_once() {
    let stack = stack();
    let id = id_of(&run(stack, &query(&json!({}))));
    let all = report(stack, &id, "");
    let count = usize::try_from(all["steps"].as_u64().expect("steps are counted")).expect("and few");
    let get = |path: &str| {
        let answer = stack.client().get(&format!("/v1/histories/{id}/{path}"));
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        answer
    };
    let steps = get("steps");
    assert_eq!(steps.header("content-type"), "application/x-ndjson");
    let lines: Vec<Value> =
        steps.text().lines().map(|line| serde_json::from_str(line).expect("each is JSON")).collect();
    assert_eq!(lines.len(), count);
    let flagged = lines.iter().filter(|line| line["is_bottleneck"] == true).count();
    assert_eq!(all.pointer("/bottlenecks/flagged"), Some(&json!(flagged)));
    let csv = get("export?format=csv");
    assert_eq!(csv.text().lines().count(), count + 1);
    assert!(csv.header("content-disposition").starts_with("attachment; filename=\"his_"));
    let xes = get("export?format=xes");
    let (traces, events) = (xes.text().matches("<trace>").count(), xes.text().matches("<event>").count());
    assert_eq!((json!(traces), events), (all["interactions"].clone(), count));
    assert!(xes.text().trim_end().ends_with("</log>"));
    assert!(get("export?format=dot").text().starts_with("digraph"));
    assert!(get("export?format=mermaid").text().starts_with("flowchart"));
    let failed = get("export?format=csv&error=true");
    assert!(failed.text().lines().count() < count && failed.text().lines().count() > 1);
}

#[test]
fn two_histories_are_compared_and_a_third_one_is_not_there() {
    let stack = stack();
    let all = id_of(&run(stack, &query(&json!({}))));
    let failed = id_of(&run(stack, &query(&json!({"error_state": true}))));
    let answer = stack.client().get(&format!("/v1/histories/{failed}/comparison?with={all}"));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let told = answer.json();
    assert_eq!(told.pointer("/interactions/before"), Some(&json!(400.0)), "{told}");
    assert_eq!(told.pointer("/errors/after"), Some(&json!(1.0)), "all of the later ones failed somewhere: {told}");
    let nobody = "his_0123456789abcdef0123456789abcdef";
    let missing = stack.client().get(&format!("/v1/histories/{failed}/comparison?with={nobody}"));
    assert_eq!(missing.problem(), "404 not-found");
    let wrong = stack.client().get(&format!("/v1/histories/{failed}/comparison?with=bat_{}", &nobody[4..]));
    assert_eq!(wrong.problem(), "400 invalid-parameter ?with out_of_range");
}

#[test]
fn a_history_is_waited_for_listed_streamed_and_journaled() {
    let stack = stack();
    let (client, tag) = (stack.client(), fresh_correlation_id());
    let answer = client.post("/v1/histories?wait=60", &query(&json!({"tags": [tag]})));
    assert_eq!((answer.status(), &answer.json()["outcome"]), (202, &json!("completed")), "{}", answer.text());
    let id = id_of(&answer.json());
    let listed = super::wait_for(super::PATIENCE, || {
        let page = client.get(&format!("/v1/histories?tag={tag}&status=completed")).json();
        page.pointer("/items/0").cloned()
    });
    let listed = listed.expect("it is listed");
    assert_eq!((&listed["id"], &listed["rows"], &listed["total"]), (&json!(id), &json!(400), &json!(400)), "{listed}");
    let stream = client.get(&format!("/v1/histories/{id}/events"));
    assert!(stream.text().contains("\"outcome\":\"completed\""), "the stream ends with it: {}", stream.text());
    let journal = client.get(&format!("/v1/histories/{id}/journal?limit=1000"));
    let entries: Vec<Value> =
        journal.text().lines().map(|line| serde_json::from_str(line).expect("each is JSON")).collect();
    assert!(entries.first().is_some_and(|first| first.pointer("/happened/opened").is_some()), "{entries:?}");
    let read = entries.iter().filter(|entry| entry.pointer("/happened/event/answer/read").is_some()).count();
    assert_eq!(read, 9, "{entries:?}");
    let audit = client.get(&format!("/v1/histories/{id}/audit"));
    let ended = audit.text().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ended = ended.into_iter().find(|record| record["kind"] == "ended").expect("its end is written down");
    assert_eq!(ended.pointer("/extraction/records_processed"), Some(&json!(400)), "{ended}");
    assert_eq!(ended.pointer("/extraction/compliance_status"), Some(&json!("VERIFIED")), "{ended}");
    assert!(
        ended["extraction"]["query_filter"].as_str().is_some_and(|filter| filter.starts_with("nodeTimestamp >= '"))
    );
}

#[test]
fn ids_and_an_error_state_are_asked_of_cxone_in_its_own_words() {
    let (stack, rows) = (stack(), stack().sim().history(""));
    let ids: Vec<&str> = rows.iter().take(7).filter_map(|row| row["interactionId"].as_str()).collect();
    let over = run(stack, &query(&json!({"interaction_ids": ids, "start": null, "page_size": 3})));
    assert_eq!((&over["rows"], &over["pages"]), (&json!(7), &json!(3)), "{over}");
    assert_eq!(over.pointer("/completion/accuracy"), Some(&json!(1.0)), "{over}");
    let limited = run(stack, &query(&json!({"limit": 120})));
    assert_eq!((&limited["rows"], &limited["pages"]), (&json!(120), &json!(3)), "{limited}");
    assert_eq!(limited.pointer("/completion/records_expected"), Some(&json!(120)), "{limited}");
    let failed = run(stack, &query(&json!({"error_state": true})));
    let theirs = stack.sim().history("errorState = True");
    assert_eq!(failed["rows"], json!(theirs.len()), "{failed}");
}
