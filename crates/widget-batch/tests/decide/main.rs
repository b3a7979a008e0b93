//! What the element decides and what it puts where, without a page.
#![cfg(not(target_arch = "wasm32"))]

mod deed;
mod face;
mod grid;
mod plan;
mod reading;
mod script;
mod table;
