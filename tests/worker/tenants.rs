//! Several tenants on one deployment, each with its dialect and its secrets: nothing of one is visible to another.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::client::Client;
use super::snapshot::Snapshot;
use super::stack::{Stack, fresh_correlation_id, quick_start};

#[test]
fn tenants_of_different_dialects_run_side_by_side() {
    let (stack, sim) = (several(), Stack::shared().sim());
    let start = |tenant: &str| {
        let correlation_id = fresh_correlation_id();
        let body = quick_start("sim-fast", &json!({"tenant": tenant, "correlation_id": correlation_id}));
        (stack.accept(&body).id().to_owned(), correlation_id)
    };
    let (ours, theirs) = (start("default"), start("acme"));
    for (id, correlation_id) in [ours, theirs] {
        let ended = stack.ended(&id, Duration::from_secs(30));
        assert_eq!(ended.outcome(), Some("completed"), "{ended}");
        assert_eq!(sim.the_one(&correlation_id).status, "COMPLETED");
    }
}

#[test]
fn a_tenants_key_acts_for_that_tenant_unasked_and_for_no_other() {
    let stack = several();
    let start = |client: &Client, more: Value| client.post("/v1/executions", &quick_start("sim-instant", &more));
    for more in [json!({}), json!({"tenant": null}), json!({"tenant": "acme"})] {
        let answer = start(&acme(stack), more);
        assert_eq!(answer.status(), 202, "{}", answer.text());
        let ended = stack.ended(Snapshot::of(answer.json()).id(), Duration::from_secs(30));
        assert_eq!(ended.outcome(), Some("completed"), "{ended}");
    }
    for tenant in ["default", "globex", "nobody"] {
        let refused = start(&acme(stack), json!({"tenant": tenant}));
        assert_eq!(refused.problem(), "422 invalid-request /tenant out_of_range", "{tenant}");
        let other = start(&stack.client(), json!({"tenant": "nobody"}));
        assert_eq!(refused.text(), other.text(), "one that is not theirs is told from none by no word");
    }
}

#[test]
fn executions_of_others_are_not_there() {
    let stack = several();
    let ours = stack.accept(&quick_start("sim-never", &json!({})));
    let theirs = Snapshot::of(acme(stack).post("/v1/executions", &quick_start("sim-never", &json!({}))).json());
    for (client, id, other) in [(acme(stack), theirs.id(), ours.id()), (globex(stack), "", theirs.id())] {
        for path in ["", "/events", "/journal", "?wait=1"] {
            let ask = |id: &str| client.get(&format!("/v1/executions/{id}{path}"));
            let stranger = ask(other);
            assert_eq!(stranger.problem(), "404 not-found", "{path}");
            assert_eq!(stranger.text(), ask("exe_0123456789abcdef0123456789abcdef").text(), "{path}");
            if !id.is_empty() && path != "/events" {
                assert_eq!(ask(id).status(), 200, "{path}");
            }
        }
        let cancel = |id: &str| client.send("POST", &format!("/v1/executions/{id}/cancel"), b"");
        assert_eq!(cancel(other).problem(), "404 not-found");
        assert_eq!(stack.look(other).outcome(), None, "and goes on");
    }
    let own = acme(stack).send("POST", theirs.text("/links/cancel"), b"");
    assert_eq!(own.status(), 202, "{}", own.text());
    assert_eq!(stack.client().send("POST", ours.text("/links/cancel"), b"").status(), 202);
}

#[test]
fn streams_of_ones_own_are_streamed_to_a_tenants_key() {
    let stack = several();
    let started = Snapshot::of(acme(stack).post("/v1/executions", &quick_start("sim-instant", &json!({}))).json());
    stack.ended(started.id(), Duration::from_secs(30));
    let events = acme(stack).get(&format!("/v1/executions/{}/events", started.id()));
    assert_eq!((events.status(), events.header("content-type")), (200, "text/event-stream"));
    assert!(events.text().contains(started.id()), "{}", events.text());
    let resumed = acme(stack).with("last-event-id", &stack.look(started.id()).seq().to_string());
    assert_eq!(resumed.get(&format!("/v1/executions/{}/events", started.id())).status(), 204, "its headers come along");
}

#[test]
fn tokens_reach_no_further_than_the_key_that_minted_them() {
    let stack = several();
    let ours = stack.accept(&quick_start("sim-instant", &json!({})));
    let theirs = Snapshot::of(acme(stack).post("/v1/executions", &quick_start("sim-instant", &json!({}))).json());
    let mint = |client: &Client, more: &Value| {
        let mut body = json!({"resources": [ours.id(), theirs.id()], "verbs": ["read"], "ttl_seconds": 60});
        if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
            body.extend(more.clone());
        }
        client.post("/v1/tokens", &body)
    };
    let reads = |token: &str| {
        let viewer = stack.client_with(Some(token));
        [&ours, &theirs].map(|one| viewer.get(&format!("/v1/executions/{}", one.id())).status())
    };
    let token =
        |client: &Client, more: Value| mint(client, &more).json()["token"].as_str().unwrap_or_default().to_owned();
    assert_eq!(reads(&token(&stack.client(), json!({}))), [200, 404]);
    assert_eq!(reads(&token(&stack.client(), json!({"tenant": "acme"}))), [404, 200]);
    assert_eq!(reads(&token(&acme(stack), json!({}))), [404, 200]);
    assert_eq!(reads(&token(&acme(stack), json!({"tenant": "acme"}))), [404, 200]);
    assert_eq!(reads(&token(&globex(stack), json!({}))), [404, 404]);
    for (client, tenant) in [(acme(stack), "default"), (acme(stack), "nobody"), (stack.client(), "nobody")] {
        let refused = mint(&client, &json!({"tenant": tenant}));
        assert_eq!(refused.problem(), "422 invalid-request /tenant out_of_range", "{tenant}");
    }
    assert_eq!(stack.client_with(Some(theirs.text("/view_token"))).get(theirs.text("/links/self")).status(), 200);
}

#[test]
fn the_same_idempotency_key_is_another_one_for_another_tenant() {
    let stack = several();
    let key = fresh_correlation_id();
    let start = |client: Client| {
        let answer =
            client.with("idempotency-key", &key).post("/v1/executions", &quick_start("sim-instant", &json!({})));
        assert_eq!(answer.status(), 202, "{}", answer.text());
        Snapshot::of(answer.json()).id().to_owned()
    };
    let (ours, theirs, again) = (start(stack.client()), start(acme(stack)), start(acme(stack)));
    assert_ne!(ours, theirs);
    assert_eq!(theirs, again);
}

#[test]
fn only_operators_administer() {
    let stack = several();
    let viewer = stack.client_with(Some(stack.accept(&quick_start("sim-instant", &json!({}))).text("/view_token")));
    for (method, path) in [("GET", "gate"), ("POST", "gate/reset"), ("POST", "doctor")] {
        let ask = |client: &Client, tenant: &str| client.send(method, &format!("/v1/tenants/{tenant}/{path}"), b"");
        assert_eq!(ask(&acme(stack), "acme").problem(), "403 forbidden", "{path}");
        assert_eq!(ask(&viewer, "default").problem(), "403 forbidden", "{path}");
        assert_eq!(ask(&stack.client_with(None), "default").problem(), "401 unauthorized", "{path}");
        assert_eq!(ask(&stack.client_with(Some("acme-key-0")), "acme").problem(), "401 unauthorized", "{path}");
        for nobody in ["nobody", "NOBODY", "a%2Fb"] {
            assert_eq!(ask(&stack.client(), nobody).problem(), "404 not-found", "{path} of {nobody}");
        }
    }
}

#[test]
fn every_fault_of_the_settings_is_named_at_once_and_no_value() {
    let refused = Stack::refusal_of(&[
        "CXONE_CLIENT_SECRET=",
        "CXONE_IN_FLIGHT=0",
        "CXONE_BREAKER=never",
        r#"CXONE_PROXY=[{"methods": ["TRACE"], "path": "/a/**"}]"#,
        r#"CXPULSE_PROFILES=[{"name": "dataactions"}]"#,
        r#"CXPULSE_TENANTS={"acme": {"profile": "dx-actions", "client_id": "hunter2", "client_secret": "hunter2"},
           "b": {"profile": "missing"}, "c": {"profile": "cxone-state-history", "client_id": "x",
           "client_secret": {"binding": "CXONE_NOBODY"}, "access_key_id": "x"}}"#,
    ]);
    for fault in [
        "CXONE_BREAKER is none of consecutive, sampled and a rule in JSON",
        "/0/version of CXPULSE_PROFILES: is required",
        "/acme/client_secret of CXPULSE_TENANTS: is a secret",
        "CXONE_IN_FLIGHT: must be a whole number, 1 to 10000",
        "/0/methods/0 of CXONE_PROXY: must be one of GET, HEAD, POST, PUT, PATCH, DELETE",
    ] {
        assert!(refused.contains(fault), "{fault}: {refused}");
    }
    assert!(!refused.contains("hunter2"), "{refused}");
}

#[test]
fn what_a_tenant_lacks_is_named_where_it_is_to_be_set() {
    let refused = Stack::refusal_of(&[
        "CXONE_CLIENT_SECRET=",
        "CXONE_BASE_URL=",
        r#"CXPULSE_TENANTS={"b": {"profile": "missing"}, "c": {"profile": "cxone-state-history", "client_id": "x",
           "client_secret": {"binding": "CXONE_NOBODY"}, "access_key_id": "x"}}"#,
    ]);
    for fault in [
        "CXONE_CLIENT_SECRET is not set",
        "CXONE_BASE_URL is not set, nor region in CXONE_VARIABLES",
        "/b/profile of CXPULSE_TENANTS: there is no such profile",
        "/c/client_secret of CXPULSE_TENANTS: there is no binding CXONE_NOBODY",
        "/c/access_key_secret of CXPULSE_TENANTS is not set",
        "/c/base_url of CXPULSE_TENANTS is not set, nor tenant_id in /c/variables of CXPULSE_TENANTS",
    ] {
        assert!(refused.contains(fault), "{fault}: {refused}");
    }
}

#[test]
fn a_name_that_only_looks_like_this_machine_is_not() {
    for host in ["127.attacker.example", "127.0.0.1.attacker.example", "localhost.attacker.example"] {
        let refused = Stack::refusal_of(&[&format!("CXPULSE_PUBLIC_URL=http://{host}")]);
        let fault = "CXPULSE_PUBLIC_URL is not an https URL, nor an http URL of this machine";
        assert!(refused.contains(fault), "{host}: {refused}");
        let refused = Stack::refusal_of(&[&format!("CXPULSE_PUBLIC_URL=https://{host}")]);
        assert!(refused.contains("CXPULSE_DEV is for this machine only"), "{host}: {refused}");
    }
}

#[test]
fn a_webhook_secret_beside_an_entry_of_the_default_tenant_is_named() {
    let entry = json!({"default": {"profile": "dx-actions", "base_url": "http://127.0.0.1:1", "client_id": "x",
        "client_secret": {"binding": "CXPULSE_API_KEY"}}});
    let unset = ["CXONE_BASE_URL=", "CXONE_CLIENT_ID=", "CXONE_CLIENT_SECRET=", "CXONE_PROFILE="].map(String::from);
    let secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
    let more = [format!("CXPULSE_TENANTS={entry}"), format!("CXPULSE_WEBHOOK_SECRET={secret}")];
    let settings = [unset.as_slice(), &more].concat();
    let refused = Stack::refusal_of(&settings.iter().map(String::as_str).collect::<Vec<_>>());
    let fault = "CXPULSE_WEBHOOK_SECRET is set beside /default of CXPULSE_TENANTS: use one of them";
    assert!(refused.contains(fault), "{refused}");
    assert!(!refused.contains(secret), "{refused}");
}

#[test]
fn what_is_of_a_tenant_that_is_no_longer_set_up_is_there_for_operators_only() {
    let shared = Stack::shared();
    let entry = json!({"acme": {"profile": "dx-actions", "base_url": format!("http://127.0.0.1:{}", shared.sim().port()),
        "client_id": "sim-client", "client_secret": {"binding": "CXONE_SECRET_OF_TENANTS"},
        "api_keys": [{"sha256": sha256(ACME_KEY)}], "retention_days": 400}});
    let keys = json!([{"name": "reader", "sha256": sha256(GLOBEX_KEY), "scopes": ["read"], "tenant": "default"}]);
    let (key, operators) = (format!("CXPULSE_API_KEYS={keys}"), format!("CXPULSE_API_KEY={OPERATORS_KEY}"));
    let stack = Stack::start_with(
        shared,
        &[&format!("CXPULSE_TENANTS={entry}"), "CXONE_SECRET_OF_TENANTS=sim-secret", &key, &operators],
    );
    let body = quick_start("sim-never", &json!({"timeout_seconds": 900}));
    let theirs = Snapshot::of(acme(&stack).post("/v1/executions", &body).json());
    let stack = stack.crash().restart_set(&[&key, &operators]);
    let readers = globex(&stack);
    let asked = json!({"resources": [theirs.id()], "verbs": ["read"], "ttl_seconds": 600});
    let minted = readers.post("/v1/tokens", &asked).json();
    let token = minted["token"].as_str().expect("a token is given");
    let path = format!("/v1/executions/{}", theirs.id());
    for path in [path.clone(), format!("{path}/events")] {
        assert_eq!(stack.client_with(Some(token)).get(&path).problem(), "404 not-found", "{path}");
        assert_eq!(readers.get(&path).problem(), "404 not-found", "{path}");
    }
    assert_eq!(stack.client_with(Some(OPERATORS_KEY)).get(&path).status(), 200);
}

#[test]
fn the_default_tenant_is_described_in_one_place() {
    let refused = Stack::refusal_of(&[r#"CXPULSE_TENANTS={"default": {"profile": "dataactions"}}"#]);
    assert!(refused.contains("is set beside /default of CXPULSE_TENANTS: use one of them"), "{refused}");
}

#[test]
fn a_key_acts_for_one_tenant_or_for_operators_and_never_for_two() {
    let refusal = |acme: &str, globex: &str| {
        let entry = |key: &str| {
            json!({"profile": "dx-actions", "base_url": "http://127.0.0.1:1", "client_id": "sim-client",
                "client_secret": {"binding": "CXONE_CLIENT_SECRET"}, "api_keys": [{"sha256": sha256(key)}]})
        };
        let tenants = json!({"acme": entry(acme), "globex": entry(globex)});
        Stack::refusal_of(&[&format!("CXPULSE_TENANTS={tenants}"), &format!("CXPULSE_API_KEY={OPERATORS_KEY}")])
    };
    let shared = refusal(ACME_KEY, ACME_KEY);
    let fault = "/globex/api_keys/0/sha256 of CXPULSE_TENANTS: is the key at /acme/api_keys/0/sha256 already";
    assert!(shared.contains(fault), "{shared}");
    let operators = refusal(ACME_KEY, OPERATORS_KEY);
    let fault = "/globex/api_keys/0/sha256 of CXPULSE_TENANTS: is the key at CXPULSE_API_KEY already";
    assert!(operators.contains(fault), "{operators}");
}

/// Three tenants: `default` by variables, `acme` with another dialect, `globex` with a key and a profile of its own.
pub(super) fn several() -> &'static Stack {
    static SEVERAL: OnceLock<Stack> = OnceLock::new();
    SEVERAL.get_or_init(|| {
        let shared = Stack::shared();
        let base_url = format!("http://127.0.0.1:{}", shared.sim().port());
        let entry = |profile: &str, key: &str| {
            json!({
                "profile": profile, "base_url": base_url, "client_id": "sim-client",
                "client_secret": {"binding": "CXONE_SECRET_OF_TENANTS"}, "api_keys": [{"sha256": sha256(key)}],
            })
        };
        let tenants = json!({"acme": entry("dx-actions", ACME_KEY), "globex": entry("globex-actions", GLOBEX_KEY)});
        let mut profile: Value = serde_json::from_str(DATAACTIONS).expect("the built-in profile is JSON");
        profile["name"] = json!("globex-actions");
        let settings = [
            format!("CXPULSE_TENANTS={tenants}"),
            format!("CXPULSE_PROFILES=[{profile}]"),
            "CXONE_SECRET_OF_TENANTS=sim-secret".into(),
        ];
        Stack::start_with(shared, &settings.each_ref().map(String::as_str))
    })
}

pub(super) fn acme(stack: &Stack) -> Client {
    stack.client_with(Some(ACME_KEY))
}

fn globex(stack: &Stack) -> Client {
    stack.client_with(Some(GLOBEX_KEY))
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

const ACME_KEY: &str = "acme-key-0123456789";
const OPERATORS_KEY: &str = "operators-key-0123456789";
const GLOBEX_KEY: &str = "globex-key-0123456789";
const DATAACTIONS: &str = include_str!("../../crates/core/src/profile/dataactions.json");
