//! Whose pages may call, and whose may frame: what settings take, and what a browser's spelling matches.

use cxpulse_core::origin::{Origins, parse_ancestors};
use cxpulse_core::validate::Invalid;

#[test]
fn an_origin_is_put_into_the_form_that_browsers_send() {
    for (text, wanted) in [
        ("https://crm.example", "https://crm.example"),
        ("https://crm.example/", "https://crm.example"),
        ("HTTPS://CRM.Example", "https://crm.example"),
        ("https://crm.example:443", "https://crm.example"),
        ("http://crm.example:80", "http://crm.example"),
        ("https://crm.example:8443", "https://crm.example:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("http://[2001:db8::1]", "http://[2001:db8::1]"),
    ] {
        assert_eq!(Origins::parse(text), Ok(Origins::These(vec![wanted.into()])), "{text}");
    }
}

#[test]
fn what_no_browser_sends_is_no_origin() {
    for text in [
        "null",
        "crm.example",
        "//crm.example",
        "https://",
        "https://crm.example.",
        "https://crm..example",
        "https://*.example",
        "https://crm.example/app",
        "https://crm.example?",
        "https://crm.example#",
        "https://user@crm.example",
        "https://crm.example:0",
        "https://crm.example:0443",
        "https://crm.example:65536",
        "https://crm.example:",
        "https://münchen.example",
        "https://[]",
        "https://[::1",
        "ftp://crm.example",
        "chrome-extension://abcdef",
        "https://crm.example https://other.example",
        "*, https://crm.example",
    ] {
        assert!(Origins::parse(text).is_err(), "{text}");
    }
}

#[test]
fn every_fault_of_a_list_is_placed() {
    let places = |invalid: Invalid| invalid.violations().iter().map(|one| one.pointer.clone()).collect::<Vec<_>>();
    let found = Origins::parse("https://a.example, null, https://b.example, https://c.example.").map_err(places);
    assert_eq!(found, Err(vec!["/1".into(), "/3".into()]));
}

#[test]
fn only_the_very_origin_is_allowed() {
    let origins = Origins::parse("https://crm.example:443/, https://app.example:8443").expect("both are sound");
    for (origin, is_allowed) in [
        ("https://crm.example", true),
        ("https://app.example:8443", true),
        ("https://crm.example:443", false),
        ("https://app.example", false),
        ("http://crm.example", false),
        ("https://CRM.example", false),
        ("https://crm.example.", false),
        ("https://crm.example/", false),
        ("https://evil-crm.example", false),
        ("https://crm.example.evil.example", false),
        ("null", false),
        ("", false),
        ("*", false),
    ] {
        assert_eq!(origins.allow(origin), is_allowed, "{origin}");
    }
    assert!(Origins::parse(" * ").is_ok_and(|any| any == Origins::Any && any.any() && any.allow("null")));
    assert!(!Origins::Own.any() && !Origins::Own.allow("https://crm.example"));
}

#[test]
fn ancestors_are_a_source_list_and_nothing_else_of_a_policy() {
    for (text, wanted) in [
        ("'self'", "'self'"),
        ("'none'", "'none'"),
        ("https:", "https:"),
        ("  'self'   https://crm.example ", "'self' https://crm.example"),
        (
            "https://*.example.com https://crm.example:8443 http://localhost:*",
            "https://*.example.com https://crm.example:8443 http://localhost:*",
        ),
    ] {
        assert_eq!(parse_ancestors(text).as_deref(), Ok(wanted));
    }
    for text in [
        "*",
        "self",
        "'none' 'self'",
        "crm.example",
        "https://crm.example; script-src *",
        "https://crm.example, https://other.example",
        "https://crm.example;script-src",
        "https://*",
        "https://*.*.example",
        "https://crm.example/path",
        "data:",
        "'unsafe-inline'",
    ] {
        assert!(parse_ancestors(text).is_err(), "{text}");
    }
}
