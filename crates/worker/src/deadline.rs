//! When something is given up that goes on outside. Not the runtime's own `AbortSignal.timeout`: its timer runs on after
//! the answer, and an object with a timer is not put away.

use js_sys::Function;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{AbortController, AbortSignal, WorkerGlobalScope};

use cxpulse_core::time::Span;

use crate::problem::Problem;

/// Aborts what has its signal when its time is over. Must be held until the answer is there: the timer goes with it.
pub(crate) struct Deadline {
    controller: AbortController,
    timer: i32,
    _ring: Closure<dyn Fn()>,
}

impl Deadline {
    /// `span` from now.
    pub(crate) fn after(span: Span) -> Result<Self, Problem> {
        let controller = AbortController::new()?;
        let ring = Closure::<dyn Fn()>::new({
            let controller = controller.clone();
            move || controller.abort()
        });
        let timer = global().set_timeout_with_callback_and_timeout_and_arguments_0(function(&ring), millis(span))?;
        Ok(Self { controller, timer, _ring: ring })
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
        global().clear_timeout_with_handle(self.timer);
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
