//! What the lives in one object share: its environment, its connections, its one alarm. Never knows what a life is, nor
//! decides when one wakes.
//!
//! An object has one alarm: it is set to the earliest instant that any life wants, so each says what it wants, and the
//! least of them counts.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use cxpulse_core::ration::{RATION_DEFAULT, Ration};
use cxpulse_core::time::{Span, Timestamp};
use tokio::sync::Notify;
use wasm_bindgen::JsValue;
use worker::Env;
use worker::durable::State;
use worker::worker_sys::DurableObjectState;

use crate::clock;
use crate::config::Settings;
use crate::feed::happens_within;
use crate::http::Connections;
use crate::object::sheet::Sheet;
use crate::object::tenant::Bunch;
use crate::problem::Problem;

/// An object, as those that live in it see it.
pub(in crate::object) struct Host {
    pub(in crate::object) env: Env,
    pub(in crate::object) state: State,
    pub(in crate::object) connections: Connections,
    /// What is kept of all of them.
    pub(in crate::object) sheet: Rc<Sheet>,
    /// Takes what lives ask the tenant's gate there together, where there are many.
    pub(in crate::object) bunch: Option<Rc<Bunch>>,
    /// What each life wants of the alarm, by its number.
    wants: RefCell<BTreeMap<u32, Want>>,
    /// What the alarm is set to, as far as this process knows.
    armed: Cell<Option<Timestamp>>,
    /// What is being performed in this process, of all lives. Dies with it, as the calls themselves do.
    under_way: Cell<usize>,
    /// Told when nothing is under way any more, or when whoever stays is to leave.
    idle: Notify,
    /// Until when the alarm's handler stays: the next alarm rings only after it has left.
    stays_until: Cell<Option<Timestamp>>,
    /// What may be asked of others until the next event comes.
    ration: Cell<Ration>,
    /// Told when there is more of it.
    renewed: Notify,
    /// Whether the object may have sockets, once that was looked at.
    may_have_sockets: Cell<Option<bool>>,
    /// How often the alarm was asked for because a write failed, since its work was last done.
    stumbles: Cell<u32>,
}

/// What a life wants of the alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::object) struct Want {
    /// When it wants to be woken; `None` where nothing is due.
    pub(in crate::object) at: Option<Timestamp>,
    /// Whether a call of its own is under way, whose answer brings what is next: the alarm is the net under a crash.
    pub(in crate::object) is_busy: bool,
}

impl Host {
    /// An object that holds one life.
    pub(in crate::object) fn new(state: State, env: Env) -> Rc<Self> {
        Self::with(state, env, Connections::default(), None)
    }

    /// One that may hold many: their calls leave through others once its own connections are taken.
    pub(in crate::object) fn relaying(state: State, env: Env) -> Rc<Self> {
        let connections = Connections::relayed(&state);
        Self::with(state, env, connections, Some(Rc::default()))
    }

    fn with(state: State, env: Env, connections: Connections, bunch: Option<Rc<Bunch>>) -> Rc<Self> {
        // Where the settings cannot be read, nothing is asked of others either.
        let max = Settings::of(&env).map_or(RATION_DEFAULT, |settings| settings.subrequests_max);
        Rc::new(Self {
            ration: Cell::new(Ration::new(max)),
            renewed: Notify::new(),
            env,
            sheet: Rc::new(Sheet::new(&state)),
            state,
            connections,
            bunch,
            wants: RefCell::default(),
            armed: Cell::new(None),
            under_way: Cell::new(0),
            idle: Notify::new(),
            stays_until: Cell::new(None),
            may_have_sockets: Cell::new(None),
            stumbles: Cell::new(0),
        })
    }

    /// The runtime's own handle of the object, for what the SDK has no words for.
    pub(in crate::object) fn raw(&self) -> &DurableObjectState {
        self.state.as_raw()
    }

    /// Goes on in the background.
    pub(in crate::object) fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.state.wait_until(work);
    }

    /// An event has come, a request or the alarm: what waits to be asked of others goes on.
    pub(in crate::object) fn renew(&self) {
        let mut ration = self.ration.get();
        ration.renew();
        self.ration.set(ration);
        self.renewed.notify_waiters();
    }

    /// Waits until there is leave to ask others for all that one call takes. Where an invocation has made as many requests as
    /// it may, the alarm brings another.
    pub(in crate::object) async fn admit_call(&self) {
        loop {
            let renewed = self.renewed.notified();
            if self.admits_call() {
                return;
            }
            // Asked for once: whoever waits next waits for the same event.
            let is_asked_for = self.wants.borrow().contains_key(&EVENT);
            if !is_asked_for && let Err(problem) = self.want(EVENT, Want { at: Some(clock::now()), is_busy: false }) {
                problem.log();
            }
            renewed.await;
        }
    }

    /// The same where nobody can wait: whether there is leave.
    pub(in crate::object) fn admits_call(&self) -> bool {
        let mut ration = self.ration.get();
        let is_left = ration.take_call();
        self.ration.set(ration);
        is_left
    }

    /// Takes note of a request that does not wait.
    pub(in crate::object) fn ask_one(&self) {
        let mut ration = self.ration.get();
        ration.take_one();
        self.ration.set(ration);
    }

    /// A call begins.
    pub(in crate::object) fn begin_call(&self) {
        self.under_way.set(self.under_way.get().saturating_add(1));
    }

    /// A call has ended.
    pub(in crate::object) fn end_call(&self) {
        self.under_way.set(self.under_way.get().saturating_sub(1));
    }

    /// Tells whoever stays for it that nothing is under way, where nothing is.
    pub(in crate::object) fn tell_idle(&self) {
        if self.under_way.get() == 0 {
            self.idle.notify_waiters();
        }
    }

    /// Takes note of what a life wants of the alarm, and sets it.
    pub(in crate::object) fn want(&self, number: u32, want: Want) -> Result<(), Problem> {
        self.wants.borrow_mut().insert(number, want);
        self.arm()
    }

    /// The alarm rang.
    pub(in crate::object) fn rang(&self) {
        self.armed.set(None);
        self.forget(EVENT);
        self.forget(STUMBLED);
        self.renew();
    }

    /// The alarm is known to be set to that.
    pub(in crate::object) fn trust(&self, at: Timestamp) {
        self.armed.set(Some(at));
    }

    /// A write failed, and what it was of is no longer in memory, nor known to the alarm: that rings a little later, and ever
    /// later, so that it is read again and goes on, whether anybody asks for it or not.
    pub(in crate::object) fn stumbled(&self) -> Result<(), Problem> {
        if self.wants.borrow().contains_key(&STUMBLED) {
            return self.arm();
        }
        let stumbles = self.stumbles.get();
        self.stumbles.set(stumbles.saturating_add(1));
        let wait = Span::from_millis(1_000 << stumbles.min(STUMBLES_MAX));
        self.want(STUMBLED, Want { at: Some(clock::now().plus(wait)), is_busy: false })
    }

    /// What the alarm's work came to. It fails only where not even the next alarm can be set: the runtime tries again by itself,
    /// but not for ever.
    pub(in crate::object) fn is_over(&self, work: Result<(), Problem>) -> Result<JsValue, JsValue> {
        let saved = work.inspect(|()| self.stumbles.set(0)).or_else(|problem| {
            problem.log();
            self.stumbled()
        });
        saved.map(|()| JsValue::UNDEFINED).map_err(|_| JsValue::from_str("the alarm's work could not be saved"))
    }

    /// Whether an alarm should have rung, or should be set, for somebody who wants to be woken at `at`.
    pub(in crate::object) fn has_missed(&self, at: Option<Timestamp>) -> bool {
        match self.armed.get() {
            Some(armed) => clock::now() >= armed.plus(ALARM_PATIENCE),
            None => at.is_some(),
        }
    }

    /// Stays for a while with what is under way, so that the object is not put away.
    pub(in crate::object) async fn stay(&self) {
        let idle = self.idle.notified();
        if self.under_way.get() > 0 {
            let now = clock::now();
            let patience = self.next_at(now).map_or(CHECK_IN, |at| at.since(now)).min(CHECK_IN);
            self.stays_until.set(Some(now.plus(patience)));
            happens_within(idle, patience).await;
            self.stays_until.set(None);
        }
    }

    /// Whether the object may have sockets: what was never asked for one need not be looked for.
    pub(in crate::object) fn may_have_sockets(&self) -> bool {
        let known = self.may_have_sockets.get();
        let found = known.unwrap_or_else(|| !self.raw().get_websockets().unwrap_or_default().is_empty());
        self.may_have_sockets.set(Some(found));
        found
    }

    /// Somebody asks for a socket.
    pub(in crate::object) fn has_socket(&self) {
        self.may_have_sockets.set(Some(true));
    }

    /// A life has left: it wants nothing any more. Sets nothing.
    pub(in crate::object) fn forget(&self, number: u32) {
        self.wants.borrow_mut().remove(&number);
    }

    /// Deletes everything, the alarm too: the object is then as one that nothing was ever opened in.
    pub(in crate::object) fn wipe(&self) -> Result<(), Problem> {
        clock::arm(&self.state, None)?;
        // Not awaited: like an alarm, it is part of the same write as the rest.
        drop(self.state.storage().as_raw().delete_all()?);
        self.sheet.gone();
        self.wants.borrow_mut().clear();
        self.armed.set(None);
        Ok(())
    }

    fn arm(&self) -> Result<(), Problem> {
        let now = clock::now();
        let at = self.next_at(now);
        let is_soon_enough = |armed: Timestamp| {
            // A look at what is under way may come sooner: it is not put off by each call.
            at == Some(now.plus(CHECK_IN)) && now.plus(CHECK_IN_MIN) <= armed && Some(armed) <= at
        };
        if at != self.armed.get() && !self.armed.get().is_some_and(is_soon_enough) {
            clock::arm(&self.state, at)?;
            self.armed.set(at);
        }
        if self.stays_until.get().zip(at).is_some_and(|(until, at)| at < until) {
            self.idle.notify_waiters();
        }
        Ok(())
    }

    /// The least of all; while a life is busy, what it wanted in the past has been seen to.
    fn next_at(&self, now: Timestamp) -> Option<Timestamp> {
        let check_in = now.plus(CHECK_IN);
        let at = |want: &Want| match want {
            Want { at, is_busy: false } => *at,
            Want { at, is_busy: true } => Some(at.filter(|at| now < *at).map_or(check_in, |at| at.min(check_in))),
        };
        self.wants.borrow().values().filter_map(at).min()
    }
}

/// Who wants nothing but another event: no life has this number.
const EVENT: u32 = u32::MAX - 1;

/// Who wants what is stored to be read again.
const STUMBLED: u32 = u32::MAX - 2;

/// Twice as long a wait each time, up to 16 s.
const STUMBLES_MAX: u32 = 4;

/// How often the alarm looks after a call that is under way.
const CHECK_IN: Span = Span::from_secs(10);

/// How soon it may.
const CHECK_IN_MIN: Span = Span::from_secs(5);

/// How late an alarm may ring before it counts as lost.
const ALARM_PATIENCE: Span = Span::from_secs(5);
