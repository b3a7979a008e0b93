//! Which headers pass the proxy. What belongs to one connection, to the caller's credentials or to the way here does not.
//!
//! Hop-by-hop headers after RFC 9110 section 7.6.1 and RFC 9113 section 8.2.2.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

/// The headers that a `Connection` header names, in lower case: they end with the connection.
#[must_use]
pub fn named_in_connection(connection: Option<&str>) -> Vec<String> {
    let names = connection.unwrap_or_default().split(',').map(|name| name.trim().to_ascii_lowercase());
    names.filter(|name| !name.is_empty()).collect()
}

/// Whether a request's header is passed on to CXone. `name` in lower case.
#[must_use]
pub fn goes_up(name: &str, named: &[String]) -> bool {
    let is_hidden = WAY_HERE.contains(&name) || CREDENTIALS.contains(&name) || SET_BY_US.contains(&name);
    !is_hidden && !has_prefix(name, &PREFIXES_HERE) && !is_of_the_hop(name, named)
}

/// Whether an answer's header is passed back to the caller. `name` in lower case.
#[must_use]
pub fn comes_back(name: &str, named: &[String]) -> bool {
    !THEIR_POLICY.contains(&name) && !has_prefix(name, &PREFIXES_THERE) && !is_of_the_hop(name, named)
}

fn is_of_the_hop(name: &str, named: &[String]) -> bool {
    HOP_BY_HOP.contains(&name) || named.contains(&name.to_owned())
}

fn has_prefix(name: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}

const HOP_BY_HOP: [&str; 12] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-authentication-info",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    // Told anew for each body, by who sends it.
    "content-length",
    "http2-settings",
];

/// How the caller shows who it is: to us, and not to CXone.
const CREDENTIALS: [&str; 4] = ["authorization", "cookie", "cookie2", "x-api-key"];

/// Which way the request took, and which page it came from: nobody's business there.
const WAY_HERE: [&str; 14] = [
    "host",
    "forwarded",
    "x-forwarded",
    "baggage",
    "via",
    "x-real-ip",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-url",
    "x-rewrite-url",
    "x-http-method-override",
    "origin",
    "referer",
];

/// Another `X-HTTP-Method` or `X-Original-URL` would make a request that no rule was asked about.
const PREFIXES_HERE: [&str; 9] =
    ["x-forwarded-", "x-amzn-", "cf-", "cdn-", "sec-", "cxpulse-", "x-cxpulse-", "x-http-method", "x-method-override"];

/// The runtime's or ours: it decodes answers by itself, and no call waits for a 100.
const SET_BY_US: [&str; 6] = ["accept-encoding", "expect", "traceparent", "tracestate", "x-trace-id", "x-span-id"];

/// Rules for CXone's own pages, and its word on who may read it: neither is true of an answer from here.
const THEIR_POLICY: [&str; 23] = [
    // Addresses over there, which nobody here can reach, and how to show oneself there, which is for us to do.
    "content-location",
    "link",
    "refresh",
    "www-authenticate",
    // The runtime has decoded the body by then.
    "content-encoding",
    "set-cookie",
    "set-cookie2",
    "server",
    "x-powered-by",
    "via",
    "alt-svc",
    "strict-transport-security",
    "content-security-policy",
    "content-security-policy-report-only",
    "x-frame-options",
    "x-xss-protection",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "public-key-pins",
    "clear-site-data",
    "report-to",
    "nel",
];

const PREFIXES_THERE: [&str; 6] = ["access-control-", "cross-origin-", "cf-", "x-aspnet", "cxpulse-", "x-cxpulse-"];
