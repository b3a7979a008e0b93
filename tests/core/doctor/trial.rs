//! Whether a token is let in, tried by a call that changes nothing.

use cxpulse_core::doctor::{Answered, Seen, Trial, trial};
use cxpulse_core::execution::Identity;
use cxpulse_core::id::ExecutionId;
use cxpulse_core::profile::{BUILT_IN, Profile, TokenRule};
use cxpulse_core::time::Timestamp;
use cxpulse_core::trace::TraceContext;
use expect_test::expect;

use super::{doctor, entry, profile, show};

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

fn identity() -> Identity {
    Identity {
        id: ExecutionId::from_bytes([1; 16]),
        correlation_bytes: [2; 16],
        trace: TraceContext::root([3; 16]),
        seed: 4,
    }
}
