//! What happens to an execution of a CXone Data Action, decided without doing any of it.
//!
//! The core takes `(event, now)` and returns the next state and the effects to perform. It never waits,
//! calls, reads a clock, draws a random number or logs; the Worker, the element, the simulator and the
//! tests are shells around it. So a virtual year runs in seconds, a crash can be put at any point, and
//! every run can be repeated from its seed.
//!
//! Start at [`execution`]: the machine. What it decides with: [`status`], [`failure`], [`backoff`].
//! What goes in: [`validate`] and [`profile`]. What comes out: [`wire`], [`journal`], [`audit`], [`outbox`].
#![no_std]
#![deny(missing_docs)]
#![warn(
    clippy::std_instead_of_core,
    clippy::alloc_instead_of_core,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions
)]

extern crate alloc;

pub mod allowance;
pub mod audit;
pub mod backoff;
pub mod batch;
pub mod breaker;
pub mod bundle;
pub mod cache;
pub mod call;
pub mod callback;
pub mod chain;
pub mod credential;
pub mod destination;
pub mod dispatch;
pub mod doctor;
pub mod execution;
pub mod export;
pub mod failure;
pub mod feed;
pub mod flow;
pub mod gate;
pub mod history;
pub mod id;
pub mod idempotency;
pub mod journal;
pub mod json;
pub mod key;
pub mod limiter;
pub mod listing;
pub mod map;
pub mod metrics;
pub mod origin;
pub mod outbox;
pub mod profile;
pub mod progress;
pub mod proxy;
pub mod quota;
pub mod random;
pub mod ration;
pub mod redaction;
pub mod retention;
pub mod retrieval;
#[cfg(feature = "schema")]
mod schema;
pub mod signature;
pub mod span;
pub mod status;
pub mod structured;
pub mod time;
pub mod trace;
pub mod validate;
pub mod vault;
pub mod wire;
