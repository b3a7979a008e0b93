//! Custom elements that show executions live in any web page: `<cxpulse-execution>`.
//!
//! [`model`] decides, [`face`] says what there is to see, [`text`] in which words; the view draws it and the feed talks
//! to the server. What decides builds on any target; what draws and talks exists in a browser only.
#![deny(missing_docs)]

pub mod face;
pub mod json;
pub mod model;
pub mod snapshot;
pub mod sse;
pub mod text;

#[cfg(target_arch = "wasm32")]
mod clock;
#[cfg(target_arch = "wasm32")]
mod element;
#[cfg(target_arch = "wasm32")]
mod feed;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use element::start;
