//! HMAC-SHA-256 signatures over HTTP messages: ours on webhooks, CXone's on callbacks. Never sends, stores or prints a
//! key, never compares in time that tells of one, and never reads a body before it is known whose it is.
//!
//! HMAC after RFC 2104 over SHA-256 (FIPS 180-4). The one with an id, a time and several signatures is Standard Webhooks
//! 1.0 (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>): what is signed is
//! `id.timestamp.body`, and `webhook-signature` has `v1,` and the base64 of it once for each key.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use crate::time::{Span, Timestamp};

/// A secret that signs and verifies. Bytes that are never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    /// Keeps bytes as they are.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// A key as Standard Webhooks writes it: `whsec_` and the base64 of 24 to 64 bytes; the prefix may be left out.
    ///
    /// # Errors
    /// [`KeyError`] for anything else.
    pub fn parse_standard(text: &str) -> Result<Self, KeyError> {
        let bytes = BASE64.decode(text.strip_prefix("whsec_").unwrap_or(text)).map_err(|_| KeyError)?;
        if KEY_LEN.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(KeyError) }
    }

    /// HMAC-SHA-256 of the parts, one after the other.
    #[must_use]
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        // HMAC takes keys of any length, so the other arm is never taken.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return [0; 32] };
        let mac = parts.iter().fold(mac, |mac, part| mac.chain_update(part));
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// A text is no key of Standard Webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyError;

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be whsec_ and the base64 of 24 to 64 bytes")
    }
}

impl core::error::Error for KeyError {}

/// Why a message is not believed. Says nothing of what would have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// A header that has to be there is not.
    Missing,
    /// A header is there, but not in its form.
    Malformed,
    /// No key that we have made this signature of this message.
    Mismatch,
    /// Rightly signed, but longer ago than the tolerance.
    TooOld,
    /// Rightly signed, but further ahead of our clock than the tolerance.
    TooNew,
}

impl Refusal {
    /// Ours, as in records: `mismatch`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Mismatch => "mismatch",
            Self::TooOld => "too_old",
            Self::TooNew => "too_new",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl core::error::Error for Refusal {}

/// The value of `webhook-signature`: a signature by each key, in their order, with a space between. While keys rotate, the
/// new one and the old one sign, and a receiver that knows either believes.
#[must_use]
pub fn sign(keys: &[Key], id: &str, timestamp: Timestamp, body: &[u8]) -> String {
    let seconds = seconds_of(timestamp);
    let mut value = String::new();
    for key in keys {
        if !value.is_empty() {
            value.push(' ');
        }
        value.push_str(VERSION);
        BASE64.encode_string(key.mac(&[id.as_bytes(), b".", seconds.as_bytes(), b".", body]), &mut value);
    }
    value
}

/// The value of `webhook-timestamp`: whole seconds since 1970.
#[must_use]
pub fn seconds_of(timestamp: Timestamp) -> String {
    (timestamp.as_millis() / 1_000).to_string()
}

/// The three headers of a Standard Webhooks message, as they came.
#[derive(Debug, Clone, Copy)]
pub struct Standard<'a> {
    /// `webhook-id`: the same however often the message is sent.
    pub id: &'a str,
    /// `webhook-timestamp`.
    pub timestamp: &'a str,
    /// `webhook-signature`.
    pub signatures: &'a str,
}

/// Whether one of our keys made one of the signatures, and the time is within `tolerance` of ours, both ways. The time is
/// looked at last: only who can sign is told of it.
///
/// # Errors
/// [`Refusal`], never [`Refusal::Missing`].
pub fn verify(
    keys: &[Key],
    message: &Standard<'_>,
    body: &[u8],
    now: Timestamp,
    tolerance: Span,
) -> Result<(), Refusal> {
    let is_id = !message.id.is_empty() && message.id.bytes().all(|byte| byte.is_ascii_graphic());
    let sent_at = parse_seconds(message.timestamp).filter(|_| is_id).ok_or(Refusal::Malformed)?;
    let words = message.signatures.split(' ').take(SIGNATURES_MAX);
    let signatures: Vec<_> = words.filter_map(|word| word.strip_prefix(VERSION)).filter_map(parse_base64).collect();
    if signatures.is_empty() {
        return Err(Refusal::Malformed);
    }
    let parts = [message.id.as_bytes(), b".", message.timestamp.as_bytes(), b".", body];
    check_one_of(keys, &signatures, &parts)?;
    check_time(sent_at, now, tolerance)
}

/// Looks at every pair of key and signature, so that the time taken does not tell which was right.
pub(crate) fn check_one_of(keys: &[Key], signatures: &[Vec<u8>], parts: &[&[u8]]) -> Result<(), Refusal> {
    let mut is_one = Choice::from(0);
    for key in keys.iter().take(KEYS_MAX) {
        let expected = key.mac(parts);
        for signature in signatures {
            is_one |= expected.as_slice().ct_eq(signature);
        }
    }
    if is_one.into() { Ok(()) } else { Err(Refusal::Mismatch) }
}

/// Whether a text is one of our keys, in time that tells nothing of them: not their lengths either.
pub(crate) fn check_secret(keys: &[Key], text: &str) -> Result<(), Refusal> {
    let digest = |key: &Key| key.mac(&[b"secret"]);
    let given = digest(&Key::new(text));
    let is_one = keys.iter().take(KEYS_MAX).fold(Choice::from(0), |is_one, key| is_one | digest(key).ct_eq(&given));
    if is_one.into() { Ok(()) } else { Err(Refusal::Mismatch) }
}

/// Bytes of base64; `None` where it is none.
pub(crate) fn parse_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// Bytes of hexadecimal digits in either case; `None` where they are none.
pub(crate) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    digits?
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high.checked_mul(16)?.checked_add(*low)?).ok(),
            _ => None,
        })
        .collect()
}

/// Whole seconds count, as the reference implementations have it.
pub(crate) fn check_time(sent_at: Timestamp, now: Timestamp, tolerance: Span) -> Result<(), Refusal> {
    let seconds = |span: Span| span.as_millis() / 1_000;
    if seconds(now.since(sent_at)) > seconds(tolerance) {
        return Err(Refusal::TooOld);
    }
    if seconds(sent_at.since(now)) > seconds(tolerance) { Err(Refusal::TooNew) } else { Ok(()) }
}

/// 1 to 12 digits: seconds since 1970.
pub(crate) fn parse_seconds(text: &str) -> Option<Timestamp> {
    let is_number = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: u64 = text.parse().ok().filter(|_| is_number)?;
    seconds.checked_mul(1_000).map(Timestamp::from_millis)
}

/// Keys that are tried, and that a tenant may have for one purpose: two while they rotate, and some to spare.
pub const KEYS_MAX: usize = 8;

/// Signatures of one message that are looked at.
pub const SIGNATURES_MAX: usize = 16;

/// Bytes of a key that Standard Webhooks allows.
const KEY_LEN: core::ops::RangeInclusive<usize> = 24..=64;

/// What stands before each symmetric signature.
const VERSION: &str = "v1,";

/// Padding is written, and need not be there: people lose it when they copy a secret.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
