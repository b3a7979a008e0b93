//! Cross-origin answers (WHATWG Fetch, section 3.2) to the pages that settings allow. Never lets a browser send its
//! own credentials: keys and tokens come from scripts.

use web_sys::Response;

use crate::config::Settings;
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::reply;

/// The origin that asks, where it may. Looks into no header where no other page may ask.
pub(crate) fn allowed(incoming: &Incoming, settings: &Settings) -> Option<String> {
    if !settings.origins.any() {
        return None;
    }
    incoming.header("origin").filter(|origin| settings.origins.allow(origin))
}

/// Whether the browser only asks beforehand.
pub(crate) fn is_preflight(incoming: &Incoming) -> bool {
    incoming.method() == "OPTIONS" && incoming.header("access-control-request-method").is_some()
}

/// What it is told then.
pub(crate) fn preflight(origin: &str) -> Result<Response, Problem> {
    reply::empty(
        204,
        &[
            ("access-control-allow-origin", origin),
            ("access-control-allow-methods", "GET, POST"),
            ("access-control-allow-headers", HEADERS),
            ("access-control-max-age", "86400"),
            ("vary", "origin"),
        ],
    )
}

/// An answer that a page of `origin` may read.
pub(crate) fn open(answer: &Response, origin: &str) -> Result<Response, Problem> {
    let headers = [
        ("access-control-allow-origin", origin),
        ("access-control-expose-headers", "date, etag, link, location, retry-after"),
        ("vary", "origin"),
    ];
    reply::with_headers(answer, &headers)
}

const HEADERS: &str =
    "authorization, content-type, idempotency-key, if-none-match, last-event-id, traceparent, tracestate, x-api-key";
