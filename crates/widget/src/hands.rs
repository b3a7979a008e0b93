//! What the page lets be done, as `js/` has it: nodes, conversations, events, time. Never decides.
//!
//! In JS, because the same through `web-sys` and futures made the element twice as large as its size budget allows.

use alloc::string::String;

use cxpulse_core::time::{Span, Timestamp};
use wasm_bindgen::prelude::*;

use crate::model::{Mode, Request};

#[wasm_bindgen(module = "/js/element.js")]
extern "C" {
    /// An element, as the page has it.
    #[derive(Debug)]
    pub type Host;
    /// Defines a tag, where the page has not; `create` makes the core of one element.
    pub(crate) fn define(tag: &str, create: &JsValue);
}

#[wasm_bindgen(module = "/js/tree.js")]
extern "C" {
    /// Nodes by their place in the plan.
    #[derive(Debug)]
    pub(crate) type Tree;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(host: &Host, plan: &str, css: &str) -> Tree;
    #[wasm_bindgen(method)]
    pub(crate) fn text(this: &Tree, place: usize, text: &str);
    #[wasm_bindgen(method)]
    pub(crate) fn attribute(this: &Tree, place: usize, name: &str, value: Option<&str>);
    #[wasm_bindgen(method)]
    pub(crate) fn style(this: &Tree, place: usize, name: &str, value: &str);
    #[wasm_bindgen(method)]
    pub(crate) fn list(this: &Tree, place: usize, tag: &str, lines: &str);
}

#[wasm_bindgen(module = "/js/feed.js")]
extern "C" {
    /// What talks to the server for one element.
    #[derive(Debug)]
    pub(crate) type Feed;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(host: &Host) -> Feed;
    /// Who is told.
    #[wasm_bindgen(method)]
    pub(crate) fn tell(this: &Feed, core: &JsValue);
    #[wasm_bindgen(method)]
    fn open(this: &Feed, number: u32, mode: u8, src: &str, token: Option<&str>, seq: Option<f64>, etag: Option<&str>);
    #[wasm_bindgen(method)]
    pub(crate) fn renew(this: &Feed, connection: u32);
    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &Feed);
}

// Loaded by `feed.js` when it is first needed; named here so that it is carried along with it.
#[wasm_bindgen(module = "/js/streams.js")]
extern "C" {
    type Streams;
}

#[wasm_bindgen(module = "/js/page.js")]
extern "C" {
    /// Sets the page's timer to the first element that is due.
    pub(crate) fn arm();
    #[wasm_bindgen(js_name = "now")]
    fn now_ms() -> f64;
    #[wasm_bindgen(js_name = "time")]
    fn time_ms(millis: f64, lang: &str) -> String;
    fn random() -> f64;
    /// Dispatches an event with JSON as its detail; fails where that is none.
    #[wasm_bindgen(catch)]
    pub(crate) fn emit(host: &Host, name: &str, detail: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(js_name = "parse")]
    fn parse_ms(text: &str) -> f64;
}

impl Feed {
    pub(crate) fn ask(&self, request: &Request) {
        let seq = request.last_seq.map(|seq| Span::from_millis(seq).as_millis_f64());
        let mode = match request.mode {
            Mode::Socket => 0,
            Mode::Stream => 1,
            Mode::Poll => 2,
        };
        self.open(request.connection, mode, &request.src, request.token.as_deref(), seq, request.etag.as_deref());
    }
}

/// The page's clock, the only one; never goes back.
pub(crate) fn now() -> Timestamp {
    from_js(now_ms())
}

/// An instant as our JSON has it; the epoch for what is none.
pub(crate) fn parse_instant(text: &str) -> Timestamp {
    from_js(parse_ms(text))
}

/// The time of day in a language; for none, the instant as our JSON has it.
pub(crate) fn time(at: Timestamp, lang: &str) -> String {
    time_ms(at.since(Timestamp::default()).as_millis_f64(), lang)
}

/// A number that differs from element to element.
pub(crate) fn chance() -> u64 {
    Span::from_millis_f64(random()).as_millis()
}

/// From JS epoch milliseconds; the epoch for what is no instant.
pub(crate) fn from_js(millis: f64) -> Timestamp {
    Timestamp::from_millis(Span::from_millis_f64(millis).as_millis())
}
