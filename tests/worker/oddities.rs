//! A CXone out of the ordinary: other ways to a token, token endpoints and headers that make no sense, faults by share;
//! what executions, and calls by the proxy, come to on the built Worker.

use std::time::Duration;

use serde_json::{Value, json};

use super::stack::{Stack, quick_start};

#[test]
fn a_page_of_html_in_place_of_a_token_is_waited_out() {
    let stack = Stack::alone();
    stack.sim().set_faults(&json!({"token_html": true}));
    stack.reset_gate();
    let submits = stack.sim().total("submit");
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    stack.when(accepted.id(), PATIENCE, |snapshot| snapshot.text("/waiting/reason") == "credentials");
    assert_eq!(stack.gate()["credentials"]["state"], "failing", "{}", stack.gate());
    assert_eq!(stack.sim().total("submit"), submits, "nothing goes without a token");
    stack.sim().calm();
    assert_eq!(stack.ended(accepted.id(), PATIENCE).ending(), "completed/completed");
}

#[test]
fn a_token_that_does_not_say_when_it_ends_serves_all_the_same() {
    let stack = Stack::alone();
    stack.sim().set_faults(&json!({"token_without_expiry": true}));
    stack.reset_gate();
    let tokens = stack.sim().total("token");
    for _ in 0..3 {
        assert_eq!(run(&stack), "completed/completed");
    }
    assert_eq!(stack.sim().total("token") - tokens, 1, "it is not fetched for each call");
    assert!(stack.gate()["credentials"]["expires_at"].is_string(), "{}", stack.gate());
}

#[test]
fn rate_limit_headers_that_make_no_sense_stop_nobody() {
    let stack = Stack::alone();
    for (remaining, reset) in [("-1", "soon"), ("0", "-5"), ("99999999999999999999", "1e999"), ("0", "1")] {
        let headers = json!({"limit": "none", "remaining": remaining, "reset": reset});
        stack.sim().set_faults(&json!({"ratelimit_headers": headers}));
        assert_eq!(run(&stack), "completed/completed", "{remaining} {reset}");
        assert!(remaining != "-1" || stack.gate()["embargo_until"].is_null(), "{}", stack.gate());
    }
}

#[test]
fn a_share_of_faults_opens_the_breaker_and_a_probe_closes_it() {
    let breaker =
        r#"CXONE_BREAKER={"mode":"sampled","percent":50,"window_seconds":5,"calls_min":4,"open_seconds":1,"probes":1}"#;
    let stack = Stack::start_set(&[breaker]);
    let ids: Vec<_> = (0..8).map(|_| stack.accept(&quick_start("sim-for-6s", &json!({}))).id().to_owned()).collect();
    for id in &ids {
        stack.when(id, PATIENCE, |snapshot| snapshot.status() == "running");
    }
    stack.sim().set_faults(&json!({"rates": {"server_error": 1}, "only": ["poll"]}));
    for id in &ids {
        stack.when(id, PATIENCE, |snapshot| snapshot.text("/waiting/reason") == "breaker_open");
    }
    assert!(stack.gate()["counts"]["opened"].as_u64() >= Some(1), "{}", stack.gate());
    stack.sim().calm();
    for id in &ids {
        assert_eq!(stack.ended(id, PATIENCE).outcome(), Some("completed"));
    }
    assert_eq!(stack.gate()["breaker"]["state"], "closed", "{}", stack.gate());
}

#[test]
fn a_static_token_is_used_and_none_is_fetched() {
    let profile = with_token("fixed-actions", json!({"flow": "static"}));
    let stack = Stack::start_set(&[
        "CXPULSE_SIM_OPTIONS=--static-token the-token-that-stays",
        &format!("CXPULSE_PROFILES=[{profile}]"),
        "CXONE_PROFILE=fixed-actions",
        "CXONE_STATIC_TOKEN=the-token-that-stays",
        "CXONE_CLIENT_ID=",
        "CXONE_CLIENT_SECRET=",
    ]);
    assert_eq!(run(&stack), "completed/completed");
    assert_eq!(stack.sim().total("token"), 0);
}

#[test]
fn an_access_key_by_form_brings_a_token_from_where_cxone_says() {
    let upstream = Stack::start();
    let sim = upstream.sim();
    let path = "/incontactapi/services/v27.0/contacts/4711/state-history";
    let stack = Stack::start_with(
        &upstream,
        &[
            "CXONE_PROFILE=cxone-state-history",
            "CXONE_BASE_URL=",
            &format!("CXONE_ISSUER=http://127.0.0.1:{}", sim.port()),
            r#"CXONE_VARIABLES={"tenant_id":"sim-tenant"}"#,
            "CXONE_ACCESS_KEY_ID=sim-key",
            "CXONE_ACCESS_KEY_SECRET=sim-key-secret",
            &format!(r#"CXONE_PROXY=[{{"methods":["GET"],"path":"{path}"}}]"#),
        ],
    );
    let answer = stack.client().get(&format!("/v1/proxy{path}"));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    assert!(answer.json()["contactStateHistory"].as_array().is_some_and(|rows| !rows.is_empty()), "{}", answer.text());
    assert_eq!((sim.total("discovery"), sim.total("token")), (2, 1), "where its API is, where its tokens are");
}

#[test]
fn interactions_are_asked_for_through_the_gate_with_the_tenants_token() {
    let path = "/api/v2/interactions/history/query";
    let upstream = Stack::start();
    let rule = format!(r#"CXONE_PROXY=[{{"methods":["POST"],"path":"{path}"}}]"#);
    let stack = Stack::start_with(&upstream, &["CXONE_PROFILE=interactions-history", &rule]);
    let query = json!({"filter": "errorState = False", "limit": 3, "offset": 0, "sort": "nodeTimestamp DESC"});
    let answer = stack.client().post(&format!("/v1/proxy{path}"), &query);
    assert_eq!(answer.status(), 200, "{}", answer.text());
    assert_eq!(answer.json()["data"].as_array().map(Vec::len), Some(3), "{}", answer.text());
    assert_eq!(stack.gate()["counts"]["granted"], 1, "{}", stack.gate());
    assert_eq!((upstream.sim().total("history"), upstream.sim().total("token")), (1, 1));
}

fn run(stack: &Stack) -> String {
    stack.ended(stack.accept(&quick_start("sim-instant", &json!({}))).id(), PATIENCE).ending()
}

/// The dialect `dataactions` under another name, with another way to a token.
fn with_token(name: &str, flow: Value) -> Value {
    let mut profile: Value = serde_json::from_str(DATAACTIONS).expect("the built-in profile is JSON");
    profile["name"] = json!(name);
    profile["token"] = flow;
    profile
}

const DATAACTIONS: &str = include_str!("../../crates/core/src/profile/dataactions.json");

const PATIENCE: Duration = Duration::from_secs(60);
