//! View tokens: what each lets its holder do, and that nothing else passes for one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::forge::Forge;
use super::snapshot::Snapshot;
use super::stack::{Stack, quick_start};

#[test]
fn the_view_token_of_a_start_reads_what_it_names_and_nothing_else() {
    let stack = Stack::shared();
    let ours = stack.accept(&quick_start("sim-instant", &json!({})));
    let other = stack.accept(&quick_start("sim-instant", &json!({})));
    let viewer = stack.client_with(Some(ours.text("/view_token")));
    for path in ["", "/events"] {
        let ask = |id: &str| viewer.get(&format!("/v1/executions/{id}{path}"));
        assert_eq!(ask(ours.id()).status(), 200, "{path}");
        assert_eq!(ask(other.id()).problem(), "403 forbidden", "{path}");
        assert_eq!(ask("exe_0123456789abcdef0123456789abcdef").problem(), "403 forbidden", "{path}");
    }
    assert_eq!(viewer.get(ours.text("/links/journal")).problem(), "403 forbidden", "it holds what was sent");
    assert_eq!(viewer.send("POST", ours.text("/links/cancel"), b"").problem(), "403 forbidden");
    assert_eq!(viewer.post("/v1/executions", &quick_start("sim-instant", &json!({}))).problem(), "403 forbidden");
    assert_eq!(viewer.post("/v1/tokens", &json!({})).problem(), "403 forbidden");
}

#[test]
fn a_minted_token_does_what_its_verbs_say() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &json!({})));
    let mint = |verbs: Value| {
        let body = json!({"resources": [accepted.id()], "verbs": verbs, "ttl_seconds": 60});
        let answer = stack.client().post("/v1/tokens", &body);
        assert!(matches!(answer.status(), 200 | 201), "{}", answer.text());
        answer.json().get("token").and_then(Value::as_str).expect("a token is given").to_owned()
    };
    let cancel = |token: &str| stack.client_with(Some(token)).send("POST", accepted.text("/links/cancel"), b"");
    let read = |token: &str| stack.client_with(Some(token)).get(accepted.text("/links/self")).status();
    let journal = |token: &str| stack.client_with(Some(token)).get(accepted.text("/links/journal")).status();
    let (reader, auditor, canceler) = (mint(json!(["read"])), mint(json!(["journal"])), mint(json!(["cancel"])));
    assert_eq!((read(&reader), read(&auditor), read(&canceler)), (200, 403, 403));
    assert_eq!((journal(&reader), journal(&auditor), journal(&canceler)), (403, 200, 403));
    assert_eq!(journal(&mint(json!(["read", "journal"]))), 200);
    assert_eq!(cancel(&reader).problem(), "403 forbidden");
    let canceled = cancel(&canceler);
    assert_eq!(canceled.status(), 202, "{}", canceled.text());
    assert_eq!(Snapshot::of(canceled.json()).outcome(), Some("canceled"));
}

#[test]
fn a_token_is_good_until_it_expires() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let read = |exp: u64| {
        let claims = json!({"tenant": "default", "resources": [accepted.id()], "verbs": ["read"], "exp": exp});
        stack.client_with(Some(&Forge::of(stack).token(&claims))).get(accepted.text("/links/self"))
    };
    let now = epoch_ms();
    assert_eq!(read(now + 60_000).status(), 200, "a token that is forged with the key is as good as any");
    assert_eq!(read(now - 1).problem(), "401 unauthorized");
    assert_eq!(read(0).problem(), "401 unauthorized");
}

#[test]
fn a_garbled_token_is_refused_and_says_nothing_of_why() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let token = accepted.text("/view_token");
    let (claims, seal) = token.rsplit_once('.').expect("a token has a seal");
    let swapped = |at: usize| {
        let other = if token.as_bytes().get(at) == Some(&b'A') { "B" } else { "A" };
        token.char_indices().map(|(index, one)| if index == at { other.into() } else { one.to_string() }).collect()
    };
    let garbled: Vec<String> = vec![
        swapped(8),
        swapped(claims.len() + 3),
        claims.into(),
        format!("{claims}."),
        format!("{token}."),
        format!("{token}AA"),
        format!("cxv1..{seal}"),
        format!("cxv2{}", token.trim_start_matches("cxv1")),
        "cxv1.".into(),
        "cxv1.e30.e30".into(),
        Forge::of(stack).token(&json!({"exp": epoch_ms() + 60_000})),
        Forge::of(stack).token(&json!("everything")),
    ];
    for token in garbled {
        let answer = stack.client_with(Some(&token)).get(accepted.text("/links/self"));
        assert_eq!(answer.problem(), "401 unauthorized", "{token}");
    }
}

#[test]
fn a_token_of_another_deployment_is_refused() {
    let (stack, other) = (Stack::shared(), Stack::alone());
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let claims = json!({
        "tenant": "default", "resources": [accepted.id()], "verbs": ["read"], "exp": epoch_ms() + 60_000,
    });
    let ask = |token: &str| stack.client_with(Some(token)).get(accepted.text("/links/self"));
    assert_eq!(ask(&Forge::of(&other).token(&claims)).problem(), "401 unauthorized");
    assert_eq!(ask(other.api_key()).problem(), "401 unauthorized");
    assert_eq!(ask(&Forge::of(stack).token(&claims)).status(), 200);
}

#[test]
fn a_token_in_the_query_opens_a_stream_and_nothing_else() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    stack.ended(accepted.id(), Duration::from_secs(30));
    let ask = |path: &str, token: &str| {
        stack.client_with(None).get(&format!("/v1/executions/{}{path}?token={token}", accepted.id()))
    };
    let token = accepted.text("/view_token");
    assert_eq!(ask("/events", token).status(), 200);
    assert_eq!(ask("", token).problem(), "401 unauthorized");
    assert_eq!(ask("/journal", token).problem(), "401 unauthorized");
    assert_eq!(ask("/events", stack.api_key()).problem(), "401 unauthorized", "a key has no place in a URL");
}

#[test]
fn bad_requests_for_tokens_name_what_is_wrong() {
    let stack = Stack::shared();
    let id = stack.accept(&quick_start("sim-instant", &json!({}))).id().to_owned();
    for (body, expected) in [
        (json!({}), "/resources missing, /verbs missing"),
        (json!({"resources": [id], "verbs": []}), "/verbs"),
        (json!({"resources": [], "verbs": ["read"]}), "/resources"),
        (json!({"resources": ["exe_1"], "verbs": ["read"]}), "/resources/0 out_of_range"),
        (json!({"resources": [id], "verbs": ["write"]}), "/verbs/0 out_of_range"),
        (json!({"resources": [id], "verbs": ["read"], "ttl_seconds": 59}), "/ttl_seconds out_of_range"),
        (json!({"resources": [id], "verbs": ["read"], "ttl_seconds": 86_401}), "/ttl_seconds out_of_range"),
        (json!({"resources": [id], "verbs": ["read"], "ttl": 60}), "/ttl unknown_field"),
    ] {
        let found = stack.client().post("/v1/tokens", &body).problem();
        assert!(found.starts_with(&format!("422 invalid-request {expected}")), "{body}: {found}");
    }
    for ttl in [60, 86_400] {
        let body = json!({"resources": [id], "verbs": ["read"], "ttl_seconds": ttl});
        let answer = stack.client().post("/v1/tokens", &body);
        assert!(matches!(answer.status(), 200 | 201), "{ttl}: {}", answer.text());
    }
}

fn epoch_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    u64::try_from(since.as_millis()).expect("it will be for long")
}
