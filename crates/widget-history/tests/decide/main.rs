//! What the element decides and what it puts where, without a page; fed with what the core makes of histories.
#![cfg(not(target_arch = "wasm32"))]

mod asking;
mod drawing;
mod face;
mod number;
mod plan;
mod reading;
mod scene;
mod script;
