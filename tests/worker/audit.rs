//! The audit log of one execution: every check, decision, end and access, with who and when, in pages.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Client;
use super::stack::{Stack, quick_start, wait_for};

#[test]
fn a_life_is_told_from_its_opening_to_its_end() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-fast", &LONG.clone()));
    stack.ended(accepted.id(), PATIENCE);
    let records = audit_of(&stack.client(), accepted.id());
    let numbers: Vec<_> = records.iter().map(|record| record["number"].as_u64().unwrap_or_default()).collect();
    assert_eq!(numbers, (1..=records.len() as u64).collect::<Vec<_>>());
    let kinds: Vec<_> = records.iter().map(|record| record["kind"].as_str().unwrap_or_default()).collect();
    assert_eq!(kinds.first(), Some(&"opened"), "{kinds:?}");
    for kind in ["submit", "decision", "status_check", "ended"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    for record in &records {
        assert_eq!(record["execution"], json!(accepted.id()), "{record}");
        assert_eq!(record["tenant"], json!("default"), "{record}");
        assert_eq!(record["trace_id"], *accepted.at("/trace_id"), "{record}");
        let at = record["at"].as_str().unwrap_or_default();
        assert!(at.parse::<jiff::Timestamp>().is_ok() && at.ends_with('Z'), "{record}");
    }
    let ended = records.iter().find(|record| record["kind"] == "ended").expect("it has ended");
    assert_eq!(
        (&ended["outcome"], &ended["source"], &ended["who"]),
        (&json!("completed"), &json!("fresh"), &json!("system"))
    );
    let who = records[0]["who"].as_str().unwrap_or_default();
    assert!(who.starts_with("key:"), "{who} opened it");
}

#[test]
fn whoever_uses_an_execution_is_named_once_an_hour_and_so_is_whoever_may_not() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &LONG.clone()));
    let id = accepted.id();
    let viewer = stack.client_with(Some(accepted.text("/view_token")));
    for _ in 0..5 {
        assert_eq!(viewer.get(&format!("/v1/executions/{id}")).status(), 200);
    }
    assert_eq!(viewer.get(&format!("/v1/executions/{id}/journal")).status(), 403);
    assert_eq!(viewer.send("POST", &format!("/v1/executions/{id}/cancel"), b"").status(), 403);
    stack.journal(id);
    assert_eq!(stack.client().send("POST", &format!("/v1/executions/{id}/cancel"), b"").status(), 202);
    let accesses = |records: &[Value]| -> Vec<String> {
        let accesses = records.iter().filter(|record| record["kind"] == "access");
        accesses.map(|one| format!("{} {} {}", scheme(&one["who"]), one["verb"], one["allowed"])).collect()
    };
    let wanted = [
        r#"token "read" true"#,
        r#"token "journal" false"#,
        r#"key "journal" true"#,
        r#"key "cancel" true"#,
        r#"key "audit" true"#,
    ];
    let records = wait_for(PATIENCE, || {
        let records = audit_of(&stack.client(), id);
        let accesses = accesses(&records);
        wanted.iter().all(|line| accesses.iter().any(|one| one == line)).then_some(records)
    });
    let records = records.unwrap_or_else(|| audit_of(&stack.client(), id));
    let named = accesses(&records);
    for line in wanted {
        // Twice where the hour changed in between.
        let count = named.iter().filter(|one| *one == line).count();
        assert!((1..=2).contains(&count), "{line} is told once: {named:?}");
    }
    let ended = records.iter().find(|record| record["kind"] == "ended").expect("it has ended");
    assert_eq!(scheme(&ended["who"]), "key", "the end names who asked for it: {ended}");
    let refused = records.iter().find(|record| record["allowed"] == json!(false)).expect("somebody was refused");
    assert_eq!(refused["refusal"], json!("forbidden"));
}

#[test]
fn tokens_of_one_key_are_one_caller_and_say_whose_they_are() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &LONG.clone()));
    let id = accepted.id();
    let asked = json!({"resources": [id], "verbs": ["read"]});
    for _ in 0..5 {
        let minted = stack.client().post("/v1/tokens", &asked).json();
        let viewer = stack.client_with(minted["token"].as_str());
        assert_eq!(viewer.get(&format!("/v1/executions/{id}")).status(), 200);
        assert_eq!(viewer.get(&format!("/v1/executions/{id}/journal")).status(), 403);
    }
    let by_tokens = || -> Vec<Value> {
        let records = audit_of(&stack.client(), id).into_iter();
        records.filter(|one| one["kind"] == "access" && scheme(&one["who"]) == "token").collect()
    };
    // The last of them is written after all before it.
    stack.client().send("POST", &format!("/v1/executions/{id}/cancel"), b"");
    let told = wait_for(PATIENCE, || {
        let is_last = audit_of(&stack.client(), id).iter().any(|one| one["verb"] == "cancel");
        is_last.then(by_tokens).filter(|told| told.iter().any(|one| one["allowed"] == json!(false)))
    });
    let told = told.unwrap_or_else(by_tokens);
    for (verb, allowed) in [("read", true), ("journal", false)] {
        // Twice where the hour changed in between.
        let count = told.iter().filter(|one| one["verb"] == verb && one["allowed"] == json!(allowed)).count();
        assert!((1..=2).contains(&count), "{verb}: {told:#?}");
    }
    let opener = audit_of(&stack.client(), id)[0]["who"].clone();
    assert!(told.iter().all(|one| one["minted_by"] == opener), "{told:#?}");
}

#[test]
fn an_audit_log_comes_in_pages_as_lines_or_as_json() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-fast", &LONG.clone()));
    stack.ended(accepted.id(), PATIENCE);
    // Whoever reads it is told of in it, so the first reading comes before the one that is compared.
    let path = format!("/v1/executions/{}/audit", accepted.id());
    wait_for(PATIENCE, || audit_of(&stack.client(), accepted.id()).iter().find(|one| one["verb"] == "audit").cloned());
    let answer = stack.client().get(&path);
    assert_eq!((answer.status(), answer.header("content-type")), (200, "application/x-ndjson"));
    let whole: Vec<String> = answer.text().lines().map(str::to_owned).collect();
    let listed = stack.client().with("accept", "application/json").get(&path);
    let lines: Vec<Value> = whole.iter().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    assert_eq!(listed.json(), Value::from(lines));
    let mut paged = Vec::new();
    let mut next = Some(format!("{path}?limit=2"));
    while let Some(url) = next {
        let page = stack.client().get(&url);
        assert_eq!(page.status(), 200, "{}", page.text());
        assert!(page.text().lines().count() <= 2);
        paged.extend(page.text().lines().map(str::to_owned));
        next = next_of(page.header("link"));
    }
    assert_eq!(paged, whole);
    for query in ["limit=0", "limit=1001", "after=x"] {
        let refused = stack.client().get(&format!("{path}?{query}"));
        assert!(refused.problem().starts_with("400 invalid-parameter"), "{query}");
    }
}

#[test]
fn an_audit_log_is_for_those_who_may_see_the_journal() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &LONG.clone()));
    let path = format!("/v1/executions/{}/audit", accepted.id());
    let viewer = stack.client_with(Some(accepted.text("/view_token")));
    assert_eq!(viewer.get(&path).problem(), "403 forbidden");
    assert_eq!(stack.client_with(None).get(&path).problem(), "401 unauthorized");
    assert_eq!(stack.client().send("POST", &path, b"").problem(), "405 method-not-allowed");
    assert_eq!(stack.client().get("/v1/executions/exe_0/audit").problem(), "404 not-found");
    assert_eq!(stack.client().get(&format!("/v1/executions/exe_{}/audit", "0".repeat(32))).problem(), "404 not-found");
}

/// Every record of an execution.
pub(crate) fn audit_of(client: &Client, id: &str) -> Vec<Value> {
    let answer = client.get(&format!("/v1/executions/{id}/audit"));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer.text().lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// The target of `rel="next"` in a `Link` header (RFC 8288).
pub(crate) fn next_of(link: &str) -> Option<String> {
    let next = link.split(',').find(|link| link.contains("rel=\"next\""))?;
    Some(next.split_once('<')?.1.split_once('>')?.0.to_owned())
}

fn scheme(who: &Value) -> &str {
    who.as_str().unwrap_or_default().split(':').next().unwrap_or_default()
}

/// A life that outlasts any slowness of the machine.
static LONG: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| json!({"timeout_seconds": 900}));

const PATIENCE: Duration = Duration::from_secs(180);
