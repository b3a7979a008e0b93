//! The sockets of one execution, or of one flow. They outlive the object's memory: between two changes the runtime may put the object away
//! (hibernation) and keeps them, answering `ping` itself. Never keeps a list of its own: the runtime's is the only one.
//!
//! Each is told every change at once, so none is ever behind; one whose object broke off is closed by the runtime, and comes
//! back with the last `seq`. A change is rendered once, however many are told.

use std::cell::Cell;

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::wire::feed::{MESSAGE_BYTES_MAX, close};
use js_sys::JsString;
use wasm_bindgen::{JsCast, JsValue};
use worker::worker_sys::{DurableObjectState, WebSocketRequestResponsePair};

use crate::clock;
use crate::feed::View;
use crate::problem::Problem;
use crate::socket::WebSocket;

/// The sockets of an object.
pub(in crate::object) struct Sockets {
    state: DurableObjectState,
    /// What the runtime knows them by, where the object has others, too.
    tag: Option<String>,
    /// When the first token among them expires, once it was looked for in this process.
    expires_at: Cell<Option<Expiry>>,
    /// How many there are, once they were counted in this process.
    count: Cell<Option<usize>>,
}

/// When the first token expires; `None` where none does.
type Expiry = Option<Timestamp>;

impl Sockets {
    pub(in crate::object) fn new(state: &DurableObjectState, tag: Option<String>) -> Self {
        // A second reference to it; the binding's class is not `Clone`.
        let state = JsValue::clone(state).unchecked_into();
        Self { state, tag, expires_at: Cell::default(), count: Cell::default() }
    }

    /// Whether there may be some.
    pub(in crate::object) fn may_be_there(&self) -> bool {
        self.count.get() != Some(0)
    }

    /// Of one that nobody can have asked for a socket of.
    pub(in crate::object) fn none_yet(&self) {
        self.count.set(Some(0));
        self.expires_at.set(Some(None));
    }

    /// Takes in another whose token is good until then, and tells it `view` unless it has that one. Gives the other end.
    pub(in crate::object) fn open(&self, view: &View, told: Option<u64>, until: Expiry) -> Result<WebSocket, Problem> {
        let known = self.count.get().filter(|count| is_room(*count, view));
        // One that broke may not have been taken off: they are counted before anybody is sent away.
        let count = known.unwrap_or_else(|| self.all().len());
        if !is_room(count, view) {
            return Err(Problem::Unavailable("an execution has all the sockets that it may".into()));
        }
        let (theirs, ours) = WebSocket::pair()?;
        match &self.tag {
            Some(tag) => self.state.accept_websocket_with_tags(ours.unchecked_ref(), vec![JsValue::from_str(tag)])?,
            None => self.state.accept_websocket(ours.unchecked_ref())?,
        }
        self.state.set_websocket_auto_response(&WebSocketRequestResponsePair::new("ping", "pong")?)?;
        #[expect(clippy::cast_precision_loss, reason = "epoch milliseconds, far below 2^53")]
        let attached = until.map_or(JsValue::NULL, |until| JsValue::from_f64(until.as_millis() as f64));
        ours.attach(&attached)?;
        self.count.set(Some(count.saturating_add(1)));
        self.expires_at_most(until);
        if told != Some(view.seq()) {
            ours.send(view.text())?;
        }
        if view.is_ended() {
            ours.end(close::ENDED, "ended");
        }
        Ok(theirs)
    }

    /// Tells all of them. Gives those that have heard the end, to be closed once it is on its way: a close takes as long as
    /// a text, and those who are told last would wait for the closing of all the others.
    #[must_use]
    pub(in crate::object) fn tell(&self, view: &View, now: Timestamp) -> Vec<WebSocket> {
        if self.count.get() == Some(0) {
            return Vec::new();
        }
        self.expire(now);
        let mut told = self.all();
        self.count.set(Some(told.len()));
        // What is told to all of them waits in memory for the slow ones: who is left out is told when it comes back.
        let left_out = told.split_off(told.len().min(reach(view)));
        for socket in &told {
            // Fails where the other side is going; the runtime says so by itself.
            drop(socket.send(view.text()));
        }
        left_out.iter().for_each(|socket| socket.end(close::AGAIN, "come back"));
        if view.is_ended() { told } else { Vec::new() }
    }

    /// Closes those who have heard the end, a little later. One that closes by itself meanwhile costs nothing more.
    pub(in crate::object) async fn part(told: Vec<WebSocket>) {
        clock::pause(PARTING).await;
        told.iter().for_each(|socket| socket.end(close::ENDED, "ended"));
    }

    /// When the first token expires.
    pub(in crate::object) fn next_expiry(&self) -> Expiry {
        if let Some(known) = self.expires_at.get() {
            return known;
        }
        let first = self.all().iter().filter_map(good_until).min();
        self.expires_at.set(Some(first));
        first
    }

    /// Another one expires then, which others may have taken in.
    pub(in crate::object) fn expires_at_most(&self, until: Expiry) {
        if let (Some(first), Some(_)) = (self.expires_at.get(), until) {
            self.expires_at.set(Some(first.into_iter().chain(until).min()));
        }
    }

    /// Closes those whose token's time is over.
    pub(in crate::object) fn expire(&self, now: Timestamp) {
        if self.next_expiry().is_none_or(|at| now < at) {
            return;
        }
        for socket in self.all() {
            if good_until(&socket).is_some_and(|until| now >= until) {
                socket.attach(&JsValue::NULL).unwrap_or_default();
                socket.end(close::EXPIRED, "the token has expired");
            }
        }
        self.expires_at.set(None);
    }

    /// Somebody says something. There is nothing to say here but `ping`, which does not come this far.
    pub(in crate::object) fn refuse(socket: &WebSocket, message: &JsValue) {
        match message.dyn_ref::<JsString>() {
            None => socket.end(close::NOT_TEXT, "only text is taken"),
            Some(text) if usize::try_from(text.length()).is_ok_and(|length| length > MESSAGE_BYTES_MAX) => {
                socket.end(close::TOO_LONG, "the message is too long");
            }
            Some(_) => socket.end(close::NOT_TAKEN, "nothing but ping is taken"),
        }
    }

    /// One is gone.
    pub(in crate::object) fn forget(&self) {
        // The runtime may tell of one twice. That there is none, it is asked before it is believed.
        self.count.set(self.count.get().map(|count| count.saturating_sub(1)).filter(|count| *count > 0));
    }

    /// What the sockets of an object are known by, each as often as it has some: also those of what is not in memory.
    pub(in crate::object) fn tags(state: &DurableObjectState) -> Vec<String> {
        let sockets = state.get_websockets().unwrap_or_default();
        sockets.into_iter().flat_map(|socket| state.get_tags(&socket).unwrap_or_default()).collect()
    }

    fn all(&self) -> Vec<WebSocket> {
        let all = match &self.tag {
            Some(tag) => self.state.get_websockets_with_tag(tag),
            None => self.state.get_websockets(),
        };
        let all = all.unwrap_or_default();
        all.into_iter().map(JsCast::unchecked_into).collect()
    }
}

fn good_until(socket: &WebSocket) -> Expiry {
    let millis = socket.attachment().ok()?.as_f64()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "epoch milliseconds, as attached")]
    let millis = millis as u64;
    Some(Timestamp::from_millis(millis))
}

fn is_room(count: usize, view: &View) -> bool {
    count < SOCKETS_MAX && count < reach(view)
}

/// To how many sockets a view may be told at once.
fn reach(view: &View) -> usize {
    let bytes = usize::try_from(view.text().length()).unwrap_or(usize::MAX).max(1);
    BYTES_MAX.checked_div(bytes).unwrap_or(1).max(1)
}

/// Bytes of one change, for all sockets together: an object has 128 MiB.
const BYTES_MAX: usize = 64 << 20;

/// How long after the end a socket is closed: time to be told of it.
const PARTING: Span = Span::from_secs(1);

/// Sockets of one execution. The runtime holds 32,768 for an object; each costs it memory.
const SOCKETS_MAX: usize = 20_000;
