//! `<cxpulse-history>`: what interactions went through on CXone, and where their time went, in any web page. Progress while rows come,
//! then pictures: process map, variants, bottlenecks, dwell times, rework, errors, outliers; with tables behind them.
//!
//! [`model`] decides, [`view`] says what stands where, as text; [`text`] has the words; [`map`] says where the process map is drawn.
//! What draws and talks exists in a browser only. What it shares with the other elements is in `cxpulse-element`.
//!
//! Without std where it ships, as `cxpulse-element` says. A panic there is a trap; in a debug build it is a message.
#![no_std]
#![deny(missing_docs)]

extern crate alloc;
#[cfg(any(not(target_arch = "wasm32"), debug_assertions))]
extern crate std;

pub mod errand;
pub mod face;
pub mod filter;
pub mod map;
pub mod model;
pub mod number;
pub mod report;
pub mod snapshot;
pub mod text;
pub mod view;

#[cfg(target_arch = "wasm32")]
mod element;
#[cfg(target_arch = "wasm32")]
mod hands;

#[cfg(target_arch = "wasm32")]
pub use element::start;

/// Small, and constant in time.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

#[cfg(all(target_arch = "wasm32", not(debug_assertions)))]
#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
