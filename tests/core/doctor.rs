//! The doctor's words: each answer that CXone, or whatever stands in its place, can give.

use std::sync::OnceLock;

use cxpulse_core::doctor::{Answered, Doctor, Judgement, Place, Report, Seen, Setting, SettingsAt, Step, Trial, trial};
use cxpulse_core::execution::Identity;
use cxpulse_core::id::{ExecutionId, TenantId};
use cxpulse_core::profile::{BUILT_IN, Profile, Question, Site, TokenRule};
use cxpulse_core::time::Timestamp;
use cxpulse_core::trace::TraceContext;
use expect_test::{Expect, expect};

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

#[test]
fn a_trial_says_whether_the_token_is_let_in() {
    for (status, content_type, www_authenticate, expected) in [
        (
            404,
            "application/json",
            None,
            expect![[r#"
            poll good: answered as an API does for what there is not (404)
            -"#]],
        ),
        (
            200,
            "application/json",
            None,
            expect![[r#"
            poll good: let in, and answered (200)
            -"#]],
        ),
        (
            400,
            "application/json",
            None,
            expect![[r#"
            poll good: let in; the trial question itself was not taken (400)
            -"#]],
        ),
        (
            404,
            "text/html",
            None,
            expect![[r#"
            poll bad: there is no such API at /api/v2/x of api.example (404)
            check /acme/base_url of CXPULSE_TENANTS, and that /acme/profile of CXPULSE_TENANTS names the profile of your CXone's API"#]],
        ),
        (
            405,
            "text/plain",
            None,
            expect![[r#"
            poll bad: there is no such API at /api/v2/x of api.example (405)
            check /acme/base_url of CXPULSE_TENANTS, and that /acme/profile of CXPULSE_TENANTS names the profile of your CXone's API"#]],
        ),
        (
            401,
            "application/json",
            None,
            expect![[r#"
            poll bad: api.example does not take the token that was just granted (401)
            check that /acme/base_url of CXPULSE_TENANTS and /acme/token_url of CXPULSE_TENANTS are of the same CXone, and of the same region"#]],
        ),
        (
            403,
            "application/json",
            None,
            expect![[r#"
            poll bad: the token may not call /api/v2/x (403): dataactions:execute dataactions:read is missing
            grant the application dataactions:execute dataactions:read in CXone's admin console, or ask for other scopes in a profile of your own"#]],
        ),
        (
            403,
            "application/json",
            Some(r#"Bearer error="insufficient_scope", scope="a:b c:d""#),
            expect![[r#"
            poll bad: the token may not call /api/v2/x (403): a:b c:d is missing
            grant the application a:b c:d in CXone's admin console, or ask for other scopes in a profile of your own"#]],
        ),
        (
            406,
            "text/plain",
            None,
            expect![[r#"
            poll bad: api.example has nothing in JSON to give (406)
            check /acme/base_url of CXPULSE_TENANTS: a gateway there may drop the header Accept"#]],
        ),
        (
            503,
            "text/plain",
            None,
            expect![[r#"
            poll bad: api.example fails itself (503)
            ask again later, and CXone's support if it stays"#]],
        ),
    ] {
        let answered = Answered { status, content_type: Some(content_type), www_authenticate, ..Answered::default() };
        let seen = Seen::Answered(answered);
        let step = doctor(&profile("dataactions"), &entry()).poll("https://api.example/api/v2/x?y=hunter2", seen);
        expected.assert_eq(&show(&step));
    }
}

#[test]
fn every_profile_has_a_trial_that_changes_nothing_or_none() {
    let now = Timestamp::from_millis(1_795_000_000_000);
    for (name, expected) in [
        ("dataactions", "GET /api/v2/dataactions/executions/"),
        ("dx-actions", "GET /api/v2/dx/actions/cxpulse-doctor/executions/"),
        ("data-actions", ""),
        ("interactions-history", "POST /api/v2/interactions/history/query"),
        ("cxone-data-extraction", "GET /data-extraction/v1/jobs/"),
        ("cxone-state-history", "GET /incontactapi/services/v27.0/contacts/1/state-history"),
    ] {
        let found = match trial(&profile(name), identity(), now) {
            Trial::Call(request) => format!("{} {}", request.method, request.path),
            Trial::Nothing => String::new(),
        };
        assert!(found.starts_with(expected) && found.is_empty() == expected.is_empty(), "{name}: {found}");
    }
    assert_eq!(BUILT_IN.len(), 6);
}

#[test]
fn settings_have_the_names_that_a_person_sets_them_by() {
    let entry = entry();
    assert_eq!(entry.name(Setting::ClientSecret), "/acme/client_secret of CXPULSE_TENANTS");
    assert_eq!(entry.override_name("/limits/in_flight"), "/acme/limits/in_flight of CXPULSE_TENANTS");
    for (pointer, expected) in [
        ("/limits/in_flight", "CXONE_IN_FLIGHT"),
        ("/limits/per_second", "CXONE_PER_SECOND"),
        ("/breaker/mode", "/mode of CXONE_BREAKER"),
        ("/proxy/0/path", "/0/path of CXONE_PROXY"),
        ("/submit", "/submit of the profile"),
    ] {
        assert_eq!(SettingsAt::Variables.override_name(pointer), expected);
    }
    assert_eq!(SettingsAt::Variables.name(Setting::ClientSecret), "CXONE_CLIENT_SECRET");
}

#[test]
fn a_report_is_healthy_where_something_was_asked_and_nothing_is_wrong() {
    let step = |judgement| Step { step: "token", judgement, took_ms: 1, found: String::new(), remedy: None };
    let report = |steps: &[Judgement]| {
        let steps = steps.iter().map(|judgement| step(*judgement)).collect();
        Report::new("acme".into(), "dataactions".into(), steps).is_healthy
    };
    use Judgement::{Bad, Good, Untried};
    assert!(report(&[Good]) && report(&[Good, Good]) && report(&[Untried, Good]) && report(&[Good, Untried]));
    assert!(!report(&[Good, Bad]) && !report(&[Bad, Untried]));
    assert!(!report(&[]) && !report(&[Untried]) && !report(&[Untried, Untried]));
}

#[test]
fn the_setting_that_was_really_used_is_the_one_to_mend() {
    let (url, entry) = (Some("https://a.example".to_owned()), SettingsAt::Variables);
    let base = Site { base_url: url.clone(), ..Site::default() };
    let issuer = Site { issuer: url.clone(), ..Site::default() };
    let token = Site { token_url: url, ..base.clone() };
    for (name, site, of_api, of_tokens) in [
        ("dataactions", Site::default(), "CXONE_VARIABLES", "CXONE_VARIABLES"),
        ("dataactions", base.clone(), "CXONE_BASE_URL", "CXONE_BASE_URL"),
        ("dataactions", token, "CXONE_BASE_URL", "CXONE_TOKEN_URL"),
        ("cxone-data-extraction", Site::default(), "CXONE_ISSUER", "CXONE_ISSUER"),
        ("cxone-data-extraction", issuer, "CXONE_ISSUER", "CXONE_ISSUER"),
        ("cxone-state-history", Site::default(), "CXONE_ISSUER", "CXONE_ISSUER"),
        ("cxone-state-history", base, "CXONE_BASE_URL", "CXONE_ISSUER"),
    ] {
        let profile = profile(name);
        let doctor = Doctor { profile: &profile, site: &site, at: &entry };
        let remedy = |step: Step| step.remedy.unwrap_or_default();
        let api = remedy(doctor.poll("https://a.example/x", Seen::TimedOut));
        let tokens = remedy(doctor.token("https://a.example/x", Seen::TimedOut, Timestamp::default()).step);
        assert!(api.starts_with(&format!("check {of_api}, and")), "{name} {site:?}: {api}");
        assert!(tokens.starts_with(&format!("check {of_tokens}, and")), "{name} {site:?}: {tokens}");
    }
}

#[test]
fn a_token_that_is_refused_is_told_by_its_flow() {
    let refused = |name: &str, flow: Option<&str>, status| {
        let mut profile = profile(name);
        if flow == Some("static") {
            profile.token = TokenRule::Static;
        }
        let answered = Answered { status, content_type: Some("application/json"), ..Answered::default() };
        show(&doctor(&profile, &entry()).poll("https://api.example/api/v2/x", Seen::Answered(answered)))
    };
    expect![[r#"
        poll bad: api.example does not take the token of /acme/static_token of CXPULSE_TENANTS (401)
        set /acme/static_token of CXPULSE_TENANTS to a token that has not expired, of the CXone that /acme/base_url of CXPULSE_TENANTS names"#]]
    .assert_eq(&refused("dataactions", Some("static"), 401));
    expect![[r#"
        poll bad: the token may not call /api/v2/x (403): what the call needs is missing
        set /acme/static_token of CXPULSE_TENANTS to a token that was granted what the call needs"#]]
    .assert_eq(&refused("dataactions", Some("static"), 403));
    expect![[r#"
        poll bad: the token may not call /api/v2/x (403): what the call needs is missing
        give the user whose access key this is a role with what the call needs in CXone's admin console"#]]
    .assert_eq(&refused("cxone-data-extraction", None, 403));
    let static_profile = Profile { token: TokenRule::Static, ..profile("dataactions") };
    let step = doctor(&static_profile, &entry()).static_token();
    assert!(show(&step).starts_with("token untried: /acme/static_token"), "{}", show(&step));
    let step = doctor(&profile("data-actions"), &entry()).untried();
    assert!(show(&step).starts_with("poll untried: skipped"), "{}", show(&step));
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

/// Never with anything of a body in it.
fn show(step: &Step) -> String {
    let text = format!(
        "{} {}: {}\n{}",
        step.step,
        match step.judgement {
            Judgement::Good => "good",
            Judgement::Bad => "bad",
            Judgement::Untried => "untried",
        },
        step.found,
        step.remedy.as_deref().unwrap_or("-")
    );
    assert!(!text.contains("hunter2"), "{text}");
    text
}

/// Of a tenant that names whole URLs.
fn doctor<'a>(profile: &'a Profile, at: &'a SettingsAt) -> Doctor<'a> {
    static SITE: OnceLock<Site> = OnceLock::new();
    let url = |host: &str| Some(format!("https://{host}.example"));
    let site = || Site { base_url: url("api"), token_url: url("cxone"), issuer: url("cxone"), ..Site::default() };
    Doctor { profile, site: SITE.get_or_init(site), at }
}

fn entry() -> SettingsAt {
    SettingsAt::Entry(TenantId::parse("acme").expect("the name is well formed"))
}

fn profile(name: &str) -> Profile {
    Profile::built_in(name).expect("the profile is built in")
}

fn identity() -> Identity {
    Identity {
        id: ExecutionId::from_bytes([1; 16]),
        correlation_bytes: [2; 16],
        trace: TraceContext::root([3; 16]),
        seed: 4,
    }
}
