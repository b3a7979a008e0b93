//! Why a request is refused, and the only file that picks an error status. Never shows a secret, a payload or a fault's text.
//!
//! Shape: RFC 9457. `type` is stable for each cause; what is the caller's is listed in `violations`, what is ours is
//! logged and withheld.

use cxpulse_core::execution::Reason;
use cxpulse_core::proxy;
use cxpulse_core::quota::{Spent, Standing};
use cxpulse_core::signature::Refusal;
use cxpulse_core::time::Span;
use cxpulse_core::validate::{Code, Invalid, Violation};
use cxpulse_core::wire::feed::WATCHES_MAX;
use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::Response;
use worker::console_error;

use crate::reply;

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The body is not JSON, or nested too deep.
    NotJson(Invalid),
    /// The body is not UTF-8, or broke off.
    NotText,
    /// The body of a callback is not the profile's schema.
    NotCallback(Invalid),
    /// This is for a WebSocket, and the request asks for none.
    UpgradeRequired,
    /// A page of another origin asks for a socket.
    ForeignOrigin,
    /// A page watches as much as it may.
    TooManyWatches,
    /// The body is JSON, and breaks rules.
    Invalid(Invalid),
    /// A path, a query parameter or a header breaks a rule.
    BadParameter(Violation),
    /// Parameters of a query break rules.
    BadParameters(Invalid),
    /// No key or token, or none that we gave.
    Unauthorized(Unauthorized),
    /// A callback that does not show that it is CXone's.
    Unverified(Refusal),
    /// A key or token of ours, for something else.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// An execution of a flow that is still to start cannot be stopped by itself.
    NotBegun,
    /// A history of so many nodes, or interactions, that it is none of a workflow.
    NoWorkflow(String),
    /// There is, but it does not do that; what it does.
    MethodNotAllowed(&'static str),
    /// The idempotency key was used with another body.
    KeyReused,
    /// More bytes than this.
    TooLarge(usize),
    /// The body did not come in time.
    TooSlow,
    /// The address is longer than any of ours.
    AddressTooLong,
    /// More headers, or longer ones, than anybody needs.
    HeadTooLarge,
    /// The key or token came more often than it may.
    TooMany(Spent),
    /// Not `application/json`.
    UnsupportedMediaType,
    /// A path that the proxy passes on to nobody; why.
    ProxyRefused(proxy::Refusal),
    /// No rule lets the proxy pass this on.
    NotProxied,
    /// The tenant's gate lets no call go for longer than the caller waits: what holds it, and for how long.
    Held(Reason, Span),
    /// CXone sent no answer in time.
    UpstreamSilent,
    /// CXone could not be reached, or broke off.
    UpstreamBroken,
    /// CXone's answer is longer than this.
    UpstreamTooLarge(u64),
    /// An object could not be reached, or broke off: it is made anew, and the next try finds it; why, for the log.
    Unavailable(String),
    /// The deployment lacks settings; which, without their values.
    Misconfigured(Vec<String>),
    /// Our fault; what happened, for the log.
    Fault(String),
}

/// Why a key or token does not count. The reason's class, and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unauthorized {
    /// There is none.
    Missing,
    /// Not ours, or not any more.
    Wrong,
    /// A token of ours, whose time is over.
    Expired,
}

/// RFC 9457.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[Violation]>::is_empty")]
    violations: &'a [Violation],
    /// How many more there are than are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    omitted: Option<u32>,
}

impl Problem {
    /// Of a body that a parser of the core refused.
    pub(crate) fn of_body(invalid: Invalid) -> Self {
        let is_unread = |violation: &Violation| matches!(violation.code, Code::NotJson | Code::TooDeep);
        if invalid.violations().iter().any(is_unread) { Self::NotJson(invalid) } else { Self::Invalid(invalid) }
    }

    /// Of a body that names a tenant which there is not, or which is not the caller's to name: nobody is told which.
    pub(crate) fn no_such_tenant() -> Self {
        let message = "there is no such tenant".into();
        Self::Invalid(Invalid::of(Violation { pointer: "/tenant".into(), code: Code::OutOfRange, message }))
    }

    /// The answer.
    pub(crate) fn answer(&self) -> Result<Response, JsValue> {
        self.log();
        let (status, ..) = self.class();
        let body = self.document();
        let mut headers = vec![("content-type", "application/problem+json"), ("cache-control", "no-store")];
        if let Self::Unverified(_) = self {
            headers.push(("www-authenticate", "Signature"));
        }
        if let Self::Unauthorized(_) = self {
            headers.push(("www-authenticate", "Bearer"));
        }
        if let Self::MethodNotAllowed(allow) = self {
            headers.push(("allow", allow));
        }
        if let Self::UpgradeRequired = self {
            headers.push(("upgrade", "websocket"));
        }
        let spent = if let Self::TooMany(spent) = self { Some(told(&spent.standing)) } else { None };
        headers.extend(spent.iter().flatten().map(|(name, value)| (*name, value.as_str())));
        if let Self::TooSlow = self {
            // Whatever else of it comes is no request.
            headers.push(("connection", "close"));
        }
        let retry_after = self.retry_after().map(|span| span.as_secs_ceil().max(1).to_string());
        headers.extend(retry_after.as_deref().map(|seconds| ("retry-after", seconds)));
        Response::new_with_opt_str_and_init(Some(&body), &reply::head(status, &headers))
    }

    /// The body of the answer: JSON.
    pub(crate) fn document(&self) -> String {
        let (status, slug, title) = self.class();
        let document = Document {
            kind: format!("{TYPE_BASE}{slug}"),
            title,
            status,
            detail: &self.detail(),
            violations: self.violations(),
            omitted: self.omitted(),
        };
        serde_json::to_string(&document).unwrap_or_else(|_| "{}".into())
    }

    fn retry_after(&self) -> Option<Span> {
        if let Self::Held(_, span) = self {
            return Some(*span);
        }
        if let Self::TooMany(spent) = self {
            return Some(spent.retry_after);
        }
        matches!(self, Self::Unavailable(_)).then_some(Span::from_secs(1))
    }

    const fn class(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::NotJson(_) | Self::NotText => (400, "malformed-body", "The body is not JSON that we take"),
            Self::NotCallback(_) => (400, "malformed-callback", "The callback is not of the profile's schema"),
            Self::Invalid(_) => (422, "invalid-request", "The request breaks rules"),
            Self::BadParameter(_) | Self::BadParameters(_) => (400, "invalid-parameter", "A parameter breaks a rule"),
            Self::Unauthorized(_) => (401, "unauthorized", "A valid key or token is needed"),
            Self::Unverified(_) => (401, "unverified-callback", "The callback does not show that it is CXone's"),
            Self::Forbidden => (403, "forbidden", "The key or token is for something else"),
            Self::NotFound => (404, "not-found", "There is no such thing"),
            Self::NotBegun => (409, "not-begun", "The execution has not begun"),
            Self::NoWorkflow(_) => (409, "no-workflow", "The history is none of a workflow"),
            Self::MethodNotAllowed(_) => (405, "method-not-allowed", "The method is not for this"),
            Self::UpgradeRequired => (426, "upgrade-required", "This is for a WebSocket"),
            Self::ForeignOrigin => (403, "foreign-origin", "The page's origin is not allowed"),
            Self::TooManyWatches => (429, "too-many-watches", "The page watches as much as it may"),
            Self::KeyReused => (422, "idempotency-key-reused", "The idempotency key belongs to another request"),
            Self::TooLarge(_) => (413, "too-large", "The body is too large"),
            Self::TooSlow => (408, "body-too-slow", "The body did not come in time"),
            Self::AddressTooLong => (414, "address-too-long", "The address is too long"),
            Self::HeadTooLarge => (431, "headers-too-large", "The headers are too many or too long"),
            Self::TooMany(_) => (429, "rate-limit-exceeded", "The key or token is used too often"),
            Self::UnsupportedMediaType => (415, "unsupported-media-type", "The body must be JSON"),
            Self::ProxyRefused(_) => (400, "proxy-path-refused", "The path is passed on to nobody"),
            Self::NotProxied => (404, "not-proxied", "The proxy lets nothing like this pass"),
            Self::Held(reason, _) => (503, held(*reason), "The tenant's gate lets no call go right now"),
            Self::UpstreamSilent => (504, "upstream-timeout", "CXone did not answer in time"),
            Self::UpstreamBroken => (502, "upstream-unreachable", "CXone could not be reached"),
            Self::UpstreamTooLarge(_) => (502, "upstream-too-large", "CXone's answer is too large"),
            Self::Unavailable(_) => (503, "unavailable", "This cannot be answered right now"),
            Self::Misconfigured(_) => (503, "misconfigured", "This deployment is not set up"),
            Self::Fault(_) => (500, "internal", "Something went wrong here"),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::NotJson(invalid)
            | Self::NotCallback(invalid)
            | Self::Invalid(invalid)
            | Self::BadParameters(invalid) => invalid.to_string(),
            Self::NotText => "the body must be UTF-8 and complete".into(),
            Self::BadParameter(violation) => format!("{} {}", violation.pointer, violation.message),
            Self::Unauthorized(Unauthorized::Missing) => "no key or token was sent".into(),
            Self::Unauthorized(Unauthorized::Wrong) => "the key or token is not valid here".into(),
            Self::Unauthorized(Unauthorized::Expired) => "the token has expired".into(),
            Self::Unverified(Refusal::Missing) => "a header that has to be there is not".into(),
            Self::Unverified(Refusal::Malformed | Refusal::Mismatch) => "the signature is not valid here".into(),
            Self::Unverified(Refusal::TooOld | Refusal::TooNew) => "its time is too far from now".into(),
            Self::Forbidden => "the key or token is not for this resource, or not for this use of it".into(),
            Self::NotFound => "nothing is found at this address".into(),
            Self::NotBegun => "it is part of a batch: cancel that, or wait until this begins".into(),
            Self::NoWorkflow(why) => why.clone(),
            Self::MethodNotAllowed(allow) => format!("use {allow}"),
            Self::UpgradeRequired => "send Upgrade: websocket".into(),
            Self::ForeignOrigin => "an operator allows origins by CXPULSE_ALLOWED_ORIGINS".into(),
            Self::TooManyWatches => format!("at most {WATCHES_MAX} at once; leave one first"),
            Self::KeyReused => "the same Idempotency-Key came with another body before".into(),
            Self::TooLarge(max) => format!("at most {max} bytes are taken"),
            Self::TooSlow => "send it whole within twenty seconds".into(),
            Self::AddressTooLong => "at most 16384 characters are taken".into(),
            Self::HeadTooLarge => "at most 100 headers and 32768 characters of them are taken".into(),
            Self::TooMany(spent) => {
                format!("it is good for {} requests a minute; try again after Retry-After", spent.standing.per_minute)
            }
            Self::UnsupportedMediaType => "send Content-Type: application/json".into(),
            Self::ProxyRefused(refusal) => refusal.to_string(),
            Self::NotProxied => {
                "no rule of the tenant allows this method and path: an operator adds one under proxy, in \
                 CXONE_PROXY, CXPULSE_TENANTS or the profile"
                    .into()
            }
            Self::Held(reason, _) => format!("it is held by {}; try again after Retry-After", reason.name()),
            Self::UpstreamSilent => "it may have done what was asked all the same".into(),
            Self::UpstreamBroken => "the connection to it was refused or broke".into(),
            Self::UpstreamTooLarge(max) => format!("at most {max} bytes are passed on"),
            Self::Unavailable(_) => "try again in a second".into(),
            Self::Misconfigured(faults) => faults.join("; "),
            Self::Fault(_) => "it is logged; try again".into(),
        }
    }

    fn violations(&self) -> &[Violation] {
        match self {
            Self::NotJson(invalid)
            | Self::NotCallback(invalid)
            | Self::Invalid(invalid)
            | Self::BadParameters(invalid) => invalid.violations(),
            Self::BadParameter(violation) => std::slice::from_ref(violation),
            Self::NotText
            | Self::Unauthorized(_)
            | Self::Unverified(_)
            | Self::Forbidden
            | Self::NotFound
            | Self::NotBegun
            | Self::NoWorkflow(_)
            | Self::MethodNotAllowed(_)
            | Self::UpgradeRequired
            | Self::ForeignOrigin
            | Self::TooManyWatches
            | Self::KeyReused
            | Self::TooLarge(_)
            | Self::TooSlow
            | Self::AddressTooLong
            | Self::HeadTooLarge
            | Self::TooMany(_)
            | Self::UnsupportedMediaType
            | Self::ProxyRefused(_)
            | Self::NotProxied
            | Self::Held(..)
            | Self::UpstreamSilent
            | Self::UpstreamBroken
            | Self::UpstreamTooLarge(_)
            | Self::Unavailable(_)
            | Self::Misconfigured(_)
            | Self::Fault(_) => &[],
        }
    }

    /// Beyond those that are listed; `None` where there are none.
    fn omitted(&self) -> Option<u32> {
        if let Self::Invalid(invalid) | Self::BadParameters(invalid) | Self::NotJson(invalid) = self {
            return Some(invalid.omitted()).filter(|omitted| *omitted > 0);
        }
        None
    }

    /// Tells the log what is ours to mend.
    pub(crate) fn log(&self) {
        match self {
            Self::Unavailable(why) => console_error!("unavailable: {why}"),
            Self::Misconfigured(faults) => console_error!("settings: {}", faults.join("; ")),
            Self::Fault(what) => console_error!("fault: {what}"),
            Self::NotJson(_)
            | Self::NotText
            | Self::NotCallback(_)
            | Self::Invalid(_)
            | Self::BadParameter(_)
            | Self::BadParameters(_)
            | Self::Unauthorized(_)
            | Self::Unverified(_)
            | Self::Forbidden
            | Self::NotFound
            | Self::NotBegun
            | Self::NoWorkflow(_)
            | Self::MethodNotAllowed(_)
            | Self::UpgradeRequired
            | Self::ForeignOrigin
            | Self::TooManyWatches
            | Self::KeyReused
            | Self::TooLarge(_)
            | Self::TooSlow
            | Self::AddressTooLong
            | Self::HeadTooLarge
            | Self::TooMany(_)
            | Self::ProxyRefused(_)
            | Self::NotProxied
            | Self::Held(..)
            | Self::UpstreamSilent
            | Self::UpstreamBroken
            | Self::UpstreamTooLarge(_)
            | Self::UnsupportedMediaType => {}
        }
    }
}

/// What an answer says of how often its receiver may ask again.
pub(crate) fn told(standing: &Standing) -> [(&'static str, String); 2] {
    [("ratelimit-policy", standing.policy()), ("ratelimit", standing.field())]
}

impl Problem {
    /// Of what an object's call was rejected with.
    pub(crate) fn of_object(error: JsValue) -> Self {
        Self::Unavailable(worker::Error::from(error).to_string())
    }
}

impl From<worker::Error> for Problem {
    fn from(error: worker::Error) -> Self {
        Self::Fault(error.to_string())
    }
}

impl From<JsValue> for Problem {
    fn from(error: JsValue) -> Self {
        Self::from(worker::Error::from(error))
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        // Its own words may quote what it read.
        Self::Fault(format!("{:?} of JSON at line {}, column {}", error.classify(), error.line(), error.column()))
    }
}

/// What holds a call, as a cause's name.
const fn held(reason: Reason) -> &'static str {
    match reason {
        Reason::RateLimited => "rate-limited",
        Reason::Permit => "no-permit",
        Reason::BreakerOpen => "breaker-open",
        Reason::Credentials => "no-credentials",
        // None of these holds a call at the gate.
        Reason::Backoff | Reason::Predicted | Reason::Retry | Reason::LookUp | Reason::Callback => "held",
    }
}

/// Stands before each cause's own name. A name for machines; it need not lead anywhere.
const TYPE_BASE: &str = "https://cxpulse.dev/problems/";
