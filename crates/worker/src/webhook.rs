//! Hands one notification to a caller's webhook. Never follows a redirect, never tries again.
//!
//! Signed after Standard Webhooks 1.0, by all of the tenant's keys. Where to is looked at again before each try: what the
//! operator allowed when the execution was accepted may be forbidden by now.

use cxpulse_core::destination::Destination;
use cxpulse_core::failure::parse_retry_after;
use cxpulse_core::outbox::{Delivery, Failing, Try};
use cxpulse_core::signature::{seconds_of, sign};
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::trace::TraceContext;
use web_sys::Url;

use crate::clock;
use crate::config::TenantSettings;
use crate::http::{self, Connections, Outgoing, Unanswered};

/// A notification on its way.
pub(crate) struct Message<'a> {
    /// The same however often it is sent: what a receiver knows a repeat by.
    pub(crate) id: &'a str,
    pub(crate) url: &'a str,
    pub(crate) body: &'a str,
    /// Of this try.
    pub(crate) span: &'a TraceContext,
}

/// How a try went: for the outbox, and for people.
pub(crate) struct Sent {
    pub(crate) delivery: Delivery,
    pub(crate) last: Try,
}

impl Sent {
    /// A try that was not made.
    pub(crate) fn forbidden(now: Timestamp) -> Self {
        let last = Try { at: now.into(), took_ms: 0, status: None, failure: Some(Failing::Forbidden) };
        Self { delivery: Delivery::Failed(None), last }
    }
}

/// Sends it for a tenant.
pub(crate) async fn post(connections: &Connections, tenant: &TenantSettings, message: &Message<'_>) -> Sent {
    let sent_at = clock::now();
    if check(tenant, message.url).is_err() {
        return Sent::forbidden(sent_at);
    }
    let answer = exchange(connections, tenant, message, sent_at).await;
    let now = clock::now();
    let (delivery, status, failure) = match answer {
        Ok(answer) => {
            let retry_after = answer.retry_after.and_then(|value| parse_retry_after(&value, now));
            let (delivery, failure) = judge(answer.status, retry_after);
            (delivery, Some(answer.status), failure)
        }
        Err(Unanswered::TimedOut) => (Delivery::Failed(None), None, Some(Failing::TimedOut)),
        Err(Unanswered::Broken) => (Delivery::Failed(None), None, Some(Failing::Unreachable)),
    };
    let took_ms = now.since(sent_at).as_millis();
    Sent { delivery, last: Try { at: sent_at.into(), took_ms, status, failure } }
}

/// Whether a tenant's callers may name such a destination.
///
/// # Errors
/// The rule that it breaks, in words.
pub(crate) fn check(tenant: &TenantSettings, url: &str) -> Result<(), String> {
    let url = Url::new(url).map_err(|_| "must be an https URL")?;
    let (protocol, host) = (url.protocol(), url.hostname());
    let destination = Destination {
        scheme: protocol.trim_end_matches(':'),
        host: &host,
        port: url.port().parse().ok(),
        has_credentials: !url.username().is_empty() || !url.password().is_empty(),
    };
    destination.check(&tenant.webhook.hosts).map_err(|refused| refused.to_string())
}

async fn exchange(
    connections: &Connections,
    tenant: &TenantSettings,
    message: &Message<'_>,
    now: Timestamp,
) -> Result<http::Incoming, Unanswered> {
    let timestamp = seconds_of(now);
    let signature = sign(&tenant.webhook.keys, message.id, now, message.body.as_bytes());
    let parent = message.span.to_string();
    // `tracestate` is the tracing systems' of whoever started it: a receiver may be somebody else.
    let headers = [
        ("content-type", "application/json"),
        ("user-agent", USER_AGENT),
        ("webhook-id", message.id),
        ("webhook-timestamp", &timestamp),
        ("webhook-signature", &signature),
        ("traceparent", &parent),
    ];
    let outgoing = Outgoing {
        method: "POST",
        url: message.url,
        headers: &headers,
        body: Some(message.body),
        timeout: TIMEOUT,
        // Nothing in an answer's body is looked at.
        answer_max: 0,
        refusal_max: 0,
    };
    connections.exchange(&outgoing).await
}

fn judge(status: u16, retry_after: Option<Span>) -> (Delivery, Option<Failing>) {
    match status {
        200..300 => (Delivery::Arrived, None),
        410 => (Delivery::Gone, Some(Failing::Status)),
        300..400 => (Delivery::Failed(retry_after), Some(Failing::Redirect)),
        _ => (Delivery::Failed(retry_after), Some(Failing::Status)),
    }
}

/// Standard Webhooks recommends 15 to 30 seconds; the outbox counts a try as lost after 30.
const TIMEOUT: Span = Span::from_secs(15);

const USER_AGENT: &str = concat!("cxpulse/", env!("CARGO_PKG_VERSION"));
