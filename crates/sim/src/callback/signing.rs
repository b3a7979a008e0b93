//! How callbacks show that they are CXone's: four ways, as tenants set them up. Never verifies anything.
//!
//! Written from the specifications, not from `cxpulse-core`: HMAC-SHA-256 after RFC 2104, and Standard Webhooks 1.0.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cxpulse_core::time::Timestamp;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What callbacks are signed with, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// What is signed.
    pub preset: Preset,
    /// The secret, as it was agreed on: of Standard Webhooks `whsec_` and base64.
    pub secret: String,
}

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// The body: `X-Signature`, hexadecimal.
    HmacBody,
    /// `timestamp.body`: `X-Signature`, hexadecimal, and `X-Timestamp`.
    HmacTimestampBody,
    /// `id.timestamp.body`: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    StandardWebhooks,
    /// Nothing: `Authorization: Bearer` and the secret.
    Bearer,
}

impl FromStr for Preset {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "hmac_body" => Ok(Self::HmacBody),
            "hmac_timestamp_body" => Ok(Self::HmacTimestampBody),
            "standard_webhooks" => Ok(Self::StandardWebhooks),
            "bearer" => Ok(Self::Bearer),
            _ => Err("a preset is hmac_body, hmac_timestamp_body, standard_webhooks or bearer"),
        }
    }
}

impl Signing {
    /// The headers that a message carries when it is sent at `now`.
    pub(crate) fn headers(&self, id: &str, now: Timestamp, body: &[u8]) -> Vec<(String, String)> {
        let seconds = (now.as_millis() / 1_000).to_string();
        let key = self.secret.as_bytes();
        let time = seconds.as_bytes();
        let headers = match self.preset {
            Preset::HmacBody => vec![("x-signature", hex(&mac(key, &[body])))],
            Preset::HmacTimestampBody => {
                vec![("x-signature", hex(&mac(key, &[time, b".", body]))), ("x-timestamp", seconds.clone())]
            }
            Preset::StandardWebhooks => {
                let key = STANDARD.decode(self.secret.trim_start_matches("whsec_")).unwrap_or_default();
                let signature = STANDARD.encode(mac(&key, &[id.as_bytes(), b".", time, b".", body]));
                let id = id.to_owned();
                vec![
                    ("webhook-id", id),
                    ("webhook-timestamp", seconds.clone()),
                    ("webhook-signature", format!("v1,{signature}")),
                ]
            }
            Preset::Bearer => vec![("authorization", format!("Bearer {}", self.secret))],
        };
        headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The same by somebody who does not know the secret.
    pub(crate) fn forged(&self) -> Self {
        let secret = match self.preset {
            Preset::StandardWebhooks => format!("whsec_{}", STANDARD.encode([b'x'; 32])),
            Preset::HmacBody | Preset::HmacTimestampBody | Preset::Bearer => "somebody-else's-secret".to_owned(),
        };
        Self { secret, ..self.clone() }
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length, so there always is one.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    parts.iter().fold(mac, |mac, part| mac.chain_update(part)).finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
