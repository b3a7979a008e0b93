//! The Worker's only clock, and the only code that sets an alarm. Never decides when.
//!
//! An alarm is always an absolute date: the SDK reads a bare number or a `Duration` as an offset from now.
//! Setting it is not awaited, so that it is part of the same atomic write as the rows saved beside it; a write that
//! fails breaks the object's output gate, and nothing that depends on it ever leaves.

use std::time::Duration;

use cxpulse_core::time::{Span, Timestamp};
use js_sys::Date;
use wasm_bindgen::JsValue;
use worker::durable::State;
use worker::{Delay, Result};

/// Now, as the runtime tells it: it stands still while code runs, and moves on at I/O.
pub(crate) fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "epoch milliseconds, far below 2^53")]
    let millis = Date::now() as u64;
    Timestamp::from_millis(millis)
}

/// Sets the object's one alarm, or clears it.
pub(crate) fn arm(state: &State, at: Option<Timestamp>) -> Result<()> {
    let storage = state.storage();
    let no_options = || js_sys::Object::from(JsValue::UNDEFINED);
    match at {
        Some(at) => {
            #[expect(clippy::cast_precision_loss, reason = "epoch milliseconds, far below 2^53")]
            let date = Date::new(&JsValue::from_f64(at.as_millis() as f64));
            drop(storage.as_raw().set_alarm(date, no_options())?);
        }
        None => {
            drop(storage.as_raw().delete_alarm(no_options())?);
        }
    }
    Ok(())
}

/// Waits for `span`, at most 24 days: timers hold 31 bits of milliseconds.
pub(crate) async fn pause(span: Span) {
    const PAUSE_MAX: u64 = 0x7fff_ffff;
    Delay::from(Duration::from_millis(span.as_millis().min(PAUSE_MAX))).await;
}
