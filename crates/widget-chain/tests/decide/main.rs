//! What the element decides and what it puts where, without a page; fed with what the core makes of chains.
#![cfg(not(target_arch = "wasm32"))]

mod deed;
mod drawing;
mod face;
mod look;
mod plan;
mod reading;
mod scene;
mod script;
