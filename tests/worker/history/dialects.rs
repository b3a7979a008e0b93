//! Histories of other dialects: pages by cursor, and the states of contacts, one at a time.

use serde_json::{Value, json};

use super::{expected, id_of, query, report, run, stack};
use crate::worker::stack::{Stack, fresh_correlation_id, merged};

#[test]
fn pages_by_cursor_are_read_one_after_the_other() {
    let mut profile: Value =
        serde_json::from_str(include_str!("../../../crates/core/src/profile/interactions-history.json"))
            .expect("the profile is JSON");
    let more = json!({"name": "by-cursor", "history": {
        "body": {"filter": "{filter}", "limit": "{limit}", "cursor": "{cursor}", "sort": "nodeTimestamp DESC"},
        "answer": {"next": "/nextCursor"},
    }});
    profile = merged(profile, &more);
    profile["history"]["body"].as_object_mut().expect("it has a body").remove("offset");
    let profiles = format!("CXPULSE_PROFILES={}", json!([profile]));
    let stack = Stack::start_with(stack(), &["CXONE_PROFILE=by-cursor", &profiles]);
    let over = run(&stack, &query(&json!({"page_size": 70})));
    assert_eq!(
        (&over["outcome"], &over["rows"], &over["pages"]),
        (&json!("completed"), &json!(400), &json!(6)),
        "{over}"
    );
    assert_eq!(report(&stack, &id_of(&over), ""), expected(&stack, ""));
}

#[test]
fn the_states_of_contacts_are_the_steps_of_interactions() {
    let issuer = format!("CXONE_ISSUER=http://127.0.0.1:{}", stack().sim().port());
    let settings = [
        "CXONE_PROFILE=cxone-state-history",
        "CXONE_BASE_URL=",
        &issuer,
        r#"CXONE_VARIABLES={"tenant_id":"sim-tenant"}"#,
        "CXONE_ACCESS_KEY_ID=sim-key",
        "CXONE_ACCESS_KEY_SECRET=sim-key-secret",
    ];
    let stack = Stack::start_with(stack(), &settings);
    let body =
        json!({"interaction_ids": ["424242", "424243", "9999999999999"], "correlation_id": fresh_correlation_id()});
    let over = run(&stack, &body);
    assert_eq!((&over["outcome"], &over["interactions"]), (&json!("completed"), &json!(2)), "{over}");
    let anomalies = over["anomalies"].as_array().expect("anomalies are listed");
    assert!(anomalies.iter().any(|anomaly| anomaly["code"] == "UNKNOWN_CONTACT"), "{over}");
    assert_eq!(over.pointer("/completion/expected_by"), Some(&json!("interaction_ids")), "{over}");
    assert_eq!(over.pointer("/completion/accuracy"), Some(&json!(0.6666)), "{over}");
    let told = report(&stack, &id_of(&over), "");
    assert_eq!(told["interactions"], 2, "{told}");
    assert!(told["steps"].as_u64() > Some(4), "{told}");
    let refused = stack.client().post("/v1/histories", &json!({"start": "2026-11-20T00:00:00Z"}));
    assert_eq!(refused.status(), 422, "{}", refused.text());
}
