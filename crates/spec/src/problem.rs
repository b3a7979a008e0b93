//! Why the Worker refuses, by stable name: RFC 9457. The list is the Worker's; a test compares the two. Never a message.

#![expect(dead_code, reason = "the schema's type is read by nobody: its shape is what it is for")]

use cxpulse_core::validate::Violation;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// A cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// Its name, the last part of `type`.
    pub slug: &'static str,
    /// The HTTP status that it comes with.
    pub status: u16,
    /// What it means, and what to do.
    pub meaning: &'static str,
}

/// Stands before each cause's name.
pub const TYPE_BASE: &str = "https://cxpulse.dev/problems/";

/// Every cause, in the order of statuses.
pub const CAUSES: &[Cause] = &[
    cause(400, "malformed-body", "The body is not JSON that is taken: not UTF-8, not complete, or nested too deep."),
    cause(400, "malformed-callback", "The callback is not of the profile's schema."),
    cause(400, "invalid-parameter", "A path, a query parameter or a header breaks a rule: `violations` says which."),
    cause(400, "proxy-path-refused", "The path could be read as another one, so it is passed on to nobody."),
    cause(401, "unauthorized", "No key or token came, or none that is accepted, or one that has expired."),
    cause(
        401,
        "unverified-callback",
        "The callback does not show that it is CXone's, as the tenant's settings ask of it.",
    ),
    cause(403, "forbidden", "The key or token is for something else."),
    cause(403, "foreign-origin", "A page of another origin asks for a socket: an operator allows origins."),
    cause(404, "not-found", "There is no such thing, or not for this caller."),
    cause(404, "not-proxied", "No rule of the tenant lets the proxy pass this."),
    cause(405, "method-not-allowed", "The path has other methods: `Allow` names them."),
    cause(408, "body-too-slow", "The body did not come in time."),
    cause(409, "not-begun", "An execution that is part of a batch has not begun: only the batch can be canceled."),
    cause(
        409,
        "no-workflow",
        "A history has so many nodes or interactions that it is none of a workflow: `detail` says which.",
    ),
    cause(413, "too-large", "The body is too large."),
    cause(414, "address-too-long", "The address is longer than any of ours."),
    cause(415, "unsupported-media-type", "The body must be `application/json`."),
    cause(422, "invalid-request", "The request breaks rules: `violations` names each by JSON pointer."),
    cause(422, "idempotency-key-reused", "The same `Idempotency-Key` came with another body before."),
    cause(426, "upgrade-required", "This is for a WebSocket: send `Upgrade: websocket`."),
    cause(429, "rate-limit-exceeded", "The key or token came more often than it may: try again after `Retry-After`."),
    cause(429, "too-many-watches", "A page watches as much as it may: it has to leave one first."),
    cause(431, "headers-too-large", "More headers, or longer ones, than anybody needs."),
    cause(500, "internal", "Something went wrong here; it is logged. Try again."),
    cause(502, "upstream-unreachable", "CXone could not be reached, or broke off."),
    cause(502, "upstream-too-large", "CXone's answer is larger than what is passed on."),
    cause(503, "unavailable", "This cannot be answered right now: try again after `Retry-After`."),
    cause(503, "misconfigured", "The deployment's settings are at fault: `detail` names each."),
    cause(503, "rate-limited", "The tenant's rate on CXone is used up: try again after `Retry-After`."),
    cause(503, "no-permit", "As many calls to CXone are in flight as may be: try again after `Retry-After`."),
    cause(503, "breaker-open", "CXone fails, and is left alone until `Retry-After`."),
    cause(503, "no-credentials", "No token for CXone is to be had: the tenant's doctor says why."),
    cause(503, "held", "The tenant's gate lets no call go: try again after `Retry-After`."),
    cause(504, "upstream-timeout", "CXone did not answer in time. It may have done what was asked all the same."),
];

const fn cause(status: u16, slug: &'static str, meaning: &'static str) -> Cause {
    Cause { slug, status, meaning }
}

/// Why a request was refused: RFC 9457.
#[derive(JsonSchema)]
pub struct Problem {
    /// What programs match on. A name; it need not lead anywhere.
    #[serde(rename = "type")]
    kind: ProblemType,
    /// The cause for people, the same each time.
    title: String,
    /// The HTTP status once more.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// What it is this time.
    detail: String,
    /// Every fault of the request; absent where it had none.
    #[schemars(length(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    violations: Option<Vec<Violation>>,
    /// How many more faults there are than are listed; absent where all are.
    #[serde(skip_serializing_if = "Option::is_none")]
    omitted: Option<u32>,
}

/// The stable name of each cause.
struct ProblemType;

impl JsonSchema for ProblemType {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ProblemType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<String> = CAUSES.iter().map(|cause| format!("{TYPE_BASE}{}", cause.slug)).collect();
        json_schema!({"type": "string", "format": "uri", "enum": names, "description": "The stable name of each cause."})
    }
}
