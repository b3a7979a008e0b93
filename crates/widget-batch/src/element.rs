//! One element on the page: takes what the browser, the feed and the server say to the model, and does what it wants done.
//! Never decides.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_element::hands::{self as page, Asks, Feed, Host, Paint};
use cxpulse_element::json::Raw;
use cxpulse_element::model::{self as feed, Said, Setup};
use cxpulse_element::reading::Snapshot as _;
use cxpulse_element::sse::Parser;
use wasm_bindgen::prelude::*;

use crate::errand::Errand;
use crate::face::Face;
use crate::hands::Cells;
use crate::model::{Cmd, Deeds, Model, Msg, Press};
use crate::snapshot::Snapshot;
use crate::text::Words;
use crate::view;

/// Defines the element, where the page has not.
#[wasm_bindgen(start)]
pub fn start() {
    let create = Closure::<dyn Fn(Host) -> Core>::new(Core::new);
    page::define("cxpulse-batch", "src token label lang theme token-src actions", &create.into_js_value());
}

/// What the class in JS holds of an element; freed when the element leaves the page.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Core {
    paint: Paint,
    cells: Cells,
    asks: Asks,
    feed: Feed,
    host: Host,
    model: RefCell<Model>,
    label: RefCell<Option<String>>,
    spoken: RefCell<String>,
    words: Cell<&'static Words>,
    parser: RefCell<Parser>,
    queue: RefCell<Vec<Msg>>,
    errands: RefCell<Vec<(u32, Errand)>>,
    errand_count: Cell<u32>,
    focus: Cell<Option<&'static str>>,
    is_busy: Cell<bool>,
    due_at: Cell<Option<Timestamp>>,
}

#[wasm_bindgen]
impl Core {
    fn new(host: Host) -> Self {
        Self {
            paint: Paint::new(
                &host,
                concat!(include_str!("../../element/src/base.css"), include_str!("view/batch.css")),
            ),
            cells: Cells::new(&host),
            asks: Asks::new(&host),
            feed: Feed::new(&host),
            host,
            model: RefCell::new(Model::new(page::chance())),
            label: RefCell::default(),
            spoken: RefCell::default(),
            words: Cell::new(Words::of("")),
            parser: RefCell::default(),
            queue: RefCell::default(),
            errands: RefCell::default(),
            errand_count: Cell::default(),
            focus: Cell::default(),
            is_busy: Cell::default(),
            due_at: Cell::default(),
        }
    }

    /// What talks to the server, and what a person uses, tell it `me`, which is this.
    pub fn begin(&self, me: &JsValue) {
        self.feed.tell(me);
        self.asks.tell(me);
        self.paint.tell(me, &self.host);
        self.cells.tell(me);
    }

    /// The element has left the page.
    pub fn end(&self) {
        self.feed.close();
        self.asks.hush();
        self.cells.end();
        self.paint.end();
    }

    /// The attributes are so now; `actions` has the words `cancel` and `redrive`, each where the page offers it.
    pub fn configure(
        &self,
        src: Option<String>,
        token: Option<String>,
        is_renewable: bool,
        label: Option<String>,
        lang: &str,
        actions: Option<String>,
    ) {
        self.label.replace(label);
        self.words.set(Words::of(lang));
        self.queue.borrow_mut().push(Msg::Allowed(Deeds::of(actions.as_deref().unwrap_or_default())));
        let setup = Setup { src: src.map(Rc::from), token: token.map(Rc::from), is_renewable };
        self.follow(feed::Msg::Configured(setup));
    }

    /// The latest snapshot as the API answers it.
    pub fn snapshot(&self) -> Option<String> {
        self.model.borrow().feed.snapshot.as_ref().map(|snapshot| snapshot.text.clone())
    }

    /// When it is to be woken, in epoch milliseconds.
    #[wasm_bindgen(js_name = dueAt)]
    pub fn due_at(&self) -> Option<f64> {
        self.due_at.get().map(|at| at.since(Timestamp::default()).as_millis_f64())
    }

    /// It is due.
    pub fn wake(&self) {
        self.follow(feed::Msg::Woken);
    }

    /// Nobody can see the page, or somebody can.
    pub fn hidden(&self, is_hidden: bool) {
        self.follow(feed::Msg::Hidden(is_hidden));
    }

    /// The machine has a network again.
    pub fn online(&self) {
        self.follow(feed::Msg::Online);
    }

    /// A person used something; whether it was for this.
    pub fn press(&self, name: &str, value: &str) -> bool {
        let press = Press::of(name, value);
        let is_ours = press.is_some();
        if let Some(press) = press {
            self.tell(Msg::Pressed(press));
        }
        is_ours
    }

    /// The server answered a question; 0 for no answer.
    pub fn answer(&self, number: u32, status: u16, text: String) {
        let errand = self.errands.borrow().iter().find(|(asked, _)| *asked == number).map(|(_, errand)| errand.clone());
        if let Some(errand) = errand {
            self.errands.borrow_mut().retain(|(asked, _)| *asked != number);
            self.tell(Msg::Answered(errand, status, text));
        }
    }

    /// A token came on the way to an answer.
    pub fn renew(&self, token: &str) {
        self.tell(Msg::Renewed(Rc::from(token)));
    }

    /// A token came for the connection, or none.
    pub fn renewed(&self, connection: u32, token: Option<String>) {
        let token = token.filter(|token| !token.is_empty()).map(Rc::from);
        self.hear(connection, Said::Token(token));
    }

    /// The server answers, by socket (0), stream (1) or otherwise; `server_ms` is its clock, 0 where it did not tell.
    pub fn opened(&self, connection: u32, mode: u8, server_ms: f64) {
        self.parser.take();
        let server_at = (server_ms > 0.0).then(|| page::from_js(server_ms));
        self.hear(connection, Said::Opened { mode: page::mode_of(mode), server_at });
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

    /// As it was.
    pub fn unchanged(&self, connection: u32) {
        self.hear(connection, Said::Unchanged);
    }

    /// The answer is over.
    pub fn closed(&self, connection: u32) {
        self.hear(connection, Said::Closed);
    }

    /// The server says no; `retry_after` in seconds, 0 where it did not say.
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
    fn hear(&self, connection: u32, said: Said<Snapshot>) {
        self.follow(feed::Msg::Feed(connection, said));
    }

    fn follow(&self, msg: feed::Msg<Snapshot>) {
        self.tell(Msg::Feed(msg));
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
        page::arm();
    }

    fn take(&self, msg: Msg) {
        let (next, cmds) = self.model.borrow().update(msg, page::now());
        self.model.replace(next);
        cmds.into_iter().for_each(|cmd| self.perform(cmd));
    }

    fn draw(&self) {
        let model = self.model.borrow();
        let now = page::now();
        let label = self.label.borrow();
        let face = Face { model: &model, label: label.as_deref(), words: self.words.get(), now };
        self.paint.draw(&view::plan(&face, &self.spoken.borrow()));
        let cursor = model.grid.cursor.and_then(|index| i32::try_from(index).ok()).unwrap_or(-1);
        self.cells.show(model.grid.letters.as_deref().unwrap_or_default(), cursor);
        if let Some(part) = self.focus.take() {
            self.paint.focus(part);
        }
        self.due_at.set(model.wake_at(now));
    }

    fn perform(&self, cmd: Cmd) {
        match cmd {
            Cmd::Feed(feed::Cmd::Close) => self.feed.close(),
            Cmd::Feed(feed::Cmd::Renew(connection)) => self.feed.renew(connection),
            Cmd::Feed(feed::Cmd::Open(request)) => self.feed.ask(&request),
            Cmd::Feed(feed::Cmd::Emit(happening)) => page::emit(&self.host, &happening),
            Cmd::Feed(feed::Cmd::Announce(announcement)) => self.speak(|face| face.spoken(announcement)),
            Cmd::Announce => self.speak(|face| face.spoken_act()),
            Cmd::Ask(errand) => self.ask(errand),
            Cmd::Hush => {
                self.errands.borrow_mut().clear();
                self.asks.hush();
            }
            Cmd::Focus(part) => self.focus.set(Some(part)),
        }
    }

    fn speak(&self, words: impl Fn(&Face<'_>) -> String) {
        let model = self.model.borrow();
        let face = Face { model: &model, label: None, words: self.words.get(), now: page::now() };
        self.spoken.replace(words(&face));
    }

    fn ask(&self, errand: Errand) {
        let number = self.errand_count.get().wrapping_add(1);
        self.errand_count.set(number);
        let model = self.model.borrow();
        let src = model.feed.setup.src.clone().unwrap_or_default();
        self.asks.ask(number, &src, &errand.address(), errand.body(), model.feed.token().as_deref());
        self.errands.borrow_mut().push((number, errand));
    }
}

fn told(text: &str, etag: Option<String>) -> Said<Snapshot> {
    Said::Told(Snapshot::parse(text).map(Rc::new), etag.map(Rc::from))
}
