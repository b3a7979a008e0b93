//! What only the holder of a deployment's signing key can make: tokens with any claims, capabilities, seals.
//!
//! The tests hold it, for `serve` keeps it beside the state. So they can say "expired" without waiting an hour.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::stack::Stack;

/// A deployment's signing key.
pub(crate) struct Forge {
    key: String,
}

impl Forge {
    /// The key of a stack.
    pub(crate) fn of(stack: &Stack) -> Self {
        let key = std::fs::read_to_string(stack.data().join("signing-key")).expect("serve keeps its signing key");
        Self { key: key.trim().to_owned() }
    }

    /// A view token with these claims, and an id and a signing key's id where they have none.
    pub(crate) fn token(&self, claims: &Value) -> String {
        let mut claims = claims.clone();
        if let Some(claims) = claims.as_object_mut() {
            claims.entry("jti").or_insert_with(|| "AAAAAAAAAAAAAAAAAAAAAA".into());
            claims.entry("kid").or_insert_with(|| "00000000".into());
        }
        let body = format!("cxv1.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac(self.key.as_bytes(), body.as_bytes())))
    }

    /// The path that CXone calls back at for an execution.
    pub(crate) fn callback_path(&self, id: &str) -> String {
        let seal = mac(self.key.as_bytes(), format!("callback:{id}").as_bytes());
        format!("/v1/callbacks/{id}.{}", URL_SAFE_NO_PAD.encode(seal))
    }

    /// The `webhook-signature` of Standard Webhooks 1.0 for a notification.
    pub(crate) fn webhook_signature(&self, id: &str, timestamp: &str, body: &str) -> String {
        let key = mac(self.key.as_bytes(), b"webhook");
        format!("v1,{}", STANDARD.encode(mac(&key, format!("{id}.{timestamp}.{body}").as_bytes())))
    }
}

/// RFC 2104 over SHA-256.
fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(message).finalize().into_bytes().to_vec()
}
