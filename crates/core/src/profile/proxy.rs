//! What the plain proxy lets through. Never matches a path itself.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::time::Span;

/// One kind of request that the proxy passes on. In JSON spans are seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProxyRule {
    /// In capitals: any of `GET HEAD POST PUT PATCH DELETE`, at least one, none twice.
    pub methods: Vec<String>,
    /// A path whose segments are literal, or `*` or `{name}` for any one segment; a last segment `**` stands for any rest.
    pub path: String,
    /// How long an answer to GET serves others, 1 s to a day; not at all where absent.
    #[serde(rename = "cache_seconds", skip_serializing_if = "Option::is_none", serialize_with = "seconds")]
    pub cache: Option<Span>,
    /// Bytes of a request's body, 0..=104,857,600; the deployment's own limit where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_bytes_max: Option<u32>,
    /// Bytes of an answer's body, 1..=1,073,741,824; the deployment's own limit where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_bytes_max: Option<u32>,
    /// How long CXone may take, 1 ms to 300 s; the deployment's own limit where absent.
    #[serde(rename = "timeout_seconds", skip_serializing_if = "Option::is_none", serialize_with = "seconds")]
    pub timeout: Option<Span>,
}

#[expect(clippy::ref_option, reason = "the shape that serde calls")]
fn seconds<S: serde::Serializer>(span: &Option<Span>, serializer: S) -> Result<S::Ok, S::Error> {
    match span {
        Some(span) => serializer.serialize_f64(span.as_secs_f64()),
        None => serializer.serialize_none(),
    }
}
