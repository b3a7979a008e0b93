//! Texts that only we can read again: sealed with a key, opened with it or with one before it. Never keeps a key, never
//! draws a random number.
//!
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): its 24 bytes of nonce may be drawn at random for any number of texts. A
//! sealed text is the nonce and the ciphertext with its tag, in base64url, and belongs to one place: it cannot be opened at another.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

/// Bytes of a key.
pub const KEY_LEN: usize = 32;

/// Bytes of a nonce.
pub const NONCE_LEN: usize = 24;

/// Seals `text` for `place`; `nonce` must be random. `None` for more than any cipher takes, which no text of ours is.
#[must_use]
pub fn seal(key: &[u8; KEY_LEN], nonce: [u8; NONCE_LEN], place: &str, text: &str) -> Option<String> {
    let payload = Payload { msg: text.as_bytes(), aad: place.as_bytes() };
    let sealed = XChaCha20Poly1305::new(key.into()).encrypt(XNonce::from_slice(&nonce), payload).ok()?;
    let mut bytes = Vec::from(nonce);
    bytes.extend(sealed);
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// Opens what was sealed for `place` with one of these keys; `None` where it was not.
#[must_use]
pub fn open(keys: &[[u8; KEY_LEN]], place: &str, sealed: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
    let payload = || Payload { msg: sealed, aad: place.as_bytes() };
    let open =
        |key: &[u8; KEY_LEN]| XChaCha20Poly1305::new(key.into()).decrypt(XNonce::from_slice(nonce), payload()).ok();
    String::from_utf8(keys.iter().find_map(open)?).ok()
}
