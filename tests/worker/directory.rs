//! A tenant's directory: lists and the audit log by page, filter and time; told exactly once through crashes; nothing of
//! one tenant visible to another.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::audit::{audit_of, next_of};
use super::client::Client;
use super::snapshot::Snapshot;
use super::stack::{Stack, fresh_correlation_id, merged, quick_start, wait_for};

use super::tenants::{acme, several};

#[test]
fn executions_are_listed_by_what_they_are_and_how_they_stand() {
    let stack = Stack::shared();
    let (tag, correlation_id) = (fresh_correlation_id(), fresh_correlation_id());
    let more = json!({"tags": [tag, "crm & co"], "timeout_seconds": 900});
    let running = stack.accept(&quick_start("sim-never", &more));
    let failing = stack.accept(&quick_start("sim-failing", &more));
    let named =
        stack.accept(&quick_start("sim-instant", &merged(more.clone(), &json!({"correlation_id": correlation_id}))));
    let all = [named.id(), failing.id(), running.id()];
    assert_eq!(listed(stack, &format!("tag={tag}&outcome=completed"), 1), all[..1]);
    assert_eq!(listed(stack, &format!("tag={tag}&outcome=failed"), 1), all[1..2]);
    assert_eq!(listed(stack, &format!("tag={tag}"), 3), all, "the newest first");
    assert_eq!(listed(stack, &format!("correlation_id={correlation_id}"), 1), all[..1]);
    assert_eq!(listed(stack, &format!("correlation_id={correlation_id}&tag={tag}&status=completed"), 1), all[..1]);
    assert_eq!(listed(stack, &format!("correlation_id={correlation_id}&tag=other"), 0), [""; 0]);
    assert_eq!(listed(stack, &format!("tag={tag}&status=canceled"), 0), [""; 0]);
    // Some may have begun within one millisecond.
    let created = |one: &Snapshot| one.text("/created_at").to_owned();
    let since = [&running, &failing, &named].iter().filter(|one| created(one) >= created(&failing)).count();
    assert_eq!(listed(stack, &format!("tag={tag}&from={}", created(&failing)), since), all[..since]);
    assert_eq!(listed(stack, &format!("tag={tag}&to={}", created(&failing)), 3 - since), all[since..]);
    assert_eq!(stack.client().send("POST", running.text("/links/cancel"), b"").status(), 202);
    assert_eq!(listed(stack, &format!("tag={tag}&status=canceled&outcome=canceled"), 1), all[2..]);
    let page = stack.client().get(&format!("/v1/executions?tag={tag}&outcome=canceled")).json();
    let snapshot = stack.look(running.id());
    for field in
        ["id", "kind", "tags", "correlation_id", "trace_id", "created_at", "ended_at", "status", "outcome", "links"]
    {
        assert_eq!(&page["items"][0][field], snapshot.at(&format!("/{field}")), "{field}");
    }
    assert_eq!(page["next"], Value::Null);
}

#[test]
fn pages_of_a_list_go_on_where_they_ended_whatever_begins_meanwhile() {
    let stack = Stack::shared();
    let tag = fresh_correlation_id();
    let more = json!({"tags": [tag], "timeout_seconds": 900});
    let start = || stack.accept(&quick_start("sim-instant", &more)).id().to_owned();
    let first: Vec<String> = (0..5).map(|_| start()).collect();
    listed(stack, &format!("tag={tag}"), 5);
    let mut shown = Vec::new();
    let mut next = Some(format!("/v1/executions?limit=2&tag={tag}"));
    while let Some(url) = next {
        let page = stack.client().get(&url);
        let body = page.json();
        let items = body["items"].as_array().expect("a list");
        assert!((1..=2).contains(&items.len()), "{body}");
        shown.extend(items.iter().map(|item| item["id"].as_str().unwrap_or_default().to_owned()));
        next = next_of(page.header("link"));
        assert_eq!(body["next"].as_str(), next.as_deref());
        start();
    }
    assert_eq!(shown.iter().collect::<BTreeSet<_>>(), first.iter().collect::<BTreeSet<_>>());
    assert_eq!(shown.len(), 5, "none twice");
}

#[test]
fn whatever_is_wrong_with_a_query_is_named_at_once() {
    let stack = Stack::shared();
    let refused = |path: &str| stack.client().get(path).problem();
    assert_eq!(
        refused("/v1/executions?status=RUNNING&limit=0&from=2026-11-21T10:00:00&cursor=x&state=1"),
        "400 invalid-parameter ?status out_of_range, ?from out_of_range, ?limit out_of_range, ?cursor out_of_range, \
         ?state unknown_field"
    );
    assert_eq!(
        refused("/v1/tenants/default/audit?kind=x&who=x&execution=x&to=x"),
        "400 invalid-parameter ?to out_of_range, ?kind out_of_range, ?execution out_of_range, ?who out_of_range"
    );
    assert_eq!(refused("/v1/executions?tenant=nobody"), "400 invalid-parameter ?tenant out_of_range");
    assert_eq!(refused("/v1/tenants/nobody/audit"), "404 not-found");
    let path = "/v1/executions?tenant=%27%3B%20DROP%20TABLE%20listing%3B--";
    assert_eq!(refused(path), "400 invalid-parameter ?tenant out_of_range");
    assert_eq!(stack.client().get("/v1/executions?tag=%27%3B%20DROP%20TABLE%20listing%3B--").status(), 200);
    assert_eq!(stack.client().send("HEAD", "/v1/executions", b"").status(), 200);
    assert_eq!(stack.client().send("PUT", "/v1/executions", b"").problem(), "405 method-not-allowed");
}

#[test]
fn a_tenants_log_has_each_record_of_its_executions_once_through_a_crash() {
    let stack = Stack::start_beside(Stack::shared());
    let accepted = stack.accept(&quick_start("sim-never", &json!({"timeout_seconds": 900})));
    let id = accepted.id().to_owned();
    wait_for(PATIENCE, || audit_of(&stack.client(), &id).iter().find(|one| one["kind"] == "status_check").cloned());
    let stack = stack.crash_and_restart();
    assert_eq!(stack.client().send("POST", &format!("/v1/executions/{id}/cancel"), b"").status(), 202);
    let is_whole = || {
        let own: Vec<Value> = audit_of(&stack.client(), &id);
        let told = tenant_log(&stack.client(), "default", &format!("execution={id}"));
        let is_over = own.iter().any(|one| one["kind"] == "ended") && own.iter().any(|one| one["verb"] == "audit");
        (is_over && own == told).then_some(told.len())
    };
    // What is not urgent is told in bunches, so the last access takes its time.
    let told = wait_for(PATIENCE, is_whole);
    let own = audit_of(&stack.client(), &id);
    let log = tenant_log(&stack.client(), "default", &format!("execution={id}"));
    assert!(told.is_some(), "all is told once: {own:#?} {log:#?}");
}

#[test]
fn a_tenants_log_is_read_by_time_kind_and_who_in_pages() {
    let stack = Stack::shared();
    let started: Vec<Snapshot> =
        (0..3).map(|_| stack.accept(&quick_start("sim-instant", &json!({"timeout_seconds": 900})))).collect();
    let from = started[0].text("/created_at").to_owned();
    let ids: BTreeSet<&str> = started.iter().map(Snapshot::id).collect();
    let of_ours = |query: &str| -> Vec<Value> {
        let log = tenant_log(&stack.client(), "default", query);
        log.into_iter().filter(|one| ids.contains(one["execution"].as_str().unwrap_or_default())).collect()
    };
    let since = format!("from={from}");
    let ended = wait_for(PATIENCE, || Some(of_ours(&format!("{since}&kind=ended"))).filter(|ended| ended.len() == 3));
    let ended = ended.expect("the ends of three are told");
    assert!(ended.iter().all(|one| one["kind"] == "ended" && one["outcome"] == "completed"), "{ended:?}");
    let all = of_ours(&since);
    let times: Vec<&str> = all.iter().map(|one| one["at"].as_str().unwrap_or_default()).collect();
    assert!(times.is_sorted() && times.iter().all(|at| *at >= from.as_str()), "{times:?}");
    let by_key = of_ours(&format!("{since}&who={}", all[0]["who"].as_str().unwrap_or_default()));
    assert!(by_key.len() >= 3 && by_key.iter().all(|one| one["who"] == all[0]["who"]), "{by_key:?}");
    assert_eq!(of_ours(&format!("to={from}")), [Value::Null; 0], "nothing before the first");
    // Others run beside these, so only a stretch that is over can be compared page by page.
    let until = ended[2]["at"].as_str().unwrap_or_default();
    let stretch = format!("execution={}&from={from}&to={until}", started[0].id());
    let whole = tenant_log(&stack.client(), "default", &stretch);
    assert_eq!(tenant_log(&stack.client(), "default", &format!("{stretch}&limit=1")), whole);
    let listed = stack.client().with("accept", "application/json").get(&format!("/v1/tenants/default/audit?{stretch}"));
    assert_eq!(listed.json(), Value::from(whole));
}

#[test]
fn nothing_of_a_tenant_is_in_the_list_or_the_log_of_another() {
    let stack = several();
    let tag = fresh_correlation_id();
    let body = quick_start("sim-instant", &json!({"tags": [tag], "timeout_seconds": 900}));
    let ours = stack.accept(&body);
    let theirs = Snapshot::of(acme(stack).post("/v1/executions", &body).json());
    let list = |client: &Client, more: &str| -> Vec<String> {
        let page = client.get(&format!("/v1/executions?tag={tag}{more}")).json();
        let items = page["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["id"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let operators = stack.client();
    let found = wait_for(PATIENCE, || {
        let (own, acmes) = (list(&operators, ""), list(&operators, "&tenant=acme"));
        (!own.is_empty() && !acmes.is_empty()).then_some((own, acmes))
    });
    assert_eq!(found, Some((vec![ours.id().to_owned()], vec![theirs.id().to_owned()])));
    assert_eq!(list(&acme(stack), ""), [theirs.id()]);
    for tenant in ["default", "globex", "nobody"] {
        let refused = acme(stack).get(&format!("/v1/executions?tenant={tenant}"));
        assert_eq!(refused.problem(), "400 invalid-parameter ?tenant out_of_range", "{tenant}");
        let log = acme(stack).get(&format!("/v1/tenants/{tenant}/audit"));
        assert!(matches!(log.status(), 403 | 404), "{tenant}: {}", log.text());
    }
    let log = wait_for(PATIENCE, || Some(tenant_log(&operators, "acme", "")).filter(|log| !log.is_empty()));
    let log = log.expect("acme's log has something");
    assert!(log.iter().all(|one| one["tenant"] == "acme"), "{log:?}");
    let viewer = stack.client_with(Some(theirs.text("/view_token")));
    assert_eq!(viewer.get("/v1/executions").problem(), "403 forbidden");
    assert_eq!(viewer.get("/v1/tenants/acme/audit").problem(), "403 forbidden");
}

#[test]
fn a_stranger_at_anothers_execution_is_in_its_log() {
    let stack = several();
    let ours = stack.accept(&quick_start("sim-instant", &json!({"timeout_seconds": 900})));
    assert_eq!(acme(stack).get(&format!("/v1/executions/{}", ours.id())).problem(), "404 not-found");
    let refused = wait_for(PATIENCE, || {
        audit_of(&stack.client(), ours.id()).into_iter().find(|one| one["refusal"] == "other_tenant")
    });
    let refused = refused.expect("the stranger is told of");
    assert_eq!((&refused["allowed"], &refused["verb"]), (&json!(false), &json!("read")), "{refused}");
}

#[test]
fn who_uses_what_is_no_execution_is_in_the_tenants_log() {
    let stack = several();
    let client = stack.client();
    let ours = Snapshot::of(acme(stack).post("/v1/executions", &quick_start("sim-instant", &json!({}))).json());
    let at = |rest: &str| format!("/v1/tenants/acme/{rest}");
    for (method, path, status) in [
        ("POST", at("gate/reset"), 204),
        ("GET", at("gate"), 200),
        ("GET", at("webhook"), 200),
        ("GET", at("webhook"), 200),
        ("GET", at("audit"), 200),
        ("GET", at("dead-letters"), 200),
        ("POST", at("dead-letters/redrive"), 202),
        ("GET", "/v1/executions?tenant=acme".to_owned(), 200),
    ] {
        let answer = client.send(method, &path, b"");
        assert_eq!(answer.status(), status, "{path}: {}", answer.text());
    }
    let asked = json!({"tenant": "acme", "resources": [ours.id()], "verbs": ["read"]});
    let minted = client.post("/v1/tokens", &asked).json();
    let verbs = ["reset", "gate", "webhook", "audit", "dead_letters", "redrive", "list", "mint"];
    let used = |query: &str| -> Vec<Value> {
        let log = tenant_log(&client, "acme", query);
        let is_of_neither = |one: &Value| one.get("execution").is_none() && one.get("flow").is_none();
        log.into_iter().filter(is_of_neither).collect()
    };
    let log = wait_for(PATIENCE, || {
        let log = used("kind=access");
        verbs.iter().all(|verb| log.iter().any(|one| one["verb"] == *verb)).then_some(log)
    });
    let log = log.unwrap_or_else(|| used("kind=access"));
    for verb in verbs {
        let named = log.iter().find(|one| one["verb"] == verb);
        assert!(named.is_some(), "{verb} is told of: {log:#?}");
        let Some(named) = named else { continue };
        let who = named["who"].as_str().unwrap_or_default();
        assert!(who.starts_with("key:") && named["tenant"] == "acme" && named["allowed"] == true, "{named}");
    }
    // Twice where the hour changed in between.
    assert!((1..=2).contains(&log.iter().filter(|one| one["verb"] == "webhook").count()), "{log:#?}");
    assert!(minted["id"].is_string() && log.iter().any(|one| one["token"] == minted["id"]), "{minted} {log:#?}");
    let numbers: BTreeSet<u64> = log.iter().map(|one| one["number"].as_u64().unwrap_or_default()).collect();
    assert_eq!(numbers, (1..=log.len() as u64).collect(), "each has a number of its own");
    let paged = used("kind=access&limit=1");
    assert!(log.iter().all(|one| paged.contains(one)), "page by page nothing is left out: {paged:#?}");
    assert!(!log.iter().any(|one| one.to_string().contains("whsec_")), "{log:#?}");
}

#[test]
fn what_is_over_for_long_enough_is_as_if_it_had_never_been() {
    let stack = Stack::start_with(
        Stack::shared(),
        // Ten seconds for an execution, and twenty for the log.
        &["CXPULSE_RETENTION_DAYS=0.00012", "CXPULSE_AUDIT_RETENTION_DAYS=0.00024"],
    );
    let (key, tag) = (fresh_correlation_id(), fresh_correlation_id());
    let body = quick_start("sim-never", &json!({"timeout_seconds": 900, "tags": [tag]}));
    let start = || Snapshot::of(stack.client().with("idempotency-key", &key).post("/v1/executions", &body).json());
    let first = start();
    let path = format!("/v1/executions/{}", first.id());
    assert_eq!(listed(&stack, &format!("tag={tag}"), 1), [first.id()]);
    assert_eq!(stack.client().send("POST", &format!("{path}/cancel"), b"").status(), 202);
    let gone = wait_for(PATIENCE, || (stack.client().get(&path).status() == 404).then_some(()));
    assert_eq!(gone, Some(()), "it deletes itself");
    for rest in ["", "/journal", "/audit", "/events"] {
        assert_eq!(stack.client().get(&format!("{path}{rest}")).problem(), "404 not-found", "{rest}");
    }
    assert_eq!(listed(&stack, &format!("tag={tag}"), 0), [""; 0]);
    let log = || tenant_log(&stack.client(), "default", &format!("execution={}", first.id()));
    assert_eq!(wait_for(PATIENCE, || log().is_empty().then_some(())), Some(()), "its records go, too");
    let again = start();
    assert_eq!(again.id(), first.id(), "the same key is the same id");
    assert_eq!((again.outcome(), again.status()), (None, "pending"), "and begins anew: {again}");
}

#[test]
fn what_begins_anew_under_its_old_key_is_listed_and_logged_as_another() {
    // Five seconds for an execution; the log stays.
    let stack = Stack::start_with(Stack::shared(), &["CXPULSE_RETENTION_DAYS=0.00006"]);
    let (key, tag) = (fresh_correlation_id(), fresh_correlation_id());
    let body = quick_start("sim-never", &json!({"timeout_seconds": 900, "tags": [tag]}));
    let start = || Snapshot::of(stack.client().with("idempotency-key", &key).post("/v1/executions", &body).json());
    let first = start();
    let path = format!("/v1/executions/{}", first.id());
    assert_eq!(stack.client().send("POST", &format!("{path}/cancel"), b"").status(), 202);
    let gone = wait_for(PATIENCE, || (stack.client().get(&path).status() == 404).then_some(()));
    assert_eq!(gone, Some(()), "it deletes itself");
    let again = start();
    assert_eq!(again.id(), first.id(), "the same key is the same id");
    let opened = || {
        let log = tenant_log(&stack.client(), "default", &format!("execution={}&kind=opened", first.id()));
        (log.len() == 2).then_some(log)
    };
    let opened = wait_for(PATIENCE, opened).expect("both are in the log");
    assert!(opened[0]["at"].as_str() < opened[1]["at"].as_str(), "{opened:?}");
    assert_eq!(listed(&stack, &format!("tag={tag}"), 1), [again.id()]);
    let page = stack.client().get(&format!("/v1/executions?tag={tag}")).json();
    assert_eq!(page["items"][0]["created_at"], *again.at("/created_at"));
    assert_eq!(page["items"][0]["outcome"], Value::Null);
}

#[test]
fn a_retention_that_is_none_is_refused_by_name() {
    for (name, value) in [("CXPULSE_RETENTION_DAYS", "0"), ("CXPULSE_AUDIT_RETENTION_DAYS", "a year")] {
        let refusal = Stack::refusal_of(&[&format!("{name}={value}")]);
        assert!(refusal.contains(&format!("{name} must be a number of days, 0.00001 to 400")), "{refusal}");
        assert!(!refusal.contains("a year"), "{refusal}");
    }
}

/// The ids of a list, once there are so many.
///
/// # Panics
/// When there never are.
#[track_caller]
fn listed(stack: &Stack, query: &str, count: usize) -> Vec<String> {
    let list = || {
        let page = stack.client().get(&format!("/v1/executions?{query}"));
        assert_eq!(page.status(), 200, "{}", page.text());
        let items = page.json()["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["id"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let found = wait_for(PATIENCE, || Some(list()).filter(|ids| ids.len() == count));
    found.unwrap_or_else(|| {
        let ids = list();
        assert_eq!(ids.len(), count, "{query}: {ids:?}");
        ids
    })
}

/// A tenant's log, page by page.
fn tenant_log(client: &Client, tenant: &str, query: &str) -> Vec<Value> {
    let mut records = Vec::new();
    let mut next = Some(format!("/v1/tenants/{tenant}/audit?{query}"));
    while let Some(url) = next {
        let page = client.get(&url);
        assert_eq!(page.status(), 200, "{}", page.text());
        records.extend(page.text().lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON")));
        next = next_of(page.header("link"));
    }
    records
}

const PATIENCE: Duration = Duration::from_secs(180);
