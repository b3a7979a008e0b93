//! The API of the Worker, described: OpenAPI 3.1 and AsyncAPI 3.0. Native only: the Worker serves the finished files.
//!
//! The schemas come from the types that the Worker writes its answers with (`cxpulse_core`, feature `schema`), and, for
//! what its readers admit, from mirrors of them in [`request`]; tests hold each mirror to its reader. The operations are
//! tables in [`operation`]; tests hold them to the Worker's routes, its problems and its answers. Never read by the Worker.

pub mod answer;
pub mod asyncapi;
pub mod event;
pub mod example;
pub mod openapi;
pub mod operation;
pub mod parameter;
pub mod problem;
pub mod request;
pub mod schema;
mod shape;

pub use asyncapi::asyncapi;
pub use openapi::openapi;
