//! An export of spans as a collector reads it: every field that there is, none that there is not.
//!
//! Source: opentelemetry-proto 1.x, `trace/v1/trace.proto`, in the JSON encoding of the protocol's specification: names in
//! camel case, ids in lower-case hex, 64-bit numbers as text, enumerations as numbers.

use serde::Deserialize;

/// `ExportTraceServiceRequest`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) resource_spans: Vec<ResourceSpans>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ResourceSpans {
    pub(crate) resource: Resource,
    pub(crate) scope_spans: Vec<ScopeSpans>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resource {
    pub(crate) attributes: Vec<Attribute>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScopeSpans {
    pub(crate) scope: Scope,
    pub(crate) spans: Vec<Span>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scope {
    pub(crate) name: String,
    /// Of what made the spans; it has to be there.
    #[serde(rename = "version")]
    _version: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Span {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) parent_span_id: Option<String>,
    pub(crate) flags: u32,
    pub(crate) name: String,
    pub(crate) kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) status: Status,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Status {
    pub(crate) code: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attribute {
    pub(crate) key: String,
    value: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Value {
    StringValue(String),
    IntValue(String),
}

impl Request {
    /// Reads a body.
    #[track_caller]
    pub(crate) fn read(body: &str) -> Self {
        let read: Result<Self, _> = serde_json::from_str(body);
        assert!(read.is_ok(), "{:?}: {body}", read.as_ref().err());
        let request = read.expect("asserted just now");
        let spans = request.resource_spans.iter().flat_map(|of| &of.scope_spans).flat_map(|of| &of.spans);
        spans.for_each(Span::check);
        request
    }

    /// The spans, whoever made them.
    pub(crate) fn into_spans(self) -> Vec<Span> {
        self.resource_spans.into_iter().flat_map(|of| of.scope_spans).flat_map(|of| of.spans).collect()
    }
}

impl Span {
    /// Start and end in nanoseconds.
    pub(crate) fn times(&self) -> (u64, u64) {
        let read = |text: &str| text.parse().expect("a number of nanoseconds");
        (read(&self.start_time_unix_nano), read(&self.end_time_unix_nano))
    }

    /// The text of an attribute.
    pub(crate) fn attribute(&self, key: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|attribute| attribute.key == key)?;
        Some(match &found.value {
            Value::StringValue(text) | Value::IntValue(text) => text,
        })
    }

    /// What holds of every span.
    #[track_caller]
    fn check(&self) {
        let is_id = |id: &str, len: usize| {
            id.len() == len
                && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
                && id.bytes().any(|b| b != b'0')
        };
        assert!(is_id(&self.trace_id, 32) && is_id(&self.span_id, 16), "{self:?}");
        assert!(self.parent_span_id.as_ref().is_none_or(|id| is_id(id, 16) && *id != self.span_id), "{self:?}");
        assert!((1..=5).contains(&self.kind) && self.status.code <= 2 && !self.name.is_empty(), "{self:?}");
        let (start, end) = self.times();
        assert!(start <= end, "{self:?}");
        let mut keys: Vec<_> = self.attributes.iter().map(|attribute| &attribute.key).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), self.attributes.len(), "no key twice: {self:?}");
        for attribute in &self.attributes {
            if let Value::IntValue(text) = &attribute.value {
                assert!(text.parse::<i64>().is_ok(), "{attribute:?}");
            }
        }
    }
}

impl Attribute {
    /// `key=value`.
    pub(crate) fn show(&self) -> String {
        match &self.value {
            Value::StringValue(text) | Value::IntValue(text) => format!("{}={text}", self.key),
        }
    }
}
