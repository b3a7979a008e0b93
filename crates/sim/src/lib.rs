//! A CXone that is not there: its HTTP dialects over executions that follow a script.
//!
//! [`World`] is the whole of it, pure and deterministic: it takes `(request, now)` and returns the answer and
//! how the answer is to be delivered. It opens no socket, reads no clock and starts no thread, so a simulation
//! can run it on a virtual clock; the binary beside it puts it on a real socket.
//!
//! It is an independent party on purpose: of `cxpulse-core` it uses the clock types, never the rules, so that a
//! mistake in our rules is not made on both sides.
//!
//! - [`exchange`]: a request, and a reply with its delivery.
//! - [`script`]: the lives that an execution can lead.
//! - [`fault`]: what can be made to go wrong, by a seed.
//! - [`recording`]: a past that was recorded elsewhere.
#![deny(missing_docs)]

mod callback;
mod control;
mod dialect;
mod discovery;
pub mod exchange;
mod execution;
pub mod fault;
mod fields;
mod flight;
mod limit;
mod range;
pub mod recording;
pub mod script;
mod settings;
mod stats;
mod token;
mod world;

pub use callback::{CALLBACK_ATTEMPTS_MAX, CallbackCall, Preset, Signing};
pub use dialect::Kind;
pub use exchange::{Delivery, Reply, Request};
pub use execution::EXECUTIONS_MAX;
pub use fault::{CallbackFaults, Faults, HistoryFaults, RateLimitHeaders, Rates, TotalFault};
pub use flight::Flight;
pub use recording::{Recording, RecordingError};
pub use settings::{INTERACTIONS_MAX, Past, Settings, VARIABLES_MAX};
pub use world::World;
