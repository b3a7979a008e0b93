//! The setting that describes tenants: every fault with its pointer, and never a secret.

use cxpulse_core::destination::Hosts;
use cxpulse_core::id::TenantId;
use cxpulse_core::key::Scope;
use cxpulse_core::time::Span;
use cxpulse_core::validate::{
    API_KEYS_MAX, Binding, RUNGS_MAX, SECRETS_MAX, Setting, TENANTS_MAX, TenantConfiguration, WebhookConfiguration,
    parse_tenants, parse_variables,
};
use expect_test::{Expect, expect};

#[test]
fn a_tenant_says_its_profile_its_places_and_where_its_secrets_are() {
    let tenant = one(
        r#"{"acme": {"profile": "dx-actions", "variables": {"organization": "acme"}, "base_url": "https://a.example",
        "token_url": "https://a.example/token", "issuer": "https://b.example", "client_id": "client",
        "client_secret": {"binding": "ACME_SECRET"}, "access_key_id": {"binding": "ACME_KEY_ID"},
        "access_key_secret": {"binding": "ACME_KEY"}, "static_token": {"binding": "ACME_TOKEN"},
        "limits": {"in_flight": 3}, "breaker": {"mode": "consecutive"}, "proxy": [],
        "api_keys": [{"sha256": "00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00FF"}]}}"#,
    );
    assert_eq!(tenant.profile, "dx-actions");
    assert_eq!(tenant.site.base_url.as_deref(), Some("https://a.example"));
    assert_eq!(tenant.site.token_url.as_deref(), Some("https://a.example/token"));
    assert_eq!(tenant.site.issuer.as_deref(), Some("https://b.example"));
    assert_eq!(tenant.site.variables.get("organization").map(String::as_str), Some("acme"));
    assert_eq!(tenant.client_id, Some(Setting::Text("client".into())));
    assert!(matches!(&tenant.access_key_id, Some(Setting::Binding(binding)) if binding.name() == "ACME_KEY_ID"));
    let names = [&tenant.client_secret, &tenant.access_key_secret, &tenant.static_token];
    let names: Vec<_> = names.into_iter().flatten().map(|binding| binding.name().to_owned()).collect();
    assert_eq!(names, ["ACME_SECRET", "ACME_KEY", "ACME_TOKEN"]);
    let overrides: Vec<_> = tenant.overrides.iter().map(|(name, json)| format!("{name} {}", json.as_str())).collect();
    assert_eq!(overrides, [r#"breaker {"mode": "consecutive"}"#, r#"limits {"in_flight": 3}"#, "proxy []"]);
    let key = tenant.api_keys.first().map(|listed| &listed.key).expect("there is one");
    assert_eq!((tenant.api_keys.len(), key.sha256.last()), (1, Some(&0xff)));
    assert_eq!((key.name.as_str(), key.tenant.as_ref().map(TenantId::as_str)), ("acme", Some("acme")));
    assert_eq!(Scope::ALL.map(|scope| key.scopes.has(scope)), [true, true, false], "all but the administration");
}

#[test]
fn a_profile_is_all_that_has_to_be_said() {
    let tenant = one(r#"{"acme": {"profile": "dataactions"}}"#);
    assert_eq!((tenant.client_id, tenant.client_secret, tenant.static_token), (None, None, None));
    assert!(tenant.overrides.is_empty() && tenant.api_keys.is_empty());
}

#[test]
fn a_tenant_may_keep_things_for_a_time_of_its_own() {
    let tenant = one(r#"{"acme": {"profile": "dataactions", "retention_days": 0.5, "audit_retention_days": 400}}"#);
    let hours = [tenant.retention, tenant.audit_retention].map(|span| span.map(|span| span.as_millis() / 3_600_000));
    assert_eq!(hours, [Some(12), Some(9_600)]);
    check(
        r#"{"a": {"profile": "x", "retention_days": 0, "audit_retention_days": "a year"}}"#,
        &expect![[r#"
            "/a/retention_days" OutOfRange must be 0.00001 to 400
            "/a/audit_retention_days" WrongType must be a number"#]],
    );
}

#[test]
fn every_fault_is_named_not_the_first() {
    check(
        r#"{"ACME": {"profile": "a"}, "b": [], "c": {"base_url": "http://cxone.example", "token_url": 7, "colour": "red"},
        "d/e": {"profile": "x"}, "f": {"profile": 1, "variables": {"a": 1, "b/c": null, "d": []}, "client_id": "a b"},
        "g": {"profile": "x", "client_id": {}, "static_token": {"binding": "9A", "more": 1}},
        "h": {"profile": "x", "api_keys": [{"sha256": "12"}, {}, "x", {"sha256": "zz"}]}}"#,
        &expect![[r#"
            "/ACME" OutOfRange the name must be 1 to 64 lower-case letters, digits or inner hyphens
            "/b" WrongType must be an object
            "/c/profile" Missing is required
            "/c/base_url" OutOfRange must be an https URL, unless it is on this machine
            "/c/token_url" WrongType must be a string
            "/c/colour" UnknownField is not a field of this object
            "/d~1e" OutOfRange the name must be 1 to 64 lower-case letters, digits or inner hyphens
            "/f/profile" WrongType must be a string
            "/f/variables/a" WrongType must be a string
            "/f/variables/d" WrongType must be a string
            "/f/client_id" OutOfRange must be 1 to 256 visible ASCII characters
            "/g/client_id/binding" Missing is required
            "/g/static_token/binding" OutOfRange must be the name of a binding: 1 to 128 letters, digits and underscores, no digit first
            "/g/static_token/more" UnknownField is not a field of this object
            "/h/api_keys/2" WrongType must be an object
            "/h/api_keys/0/sha256" OutOfRange must be 64 hexadecimal digits: the SHA-256 of the key
            "/h/api_keys/1/sha256" Missing is required
            "/h/api_keys/3/sha256" OutOfRange must be 64 hexadecimal digits: the SHA-256 of the key"#]],
    );
    check(
        r#"{"a": {"profile": "x"}, "a": {"profile": "y"}}"#,
        &expect![[r#""/a" RepeatedField appears more than once"#]],
    );
    check("[]", &expect![[r#""" WrongType must be an object"#]]);
    check("{", &expect![[r#""" NotJson EOF while parsing an object at line 1 column 1"#]]);
}

#[test]
fn a_tenant_says_how_its_webhooks_leave() {
    let tenant =
        one(r#"{"acme": {"profile": "dataactions", "webhook": {"secrets": [{"binding": "NEW"}, {"binding": "OLD"}],
        "hosts": ["*.example.com", "10.0.0.1"], "retry_seconds": [0.1, 5, 86400]}}}"#);
    let names: Vec<_> = tenant.webhook.secrets.iter().map(Binding::name).collect();
    assert_eq!(names, ["NEW", "OLD"]);
    assert_eq!(tenant.webhook.hosts, Hosts::parse(["*.example.com", "10.0.0.1"]).ok());
    let ladder = tenant.webhook.ladder.map(|ladder| ladder.into_iter().map(Span::as_millis).collect::<Vec<_>>());
    assert_eq!(ladder, Some(vec![100, 5_000, 86_400_000]));
    assert_eq!(one(r#"{"acme": {"profile": "dataactions"}}"#).webhook, WebhookConfiguration::default());
    let secrets = [r#"{"binding": "A"}"#; SECRETS_MAX + 1].join(",");
    let waits = vec!["5"; RUNGS_MAX + 1].join(",");
    check(
        &format!(
            r#"{{"a": {{"profile": "x", "webhook": {{"secrets": ["whsec_hunter2", {{"binding": ""}}], "hosts": [], "retry_seconds": 5}}}},
            "b": {{"profile": "x", "webhook": {{"hosts": ["a.com", "http://b.com", 7], "retry_seconds": [], "url": ""}}}},
            "c": {{"profile": "x", "webhook": {{"secrets": [{secrets}], "retry_seconds": [{waits}]}}}},
            "d": {{"profile": "x", "webhook": {{"retry_seconds": [5, 86400.1]}}}},
            "e": {{"profile": "x", "webhook": []}}}}"#
        ),
        &expect![[r#"
            "/a/webhook/secrets/0" WrongType must be an object
            "/a/webhook/secrets/1/binding" OutOfRange must be the name of a binding: 1 to 128 letters, digits and underscores, no digit first
            "/a/webhook/hosts" OutOfRange must have 1 to 64 entries
            "/a/webhook/retry_seconds" WrongType must be a list of seconds
            "/b/webhook/hosts/1" OutOfRange must be *, a host name, *. before one, or an address as in a URL
            "/b/webhook/hosts/2" WrongType must be a string
            "/b/webhook/retry_seconds" OutOfRange must be 1 to 20 waits of 0.1 to 86400 seconds
            "/b/webhook/url" UnknownField is not a field of this object
            "/c/webhook/secrets" OutOfRange must have at most 4 items
            "/c/webhook/retry_seconds" OutOfRange must be 1 to 20 waits of 0.1 to 86400 seconds
            "/d/webhook/retry_seconds" OutOfRange must be 1 to 20 waits of 0.1 to 86400 seconds
            "/e/webhook" WrongType must be an object"#]],
    );
}

#[test]
fn a_secret_in_place_is_refused_and_never_shown() {
    let text = r#"{"a": {"profile": "x", "client_secret": "hunter2", "access_key_secret": "hunter2", "static_token": "hunter2"}}"#;
    check(
        text,
        &expect![[r#"
        "/a/client_secret" WrongType is a secret: name the binding that holds it, {"binding": "NAME"}
        "/a/access_key_secret" WrongType is a secret: name the binding that holds it, {"binding": "NAME"}
        "/a/static_token" WrongType is a secret: name the binding that holds it, {"binding": "NAME"}"#]],
    );
    let refused = parse_tenants(text).1.map(|invalid| format!("{invalid} {invalid:?}")).unwrap_or_default();
    assert!(!refused.contains("hunter2"), "{refused}");
}

#[test]
fn limits_hold_at_the_limit_and_one_past() {
    let tenants = |count: usize| {
        let all: Vec<_> = (0..count).map(|n| format!(r#""t{n}": {{"profile": "x"}}"#)).collect();
        parse_tenants(&format!("{{{}}}", all.join(",")))
    };
    let counted = |count: usize| (tenants(count).0.len(), tenants(count).1.is_none());
    assert_eq!(counted(TENANTS_MAX), (TENANTS_MAX, true));
    assert_eq!(counted(TENANTS_MAX + 1), (0, false));
    let keys = |count: usize| {
        let keys: Vec<_> = (0..count).map(|n| format!(r#"{{"sha256": "{n:064x}"}}"#)).collect();
        let keys = keys.join(",");
        parse_tenants(&format!(r#"{{"a": {{"profile": "x", "api_keys": [{keys}]}}}}"#)).1.is_none()
    };
    assert!(keys(API_KEYS_MAX) && !keys(API_KEYS_MAX + 1));
}

#[test]
fn a_key_acts_for_one_tenant_and_is_named_once() {
    let (a, b) = ("a".repeat(64), "b".repeat(64));
    // The same digits in another case are the same key; what is wrong in itself is no key at all.
    let text = format!(
        r#"{{"acme": {{"profile": "x", "api_keys": [{{"sha256": "{a}"}}, {{"sha256": "12"}}, {{"sha256": "{b}"}}]}},
            "globex": {{"profile": "x", "api_keys": [{{"sha256": "{}"}}]}},
            "twice": {{"profile": "x", "api_keys": [{{"sha256": "{}"}}, {{"sha256": "{}"}}]}}}}"#,
        b.to_uppercase(),
        "c".repeat(64),
        "c".repeat(64),
    );
    check(
        &text,
        &expect![[r#"
            "/acme/api_keys/1/sha256" OutOfRange must be 64 hexadecimal digits: the SHA-256 of the key
            "/globex/api_keys/0/sha256" RepeatedField is the key at /acme/api_keys/2/sha256 already
            "/twice/api_keys/1/sha256" RepeatedField is the key at /twice/api_keys/0/sha256 already"#]],
    );
}

#[test]
fn a_tenant_without_a_fault_is_read_beside_one_that_has_some() {
    let (tenants, invalid) = parse_tenants(r#"{"a": {"profile": "x"}, "b": {}, "a-b": {"profile": 1}}"#);
    assert_eq!(tenants.keys().map(TenantId::as_str).collect::<Vec<_>>(), ["a"]);
    assert_eq!(invalid.map(|invalid| invalid.violations().len()), Some(2));
}

#[test]
fn variables_are_texts() {
    let read = parse_variables(r#"{"organization": "acme", "b": "c"}"#);
    assert_eq!(read.map(|variables| variables.len()), Ok(2));
    assert!(parse_variables(r#"{"organization": 1}"#).is_err());
    assert!(parse_variables("[]").is_err());
}

fn one(text: &str) -> TenantConfiguration {
    let (mut tenants, invalid) = parse_tenants(text);
    assert_eq!(invalid, None);
    tenants.remove(&TenantId::parse("acme").expect("the name is well formed")).expect("acme is among them")
}

fn check(text: &str, expected: &Expect) {
    let found = match parse_tenants(text) {
        (tenants, None) => format!("{} tenants", tenants.len()),
        (_, Some(invalid)) => {
            let rows =
                invalid.violations().iter().map(|one| format!("{:?} {:?} {}", one.pointer, one.code, one.message));
            rows.collect::<Vec<_>>().join("\n")
        }
    };
    expected.assert_eq(&found);
}
