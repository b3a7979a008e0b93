//! Everything that CXone refuses, and with what.

use cxpulse_sim::{EXECUTIONS_MAX, Request};
use expect_test::{Expect, expect};

use crate::tenant::{EXECUTIONS, Tenant, json, line, text};

#[test]
fn token_requests() {
    const GOOD: &str = "grant_type=client_credentials&client_id=sim-client&client_secret=sim-secret";
    check_token(
        GOOD,
        expect![[
            r#"200 "dataactions:read dataactions:execute dx:actions:execute dx:actions:read data-actions:execute data-actions:read interactions:read workflows:read""#
        ]],
    );
    check_token(&format!("{GOOD}&scope=dataactions:read"), expect![[r#"200 "dataactions:read""#]]);
    check_token(&format!("{GOOD}&scope=dataactions:read+users:write"), expect!["400 invalid_scope"]);
    check_token(&GOOD.replace("sim-secret", "wrong"), expect!["401 invalid_client"]);
    check_token(&GOOD.replace("sim-client", "wrong"), expect!["401 invalid_client"]);
    check_token(&GOOD.replace("client_credentials", "password"), expect!["400 unsupported_grant_type"]);
    check_token("client_id=sim-client&client_secret=sim-secret", expect!["400 invalid_request"]);
    check_token("", expect!["400 invalid_request"]);
}

#[test]
fn token_paths_methods_and_types() {
    let mut tenant = Tenant::new();
    let mut ask = |method, path, media_type| {
        let form = "grant_type=client_credentials&client_id=sim-client&client_secret=sim-secret";
        let request = Request::new(method, path).with_header("content-type", media_type).with_body(form);
        line(&tenant.world.handle(&request, tenant.now))
    };
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    expect!["200"].assert_eq(&ask("POST", "/api/v2/oauth/token", form));
    expect!["200"].assert_eq(&ask("POST", "/platform/oauth/token", form));
    expect!["415 invalid_request"].assert_eq(&ask("POST", "/oauth/token", "application/json"));
    expect!["405 method_not_allowed allow=POST"].assert_eq(&ask("GET", "/oauth/token", form));
}

#[test]
fn bearer_tokens() {
    let mut tenant = Tenant::new();
    let id = tenant.submit("sim-slow");
    let poll = |tenant: &mut Tenant, authorization: &str| {
        let request = Request::new("GET", &format!("{EXECUTIONS}/{id}")).with_header("accept", "*/*");
        let request =
            if authorization.is_empty() { request } else { request.with_header("authorization", authorization) };
        line(&tenant.world.handle(&request, tenant.now))
    };
    let good = format!("Bearer {}", tenant.token);
    expect!["200"].assert_eq(&poll(&mut tenant, &good));
    expect!["200"].assert_eq(&poll(&mut tenant, &good.replace("Bearer", "bearer")));
    expect!["401 invalid_request www-authenticate=Bearer"].assert_eq(&poll(&mut tenant, ""));
    expect!["401 invalid_request www-authenticate=Bearer"].assert_eq(&poll(&mut tenant, "Basic c2ltOnNpbQ=="));
    expect![[r#"401 invalid_token www-authenticate=Bearer error="invalid_token""#]]
        .assert_eq(&poll(&mut tenant, "Bearer nonsense"));
    tenant.wait(3_600_000);
    expect![[r#"401 invalid_token www-authenticate=Bearer error="invalid_token""#]]
        .assert_eq(&poll(&mut tenant, &good));
}

#[test]
fn revoked_tokens() {
    let mut tenant = Tenant::new();
    let id = tenant.submit("sim-slow");
    let (first, second) = (tenant.token.clone(), tenant.fetch_token(""));
    tenant.control("POST", "tokens/revoke", &format!(r#"{{"token": "{first}"}}"#));
    expect![[r#"401 invalid_token www-authenticate=Bearer error="invalid_token""#]].assert_eq(&line(&tenant.poll(&id)));
    tenant.token = second;
    expect!["200"].assert_eq(&line(&tenant.poll(&id)));
    tenant.control("POST", "tokens/revoke", "");
    expect![[r#"401 invalid_token www-authenticate=Bearer error="invalid_token""#]].assert_eq(&line(&tenant.poll(&id)));
}

#[test]
fn scopes() {
    let mut tenant = Tenant::new();
    let id = tenant.submit("sim-slow");
    tenant.token = tenant.fetch_token("dataactions:read");
    expect!["200"].assert_eq(&line(&tenant.poll(&id)));
    expect!["403 insufficient_scope"].assert_eq(&line(&tenant.ask(
        "POST",
        EXECUTIONS,
        r#"{"definition_id": "sim-fast"}"#,
    )));
    expect!["403 insufficient_scope"].assert_eq(&line(&tenant.ask("POST", &format!("{EXECUTIONS}/{id}/cancel"), "")));
    tenant.token = tenant.fetch_token("dataactions:execute");
    expect!["403 insufficient_scope"].assert_eq(&line(&tenant.poll(&id)));
    expect!["403 insufficient_scope"].assert_eq(&line(&tenant.ask(
        "GET",
        &format!("{EXECUTIONS}?correlation_id=x"),
        "",
    )));
}

#[test]
fn accept_has_to_admit_json() {
    let mut tenant = Tenant::new();
    let id = tenant.submit("sim-slow");
    let mut poll = |accept: &str| {
        let mut request = tenant.request("GET", &format!("{EXECUTIONS}/{id}"), "");
        request.headers.retain(|(name, _)| name != "Accept");
        let request = if accept.is_empty() { request } else { request.with_header("accept", accept) };
        tenant.world.handle(&request, tenant.now).status
    };
    let accepts = ["application/json", "Application/JSON; q=0.5", "text/html, */*;q=0.1", "application/*"];
    assert_eq!(accepts.map(&mut poll), [200, 200, 200, 200]);
    let refused = ["", "text/html", "application/json;q=0", "application/xml, text/*"];
    assert_eq!(refused.map(&mut poll), [406, 406, 406, 406]);
}

#[test]
fn submit_bodies() {
    check_submit("", expect![[r#"400 invalid_request "the body is to be a JSON object""#]]);
    check_submit("{", expect![[r#"400 invalid_request "EOF while parsing an object at line 1 column 1""#]]);
    check_submit("[]", expect![[r#"400 invalid_request "the body is to be a JSON object""#]]);
    check_submit(
        r#"["sim-fast", {}, {}, null]"#,
        expect![[r#"400 invalid_request "the body is to be a JSON object""#]],
    );
    check_submit(
        r#"{"definition_id": "sim-fast", "context": ["http://127.0.0.1/"]}"#,
        expect![[r#"400 invalid_request "invalid type: sequence, expected a map at line 1 column 41""#]],
    );
    check_submit("{}", expect![[r#"400 invalid_request "missing field `definition_id` at line 1 column 2""#]]);
    check_submit(
        r#"{"definition_id": 7}"#,
        expect![[r#"400 invalid_request "invalid type: integer `7`, expected a string at line 1 column 19""#]],
    );
    check_submit(
        r#"{"definition_id": "sim-fast", "extra": 1}"#,
        expect![[
            r#"400 invalid_request "unknown field `extra`, expected one of `definition_id`, `inputs`, `context`, `correlation_id` at line 1 column 37""#
        ]],
    );
    check_submit(
        r#"{"definition_id": "sim-fast", "definition_id": "sim-slow"}"#,
        expect![[r#"400 invalid_request "duplicate field `definition_id` at line 1 column 45""#]],
    );
    check_submit(
        r#"{"definition_id": "sim-fast", "inputs": []}"#,
        expect![[r#"400 invalid_request "inputs is to be an object""#]],
    );
    check_submit(
        r#"{"definition_id": "sim-fast", "inputs": "text"}"#,
        expect![[r#"400 invalid_request "inputs is to be an object""#]],
    );
    check_submit(
        r#"{"definition_id": "sim-fast", "context": 1}"#,
        expect![[r#"400 invalid_request "invalid type: integer `1`, expected a map at line 1 column 42""#]],
    );
    check_submit(
        r#"{"definition_id": "sim-fast", "context": {"callbackUrl": 1}}"#,
        expect![[r#"400 invalid_request "context.callbackUrl is to be text""#]],
    );
    check_submit(
        r#"{"definition_id": "sim-fast", "context": {"callbackUrl": "http://example.com/x"}}"#,
        expect![[r#"400 invalid_request "context.callbackUrl is to be https, or http on this machine""#]],
    );
    check_submit(
        r#"{"definition_id": "sim-fast", "context": {"callbackUrl": "file:///x"}}"#,
        expect![[r#"400 invalid_request "context.callbackUrl is to be https, or http on this machine""#]],
    );
    check_submit(
        r#"{"definition_id": "sim-fast", "correlation_id": ""}"#,
        expect![[r#"400 invalid_request "correlation_id is to be 1 to 256 bytes""#]],
    );
    check_submit(r#"{"definition_id": "sim-nothing"}"#, expect![[r#"404 not_found "no such data action""#]]);
    check_submit(r#"{"definition_id": "fast"}"#, expect![[r#"404 not_found "no such data action""#]]);
    check_submit(r#"{"definition_id": ""}"#, expect![[r#"404 not_found "no such data action""#]]);
    let padded = |bytes: usize| {
        let body = r#"{"definition_id": "sim-fast"}"#;
        body.to_owned() + &" ".repeat(bytes - body.len())
    };
    check_submit(&padded(262_144), expect!["202"]);
    check_submit(&padded(262_145), expect![[r#"413 too_large "the body is to be 262144 bytes at most""#]]);
}

#[test]
fn submit_needs_its_content_type() {
    let mut tenant = Tenant::new();
    let mut request = tenant.request("POST", EXECUTIONS, r#"{"definition_id": "sim-fast"}"#);
    request.headers.retain(|(name, _)| name != "Content-Type");
    expect!["415 unsupported_media_type"].assert_eq(&line(&tenant.world.handle(&request, tenant.now)));
    assert_eq!(tenant.created(), 0);
}

#[test]
fn ids_routes_and_methods() {
    let unknown = "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d";
    check_route("GET", "/not-a-uuid", expect!["400 invalid_request"]);
    check_route("GET", "/5f9a3b2c1d4e4a7b9c8d0e1f2a3b4c5d", expect!["400 invalid_request"]);
    check_route("GET", &format!("/{unknown}"), expect!["404 not_found"]);
    check_route("POST", &format!("/{unknown}/cancel"), expect!["404 not_found"]);
    check_route("POST", "/not-a-uuid/cancel", expect!["400 invalid_request"]);
    check_route("GET", "", expect!["400 invalid_request"]);
    check_route("GET", "?correlation_id=", expect!["400 invalid_request"]);
    check_route("DELETE", "", expect!["405 method_not_allowed allow=GET, POST"]);
    check_route("POST", &format!("/{unknown}"), expect!["405 method_not_allowed allow=GET"]);
    check_route("GET", &format!("/{unknown}/cancel"), expect!["405 method_not_allowed allow=POST"]);
    check_route("GET", &format!("/{unknown}/result"), expect!["404 not_found"]);
    check_route("GET", "s", expect!["404 not_found"]);
}

#[test]
fn a_submit_is_not_idempotent_and_a_lookup_finds_all_newest_first() {
    let mut tenant = Tenant::new();
    let body = r#"{"definition_id": "sim-fast", "correlation_id": "key"}"#;
    let first = tenant.submit_body(body);
    let second = tenant.submit_body(body);
    let found = json(&tenant.ask("GET", &format!("{EXECUTIONS}?correlation_id=key"), ""));
    let found = found.get("executions").and_then(|list| list.as_array()).expect("a list").clone();
    assert_eq!(found.iter().map(|one| text(one, "execution_id")).collect::<Vec<_>>(), [second, first]);
    let none = tenant.ask("GET", &format!("{EXECUTIONS}?correlation_id=other"), "");
    assert_eq!(String::from_utf8_lossy(&none.body), r#"{"executions":[]}"#);
}

#[test]
fn the_correlation_header_counts_where_the_body_has_none() {
    let mut tenant = Tenant::new();
    let request = tenant
        .request("POST", EXECUTIONS, r#"{"definition_id": "sim-fast"}"#)
        .with_header("X-Correlation-ID", "from header")
        .with_header("X-Request-Id", "req-1")
        .with_header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    let reply = tenant.world.handle(&request, tenant.now);
    assert_eq!(reply.header("x-request-id"), Some("req-1"));
    let stats = json(&tenant.control("GET", "stats?correlation_id=from+header", ""));
    let ids = stats.get("executions").and_then(|list| list.as_array()).expect("a list").len();
    assert_eq!(ids, 1);
}

#[test]
fn a_cancel_holds_and_comes_once() {
    let mut tenant = Tenant::new();
    let id = tenant.submit("sim-fast");
    let cancel = format!("{EXECUTIONS}/{id}/cancel");
    tenant.wait(1_000);
    assert_eq!(text(&json(&tenant.ask("POST", &cancel, "")), "status"), "CANCELED");
    expect!["409 already_ended"].assert_eq(&line(&tenant.ask("POST", &cancel, "")));
    tenant.wait(10_000);
    assert_eq!(text(&json(&tenant.poll(&id)), "status"), "CANCELED");
}

#[test]
fn the_rate_limit_counts_down_and_refuses_until_the_next_second() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"limit_per_second": 2}"#);
    let mut ask = || {
        let reply = tenant.ask("GET", &format!("{EXECUTIONS}?correlation_id=x"), "");
        let remaining = reply.header("x-ratelimit-remaining").expect("a header").to_owned();
        tenant.wait(300);
        format!("{} remaining={remaining}", line(&reply))
    };
    expect![[r#"
        200 remaining=1
        200 remaining=0
        429 rate_limited retry-after=1 remaining=0
        429 rate_limited retry-after=1 remaining=0
        200 remaining=1"#]]
    .assert_eq(&[ask(), ask(), ask(), ask(), ask()].join("\n"));
}

#[test]
fn executions_are_bounded_and_those_still_running_stay() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"limit_per_second": 4000000000}"#);
    let running = tenant.submit("sim-never");
    let oldest = tenant.submit("sim-instant");
    for _ in 2..EXECUTIONS_MAX {
        tenant.submit("sim-instant");
    }
    assert_eq!(tenant.poll(&oldest).status, 200);
    tenant.submit("sim-instant");
    assert_eq!((tenant.poll(&oldest).status, tenant.poll(&running).status), (404, 200));
}

fn check_token(form: &str, expected: Expect) {
    let reply = Tenant::new().token_reply(form);
    let scope = json(&reply).get("scope").map(ToString::to_string).unwrap_or_default();
    expected.assert_eq(format!("{} {scope}", line(&reply)).trim());
}

/// A refused submit leaves nothing behind.
fn check_submit(body: &str, expected: Expect) {
    let mut tenant = Tenant::new();
    let reply = tenant.ask("POST", EXECUTIONS, body);
    assert_eq!(tenant.created(), u64::from(reply.status == 202));
    let message = json(&reply).get("message").map(ToString::to_string).unwrap_or_default();
    expected.assert_eq(format!("{} {message}", line(&reply)).trim());
}

fn check_route(method: &str, rest: &str, expected: Expect) {
    expected.assert_eq(&line(&Tenant::new().ask(method, &format!("{EXECUTIONS}{rest}"), "")));
}
