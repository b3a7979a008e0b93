//! Talks to the server: streams, long polls, tokens. Never decides when, and never reads a snapshot's meaning.
//!
//! Server-Sent Events come by `fetch`, not by `EventSource`, which can send no `Authorization`. `Last-Event-ID` as in
//! WHATWG HTML section 9.2; entity tags as in RFC 9110 section 13.1.2.

use std::rc::{Rc, Weak};

use cxpulse_core::time::Span;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, Headers, HtmlElement, ReadableStreamDefaultReader, RequestCache, RequestInit, Response,
    TextDecodeOptions, TextDecoder, Url,
};

use crate::clock;
use crate::element::Element;
use crate::json::Raw;
use crate::model::{Mode, Msg, Request, Said};
use crate::snapshot::Snapshot;
use crate::sse::Parser;

/// A conversation under way; given up when dropped.
#[derive(Debug)]
pub(crate) struct Connection(AbortController);

impl Connection {
    /// Asks for snapshots.
    pub(crate) fn open(element: &Rc<Element>, request: Request) -> Option<Self> {
        let controller = AbortController::new().ok()?;
        let signal = controller.signal();
        let ear = Ear { element: Rc::downgrade(element), connection: request.connection };
        spawn_local(async move {
            let last_word = ask(&request, &signal, &ear).await;
            ear.tell(last_word);
        });
        Some(Self(controller))
    }

    /// Asks for a token.
    pub(crate) fn renew(element: &Rc<Element>, host: &HtmlElement, connection: u32) -> Option<Self> {
        let controller = AbortController::new().ok()?;
        let signal = controller.signal();
        let ear = Ear { element: Rc::downgrade(element), connection };
        let host = host.clone();
        spawn_local(async move {
            let token = new_token(&host, &signal).await;
            ear.tell(Said::Token(token.filter(|token| !token.is_empty()).map(Rc::from)));
        });
        Some(Self(controller))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Whether the page has a source of tokens.
pub(crate) fn is_renewable(host: &HtmlElement) -> bool {
    provider(host).is_some() || host.has_attribute("token-src")
}

/// Where what is said goes; an element that is gone hears nothing.
struct Ear {
    element: Weak<Element>,
    connection: u32,
}

impl Ear {
    fn tell(&self, said: Said) {
        if let Some(element) = self.element.upgrade() {
            element.tell(Msg::Feed(self.connection, said));
        }
    }
}

/// Gives the last word of the conversation.
async fn ask(request: &Request, signal: &web_sys::AbortSignal, ear: &Ear) -> Said {
    let Some(url) = address(request) else { return Said::Unaskable };
    let Ok(headers) = headers(request) else { return Said::Unaskable };
    let Ok(response) = fetch(&url, Some(&headers), signal).await else { return Said::Failed };
    let header = |name: &str| response.headers().get(name).ok().flatten();
    if response.status() != 304 && !response.ok() {
        let retry_after = header("retry-after").and_then(|text| text.parse().ok()).map(Span::from_secs);
        return Said::Refused { status: response.status(), retry_after };
    }
    let kind = header("content-type").unwrap_or_default();
    let is_stream = kind.starts_with("text/event-stream");
    let is_known = is_stream || kind.starts_with("application/json") || response.status() == 304;
    if !is_known {
        return Said::Refused { status: 0, retry_after: None };
    }
    let server_at = header("date").map(|date| clock::from_js(js_sys::Date::parse(&date)));
    ear.tell(Said::Opened { is_stream, server_at });
    if is_stream {
        return read_stream(&response, ear).await.unwrap_or(Said::Failed);
    }
    if response.status() == 304 {
        ear.tell(Said::Unchanged);
        return Said::Closed;
    }
    let Some(text) = body(&response).await else { return Said::Failed };
    ear.tell(told(&text, header("etag")));
    Said::Closed
}

/// Reads events until the stream ends, breaks off or makes no sense.
async fn read_stream(response: &Response, ear: &Ear) -> Option<Said> {
    let reader: ReadableStreamDefaultReader = response.body()?.get_reader().unchecked_into();
    let decoder = TextDecoder::new().ok()?;
    let options = TextDecodeOptions::new();
    options.set_stream(true);
    let mut parser = Parser::default();
    loop {
        let piece = JsFuture::from(reader.read()).await.ok()?;
        let Some(bytes) = get(&piece, "value").filter(|value| !value.is_undefined()) else { return Some(Said::Closed) };
        let text = decoder.decode_with_buffer_source_and_options(bytes.unchecked_ref(), &options).ok()?;
        ear.tell(Said::Heard);
        parser.push(&text, |data| ear.tell(told(data, None))).ok()?;
    }
}

fn told(text: &str, etag: Option<String>) -> Said {
    Said::Told(Snapshot::parse(text).map(Rc::new), etag.map(Rc::from))
}

/// The URL to ask. Of an HTTP resource the stream is beside it, under `/events`; anything else (`blob:`, `data:`: a
/// snapshot or a recorded stream inside the page) is read as it is.
fn address(request: &Request) -> Option<Url> {
    let url = Url::new_with_base(&request.src, &base()?).ok()?;
    if !url.protocol().starts_with("http") {
        return Some(url);
    }
    let path = url.pathname();
    let resource = path.trim_end_matches('/').trim_end_matches("/events");
    match request.mode {
        Mode::Stream => url.set_pathname(&[resource, "/events"].concat()),
        Mode::Poll => {
            url.set_pathname(resource);
            // Without a tag the server would hold back what we do not know yet.
            if request.etag.is_some() {
                let query = url.search();
                url.set_search(&[query.as_str(), if query.is_empty() { "" } else { "&" }, "wait=25"].concat());
            }
        }
    }
    Some(url)
}

fn headers(request: &Request) -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    if let Some(token) = &request.token {
        headers.set("Authorization", &["Bearer ", token].concat())?;
    }
    match request.mode {
        Mode::Stream => {
            headers.set("Accept", "text/event-stream, application/json;q=0.5")?;
            if let Some(seq) = request.last_seq {
                headers.set("Last-Event-ID", &seq.to_string())?;
            }
        }
        Mode::Poll => {
            headers.set("Accept", "application/json")?;
            if let Some(etag) = &request.etag {
                headers.set("If-None-Match", etag)?;
            }
        }
    }
    Ok(headers)
}

async fn fetch(url: &Url, headers: Option<&Headers>, signal: &web_sys::AbortSignal) -> Result<Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
    let init = RequestInit::new();
    init.set_cache(RequestCache::NoStore);
    init.set_signal(Some(signal));
    if let Some(headers) = headers {
        init.set_headers(headers);
    }
    let answer = JsFuture::from(window.fetch_with_str_and_init(&url.href(), &init)).await?;
    Ok(answer.unchecked_into())
}

async fn body(response: &Response) -> Option<String> {
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

/// From the page's function, else from `token-src`, which has to be of the page's own origin: a token is not fetched
/// from, or with the cookies of, anybody else.
async fn new_token(host: &HtmlElement, signal: &web_sys::AbortSignal) -> Option<String> {
    if let Some(provider) = provider(host) {
        let given = provider.call0(host).ok()?;
        let token = JsFuture::from(js_sys::Promise::resolve(&given)).await.ok()?;
        return token.as_string().or_else(|| get(&token, "token")?.as_string());
    }
    let url = Url::new_with_base(&host.get_attribute("token-src")?, &base()?).ok()?;
    if url.origin() != web_sys::window()?.location().origin().ok()? {
        return None;
    }
    let response = fetch(&url, None, signal).await.ok().filter(Response::ok)?;
    Raw::first(&body(&response).await?)?.member("token")?.string()
}

fn provider(host: &HtmlElement) -> Option<js_sys::Function> {
    get(host, "tokenProvider")?.dyn_into().ok()
}

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(object, &name.into()).ok()
}

fn base() -> Option<String> {
    web_sys::window()?.document()?.base_uri().ok().flatten()
}
