//! Hands one notification to a caller's webhook. Never follows a redirect, never tries again.
//!
//! Signed after Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`, and `v1,` with the base64 of the
//! HMAC-SHA-256 of `id.timestamp.body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cxpulse_core::failure::parse_retry_after;
use cxpulse_core::outbox::Delivery;
use cxpulse_core::time::Span;
use web_sys::Url;

use crate::config::{Settings, TenantSettings, is_loopback};
use crate::http::{Connections, Outgoing};
use crate::{clock, seal};

/// A notification on its way.
pub(crate) struct Message<'a> {
    /// The same however often it is sent: what a receiver knows a repeat by.
    pub(crate) id: &'a str,
    pub(crate) url: &'a str,
    pub(crate) body: &'a str,
}

/// Sends it for a tenant.
pub(crate) async fn post(
    connections: &Connections,
    settings: &Settings,
    tenant: &TenantSettings,
    message: &Message<'_>,
) -> Delivery {
    if !is_allowed(tenant, message.url) {
        return Delivery::Gone;
    }
    let timestamp = (clock::now().as_millis() / 1_000).to_string();
    let signed = format!("{}.{timestamp}.{}", message.id, message.body);
    let signature = format!("v1,{}", STANDARD.encode(seal::mac(&settings.webhook_key, signed.as_bytes())));
    let outgoing = Outgoing {
        method: "POST",
        url: message.url,
        headers: &[
            ("content-type", "application/json"),
            ("webhook-id", message.id),
            ("webhook-timestamp", &timestamp),
            ("webhook-signature", &signature),
        ],
        body: Some(message.body),
        timeout: TIMEOUT,
        answer_max: ANSWER_MAX,
        refusal_max: 0,
    };
    match connections.exchange(&outgoing).await {
        Ok(answer) if (200..300).contains(&answer.status) => Delivery::Arrived,
        Ok(answer) if answer.status == 410 => Delivery::Gone,
        Ok(answer) => Delivery::Failed(answer.retry_after.and_then(|value| parse_retry_after(&value, clock::now()))),
        Err(_) => Delivery::Failed(None),
    }
}

/// Whether a tenant's callers may name such a destination: https to a public host, or this machine where the tenant's
/// CXone is on it, too.
pub(crate) fn is_allowed(tenant: &TenantSettings, url: &str) -> bool {
    let Ok(url) = Url::new(url) else { return false };
    let host = url.hostname();
    if is_loopback(&host) {
        return tenant.is_local;
    }
    url.protocol() == "https:" && !is_private(&host) && url.username().is_empty() && url.password().is_empty()
}

/// Whether a host, as `URL` writes it, is an address that is not for everybody: IPv6 literals are refused altogether.
fn is_private(host: &str) -> bool {
    let parts: Vec<u8> = host.split('.').filter_map(|part| part.parse().ok()).collect();
    let is_v4_private = match parts.as_slice() {
        [0 | 10 | 127 | 224..=255, _, _, _] | [169, 254, _, _] | [192, 168, _, _] => true,
        [100, second, _, _] => (64..128).contains(second),
        [172, second, _, _] => (16..32).contains(second),
        _ => false,
    };
    is_v4_private || host.starts_with('[')
}

const TIMEOUT: Span = Span::from_secs(10);

/// Bytes of the answer's body; nothing in it is looked at.
const ANSWER_MAX: usize = 65_536;
