//! The one test binary. Tests say what is wanted as data in, text out; `check` alone knows the core's API.

mod check;
mod core;
mod page;
mod seeds;
mod spec;
mod template;
mod worker;
