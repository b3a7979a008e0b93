//! The limits of a client: so many API calls a second, and one call to an endpoint in an interval. Never decides what
//! a refused call gets to see beyond its headers.
//!
//! Seconds are those of the clock, as the integration gateway's `X-RateLimit-*` headers describe them.

use std::collections::BTreeMap;

use cxpulse_core::time::{Span, Timestamp};

use crate::dialect::Kind;
use crate::exchange::Reply;
use crate::fault::RateLimitHeaders;

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

/// The last call of each client to each endpoint that takes one in an interval.
#[derive(Debug, Default)]
pub(crate) struct Intervals {
    taken: BTreeMap<(String, Kind), Timestamp>,
}

impl Intervals {
    /// Takes the endpoint; the error is how long it is not to be taken yet. A refused call does not lengthen that.
    pub(crate) fn claim(&mut self, client: &str, endpoint: Kind, interval: Span, now: Timestamp) -> Result<(), Span> {
        let key = (client.to_owned(), endpoint);
        let free_at = self.taken.get(&key).map(|at| at.plus(interval));
        match free_at.filter(|at| now < *at) {
            Some(at) => Err(at.since(now)),
            None => {
                self.taken.insert(key, now);
                Ok(())
            }
        }
    }
}

/// Puts what a fault says in the place of the three headers, or adds it.
pub(crate) fn overwrite(reply: Reply, headers: &RateLimitHeaders) -> Reply {
    let RateLimitHeaders { limit, remaining, reset } = headers;
    let said = [("x-ratelimit-limit", limit), ("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", reset)];
    let said = said.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    said.fold(reply, |reply, (name, value)| reply.without_header(name).with_header(name, value))
}

/// What a call over the limit gets; a window is a second long, so a second's wait is always enough.
pub(crate) fn too_many(retry_after: Option<&str>) -> Reply {
    let reply = Reply::refusal(429, "rate_limited", "too many requests");
    match retry_after {
        Some(value) => reply.with_header("retry-after", value),
        None => reply,
    }
}
