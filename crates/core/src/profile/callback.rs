//! How CXone shows that a callback is its own, as data. Never verifies: see [`crate::callback`].

use alloc::string::String;

use serde::Serialize;

use crate::signature::Key;
use crate::time::Span;

/// What a callback has to carry to be believed. Without a rule, its address is what proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "Written")]
pub struct CallbackRule {
    /// What is signed.
    pub preset: Preset,
    /// The header with the signature; of [`Preset::Bearer`], with the secret.
    pub header: String,
    /// The header with the time, in seconds since 1970, where the preset has one.
    pub timestamp_header: String,
    /// The header with the message's id, where the preset has one.
    pub id_header: String,
    /// How the signature is written.
    pub encoding: Encoding,
    /// What stands before the signature in its header, such as `sha256=`; 0..=32 visible characters or spaces.
    pub prefix: String,
    /// Seconds that the time may differ from ours, either way; 1..=3,600.
    pub tolerance_seconds: u32,
}

/// What is signed, with HMAC-SHA-256 but for the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// The body.
    HmacBody,
    /// `timestamp.body`.
    HmacTimestampBody,
    /// `id.timestamp.body`, as Standard Webhooks 1.0 has it.
    StandardWebhooks,
    /// Nothing: the secret itself is sent.
    Bearer,
}

/// How the bytes of a signature are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Hexadecimal digits, in either case.
    Hex,
    /// Base64, with or without padding.
    Base64,
}

/// A rule as profiles have it: with what its preset uses, and nothing else.
#[derive(Serialize)]
struct Written {
    preset: Preset,
    header: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp_header: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_header: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<Encoding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerance_seconds: Option<u32>,
}

impl From<CallbackRule> for Written {
    fn from(rule: CallbackRule) -> Self {
        let preset = rule.preset;
        let is_standard = preset == Preset::StandardWebhooks;
        Self {
            preset,
            header: rule.header,
            timestamp_header: preset.is_timed().then_some(rule.timestamp_header),
            id_header: is_standard.then_some(rule.id_header),
            encoding: preset.is_encoded().then_some(rule.encoding),
            prefix: (!is_standard).then_some(rule.prefix),
            tolerance_seconds: preset.is_timed().then_some(rule.tolerance_seconds),
        }
    }
}

impl CallbackRule {
    /// How far the time may differ from ours, either way.
    #[must_use]
    pub fn tolerance(&self) -> Span {
        Span::from_secs(self.tolerance_seconds.into())
    }
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 4] = [Self::HmacBody, Self::HmacTimestampBody, Self::StandardWebhooks, Self::Bearer];

    /// Its name in profiles: `hmac_body`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacBody => "hmac_body",
            Self::HmacTimestampBody => "hmac_timestamp_body",
            Self::StandardWebhooks => "standard_webhooks",
            Self::Bearer => "bearer",
        }
    }

    /// The key of a secret as it is written in settings: of Standard Webhooks decoded, of the others the text itself.
    ///
    /// # Errors
    /// The rule that the text breaks, without the text.
    pub fn key(self, text: &str) -> Result<Key, &'static str> {
        match self {
            Self::StandardWebhooks => {
                Key::parse_standard(text).map_err(|_| "is not whsec_ and 24 to 64 bytes in base64")
            }
            Self::HmacBody | Self::HmacTimestampBody | Self::Bearer => {
                let is_sound = (16..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
                is_sound.then(|| Key::new(text)).ok_or("is not 16 to 512 visible ASCII characters")
            }
        }
    }

    /// Whether the encoding of its signature is for the profile to say.
    #[must_use]
    pub const fn is_encoded(self) -> bool {
        matches!(self, Self::HmacBody | Self::HmacTimestampBody)
    }

    /// Whether a message says when it was sent, so that it can grow old.
    #[must_use]
    pub const fn is_timed(self) -> bool {
        matches!(self, Self::HmacTimestampBody | Self::StandardWebhooks)
    }
}
