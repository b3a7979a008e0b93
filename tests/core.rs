//! Tables and properties of the core: one file per module.

mod execution;
