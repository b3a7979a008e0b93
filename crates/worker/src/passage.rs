//! One proxied exchange with CXone: the headers that go along each way, the tenant's token, and the time that it may take.
//! Never picks a path, never follows a redirect, never keeps a body.

use cxpulse_core::credential::Secret;
use cxpulse_core::profile::Located;
use cxpulse_core::proxy::{comes_back, goes_up, named_in_connection};
use cxpulse_core::time::Span;
use cxpulse_core::trace::TraceContext;
use js_sys::{Array, JsString};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, Headers, ReadableStream, RequestInit, RequestRedirect, Response, Url,
    WorkerGlobalScope,
};

use crate::config::TenantSettings;
use crate::problem::Problem;
use crate::seal;

/// What is sent.
pub(crate) struct Passage<'a> {
    pub(crate) method: &'a str,
    /// A whole URL: see [`address`].
    pub(crate) url: &'a str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) patience: &'a Patience,
}

/// How long an exchange may take, to the last byte of the answer, and how it is given up before.
pub(crate) struct Patience {
    deadline: AbortSignal,
    controller: AbortController,
    signal: AbortSignal,
}

impl Patience {
    /// Ends after `span`, or when `caller` goes away.
    pub(crate) fn new(span: Span, caller: Option<&AbortSignal>) -> Result<Self, Problem> {
        let deadline = AbortSignal::timeout_with_f64(span.as_millis_f64());
        let controller = AbortController::new()?;
        let all: Array = [Some(&deadline), Some(&controller.signal()), caller].into_iter().flatten().collect();
        Ok(Self { deadline, signal: AbortSignal::any(&all), controller })
    }

    /// Gives the exchange up.
    pub(crate) fn end(&self) {
        self.controller.abort();
    }
}

impl Passage<'_> {
    /// Sends it, and gives the answer as soon as its headers are there.
    pub(crate) async fn send(&self, token: &Secret, body: Option<&ReadableStream>) -> Result<Response, Problem> {
        let authorization = ("authorization".to_owned(), format!("Bearer {}", token.reveal()));
        let pair = |(name, value): &(String, String)| Array::of2(&JsValue::from_str(name), &JsValue::from_str(value));
        let pairs: Array = self.headers.iter().chain([&authorization]).map(pair).collect();
        let init = RequestInit::new();
        init.set_method(self.method);
        init.set_headers(&pairs);
        init.set_redirect(RequestRedirect::Manual);
        init.set_signal(Some(&self.patience.signal));
        if let Some(body) = body {
            init.set_body(body);
        }
        let global: WorkerGlobalScope = js_sys::global().unchecked_into();
        let answer = JsFuture::from(global.fetch_with_str_and_init(self.url, &init)).await;
        let is_late = || self.patience.deadline.aborted();
        answer
            .and_then(JsCast::dyn_into)
            .map_err(|_| if is_late() { Problem::UpstreamSilent } else { Problem::UpstreamBroken })
    }
}

/// The whole URL of an admitted target.
///
/// # Errors
/// Where a URL parser would read it otherwise than it is written, or at another host than the tenant's.
pub(crate) fn address(base: &str, target: &str) -> Result<String, Problem> {
    let url = format!("{base}{target}");
    let read = |text: &str| Url::new(text).map(|url| url.href());
    let base = read(base)?;
    if read(&url)? == format!("{}{target}", base.strip_suffix('/').unwrap_or(&base)) {
        return Ok(url);
    }
    Err(Problem::Fault("an admitted path is read otherwise than it is written".into()))
}

/// Where a tenant's CXone is.
pub(crate) fn base(tenant: &TenantSettings) -> Result<String, Problem> {
    match tenant.profile.locate_base(&tenant.site) {
        Ok(Located::At(url)) => Ok(url),
        Ok(Located::Ask(_)) => Err(Problem::NotProxied),
        Err(error) => Err(Problem::Fault(error.to_string())),
    }
}

/// The headers of a caller's request that go along, and ours. Header values are bytes to us: what a caller may send
/// there, the runtime has checked.
pub(crate) fn headers_up(theirs: &Headers) -> Result<Vec<(String, String)>, Problem> {
    let named = named_in_connection(theirs.get("connection")?.as_deref());
    let mut headers: Vec<_> = pairs(theirs)?.into_iter().filter(|(name, _)| goes_up(name, &named)).collect();
    if !headers.iter().any(|(name, _)| name == "accept") {
        // CXone refuses a request without it.
        headers.push(("accept".into(), "application/json".into()));
    }
    headers.extend(trace(theirs.get("traceparent")?.as_deref(), theirs.get("tracestate")?.as_deref())?);
    Ok(headers)
}

/// A span of its own in the caller's trace, or in a new one.
pub(crate) fn trace(parent: Option<&str>, state: Option<&str>) -> Result<Vec<(String, String)>, Problem> {
    let parent = parent.and_then(|parent| TraceContext::parse(parent, state));
    let parent = parent.map_or_else(|| seal::random().map(TraceContext::root), Ok)?;
    let span = parent.child(u64::from_be_bytes(seal::random()?), 0);
    let mut headers = vec![("traceparent".to_owned(), span.to_string())];
    if !span.tracestate().is_empty() {
        headers.push(("tracestate".into(), span.tracestate().into()));
    }
    Ok(headers)
}

/// The headers of an answer that come back. A redirect within the tenant's CXone leads through the proxy; to anywhere
/// else it leads nowhere.
pub(crate) fn headers_down(answer: &Response, base: &str, url: &str) -> Result<Vec<(String, String)>, Problem> {
    let theirs = answer.headers();
    let named = named_in_connection(theirs.get("connection")?.as_deref());
    let mut headers = Vec::new();
    for (name, value) in pairs(&theirs)? {
        if name == "location" {
            headers.extend(location(&value, base, url).map(|value| (name, value)));
        } else if comes_back(&name, &named) {
            headers.push((name, value));
        }
    }
    for (name, value) in OURS {
        headers.push((name.into(), value.into()));
    }
    Ok(headers)
}

fn location(value: &str, base: &str, url: &str) -> Option<String> {
    let target = Url::new_with_base(value, url).ok()?.href();
    let base = Url::new(base).ok()?.href();
    let path = target.strip_prefix(base.strip_suffix('/').unwrap_or(&base))?;
    path.starts_with('/').then(|| format!("{PROXY}{path}"))
}

fn pairs(headers: &Headers) -> Result<Vec<(String, String)>, Problem> {
    let mut pairs = Vec::new();
    for pair in js_sys::try_iter(headers)?.into_iter().flatten() {
        let pair: Array = pair?.unchecked_into();
        let text = |index| pair.get(index).dyn_into().map_or_else(|_| String::new(), |text: JsString| text.into());
        pairs.push((text(0), text(1)));
    }
    Ok(pairs)
}

/// Where the proxy is.
pub(crate) const PROXY: &str = "/v1/proxy";

/// Whatever comes back is data: it is no page of ours, and runs nothing.
const OURS: [(&str, &str); 2] =
    [("content-security-policy", "default-src 'none'; sandbox"), ("x-content-type-options", "nosniff")];
