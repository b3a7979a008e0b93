//! What the custom elements share: how they come by snapshots, how they read and word them, and the page's hands.
//!
//! Each element is a wasm module of its own, with a budget of its own, so that a page loads what it shows and nothing else;
//! they share this source, and on the page one connection and one timer. Never knows what a snapshot is of.
//!
//! Without std where it ships: the machinery behind its panics would take a tenth of the size budget.
#![no_std]
#![deny(missing_docs)]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

pub mod flow;
pub mod json;
pub mod model;
pub mod plan;
pub mod reading;
pub mod sse;
pub mod text;

#[cfg(target_arch = "wasm32")]
pub mod hands;
#[cfg(target_arch = "wasm32")]
pub mod shell;
