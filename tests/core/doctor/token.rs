//! Where CXone is, and whether it gives a token.

use cxpulse_core::doctor::{Answered, Doctor, Judgement, Place, Seen};
use cxpulse_core::profile::{Question, Site};
use cxpulse_core::time::Timestamp;
use expect_test::{Expect, expect};

use super::{doctor, entry, profile, show};

#[test]
fn a_discovery_names_the_place_or_says_why_not() {
    check_discovery(
        200,
        "application/json",
        r#"{"api_endpoint": "https://api.example/"}"#,
        &expect![[r#"
        discovery good: cxone.example names api.example as the place of its API
        -"#]],
    );
    check_discovery(
        200,
        "application/json",
        r#"{"api_endpoint": "http://api.example"}"#,
        &expect![[r#"
        discovery bad: cxone.example answers 200, and names no https URL at /api_endpoint
        set /acme/base_url of CXPULSE_TENANTS to the whole URL, or mend the profile's discovery"#]],
    );
    check_discovery(
        200,
        "application/json",
        "{}",
        &expect![[r#"
        discovery bad: cxone.example answers 200, and names no https URL at /api_endpoint
        set /acme/base_url of CXPULSE_TENANTS to the whole URL, or mend the profile's discovery"#]],
    );
    check_discovery(
        200,
        "text/html",
        "<html>",
        &expect![[r#"
        discovery bad: cxone.example answers with a page of HTML, not with JSON (200)
        mend /acme/issuer of CXPULSE_TENANTS, to name the API itself: this looks like a login page or a gateway"#]],
    );
    check_discovery(
        404,
        "application/json",
        "{}",
        &expect![[r#"
        discovery bad: cxone.example knows no such tenant (404)
        set the tenant id in /acme/variables of CXPULSE_TENANTS to the one that CXone's admin console shows for your business unit"#]],
    );
    check_discovery(
        503,
        "text/plain",
        "",
        &expect![[r#"
        discovery bad: cxone.example fails itself (503)
        ask again later, and CXone's support if it stays"#]],
    );
}

#[test]
fn a_token_endpoint_grants_or_the_setting_to_mend_is_named() {
    for (status, body, expected) in [
        (
            200,
            r#"{"access_token": "hunter2", "token_type": "Bearer", "expires_in": 3600}"#,
            expect![[r#"
            token good: granted, for 3600 s
            -"#]],
        ),
        (
            200,
            r#"{"access_token": "hunter2"}"#,
            expect![[r#"
            token good: granted, without expires_in
            nothing: such a token is renewed as if it lived 300 s"#]],
        ),
        (
            200,
            r#"{"access_token": "hunter2", "token_type": "mac"}"#,
            expect![[r#"
            token bad: cxone.example answers 200, and gives no bearer token
            check /acme/token_url of CXPULSE_TENANTS and the profile's token flow: this is no token endpoint"#]],
        ),
        (
            200,
            r#"{"token": "hunter2"}"#,
            expect![[r#"
            token bad: cxone.example answers 200, and gives no bearer token
            check /acme/token_url of CXPULSE_TENANTS and the profile's token flow: this is no token endpoint"#]],
        ),
        (
            200,
            "<!doctype html>hunter2",
            expect![[r#"
            token bad: cxone.example answers with a page of HTML, not with JSON (200)
            mend /acme/token_url of CXPULSE_TENANTS, to name the API itself: this looks like a login page or a gateway"#]],
        ),
        (
            400,
            r#"{"error": "invalid_client"}"#,
            expect![[r#"
            token bad: CXone does not know the client, or its secret (invalid_client)
            set /acme/client_id of CXPULSE_TENANTS and /acme/client_secret of CXPULSE_TENANTS to those of the application registered in CXone's admin console"#]],
        ),
        (
            401,
            r#"{"error": "invalid_client"}"#,
            expect![[r#"
            token bad: CXone does not know the client, or its secret (invalid_client)
            set /acme/client_id of CXPULSE_TENANTS and /acme/client_secret of CXPULSE_TENANTS to those of the application registered in CXone's admin console"#]],
        ),
        (
            400,
            r#"{"error": "invalid_scope"}"#,
            expect![[r#"
            token bad: the client may not ask for dataactions:execute dataactions:read (invalid_scope)
            grant the application dataactions:execute dataactions:read in CXone's admin console, or ask for other scopes in a profile of your own"#]],
        ),
        (
            400,
            r#"{"error": "invalid_grant"}"#,
            expect![[r#"
            token bad: CXone does not know the access key, or its secret (invalid_grant)
            set /acme/access_key_id of CXPULSE_TENANTS and /acme/access_key_secret of CXPULSE_TENANTS to an access key that is active at its user in CXone's admin console"#]],
        ),
        (
            400,
            r#"{"error": "unauthorized_client"}"#,
            expect![[r#"
            token bad: CXone refuses the profile's token flow (unauthorized_client)
            allow the flow for the application in CXone's admin console, or name in /acme/profile of CXPULSE_TENANTS a profile with another token flow"#]],
        ),
        (
            403,
            "hunter2",
            expect![[r#"
            token bad: CXone refuses the credentials, and does not say why (403)
            set /acme/client_id of CXPULSE_TENANTS and /acme/client_secret of CXPULSE_TENANTS to those of the application registered in CXone's admin console"#]],
        ),
        (
            404,
            "",
            expect![[r#"
                token bad: there is no token endpoint at /oauth/token of cxone.example (404)
                set /acme/token_url of CXPULSE_TENANTS to where tokens are had"#]],
        ),
        (
            405,
            "",
            expect![[r#"
                token bad: there is no token endpoint at /oauth/token of cxone.example (405)
                set /acme/token_url of CXPULSE_TENANTS to where tokens are had"#]],
        ),
        (
            406,
            "",
            expect![[r#"
            token bad: cxone.example has nothing in JSON to give (406)
            check /acme/token_url of CXPULSE_TENANTS: a gateway there may drop the header Accept"#]],
        ),
        (
            429,
            "",
            expect![[r#"
            token bad: cxone.example takes no call: the rate is used up (429)
            ask again later"#]],
        ),
        (
            500,
            "hunter2",
            expect![[r#"
            token bad: cxone.example fails itself (500)
            ask again later, and CXone's support if it stays"#]],
        ),
    ] {
        let answered = Answered { status, body, content_type: Some("application/json"), ..Answered::default() };
        check_token(Seen::Answered(answered), &expected);
    }
}

#[test]
fn what_is_no_answer_says_so() {
    check_token(
        Seen::TimedOut,
        &expect![[r#"
        token bad: cxone.example did not answer in time
        check /acme/token_url of CXPULSE_TENANTS, and that cxone.example can be reached from where this Worker runs"#]],
    );
    check_token(
        Seen::Unreached,
        &expect![[r#"
        token bad: there is no connection to cxone.example: no such host, nothing listens, or its TLS is not trusted
        check /acme/token_url of CXPULSE_TENANTS, and that cxone.example can be reached from where this Worker runs"#]],
    );
    let redirect = |location| Answered { status: 302, location, ..Answered::default() };
    check_token(
        Seen::Answered(redirect(Some("https://login.example/?state=hunter2"))),
        &expect![[r#"
        token bad: cxone.example redirects to login.example (302)
        mend /acme/token_url of CXPULSE_TENANTS, to name the place itself: redirects are not followed"#]],
    );
    check_token(
        Seen::Answered(redirect(Some("/login?state=hunter2"))),
        &expect![[r#"
        token bad: cxone.example redirects to cxone.example (302)
        mend /acme/token_url of CXPULSE_TENANTS, to name the place itself: redirects are not followed"#]],
    );
    check_token(
        Seen::Answered(redirect(None)),
        &expect![[r#"
        token bad: cxone.example redirects to elsewhere (302)
        mend /acme/token_url of CXPULSE_TENANTS, to name the place itself: redirects are not followed"#]],
    );
    let limited = Answered { status: 429, retry_after: Some("17"), ..Answered::default() };
    check_token(
        Seen::Answered(limited),
        &expect![[r#"
        token bad: cxone.example takes no call for 17: the rate is used up (429)
        ask again later"#]],
    );
}

#[test]
fn a_grant_that_covers_less_than_was_asked_for_is_told() {
    for (body, expected) in [
        (
            r#"{"scope": "dataactions:read dataactions:execute more"}"#,
            expect![[r#"
            scope good: granted: dataactions:execute dataactions:read
            -"#]],
        ),
        (
            r#"{"scope": "dataactions:read"}"#,
            expect![[r#"
            scope bad: not granted: dataactions:execute
            grant the application dataactions:execute in CXone's admin console, or ask for other scopes in a profile of your own"#]],
        ),
        (
            r#"{"scope": ""}"#,
            expect![[r#"
            scope bad: not granted: dataactions:execute dataactions:read
            grant the application dataactions:execute dataactions:read in CXone's admin console, or ask for other scopes in a profile of your own"#]],
        ),
        (
            "{}",
            expect![[r#"
            scope good: asked for dataactions:execute dataactions:read; the answer does not say otherwise
            -"#]],
        ),
    ] {
        let step = doctor(&profile("dataactions"), &entry()).scope(Seen::Answered(Answered {
            status: 200,
            body,
            ..Answered::default()
        }));
        expected.assert_eq(&step.as_ref().map(show).unwrap_or_default());
    }
    let without = profile("cxone-state-history");
    assert_eq!(doctor(&without, &entry()).scope(Seen::Answered(Answered::default())), None);
}

#[test]
fn clocks_far_apart_are_told() {
    let now = Timestamp::from_millis(1_795_000_000_000);
    let step = |date: Option<String>| {
        let answered = Answered { status: 200, date: date.as_deref(), ..Answered::default() };
        doctor(&profile("dataactions"), &entry()).clock(Seen::Answered(answered), now)
    };
    let at = |seconds: i64| {
        let instant = jiff::Timestamp::from_second(1_795_000_000 + seconds).expect("it is a date");
        instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    for (seconds, expected) in [(0, true), (120, true), (-120, true), (121, false), (-121, false), (86_400, false)] {
        let step = step(Some(at(seconds)));
        assert_eq!(step.as_ref().map(|step| step.judgement == Judgement::Good), Some(expected), "{seconds}: {step:?}");
    }
    assert!(step(Some(at(-300))).is_some_and(|step| step.found.contains("300 s behind ours")));
    assert_eq!((step(None), step(Some("yesterday".into()))), (None, None));
}

fn check_discovery(status: u16, content_type: &str, body: &str, expected: &Expect) {
    let question = Question {
        url: "https://cxone.example/.well-known/x?tenantId=hunter2".into(),
        pointer: "/api_endpoint".into(),
    };
    let answered = Answered { status, body, content_type: Some(content_type), ..Answered::default() };
    let profile = profile("cxone-data-extraction");
    let (at, site) = (entry(), Site::default());
    let doctor = Doctor { profile: &profile, site: &site, at: &at };
    let examined = doctor.discovery(Place::Api, &question, Seen::Answered(answered), Timestamp::default());
    assert_eq!(examined.value.is_some(), examined.step.judgement == Judgement::Good);
    expected.assert_eq(&show(&examined.step));
}

fn check_token(seen: Seen<'_>, expected: &Expect) {
    let profile = profile("dataactions");
    let examined = doctor(&profile, &entry()).token("https://cxone.example/oauth/token", seen, Timestamp::default());
    assert_eq!(examined.value.is_some(), examined.step.judgement == Judgement::Good);
    expected.assert_eq(&show(&examined.step));
}
