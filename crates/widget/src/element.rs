//! One element on the page: takes what the browser and the feed say to the model, and does what it wants done.
//! Never decides.

use core::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use cxpulse_core::time::{Span, Timestamp};
use wasm_bindgen::prelude::*;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement};

use crate::face::{Face, spoken};
use crate::feed::{self, Connection};
use crate::model::{Cmd, Happening, Mode, Model, Msg, Problem, Setup};
use crate::text::Words;
use crate::view::execution::View;
use crate::{clock, page};

#[wasm_bindgen(module = "/js/element.js")]
extern "C" {
    fn define(tag: &str, create: &JsValue);
}

/// Defines the elements, where the page has not.
#[wasm_bindgen(start)]
pub fn start() {
    let create = Closure::<dyn Fn(HtmlElement) -> Result<Core, JsValue>>::new(Core::new);
    define("cxpulse-execution", &create.into_js_value());
}

/// What the class in JS holds of an element; freed when the element leaves the page.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Core(Rc<Element>);

#[wasm_bindgen]
impl Core {
    fn new(host: HtmlElement) -> Result<Self, JsValue> {
        let view = View::new(&host)?;
        let seed = Span::from_millis_f64(js_sys::Math::random() * SEED_MAX).as_millis();
        let element = Rc::new(Element {
            host,
            view,
            model: RefCell::new(Model::new(seed)),
            queue: RefCell::default(),
            is_busy: Cell::default(),
            due_at: Cell::default(),
            connection: RefCell::default(),
        });
        page::join(&element);
        Ok(Self(element))
    }

    /// Reads the attributes again.
    pub fn configure(&self) {
        self.0.tell(Msg::Configured(self.0.setup()));
    }

    /// The latest snapshot as the API answers it; undefined before the first one.
    pub fn snapshot(&self) -> JsValue {
        let snapshot = self.0.model.borrow().snapshot.clone();
        snapshot.and_then(|snapshot| js_sys::JSON::parse(&snapshot.text).ok()).unwrap_or_default()
    }
}

#[derive(Debug)]
pub(crate) struct Element {
    host: HtmlElement,
    view: View,
    model: RefCell<Model>,
    queue: RefCell<VecDeque<Msg>>,
    is_busy: Cell<bool>,
    due_at: Cell<Option<Timestamp>>,
    connection: RefCell<Option<Connection>>,
}

impl Element {
    /// Takes a message. One that comes while another is worked on, from a listener of the page's, waits its turn.
    pub(crate) fn tell(self: &Rc<Self>, msg: Msg) {
        self.queue.borrow_mut().push_back(msg);
        if self.is_busy.replace(true) {
            return;
        }
        while let Some(msg) = self.next_message() {
            let (next, cmds) = self.model.borrow().update(msg, clock::now());
            self.model.replace(next);
            cmds.into_iter().for_each(|cmd| self.perform(cmd));
        }
        self.is_busy.set(false);
        self.draw();
        page::arm();
    }

    /// When it is to be woken.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        self.due_at.get()
    }

    fn next_message(&self) -> Option<Msg> {
        self.queue.borrow_mut().pop_front()
    }

    fn setup(&self) -> Setup {
        let text = |name: &str| self.host.get_attribute(name).filter(|text| !text.is_empty()).map(Rc::from);
        Setup { src: text("src"), token: text("token"), is_renewable: feed::is_renewable(&self.host) }
    }

    fn draw(&self) {
        let model = self.model.borrow();
        let now = clock::now();
        let words = self.words();
        let label = self.host.get_attribute("label").filter(|label| !label.is_empty());
        self.view.draw(&Face::of(&model, label.as_deref(), words, now), model.snapshot.as_ref(), words);
        self.due_at.set(model.wake_at(now));
    }

    fn words(&self) -> &'static Words {
        let bearer = self.host.closest("[lang]").ok().flatten();
        Words::of(&bearer.and_then(|bearer| bearer.get_attribute("lang")).unwrap_or_default())
    }

    fn perform(self: &Rc<Self>, cmd: Cmd) {
        match cmd {
            Cmd::Close => drop(self.connection.take()),
            Cmd::Renew(connection) => drop(self.connection.replace(Connection::renew(self, &self.host, connection))),
            Cmd::Open(request) => drop(self.connection.replace(Connection::open(self, request))),
            Cmd::Emit(happening) => self.emit(&happening),
            Cmd::Announce(announcement) => {
                let text = spoken(announcement, &self.model.borrow(), self.words());
                self.view.announce(&text);
            }
        }
    }

    fn emit(&self, happening: &Happening) {
        let (name, detail) = match happening {
            Happening::Changed(snapshot) => ("cxpulse-changed", js_sys::JSON::parse(&snapshot.text).ok()),
            Happening::Progressed(snapshot) => ("cxpulse-progressed", js_sys::JSON::parse(&snapshot.text).ok()),
            Happening::Ended(snapshot) => ("cxpulse-ended", js_sys::JSON::parse(&snapshot.text).ok()),
            Happening::Failed(problem) => ("cxpulse-failed", single("reason", problem_name(*problem).into())),
            Happening::Connected(mode) => ("cxpulse-connected", single("mode", mode_name(*mode).into())),
            Happening::Disconnected(until) => {
                ("cxpulse-disconnected", single("retry_at", clock::to_js(*until).to_iso_string().into()))
            }
        };
        let init = CustomEventInit::new();
        init.set_bubbles(true);
        init.set_composed(true);
        init.set_detail(&detail.unwrap_or_default());
        // A listener that throws is reported by the browser, not here.
        let _ = CustomEvent::new_with_event_init_dict(name, &init).and_then(|event| self.host.dispatch_event(&event));
    }
}

fn single(name: &str, value: JsValue) -> Option<JsValue> {
    let detail = js_sys::Object::new();
    js_sys::Reflect::set(&detail, &name.into(), &value).ok()?;
    Some(detail.into())
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
        Mode::Stream => "stream",
        Mode::Poll => "poll",
    }
}

/// Below 2^53, which a float holds exactly.
const SEED_MAX: f64 = 9.0e15;
