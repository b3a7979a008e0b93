//! A request to the world and the reply to it, as plain data. Never touches a socket.

use cxpulse_core::time::Span;
use serde::Serialize;

/// An HTTP request as the world sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` and so on, in capitals.
    pub method: String,
    /// The path, percent-encoded as sent: `/api/v2/dataactions/executions`.
    pub path: String,
    /// The query without its question mark; empty when there is none.
    pub query: String,
    /// Names in any case, in the order sent.
    pub headers: Vec<(String, String)>,
    /// The body's bytes; empty when there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers or body; `target` is a path, with a query if it has a question mark.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The same with one header more.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with this body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The first query parameter of that name, decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Whether `Content-Type` is `media_type`, whatever its parameters.
    pub(crate) fn has_media_type(&self, media_type: &str) -> bool {
        let sent = self.header("content-type").and_then(|value| value.split(';').next());
        sent.is_some_and(|sent| sent.trim().eq_ignore_ascii_case(media_type))
    }
}

/// What the world answers, and how the answer reaches the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200..=599.
    pub status: u16,
    /// Names in lower case, each once. `content-length` is left to whoever delivers.
    pub headers: Vec<(String, String)>,
    /// The whole body, also where the delivery cuts it.
    pub body: Vec<u8>,
    /// Time between the request's arrival and the first byte of the answer.
    pub delay: Span,
    /// How much of the answer arrives.
    pub delivery: Delivery,
}

/// How much of a reply reaches the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// All of it, with its length announced.
    Whole,
    /// The head and so many bytes of the body; then the connection closes. The length announced is the whole one.
    CutAfter(usize),
    /// All of it, in pieces spread over that span, its length not announced.
    Trickle(Span),
    /// The connection closes without a byte. The work may have been done or not.
    NoAnswer,
}

impl Reply {
    /// An empty reply, delivered whole and at once.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), delay: Span::ZERO, delivery: Delivery::Whole }
    }

    /// The header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(status: u16, value: &impl Serialize) -> Self {
        // Every value given here is made of maps with text keys, so it cannot fail; an empty body would show.
        Self::raw_json(status, serde_json::to_vec(value).unwrap_or_default())
    }

    pub(crate) fn raw_json(status: u16, body: Vec<u8>) -> Self {
        Self { body, ..Self::new(status) }.with_header("content-type", "application/json")
    }

    /// What a gateway shows in place of the answer.
    pub(crate) fn maintenance_page() -> Self {
        Self { body: MAINTENANCE_PAGE.to_vec(), ..Self::new(200) }
            .with_header("content-type", "text/html; charset=utf-8")
    }

    /// A refusal: a stable code, and words for a person.
    pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Self {
        Self::json(status, &Refusal { error: code, message })
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(key, _)| key != name);
        self
    }
}

#[derive(Serialize)]
struct Refusal<'a> {
    error: &'a str,
    message: &'a str,
}

const MAINTENANCE_PAGE: &[u8] =
    b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>We will be back soon</h1></body></html>";
