//! A tenant's limits: how many calls at once, how many in a time, and who goes next. Never makes a call, never holds a token.
//!
//! - [`Permits`]: calls in flight, leased with a deadline, under a limit that adapts.
//! - [`Pace`]: calls in a time, evenly spaced, and instants before which none may go at all.
//! - [`Line`]: who waits, in a fair order.

mod line;
mod pace;
mod permits;

pub use line::{HELD_MAX, Hears, Line, Newcomer, WAITING_BY_KEY_MAX, WAITING_MAX};
pub use pace::{Interval, Pace};
pub use permits::{
    LATENCY_SAMPLES_MIN, LATENCY_UNKNOWN, LEASE_MAX, LEASE_SLACK, Lease, PATIENCE_MAX, Permits, WAIT_MAX,
};
