//! A plain HTTP caller. Never retries, never follows a redirect, and takes every status for an answer. What the Worker
//! answers is held to its description.

use std::io::Read;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{Method, Request, Response};
use ureq::{Agent, Body};

use crate::spec::check::{Answered, check_answer};

/// A caller of one server.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    base: String,
    headers: Vec<(String, String)>,
}

/// What came back, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    response: Response<()>,
    body: Vec<u8>,
}

impl Client {
    /// Calls `base`, with no credentials.
    pub(crate) fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .user_agent("cxpulse-tests")
            .build();
        Self { agent: config.into(), base: base.to_owned(), headers: Vec::new() }
    }

    /// The same with an `Authorization`.
    pub(crate) fn with_bearer(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// The same with one header more on each request.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The port that it calls.
    pub(crate) fn port(&self) -> String {
        self.base.rsplit(':').next().unwrap_or_default().trim_end_matches('/').to_owned()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, b"")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.clone().with("content-type", "application/json").send("POST", path, body.to_string().as_bytes())
    }

    /// Any method; the body is sent unless it is empty.
    ///
    /// # Panics
    /// Where an answer of the Worker is not as its description has it.
    pub(crate) fn send(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let response = self.open(method, path, body);
        let (parts, body) = response.into_parts();
        let mut bytes = Vec::new();
        let read = body.into_reader().read_to_end(&mut bytes);
        assert!(read.is_ok(), "{method} {path}: the body comes whole: {read:?}");
        let answer = Answer { response: Response::from_parts(parts, ()), body: bytes };
        check_answer(&Answered {
            method,
            url: path,
            status: answer.status(),
            content_type: answer.header("content-type"),
            body: answer.body(),
        });
        answer
    }

    /// As [`Self::send`], with the body left to be read.
    pub(crate) fn open(&self, method: &str, path: &str, body: &[u8]) -> Response<Body> {
        // Links are absolute.
        let url = if path.starts_with("http://") { path.to_owned() } else { format!("{}{path}", self.base) };
        let method = Method::from_bytes(method.as_bytes()).expect("the method is a token");
        let request = Request::builder().method(method).uri(&url);
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let sent = if body.is_empty() {
            self.agent.run(request.body(()).expect("the request is well formed"))
        } else {
            self.agent.run(request.body(body).expect("the request is well formed"))
        };
        assert!(sent.is_ok(), "{url} answers: {:?}", sent.as_ref().err());
        sent.expect("asserted just now")
    }
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The header as text; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        let read = serde_json::from_str(self.text());
        assert!(read.is_ok(), "the body is JSON: {}", self.text());
        read.unwrap_or_default()
    }

    /// The problem as a line: `422 invalid-request /start unknown_field, /tags wrong_type`. Asserts what RFC 9457
    /// asks of every problem on the way.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem = self.json();
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        assert_eq!(problem.get("status").and_then(Value::as_u64), Some(u64::from(self.status())), "{problem}");
        assert!(!text(&problem, "title").is_empty(), "a problem has a title: {problem}");
        let kind = text(&problem, "type");
        let slug = kind.rsplit('/').next().unwrap_or_default();
        let violations = problem.get("violations").and_then(Value::as_array).cloned().unwrap_or_default();
        let violations = violations.iter().map(|violation| {
            assert!(!text(violation, "message").is_empty(), "a violation is put into words: {problem}");
            format!("{} {}", text(violation, "pointer"), text(violation, "code"))
        });
        format!("{} {slug} {}", self.status(), violations.collect::<Vec<_>>().join(", ")).trim_end().to_owned()
    }
}

/// Longer than the longest wait that the API has (85 s).
const PATIENCE: Duration = Duration::from_secs(100);
