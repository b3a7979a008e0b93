//! Puts what there is to see on the page: one file per element. Never decides what to show.

pub(crate) mod execution;
