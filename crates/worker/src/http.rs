//! One HTTP exchange with somebody else: sent, awaited for a limited time, read up to a limit. Never follows a redirect,
//! never tries again.

use cxpulse_core::time::Span;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestInit, RequestRedirect, Response, WorkerGlobalScope};

use crate::body::{self, BodyFault};

/// What is sent.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: Option<&'a str>,
    /// From the first byte sent to the last one read.
    pub(crate) timeout: Span,
    /// Bytes of the body that are read where the status is 2xx; of others none is.
    pub(crate) answer_max: usize,
}

/// What came back.
pub(crate) struct Incoming {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    /// Empty unless the status is 2xx.
    pub(crate) body: Result<String, Unreadable>,
}

/// Why a body that came is no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Longer than the limit.
    TooLong,
    /// Not UTF-8.
    NotText,
}

/// Why nothing whole came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// Not within the time.
    TimedOut,
    /// The connection was refused or broke.
    Broken,
}

impl Unreadable {
    /// For people.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::TooLong => "the answer is longer than any that we read",
            Self::NotText => "the answer is not UTF-8",
        }
    }
}

impl Unanswered {
    /// For people.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::TimedOut => "no answer came in time",
            Self::Broken => "the connection broke",
        }
    }
}

/// Sends and reads.
pub(crate) async fn exchange(outgoing: &Outgoing<'_>) -> Result<Incoming, Unanswered> {
    let signal = AbortSignal::timeout_with_f64(outgoing.timeout.as_millis_f64());
    let global: WorkerGlobalScope = js_sys::global().unchecked_into();
    let sent = JsFuture::from(global.fetch_with_str_and_init(outgoing.url, &init(outgoing, &signal))).await;
    let why = || if signal.aborted() { Unanswered::TimedOut } else { Unanswered::Broken };
    let response: Response = sent.and_then(JsCast::dyn_into).map_err(|_| why())?;
    let status = response.status();
    let retry_after = response.headers().get("retry-after").ok().flatten();
    if !response.ok() {
        body::discard(response.body());
        return Ok(Incoming { status, retry_after, body: Ok(String::new()) });
    }
    let body = match body::read(response.body(), outgoing.answer_max).await {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| Unreadable::NotText),
        Err(BodyFault::TooLong) => Err(Unreadable::TooLong),
        Err(BodyFault::Broken) => return Err(why()),
    };
    Ok(Incoming { status, retry_after, body })
}

fn init(outgoing: &Outgoing<'_>, signal: &AbortSignal) -> RequestInit {
    let pairs: Array = outgoing
        .headers
        .iter()
        .map(|(name, value)| Array::of2(&JsValue::from_str(name), &JsValue::from_str(value)))
        .collect();
    let init = RequestInit::new();
    init.set_method(outgoing.method);
    init.set_headers(&pairs);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(signal));
    if let Some(body) = outgoing.body {
        init.set_body(&JsValue::from_str(body));
    }
    init
}
