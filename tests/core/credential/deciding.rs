//! When a token is used, renewed or waited for.

use std::collections::BTreeSet;

use cxpulse_core::call::Reply;
use cxpulse_core::credential::{
    Account, Credentials, Grant, LIFETIME_DEFAULT, Pause, Refusal, Secret, Trouble, Verdict, identity, read_discovery,
    read_grant,
};
use cxpulse_core::gate::EMBARGO_MAX;
use cxpulse_core::profile::{Profile, Question, Site};
use cxpulse_core::time::Span;

use super::{account, at, decided, grant, profile};
use crate::check::NOON;

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
