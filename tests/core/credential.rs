//! Tokens: how they are asked for in every flow, what answers are worth, and when one is used, renewed or waited for.

use std::collections::BTreeSet;

use cxpulse_core::call::Reply;
use cxpulse_core::credential::{
    Account, Credentials, Grant, LIFETIME_DEFAULT, LIFETIME_MAX, Pause, REFUSED_WAIT, Refusal, Secret, TOKEN_MAX,
    Trouble, Verdict, identity, read_discovery, read_grant, token_request,
};
use cxpulse_core::gate::EMBARGO_MAX;
use cxpulse_core::profile::{Profile, Question, Site};
use cxpulse_core::time::{Span, Timestamp};
use proptest::prelude::*;

use crate::check::NOON;

fn account() -> Account {
    Account {
        client_id: Some("me:1".to_owned()),
        client_secret: Some(Secret::new("s&cret")),
        access_key_id: Some("key id".to_owned()),
        access_key_secret: Some(Secret::new("k\"ey")),
        static_token: Some(Secret::new("fixed")),
    }
}

/// A profile with that token rule.
fn profile(token: &str) -> Profile {
    Profile::parse(&format!(
        r#"{{"name": "a", "version": 1, "source": "b", "base": {{"template": "https://c.example"}}, "token": {token},
            "history": {{"method": "GET", "path": "/d", "answer": {{"list": ""}}}}}}"#
    ))
    .expect("it is well formed")
}

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

fn grant(seconds: u64) -> Grant {
    Grant { secret: Secret::new("t"), lifetime: Some(Span::from_secs(seconds)) }
}

fn at(seconds: u64) -> Timestamp {
    NOON.plus(Span::from_secs(seconds))
}

/// What is done `seconds` after noon: `use VERSION`, `fetch`, or `wait SECONDS`.
fn decided(credentials: &Credentials, newer_than: Option<u64>, seconds: u64) -> String {
    match credentials.decide(newer_than, at(seconds)) {
        Verdict::Use(token) => format!("use {}", token.version),
        Verdict::Fetch => "fetch".to_owned(),
        Verdict::Wait(until) => format!("wait {}", until.since(at(seconds)).as_millis() / 1_000),
    }
}

#[test]
fn a_token_is_renewed_early_and_a_short_one_at_half_its_life() {
    let mut credentials = Credentials::default();
    assert_eq!(decided(&credentials, None, 0), "fetch");
    credentials.granted(grant(3_600), NOON);
    for (seconds, expected) in [(0, "use 1"), (3_299, "use 1"), (3_300, "fetch"), (3_600, "fetch")] {
        assert_eq!(decided(&credentials, None, seconds), expected, "{seconds}");
    }
    credentials.granted(grant(60), NOON);
    for (seconds, expected) in [(29, "use 2"), (30, "fetch"), (60, "fetch")] {
        assert_eq!(decided(&credentials, None, seconds), expected, "{seconds}");
    }
    credentials.granted(Grant { lifetime: None, ..grant(1) }, NOON);
    assert_eq!(decided(&credentials, None, LIFETIME_DEFAULT.as_millis() / 2_000 - 1), "use 3");
    assert_eq!(decided(&credentials, None, LIFETIME_DEFAULT.as_millis() / 2_000), "fetch");
}

#[test]
fn a_401_renews_once_however_many_calls_it_hit() {
    let mut credentials = Credentials::default();
    credentials.granted(grant(3_600), NOON);
    assert_eq!(decided(&credentials, Some(1), 1), "fetch");
    assert!(!credentials.rejected(1, at(1)), "a fetched token is renewed, not waited for");
    credentials.granted(grant(3_600), at(1));
    assert_eq!(decided(&credentials, Some(1), 2), "use 2");
    assert_eq!(decided(&credentials, Some(2), 2), "fetch");
}

#[test]
fn tokens_that_are_refused_as_soon_as_they_are_had_are_two_a_second_at_most() {
    let mut credentials = Credentials::default();
    credentials.granted(grant(3_600), NOON);
    assert_eq!(decided(&credentials, Some(1), 0), "fetch");
    credentials.granted(grant(3_600), NOON);
    assert_eq!(decided(&credentials, None, 0), "use 2");
    assert_eq!(decided(&credentials, Some(2), 0), "wait 1");
    assert_eq!(decided(&credentials, Some(2), 1), "fetch");
}

#[test]
fn a_refused_renewal_keeps_the_old_token_and_is_a_condition_that_is_shown() {
    let mut credentials = Credentials::default();
    credentials.granted(grant(600), NOON);
    assert_eq!(decided(&credentials, None, 300), "fetch");
    credentials.troubled(Trouble::Refused(Refusal::InvalidClient), at(300));
    assert_eq!(decided(&credentials, None, 300), "use 1");
    assert_eq!(decided(&credentials, None, 329), "use 1");
    assert_eq!(decided(&credentials, None, 330), "fetch");
    credentials.troubled(Trouble::Refused(Refusal::InvalidScope), at(330));
    let condition = credentials.condition().expect("it is refused");
    assert_eq!((condition.refused_since, condition.code.name()), (at(300), "invalid_scope"));
    // Once the old one is over there is nothing to send, and still one question each half minute.
    credentials.troubled(Trouble::Refused(Refusal::InvalidScope), at(600));
    assert_eq!(decided(&credentials, None, 600), "wait 30");
    assert_eq!(decided(&credentials, None, 629), "wait 1");
    assert_eq!(decided(&credentials, None, 630), "fetch");
    credentials.granted(grant(600), at(630));
    assert_eq!(credentials.condition(), None);
    assert_eq!(decided(&credentials, None, 631), "use 2");
}

#[test]
fn failed_fetches_climb_a_ladder_and_retry_after_is_its_floor() {
    let mut credentials = Credentials::default();
    for wait in [1, 2, 4, 8, 16, 30, 30] {
        credentials.troubled(Trouble::Failed(None), NOON);
        assert_eq!(decided(&credentials, None, 0), format!("wait {wait}"));
        assert_eq!(credentials.condition(), None);
    }
    credentials.troubled(Trouble::Failed(Some(Span::from_secs(90))), NOON);
    assert_eq!(decided(&credentials, None, 0), "wait 90");
    credentials.granted(grant(3_600), NOON);
    credentials.troubled(Trouble::Failed(None), NOON);
    assert_eq!(decided(&credentials, Some(1), 0), "wait 1");
}

#[test]
fn a_retry_after_of_the_token_endpoint_stops_a_tenant_for_a_quarter_of_an_hour_at_most() {
    let rows = [
        ("31536000", EMBARGO_MAX),
        ("86400", EMBARGO_MAX),
        ("901", EMBARGO_MAX),
        ("900", EMBARGO_MAX),
        ("899", Span::from_secs(899)),
        ("Wed, 31 Dec 2098 23:59:59 GMT", EMBARGO_MAX),
        // The past, nothing and nonsense: the ladder alone.
        ("Thu, 01 Jan 1970 00:00:00 GMT", Span::from_secs(1)),
        ("0", Span::from_secs(1)),
        ("-7", Span::from_secs(1)),
        ("soon", Span::from_secs(1)),
    ];
    let question = Question { url: "https://c.example/x".to_owned(), pointer: "/a".to_owned() };
    for (said, wait) in rows {
        let reply = Reply { status: 503, retry_after: Some(said), body: "" };
        let troubles = [read_grant(reply, NOON).err(), read_discovery(&question, reply, NOON).err()];
        for trouble in troubles {
            let mut credentials = Credentials::default();
            credentials.troubled(trouble.expect("a 503 is trouble"), NOON);
            assert_eq!(credentials.decide(None, NOON), Verdict::Wait(NOON.plus(wait)), "{said}");
        }
    }
}

#[test]
fn a_pause_ends_in_time_and_is_over_when_the_clock_went_back() {
    let pause = Pause::new(Span::from_secs(30), at(7_200));
    let until = Some(at(7_230));
    // Two looks at one clock may disagree by a little.
    for (seconds, expected) in
        [(7_200, until), (7_229, until), (7_230, None), (9_999, None), (7_195, until), (7_194, None), (0, None)]
    {
        assert_eq!(pause.until(at(seconds)), expected, "{seconds}");
    }
    assert_eq!(Pause::new(Span::ZERO, NOON).until(NOON), None);
}

#[test]
fn a_tenant_is_another_one_with_another_account_or_another_cxone_and_not_with_another_secret() {
    let by_client = profile(r#"{"flow": "client_credentials", "path": "/t"}"#);
    let of =
        |profile: &Profile, site: &Site, account: &Account| identity(profile, site, account).expect("it is placed");
    let (site, url) = (Site::default(), Some("https://other.example".to_owned()));
    let one = of(&by_client, &site, &account());
    let rotated = Account { client_secret: Some(Secret::new("new")), access_key_secret: None, ..account() };
    assert_eq!(of(&by_client, &site, &rotated), one);
    let elsewhere = Profile { name: "b".to_owned(), ..by_client.clone() };
    let by_url = profile(r#"{"flow": "client_credentials", "url": "https://t.example/t"}"#);
    let others = [
        of(&by_client, &site, &Account { client_id: Some("you".to_owned()), ..account() }),
        of(&by_client, &site, &Account { access_key_id: None, ..account() }),
        of(&by_client, &site, &Account { static_token: Some(Secret::new("other")), ..account() }),
        of(&by_client, &Site { base_url: url.clone(), ..site.clone() }, &account()),
        of(&by_client, &Site { token_url: url, ..site.clone() }, &account()),
        of(&elsewhere, &site, &account()),
        of(&by_url, &site, &account()),
    ];
    let all: BTreeSet<_> = others.iter().chain([&one]).collect();
    assert_eq!(all.len(), 8);
    assert!(all.iter().all(|text| text.len() == 64 && !text.contains("fixed")));
}

#[test]
fn a_tenant_of_any_profile_is_somebody() {
    let names = ["region", "organization", "tenant", "tenant_id", "area"];
    let variables = names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
    let site = Site { variables, ..Site::default() };
    for (name, _) in cxpulse_core::profile::BUILT_IN {
        let profile = Profile::built_in(name).expect("it is built in");
        assert!(identity(&profile, &site, &account()).is_ok(), "{name}");
    }
}

#[test]
fn a_clock_set_back_makes_no_token_and_no_wait_longer() {
    let mut credentials = Credentials::default();
    credentials.granted(grant(3_600), at(7_200));
    // Two looks at one clock may disagree by a little.
    assert_eq!(decided(&credentials, None, 7_195), "use 1");
    // By an hour they do not: nobody knows how old it is.
    assert_eq!(decided(&credentials, None, 3_600), "fetch");
    credentials.troubled(Trouble::Failed(None), at(3_600));
    assert_eq!(decided(&credentials, None, 3_600), "use 1");
    credentials.granted(grant(3_600), at(3_600));
    assert_eq!(decided(&credentials, None, 3_601), "use 2");

    let mut credentials = Credentials::default();
    credentials.troubled(Trouble::Refused(Refusal::InvalidClient), at(7_200));
    assert_eq!(decided(&credentials, None, 7_200), "wait 30");
    assert_eq!(decided(&credentials, None, 0), "fetch");
    credentials.troubled(Trouble::Refused(Refusal::InvalidClient), NOON);
    assert_eq!(decided(&credentials, None, 0), "wait 30");
    assert_eq!(credentials.condition().map(|condition| condition.refused_since), Some(NOON));
}

#[test]
fn a_401_to_somebody_elses_call_renews_a_token_once_and_not_while_it_is_young() {
    let mut credentials = Credentials::default();
    credentials.granted(grant(3_600), NOON);
    assert!(!credentials.doubted(1, at(59)), "it is young");
    assert_eq!(decided(&credentials, None, 59), "use 1");
    assert!(!credentials.doubted(0, at(60)), "another token");
    assert!(credentials.doubted(1, at(60)));
    assert!(!credentials.doubted(1, at(61)), "once is enough");
    assert_eq!(decided(&credentials, None, 61), "fetch");
    credentials.troubled(Trouble::Failed(None), at(61));
    assert_eq!(decided(&credentials, None, 61), "use 1", "others use it well, so it is better than none");
    credentials.granted(grant(3_600), at(63));
    assert!(!credentials.doubted(1, at(200)), "it is gone");
    assert!(!credentials.doubted(2, at(122)), "it is young");
    assert_eq!(decided(&credentials, None, 122), "use 2");
}

#[test]
fn a_401_to_somebody_elses_call_says_nothing_of_a_static_token() {
    let mut credentials = Credentials::default();
    credentials.set_static(Some(&Secret::new("one")), NOON);
    assert!(!credentials.doubted(1, at(600)));
    assert_eq!((decided(&credentials, None, 600).as_str(), credentials.condition()), ("use 1", None));
}

#[test]
fn a_static_token_is_never_fetched_and_a_401_is_a_refusal() {
    let mut credentials = Credentials::default();
    let (first, second) = (Secret::new("one"), Secret::new("two"));
    assert!(credentials.set_static(Some(&first), NOON));
    assert!(!credentials.set_static(Some(&first), at(1)), "it is known");
    assert_eq!(decided(&credentials, None, 0), "use 1");
    assert_eq!(decided(&credentials, None, 9_999_999), "use 1");
    assert_eq!(decided(&credentials, Some(1), 1), "wait 30");
    assert!(!credentials.rejected(0, at(1)), "another token");
    assert!(credentials.rejected(1, at(1)));
    assert!(!credentials.rejected(1, at(2)), "no news");
    assert_eq!(
        credentials.condition().map(|condition| (condition.refused_since, condition.code)),
        Some((at(1), Refusal::StaticToken))
    );
    assert_eq!(decided(&credentials, None, 2), "wait 29");
    assert_eq!(decided(&credentials, None, 31), "use 1");
    assert!(credentials.rejected(1, at(31)));
    assert_eq!(credentials.condition().map(|condition| condition.refused_since), Some(at(1)));
    assert!(credentials.set_static(Some(&second), at(32)));
    assert_eq!((decided(&credentials, Some(1), 32).as_str(), credentials.condition()), ("use 2", None));
    // A tenant whose tokens are fetched from now on forgets it.
    assert!(credentials.set_static(None, at(33)));
    assert!(!credentials.set_static(None, at(33)));
    assert_eq!(decided(&credentials, None, 33), "fetch");
    credentials.granted(grant(600), at(33));
    assert_eq!(decided(&credentials, Some(2), 33), "use 3");
}

#[test]
fn what_was_stored_by_an_earlier_version_is_read() {
    let text = r#"{"token": {"secret": "t", "version": 4, "renew_at": 1795255300000, "expires_at": 1795255400000}, "version": 4, "failures": 0}"#;
    let credentials: Credentials = serde_json::from_str(text).expect("it is read");
    assert_eq!(decided(&credentials, None, 0), "use 4");
}

/// What may happen to a tenant's credentials.
#[derive(Debug, Clone)]
enum Happening {
    Granted(Option<f64>),
    Troubled(Trouble),
    Static(bool),
    Rejected(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        proptest::option::of(prop_oneof![0.001..1e9, Just(f64::MAX)]).prop_map(Happening::Granted),
        Just(Happening::Troubled(Trouble::Refused(Refusal::InvalidClient))),
        proptest::option::of(0_u64..100_000)
            .prop_map(|seconds| Happening::Troubled(Trouble::Failed(seconds.map(Span::from_secs)))),
        any::<bool>().prop_map(Happening::Static),
        (0_u64..9).prop_map(Happening::Rejected),
    ]
}

proptest! {
    /// Whatever happened, at whatever instants, forward or back: no token is used past its end or against a refusal, a wait lies ahead, a
    /// version never goes back, and the state survives being stored.
    #[test]
    fn verdicts_hold_whatever_happened(
        story in proptest::collection::vec((happening(), 0_u64..10_000_000), 0..30),
        newer_than in proptest::option::of(0_u64..12),
        seconds in 0_u64..10_000_000,
    ) {
        let mut credentials = Credentials::default();
        for (happening, seconds) in story {
            let before = credentials.version();
            match happening {
                Happening::Granted(lifetime) => {
                    let lifetime = lifetime.map(Span::from_secs_f64);
                    credentials.granted(Grant { secret: Secret::new("t"), lifetime }, at(seconds));
                }
                Happening::Troubled(trouble) => credentials.troubled(trouble, at(seconds)),
                Happening::Static(is_set) => {
                    let is_news = credentials.set_static(is_set.then(|| Secret::new("s")).as_ref(), at(seconds));
                    prop_assert_eq!(is_news && is_set, credentials.version() > before);
                }
                Happening::Rejected(version) => {
                    let is_news = credentials.rejected(version, at(seconds));
                    prop_assert!(!is_news || credentials.condition().is_some());
                }
            }
            prop_assert!(credentials.version() >= before);
        }
        match credentials.decide(newer_than, at(seconds)) {
            Verdict::Use(token) => {
                prop_assert!(at(seconds) < token.expires_at);
                prop_assert!(token.version > newer_than.unwrap_or(0));
                prop_assert!(token.version == credentials.version());
            }
            Verdict::Wait(until) => prop_assert!(until > at(seconds)),
            Verdict::Fetch => {}
        }
        let text = serde_json::to_string(&credentials).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<Credentials>(&text).ok(), Some(credentials));
    }

    /// After a refusal at `seconds`, nobody is told to fetch within the wait, whenever they ask.
    #[test]
    fn a_refusal_is_never_followed_by_a_storm(seconds in 0_u64..1_000_000, later in 0_u64..30, newer_than in proptest::option::of(0_u64..3)) {
        let mut credentials = Credentials::default();
        credentials.granted(Grant { secret: Secret::new("t"), lifetime: None }, NOON);
        credentials.troubled(Trouble::Refused(Refusal::InvalidClient), at(seconds));
        prop_assert_ne!(credentials.decide(newer_than, at(seconds + later)), Verdict::Fetch);
        prop_assert!(Span::from_secs(later) < REFUSED_WAIT);
    }

    /// Any answer at all is a grant that can be sent or trouble, and never a panic.
    #[test]
    fn any_answer_is_a_grant_or_trouble(status in 100_u16..600, body in ".{0,200}", retry_after in proptest::option::of(".{0,40}")) {
        let reply = Reply { status, retry_after: retry_after.as_deref(), body: &body };
        if let Ok(grant) = read_grant(reply, NOON) {
            prop_assert!((200..300).contains(&status) && !grant.secret.reveal().is_empty());
        }
        let question = Question { url: "https://a.example/b".to_owned(), pointer: "/c".to_owned() };
        if let Ok(place) = read_discovery(&question, reply, NOON) {
            prop_assert!(place.starts_with("https://"));
        }
    }
}
