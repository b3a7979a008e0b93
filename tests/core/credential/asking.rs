//! How tokens are asked for in every flow, and what answers are worth.

use cxpulse_core::call::Reply;
use cxpulse_core::credential::{
    Account, LIFETIME_MAX, Refusal, Secret, TOKEN_MAX, Trouble, read_discovery, read_grant, token_request,
};
use cxpulse_core::profile::Question;
use cxpulse_core::time::Span;

use super::{account, profile};
use crate::check::NOON;

fn asked(token: &str) -> String {
    let request = token_request(&profile(token).token, &account(), "https://t.example/token").expect("nothing lacks");
    let Some(request) = request else { return "not fetched".to_owned() };
    let headers = request.headers.iter().map(|(name, value)| format!("\n{name}: {}", value.reveal()));
    format!("{} {}{}\n{}", request.method, request.url, headers.collect::<String>(), request.body.reveal())
}

#[test]
fn each_flow_asks_in_its_own_way() {
    let form = "accept: application/json\ncontent-type: application/x-www-form-urlencoded";
    assert_eq!(
        asked(r#"{"flow": "client_credentials", "path": "/token", "scope": "a:b c"}"#),
        format!(
            "POST https://t.example/token\n{form}\n\
             grant_type=client_credentials&client_id=me%3A1&client_secret=s%26cret&scope=a%3Ab%20c"
        )
    );
    // `me%3A1:s%26cret` in base64: a colon in the id parts nothing.
    let basic = "authorization: Basic bWUlM0ExOnMlMjZjcmV0";
    assert_eq!(
        asked(r#"{"flow": "client_credentials", "path": "/token", "client_authentication": "basic"}"#),
        format!("POST https://t.example/token\n{basic}\n{form}\ngrant_type=client_credentials")
    );
    assert_eq!(
        asked(r#"{"flow": "access_key", "path": "/token", "encoding": "form"}"#),
        format!("POST https://t.example/token\n{basic}\n{form}\ngrant_type=password&username=key%20id&password=k%22ey")
    );
    assert_eq!(
        asked(r#"{"flow": "access_key", "path": "/token", "encoding": "json"}"#),
        "POST https://t.example/token\naccept: application/json\ncontent-type: application/json\n\
         {\"accessKeyId\":\"key id\",\"accessKeySecret\":\"k\\\"ey\"}"
    );
    assert_eq!(asked(r#"{"flow": "static"}"#), "not fetched");
}

#[test]
fn what_an_account_lacks_for_its_flow_is_named() {
    let lacks = |token: &str, account: &Account| {
        let checked = account.check(&profile(token).token);
        checked.err().map(|lacking| lacking.fields().join(" ")).unwrap_or_default()
    };
    let rows = [
        (r#"{"flow": "client_credentials", "path": "/t"}"#, "client_id client_secret"),
        (
            r#"{"flow": "access_key", "path": "/t", "encoding": "form"}"#,
            "client_id client_secret access_key_id access_key_secret",
        ),
        (r#"{"flow": "access_key", "path": "/t", "encoding": "json"}"#, "access_key_id access_key_secret"),
        (r#"{"flow": "static"}"#, "static_token"),
    ];
    for (token, expected) in rows {
        assert_eq!(lacks(token, &Account::default()), expected);
        assert_eq!(lacks(token, &account()), "");
    }
    let empty = Account { static_token: Some(Secret::new("")), ..account() };
    assert_eq!(lacks(r#"{"flow": "static"}"#, &empty), "static_token");
}

#[test]
fn nothing_of_an_account_is_ever_printed() {
    let request =
        token_request(&profile(r#"{"flow": "access_key", "path": "/t", "encoding": "form"}"#).token, &account(), "u");
    let text = format!("{:?} {request:?} {:?}", account(), Secret::new("s"));
    assert_eq!(text, "Account(…) Ok(Some(TokenRequest(POST u …))) Secret(…)");
}

/// What a token endpoint's answer is worth.
fn granted(status: u16, body: &str) -> Result<Option<Span>, Trouble> {
    read_grant(Reply { status, retry_after: None, body }, NOON).map(|grant| grant.lifetime)
}

#[test]
fn a_life_that_makes_no_sense_counts_as_not_said() {
    let life = |expires_in: &str| granted(200, &format!(r#"{{"access_token": "t", "expires_in": {expires_in}}}"#));
    for (said, seconds) in
        [("3600", 3_600.0), (r#""3600""#, 3_600.0), (r#"" 60 ""#, 60.0), ("0.5", 0.5), ("1e2", 100.0)]
    {
        assert_eq!(life(said), Ok(Some(Span::from_secs_f64(seconds))), "{said}");
    }
    for said in ["-1", "0", r#""NaN""#, r#""inf""#, r#""soon""#, "null", "[]", "true", r#""""#, r#""-60""#, "-0.0"] {
        assert_eq!(life(said), Ok(None), "{said}");
    }
    for said in ["2592001", "1e300", r#""99999999999999999999""#] {
        assert_eq!(life(said), Ok(Some(LIFETIME_MAX)), "{said}");
    }
    assert_eq!(granted(200, r#"{"access_token": "t"}"#), Ok(None));
}

#[test]
fn what_is_no_bearer_token_is_trouble() {
    for body in [
        "<!DOCTYPE html><html><body>Sign in</body></html>",
        "",
        "{}",
        "[]",
        r#"{"access_token": ""}"#,
        r#"{"access_token": 7}"#,
        r#"{"access_token": "a b"}"#,
        r#"{"access_token": "a\nb"}"#,
        r#"{"access_token": "t", "token_type": "mac"}"#,
        &format!(r#"{{"access_token": "{}"}}"#, "t".repeat(TOKEN_MAX + 1)),
    ] {
        assert_eq!(granted(200, body), Err(Trouble::Failed(None)), "{body}");
    }
    assert_eq!(granted(200, &format!(r#"{{"access_token": "{}"}}"#, "t".repeat(TOKEN_MAX))), Ok(None));
    assert_eq!(granted(200, r#"{"access_token": "t", "token_type": "BEARER"}"#), Ok(None));
}

#[test]
fn a_refusal_carries_its_code_and_anything_else_may_pass() {
    let rows = [
        (401, r#"{"error": "invalid_client"}"#, Refusal::InvalidClient),
        (400, r#"{"error": "invalid_grant", "error_description": "no"}"#, Refusal::InvalidGrant),
        (400, r#"{"error": "invalid_scope"}"#, Refusal::InvalidScope),
        (400, r#"{"error": "unauthorized_client"}"#, Refusal::UnauthorizedClient),
        (400, r#"{"error": "unsupported_grant_type"}"#, Refusal::UnsupportedGrantType),
        (400, r#"{"error": "invalid_request"}"#, Refusal::InvalidRequest),
        (403, "<html>", Refusal::Unexplained),
        (401, "", Refusal::Unexplained),
        // Codes of ours are not theirs to send.
        (400, r#"{"error": "static_token"}"#, Refusal::Unexplained),
    ];
    for (status, body, code) in rows {
        assert_eq!(granted(status, body), Err(Trouble::Refused(code)), "{status} {body}");
    }
    for status in [302, 404, 408, 429, 500, 503] {
        assert_eq!(granted(status, r#"{"error": "invalid_client"}"#), Err(Trouble::Failed(None)), "{status}");
    }
    let reply = Reply { status: 503, retry_after: Some("7"), body: "" };
    assert_eq!(read_grant(reply, NOON), Err(Trouble::Failed(Some(Span::from_secs(7)))));
}

#[test]
fn a_discovery_names_a_place_that_may_be_sent_secrets() {
    let ask = |url: &str, status: u16, body: &str| {
        let question = Question { url: url.to_owned(), pointer: "/api_endpoint".to_owned() };
        read_discovery(&question, Reply { status, retry_after: None, body }, NOON)
    };
    let named = |url: &str, place: &str| ask(url, 200, &format!(r#"{{"api_endpoint": "{place}"}}"#)).ok();
    let cxone = "https://cxone.example/.well-known/x?tenantId=1";
    let local = "http://127.0.0.1:8080/.well-known/x";
    assert_eq!(named(cxone, "https://api-na1.example").as_deref(), Some("https://api-na1.example"));
    assert_eq!(named(cxone, "https://api-na1.example/").as_deref(), Some("https://api-na1.example"));
    assert_eq!(named(cxone, "https://api.example/auth/token").as_deref(), Some("https://api.example/auth/token"));
    assert_eq!(named(local, "http://127.0.0.1:8081").as_deref(), Some("http://127.0.0.1:8081"));
    for place in [
        "http://api-na1.example",
        "http://127.0.0.1:8080",
        "http://localhost",
        "https://u:p@api.example",
        "https://a.example?b",
        "https://a.example#b",
        "//a.example",
        "javascript:1",
        "",
        "https://a.example//",
        "https://a.example/../b",
        "https://a b",
    ] {
        assert_eq!(named(cxone, place), None, "{place}");
    }
    assert_eq!(named(local, "http://localhost:8080"), None);
    assert_eq!(ask(cxone, 200, "<html>"), Err(Trouble::Failed(None)));
    assert_eq!(ask(cxone, 200, r#"{"api_endpoint": 7}"#), Err(Trouble::Failed(None)));
    assert_eq!(ask(cxone, 503, ""), Err(Trouble::Failed(None)));
    for status in [400, 401, 403, 404] {
        assert_eq!(ask(cxone, status, ""), Err(Trouble::Refused(Refusal::Discovery)), "{status}");
    }
}
