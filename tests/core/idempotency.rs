//! Creating requests that come again: what names one.

use cxpulse_core::id::{CorrelationId, TenantId};
use cxpulse_core::idempotency::{IdempotencyKey, KEY_MAX, SILENT_WINDOW, Silent};
use cxpulse_core::time::Span;

use crate::check::NOON;

#[test]
fn a_key_is_the_same_in_quotes_and_without_whatever_its_parameters() {
    let key = |header: &str| IdempotencyKey::parse(header).expect("a key").as_str().to_owned();
    for header in
        ["8e03978e-40d5", "\"8e03978e-40d5\"", "  \"8e03978e-40d5\" ", "\"8e03978e-40d5\";v=1;a", " 8e03978e-40d5 "]
    {
        assert_eq!(key(header), "8e03978e-40d5", "{header}");
    }
    assert_eq!(key("\"with a space, \\\"quotes\\\" and \\\\\""), "with a space, \"quotes\" and \\");
    assert_eq!(key("a+b/c=="), "a+b/c==", "callers of today send base64 bare");
    assert_eq!(key("order 7"), "order 7", "and words");
}

#[test]
fn what_is_no_key_is_told_the_rule_and_never_what_was_sent() {
    for (header, rule) in [
        ("", "must be 1 to 255 characters"),
        ("\"\"", "must be 1 to 255 characters"),
        ("\"secret", "must be one string in double quotes, as RFC 9651 has it"),
        ("\"secret\"x", "must be one string in double quotes, as RFC 9651 has it"),
        ("\"secret\", \"secret\"", "must be one string in double quotes, as RFC 9651 has it"),
        ("\"secret\";V=1", "must be one string in double quotes, as RFC 9651 has it"),
        ("\"secr\u{e9}t\"", "must be one string in double quotes, as RFC 9651 has it"),
        (
            "secret, secret",
            "must be one string in double quotes, or without them ASCII characters other than \" , ; and \\",
        ),
        ("a\tsecret", "must be one string in double quotes, or without them ASCII characters other than \" , ; and \\"),
        (
            "secr\u{e9}t",
            "must be one string in double quotes, or without them ASCII characters other than \" , ; and \\",
        ),
        (
            "secret;a=1",
            "must be one string in double quotes, or without them ASCII characters other than \" , ; and \\",
        ),
    ] {
        let fault = IdempotencyKey::parse(header).expect_err("no key");
        assert_eq!((fault.pointer.as_str(), fault.message.as_str()), ("Idempotency-Key", rule), "{header}");
    }
    for quote in ["", "\""] {
        let of = |len: usize| IdempotencyKey::parse(&format!("{quote}{}{quote}", "x".repeat(len)));
        assert!(of(KEY_MAX).is_ok() && of(KEY_MAX + 1).is_err());
    }
}

#[test]
fn a_key_names_one_thing_of_a_kind_of_a_tenant() {
    let id = |key: &str, kind: &str, name: &str| IdempotencyKey::parse(key).expect("a key").id(kind, &tenant(name));
    let first = id("a", "execution", "acme");
    assert_eq!(id("\"a\";x=1", "execution", "acme"), first);
    for other in [id("b", "execution", "acme"), id("a", "batch", "acme"), id("a", "execution", "umbrella")] {
        assert_ne!(other, first);
    }
}

#[test]
fn a_silent_repeat_is_known_for_ten_minutes_at_least_and_less_than_twenty() {
    let tenant = tenant("acme");
    let fingerprint = "f".repeat(64);
    let correlation = CorrelationId::parse("key-1").expect("an id");
    let silent = Silent {
        kind: "execution",
        tenant: &tenant,
        who: "key:flow",
        correlation: Some(&correlation),
        fingerprint: &fingerprint,
    };
    for offset_ms in [0, 1, 299_999, 599_999] {
        let first_at = NOON.plus(Span::from_millis(offset_ms));
        let [_, made] = silent.ids(first_at);
        let is_known = |after: Span| silent.ids(first_at.plus(after)).contains(&made);
        assert!(is_known(Span::ZERO) && is_known(SILENT_WINDOW), "{offset_ms} ms into a window");
        assert!(!is_known(SILENT_WINDOW.plus(SILENT_WINDOW)), "{offset_ms} ms into a window");
    }
    let of = |silent: Silent<'_>| silent.ids(NOON)[1];
    let other = CorrelationId::parse("key-2").expect("an id");
    let another = "0".repeat(64);
    for changed in [
        Silent { kind: "batch", ..silent },
        Silent { who: "key:other", ..silent },
        Silent { correlation: None, ..silent },
        Silent { correlation: Some(&other), ..silent },
        Silent { fingerprint: &another, ..silent },
    ] {
        assert_ne!(of(changed), of(silent), "{changed:?}");
    }
}

fn tenant(name: &str) -> TenantId {
    TenantId::parse(name).expect("a tenant")
}
