//! The only clock of the element. Never goes back: when the machine's does, time stands until it has caught up, and
//! each timer that rings moves it on.

use core::cell::Cell;

use cxpulse_core::time::{Span, Timestamp};

thread_local! {
    static FLOOR: Cell<Timestamp> = const { Cell::new(Timestamp::from_millis(0)) };
}

/// Now.
pub(crate) fn now() -> Timestamp {
    reached(from_js(js_sys::Date::now()))
}

/// It is at least so late; gives the later of that and what was known.
pub(crate) fn reached(at: Timestamp) -> Timestamp {
    FLOOR.with(|floor| {
        floor.set(floor.get().max(at));
        floor.get()
    })
}

/// From JS epoch milliseconds; the epoch for what is no instant.
pub(crate) fn from_js(millis: f64) -> Timestamp {
    Timestamp::from_millis(Span::from_millis_f64(millis).as_millis())
}

/// As a JS date.
pub(crate) fn to_js(at: Timestamp) -> js_sys::Date {
    js_sys::Date::new(&at.since(Timestamp::default()).as_millis_f64().into())
}

/// A timer's delay: browsers hold 31 bits of milliseconds, and take more for none at all.
pub(crate) fn delay_ms(wait: Span) -> i32 {
    i32::try_from(wait.as_millis()).unwrap_or(i32::MAX)
}
