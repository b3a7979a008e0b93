//! Puts what there is to see on the page: one file per element, and a tree of nodes that only touches what changed.
//! Never decides what to show.

pub(crate) mod execution;
mod tree;
