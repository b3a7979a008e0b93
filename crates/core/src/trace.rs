//! W3C Trace Context: taken from a caller, continued in a span of our own, and in a child for each call. Never a lookup key.
//!
//! Source: W3C Recommendation "Trace Context" level 1, section 3.2 (traceparent) and 4 (versions); of level 2 the
//! `random` flag, which whoever gets it has to send on.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{is_lower_hex, prefixed_hex};
use crate::random;

mod state;

pub use state::TRACESTATE_MAX;

/// One trace and a span in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceContext {
    trace_id: String,
    span_id: String,
    /// The span that this one is part of; `None` for the first of a trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    flags: u8,
    /// Other systems' list, sent on as [`state::read`] left it; empty where there is none.
    state: String,
}

impl TraceContext {
    /// The caller's span, to be continued with [`Self::child`]. `None` where `traceparent` is not valid: then
    /// [`Self::root`] starts a new trace, and `tracestate` is dropped with it, as section 3.2.1 asks.
    ///
    /// Headers that came twice are their values joined by commas: two parents are none.
    #[must_use]
    pub fn parse(traceparent: &str, tracestate: Option<&str>) -> Option<Self> {
        let mut parts = traceparent.trim_matches([' ', '\t']).split('-');
        let (version, trace_id, span_id, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |text: &str, len: usize| text.len() == len && is_lower_hex(text);
        let known_flags = match version {
            "00" if parts.next().is_none() => SAMPLED | RANDOM,
            "00" | "ff" => return None,
            // Later versions may append fields, and only append; of their flags only this one is known.
            _ if is_hex(version, 2) => SAMPLED,
            _ => return None,
        };
        let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
        let is_shaped = is_hex(trace_id, 32) && is_hex(span_id, 16) && is_hex(flags, 2);
        if !is_shaped || is_zero(trace_id) || is_zero(span_id) {
            return None;
        }
        Some(Self {
            trace_id: trace_id.into(),
            span_id: span_id.into(),
            parent_id: None,
            flags: u8::from_str_radix(flags, 16).ok()? & known_flags,
            state: tracestate.map(state::read).unwrap_or_default(),
        })
    }

    /// A new, sampled trace of 16 random bytes; the first span's id is drawn from them.
    #[must_use]
    pub fn root(bytes: [u8; 16]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = bytes;
        let seed = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        // All-zero ids are invalid; one fixed bit rules them out.
        let mut bytes = bytes;
        if let Some(last) = bytes.last_mut() {
            *last |= 1;
        }
        Self {
            trace_id: prefixed_hex("", &bytes),
            span_id: span_id(seed, 0),
            parent_id: None,
            flags: SAMPLED,
            state: String::new(),
        }
    }

    /// A span of the same trace, part of this one: the `index`-th that `seed` gives, so a repeated call is the same span.
    #[must_use]
    pub fn child(&self, seed: u64, index: u64) -> Self {
        Self { span_id: span_id(seed, index), parent_id: Some(self.span_id.clone()), ..self.clone() }
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

    /// 16 hex digits; `None` for the first span of a trace.
    #[must_use]
    pub fn parent_id(&self) -> Option<&str> {
        self.parent_id.as_deref()
    }

    /// Whether the caller may have recorded the trace: only then our spans of it are exported.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
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

/// Set where the caller may have recorded the trace.
const SAMPLED: u8 = 1;

/// Set where the last seven bytes of the trace's id are random.
const RANDOM: u8 = 2;
