//! Signatures, by the public vectors: RFC 4231 for the HMAC, and for Standard Webhooks the message that the reference
//! libraries are tested with (`libraries/*/` of <https://github.com/standard-webhooks/standard-webhooks>).

use cxpulse_core::signature::{KEYS_MAX, Key, Refusal, SIGNATURES_MAX, Standard, seconds_of, sign, verify};
use cxpulse_core::time::{Span, Timestamp};
use proptest::prelude::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const SENT_AT: Timestamp = Timestamp::from_millis(1_614_265_330_000);
const TIME: &str = "1614265330";
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const TOLERANCE: Span = Span::from_secs(300);

#[test]
fn the_mac_is_that_of_rfc_4231() {
    // The key, the parts of the message, its MAC.
    type Vector = (&'static [u8], &'static [&'static [u8]], &'static str);
    let vectors: [Vector; 4] = [
        (&[0x0b; 20], &[b"Hi There"], "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe",
            &[b"what do ya want ", b"for nothing?"],
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (&[0xaa; 20], &[&[0xdd; 50]], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (
            &[0xaa; 131],
            &[b"Test Using Larger Than Block-Size Key - Hash Key First"],
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ];
    for (key, parts, expected) in vectors {
        let mac: String = Key::new(key).mac(parts).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(mac, expected);
    }
}

#[test]
fn the_reference_message_is_signed_as_the_reference_libraries_do() {
    assert_eq!(sign(&[standard(SECRET)], ID, SENT_AT, BODY), SIGNATURE);
    assert_eq!(seconds_of(SENT_AT), TIME);
}

#[test]
fn keys_in_rotation_sign_one_after_the_other_and_either_is_believed() {
    let (new, old) = (Key::new([7; 32]), standard(SECRET));
    let both = sign(&[new.clone(), old.clone()], ID, SENT_AT, BODY);
    assert_eq!(both.split(' ').count(), 2);
    assert!(both.ends_with(&format!(" {SIGNATURE}")), "{both}");
    for keys in [vec![new.clone()], vec![old.clone()], vec![old.clone(), new.clone()]] {
        assert_eq!(check(&keys, ID, TIME, &both, BODY, SENT_AT), Ok(()));
    }
    assert_eq!(check(&[new.clone(), old], ID, TIME, SIGNATURE, BODY, SENT_AT), Ok(()), "our keys rotate");
    assert_eq!(check(&[new], ID, TIME, SIGNATURE, BODY, SENT_AT), Err(Refusal::Mismatch));
    assert_eq!(sign(&[], ID, SENT_AT, BODY), "", "who has no key signs nothing");
}

#[test]
fn other_versions_and_other_words_beside_the_right_signature_do_no_harm() {
    let several = format!(
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg== v2,{TIME} nonsense  v1, {SIGNATURE}"
    );
    assert_eq!(check(&[standard(SECRET)], ID, TIME, &several, BODY, SENT_AT), Ok(()));
}

#[test]
fn what_is_not_in_its_form_is_told_from_what_is_wrong() {
    let rows = [
        ("another body", ID, TIME, SIGNATURE, &b"{\"test\": 2432232315}"[..], Err(Refusal::Mismatch)),
        ("another id", "msg_p5jXN8AQM9LWM0D4loKWxJel", TIME, SIGNATURE, BODY, Err(Refusal::Mismatch)),
        ("another time", ID, "1614265331", SIGNATURE, BODY, Err(Refusal::Mismatch)),
        ("the same time, written otherwise", ID, "01614265330", SIGNATURE, BODY, Err(Refusal::Mismatch)),
        ("half a signature", ID, TIME, "v1,g0hM9SsE+OTPJTGt/tmIKg==", BODY, Err(Refusal::Mismatch)),
        (
            "another version only",
            ID,
            TIME,
            "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            BODY,
            Err(Refusal::Malformed),
        ),
        ("no version", ID, TIME, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", BODY, Err(Refusal::Malformed)),
        ("no signature", ID, TIME, "", BODY, Err(Refusal::Malformed)),
        ("no base64", ID, TIME, "v1,%%%", BODY, Err(Refusal::Malformed)),
        ("no id", "", TIME, SIGNATURE, BODY, Err(Refusal::Malformed)),
        ("an id with a space", "msg p5", TIME, SIGNATURE, BODY, Err(Refusal::Malformed)),
        ("a time with a fraction", ID, "1614265330.0", SIGNATURE, BODY, Err(Refusal::Malformed)),
        ("a time with a sign", ID, "+1614265330", SIGNATURE, BODY, Err(Refusal::Malformed)),
        ("a time of thirteen digits", ID, "1614265330000", SIGNATURE, BODY, Err(Refusal::Malformed)),
        ("a date", ID, "2021-02-25", SIGNATURE, BODY, Err(Refusal::Malformed)),
        ("no time", ID, "", SIGNATURE, BODY, Err(Refusal::Malformed)),
    ];
    for (what, id, time, signatures, body, expected) in rows {
        assert_eq!(check(&[standard(SECRET)], id, time, signatures, body, SENT_AT), expected, "{what}");
    }
    assert_eq!(check(&[], ID, TIME, SIGNATURE, BODY, SENT_AT), Err(Refusal::Mismatch), "no key, no belief");
}

#[test]
fn the_tolerance_holds_both_ways_to_the_second_and_only_signers_learn_of_it() {
    let keys = [standard(SECRET)];
    let after = |millis| SENT_AT.plus(Span::from_millis(millis));
    let before = |millis| SENT_AT.minus(Span::from_millis(millis));
    assert_eq!(check(&keys, ID, TIME, SIGNATURE, BODY, after(300_999)), Ok(()));
    assert_eq!(check(&keys, ID, TIME, SIGNATURE, BODY, after(301_000)), Err(Refusal::TooOld));
    assert_eq!(check(&keys, ID, TIME, SIGNATURE, BODY, before(300_999)), Ok(()));
    assert_eq!(check(&keys, ID, TIME, SIGNATURE, BODY, before(301_000)), Err(Refusal::TooNew));
    assert_eq!(check(&keys, ID, TIME, "v1,AAAA", BODY, after(999_000)), Err(Refusal::Mismatch));
    assert_eq!(check(&keys, ID, "9999999999", &sign_at(9_999_999_999), BODY, SENT_AT), Err(Refusal::TooNew));
}

#[test]
fn as_many_signatures_and_keys_as_allowed_are_looked_at_and_not_one_more() {
    let wrong = |count| vec!["v1,AAAA"; count].join(" ");
    let keys = [standard(SECRET)];
    let last = format!("{} {SIGNATURE}", wrong(SIGNATURES_MAX - 1));
    assert_eq!(check(&keys, ID, TIME, &last, BODY, SENT_AT), Ok(()));
    let past = format!("{} {SIGNATURE}", wrong(SIGNATURES_MAX));
    assert_eq!(check(&keys, ID, TIME, &past, BODY, SENT_AT), Err(Refusal::Mismatch));
    let mut many = vec![Key::new([7; 32]); KEYS_MAX - 1];
    many.push(standard(SECRET));
    assert_eq!(check(&many, ID, TIME, SIGNATURE, BODY, SENT_AT), Ok(()));
    many.insert(0, Key::new([7; 32]));
    assert_eq!(check(&many, ID, TIME, SIGNATURE, BODY, SENT_AT), Err(Refusal::Mismatch));
}

#[test]
fn a_key_has_24_to_64_bytes_and_is_never_printed() {
    use base64::Engine as _;
    let encode = |count: usize| base64::engine::general_purpose::STANDARD.encode(vec![1; count]);
    for (count, is_key) in [(0, false), (23, false), (24, true), (25, true), (64, true), (65, false)] {
        assert_eq!(Key::parse_standard(&format!("whsec_{}", encode(count))).is_ok(), is_key, "{count} bytes");
    }
    assert!(Key::parse_standard(encode(25).trim_end_matches('=')).is_ok(), "neither prefix nor padding need be there");
    let rest = SECRET.trim_start_matches("whsec_");
    for text in ["", "whsec_", &format!("whsec_{}*", encode(24)), &format!("WHSEC_{rest}"), &format!(" {SECRET}")] {
        assert!(Key::parse_standard(text).is_err(), "{text:?}");
    }
    assert_eq!(format!("{:?}", standard(SECRET)), "Key(…)");
}

proptest! {
    #[test]
    fn what_is_signed_is_believed_until_a_bit_of_it_changes(
        body in proptest::collection::vec(any::<u8>(), 1..200), bit in any::<prop::sample::Index>(), secret in any::<[u8; 32]>()
    ) {
        let keys = [Key::new(secret)];
        let signatures = sign(&keys, ID, SENT_AT, &body);
        prop_assert_eq!(check(&keys, ID, TIME, &signatures, &body, SENT_AT), Ok(()));
        let mut other = body.clone();
        let at = bit.index(body.len() * 8);
        other[at / 8] ^= 1 << (at % 8);
        prop_assert_eq!(check(&keys, ID, TIME, &signatures, &other, SENT_AT), Err(Refusal::Mismatch));
    }
}

fn standard(text: &str) -> Key {
    Key::parse_standard(text).expect("a key")
}

fn sign_at(seconds: u64) -> String {
    sign(&[standard(SECRET)], ID, Timestamp::from_millis(seconds * 1_000), BODY)
}

fn check(keys: &[Key], id: &str, time: &str, signatures: &str, body: &[u8], now: Timestamp) -> Result<(), Refusal> {
    verify(keys, &Standard { id, timestamp: time, signatures }, body, now, TOLERANCE)
}
