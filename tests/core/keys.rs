//! API keys: the setting that lists them, with every fault; which key counts when; what each is for.

use cxpulse_core::key::{Key, Keyring, Scope, Scopes, Unaccepted};
use cxpulse_core::time::Timestamp;
use cxpulse_core::validate::{KEYS_MAX, Listed, PER_MINUTE_DEFAULT, Verb, parse_keys, parse_token};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

#[test]
fn an_entry_says_who_what_for_where_when_and_how_often() {
    let key = one(&format!(
        r#"[{{"name": "crm-2026", "scopes": ["execute", "read"], "tenant": "acme", "sha256": "{}",
            "not_before": "2026-01-01T00:00:00Z", "expires_at": "2027-01-01T01:00:00+01:00", "per_minute": 10, "repeats": true}}]"#,
        "0f".repeat(32),
    ));
    assert_eq!((key.name.as_str(), key.tenant.as_ref().map(|one| one.as_str())), ("crm-2026", Some("acme")));
    assert_eq!(Scope::ALL.map(|scope| key.scopes.has(scope)), [true, true, false]);
    assert_eq!(key.sha256, [0x0f; 32]);
    let time = |text: &str| Timestamp::parse_rfc3339(text).ok();
    assert_eq!((key.not_before, key.expires_at), (time("2026-01-01T00:00:00Z"), time("2027-01-01T00:00:00Z")));
    assert_eq!((key.per_minute, key.repeats), (Some(10), true));
}

#[test]
fn a_key_in_place_is_kept_as_its_hash_and_the_rest_has_defaults() {
    let key = one(r#"[{"name": "ops", "scopes": ["admin"], "key": "a-long-enough-key"}]"#);
    assert_eq!(key.sha256, sha256("a-long-enough-key"));
    assert_eq!((key.tenant, key.not_before, key.expires_at), (None, None, None));
    assert_eq!((key.per_minute, key.repeats), (Some(PER_MINUTE_DEFAULT), false));
}

#[test]
fn every_fault_is_named_and_no_value_shown() {
    let hash = "a".repeat(64);
    check(
        &format!(
            r#"[{{}}, 7, {{"name": "a b", "scopes": [], "sha256": "12"}},
            {{"name": "x", "scopes": ["write", "read"], "key": "short"}},
            {{"name": "x", "scopes": "read", "key": "cxv1.looks-like-a-token"}},
            {{"name": "x", "scopes": ["read"], "key": "planted-secret-key", "sha256": "{hash}"}},
            {{"name": "x", "scopes": ["read"], "sha256": "{hash}", "not_before": "today", "tenant": "NO", "per_minute": 0, "repeats": 1}},
            {{"name": "x", "scopes": ["read"], "sha256": "{}", "not_before": "2026-02-01T00:00:00Z", "expires_at": "2026-02-01T00:00:00Z", "color": 1}}]"#,
            "b".repeat(64),
        ),
        &expect![[r#"
            "/1" WrongType must be an object
            "/0/name" Missing is required
            "/0/scopes" Missing is required
            "/0/sha256" Missing is required
            "/2/name" OutOfRange must be 1 to 64 letters, digits or any of . _ -
            "/2/scopes" OutOfRange must name at least one
            "/2/sha256" OutOfRange must be 64 hexadecimal digits: the SHA-256 of the key
            "/3/scopes/0" OutOfRange must be one of execute, read, admin
            "/3/key" OutOfRange must be 16 to 512 visible ASCII characters, not beginning with cxv1.
            "/4/scopes" WrongType must be a list
            "/4/key" OutOfRange must be 16 to 512 visible ASCII characters, not beginning with cxv1.
            "/5/key" Contradiction stands beside sha256: give one of them
            "/6/tenant" OutOfRange must be 1 to 64 lower-case letters, digits or inner hyphens
            "/6/not_before" OutOfRange not a time like 2026-11-21T10:00:05.120Z
            "/6/per_minute" OutOfRange must be a whole number, 1 to 10000000
            "/6/repeats" WrongType must be true or false
            "/7/expires_at" Contradiction must be after not_before
            "/7/color" UnknownField is not a field of this object
            "/6/sha256" RepeatedField is the key at /5/sha256 already"#]],
    );
    check("{}", &expect![[r#""" WrongType must be a list"#]]);
    check("[", &expect![[r#""" NotJson EOF while parsing a list at line 1 column 1"#]]);
    let (_, invalid) = parse_keys(r#"[{"name": "x", "scopes": ["planted-secret"], "key": "planted-secret"}]"#);
    assert!(!format!("{invalid:?}").contains("planted-secret"), "{invalid:?}");
}

#[test]
fn one_key_is_listed_once_in_whatever_form() {
    check(
        &format!(
            r#"[{{"name": "a", "scopes": ["read"], "key": "the-same-key-twice"}},
                {{"name": "b", "scopes": ["admin"], "sha256": "{}"}}]"#,
            sha256("the-same-key-twice").map(|byte| format!("{byte:02X}")).concat(),
        ),
        &expect![[r#""/1/sha256" RepeatedField is the key at /0/key already"#]],
    );
}

#[test]
fn a_list_is_taken_up_to_its_limit_and_not_past_it() {
    let list = |count: usize| {
        let keys: Vec<_> =
            (0..count).map(|n| format!(r#"{{"name": "k", "scopes": ["read"], "sha256": "{n:064x}"}}"#)).collect();
        let (keys, invalid) = parse_keys(&format!("[{}]", keys.join(",")));
        (keys.len(), invalid.is_none())
    };
    assert_eq!(list(KEYS_MAX), (KEYS_MAX, true));
    assert_eq!(list(KEYS_MAX + 1), (0, false));
}

#[test]
fn a_key_is_good_in_its_time_and_two_of_one_name_overlap() {
    let at = |millis| Timestamp::from_millis(millis);
    let key = |byte: u8, not_before: Option<u64>, expires_at: Option<u64>| Key {
        sha256: [byte; 32],
        not_before: not_before.map(at),
        expires_at: expires_at.map(at),
        ..one(r#"[{"name": "crm", "scopes": ["read"], "key": "0123456789abcdef"}]"#)
    };
    let ring = Keyring::new(vec![key(1, None, Some(200)), key(2, Some(100), None)]);
    let found = |byte, now| ring.find(&[byte; 32], at(now)).map(|(place, key)| (place, key.name.to_string()));
    let crm = |place| Ok((place, "crm".to_owned()));
    assert_eq!([found(1, 0), found(1, 199), found(1, 200)], [crm(0), crm(0), Err(Unaccepted::Expired)]);
    assert_eq!([found(2, 99), found(2, 100), found(2, 900)], [Err(Unaccepted::Unknown), crm(1), crm(1)]);
    assert_eq!(found(3, 150), Err(Unaccepted::Unknown));
    assert_eq!(Keyring::default().find(&[0; 32], at(0)), Err(Unaccepted::Unknown));
}

#[test]
fn scopes_are_each_their_own() {
    for scope in Scope::ALL {
        let only = Scopes::of(&[scope]);
        assert_eq!(Scope::ALL.map(|one| only.has(one)), Scope::ALL.map(|one| one == scope));
    }
    assert!(Scopes::default().is_empty() && !Scopes::ALL.is_empty());
    let needed = [Verb::Read, Verb::Journal, Verb::Cancel, Verb::Redrive].map(|verb| verb.scope().name());
    assert_eq!(needed, ["read", "read", "execute", "execute"]);
    let body =
        r#"{"resources": ["exe_00000000000000000000000000000000"], "verbs": ["read", "journal", "cancel", "redrive"]}"#;
    assert_eq!(parse_token(body).map(|request| request.verbs.len()), Ok(4));
}

proptest! {
    #[test]
    fn the_key_that_is_found_is_the_one_that_was_sought(hashes in prop::collection::btree_set(any::<[u8; 32]>(), 1..20), pick: prop::sample::Index) {
        let base = one(r#"[{"name": "crm", "scopes": ["read"], "key": "0123456789abcdef"}]"#);
        let hashes: Vec<_> = hashes.into_iter().collect();
        let ring = Keyring::new(hashes.iter().map(|hash| Key { sha256: *hash, ..base.clone() }).collect());
        let sought = pick.get(&hashes);
        let found = ring.find(sought, Timestamp::from_millis(0)).map(|(_, key)| key.sha256);
        prop_assert_eq!(found, Ok(*sought));
        let mut near = *sought;
        near[31] ^= 1;
        if !hashes.contains(&near) {
            prop_assert!(ring.find(&near, Timestamp::from_millis(0)).is_err());
        }
    }
}

fn one(text: &str) -> Key {
    let (keys, invalid) = parse_keys(text);
    assert_eq!(invalid, None);
    let [Listed { key, .. }] = <[_; 1]>::try_from(keys).expect("there is one");
    key
}

fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

fn check(text: &str, expected: &Expect) {
    let found = match parse_keys(text) {
        (keys, None) => format!("{} keys", keys.len()),
        (_, Some(invalid)) => {
            let rows =
                invalid.violations().iter().map(|one| format!("{:?} {:?} {}", one.pointer, one.code, one.message));
            rows.collect::<Vec<_>>().join("\n")
        }
    };
    expected.assert_eq(&found);
}
