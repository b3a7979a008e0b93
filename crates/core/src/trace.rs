//! W3C Trace Context: taken from a caller, continued in a child for each attempt. Never a lookup key.
//!
//! Source: W3C Recommendation "Trace Context" level 1, sections 3.2 (traceparent) and 3.3 (tracestate).

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{is_lower_hex, prefixed_hex};
use crate::random;

/// One trace and our place in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceContext {
    trace_id: String,
    span_id: String,
    flags: u8,
    /// The callers' own list, sent on unchanged; empty where there is none or it was not well formed.
    state: String,
}

impl TraceContext {
    /// Continues the caller's trace. `None` where `traceparent` is not valid: then [`Self::root`] starts a new one,
    /// and `tracestate` is dropped with it, as section 3.2.1 asks.
    #[must_use]
    pub fn parse(traceparent: &str, tracestate: Option<&str>) -> Option<Self> {
        let mut parts = traceparent.trim_matches([' ', '\t']).split('-');
        let (version, trace_id, span_id, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |text: &str, len: usize| text.len() == len && is_lower_hex(text);
        let is_known_shape = match version {
            "00" => parts.next().is_none(),
            "ff" => false,
            // Later versions may append fields, and only append.
            _ => is_hex(version, 2),
        };
        let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
        if !is_known_shape || !is_hex(trace_id, 32) || !is_hex(span_id, 16) || !is_hex(flags, 2) {
            return None;
        }
        if is_zero(trace_id) || is_zero(span_id) {
            return None;
        }
        Some(Self {
            trace_id: trace_id.into(),
            span_id: span_id.into(),
            // Only the sampled bit is defined; others must be sent as zero.
            flags: u8::from_str_radix(flags, 16).ok()? & 1,
            state: tracestate.filter(|state| is_tracestate(state)).unwrap_or_default().into(),
        })
    }

    /// A new, sampled trace of 16 random bytes; the span's id is drawn from them.
    #[must_use]
    pub fn root(bytes: [u8; 16]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = bytes;
        let seed = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        // All-zero ids are invalid; one fixed bit rules them out.
        let mut bytes = bytes;
        if let Some(last) = bytes.last_mut() {
            *last |= 1;
        }
        Self { trace_id: prefixed_hex("", &bytes), span_id: span_id(seed, 0), flags: 1, state: String::new() }
    }

    /// A span of the same trace: the `index`-th that `seed` gives, so a repeated call is the same span.
    #[must_use]
    pub fn child(&self, seed: u64, index: u64) -> Self {
        Self { span_id: span_id(seed, index), ..self.clone() }
    }

    /// 32 hex digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        &self.trace_id
    }

    /// 16 hex digits.
    #[must_use]
    pub fn span_id(&self) -> &str {
        &self.span_id
    }

    /// Whether the caller, or we where the trace is ours, want its spans kept.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }

    /// What to send as `tracestate`; empty means: send none.
    #[must_use]
    pub fn tracestate(&self) -> &str {
        &self.state
    }
}

/// The `traceparent` header: `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace_id, self.span_id, self.flags)
    }
}

fn span_id(seed: u64, index: u64) -> String {
    prefixed_hex("", &(random::draw(seed, index) | 1).to_be_bytes())
}

/// Section 3.3: up to 32 members `key=value`, empty ones allowed, no key twice.
fn is_tracestate(text: &str) -> bool {
    let members = || text.split(',').map(|member| member.trim_matches([' ', '\t'])).filter(|member| !member.is_empty());
    let key = |member: &str| member.split_once('=').map(|(key, _)| String::from(key));
    let is_repeated = members().enumerate().any(|(index, member)| members().take(index).any(|m| key(m) == key(member)));
    members().count() <= 32 && members().all(is_member) && !is_repeated
}

fn is_member(member: &str) -> bool {
    let Some((key, value)) = member.split_once('=') else { return false };
    let (tenant, system) = key.split_once('@').map_or((None, key), |(tenant, system)| (Some(tenant), system));
    let is_key_part = |text: &str, max: usize| {
        !text.is_empty()
            && text.len() <= max
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/'))
    };
    let starts_with_letter = |text: &str| text.starts_with(|c: char| c.is_ascii_lowercase());
    let is_key = match tenant {
        None => is_key_part(system, 256) && starts_with_letter(system),
        Some(tenant) => {
            let starts_right = tenant.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
            is_key_part(tenant, 241) && starts_right && is_key_part(system, 14) && starts_with_letter(system)
        }
    };
    let is_value_byte = |byte: u8| matches!(byte, 0x20..=0x7e) && !matches!(byte, b',' | b'=');
    is_key && (1..=256).contains(&value.len()) && value.bytes().all(is_value_byte) && !value.ends_with(' ')
}
