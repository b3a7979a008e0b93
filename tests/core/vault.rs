//! What is sealed: opened by its key, in its place, whole; and by nothing else.

use cxpulse_core::vault::{KEY_LEN, NONCE_LEN, open, seal};
use proptest::prelude::*;

const PLACE: &str = "exe_11111111111111111111111111111111";

#[test]
fn a_cipher_is_the_one_of_the_draft() {
    // draft-irtf-cfrg-xchacha-03, appendix A.3.1: the first bytes of the ciphertext, behind the nonce of 24.
    let key: [u8; KEY_LEN] = std::array::from_fn(|index| 0x80 + u8::try_from(index).unwrap_or_default());
    let nonce: [u8; NONCE_LEN] = std::array::from_fn(|index| 0x40 + u8::try_from(index).unwrap_or_default());
    let text = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    let sealed = seal(&key, nonce, PLACE, text).expect("it is short");
    let bytes =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &sealed).expect("it is base64url");
    let ciphertext: String = bytes[NONCE_LEN..NONCE_LEN + 16].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(ciphertext, "bd6d179d3e83d43b9576579493c0e939");
    assert_eq!(bytes.len(), NONCE_LEN + text.len() + 16);
}

#[test]
fn an_older_key_opens_what_it_sealed() {
    let sealed = seal(&[1; KEY_LEN], [9; NONCE_LEN], PLACE, "text").expect("it is short");
    assert_eq!(open(&[[2; KEY_LEN], [1; KEY_LEN]], PLACE, &sealed).as_deref(), Some("text"));
    assert_eq!(open(&[[2; KEY_LEN]], PLACE, &sealed), None);
    assert_eq!(open(&[], PLACE, &sealed), None);
}

#[test]
fn nothing_opens_in_another_place() {
    let sealed = seal(&[1; KEY_LEN], [9; NONCE_LEN], PLACE, "text").expect("it is short");
    assert_eq!(open(&[[1; KEY_LEN]], "exe_22222222222222222222222222222222", &sealed), None);
}

proptest! {
    #[test]
    fn what_was_sealed_is_opened(key: [u8; KEY_LEN], nonce: [u8; NONCE_LEN], text: String) {
        let sealed = seal(&key, nonce, PLACE, &text).expect("it is short");
        prop_assert_eq!(open(&[key], PLACE, &sealed), Some(text));
    }

    /// A bit more or less anywhere, and nothing is opened; nor is anything that was never sealed.
    #[test]
    fn what_was_changed_is_not(at: prop::sample::Index, bit in 0..6_u32, other in "[A-Za-z0-9_-]{0,80}") {
        let sealed = seal(&[1; KEY_LEN], [9; NONCE_LEN], PLACE, "a text of some length").expect("it is short");
        let mut bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &sealed).expect("base64url");
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let changed = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes);
        prop_assert_eq!(open(&[[1; KEY_LEN]], PLACE, &changed), None);
        prop_assert_eq!(open(&[[1; KEY_LEN]], PLACE, &other), None);
    }
}
