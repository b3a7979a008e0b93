//! Identifiers at their limits and one past.

use cxpulse_core::id::{ActionId, CorrelationId, ExecutionId, Tag, TenantId, UpstreamId, is_uuid};

#[test]
fn ids_are_admitted_up_to_their_limit_and_not_past_it() {
    let of = |length: usize| "a".repeat(length);
    assert!(ActionId::parse(of(128)).is_ok() && ActionId::parse(of(129)).is_err());
    assert!(UpstreamId::parse(of(128)).is_ok() && UpstreamId::parse(of(129)).is_err());
    assert!(CorrelationId::parse(of(128)).is_ok() && CorrelationId::parse(of(129)).is_err());
    assert!(TenantId::parse(of(64)).is_ok() && TenantId::parse(of(65)).is_err());
    assert!(Tag::parse("ä".repeat(64)).is_ok() && Tag::parse("ä".repeat(65)).is_err());
}

#[test]
fn what_could_be_taken_for_something_else_is_refused() {
    for text in ["", ".", "..", "a/b", "a b", "a\n", "ä", "a?b", "a%2Fb"] {
        assert!(ActionId::parse(text).is_err(), "{text}");
    }
    for text in ["", "a b", "ä", "a\r\nx: y"] {
        assert!(UpstreamId::parse(text).is_err() && CorrelationId::parse(text).is_err(), "{text}");
    }
    for text in ["", "-a", "a-", "A", "a_b", "ä"] {
        assert!(TenantId::parse(text).is_err(), "{text}");
    }
    for text in ["", "a\tb", "\u{7f}"] {
        assert!(Tag::parse(text).is_err(), "{text}");
    }
    for text in ["exe_", "exe_0", "exe_0123456789abcdef0123456789ABCDEF", "0123456789abcdef0123456789abcdef"] {
        assert!(ExecutionId::parse(text).is_err(), "{text}");
    }
}

#[test]
fn ids_of_bytes_are_well_formed_at_either_end() {
    for bytes in [[0x00; 16], [0xff; 16]] {
        let correlation = CorrelationId::from_bytes(bytes);
        assert!(is_uuid(correlation.as_str()) && correlation.as_str().as_bytes()[14] == b'4', "{correlation}");
        assert!(ExecutionId::parse(ExecutionId::from_bytes(bytes).to_string()).is_ok());
    }
}

#[test]
fn json_does_not_let_a_bad_id_in() {
    assert!(serde_json::from_str::<ActionId>(r#""../x""#).is_err());
    assert!(serde_json::from_str::<cxpulse_core::id::Attempt>("0").is_err());
}

#[test]
fn a_uuid_has_five_groups_of_hex() {
    assert!(is_uuid("5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d") && is_uuid("5F9A3B2C-1D4E-4A7B-9C8D-0E1F2A3B4C5D"));
    for text in [
        "",
        "5f9a3b2c1d4e4a7b9c8d0e1f2a3b4c5d",
        "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5",
        "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d-",
        "g".repeat(36).as_str(),
    ] {
        assert!(!is_uuid(text), "{text}");
    }
}
