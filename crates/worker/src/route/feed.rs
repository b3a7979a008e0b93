//! `GET /v1/feed`: one socket for a page, and behind it one to the object of each execution that the page watches. Decides
//! nothing of what is sent when: `cxpulse_core::feed` does. Never reads a snapshot.
//!
//! The page's socket is held by an invocation of the stateless Worker, which waits on nothing but messages; objects hold
//! theirs asleep. What goes wrong with one watch is told under its number, and the others go on.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use cxpulse_core::feed::{Feed, Refusal, Sent, Slow};
use cxpulse_core::time::Span;
use cxpulse_core::wire::feed::{
    Asked, MESSAGE_BYTES_MAX, TAIL, Told, Watch, Welcome, close, problem_head, snapshot_head,
};
use js_sys::JsString;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Response;
use worker::Env;
use worker::worker_sys::Context;

use super::access::{self, Desk};
use super::socket::{Line, connect};
use crate::auth::{self, Passport, Verb};
use crate::clock;
use crate::config::Settings;
use crate::http::Connections;
use crate::problem::{Problem, Unauthorized};
use crate::socket::{self, Listened, WebSocket};

/// `GET /v1/feed`.
pub(crate) fn open(desk: &Desk<'_>) -> Result<Response, Problem> {
    let Desk { incoming, env, settings, context } = *desk;
    socket::require(incoming, settings)?;
    let protocol = socket::chosen_protocol(incoming)?;
    let shown = auth::shown(incoming);
    let place = Place::take(settings.feed_pages_max)?;
    let (theirs, ours) = WebSocket::pair()?;
    let page = Rc::new(Page {
        socket: RefCell::default(),
        env: env.clone(),
        context: JsValue::clone(context).unchecked_into(),
        settings: Settings::of(env)?,
        shown,
        feed: RefCell::default(),
        lines: RefCell::default(),
        connections: Connections::default(),
        turns: Cell::new(0),
        is_admitted: Cell::new(false),
        _place: place,
    });
    let mut ours = Listened::new(ours);
    let ear = Rc::clone(&page);
    ours.on("message", move |event| ear.hear(&event.data()));
    for kind in ["close", "error"] {
        let ear = Rc::clone(&page);
        ours.on(kind, move |_| ear.end(GONE, ""));
    }
    ours.socket().accept()?;
    page.socket.replace(Some(ours));
    page.say(&Told::Welcome(Welcome::at(clock::now().into())));
    spawn_local(close_when_idle(Rc::downgrade(&page)));
    socket::hand_over(&theirs, protocol)
}

/// One page.
struct Page {
    /// Its listeners keep the page; `None` once it is over, and then nothing does.
    socket: RefCell<Option<Listened>>,
    env: Env,
    context: Context,
    settings: Rc<Settings>,
    /// What the upgrade came with: stands in for a watch's own token.
    shown: Option<String>,
    feed: RefCell<Feed<JsString>>,
    lines: RefCell<BTreeMap<u32, Open>>,
    connections: Connections,
    /// Counts watches up: what an old one of the same number still brings is not listened to.
    turns: Cell<u64>,
    /// Whether it was ever let see anything.
    is_admitted: Cell<bool>,
    _place: Place,
}

/// What is open to an object, or is being opened.
struct Open {
    turn: u64,
    socket: Option<Listened>,
}

/// A page's place among those that an isolate has, until it goes: opening one takes no credential.
struct Place;

impl Place {
    fn take(pages_max: u32) -> Result<Self, Problem> {
        let count = PAGES.get();
        if count >= pages_max {
            return Err(Problem::Unavailable("this isolate has all the pages that it may".into()));
        }
        PAGES.set(count.saturating_add(1));
        Ok(Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        PAGES.set(PAGES.get().saturating_sub(1));
    }
}

thread_local! {
    static PAGES: Cell<u32> = const { Cell::new(0) };
}

impl Page {
    /// The page says something.
    fn hear(self: &Rc<Self>, message: &JsValue) {
        let Some(text) = message.dyn_ref::<JsString>() else {
            return self.end(close::NOT_TEXT, "only text is taken");
        };
        if usize::try_from(text.length()).is_ok_and(|length| length > MESSAGE_BYTES_MAX) {
            return self.end(close::TOO_LONG, "the message is too long");
        }
        let text = String::from(text);
        if text == "ping" {
            return self.send(&JsString::from("pong"));
        }
        match Asked::parse(&text) {
            Some(Asked::Watch(watch)) => self.watch(watch),
            Some(Asked::Leave(leave)) => self.leave(leave.leave),
            Some(Asked::Seen(seen)) => self.see(seen.seen),
            None => self.end(close::NOT_TAKEN, "the message is none of this feed's"),
        }
    }

    fn watch(self: &Rc<Self>, watch: Watch) {
        let number = watch.number;
        self.hang_up(number);
        let begun = self.feed.borrow_mut().begin(number);
        match begun {
            Ok(()) => {
                let turn = self.turns.get().wrapping_add(1);
                self.turns.set(turn);
                self.lines.borrow_mut().insert(number, Open { turn, socket: None });
                let page = Rc::clone(self);
                spawn_local(async move {
                    if let Err(problem) = page.begin(&watch, turn).await {
                        page.fail(number, turn, &problem);
                    }
                });
            }
            Err(Refusal::TooMany) => self.tell_problem(number, &Problem::TooManyWatches),
            Err(Refusal::Spent) => self.end(close::AGAIN, "come back"),
        }
    }

    /// Opens the socket to the object, a few at a time, and listens.
    async fn begin(self: &Rc<Self>, watch: &Watch, turn: u64) -> Result<(), Problem> {
        let passport = self.admit(watch)?;
        let number = watch.number;
        let Ok(_open) = self.connections.open().await else { return Ok(()) };
        if !self.is_current(number, turn) {
            return Ok(());
        }
        let line = Line { id: &watch.watch, passport: &passport, after: watch.after, protocol: None };
        let answer = JsFuture::from(connect(&self.env, &line)?).await.map_err(Problem::of_object)?;
        let answer: Response = answer.unchecked_into();
        let Some(socket) = WebSocket::of(&answer) else {
            let text = JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default();
            self.refuse(number, turn, &text);
            return Ok(());
        };
        let socket = self.listen(number, turn, socket);
        socket.socket().accept()?;
        match self.lines.borrow_mut().get_mut(&number).filter(|open| open.turn == turn) {
            Some(open) => open.socket = Some(socket),
            // The page has left it meanwhile, or gone.
            None => {
                socket.socket().end(GONE, "");
                return Ok(());
            }
        }
        self.say(&Told::Watching { number, watching: watch.watch.clone() });
        Ok(())
    }

    fn listen(self: &Rc<Self>, number: u32, turn: u64, socket: WebSocket) -> Listened {
        let mut socket = Listened::new(socket);
        let page = Rc::downgrade(self);
        socket.on("message", move |event| {
            if let Some(page) = page.upgrade() {
                page.pass_on(number, turn, &event.data());
            }
        });
        for kind in ["close", "error"] {
            let page = Rc::downgrade(self);
            socket.on(kind, move |event| {
                if let Some(page) = page.upgrade() {
                    page.lose(number, turn, event.code());
                }
            });
        }
        socket
    }

    fn admit(&self, watch: &Watch) -> Result<Passport, Problem> {
        let shown = || watch.token.as_ref().or(self.shown.as_ref()).cloned();
        let admitted = auth::require_shown(shown(), &self.settings, Verb::Read, &watch.watch);
        let who = || auth::anybody_shown(shown(), &self.settings);
        let passport = access::note(&self.env, &self.context, admitted, who, &watch.watch, "feed")?;
        self.is_admitted.set(true);
        Ok(passport)
    }

    /// The object tells of a change.
    fn pass_on(&self, number: u32, turn: u64, message: &JsValue) {
        let Some(snapshot) = message.dyn_ref::<JsString>().filter(|_| self.is_current(number, turn)) else { return };
        let bytes = usize::try_from(snapshot.length()).unwrap_or(usize::MAX);
        let now = self.feed.borrow_mut().change(number, snapshot.clone(), bytes);
        match now {
            Ok(Some(snapshot)) => self.send_snapshot(number, &snapshot),
            Ok(None) => {}
            Err(Slow) => self.end(close::AGAIN, "it is read too slowly"),
        }
    }

    /// The object closed its end, or broke off.
    fn lose(&self, number: u32, turn: u64, code: Option<u16>) {
        match code {
            Some(close::ENDED) if self.is_current(number, turn) => {
                self.hang_up(number);
                if self.feed.borrow_mut().end(number) {
                    self.say(&Told::Ended { number, ended: true });
                }
            }
            Some(close::EXPIRED) => self.fail(number, turn, &Problem::Unauthorized(Unauthorized::Expired)),
            Some(_) | None => {
                self.fail(number, turn, &Problem::Unavailable("an object closed the socket of a feed".into()));
            }
        }
    }

    fn see(&self, count: u64) {
        let out = self.feed.borrow_mut().see(count);
        let Ok(out) = out else { return self.end(close::NOT_TAKEN, "more was seen than was sent") };
        for one in out {
            match one {
                Sent::Snapshot(number, snapshot) => self.send_snapshot(number, &snapshot),
                Sent::Ended(number) => self.say(&Told::Ended { number, ended: true }),
            }
        }
    }

    fn leave(&self, number: u32) {
        self.hang_up(number);
        self.feed.borrow_mut().leave(number);
    }

    fn fail(&self, number: u32, turn: u64, problem: &Problem) {
        if self.is_current(number, turn) {
            self.leave(number);
            self.tell_problem(number, problem);
        }
    }

    /// The object answers no: with a problem, which is passed on.
    fn refuse(&self, number: u32, turn: u64, problem: &str) {
        if self.is_current(number, turn) {
            self.leave(number);
            self.send(&JsString::from([&*problem_head(number), problem, TAIL].concat()));
        }
    }

    fn tell_problem(&self, number: u32, problem: &Problem) {
        problem.log();
        self.send(&JsString::from([&*problem_head(number), &problem.document(), TAIL].concat()));
    }

    fn is_current(&self, number: u32, turn: u64) -> bool {
        self.lines.borrow().get(&number).is_some_and(|open| open.turn == turn)
    }

    fn hang_up(&self, number: u32) {
        let open = self.lines.borrow_mut().remove(&number);
        if let Some(socket) = open.and_then(|open| open.socket) {
            socket.socket().end(GONE, "");
        }
    }

    /// A snapshot's text stays on JavaScript's side.
    fn send_snapshot(&self, number: u32, snapshot: &JsString) {
        let head = JsString::from(snapshot_head(number));
        self.send(&head.concat(snapshot).concat(&JsValue::from_str(TAIL)));
    }

    fn say(&self, told: &Told) {
        if let Ok(text) = serde_json::to_string(told) {
            self.send(&JsString::from(text));
        }
    }

    fn send(&self, text: &JsString) {
        let sent = self.socket.borrow().as_ref().map(|socket| socket.socket().send(text));
        if sent.is_some_and(|sent| sent.is_err()) {
            self.end(GONE, "");
        }
    }

    /// It is over: with everything that is open for it.
    fn end(&self, code: u16, why: &str) {
        let Some(socket) = self.socket.take() else { return };
        socket.socket().end(code, why);
        let lines = self.lines.take();
        lines.into_values().filter_map(|open| open.socket).for_each(|socket| socket.socket().end(GONE, ""));
        self.feed.take();
    }

    fn is_over(&self) -> bool {
        self.socket.borrow().is_none()
    }
}

/// Closes a page's socket over which nothing is watched for a while: soon where it was never let see anything.
async fn close_when_idle(page: Weak<Page>) {
    clock::pause(STRANGER_MAX).await;
    if let Some(page) = page.upgrade().filter(|page| !page.is_admitted.get()) {
        return page.end(close::IDLE, "nothing was watched");
    }
    let mut was_idle = false;
    loop {
        clock::pause(IDLE_CHECK).await;
        let Some(page) = page.upgrade().filter(|page| !page.is_over()) else { return };
        let is_idle = page.feed.borrow().is_idle();
        if is_idle && was_idle {
            return page.end(close::IDLE, "nothing was watched");
        }
        was_idle = is_idle;
    }
}

/// How long a page may take until it shows a credential for something.
const STRANGER_MAX: Span = Span::from_secs(20);

/// How often an idle connection is looked for; it is closed at the second look that finds it idle.
const IDLE_CHECK: Span = Span::from_secs(30);

/// A normal close: RFC 6455 section 7.4.1.
const GONE: u16 = 1000;
