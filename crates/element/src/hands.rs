//! What the page lets be done, as `js/` has it: nodes, conversations, events, time. Never decides.
//!
//! In JS, because the same through `web-sys` and futures made the element twice as large as its size budget allows.

use alloc::string::String;

use cxpulse_core::time::{Span, Timestamp};
use wasm_bindgen::prelude::*;

use crate::model::{Happening, Mode, Problem, Request};
use crate::reading::Snapshot;

#[wasm_bindgen(module = "/js/element.js")]
extern "C" {
    /// An element, as the page has it.
    #[derive(Debug)]
    pub type Host;
    /// Defines a tag with attributes of these names, where the page has not; `create` makes the core of one element.
    pub fn define(tag: &str, names: &str, create: &JsValue);
}

#[wasm_bindgen(module = "/js/tree.js")]
extern "C" {
    /// Nodes by their place in the plan.
    #[derive(Debug)]
    pub type Tree;
    /// Builds the nodes in the host's shadow.
    #[wasm_bindgen(constructor)]
    pub fn new(host: &Host, plan: &str, css: &str) -> Tree;
    /// The text of a node; one without text is hidden.
    #[wasm_bindgen(method)]
    pub fn text(this: &Tree, place: usize, text: &str);
    /// An attribute; none takes it away.
    #[wasm_bindgen(method)]
    pub fn attribute(this: &Tree, place: usize, name: &str, value: Option<&str>);
    /// A style property.
    #[wasm_bindgen(method)]
    pub fn style(this: &Tree, place: usize, name: &str, value: &str);
    /// One child with text for each line.
    #[wasm_bindgen(method)]
    pub fn list(this: &Tree, place: usize, tag: &str, lines: &str);
}

#[wasm_bindgen(module = "/js/paint.js")]
extern "C" {
    /// Nodes, as a plan has them.
    #[derive(Debug)]
    pub type Paint;
    /// In the host's shadow.
    #[wasm_bindgen(constructor)]
    pub fn new(host: &Host, css: &str) -> Paint;
    /// Who is told what a person uses.
    #[wasm_bindgen(method)]
    pub fn tell(this: &Paint, core: &JsValue, host: &Host);
    /// Brings the nodes up to a plan.
    #[wasm_bindgen(method)]
    pub fn draw(this: &Paint, plan: &str);
    /// Puts the focus on a part.
    #[wasm_bindgen(method)]
    pub fn focus(this: &Paint, part: &str);
    /// The element has left the page.
    #[wasm_bindgen(method)]
    pub fn end(this: &Paint);
}

#[wasm_bindgen(module = "/js/asks.js")]
extern "C" {
    /// Questions under way.
    #[derive(Debug)]
    pub type Asks;
    /// Of one element.
    #[wasm_bindgen(constructor)]
    pub fn new(host: &Host) -> Asks;
    /// Who is told.
    #[wasm_bindgen(method)]
    pub fn tell(this: &Asks, core: &JsValue);
    /// Gives up everything that is under way.
    #[wasm_bindgen(method)]
    pub fn hush(this: &Asks);
    /// Asks, and tells the answer by the number of the question; where `file` is not empty, that becomes a file of that name.
    #[wasm_bindgen(method)]
    pub fn ask(this: &Asks, number: u32, src: &str, address: &str, body: Option<&str>, token: Option<&str>, file: &str);
}

#[wasm_bindgen(module = "/js/feed.js")]
extern "C" {
    /// What talks to the server for one element.
    #[derive(Debug)]
    pub type Feed;
    /// Of one element.
    #[wasm_bindgen(constructor)]
    pub fn new(host: &Host) -> Feed;
    /// Who is told.
    #[wasm_bindgen(method)]
    pub fn tell(this: &Feed, core: &JsValue);
    #[wasm_bindgen(method)]
    fn open(this: &Feed, number: u32, mode: u8, src: &str, token: Option<&str>, seq: Option<f64>, etag: Option<&str>);
    /// Gets a token for the connection of that number.
    #[wasm_bindgen(method)]
    pub fn renew(this: &Feed, connection: u32);
    /// Gives up the conversation under way.
    #[wasm_bindgen(method)]
    pub fn close(this: &Feed);
}

// Loaded by `feed.js` when it is first needed; named here so that it is carried along with it.
#[wasm_bindgen(module = "/js/streams.js")]
extern "C" {
    type Streams;
}

#[wasm_bindgen(module = "/js/page.js")]
extern "C" {
    /// Sets the page's timer to the first element that is due.
    pub fn arm();
    #[wasm_bindgen(js_name = "now")]
    fn now_ms() -> f64;
    #[wasm_bindgen(js_name = "time")]
    fn time_ms(millis: f64, lang: &str) -> String;
    fn random() -> f64;
    /// Dispatches an event with JSON as its detail; fails where that is none.
    #[wasm_bindgen(catch, js_name = "emit")]
    fn dispatch(host: &Host, name: &str, detail: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(js_name = "parse")]
    fn parse_ms(text: &str) -> f64;
}

impl Feed {
    /// Asks the server.
    pub fn ask(&self, request: &Request) {
        let seq = request.last_seq.map(|seq| Span::from_millis(seq).as_millis_f64());
        let mode = match request.mode {
            Mode::Socket => 0,
            Mode::Stream => 1,
            Mode::Poll => 2,
        };
        self.open(request.connection, mode, &request.src, request.token.as_deref(), seq, request.etag.as_deref());
    }
}

/// Tells the page what happened, as an event.
pub fn emit<S: Snapshot>(host: &Host, happening: &Happening<S>) {
    let single = |name: &str, value: &str| ["{\"", name, "\":\"", value, "\"}"].concat();
    let (name, detail) = match happening {
        Happening::Changed(snapshot) => ("cxpulse-changed", snapshot.text().into()),
        Happening::Progressed(snapshot) => ("cxpulse-progressed", snapshot.text().into()),
        Happening::Ended(snapshot) => ("cxpulse-ended", snapshot.text().into()),
        Happening::Failed(problem) => ("cxpulse-failed", single("reason", problem_name(*problem))),
        Happening::Connected(mode) => ("cxpulse-connected", single("mode", mode_name(*mode))),
        Happening::Disconnected(until) => ("cxpulse-disconnected", single("retry_at", &time(*until, ""))),
    };
    // Fails for a snapshot that is no JSON; there is nothing to tell of it.
    let _ = dispatch(host, name, &detail);
}

/// How the server answers, by the number that the feed has for it.
#[must_use]
pub const fn mode_of(number: u8) -> Mode {
    match number {
        0 => Mode::Socket,
        1 => Mode::Stream,
        _ => Mode::Poll,
    }
}

const fn problem_name(problem: Problem) -> &'static str {
    match problem {
        Problem::TokenRefused => "token_refused",
        Problem::Forbidden => "forbidden",
        Problem::NotFound => "not_found",
        Problem::Refused => "refused",
        Problem::BadSource => "bad_source",
    }
}

const fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Socket => "socket",
        Mode::Stream => "stream",
        Mode::Poll => "poll",
    }
}

/// The page's clock, the only one; never goes back.
#[must_use]
pub fn now() -> Timestamp {
    from_js(now_ms())
}

/// An instant as our JSON has it; the epoch for what is none.
#[must_use]
pub fn parse_instant(text: &str) -> Timestamp {
    from_js(parse_ms(text))
}

/// The time of day in a language; for none, the instant as our JSON has it.
#[must_use]
pub fn time(at: Timestamp, lang: &str) -> String {
    time_ms(at.since(Timestamp::default()).as_millis_f64(), lang)
}

/// A number that differs from element to element.
#[must_use]
pub fn chance() -> u64 {
    Span::from_millis_f64(random()).as_millis()
}

/// From JS epoch milliseconds; the epoch for what is no instant.
#[must_use]
pub fn from_js(millis: f64) -> Timestamp {
    Timestamp::from_millis(Span::from_millis_f64(millis).as_millis())
}
