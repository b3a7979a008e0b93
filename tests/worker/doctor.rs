//! The doctor: a healthy tenant, and each setting that is wrong, in words that say what to set where.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::client::Client;
use super::stack::Stack;

#[test]
fn a_healthy_tenant_of_each_dialect_is_found_healthy() {
    let (stack, sim) = (ward(), Stack::shared().sim());
    sim.calm();
    for (tenant, expected) in [
        ("default", "token, clock, scope, poll"),
        ("dx", "token, clock, scope, poll"),
        ("at-once", "token, clock, scope, poll"),
        ("history", "token, clock, scope, poll"),
        ("extraction", "discovery, token, clock, poll"),
        ("states", "discovery, discovery, token, clock, poll"),
    ] {
        let report = examine(stack, tenant);
        assert_eq!(report["is_healthy"], true, "{report:#}");
        let names: Vec<_> = steps(&report).iter().map(|step| step["step"].as_str().unwrap_or_default()).collect();
        assert_eq!(names.join(", "), expected, "{report:#}");
        assert!(steps(&report).iter().all(|step| step["took_ms"].is_u64() && step["remedy"].is_null()), "{report:#}");
    }
    let untried = examine(stack, "at-once");
    assert!(steps(&untried).last().is_some_and(|step| step["judgement"] == "untried"), "{untried:#}");
    // Where nothing can be asked, nothing is called healthy.
    let unasked = examine(stack, "unasked");
    assert_eq!(unasked["is_healthy"], false, "{unasked:#}");
    assert!(steps(&unasked).iter().all(|step| step["judgement"] == "untried"), "{unasked:#}");
    let stale = examine(stack, "stale-token");
    let last = steps(&stale).last().cloned().unwrap_or_default();
    assert_eq!((&last["step"], &last["judgement"]), (&json!("poll"), &json!("bad")), "{stale:#}");
    for words in ["found", "remedy"] {
        assert!(last[words].to_string().contains("/stale-token/static_token of CXPULSE_TENANTS"), "{stale:#}");
    }
}

#[test]
fn what_is_wrong_is_said_with_the_setting_that_mends_it() {
    let stack = ward();
    for (tenant, step, found, remedy) in [
        ("no-host", "token", "there is no connection to", "/no-host/base_url of CXPULSE_TENANTS"),
        ("no-token-path", "token", "there is no token endpoint at /nowhere", "/no-token-path/token_url"),
        ("wrong-secret", "token", "(invalid_client)", "/wrong-secret/client_secret of CXPULSE_TENANTS"),
        ("wrong-scope", "token", "may not ask for nobody:has", "CXone's admin console"),
        ("wrong-key", "token", "CXone", "/wrong-key/access_key_secret of CXPULSE_TENANTS"),
        ("wrong-tenant", "discovery", "knows no such tenant (404)", "/wrong-tenant/variables of CXPULSE_TENANTS"),
        ("small-scope", "poll", "(403)", "grant the application"),
    ] {
        let report = examine(stack, tenant);
        assert_eq!(report["is_healthy"], false, "{report:#}");
        let last = steps(&report).iter().rfind(|step| step["judgement"] == "bad").cloned().unwrap_or_default();
        assert_eq!((last["step"].as_str(), last["judgement"].as_str()), (Some(step), Some("bad")), "{report:#}");
        assert!(last["found"].as_str().is_some_and(|text| text.contains(found)), "{found}: {report:#}");
        assert!(last["remedy"].as_str().is_some_and(|text| text.contains(remedy)), "{remedy}: {report:#}");
        for secret in ["sim-secret", "hunter2", "Bearer ", "sim-key-secret"] {
            assert!(!report.to_string().contains(secret), "{report:#}");
        }
    }
}

#[test]
fn faults_of_the_token_endpoint_are_told_apart() {
    let stack = Stack::alone();
    let last = |faults: Value| {
        stack.sim().set_faults(&faults);
        let report = examine(&stack, "default");
        stack.sim().calm();
        steps(&report).iter().rfind(|step| step["step"] == "token").cloned().unwrap_or_default()
    };
    for (faults, judgement, found) in [
        (json!({"token_html": true}), "bad", "a page of HTML"),
        (json!({"token_refused": true}), "bad", "(invalid_client)"),
        (json!({"token_5xx": true}), "bad", "fails itself (5"),
        (json!({"token_without_expiry": true}), "good", "without expires_in"),
    ] {
        let step = last(faults);
        assert_eq!(step["judgement"], judgement, "{step:#}");
        assert!(step["found"].as_str().is_some_and(|text| text.contains(found)), "{found}: {step:#}");
        assert!(step["remedy"].is_string(), "{step:#}");
    }
}

fn examine(stack: &Stack, tenant: &str) -> Value {
    let answer = operator(stack).send("POST", &format!("/v1/tenants/{tenant}/doctor"), b"");
    assert_eq!(answer.status(), 200, "{tenant}: {}", answer.text());
    let report = answer.json();
    assert_eq!(report["tenant"], tenant);
    report
}

fn operator(stack: &Stack) -> Client {
    stack.client()
}

fn steps(report: &Value) -> &[Value] {
    report["steps"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A Worker with healthy tenants, and others each with one thing wrong.
fn ward() -> &'static Stack {
    static WARD: OnceLock<Stack> = OnceLock::new();
    WARD.get_or_init(|| {
        let shared = Stack::shared();
        let sim = format!("http://127.0.0.1:{}", shared.sim().port());
        let client = |profile: &str, secret: &str, more: Value| {
            let secret = json!({"binding": secret});
            merged(
                json!({"profile": profile, "base_url": sim, "client_id": "sim-client", "client_secret": secret}),
                more,
            )
        };
        let key = |secret: &str, tenant: &str, more: Value| {
            let places = json!({"issuer": sim, "variables": {"tenant_id": tenant}});
            let key = json!({"access_key_id": "sim-key", "access_key_secret": {"binding": secret}});
            merged(merged(places, key), more)
        };
        let good = "CXONE_CLIENT_SECRET";
        let tenants = json!({
            "dx": client("dx-actions", good, json!({})),
            "at-once": client("data-actions", good, json!({})),
            "history": client("interactions-history", good, json!({})),
            "extraction": key("CXONE_KEY", "sim-tenant", json!({"profile": "cxone-data-extraction"})),
            "states": key("CXONE_KEY", "sim-tenant", client_of("cxone-state-history")),
            "no-host": client("dataactions", good, json!({"base_url": "http://127.0.0.1:1"})),
            "no-token-path": client("dataactions", good, json!({"token_url": format!("{sim}/nowhere/token")})),
            "wrong-secret": client("dataactions", "CXONE_WRONG", json!({})),
            "wrong-scope": client("greedy", good, json!({})),
            "small-scope": client("modest", good, json!({})),
            "wrong-key": key("CXONE_WRONG", "sim-tenant", json!({"profile": "cxone-data-extraction"})),
            "unasked": {"profile": "mute", "base_url": sim, "static_token": {"binding": "CXONE_WRONG"}},
            "stale-token": {"profile": "fixed", "base_url": sim, "static_token": {"binding": "CXONE_WRONG"}},
            "wrong-tenant": key("CXONE_KEY", "nobody", json!({"profile": "cxone-data-extraction"})),
        });
        let profile_of = |text: &str, name: &str, change: &dyn Fn(&mut Value)| {
            let mut profile: Value = serde_json::from_str(text).expect("the built-in profile is JSON");
            profile["name"] = json!(name);
            change(&mut profile);
            profile
        };
        let profile = |name: &str, change: &dyn Fn(&mut Value)| profile_of(DATAACTIONS, name, change);
        let profiles = json!([
            profile("fixed", &|profile| profile["token"] = json!({"flow": "static"})),
            profile_of(AT_ONCE, "mute", &|profile| profile["token"] = json!({"flow": "static"})),
            profile("greedy", &|profile| profile["token"]["scope"] = json!("nobody:has")),
            profile("modest", &|profile| profile["token"]["scope"] = json!("interactions:read")),
        ]);
        let settings = [
            format!("CXPULSE_TENANTS={tenants}"),
            format!("CXPULSE_PROFILES={profiles}"),
            "CXONE_KEY=sim-key-secret".into(),
            "CXONE_WRONG=hunter2".into(),
        ];
        Stack::start_with(shared, &settings.each_ref().map(String::as_str))
    })
}

fn client_of(profile: &str) -> Value {
    json!({"profile": profile, "client_id": "sim-client", "client_secret": {"binding": "CXONE_CLIENT_SECRET"}})
}

fn merged(mut base: Value, more: Value) -> Value {
    if let (Some(base), Value::Object(more)) = (base.as_object_mut(), more) {
        base.extend(more);
    }
    base
}

const DATAACTIONS: &str = include_str!("../../crates/core/src/profile/dataactions.json");
const AT_ONCE: &str = include_str!("../../crates/core/src/profile/data-actions.json");
