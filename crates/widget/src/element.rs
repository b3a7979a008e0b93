//! One element on the page: takes what the browser and the feed say to the model, and does what it wants done.
//! Never decides.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_element::hands::{self, Feed, Host};
use cxpulse_element::json::Raw;
use cxpulse_element::model::Setup;
use cxpulse_element::reading::Snapshot as _;
use cxpulse_element::sse::Parser;
use wasm_bindgen::prelude::*;

use crate::face::{Face, spoken};
use crate::model::{Cmd, Model, Msg, Said};
use crate::snapshot::Snapshot;
use crate::text::Words;
use crate::view::execution::View;

/// Defines the elements, where the page has not.
#[wasm_bindgen(start)]
pub fn start() {
    let create = Closure::<dyn Fn(Host) -> Core>::new(Core::new);
    hands::define("cxpulse-execution", "src token label lang theme token-src", &create.into_js_value());
}

/// What the class in JS holds of an element; freed when the element leaves the page.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Core {
    host: Host,
    feed: Feed,
    view: View,
    model: RefCell<Model>,
    label: RefCell<Option<String>>,
    words: Cell<&'static Words>,
    parser: RefCell<Parser>,
    queue: RefCell<Vec<Msg>>,
    is_busy: Cell<bool>,
    due_at: Cell<Option<Timestamp>>,
}

#[wasm_bindgen]
impl Core {
    fn new(host: Host) -> Self {
        Self {
            view: View::new(&host),
            feed: Feed::new(&host),
            host,
            model: RefCell::new(Model::new(hands::chance())),
            label: RefCell::default(),
            words: Cell::new(Words::of("")),
            parser: RefCell::default(),
            queue: RefCell::default(),
            is_busy: Cell::default(),
            due_at: Cell::default(),
        }
    }

    /// What talks to the server tells it `me`, which is this.
    pub fn begin(&self, me: &JsValue) {
        self.feed.tell(me);
    }

    /// The element has left the page.
    pub fn end(&self) {
        self.feed.close();
    }

    /// The attributes are so now.
    pub fn configure(
        &self,
        src: Option<String>,
        token: Option<String>,
        is_renewable: bool,
        label: Option<String>,
        lang: &str,
    ) {
        self.label.replace(label);
        self.words.set(Words::of(lang));
        self.tell(Msg::Configured(Setup { src: src.map(Rc::from), token: token.map(Rc::from), is_renewable }));
    }

    /// The latest snapshot as the API answers it.
    pub fn snapshot(&self) -> Option<String> {
        self.model.borrow().snapshot.as_ref().map(|snapshot| snapshot.text.clone())
    }

    /// When it is to be woken, in epoch milliseconds.
    #[wasm_bindgen(js_name = dueAt)]
    pub fn due_at(&self) -> Option<f64> {
        self.due_at.get().map(|at| at.since(Timestamp::default()).as_millis_f64())
    }

    /// It is due.
    pub fn wake(&self) {
        self.tell(Msg::Woken);
    }

    /// Nobody can see the page, or somebody can.
    pub fn hidden(&self, is_hidden: bool) {
        self.tell(Msg::Hidden(is_hidden));
    }

    /// The machine has a network again.
    pub fn online(&self) {
        self.tell(Msg::Online);
    }

    /// A token came, or none.
    pub fn renewed(&self, connection: u32, token: Option<String>) {
        let token = token.filter(|token| !token.is_empty()).map(Rc::from);
        self.hear(connection, Said::Token(token));
    }

    /// The server answers, by socket (0), stream (1) or otherwise; `server_ms` is its clock, 0 where it did not tell.
    pub fn opened(&self, connection: u32, mode: u8, server_ms: f64) {
        self.parser.take();
        let server_at = (server_ms > 0.0).then(|| hands::from_js(server_ms));
        self.hear(connection, Said::Opened { mode: hands::mode_of(mode), server_at });
    }

    /// A piece of a stream came.
    pub fn piece(&self, connection: u32, text: &str) {
        self.hear(connection, Said::Heard);
        let mut events = Vec::new();
        let result = self.parser.borrow_mut().push(text, |data| events.push(told(data, None)));
        events.into_iter().for_each(|said| self.hear(connection, said));
        if result.is_err() {
            self.hear(connection, Said::Failed);
        }
    }

    /// A whole snapshot came, by itself or within a message of the page's socket.
    pub fn told(&self, connection: u32, text: &str, etag: Option<String>) {
        let inner = Raw::first(text).and_then(|message| message.member("snapshot"));
        self.hear(connection, told(inner.map_or(text, Raw::text), etag));
    }

    /// No socket gets through, or the address has none.
    pub fn unserved(&self, connection: u32) {
        self.hear(connection, Said::Unserved);
    }

    /// The snapshot is as it was.
    pub fn unchanged(&self, connection: u32) {
        self.hear(connection, Said::Unchanged);
    }

    /// The answer is over.
    pub fn closed(&self, connection: u32) {
        self.hear(connection, Said::Closed);
    }

    /// The server says no; `retry_after` is in seconds.
    pub fn refused(&self, connection: u32, status: u16, retry_after: f64) {
        let retry_after = (retry_after > 0.0).then(|| Span::from_secs_f64(retry_after));
        self.hear(connection, Said::Refused { status, retry_after });
    }

    /// No answer, or one that broke off.
    pub fn failed(&self, connection: u32) {
        self.hear(connection, Said::Failed);
    }

    /// The address is none.
    pub fn unaskable(&self, connection: u32) {
        self.hear(connection, Said::Unaskable);
    }
}

impl Core {
    #[inline(never)]
    fn hear(&self, connection: u32, said: Said) {
        self.tell(Msg::Feed(connection, said));
    }

    /// Takes a message. One that comes while another is worked on, from a listener of the page's, waits its turn.
    fn tell(&self, msg: Msg) {
        self.queue.borrow_mut().push(msg);
        if self.is_busy.replace(true) {
            return;
        }
        loop {
            let msgs = self.queue.take();
            if msgs.is_empty() {
                break;
            }
            msgs.into_iter().for_each(|msg| self.take(msg));
        }
        self.is_busy.set(false);
        self.draw();
        hands::arm();
    }

    fn take(&self, msg: Msg) {
        let (next, cmds) = self.model.borrow().update(msg, hands::now());
        self.model.replace(next);
        cmds.into_iter().for_each(|cmd| self.perform(cmd));
    }

    fn draw(&self) {
        let model = self.model.borrow();
        let now = hands::now();
        let face = Face::of(&model, self.label.borrow().as_deref(), self.words.get(), now);
        self.view.draw(&face, model.snapshot.as_ref(), self.words.get());
        self.due_at.set(model.wake_at(now));
    }

    fn perform(&self, cmd: Cmd) {
        match cmd {
            Cmd::Close => self.feed.close(),
            Cmd::Renew(connection) => self.feed.renew(connection),
            Cmd::Open(request) => self.feed.ask(&request),
            Cmd::Emit(happening) => hands::emit(&self.host, &happening),
            Cmd::Announce(announcement) => {
                let text = spoken(announcement, &self.model.borrow(), self.words.get());
                self.view.announce(&text);
            }
        }
    }
}

fn told(text: &str, etag: Option<String>) -> Said {
    Said::Told(Snapshot::parse(text).map(Rc::new), etag.map(Rc::from))
}
