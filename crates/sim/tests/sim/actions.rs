//! The dialects `dx-actions` and `data-actions`: what they answer, when, and what they refuse.

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::tenant::{EXECUTIONS, Tenant, body, json, line, refused, text};

const DX: &str = "/api/v2/dx/actions";
const AT_ONCE: &str = "/api/v2/data-actions";

#[test]
fn dx_in_the_background_gives_an_id_and_tells_progress() {
    let mut tenant = Tenant::new();
    let submitted = tenant.ask("POST", &format!("{DX}/sim-fast/execute"), BACKGROUND);
    assert_eq!(submitted.status, 202);
    expect![[r#"{"executionId":"027a617d-2237-46c9-87f4-e5c44c95357a","status":"PENDING"}"#]]
        .assert_eq(&body(&submitted));
    let poll = format!("{DX}/sim-fast/executions/{}", text(&json(&submitted), "executionId"));
    tenant.wait(1_000);
    expect![[r#"{"executionId":"027a617d-2237-46c9-87f4-e5c44c95357a","actionId":"sim-fast","status":"RUNNING","result":null,"error":null,"progress":{"processed":12950,"total":50000}}"#]].assert_eq(&body(&tenant.ask("GET", &poll, "")));
    tenant.wait(2_000);
    expect![[r#"{"executionId":"027a617d-2237-46c9-87f4-e5c44c95357a","actionId":"sim-fast","status":"COMPLETED","result":{"customer_id":"CUST-1","record_id":"c4e77f0c-e2a3-4df5-9932-ef6461dfa32a","echo":{"customerId": "CUST-1"},"records":50000,"output":{"customer_id":"CUST-1","record_id":"c4e77f0c-e2a3-4df5-9932-ef6461dfa32a"}},"error":null,"progress":{"processed":50000,"total":50000}}"#]].assert_eq(&body(&tenant.ask("GET", &poll, "")));
}

#[test]
fn dx_blocks_for_the_end_unless_told_not_to() {
    check_blocked("sim-fast", expect!["200 after 3.0 s: COMPLETED"]);
    check_blocked("sim-failing", expect!["200 after 3.0 s: FAILED"]);
    check_blocked("sim-cancelled", expect!["200 after 3.0 s: CANCELLED"]);
    check_blocked("sim-instant", expect!["200 after 0.0 s: COMPLETED"]);
    check_blocked("sim-for-25s", expect!["200 after 25.0 s: COMPLETED"]);
    check_blocked("sim-for-26s", expect!["504 after 25.0 s: gateway_timeout"]);
    check_blocked("sim-never", expect!["504 after 25.0 s: gateway_timeout"]);
}

#[test]
fn dx_progress_is_left_out_where_there_is_none() {
    let mut tenant = Tenant::new();
    let id = start(&mut tenant, "sim-no-progress", BACKGROUND);
    let polled = json(&tenant.ask("GET", &format!("{DX}/sim-no-progress/executions/{id}"), ""));
    assert_eq!(polled.get("progress"), None);
}

#[test]
fn dx_executions_belong_to_their_action_and_dialect() {
    let mut tenant = Tenant::new();
    let id = start(&mut tenant, "sim-slow", BACKGROUND);
    let foreign = tenant.submit("sim-slow");
    let mut ask = |method, target: &str| line(&tenant.ask(method, target, ""));
    expect!["200"].assert_eq(&ask("GET", &format!("{DX}/sim-slow/executions/{id}")));
    expect!["404 not_found"].assert_eq(&ask("GET", &format!("{DX}/sim-fast/executions/{id}")));
    expect!["404 not_found"].assert_eq(&ask("GET", &format!("{DX}/sim-slow/executions/{foreign}")));
    expect!["404 not_found"].assert_eq(&ask("GET", &format!("{EXECUTIONS}/{id}")));
    expect!["404 not_found"].assert_eq(&ask("POST", &format!("{EXECUTIONS}/{id}/cancel")));
    expect!["400 invalid_request"].assert_eq(&ask("GET", &format!("{DX}/sim-slow/executions/7")));
}

#[test]
fn dx_has_no_lookup_no_cancel_and_its_methods() {
    let mut tenant = Tenant::new();
    let id = start(&mut tenant, "sim-slow", BACKGROUND);
    let mut ask = |method, rest: &str| line(&tenant.ask(method, &format!("{DX}/{rest}"), ""));
    expect!["404 not_found"].assert_eq(&ask("POST", &format!("sim-slow/executions/{id}/cancel")));
    expect!["404 not_found"].assert_eq(&ask("GET", "sim-slow/executions?correlation_id=x"));
    expect!["404 not_found"].assert_eq(&ask("POST", "/execute"));
    expect!["405 method_not_allowed allow=POST"].assert_eq(&ask("GET", "sim-slow/execute"));
    expect!["405 method_not_allowed allow=GET"].assert_eq(&ask("DELETE", &format!("sim-slow/executions/{id}")));
}

#[test]
fn dx_bodies() {
    check_body("{}", expect!["200"]);
    check_body(r#"{"inputs": {}, "context": {}, "asyncExecution": false}"#, expect!["200"]);
    check_body(
        r#"{"definition_id": "sim-fast"}"#,
        expect![
            "400 invalid_request unknown field `definition_id`, expected one of `inputs`, `context`, `asyncExecution` at line 1 column 16"
        ],
    );
    check_body(r#"{"inputs": []}"#, expect!["400 invalid_request inputs is to be an object"]);
    check_body(
        r#"{"asyncExecution": "true"}"#,
        expect![[r#"400 invalid_request invalid type: string "true", expected a boolean at line 1 column 25"#]],
    );
    check_body(
        r#"{"context": {"callbackUrl": "http://example.com/"}}"#,
        expect!["400 invalid_request context.callbackUrl is to be https, or http on this machine"],
    );
    check_body("[{}, {}, true]", expect!["400 invalid_request the body is to be a JSON object"]);
}

#[test]
fn dx_actions_are_found_by_their_decoded_name() {
    let mut tenant = Tenant::new();
    let execute = |tenant: &mut Tenant, rest: &str| refused(&tenant.ask("POST", &format!("{DX}/{rest}"), BACKGROUND));
    expect!["404 not_found no such data action"].assert_eq(&execute(&mut tenant, "unheard-of/execute"));
    expect!["404 not_found no such data action"].assert_eq(&execute(&mut tenant, "fast/execute"));
    expect!["404 not_found no such route"].assert_eq(&execute(&mut tenant, "%FF/execute?script=fast"));
    assert_eq!(execute(&mut tenant, "a%20b%2Fc/execute?script=fast"), "202");
    let rows = json(&tenant.control("GET", "executions", ""));
    let first = |field| rows.pointer(&format!("/executions/0/{field}")).and_then(Value::as_str).map(str::to_owned);
    assert_eq!((first("action_id"), first("dialect")), (Some("a b/c".to_owned()), Some("dx-actions".to_owned())));
}

#[test]
fn dx_calls_back_with_its_own_fields() {
    let mut tenant = Tenant::new();
    let callback = r#"{"context": {"callbackUrl": "http://127.0.0.1:9/cb"}, "asyncExecution": true}"#;
    let request = tenant.request("POST", &format!("{DX}/sim-failing/execute"), callback);
    tenant.world.handle(&request.with_header("X-Correlation-ID", "key"), tenant.now);
    tenant.wait(3_000);
    let calls = tenant.callbacks();
    let [call] = calls.as_slice() else { unreachable!("one call, not {}", calls.len()) };
    assert!(call.headers.contains(&("x-correlation-id".to_owned(), "key".to_owned())));
    expect![[r#"{"executionId":"027a617d-2237-46c9-87f4-e5c44c95357a","actionId":"sim-failing","status":"FAILED","result":null,"error":{"code":"DATA_ACTION_FAILED","message":"the target system refused record 30001","retryable":false},"progress":{"processed":30000,"total":50000},"correlationId":"key"}"#]].assert_eq(&String::from_utf8_lossy(&call.body));
}

#[test]
fn dx_polls_break_while_the_script_is_degraded() {
    let mut tenant = Tenant::new();
    let id = start(&mut tenant, "sim-degraded", BACKGROUND);
    tenant.wait(2_000);
    let polls: Vec<Value> = (0..5)
        .map(|_| tenant.ask("GET", &format!("{DX}/sim-degraded/executions/{id}"), ""))
        .map(|reply| serde_json::from_slice(&reply.body).unwrap_or_default())
        .collect();
    let is_whole = |poll: &Value| poll.get("executionId").is_some() && poll.get("status").is_some();
    assert!(!polls.iter().any(is_whole), "{polls:?}");
    assert_eq!(polls.iter().filter(|poll| poll.is_object()).count(), 2);
}

#[test]
fn data_actions_answer_with_the_result_itself() {
    let mut tenant = Tenant::new();
    let reply = tenant.ask("POST", &format!("{AT_ONCE}/sim-fast/execute"), r#"{"customerId": "CUST-1", "n": 1.50}"#);
    assert_eq!((reply.status, reply.delay.as_millis()), (200, 3_000));
    expect![[r#"{"customer_id":"CUST-1","record_id":"c4e77f0c-e2a3-4df5-9932-ef6461dfa32a","echo":{"customerId": "CUST-1", "n": 1.50},"records":50000,"output":{"customer_id":"CUST-1","record_id":"c4e77f0c-e2a3-4df5-9932-ef6461dfa32a"}}"#]].assert_eq(&body(&reply));
}

#[test]
fn data_actions_that_do_not_complete() {
    check_at_once("sim-failing", expect!["422 DATA_ACTION_FAILED the target system refused record 30001, after 3.0 s"]);
    check_at_once("sim-canceled", expect!["422 DATA_ACTION_CANCELED the action was canceled, after 3.0 s"]);
    check_at_once("sim-slow", expect!["504 gateway_timeout the action did not end within 25 seconds, after 25.0 s"]);
    check_at_once("sim-nothing", expect!["404 not_found no such data action, after 0.0 s"]);
}

#[test]
fn data_actions_routes_bodies_and_headers() {
    let mut tenant = Tenant::new();
    let path = format!("{AT_ONCE}/sim-instant/execute");
    expect!["405 method_not_allowed allow=POST"].assert_eq(&line(&tenant.ask("GET", &path, "")));
    expect!["404 not_found"].assert_eq(&line(&tenant.ask("POST", &format!("{AT_ONCE}/a/b/execute"), "{}")));
    expect!["400 invalid_request the body is to be a JSON object"]
        .assert_eq(&refused(&tenant.ask("POST", &path, "[]")));
    expect!["400 invalid_request EOF while parsing an object at line 1 column 1"]
        .assert_eq(&refused(&tenant.ask("POST", &path, "{")));
    let mut request = tenant.request("POST", &path, "{}");
    request.headers.retain(|(name, _)| name != "Accept");
    expect!["406 not_acceptable"].assert_eq(&line(&tenant.world.handle(&request, tenant.now)));
    let names = ["X-Trace-Id", "X-Span-Id", "X-Request-Id"];
    let request =
        names.iter().fold(tenant.request("POST", &path, "{}"), |request, name| request.with_header(name, name));
    let reply = tenant.world.handle(&request, tenant.now);
    assert_eq!(names.map(|name| reply.header(name)), names.map(Some));
}

#[test]
fn each_action_dialect_has_its_own_scopes() {
    let mut tenant = Tenant::new();
    let id = start(&mut tenant, "sim-slow", BACKGROUND);
    let mut table = String::new();
    for scope in ["dx:actions:execute", "dx:actions:read", "data-actions:execute", "data-actions:read"] {
        tenant.token = tenant.fetch_token(scope);
        let execute = tenant.ask("POST", &format!("{DX}/sim-fast/execute"), BACKGROUND).status;
        let poll = tenant.ask("GET", &format!("{DX}/sim-slow/executions/{id}"), "").status;
        let at_once = tenant.ask("POST", &format!("{AT_ONCE}/sim-instant/execute"), "{}").status;
        table += &format!("{scope}: dx execute {execute}, dx poll {poll}, data-actions {at_once}\n");
    }
    expect![[r#"
        dx:actions:execute: dx execute 202, dx poll 403, data-actions 403
        dx:actions:read: dx execute 403, dx poll 200, data-actions 403
        data-actions:execute: dx execute 403, dx poll 403, data-actions 200
        data-actions:read: dx execute 403, dx poll 403, data-actions 403
    "#]]
    .assert_eq(&table);
}

const BACKGROUND: &str = r#"{"inputs": {"customerId": "CUST-1"}, "context": {}, "asyncExecution": true}"#;

fn start(tenant: &mut Tenant, action: &str, body: &str) -> String {
    text(&json(&tenant.ask("POST", &format!("{DX}/{action}/execute"), body)), "executionId")
}

fn check_blocked(action: &str, expected: Expect) {
    let mut tenant = Tenant::new();
    let reply = tenant.ask("POST", &format!("{DX}/{action}/execute"), r#"{"inputs": {}}"#);
    let fields = json(&reply);
    let word = ["status", "error"].into_iter().find_map(|name| fields.get(name)?.as_str()).unwrap_or_default();
    expected.assert_eq(&format!("{} after {:.1} s: {word}", reply.status, reply.delay.as_secs_f64()));
}

fn check_body(body: &str, expected: Expect) {
    expected.assert_eq(&refused(&Tenant::new().ask("POST", &format!("{DX}/sim-fast/execute"), body)));
}

fn check_at_once(action: &str, expected: Expect) {
    let reply = Tenant::new().ask("POST", &format!("{AT_ONCE}/{action}/execute"), "{}");
    expected.assert_eq(&format!("{}, after {:.1} s", refused(&reply), reply.delay.as_secs_f64()));
}
