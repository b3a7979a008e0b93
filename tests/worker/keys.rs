//! Keys: every route with every scope and tenant, keys that follow each other, and how often one may call.

use std::sync::OnceLock;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::client::{Answer, Client};
use super::snapshot::Snapshot;
use super::stack::{Stack, quick_start};

#[test]
fn every_route_asks_for_its_scope_and_keeps_tenants_apart() {
    let stack = keyed();
    let started = stack.client().post("/v1/executions", &quick_start("sim-never", &json!({"tenant": "acme"})));
    let accepted = Snapshot::of(started.json());
    let mut wrong = Vec::new();
    for route in ROUTES {
        for caller in CALLERS {
            let answer = call(&client(stack, caller.key), route, accepted.id());
            let expected = expected(route, caller);
            let found = format!("{} {}", answer.status(), slug(&answer));
            let is_met = match expected {
                Expected::Passes => {
                    !matches!(answer.status(), 401 | 403) && answer.status() < 500 && is_passed(route, &found)
                }
                Expected::Is(problem) => found == problem,
            };
            if !is_met {
                wrong
                    .push(format!("{} {} by {}: {found}, expected {expected:?}", route.method, route.path, caller.key));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nobody_is_let_through_without_a_key_and_all_refusals_are_alike() {
    let stack = keyed();
    let accepted =
        Snapshot::of(client(stack, ALL).post("/v1/executions", &quick_start("sim-instant", &json!({}))).json());
    let token = accepted.text("/view_token").to_owned();
    let (claims, seal) = token.rsplit_once('.').expect("a token has a seal");
    let credentials = [
        "key-of-nobody-00".to_owned(),
        ALL.chars().rev().collect(),
        format!("{ALL}x"),
        ALL.to_uppercase(),
        // A JWT with the algorithm `none`, and one with another's signature (RFC 7519 section 6.1, RFC 7515 appendix A.1).
        "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.".into(),
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into(),
        // The same with our prefix, and our claims with no seal, an empty one, another's, a longer one.
        "cxv1.eyJhbGciOiJub25lIn0.".into(),
        format!("{claims}."),
        format!("{claims}.{}", seal.chars().rev().collect::<String>()),
        format!("{claims}.{seal}{seal}"),
        format!("cxv1.{}", token.trim_start_matches("cxv1.").to_uppercase()),
        format!("cxv1.{}", "A".repeat(9_000)),
        "x".repeat(9_000),
    ];
    let refusals: Vec<String> = credentials
        .iter()
        .map(|credential| {
            let answer = stack.client_with(Some(credential)).get(accepted.text("/links/self"));
            assert_eq!(answer.problem(), "401 unauthorized", "{credential}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            answer.text().to_owned()
        })
        .collect();
    assert!(refusals.windows(2).all(|pair| pair.first() == pair.last()), "{refusals:?}");
    assert_eq!(stack.client_with(None).get(accepted.text("/links/self")).problem(), "401 unauthorized");
    let by_header = stack.client_with(None).with("x-api-key", ALL).get(accepted.text("/links/self"));
    assert_eq!(by_header.status(), 200);
    let basic =
        stack.client_with(None).with("authorization", &format!("Basic {ALL}")).get(accepted.text("/links/self"));
    assert_eq!(basic.problem(), "401 unauthorized");
}

#[test]
fn keys_of_one_name_follow_each_other_without_a_gap() {
    let stack = keyed();
    let ask = |key: &str| client(stack, key).get("/v1/executions/exe_0123456789abcdef0123456789abcdef").problem();
    assert_eq!([ask("rotated-old-key-0"), ask("rotated-new-key-0")], ["404 not-found", "404 not-found"]);
    assert_eq!([ask("rotated-gone-key-"), ask("rotated-next-key-")], ["401 unauthorized", "401 unauthorized"]);
}

#[test]
fn a_key_lets_others_do_only_what_it_may() {
    let stack = keyed();
    let accepted =
        Snapshot::of(client(stack, ALL).post("/v1/executions", &quick_start("sim-instant", &json!({}))).json());
    let mint = |key: &str, verbs: Value| {
        let answer = client(stack, key).post("/v1/tokens", &json!({"resources": [accepted.id()], "verbs": verbs}));
        answer.status()
    };
    assert_eq!(
        [mint(READ, json!(["read", "journal"])), mint(READ, json!(["read", "cancel"])), mint(READ, json!(["redrive"]))],
        [201, 403, 403]
    );
    assert_eq!(
        [
            mint(EXECUTE, json!(["cancel", "redrive"])),
            mint(EXECUTE, json!(["read"])),
            mint(EXECUTE, json!(["journal"]))
        ],
        [201, 403, 403]
    );
    assert_eq!([mint(ADMIN, json!(["read"])), mint(ADMIN, json!(["cancel"]))], [403, 403]);
    let started = client(stack, EXECUTE).post("/v1/executions", &quick_start("sim-instant", &json!({})));
    assert_eq!(started.status(), 202, "{}", started.text());
    assert_eq!(started.json().get("view_token"), None, "who may not read lets nobody else");
}

#[test]
fn a_key_that_comes_too_often_is_told_when_to_come_again() {
    let stack = keyed();
    let limited = client(stack, "limited-to-two-a-minute");
    let answers: Vec<Answer> =
        (0..200).map(|_| limited.get("/v1/executions/exe_0123456789abcdef0123456789abcdef/journal")).collect();
    let first = answers.first().expect("there are answers");
    assert_eq!(first.problem(), "404 not-found", "a refusal tells it, too");
    assert_eq!(first.header("ratelimit-policy"), "\"minute\";q=2;w=60");
    assert!(first.header("ratelimit").starts_with("\"minute\";r=1;t="), "{}", first.header("ratelimit"));
    let refused = answers.iter().find(|answer| answer.status() == 429).expect("two hundred are more than two a minute");
    assert_eq!(refused.problem(), "429 rate-limit-exceeded");
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=30).contains(&seconds)));
    assert_eq!(refused.header("ratelimit-policy"), "\"minute\";q=2;w=60");
    assert!(refused.header("ratelimit").starts_with("\"minute\";r=0;t="), "{}", refused.header("ratelimit"));
    let other = client(stack, ALL).get("/v1/executions/exe_0123456789abcdef0123456789abcdef");
    assert_eq!(other.problem(), "404 not-found", "nobody else waits for it");
    assert_eq!(other.header("ratelimit"), "", "a snapshot is told only once less than half is left");
    let unlimited = stack.client().get("/v1/executions/exe_0123456789abcdef0123456789abcdef/journal");
    assert_eq!(unlimited.header("ratelimit"), "", "the operators' key has no limit");
}

#[test]
fn what_an_old_signing_key_sealed_is_good_until_that_key_goes() {
    let shared = Stack::shared();
    let stack = Stack::start_beside(shared);
    let accepted = stack.accept(&quick_start("sim-never", &json!({"timeout_seconds": 86_400})));
    let (token, path) = (accepted.text("/view_token").to_owned(), accepted.text("/links/self").to_owned());
    let again = |stack: &Stack| {
        let client = stack.client().with("idempotency-key", "\"one-of-ours\"");
        let answer = client.post("/v1/executions", &quick_start("sim-never", &json!({"timeout_seconds": 86_400})));
        assert_eq!(answer.status(), 202, "{}", answer.text());
        Snapshot::of(answer.json()).id().to_owned()
    };
    let first = again(&stack);
    let callback = super::forge::Forge::of(&stack).callback_path(accepted.id());
    let old = std::fs::read_to_string(stack.data().join("signing-key")).expect("serve keeps its signing key");
    let new = "a-new-signing-key-of-more-than-32-characters";
    let kept = format!("CXPULSE_SIGNING_KEYS_OLD={}", json!([old.trim()]));
    let stack = stack.crash().restart_set(&[&format!("CXPULSE_SIGNING_KEY={new}"), &kept]);
    let read = |stack: &Stack, token: &str| stack.client_with(Some(token)).get(&path).status();
    let call_back = |stack: &Stack| {
        stack.client_with(None).with("content-type", "application/json").send("POST", &callback, b"{}").status()
    };
    assert_eq!(again(&stack), first, "a repeat finds what was begun under the key of before");
    assert_eq!((read(&stack, &token), call_back(&stack)), (200, 400), "both are known: only the body is refused");
    let minted = stack.client().post("/v1/tokens", &json!({"resources": [accepted.id()], "verbs": ["read"]}));
    let fresh = minted.json()["token"].as_str().unwrap_or_default().to_owned();
    let stack = stack.crash().restart_set(&[&format!("CXPULSE_SIGNING_KEY={new}")]);
    assert_eq!((read(&stack, &token), call_back(&stack)), (401, 404), "its key has gone");
    assert_ne!(again(&stack), first, "the id follows from a key, and not from what callers choose alone");
    assert_eq!(read(&stack, &fresh), 200, "the new key sealed this one");
}

#[test]
fn every_fault_of_the_keys_is_named_and_no_value() {
    let twice = "planted-secret-twice";
    let keys = json!([
        {"name": "a", "scopes": ["read"], "key": twice},
        {"name": "b", "scopes": ["rule"], "key": "planted-secret-b"},
        {"name": "c", "scopes": ["read"], "key": "planted-secret-c", "tenant": "nobody"},
        {"name": "d", "scopes": ["read"], "sha256": sha256("planted-secret-operators")},
    ]);
    let refused = Stack::refusal_of(&[
        &format!("CXPULSE_API_KEYS={keys}"),
        "CXPULSE_API_KEY=planted-secret-operators",
        r#"CXPULSE_SIGNING_KEYS_OLD=["planted-short"]"#,
        "CXPULSE_ALLOWED_ORIGINS=https://crm.example, null",
        "CXPULSE_FRAME_ANCESTORS='self'; script-src *",
    ]);
    for fault in [
        "/1/scopes/0 of CXPULSE_API_KEYS: must be one of execute, read, admin",
        "/2/tenant of CXPULSE_API_KEYS: there is no such tenant",
        "/3/sha256 of CXPULSE_API_KEYS: is the key at CXPULSE_API_KEY already",
        "/0 of CXPULSE_SIGNING_KEYS_OLD is shorter than 32 characters",
        "/1 of CXPULSE_ALLOWED_ORIGINS: must be an origin",
        "/0 of CXPULSE_FRAME_ANCESTORS: must be",
    ] {
        assert!(refused.contains(fault), "{fault}: {refused}");
    }
    assert!(!refused.contains("planted"), "{refused}");
}

/// A route, and what its caller must be for.
struct Route {
    method: &'static str,
    path: &'static str,
    scope: &'static str,
    /// What the key of another tenant gets.
    elsewhere: &'static str,
    /// What somebody who is let through gets: a status, or a problem that only they get.
    passed: &'static [&'static str],
}

struct Caller {
    key: &'static str,
    scopes: &'static [&'static str],
    tenant: Option<&'static str>,
}

#[derive(Debug)]
enum Expected {
    Passes,
    Is(&'static str),
}

fn expected(route: &Route, caller: &Caller) -> Expected {
    if caller.scopes.is_empty() {
        return Expected::Is("401 unauthorized");
    }
    if !caller.scopes.contains(&route.scope) {
        return Expected::Is("403 forbidden");
    }
    match caller.tenant {
        Some(tenant) if tenant != "acme" => Expected::Is(route.elsewhere),
        Some(_) | None => Expected::Passes,
    }
}

fn is_passed(route: &Route, found: &str) -> bool {
    route.passed.contains(&found.trim())
}

fn call(client: &Client, route: &Route, id: &str) -> Answer {
    let path = route.path.replace("{id}", id);
    match route.path {
        "/v1/executions" => client.post(&path, &quick_start("sim-instant", &json!({"tenant": "acme"}))),
        "/v1/tokens" => client.post(&path, &json!({"tenant": "acme", "resources": [id], "verbs": ["read"]})),
        _ => client.clone().with("cxpulse-tenant", "acme").send(route.method, &path, b""),
    }
}

/// A problem's name; empty for what is none.
fn slug(answer: &Answer) -> String {
    let is_problem = answer.header("content-type") == "application/problem+json";
    if !is_problem || answer.body().is_empty() {
        return String::new();
    }
    answer.problem().split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Two tenants, and keys of all sorts.
fn keyed() -> &'static Stack {
    static KEYED: OnceLock<Stack> = OnceLock::new();
    KEYED.get_or_init(|| {
        let shared = Stack::shared();
        let acme = json!({
            "profile": "dx-actions", "base_url": format!("http://127.0.0.1:{}", shared.sim().port()),
            "client_id": "sim-client", "client_secret": {"binding": "CXONE_SECRET_OF_TENANTS"},
            "api_keys": [{"sha256": sha256("tenants-own-key-0")}, {"key": "tenants-admin-key", "name": "boss", "scopes": ["admin"]}],
        });
        let mut keys: Vec<Value> = CALLERS
            .iter()
            .filter(|caller| !caller.scopes.is_empty() && !caller.key.starts_with("tenants-"))
            .map(|caller| {
                json!({"name": "caller", "scopes": caller.scopes, "sha256": sha256(caller.key), "tenant": caller.tenant})
            })
            .collect();
        let timed = |key: &str, from: Option<&str>, until: Option<&str>| {
            json!({"name": "rotated", "scopes": ["read"], "key": key, "not_before": from, "expires_at": until})
        };
        keys.extend([
            timed("rotated-old-key-0", None, Some("9000-01-01T00:00:00Z")),
            timed("rotated-new-key-0", Some("2020-01-01T00:00:00Z"), None),
            timed("rotated-gone-key-", None, Some("2020-01-01T00:00:00Z")),
            timed("rotated-next-key-", Some("9000-01-01T00:00:00Z"), None),
            json!({"name": "limited", "scopes": ["read"], "key": "limited-to-two-a-minute", "per_minute": 2}),
        ]);
        let settings = [
            format!("CXPULSE_TENANTS={}", json!({"acme": acme})),
            format!("CXPULSE_API_KEYS={}", Value::from(keys)),
            "CXONE_SECRET_OF_TENANTS=sim-secret".into(),
        ];
        Stack::start_with(shared, &settings.each_ref().map(String::as_str))
    })
}

fn client(stack: &Stack, key: &str) -> Client {
    stack.client_with(Some(key))
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

const ALL: &str = "scopes-all-of-them";
const READ: &str = "scopes-read-only";
const EXECUTE: &str = "scopes-execute-only";
const ADMIN: &str = "scopes-admin-only";

const CALLERS: &[Caller] = &[
    Caller { key: "nobodys-key-0123", scopes: &[], tenant: None },
    Caller { key: ALL, scopes: &["execute", "read", "admin"], tenant: None },
    Caller { key: EXECUTE, scopes: &["execute"], tenant: None },
    Caller { key: READ, scopes: &["read"], tenant: None },
    Caller { key: ADMIN, scopes: &["admin"], tenant: None },
    Caller { key: "acme-all-of-them", scopes: &["execute", "read", "admin"], tenant: Some("acme") },
    Caller { key: "acme-execute-only", scopes: &["execute"], tenant: Some("acme") },
    Caller { key: "acme-read-only-00", scopes: &["read"], tenant: Some("acme") },
    Caller { key: "acme-admin-only-0", scopes: &["admin"], tenant: Some("acme") },
    Caller { key: "default-all-of-it", scopes: &["execute", "read", "admin"], tenant: Some("default") },
    Caller { key: "tenants-own-key-0", scopes: &["execute", "read"], tenant: Some("acme") },
    Caller { key: "tenants-admin-key", scopes: &["admin"], tenant: Some("acme") },
];

/// Every route that somebody needs a key for. `{id}` is an execution of `acme`.
const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/executions/{id}/bundle",
        scope: "read",
        elsewhere: "404 not-found",
        passed: &["200"],
    },
    Route {
        method: "GET",
        path: "/v1/executions/{id}/notifications",
        scope: "admin",
        elsewhere: "404 not-found",
        passed: &["200"],
    },
    Route {
        method: "POST",
        path: "/v1/executions/{id}/notifications/redrive",
        scope: "admin",
        elsewhere: "404 not-found",
        passed: &["202"],
    },
    Route {
        method: "GET",
        path: "/v1/tenants/acme/dead-letters",
        scope: "admin",
        elsewhere: "404 not-found",
        passed: &["200"],
    },
    Route {
        method: "POST",
        path: "/v1/tenants/acme/dead-letters/redrive",
        scope: "admin",
        elsewhere: "404 not-found",
        passed: &["202"],
    },
    Route {
        method: "GET",
        path: "/v1/tenants/acme/webhook",
        scope: "admin",
        elsewhere: "404 not-found",
        passed: &["200"],
    },
    Route {
        method: "GET",
        path: "/v1/executions?tenant=acme",
        scope: "read",
        elsewhere: "400 invalid-parameter",
        passed: &["200"],
    },
    Route {
        method: "GET",
        path: "/v1/executions/{id}/audit",
        scope: "read",
        elsewhere: "404 not-found",
        passed: &["200"],
    },
    Route {
        method: "GET",
        path: "/v1/tenants/acme/audit",
        scope: "admin",
        elsewhere: "404 not-found",
        passed: &["200"],
    },
    Route {
        method: "POST",
        path: "/v1/executions",
        scope: "execute",
        elsewhere: "422 invalid-request",
        passed: &["202"],
    },
    Route { method: "GET", path: "/v1/executions/{id}", scope: "read", elsewhere: "404 not-found", passed: &["200"] },
    Route {
        method: "GET",
        path: "/v1/executions/{id}?wait=0",
        scope: "read",
        elsewhere: "404 not-found",
        passed: &["200"],
    },
    Route {
        method: "GET",
        path: "/v1/executions/{id}/journal",
        scope: "read",
        elsewhere: "404 not-found",
        passed: &["200"],
    },
    Route { method: "POST", path: "/v1/tokens", scope: "read", elsewhere: "422 invalid-request", passed: &["201"] },
    Route {
        method: "GET",
        path: "/v1/proxy/nothing",
        scope: "execute",
        elsewhere: "400 invalid-parameter",
        passed: &["404 not-proxied"],
    },
    Route {
        method: "GET",
        path: "/v1/tenants/acme/gate",
        scope: "admin",
        elsewhere: "404 not-found",
        passed: &["200"],
    },
    Route {
        method: "POST",
        path: "/v1/tenants/acme/gate/reset",
        scope: "admin",
        elsewhere: "404 not-found",
        passed: &["204"],
    },
    Route {
        method: "POST",
        path: "/v1/tenants/acme/doctor",
        scope: "admin",
        elsewhere: "404 not-found",
        passed: &["200"],
    },
    Route {
        method: "POST",
        path: "/v1/executions/{id}/cancel",
        scope: "execute",
        elsewhere: "404 not-found",
        passed: &["200", "202"],
    },
    Route {
        method: "GET",
        path: "/v1/executions/{id}/events",
        scope: "read",
        elsewhere: "404 not-found",
        passed: &["200"],
    },
];
