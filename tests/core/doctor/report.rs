//! The report as a whole, and the settings that it names.

use cxpulse_core::doctor::{Doctor, Judgement, Report, Seen, Setting, SettingsAt, Step};
use cxpulse_core::profile::Site;
use cxpulse_core::time::Timestamp;

use super::{entry, profile};

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
