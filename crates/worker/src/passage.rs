//! One proxied exchange with CXone: leave of the gate, the headers that go along each way, the tenant's token, and the
//! time that it may take.
//! Never picks a path, never follows a redirect, never keeps a body.

use std::cell::Cell;

use cxpulse_core::credential::Secret;
use cxpulse_core::id::TenantId;
use cxpulse_core::proxy::{comes_back, goes_up, named_in_connection};
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::trace::TraceContext;
use js_sys::{Array, JsString};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, Headers, ReadableStream, RequestInit, RequestRedirect, Response, Url,
    WorkerGlobalScope,
};

use crate::object::tenant::clearance::{Clearance, Times, Way};
use crate::pipe::Cut;
use crate::problem::Problem;
use crate::{body, clock, request_id, seal};

/// What is sent.
pub(crate) struct Passage<'a> {
    pub(crate) method: &'a str,
    /// Path and query, admitted.
    pub(crate) target: &'a str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) patience: &'a Patience,
}

/// A caller's body that goes along.
#[derive(Clone, Copy)]
pub(crate) struct Sent<'a> {
    pub(crate) stream: &'a ReadableStream,
    /// How it came to its end, once it has.
    pub(crate) passed: &'a Cell<Option<Result<(), Cut>>>,
}

/// How long an exchange may take, to the last byte of the answer, and how it is given up before.
pub(crate) struct Patience {
    until: Timestamp,
    deadline: AbortSignal,
    controller: AbortController,
    signal: AbortSignal,
}

impl Patience {
    /// Ends after `span`.
    pub(crate) fn new(span: Span) -> Result<Self, Problem> {
        let deadline = AbortSignal::timeout_with_f64(span.as_millis_f64());
        let controller = AbortController::new()?;
        let all = Array::of2(&deadline, &controller.signal());
        Ok(Self { until: clock::now().plus(span), deadline, signal: AbortSignal::any(&all), controller })
    }

    /// How much of it is left.
    pub(crate) fn left(&self) -> Span {
        self.until.since(clock::now())
    }

    /// Gives the exchange up.
    pub(crate) fn end(&self) {
        self.controller.abort();
    }
}

/// An answer, of which the body is still to come.
pub(crate) struct Arrived {
    pub(crate) answer: Response,
    /// To be told when the body has come to its end.
    pub(crate) clearance: Clearance,
    /// Where the tenant's CXone is.
    pub(crate) base: String,
}

impl Passage<'_> {
    /// Sends it as soon as the tenant's gate lets it go, and gives the answer as soon as its head is there. One without a
    /// body is sent again, once, where CXone refuses the token and there is another.
    pub(crate) async fn send(
        &self,
        way: &Way,
        tenant: &TenantId,
        times: Times,
        body: Option<Sent<'_>>,
    ) -> Result<Arrived, Problem> {
        self.send_cleared(way.clear(tenant, times).await?, way, tenant, times, body).await
    }

    /// The same with leave already had.
    pub(crate) async fn send_cleared(
        &self,
        clearance: Clearance,
        way: &Way,
        tenant: &TenantId,
        times: Times,
        body: Option<Sent<'_>>,
    ) -> Result<Arrived, Problem> {
        let arrived = self.try_once(clearance, body).await?;
        if body.is_some() || arrived.answer.status() != 401 {
            return Ok(arrived);
        }
        let refused = arrived.clearance.pass().token.version;
        let judged = arrived.clearance.read(&arrived.answer);
        arrived.clearance.answered(&judged);
        let clearance = way.clear(tenant, times).await?;
        if clearance.pass().token.version == refused {
            // The gate knows no better one: the answer is about what was asked for.
            return Ok(Arrived { clearance, ..arrived });
        }
        body::discard(arrived.answer.body());
        self.try_once(clearance, None).await
    }

    async fn try_once(&self, clearance: Clearance, body: Option<Sent<'_>>) -> Result<Arrived, Problem> {
        let base = clearance.pass().base_url.clone();
        let url = address(&base, self.target)?;
        let token = clearance.pass().token.secret.clone();
        match self.fetch(&url, &token, body.map(|body| body.stream)).await {
            Ok(answer) => Ok(Arrived { answer, clearance, base }),
            // Whose fault it is where a caller's own body was still under way, nobody knows.
            Err(_) if body.is_some_and(|body| body.passed.get() != Some(Ok(()))) => Err(self.lost()),
            Err(_) => {
                clearance.lost(false);
                Err(self.lost())
            }
        }
    }

    fn lost(&self) -> Problem {
        if self.patience.deadline.aborted() { Problem::UpstreamSilent } else { Problem::UpstreamBroken }
    }

    async fn fetch(&self, url: &str, token: &Secret, body: Option<&ReadableStream>) -> Result<Response, JsValue> {
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
        JsFuture::from(global.fetch_with_str_and_init(url, &init)).await?.dyn_into()
    }
}

/// The whole URL of an admitted target.
///
/// # Errors
/// Where a URL parser would read it otherwise than it is written, or at another host than the tenant's.
fn address(base: &str, target: &str) -> Result<String, Problem> {
    let url = format!("{base}{target}");
    let read = |text: &str| Url::new(text).map(|url| url.href());
    let base = read(base)?;
    if read(&url)? == format!("{}{target}", base.strip_suffix('/').unwrap_or(&base)) {
        return Ok(url);
    }
    Err(Problem::Fault("an admitted path is read otherwise than it is written".into()))
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
    if !headers.iter().any(|(name, _)| name == "x-request-id") {
        headers.push(("x-request-id".into(), request_id::fresh()?));
    }
    Ok(headers)
}

/// A span of its own in the caller's trace, or in a new one.
pub(crate) fn trace(parent: Option<&str>, state: Option<&str>) -> Result<Vec<(String, String)>, Problem> {
    let parent = parent.and_then(|parent| TraceContext::parse(parent, state));
    let parent = parent.map_or_else(|| seal::random().map(TraceContext::root), Ok)?;
    let span = parent.child(u64::from_be_bytes(seal::random()?), 0);
    let mut headers = vec![
        ("traceparent".to_owned(), span.to_string()),
        ("x-trace-id".into(), span.trace_id().into()),
        ("x-span-id".into(), span.span_id().into()),
    ];
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
