//! Who may see a batch, and what of it; lists and the audit log.

use serde_json::json;

use super::{PATIENCE, accept, batch, ended, id_of, text};
use crate::worker::stack::{Stack, wait_for};
use crate::worker::tenants::{acme, several};

#[test]
fn a_batchs_token_opens_it_and_its_items_and_nothing_else() {
    let stack = Stack::shared();
    let accepted = accept(stack, &batch("sim-instant", 2, &json!({})));
    let other = id_of(&accept(stack, &batch("sim-instant", 1, &json!({}))));
    let id = id_of(&accepted);
    ended(stack, &id);
    let token = text(&accepted, "view_token");
    let viewer = stack.client_with(Some(&token));
    let item = |batch: &str| format!("/v1/executions/exe_{}-0", batch.trim_start_matches("bat_"));
    for path in [format!("/v1/batches/{id}"), format!("/v1/batches/{id}?limit=5"), item(&id)] {
        assert_eq!(viewer.get(&path).status(), 200, "{path}");
    }
    for path in [format!("/v1/batches/{other}"), item(&other), format!("{}/journal", item(&id))] {
        assert_eq!(viewer.get(&path).problem(), "403 forbidden", "{path}");
    }
    let redrive = format!("/v1/batches/{id}/redrive");
    assert_eq!(viewer.send("POST", &redrive, b"").problem(), "403 forbidden");
    let asked = json!({"resources": [id], "verbs": ["redrive"]});
    let minted = stack.client().post("/v1/tokens", &asked);
    assert_eq!(minted.status(), 201, "{}", minted.text());
    let redriver = stack.client_with(Some(&text(&minted.json(), "token")));
    assert_eq!(redriver.send("POST", &redrive, b"").status(), 200, "nothing is to run again");
}

#[test]
fn batches_of_others_are_not_there() {
    let stack = several();
    let ours = id_of(&accept(stack, &batch("sim-instant", 2, &json!({}))));
    let answer = acme(stack).post("/v1/batches", &batch("sim-instant", 2, &json!({})));
    assert_eq!(answer.status(), 202, "{}", answer.text());
    let theirs = id_of(&answer.json());
    assert_eq!(acme(stack).get(&format!("/v1/batches/{theirs}")).status(), 200);
    for path in ["", "?limit=5", "/events", "/journal", "/audit"] {
        assert_eq!(acme(stack).get(&format!("/v1/batches/{ours}{path}")).problem(), "404 not-found", "{path}");
    }
    for action in ["cancel", "redrive"] {
        let answer = acme(stack).send("POST", &format!("/v1/batches/{ours}/{action}"), b"");
        assert_eq!(answer.problem(), "404 not-found", "{action}");
    }
    let item = format!("/v1/executions/exe_{}-0", ours.trim_start_matches("bat_"));
    assert_eq!(acme(stack).get(&item).problem(), "404 not-found", "nor are their items");
    let named = acme(stack).post("/v1/batches", &batch("sim-instant", 1, &json!({"tenant": "globex"})));
    assert_eq!(named.problem(), "422 invalid-request /tenant out_of_range");
}

#[test]
fn a_batch_is_listed_and_its_audit_log_tells_who_did_what() {
    let stack = Stack::shared();
    let tag = crate::worker::stack::fresh_correlation_id();
    let id = id_of(&accept(stack, &batch("sim-instant", 3, &json!({"tags": [tag]}))));
    ended(stack, &id);
    let listed = wait_for(PATIENCE, || {
        let page = stack.client().get(&format!("/v1/batches?tag={tag}&outcome=completed")).json();
        page["items"].as_array().filter(|items| !items.is_empty()).cloned()
    });
    let listed = listed.expect("the list has it soon");
    assert_eq!((listed.len(), text(&listed[0], "id")), (1, id.clone()));
    let executions = wait_for(PATIENCE, || {
        let page = stack.client().get(&format!("/v1/executions?tag={tag}")).json();
        page["items"].as_array().filter(|items| items.len() == 3).cloned()
    });
    assert!(executions.is_some(), "its items are listed as executions");
    let audit = stack.client().get(&format!("/v1/batches/{id}/audit"));
    assert!(
        audit.text().contains(r#""kind":"opened""#) && audit.text().contains(r#""kind":"ended""#),
        "{}",
        audit.text()
    );
    let journal = stack.client().get(&format!("/v1/batches/{id}/journal"));
    assert_eq!(journal.status(), 200);
    assert!(journal.text().lines().count() >= 4, "opened, started, and an end of each item: {}", journal.text());
}
