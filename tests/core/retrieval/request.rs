//! What a request may say, and every fault of one that says something else.

use cxpulse_core::profile::Profile;
use cxpulse_core::time::Span;
use cxpulse_core::validate::{HistoryRequest, Invalid, parse_history};

use super::NOW;

fn parse(profile: &str, body: &str) -> Result<HistoryRequest, Invalid> {
    let profile = Profile::built_in(profile).expect("it is built in");
    parse_history(body, NOW, |_| Some(&profile))
}

fn faults(profile: &str, body: &str) -> Vec<String> {
    let invalid = parse(profile, body).expect_err("it is refused");
    invalid.violations().iter().map(|one| format!("{} {:?}", one.pointer, one.code)).collect()
}

#[test]
fn defaults_are_filled_in_and_ids_are_asked_for_once() {
    let request = parse("interactions-history", r#"{"interaction_ids": ["a", "b", "a"]}"#).expect("it is well formed");
    let ids: Vec<&str> = request.query.interaction_ids.iter().map(|id| id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!((request.page_size, request.limit, request.timeout), (100, None, Span::from_secs(3_600)));
    assert_eq!(request.analyzed.threshold, Span::from_secs(15));
}

#[test]
fn every_fault_is_told_at_once() {
    let old = r#"{"start": "2026-10-01T00:00:00Z", "end": "2026-09-30T00:00:00Z", "page_size": 1001, "nonsense": 1}"#;
    let told = faults("interactions-history", old);
    for fault in [
        "/start OutOfRange",
        "/end OutOfRange",
        "/end Contradiction",
        "/page_size OutOfRange",
        "/nonsense UnknownField",
    ] {
        assert!(told.iter().any(|one| one == fault), "{fault}: {told:?}");
    }
    assert_eq!(faults("interactions-history", "{}"), ["/start Missing"]);
    assert_eq!(faults("interactions-history", "[]"), [" WrongType"]);
    assert_eq!(
        faults("interactions-history", r#"{"start": "2026-11-20T00:00:00Z", "start": null}"#),
        ["/start RepeatedField"]
    );
}

#[test]
fn retention_is_the_profiles_own() {
    let text = include_str!("../../../crates/core/src/profile/interactions-history.json");
    let longer = text.replace("\"retention_days\": 30", "\"retention_days\": 90");
    let profile = Profile::parse(&longer).expect("it is a profile");
    let body = r#"{"start": "2026-10-01T00:00:00Z"}"#;
    assert!(parse_history(body, NOW, |_| Some(&profile)).is_ok());
    assert_eq!(faults("interactions-history", body), ["/start OutOfRange"]);
}

#[test]
fn a_profile_is_asked_only_what_it_takes() {
    assert_eq!(
        faults("cxone-state-history", r#"{"start": "2026-11-20T00:00:00Z"}"#),
        ["/interaction_ids Missing", "/start Contradiction"]
    );
    assert!(parse("cxone-state-history", r#"{"interaction_ids": ["1", "2"]}"#).is_ok());
    assert_eq!(faults("dataactions", r#"{"start": "2026-11-20T00:00:00Z"}"#), [" Contradiction"]);
}

#[test]
fn business_hours_are_read_or_refused() {
    let with = |hours: &str| format!(r#"{{"interaction_ids": ["a"], "business_hours": {hours}}}"#);
    for good in
        [r#"{"hours": "mon-fri 09:00-17:30 +01:00"}"#, r#"{"hours": "SUN 0:00-24:00", "holidays": ["2026-12-24"]}"#]
    {
        assert!(parse("interactions-history", &with(good)).is_ok(), "{good}");
    }
    for (bad, told) in [
        ("{}", "/business_hours/hours Missing"),
        (r#"{"hours": "mon-fri"}"#, "/business_hours/hours OutOfRange"),
        (r#"{"hours": "mon-fri 17:00-09:00"}"#, "/business_hours/hours OutOfRange"),
        (r#"{"hours": "mon-fri 09:60-17:00"}"#, "/business_hours/hours OutOfRange"),
        (r#"{"hours": "mon-fri 09:00-17:00 +19:00"}"#, "/business_hours/hours OutOfRange"),
        (r#"{"hours": "mon 09:00-17:00", "holidays": ["2026-02-30"]}"#, "/business_hours/holidays/0 OutOfRange"),
        (r#"{"hours": "mon 09:00-17:00", "more": 1}"#, "/business_hours/more UnknownField"),
        ("7", "/business_hours WrongType"),
    ] {
        assert_eq!(faults("interactions-history", &with(bad)), [told], "{bad}");
    }
}
