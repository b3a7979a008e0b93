//! The Durable Objects: load, step, save, arm, perform. Never decide what happens: the core does.

pub(crate) mod directory;
pub(crate) mod execution;
mod host;
mod rows;
pub(crate) mod stub;
pub(crate) mod tenant;
