//! Builds answers. Never picks an error status: that is `problem`'s.

use std::cell::Cell;

use js_sys::{Array, JsString};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ReadableStream, Response, ResponseInit};

use crate::incoming::Incoming;
use crate::problem::Problem;

/// Status and headers, ready for any number of answers; with what keeps a browser from taking an answer for something else.
pub(crate) fn head(status: u16, headers: &[(&str, &str)]) -> ResponseInit {
    let pair = |(name, value): &(&str, &str)| Array::of2(&JsValue::from_str(name), &JsValue::from_str(value));
    let pairs: Array = headers.iter().chain(safety()).map(pair).collect();
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&pairs);
    init
}

/// Told once the settings are known: whether answers go over TLS.
pub(crate) fn be_secure(is_secure: bool) {
    IS_SECURE.set(is_secure);
}

/// What every answer says.
pub(crate) fn safety() -> &'static [(&'static str, &'static str)] {
    let is_secure = IS_SECURE.get();
    SAFETY.get(..SAFETY.len().saturating_sub(usize::from(!is_secure))).unwrap_or_default()
}

/// An answer with text.
pub(crate) fn text(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Response, Problem> {
    Response::new_with_opt_str_and_init(Some(body), &head(status, headers)).map_err(Problem::from)
}

/// An answer with JSON.
pub(crate) fn json(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Response, Problem> {
    let mut all = vec![("content-type", "application/json"), ("cache-control", "no-store")];
    all.extend_from_slice(headers);
    text(status, &all, body)
}

/// An answer to our own objects and routes, who look at status and body and no further.
pub(crate) fn inner(body: &str) -> Result<Response, Problem> {
    Response::new_with_opt_str(Some(body)).map_err(Problem::from)
}

/// JSON texts, each a line of its own; as one list where the caller asks for JSON by name, and not for lines.
pub(crate) fn lines(incoming: &Incoming, items: &[String], link: Option<&str>) -> Result<Response, Problem> {
    let is_list = incoming
        .header("accept")
        .is_some_and(|accept| accept.contains("application/json") && !accept.contains("application/x-ndjson"));
    let (kind, body) = if is_list {
        ("application/json", format!("[{}]", items.join(",")))
    } else {
        ("application/x-ndjson", items.iter().flat_map(|item| [item.as_str(), "\n"]).collect())
    };
    let mut headers = vec![("content-type", kind), ("cache-control", "no-store")];
    headers.extend(link.map(|link| ("link", link)));
    text(200, &headers, &body)
}

/// An answer without a body.
pub(crate) fn empty(status: u16, headers: &[(&str, &str)]) -> Result<Response, Problem> {
    Response::new_with_opt_str_and_init(None, &head(status, headers)).map_err(Problem::from)
}

/// An answer that is written while it is read.
pub(crate) fn stream(headers: &[(&str, &str)], body: &ReadableStream) -> Result<Response, Problem> {
    Response::new_with_opt_readable_stream_and_init(Some(body), &head(200, headers)).map_err(Problem::from)
}

/// An answer from parts that were made before: nothing is copied out of this module's memory.
pub(crate) fn prepared(head: &ResponseInit, body: &JsString) -> Result<Response, Problem> {
    // A JavaScript string passes for a buffer source here: `Response` takes either.
    Response::new_with_opt_buffer_source_and_init(Some(body.as_ref()), head).map_err(Problem::from)
}

/// The same answer with more headers: those of another object's or service's answer cannot be changed in place.
pub(crate) fn with_headers(answer: &Response, headers: &[(&str, &str)]) -> Result<Response, Problem> {
    if let Some(socket) = socket(answer) {
        return Ok(socket);
    }
    let init = ResponseInit::new();
    init.set_status(answer.status());
    init.set_headers(&answer.headers());
    let copy = Response::new_with_opt_readable_stream_and_init(answer.body().as_ref(), &init)?;
    for (name, value) in headers {
        copy.headers().set(name, value)?;
    }
    Ok(copy)
}

/// The answer itself where there is a socket in it, which no copy would have.
pub(crate) fn socket(answer: &Response) -> Option<Response> {
    (answer.status() == SWITCHING).then(|| JsValue::from(answer).unchecked_into())
}

thread_local! {
    static IS_SECURE: Cell<bool> = const { Cell::new(false) };
}

/// The last of them only over TLS (RFC 6797 section 7.2): a browser that has once come so comes so for a year.
const SAFETY: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("strict-transport-security", "max-age=31536000"),
];

const SWITCHING: u16 = 101;
