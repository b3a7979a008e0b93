//! Callbacks at the door: each preset with everything that can be wrong, and what is remembered of those that were taken.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cxpulse_core::callback::{Accepted, Inbox, Receipt, SEEN_MAX, verify};
use cxpulse_core::profile::{CallbackRule, Preset, Profile};
use cxpulse_core::signature::{Key, Refusal, sign};
use cxpulse_core::time::{Span, Timestamp};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::check::NOON;

const SECRET: &str = "a-secret-of-callbacks";
const OLD: &str = "the-secret-before-it";
const BODY: &str = r#"{"execution_id":"5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d","status":"COMPLETED"}"#;

#[test]
fn a_mac_over_the_body() {
    let table =
        table(&json!({"preset": "hmac_body", "header": "X-Hub-Signature-256", "prefix": "sha256="}), |key, body, _| {
            vec![("x-hub-signature-256", format!("sha256={}", hex(&Key::new(key).mac(&[body]))))]
        });
    expect![[r#"
        good: taken
        before our rotation: taken
        another secret: mismatch
        one byte of the body: mismatch
        without x-hub-signature-256: missing
        garbled x-hub-signature-256: malformed
        299 s old: taken
        300.999 s old: taken
        301 s old: taken
        301 s ahead: taken
    "#]]
    .assert_eq(&table);
}

#[test]
fn a_mac_over_time_and_body() {
    let table = table(&json!({"preset": "hmac_timestamp_body", "encoding": "base64"}), |key, body, sent_at| {
        let time = seconds(sent_at);
        let mac = Key::new(key).mac(&[time.as_bytes(), b".", body]);
        vec![("x-signature", STANDARD.encode(mac)), ("x-timestamp", time)]
    });
    expect![[r#"
        good: taken
        before our rotation: taken
        another secret: mismatch
        one byte of the body: mismatch
        without x-signature: missing
        garbled x-signature: malformed
        without x-timestamp: missing
        garbled x-timestamp: malformed
        299 s old: taken
        300.999 s old: taken
        301 s old: too_old
        301 s ahead: too_new
    "#]]
    .assert_eq(&table);
}

#[test]
fn standard_webhooks() {
    let table = table(&json!({"preset": "standard_webhooks"}), |key, body, sent_at| {
        let signature = sign(&[whsec_key(key)], "msg_1", sent_at, body);
        vec![
            ("webhook-id", "msg_1".to_owned()),
            ("webhook-timestamp", seconds(sent_at)),
            ("webhook-signature", signature),
        ]
    });
    expect![[r#"
        good: taken
        before our rotation: taken
        another secret: mismatch
        one byte of the body: mismatch
        without webhook-id: missing
        garbled webhook-id: mismatch
        without webhook-timestamp: missing
        garbled webhook-timestamp: malformed
        without webhook-signature: missing
        garbled webhook-signature: malformed
        299 s old: taken
        300.999 s old: taken
        301 s old: too_old
        301 s ahead: too_new
    "#]]
    .assert_eq(&table);
}

#[test]
fn a_bearer_secret() {
    let table = table(&json!({"preset": "bearer"}), |key, _, _| vec![("authorization", format!("bearer {key}"))]);
    expect![[r#"
        good: taken
        before our rotation: taken
        another secret: mismatch
        one byte of the body: taken
        without authorization: missing
        garbled authorization: mismatch
        299 s old: taken
        300.999 s old: taken
        301 s old: taken
        301 s ahead: taken
    "#]]
    .assert_eq(&table);
}

#[test]
fn signatures_are_read_in_their_encoding_only() {
    let hex_rule = rule(&json!({"preset": "hmac_body"}));
    let mac = Key::new(SECRET).mac(&[BODY.as_bytes()]);
    let with = |rule: &CallbackRule, text: &str| {
        let headers = BTreeMap::from([("x-signature".to_owned(), text.to_owned())]);
        name(&check(rule, &headers, BODY.as_bytes(), NOON))
    };
    assert_eq!(with(&hex_rule, &hex(&mac)), "taken");
    assert_eq!(with(&hex_rule, &hex(&mac).to_uppercase()), "taken");
    assert_eq!(with(&hex_rule, &STANDARD.encode(mac)), "malformed");
    assert_eq!(with(&hex_rule, &hex(&mac[..31])), "malformed");
    assert_eq!(with(&hex_rule, &format!("{}0", hex(&mac))), "malformed");
    assert_eq!(with(&hex_rule, &format!("{}, {}", hex(&mac), hex(&mac))), "malformed", "a header twice");
    assert_eq!(with(&hex_rule, ""), "malformed");
    let base64_rule = rule(&json!({"preset": "hmac_body", "encoding": "base64"}));
    assert_eq!(with(&base64_rule, STANDARD.encode(mac).trim_end_matches('=')), "taken");
    assert_eq!(with(&base64_rule, &hex(&mac)), "malformed");
    let bearer = rule(&json!({"preset": "bearer", "header": "X-Token", "prefix": ""}));
    let headers = |text: &str| BTreeMap::from([("x-token".to_owned(), text.to_owned())]);
    assert_eq!(name(&check(&bearer, &headers(SECRET), b"", NOON)), "taken");
    assert_eq!(name(&check(&bearer, &headers(""), b"", NOON)), "malformed");
    assert_eq!(name(&check(&bearer, &headers(&format!("{SECRET}x")), b"", NOON)), "mismatch");
}

#[test]
fn a_rule_that_says_nothing_useful_is_refused_with_every_fault() {
    check_rule(&json!({}), &expect![[r#"/callback/preset is required"#]]);
    check_rule(
        &json!({"preset": "md5"}),
        &expect![[r#"/callback/preset must be one of hmac_body, hmac_timestamp_body, standard_webhooks, bearer"#]],
    );
    check_rule(
        &json!({"preset": "bearer", "timestamp_header": "X-T", "id_header": "X-I", "encoding": "hex", "tolerance_seconds": 5}),
        &expect![[r#"
            /callback/timestamp_header is of no use with this preset
            /callback/tolerance_seconds is of no use with this preset
            /callback/id_header is of no use with this preset
            /callback/encoding is of no use with this preset"#]],
    );
    check_rule(
        &json!({"preset": "hmac_timestamp_body", "header": "X Y", "timestamp_header": "", "encoding": "rot13",
            "prefix": "sha256=\u{e9}", "tolerance_seconds": 0, "secret": "s3cr3t"}),
        &expect![[r#"
            /callback/header must be the name of a header: 1 to 64 letters, digits, hyphens and the like
            /callback/timestamp_header must be the name of a header: 1 to 64 letters, digits, hyphens and the like
            /callback/encoding must be one of hex, base64
            /callback/prefix must be at most 32 visible ASCII characters and spaces
            /callback/tolerance_seconds must be a whole number, 1 to 3600
            /callback/secret is not a field of this object"#]],
    );
    check_rule(
        &json!({"preset": "standard_webhooks", "prefix": "v1,"}),
        &expect![[r#"/callback/prefix is of no use with this preset"#]],
    );
    let mut profile = profile(&json!({"preset": "bearer"}));
    profile["callback_field"] = Value::Null;
    let invalid = Profile::parse(&profile.to_string()).expect_err("nothing calls back");
    expect!["/callback: is of no use without callback_field"].assert_eq(&invalid.to_string());
}

#[test]
fn a_secret_is_read_by_its_preset_and_a_refusal_does_not_show_it() {
    for preset in [Preset::HmacBody, Preset::HmacTimestampBody, Preset::Bearer] {
        for (text, is_key) in
            [("x".repeat(15), false), ("x".repeat(16), true), ("x".repeat(512), true), ("x".repeat(513), false)]
        {
            assert_eq!(preset.key(&text).is_ok(), is_key, "{preset:?}, {} characters", text.len());
        }
        assert!(preset.key("sixteen letters with spaces").is_err());
    }
    assert!(Preset::StandardWebhooks.key(&whsec(SECRET)).is_ok());
    let rule = Preset::StandardWebhooks.key("whsec_c2hvcnQ=").expect_err("five bytes");
    assert!(!rule.contains("c2hvcnQ"), "{rule}");
}

#[test]
fn the_same_message_is_known_again_and_nothing_else_is() {
    let rule = rule(&json!({"preset": "hmac_timestamp_body"}));
    let at = |sent_at: Timestamp, body: &str| {
        let time = seconds(sent_at);
        let mac = hex(&Key::new(SECRET).mac(&[time.as_bytes(), b".", body.as_bytes()]));
        let headers = BTreeMap::from([("x-signature".to_owned(), mac), ("x-timestamp".to_owned(), time)]);
        check(&rule, &headers, body.as_bytes(), NOON).expect("it is right")
    };
    let (first, later, other) = (at(NOON, "{}"), at(NOON.plus(Span::from_secs(1)), "{}"), at(NOON, "{ }"));
    assert_eq!(first, at(NOON, "{}"));
    assert!(first.mark != later.mark && first.mark != other.mark && later.mark != other.mark);
    assert_eq!(first.forget_at, NOON.plus(Span::from_secs(301)), "it is remembered for as long as it is believed");
    assert_eq!(at(NOON.minus(Span::from_secs(5)), "{}").forget_at, NOON.plus(Span::from_secs(296)));
}

#[test]
fn a_repeat_under_one_id_is_known_whenever_it_was_signed() {
    let rule = rule(&json!({"preset": "standard_webhooks"}));
    let at = |seconds_on: u64| {
        let sent_at = NOON.plus(Span::from_secs(seconds_on));
        let signature = sign(&[whsec_key(SECRET)], "msg_1", sent_at, BODY.as_bytes());
        let headers = [
            ("webhook-id", "msg_1".to_owned()),
            ("webhook-timestamp", seconds(sent_at)),
            ("webhook-signature", signature),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        check(&rule, &headers, BODY.as_bytes(), sent_at).expect("it is right")
    };
    let mut inbox = Inbox::default();
    assert_eq!(inbox.receive(at(0), NOON), Receipt::New);
    for seconds_on in [5, 300, 590, 880] {
        let now = NOON.plus(Span::from_secs(seconds_on));
        assert!(matches!(inbox.receive(at(seconds_on), now), Receipt::Repeated { .. }), "{seconds_on} s on");
    }
}

#[test]
fn what_was_taken_is_remembered_until_it_is_too_old_to_be_believed() {
    let mut inbox = Inbox::default();
    let until = NOON.plus(Span::from_secs(301));
    let first = Accepted { mark: "a".into(), forget_at: until };
    assert_eq!(inbox.receive(first.clone(), NOON), Receipt::New);
    let just_before = until.minus(Span::from_millis(1));
    assert_eq!(inbox.receive(first.clone(), just_before), Receipt::Repeated { is_noted: true });
    assert_eq!(inbox.receive(first, until), Receipt::New);
}

#[test]
fn a_flood_fills_no_memory_and_is_told_ever_more_seldom() {
    let mut inbox = Inbox::default();
    let forever = |number: usize| Accepted { mark: number.to_string(), forget_at: Timestamp::MAX };
    for number in 0..=SEEN_MAX {
        assert_eq!(inbox.receive(forever(number), NOON), Receipt::New);
    }
    assert!(matches!(inbox.receive(forever(1), NOON), Receipt::Repeated { .. }), "one of the latest");
    assert_eq!(inbox.receive(forever(0), NOON), Receipt::New, "the first made room");
    let stored = serde_json::to_string(&inbox).expect("it is JSON").len();
    let noted = (0..10_000).filter(|_| inbox.refuse()).count();
    let repeated =
        (0..10_000).filter(|_| inbox.receive(forever(SEEN_MAX), NOON) == Receipt::Repeated { is_noted: true });
    assert_eq!((noted, repeated.count()), (14, 13), "of ten thousand");
    let grown = serde_json::to_string(&inbox).expect("it is JSON").len();
    assert!(grown < stored + 50, "{stored} bytes became {grown}");
}

#[test]
fn an_inbox_survives_being_stored() {
    let mut inbox = Inbox::default();
    assert!(inbox.is_empty());
    inbox.receive(Accepted { mark: "a".into(), forget_at: NOON }, NOON.minus(Span::from_secs(1)));
    inbox.refuse();
    let text = serde_json::to_string(&inbox).expect("it is JSON");
    assert_eq!(serde_json::from_str::<Inbox>(&text).expect("as it was"), inbox);
    assert_eq!(serde_json::from_str::<Inbox>("{}").expect("an empty one"), Inbox::default());
}

type Maker<'a> = &'a dyn Fn(&str, &[u8], Timestamp) -> Vec<(&'static str, String)>;

/// What becomes of a message that is right, and of each way in which it can be wrong.
fn table(callback: &Value, make: impl Fn(&str, &[u8], Timestamp) -> Vec<(&'static str, String)>) -> String {
    let rule = rule(callback);
    let make: Maker<'_> = &make;
    let body = BODY.as_bytes();
    let mut lines = Vec::new();
    let mut row = |what: String, headers: Vec<(&str, String)>, body: &[u8], now: Timestamp| {
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        lines.push(format!("{what}: {}\n", name(&check(&rule, &headers, body, now))));
    };
    row("good".into(), make(SECRET, body, NOON), body, NOON);
    row("before our rotation".into(), make(OLD, body, NOON), body, NOON);
    row("another secret".into(), make("somebody-elses-secret", body, NOON), body, NOON);
    row("one byte of the body".into(), make(SECRET, body, NOON), &[&body[..20], b"6", &body[21..]].concat(), NOON);
    for (header, _) in make(SECRET, body, NOON) {
        let others = |(name, _): &(&str, String)| *name != header;
        row(format!("without {header}"), make(SECRET, body, NOON).into_iter().filter(others).collect(), body, NOON);
        let garbled = make(SECRET, body, NOON).into_iter();
        let garble =
            |(name, value): (&'static str, String)| (name, if name == header { format!("{value}x") } else { value });
        row(format!("garbled {header}"), garbled.map(garble).collect(), body, NOON);
    }
    for (what, now) in [
        ("299 s old", NOON.plus(Span::from_secs(299))),
        ("300.999 s old", NOON.plus(Span::from_millis(300_999))),
        ("301 s old", NOON.plus(Span::from_secs(301))),
        ("301 s ahead", NOON.minus(Span::from_secs(301))),
    ] {
        row(what.into(), make(SECRET, body, NOON), body, now);
    }
    lines.concat()
}

fn check(
    rule: &CallbackRule,
    headers: &BTreeMap<String, String>,
    body: &[u8],
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let key = |secret: &str| {
        let text = if rule.preset == Preset::StandardWebhooks { whsec(secret) } else { secret.to_owned() };
        rule.preset.key(&text).expect("a key")
    };
    let header = |name: &str| headers.get(&name.to_ascii_lowercase()).cloned();
    verify(rule, &[key(SECRET), key(OLD)], &header, body, now)
}

fn name(verdict: &Result<Accepted, Refusal>) -> &'static str {
    verdict.as_ref().map_or_else(|refusal| refusal.name(), |_| "taken")
}

#[track_caller]
fn check_rule(callback: &Value, expect: &Expect) {
    let invalid = Profile::parse(&profile(callback).to_string()).expect_err("it has faults");
    let lines = invalid.violations().iter().map(|one| format!("{} {}", one.pointer, one.message));
    expect.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

fn rule(callback: &Value) -> CallbackRule {
    let profile = Profile::parse(&profile(callback).to_string()).expect("a profile");
    let written = serde_json::to_string(&profile).expect("JSON");
    assert_eq!(Profile::parse(&written).as_ref(), Ok(&profile), "it is written as it is read");
    profile.callback.expect("it verifies callbacks")
}

fn profile(callback: &Value) -> Value {
    let (_, text) =
        cxpulse_core::profile::BUILT_IN.iter().find(|(name, _)| *name == "dx-actions").expect("it is built in");
    let mut profile: Value = serde_json::from_str(text).expect("JSON");
    profile["callback"] = callback.clone();
    profile
}

fn whsec(secret: &str) -> String {
    format!("whsec_{}", STANDARD.encode(format!("{secret:-<32}")))
}

fn whsec_key(secret: &str) -> Key {
    Key::parse_standard(&whsec(secret)).expect("a key")
}

fn seconds(at: Timestamp) -> String {
    cxpulse_core::signature::seconds_of(at)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
