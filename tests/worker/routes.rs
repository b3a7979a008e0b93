//! What each route answers to a caller who asks well: shapes, headers, links.

use std::time::Duration;

use serde_json::json;

use super::client::Answer;
use super::snapshot::Snapshot;
use super::stack::{Stack, fresh_correlation_id, quick_start};

#[test]
fn a_start_is_answered_with_where_it_lives_and_a_view_token() {
    let stack = Stack::shared();
    let answer = stack.client().post("/v1/executions", &quick_start("sim-fast", &json!({"tags": ["crm"]})));
    assert_eq!(answer.status(), 202, "{}", answer.text());
    assert!(answer.header("content-type").starts_with("application/json"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=85).contains(&seconds)));

    let snapshot = Snapshot::of(answer.json());
    assert_eq!(answer.header("location"), snapshot.text("/links/self"));
    assert_eq!(snapshot.text("/links/self"), format!("{}/v1/executions/{}", stack.base(), snapshot.id()));
    assert!(snapshot.text("/view_token").starts_with("cxv1."), "{snapshot}");
    assert!(snapshot.id().strip_prefix("exe_").is_some_and(is_hex_32), "{snapshot}");
    assert!(is_hex_32(snapshot.text("/trace_id")), "{snapshot}");
    assert_eq!((snapshot.text("/kind"), snapshot.outcome()), ("execution", None));
    assert_eq!(snapshot.at("/tags"), &json!(["crm"]));
    assert_eq!(snapshot.text("/upstream/action_id"), "sim-fast");
    for time in ["/created_at", "/updated_at", "/deadline_at"] {
        let text = snapshot.text(time);
        assert!(text.len() == 24 && text.ends_with('Z') && text.get(19..20) == Some("."), "{time}: {text}");
    }
}

#[test]
fn a_snapshot_has_every_field_that_callers_rely_on() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let ended = stack.ended(accepted.id(), PATIENCE);
    let missing: Vec<&&str> = FIELDS.iter().filter(|field| ended.value().get(**field).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?} in {ended}");
    assert!(ended.value().get("view_token").is_none(), "a view token is given once, at the start");
}

#[test]
fn every_link_leads_somewhere() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    stack.ended(accepted.id(), PATIENCE);
    let client = stack.client();
    for (link, media_type) in [
        ("self", "application/json"),
        ("events", "text/event-stream"),
        ("journal", "application/x-ndjson"),
        ("embed", "text/html"),
    ] {
        let answer = client.get(accepted.text(&format!("/links/{link}")));
        assert_eq!(answer.status(), 200, "{link}");
        let found = answer.header("content-type");
        assert!(found.starts_with(media_type), "{link} is {media_type}: {found}");
    }
    assert_eq!(client.send("POST", accepted.text("/links/cancel"), b"").status(), 200);
}

#[test]
fn a_snapshot_that_is_known_already_is_not_sent_again() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    stack.ended(accepted.id(), PATIENCE);
    let path = format!("/v1/executions/{}", accepted.id());
    let first = stack.client().get(&path);
    let etag = first.header("etag").to_owned();
    assert!(etag.trim_start_matches("W/").starts_with('"') && etag.ends_with('"'), "{etag}");

    let ask = |tag: &str| stack.client().with("if-none-match", tag).get(&path);
    for tag in
        [etag.clone(), format!("\"another\", {etag}"), "*".into(), format!("W/{}", etag.trim_start_matches("W/"))]
    {
        let answer = ask(&tag);
        assert_eq!((answer.status(), answer.body().len()), (304, 0), "{tag}");
        assert_eq!(answer.header("etag"), etag, "{tag}");
    }
    assert_eq!(ask("\"another\"").status(), 200);
}

#[test]
fn a_cancel_ends_it_here_and_on_cxone_and_may_be_repeated() {
    let stack = Stack::shared();
    let correlation_id = fresh_correlation_id();
    let more = json!({"correlation_id": correlation_id});
    let accepted = stack.accept(&quick_start("sim-never", &more));
    stack.when(accepted.id(), PATIENCE, |snapshot| snapshot.status() == "running");

    let cancel = || stack.client().send("POST", accepted.text("/links/cancel"), b"");
    let first = cancel();
    assert_eq!(first.status(), 202, "{}", first.text());
    assert_eq!(Snapshot::of(first.json()).ending(), "canceled/canceled CANCELED");
    let status = || Some(stack.sim().the_one(&correlation_id).status).filter(|status| status == "CANCELED");
    assert!(super::stack::wait_for(PATIENCE, status).is_some(), "CXone is told");
    assert_eq!(cancel().status(), 200);
    assert_eq!(stack.look(accepted.id()).ending(), "canceled/canceled CANCELED");
}

#[test]
fn a_cancel_of_what_has_ended_leaves_it_as_it_is() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let ended = stack.ended(accepted.id(), PATIENCE);
    let answer = stack.client().send("POST", ended.text("/links/cancel"), b"");
    assert_eq!((answer.status(), Snapshot::of(answer.json())), (200, ended));
}

#[test]
fn the_same_idempotency_key_and_body_give_the_same_execution() {
    let stack = Stack::shared();
    let correlation_id = fresh_correlation_id();
    let body = quick_start("sim-fast", &json!({"correlation_id": correlation_id}));
    let client = stack.client().with("idempotency-key", &format!("key {correlation_id}"));
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let posts: Vec<_> = (0..8).map(|_| scope.spawn(|| client.post("/v1/executions", &body))).collect();
        posts.into_iter().map(|post| post.join().expect("the caller does not panic")).collect()
    });
    let first = Snapshot::of(answers.first().expect("there are answers").json());
    for answer in &answers {
        assert_eq!(answer.status(), 202, "{}", answer.text());
        assert_eq!(Snapshot::of(answer.json()).id(), first.id());
    }
    let ended = stack.ended(first.id(), PATIENCE);
    assert_eq!(ended.ending(), "completed/completed");
    let again = client.post("/v1/executions", &body);
    assert_eq!((again.status(), Snapshot::of(again.json()).id()), (202, first.id()));
    stack.sim().the_one(&correlation_id);
}

#[test]
fn the_same_idempotency_key_with_another_body_is_refused() {
    let stack = Stack::shared();
    let client = stack.client().with("idempotency-key", &fresh_correlation_id());
    assert_eq!(client.post("/v1/executions", &quick_start("sim-instant", &json!({}))).status(), 202);
    let other = client.post("/v1/executions", &quick_start("sim-fast", &json!({})));
    assert_eq!(other.problem(), "422 idempotency-key-reused");
}

#[test]
fn a_key_is_the_same_in_quotes_and_a_body_in_another_spelling() {
    let stack = Stack::shared();
    let key = fresh_correlation_id();
    let body = quick_start("sim-instant", &json!({"tags": ["a"]}));
    let spelled = format!(" {}\n", body.to_string().replace(':', " : ").replace("sim-instant", "sim\\u002dinstant"));
    let first = stack.client().with("idempotency-key", &key).post("/v1/executions", &body);
    assert_eq!(first.status(), 202, "{}", first.text());
    for header in [format!("\"{key}\""), format!("\"{key}\";v=1; w"), key.clone()] {
        let client = stack.client().with("idempotency-key", &header).with("content-type", "application/json");
        let again = client.send("POST", "/v1/executions", spelled.as_bytes());
        assert_eq!(again.status(), 202, "{header}: {}", again.text());
        assert_eq!(again.header("location"), first.header("location"), "{header}");
        let view_token = again.json()["view_token"].as_str().map(str::to_owned);
        assert!(view_token.is_some_and(|token| token.starts_with("cxv")), "the view token is a fresh one");
    }
}

#[test]
fn other_idempotency_keys_and_none_give_other_executions() {
    let stack = Stack::shared();
    let body = quick_start("sim-instant", &json!({}));
    let mut ids: Vec<String> = (0..2)
        .flat_map(|_| {
            let keyed = stack.client().with("idempotency-key", &fresh_correlation_id());
            [keyed.post("/v1/executions", &body), stack.client().post("/v1/executions", &body)]
        })
        .map(|answer| Snapshot::of(answer.json()).id().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[test]
fn a_trace_context_is_carried_on_to_cxone() {
    let stack = Stack::shared();
    let (correlation_id, trace_id) = (fresh_correlation_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    let client = stack.client().with("traceparent", &format!("00-{trace_id}-00f067aa0ba902b7-01"));
    let body = quick_start("sim-instant", &json!({"correlation_id": correlation_id}));
    let snapshot = Snapshot::of(client.post("/v1/executions", &body).json());
    assert_eq!(snapshot.text("/trace_id"), trace_id);
    stack.ended(snapshot.id(), PATIENCE);
    let upstream = stack.sim().trace_of(&correlation_id);
    assert!(upstream.starts_with(&format!("00-{trace_id}-")) && !upstream.contains("00f067aa0ba902b7"), "{upstream}");
}

#[test]
fn a_method_that_a_path_does_not_have_is_refused_with_those_that_it_has() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let this = format!("/v1/executions/{}", accepted.id());
    for (method, path, allowed) in [
        ("DELETE", "/v1/executions".to_owned(), "POST"),
        ("POST", this.clone(), "GET"),
        ("PUT", this.clone(), "GET"),
        ("POST", format!("{this}/events"), "GET"),
        ("POST", format!("{this}/journal"), "GET"),
        ("GET", format!("{this}/cancel"), "POST"),
        ("GET", "/v1/tokens".to_owned(), "POST"),
        ("GET", "/v1/callbacks/whatever".to_owned(), "POST"),
        ("POST", "/healthz".to_owned(), "GET"),
    ] {
        let answer = stack.client().send(method, &path, b"");
        assert_eq!(answer.problem(), "405 method-not-allowed", "{method} {path}");
        let mut allow = answer.header("allow").split(',').map(str::trim);
        assert!(allow.any(|one| one == allowed), "{method} {path}: {}", answer.header("allow"));
    }
}

#[test]
fn a_path_that_is_not_there_is_a_problem() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let this = format!("/v1/executions/{}", accepted.id());
    for path in ["/v1", "/v1/nothing", &format!("{this}/nothing"), &format!("{this}/events/more"), "/v2/executions"] {
        assert_eq!(stack.client().get(path).problem(), "404 not-found", "{path}");
    }
}

#[test]
fn a_slash_too_many_leads_nowhere_and_does_nothing() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &json!({})));
    let this = format!("/v1/executions/{}", accepted.id());
    for (method, path) in [
        ("POST", format!("{this}/cancel/")),
        ("POST", format!("{this}//cancel")),
        ("GET", format!("{this}/events/")),
        ("GET", format!("{this}/journal/")),
        ("GET", format!("{this}/")),
        ("POST", "/v1/executions/".to_owned()),
        ("POST", "/v1//executions".to_owned()),
        ("POST", "/v1/tokens/".to_owned()),
    ] {
        let answer = stack.client().with("content-type", "application/json").send(method, &path, b"{}");
        assert_eq!(answer.problem(), "404 not-found", "{method} {path}");
    }
    assert_eq!(stack.look(accepted.id()).outcome(), None);
    assert_eq!(stack.client().send("POST", accepted.text("/links/cancel"), b"").status(), 202);
}

#[test]
fn a_stream_and_a_journal_stay_what_they_are_with_a_wait() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    stack.ended(accepted.id(), PATIENCE);
    for (link, media_type) in [("events", "text/event-stream"), ("journal", "application/x-ndjson")] {
        for wait in ["0", "1"] {
            let answer = stack.client().get(&format!("{}?wait={wait}", accepted.text(&format!("/links/{link}"))));
            let found = answer.header("content-type");
            assert!(answer.status() == 200 && found.starts_with(media_type), "{link}, wait={wait}: {found}");
        }
    }
}

#[test]
fn a_head_is_answered_as_a_get_without_its_body() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    stack.ended(accepted.id(), PATIENCE);
    let snapshot = format!("/v1/executions/{}", accepted.id());
    for path in ["/healthz", "/", "/pkg/cxpulse.js", &snapshot, &format!("{snapshot}?wait=1")] {
        let (get, head) = (stack.client().get(path), stack.client().send("HEAD", path, b""));
        assert_eq!((get.status(), head.status(), head.body().len()), (200, 200, 0), "{path}");
        for name in ["content-type", "cache-control", "etag"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
    assert_eq!(stack.client().send("HEAD", &format!("{snapshot}0"), b"").status(), 404);
}

#[test]
fn health_is_told_to_anybody() {
    let answer = Stack::shared().client_with(None).get("/healthz");
    assert_eq!(answer.status(), 200);
    assert!(answer.json().is_object(), "{}", answer.text());
}

#[test]
fn pages_keep_to_a_strict_policy() {
    let stack = Stack::shared();
    for path in ["/", "/embed/execution/exe_00000000000000000000000000000000"] {
        let answer = stack.client_with(None).get(path);
        assert_eq!(answer.status(), 200, "{path}");
        let policy = answer.header("content-security-policy");
        for rule in
            ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "base-uri 'none'"]
        {
            assert!(policy.contains(rule), "{path}: {rule} in {policy}");
        }
        assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
    }
}

fn is_hex_32(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

const FIELDS: &[&str] = &[
    "id",
    "kind",
    "seq",
    "status",
    "outcome",
    "attempt",
    "waiting",
    "progress",
    "upstream",
    "correlation_id",
    "trace_id",
    "tags",
    "result",
    "error",
    "anomalies",
    "latency",
    "created_at",
    "updated_at",
    "deadline_at",
    "ended_at",
    "links",
];

const PATIENCE: Duration = Duration::from_secs(30);
