//! Cross-origin answers (WHATWG Fetch, section 3.2) to the pages that settings allow. Never lets a browser send its
//! own credentials: keys and tokens come from scripts.

use web_sys::Response;

use crate::config::Settings;
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::{reply, route};

/// Whether the answer depends on who asks: the API's does, where settings allow other pages than our own.
pub(crate) fn concerns(incoming: &Incoming, settings: &Settings) -> bool {
    settings.origins.any() && incoming.path().starts_with("/v1/")
}

/// The origin that asks, where it may.
pub(crate) fn allowed(incoming: &Incoming, settings: &Settings) -> Option<String> {
    incoming.header("origin").filter(|origin| settings.origins.allow(origin))
}

/// Whether the browser only asks beforehand.
pub(crate) fn is_preflight(incoming: &Incoming) -> bool {
    incoming.method() == "OPTIONS" && incoming.header("access-control-request-method").is_some()
}

/// What it is told then.
pub(crate) fn preflight(incoming: &Incoming, origin: &str) -> Result<Response, Problem> {
    let is_proxied = incoming.path().starts_with(route::proxy::PREFIX);
    let methods = if is_proxied { "GET, HEAD, POST, PUT, PATCH, DELETE" } else { "GET, POST" };
    reply::empty(
        204,
        &[
            ("access-control-allow-origin", origin),
            ("access-control-allow-methods", methods),
            ("access-control-allow-headers", HEADERS),
            ("access-control-max-age", "86400"),
            ("vary", "origin"),
        ],
    )
}

/// An answer that a page of `origin` may read, if there is one; caches are told that others get another.
pub(crate) fn open(answer: &Response, origin: Option<&str>) -> Result<Response, Problem> {
    if let Some(socket) = reply::socket(answer) {
        // No page reads the head of such an answer.
        return Ok(socket);
    }
    let headers = origin.map(|origin| {
        [
            ("access-control-allow-origin", origin),
            (
                "access-control-expose-headers",
                "age, cxpulse-cache, date, etag, link, location, ratelimit, ratelimit-policy, retry-after, x-request-id",
            ),
        ]
    });
    let answer = reply::with_headers(answer, headers.as_ref().map_or(&[], |headers| headers.as_slice()))?;
    answer.headers().append("vary", "origin")?;
    Ok(answer)
}

/// A file of the element's package, or a description of the API, which pages of any origin load: module scripts, wasm
/// and what tools read are fetched with CORS.
/// It is the same for everybody, and holds nothing of anybody's.
pub(crate) fn share(answer: &Response) -> Result<Response, Problem> {
    let headers = [("access-control-allow-origin", "*"), ("cross-origin-resource-policy", "cross-origin")];
    reply::with_headers(answer, &headers)
}

const HEADERS: &str = "authorization, content-type, cxpulse-tenant, idempotency-key, if-none-match, last-event-id, traceparent, tracestate, x-api-key, x-request-id";
