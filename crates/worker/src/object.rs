//! The Durable Objects: load, step, save, arm, perform. Never decide what happens: the core does.

mod delivery;
pub(crate) mod directory;
pub(crate) mod execution;
pub(crate) mod flow;
mod host;
mod rows;
mod sheet;
pub(crate) mod stub;
pub(crate) mod tenant;
