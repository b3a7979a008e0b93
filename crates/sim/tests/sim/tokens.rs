//! The ways to a token, and the documents that lead there.

use cxpulse_sim::{Reply, Request, Settings};
use expect_test::{Expect, expect};
use serde_json::Value;

use crate::tenant::{EXECUTIONS, Tenant, body, json, line, refused, text};

const BY_JSON: &str = "/authentication/v1/token/access-key";
const BY_FORM: &str = "/auth/token";
/// `sim-client:sim-secret`.
const BASIC: &str = "Basic c2ltLWNsaWVudDpzaW0tc2VjcmV0";
const STATES: &str = "/incontactapi/services/v27.0/contacts/7/state-history";

#[test]
fn a_client_may_name_itself_by_the_header_instead() {
    const GRANT: &str = "grant_type=client_credentials";
    check_basic(BASIC, GRANT, expect!["200"]);
    check_basic(&BASIC.replace("Basic", "basic"), GRANT, expect!["200"]);
    let both = expect!["400 invalid_request the client is to be named once: by the header or by the body"];
    both.assert_eq(&basic_reply(BASIC, &format!("{GRANT}&client_id=sim-client&client_secret=sim-secret")));
    both.assert_eq(&basic_reply(BASIC, &format!("{GRANT}&client_id=sim-client")));
    let wrong = expect!["401 invalid_client www-authenticate=Basic client_id or client_secret is wrong"];
    wrong.assert_eq(&basic_reply("Basic c2ltLWNsaWVudDpub25zZW5zZQ==", GRANT));
    wrong.assert_eq(&basic_reply("Basic %%%", GRANT));
    wrong.assert_eq(&basic_reply("Bearer c2ltLWNsaWVudDpzaW0tc2VjcmV0", GRANT));
}

#[test]
fn a_client_with_odd_letters_is_form_encoded_in_the_header() {
    let (client_id, client_secret) = ("a:b".to_owned(), "c d+e".to_owned());
    let mut tenant = Tenant::new();
    tenant.world = cxpulse_sim::World::new(Settings { client_id, client_secret, ..Settings::default() });
    // `a%3Ab:c+d%2Be`.
    let reply = form_reply(&mut tenant, "/oauth/token", "Basic YSUzQWI6YytkJTJCZQ==", "grant_type=client_credentials");
    assert_eq!(reply.status, 200);
}

#[test]
fn an_access_key_by_json() {
    const KEY: &str = r#"{"accessKeyId": "sim-key", "accessKeySecret": "sim-key-secret"}"#;
    check_key(KEY, expect!["200"]);
    check_key(
        &KEY.replace("key-secret", "wrong"),
        expect!["401 invalid_grant accessKeyId or accessKeySecret is wrong"],
    );
    check_key(
        r#"{"accessKeyId": "sim-key"}"#,
        expect!["400 invalid_request missing field `accessKeySecret` at line 1 column 26"],
    );
    check_key(r#"["sim-key", "sim-key-secret"]"#, expect!["400 invalid_request the body is to be a JSON object"]);
    check_key(
        &KEY.replace('}', r#", "scope": "x"}"#),
        expect![
            "400 invalid_request unknown field `scope`, expected `accessKeyId` or `accessKeySecret` at line 1 column 71"
        ],
    );
    let mut tenant = Tenant::new();
    let form = Request::new("POST", BY_JSON).with_header("content-type", "application/x-www-form-urlencoded");
    expect!["415 invalid_request"].assert_eq(&line(&tenant.world.handle(&form, tenant.now)));
    expect!["405 method_not_allowed allow=POST"]
        .assert_eq(&line(&tenant.world.handle(&Request::new("GET", BY_JSON), tenant.now)));
}

#[test]
fn an_access_key_by_form_needs_the_client_too() {
    const KEY: &str = "grant_type=password&username=sim-key&password=sim-key-secret";
    check_form(BASIC, KEY, expect!["200"]);
    check_form("", KEY, expect!["401 invalid_client client_id or client_secret is wrong"]);
    check_form(
        "",
        &format!("{KEY}&client_id=sim-client&client_secret=sim-secret"),
        expect!["401 invalid_client client_id or client_secret is wrong"],
    );
    check_form(
        BASIC,
        &KEY.replace("sim-key-secret", "wrong"),
        expect!["400 invalid_grant username or password is wrong"],
    );
    check_form(
        BASIC,
        "grant_type=password&username=sim-key",
        expect!["400 invalid_request username and password are required"],
    );
    check_form(BASIC, "grant_type=client_credentials", expect!["400 unsupported_grant_type only password is granted"]);
}

#[test]
fn a_keys_token_is_a_users_and_ends() {
    let mut tenant = Tenant::new();
    let reply = form_reply(&mut tenant, BY_FORM, BASIC, "grant_type=password&username=sim-key&password=sim-key-secret");
    let answer = json(&reply);
    let mut fields: Vec<&str> = answer.as_object().expect("an object").keys().map(String::as_str).collect();
    fields.sort_unstable();
    expect!["access_token expires_in token_type"].assert_eq(&fields.join(" "));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    tenant.token = text(&answer, "access_token");
    assert_eq!(tenant.ask("GET", STATES, "").status, 200);
    tenant.wait(3_600_000);
    assert_eq!(tenant.ask("GET", STATES, "").status, 401);
}

#[test]
fn a_static_token_may_everything_and_stays() {
    let settings = Settings { static_token: Some("for-ever".to_owned()), ..Settings::default() };
    let mut tenant = Tenant::with(settings);
    tenant.token = "for-ever".to_owned();
    tenant.control("POST", "tokens/revoke", "");
    tenant.wait(365 * 86_400_000);
    tenant.submit("sim-fast");
    assert_eq!(tenant.ask("GET", STATES, "").status, 200);
    assert_eq!(tenant.ask("POST", "/api/v2/data-actions/sim-instant/execute", "{}").status, 200);
    let mut other = Tenant::new();
    other.token = "for-ever".to_owned();
    assert_eq!(other.ask("GET", STATES, "").status, 401);
}

#[test]
fn discovery_names_the_address_that_was_asked() {
    expect![[r#"200 {"issuer":"http://sim.test:8086","token_endpoint":"http://sim.test:8086/auth/token","grant_types_supported":["password"],"token_endpoint_auth_methods_supported":["client_secret_basic"]}"#]].assert_eq(&discover("openid-configuration", "sim.test:8086"));
    expect![[r#"200 {"area":"na1","domain":"localhost","tenantId":"sim-tenant","api_endpoint":"http://[::1]:80","auth_endpoint":"http://[::1]:80"}"#]].assert_eq(&discover("cxone-configuration?tenantId=sim-tenant", "[::1]:80"));
    expect![[r#"404 {"error":"not_found","message":"no such tenant"}"#]]
        .assert_eq(&discover("cxone-configuration?tenantId=other", "sim"));
    expect![[r#"400 {"error":"invalid_request","message":"tenantId is required"}"#]]
        .assert_eq(&discover("cxone-configuration", "sim"));
    expect![[r#"400 {"error":"invalid_request","message":"tenantId is required"}"#]]
        .assert_eq(&discover("cxone-configuration?tenantId=", "sim"));
    for wrong in ["", "a b", "user@sim", "sim/path"] {
        assert!(discover("openid-configuration", wrong).starts_with("400 "), "{wrong}");
    }
    let mut tenant = Tenant::new();
    let post = Request::new("POST", "/.well-known/openid-configuration");
    expect!["405 method_not_allowed allow=GET"].assert_eq(&line(&tenant.world.handle(&post, tenant.now)));
}

#[test]
fn faults_of_the_token_endpoint() {
    check_fault("token_html", expect!["200 text/html; charset=utf-8, 200 text/html; charset=utf-8"]);
    check_fault("token_refused", expect!["401 invalid_client application/json, 401 invalid_client application/json"]);
    check_fault("token_5xx", expect!["503 unavailable application/json, 503 unavailable application/json"]);
}

#[test]
fn a_token_without_expiry_is_a_token_all_the_same() {
    let mut tenant = Tenant::new();
    tenant.faults(r#"{"token_without_expiry": true, "token_lifetime_seconds": 5}"#);
    let answer =
        json(&tenant.token_reply("grant_type=client_credentials&client_id=sim-client&client_secret=sim-secret"));
    assert_eq!((answer.get("expires_in"), answer.get("token_type")), (None, Some(&Value::from("Bearer"))));
    tenant.token = text(&answer, "access_token");
    let id = tenant.submit("sim-slow");
    tenant.wait(5_000);
    assert_eq!(tenant.poll(&id).status, 401);
    assert_eq!(tenant.stat("/faults/token_without_expiry"), Value::from(1));
}

fn basic_reply(authorization: &str, form: &str) -> String {
    refused(&form_reply(&mut Tenant::new(), "/oauth/token", authorization, form))
}

fn check_basic(authorization: &str, form: &str, expected: Expect) {
    expected.assert_eq(&basic_reply(authorization, form));
}

fn check_key(body: &str, expected: Expect) {
    let mut tenant = Tenant::new();
    let request = Request::new("POST", BY_JSON).with_header("content-type", "application/json").with_body(body);
    expected.assert_eq(&refused(&tenant.world.handle(&request, tenant.now)));
}

fn check_form(authorization: &str, form: &str, expected: Expect) {
    expected.assert_eq(&refused(&form_reply(&mut Tenant::new(), BY_FORM, authorization, form)));
}

fn form_reply(tenant: &mut Tenant, path: &str, authorization: &str, form: &str) -> Reply {
    let request = Request::new("POST", path).with_header("content-type", "application/x-www-form-urlencoded");
    let request = if authorization.is_empty() { request } else { request.with_header("authorization", authorization) };
    tenant.world.handle(&request.with_body(form), tenant.now)
}

fn discover(document: &str, host: &str) -> String {
    let mut tenant = Tenant::new();
    let request = Request::new("GET", &format!("/.well-known/{document}"));
    let request = if host.is_empty() { request } else { request.with_header("host", host) };
    let reply = tenant.world.handle(&request, tenant.now);
    format!("{} {}", reply.status, body(&reply))
}

/// What the endpoints by form and by JSON answer; the API goes on.
fn check_fault(name: &str, expected: Expect) {
    let mut tenant = Tenant::new();
    tenant.faults(&format!(r#"{{"{name}": true}}"#));
    let by_form = tenant.token_reply("grant_type=client_credentials&client_id=sim-client&client_secret=sim-secret");
    let by_json = tenant.world.handle(&Request::new("POST", BY_JSON), tenant.now);
    let told = |reply: &Reply| format!("{} {}", line(reply), reply.header("content-type").unwrap_or_default());
    expected.assert_eq(&format!("{}, {}", told(&by_form), told(&by_json)));
    assert_eq!(tenant.ask("GET", &format!("{EXECUTIONS}?correlation_id=x"), "").status, 200);
    assert_eq!(tenant.stat(&format!("/faults/{name}")), Value::from(2));
}
