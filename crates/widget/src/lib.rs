//! Custom elements that show executions live in any web page: `<cxpulse-execution>`.
//!
//! [`model`] decides, [`face`] says what there is to see, [`text`] in which words; the view draws it and the feed talks
//! to the server. What decides builds on any target; what draws and talks exists in a browser only.
//!
//! Without std where it ships: the machinery behind its panics would take a tenth of the size budget. A panic there is
//! a trap; in a debug build it is a message.
#![no_std]
#![deny(missing_docs)]

extern crate alloc;
#[cfg(any(not(target_arch = "wasm32"), debug_assertions))]
extern crate std;

pub mod face;
pub mod model;
pub mod snapshot;
pub mod text;

#[cfg(target_arch = "wasm32")]
mod element;
#[cfg(target_arch = "wasm32")]
mod view;

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
