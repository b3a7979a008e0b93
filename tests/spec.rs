//! The description of the API: that it is well formed, that it says what the readers admit, and that it names what the
//! Worker has, no more and no less. `check` holds every answer that the tests see to it.

pub(crate) mod check;
mod document;
mod example;
mod mirror;
mod source;
