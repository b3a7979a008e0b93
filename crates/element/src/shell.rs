//! One element on the page: takes what the browser and the feed say to the model, and does what it wants done. Never decides.
//!
//! What JS calls is the same for all kinds and stands here once; what a kind has of its own is a [`Kind`].

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use cxpulse_core::time::{Span, Timestamp};
use wasm_bindgen::prelude::*;

use crate::hands::{self, Feed, Host};
use crate::json::Raw;
use crate::model::{Cmd, Msg, Said, Setup};
use crate::reading::Snapshot;
use crate::sse::Parser;

/// What a kind of element has of its own.
pub trait Kind: Sized + 'static {
    /// What it knows.
    type Model;
    /// What happens to it.
    type Msg: From<Msg>;
    /// What it wants done.
    type Cmd;

    /// In the host's shadow, with a model that knows nothing yet.
    fn new(host: &Host, seed: u64) -> (Self, Self::Model);
    /// What talks to the server, and what a person uses, tell it `core` from now on.
    fn begin(&self, _host: &Host, _core: &JsValue) {}
    /// The element has left the page.
    fn end(&self) {}
    /// The attributes are so now; `more` is that of its own. Gives what is to be told the model first.
    fn configure(&self, label: Option<String>, lang: &str, more: Option<String>) -> Option<Self::Msg>;
    /// What follows from a message.
    fn update(model: &Self::Model, msg: Self::Msg, now: Timestamp) -> (Self::Model, Vec<Self::Cmd>);
    /// Does what is wanted.
    fn perform(&self, page: &Page, model: &Self::Model, cmd: Self::Cmd);
    /// Brings the page up to date. Gives when to wake it.
    fn draw(&self, model: &Self::Model, now: Timestamp) -> Option<Timestamp>;
    /// The latest snapshot as the API answers it.
    fn snapshot(model: &Self::Model) -> Option<String>;
    /// What a person used; `None` for what is nothing of it.
    fn press(_name: &str, _value: &str) -> Option<Self::Msg> {
        None
    }
    /// The server answered the question of that number.
    fn answer(&self, _number: u32, _status: u16, _text: String) -> Option<Self::Msg> {
        None
    }
    /// A token came on the way to an answer.
    fn renew(_token: &str) -> Option<Self::Msg> {
        None
    }
}

/// What an element has of the page, and its connection.
#[derive(Debug)]
pub struct Page {
    /// The element, as the page has it.
    pub host: Host,
    feed: Feed,
}

impl Page {
    /// Does what the shared model wants done. `speak` says something aloud.
    pub fn perform<S: Snapshot>(&self, cmd: Cmd<S>, speak: impl FnOnce(crate::model::Announcement)) {
        match cmd {
            Cmd::Close => self.feed.close(),
            Cmd::Renew(connection) => self.feed.renew(connection),
            Cmd::Open(request) => self.feed.ask(&request),
            Cmd::Emit(happening) => hands::emit(&self.host, &happening),
            Cmd::Announce(announcement) => speak(announcement),
        }
    }
}

/// Defines a tag with attributes of these names, where the page has not.
pub fn define<K: Kind>(tag: &str, names: &str) {
    let create = |host| Core { shell: Box::new(Shell::<K>::new(host)), parser: RefCell::default() };
    hands::define(tag, names, &Closure::<dyn Fn(Host) -> Core>::new(create).into_js_value());
}

/// What the class in JS holds of an element; freed when the element leaves the page.
#[wasm_bindgen]
pub struct Core {
    shell: Box<dyn Driven>,
    parser: RefCell<Parser>,
}

#[wasm_bindgen]
impl Core {
    /// What talks to the server, and what a person uses, tell it `me`, which is this.
    pub fn begin(&self, me: &JsValue) {
        self.shell.begin(me);
    }

    /// The element has left the page.
    pub fn end(&self) {
        self.shell.end();
    }

    /// The attributes are so now; `more` is the one that this kind has of its own.
    pub fn configure(
        &self,
        src: Option<String>,
        token: Option<String>,
        is_renewable: bool,
        label: Option<String>,
        lang: &str,
        more: Option<String>,
    ) {
        let setup = Setup { src: src.map(Rc::from), token: token.map(Rc::from), is_renewable };
        self.shell.configure(setup, label, lang, more);
    }

    /// The latest snapshot as the API answers it.
    pub fn snapshot(&self) -> Option<String> {
        self.shell.snapshot()
    }

    /// When it is to be woken, in epoch milliseconds.
    #[wasm_bindgen(js_name = dueAt)]
    pub fn due_at(&self) -> Option<f64> {
        self.shell.due_at().map(|at| at.since(Timestamp::default()).as_millis_f64())
    }

    /// It is due.
    pub fn wake(&self) {
        self.shell.tell(Msg::Woken);
    }

    /// Nobody can see the page, or somebody can.
    pub fn hidden(&self, is_hidden: bool) {
        self.shell.tell(Msg::Hidden(is_hidden));
    }

    /// The machine has a network again.
    pub fn online(&self) {
        self.shell.tell(Msg::Online);
    }

    /// A person used something; whether it was for this.
    pub fn press(&self, name: &str, value: &str) -> bool {
        self.shell.press(name, value)
    }

    /// The server answered a question; 0 for no answer.
    pub fn answer(&self, number: u32, status: u16, text: String) {
        self.shell.answer(number, status, text);
    }

    /// A token came on the way to an answer.
    pub fn renew(&self, token: &str) {
        self.shell.renew(token);
    }

    /// A token came for the connection, or none.
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
        let result = self.parser.borrow_mut().push(text, |data| events.push(Said::Told(data.into(), None)));
        events.into_iter().for_each(|said| self.hear(connection, said));
        if result.is_err() {
            self.hear(connection, Said::Failed);
        }
    }

    /// A whole snapshot came, by itself or within a message of the page's socket.
    pub fn told(&self, connection: u32, text: &str, etag: Option<String>) {
        let inner = Raw::first(text).and_then(|message| message.member("snapshot"));
        self.hear(connection, Said::Told(inner.map_or(text, Raw::text).into(), etag.map(Rc::from)));
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
    fn hear(&self, connection: u32, said: Said) {
        self.shell.tell(Msg::Feed(connection, said));
    }
}

/// A shell of any kind, as [`Core`] drives it. Not `Debug`: a table of methods draws in all that formats, 8 KB.
trait Driven {
    fn begin(&self, core: &JsValue);
    fn end(&self);
    fn configure(&self, setup: Setup, label: Option<String>, lang: &str, more: Option<String>);
    fn tell(&self, msg: Msg);
    fn snapshot(&self) -> Option<String>;
    fn due_at(&self) -> Option<Timestamp>;
    fn press(&self, name: &str, value: &str) -> bool;
    fn answer(&self, number: u32, status: u16, text: String);
    fn renew(&self, token: &str);
}

struct Shell<K: Kind> {
    kind: K,
    page: Page,
    model: RefCell<K::Model>,
    queue: RefCell<Vec<K::Msg>>,
    is_busy: Cell<bool>,
    due_at: Cell<Option<Timestamp>>,
}

impl<K: Kind> Shell<K> {
    fn new(host: Host) -> Self {
        let (kind, model) = K::new(&host, hands::chance());
        let page = Page { feed: Feed::new(&host), host };
        let model = RefCell::new(model);
        Self { kind, page, model, queue: RefCell::default(), is_busy: Cell::default(), due_at: Cell::default() }
    }

    /// Takes a message. One that comes while another is worked on, from a listener of the page's, waits its turn.
    fn take(&self, msg: K::Msg) {
        self.queue.borrow_mut().push(msg);
        if self.is_busy.replace(true) {
            return;
        }
        loop {
            let msgs = self.queue.take();
            if msgs.is_empty() {
                break;
            }
            for msg in msgs {
                let (next, cmds) = K::update(&self.model.borrow(), msg, hands::now());
                self.model.replace(next);
                cmds.into_iter().for_each(|cmd| self.kind.perform(&self.page, &self.model.borrow(), cmd));
            }
        }
        self.is_busy.set(false);
        self.due_at.set(self.kind.draw(&self.model.borrow(), hands::now()));
        hands::arm();
    }
}

impl<K: Kind> Driven for Shell<K> {
    fn begin(&self, core: &JsValue) {
        self.page.feed.tell(core);
        self.kind.begin(&self.page.host, core);
    }

    fn end(&self) {
        self.page.feed.close();
        self.kind.end();
    }

    fn configure(&self, setup: Setup, label: Option<String>, lang: &str, more: Option<String>) {
        self.queue.borrow_mut().extend(self.kind.configure(label, lang, more));
        self.tell(Msg::Configured(setup));
    }

    fn tell(&self, msg: Msg) {
        self.take(msg.into());
    }

    fn snapshot(&self) -> Option<String> {
        K::snapshot(&self.model.borrow())
    }

    fn due_at(&self) -> Option<Timestamp> {
        self.due_at.get()
    }

    fn press(&self, name: &str, value: &str) -> bool {
        let msg = K::press(name, value);
        let is_ours = msg.is_some();
        msg.into_iter().for_each(|msg| self.take(msg));
        is_ours
    }

    fn answer(&self, number: u32, status: u16, text: String) {
        self.kind.answer(number, status, text).into_iter().for_each(|msg| self.take(msg));
    }

    fn renew(&self, token: &str) {
        K::renew(token).into_iter().for_each(|msg| self.take(msg));
    }
}
