//! The routes: authenticate, parse, find the object, forward, encode. Never decide anything about an execution.

pub(crate) mod access;
mod admission;
pub(crate) mod batch;
pub(crate) mod callback;
pub(crate) mod chain;
pub(crate) mod directory;
pub(crate) mod execution;
pub(crate) mod feed;
pub(crate) mod history;
pub(crate) mod letter;
pub(crate) mod metrics;
pub(crate) mod page;
pub(crate) mod proxy;
pub(crate) mod socket;
pub(crate) mod tenant;
pub(crate) mod token;
