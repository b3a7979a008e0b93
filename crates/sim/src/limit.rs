//! The rate limit: so many API calls a second for each client. Never decides what a refused call gets to see beyond
//! its headers.
//!
//! Fixed windows of one second of the clock, as the integration gateway's `X-RateLimit-*` headers describe them.

use std::collections::BTreeMap;

use cxpulse_core::time::Timestamp;

use crate::exchange::Reply;

/// The current window of each client.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    windows: BTreeMap<String, Window>,
}

#[derive(Debug, Default)]
struct Window {
    second: u64,
    count: u32,
}

/// A client's standing after one more call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    limit: u32,
    remaining: u32,
    pub(crate) is_over: bool,
}

impl Limits {
    /// Counts a call of `client`, of which there are few: those that hold a token, and one for all who hold none.
    pub(crate) fn count(&mut self, client: &str, limit: u32, now: Timestamp) -> Standing {
        let second = now.as_millis() / 1_000;
        let window = match self.windows.get_mut(client) {
            Some(window) => window,
            None => self.windows.entry(client.to_owned()).or_default(),
        };
        if window.second != second {
            *window = Window { second, count: 0 };
        }
        let is_over = window.count >= limit;
        window.count = window.count.saturating_add(1);
        Standing { limit, remaining: limit.saturating_sub(window.count), is_over }
    }
}

impl Standing {
    /// Writes the three headers: the limit, calls left in this second, and whole seconds until the next window.
    pub(crate) fn write(self, reply: Reply) -> Reply {
        reply
            .with_header("x-ratelimit-limit", &self.limit.to_string())
            .with_header("x-ratelimit-remaining", &self.remaining.to_string())
            .with_header("x-ratelimit-reset", "1")
    }
}

/// What a call over the limit gets; a window is a second long, so a second's wait is always enough.
pub(crate) fn too_many(retry_after: Option<&str>) -> Reply {
    let reply = Reply::refusal(429, "rate_limited", "too many requests");
    match retry_after {
        Some(value) => reply.with_header("retry-after", value),
        None => reply,
    }
}
