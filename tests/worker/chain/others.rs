//! Who may see a chain, and what of it; lists and the audit log.

use serde_json::json;

use super::{PATIENCE, accept, chain, ended, id_of, node, text};
use crate::worker::stack::{Stack, fresh_correlation_id, wait_for};
use crate::worker::tenants::{acme, several};

#[test]
fn a_chains_token_opens_it_and_its_nodes_and_nothing_else() {
    let stack = Stack::shared();
    let nodes = json!({"a": node("sim-instant", &[], &json!({}))});
    let accepted = accept(stack, &chain(&nodes, &json!({})));
    let other = id_of(&accept(stack, &chain(&nodes, &json!({}))));
    let id = id_of(&accepted);
    ended(stack, &id);
    let token = text(&accepted, "view_token");
    let viewer = stack.client_with(Some(&token));
    let item = |chain: &str| format!("/v1/executions/exe_{}-0", chain.trim_start_matches("chn_"));
    let this = format!("/v1/chains/{id}");
    for path in [this.clone(), format!("{this}/results"), format!("{this}/graph"), item(&id)] {
        assert_eq!(viewer.get(&path).status(), 200, "{path}");
    }
    for path in [format!("/v1/chains/{other}"), format!("/v1/chains/{other}/results"), format!("{this}/journal")] {
        assert_eq!(viewer.get(&path).problem(), "403 forbidden", "{path}");
    }
    for verb in ["cancel", "redrive"] {
        let path = format!("{this}/{verb}");
        assert_eq!(viewer.send("POST", &path, b"").problem(), "403 forbidden");
        let minted = stack.client().post("/v1/tokens", &json!({"resources": [id], "verbs": [verb]}));
        assert_eq!(minted.status(), 201, "{}", minted.text());
        let holder = stack.client_with(Some(&text(&minted.json(), "token")));
        assert_eq!(holder.send("POST", &path, b"").status(), 200, "it has ended, and nothing is to run again");
    }
}

#[test]
fn chains_of_others_are_not_there() {
    let stack = several();
    let nodes = json!({"a": node("sim-instant", &[], &json!({}))});
    let ours = id_of(&accept(stack, &chain(&nodes, &json!({}))));
    let answer = acme(stack).post("/v1/chains", &chain(&nodes, &json!({})));
    assert_eq!(answer.status(), 202, "{}", answer.text());
    let theirs = id_of(&answer.json());
    assert_eq!(acme(stack).get(&format!("/v1/chains/{theirs}")).status(), 200);
    for path in ["", "/results", "/graph", "/events", "/journal", "/audit"] {
        assert_eq!(acme(stack).get(&format!("/v1/chains/{ours}{path}")).problem(), "404 not-found", "{path}");
    }
    for action in ["cancel", "redrive"] {
        let answer = acme(stack).send("POST", &format!("/v1/chains/{ours}/{action}"), b"");
        assert_eq!(answer.problem(), "404 not-found", "{action}");
    }
    let named = acme(stack).post("/v1/chains", &chain(&nodes, &json!({"tenant": "globex"})));
    assert_eq!(named.problem(), "422 invalid-request /tenant out_of_range");
}

#[test]
fn a_chain_is_listed_and_its_audit_log_tells_who_did_what() {
    let stack = Stack::shared();
    let tag = fresh_correlation_id();
    let nodes = json!({"a": node("sim-instant", &[], &json!({})), "b": node("sim-instant", &["a"], &json!({}))});
    let id = id_of(&accept(stack, &chain(&nodes, &json!({"tags": [tag]}))));
    ended(stack, &id);
    let of = |path: String, count: usize| {
        let page = stack.client().get(&path).json();
        page["items"].as_array().filter(|items| items.len() == count).cloned()
    };
    let listed = wait_for(PATIENCE, || of(format!("/v1/chains?tag={tag}&outcome=completed"), 1));
    let listed = listed.expect("the list has it soon");
    assert_eq!((text(&listed[0], "id"), &listed[0]["summary"]["successful"]), (id.clone(), &json!(2)));
    let executions = wait_for(PATIENCE, || of(format!("/v1/executions?tag={tag}"), 2));
    assert!(executions.is_some(), "its nodes are listed as executions");
    assert_eq!(of(format!("/v1/batches?tag={tag}"), 0).map(|none| none.len()), Some(0), "and not as batches");
    let query = stack.client().get("/v1/chains?status=lost&colour=red");
    assert_eq!(query.problem(), "400 invalid-parameter ?status out_of_range, ?colour unknown_field");
    let audit = stack.client().get(&format!("/v1/chains/{id}/audit"));
    for kind in ["opened", "ended"] {
        assert!(audit.text().contains(&format!(r#""kind":"{kind}""#)), "{}", audit.text());
    }
    let of_tenant = wait_for(PATIENCE, || {
        let log = stack.client().get(&format!("/v1/tenants/default/audit?chain={id}&kind=ended"));
        assert_eq!(log.status(), 200, "{}", log.text());
        (log.text().lines().count() == 1).then_some(())
    });
    assert!(of_tenant.is_some(), "the tenant's log has it, too");
}
