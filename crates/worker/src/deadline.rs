//! When something is given up that goes on outside. Not the runtime's own `AbortSignal.timeout`: its timer runs on after
//! the answer, and an object with a timer is not put away.
//!
//! Those who call out from one object share a timer: to set one for each call and to clear it costs as much as a row.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use cxpulse_core::time::{Span, Timestamp};
use js_sys::Function;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{AbortController, AbortSignal, WorkerGlobalScope};

use crate::clock;
use crate::problem::Problem;

/// Deadlines of one object or invocation, whose timers nobody else may set or clear.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deadlines(Rc<Shared>);

/// Aborts what has its signal when its time is over. Must be held until the answer is there: then it no longer counts.
pub(crate) struct Deadline {
    controller: AbortController,
    number: Number,
    among: Rc<Shared>,
}

/// When it is over, and which of those of that instant it is.
type Number = (Timestamp, u64);

#[derive(Debug, Default)]
struct Shared {
    open: RefCell<BTreeMap<Number, AbortController>>,
    /// How many there ever were.
    count: Cell<u64>,
    /// When the timer rings, and which it is: with the earliest that is open, or sooner.
    timer: Cell<Option<(Timestamp, i32)>>,
    ring: OnceCell<Closure<dyn Fn()>>,
}

impl Deadlines {
    /// `span` from now.
    pub(crate) fn after(&self, span: Span) -> Result<Deadline, Problem> {
        let shared = &self.0;
        shared.count.set(shared.count.get().wrapping_add(1));
        let number = (clock::now().plus(span), shared.count.get());
        let controller = AbortController::new()?;
        shared.open.borrow_mut().insert(number, controller.clone());
        let deadline = Deadline { controller, number, among: Rc::clone(shared) };
        shared.arm()?;
        Ok(deadline)
    }
}

impl Deadline {
    /// `span` from now, with a timer of its own.
    pub(crate) fn after(span: Span) -> Result<Self, Problem> {
        Deadlines::default().after(span)
    }

    /// For what is to be given up.
    pub(crate) fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }

    /// Whether its time is over.
    pub(crate) fn is_over(&self) -> bool {
        self.controller.signal().aborted()
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.among.open.borrow_mut().remove(&self.number);
        if self.among.open.borrow().is_empty() {
            self.among.disarm();
        }
    }
}

impl Shared {
    /// Sets the timer, unless it rings soon enough.
    fn arm(self: &Rc<Self>) -> Result<(), Problem> {
        let Some(at) = self.open.borrow().keys().next().map(|(at, _)| *at) else { return Ok(()) };
        if self.timer.get().is_some_and(|(armed, _)| armed <= at) {
            return Ok(());
        }
        self.disarm();
        let ring = self.ring.get_or_init(|| {
            let shared = Rc::downgrade(self);
            Closure::new(move || Weak::upgrade(&shared).iter().for_each(Self::rang))
        });
        let millis = millis(at.since(clock::now()));
        let timer = global().set_timeout_with_callback_and_timeout_and_arguments_0(function(ring), millis)?;
        self.timer.set(Some((at, timer)));
        Ok(())
    }

    fn disarm(&self) {
        if let Some((_, timer)) = self.timer.take() {
            global().clear_timeout_with_handle(timer);
        }
    }

    fn rang(self: &Rc<Self>) {
        self.timer.set(None);
        let later = self.open.borrow_mut().split_off(&(clock::now().plus(Span::from_millis(1)), 0));
        let due = self.open.replace(later);
        due.values().for_each(AbortController::abort);
        if let Err(problem) = self.arm() {
            problem.log();
        }
    }
}

fn global() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn function(ring: &Closure<dyn Fn()>) -> &Function {
    ring.as_ref().unchecked_ref()
}

/// Timers hold 31 bits of milliseconds.
fn millis(span: Span) -> i32 {
    i32::try_from(span.as_millis()).unwrap_or(i32::MAX)
}
