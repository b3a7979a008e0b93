//! The pages and the element in a real browser, against the built Worker. Asserts on what a person gets to see or
//! hear (DOM, ARIA, pixels that overflow), never on private state.
//!
//! Each test leaves screenshots in `target/screenshots`, for people to look at.

mod api;
mod batch;
mod browser;
mod chain;
mod console;
mod embed;
mod gate;
mod history;
mod looks;
mod resilience;
mod transport;
mod way;
mod within;
