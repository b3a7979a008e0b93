//! What the element decides, without a page.
#![cfg(not(target_arch = "wasm32"))]

mod face;
mod life;
mod reading;
mod script;
