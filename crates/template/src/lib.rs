//! Jinja expressions in a chain's inputs: what they read, and what they become once the nodes before have ended.
//!
//! `"{{ fetch.customer.id }}"` keeps the type of what it names, byte for byte; text around an expression makes a text.
//! Syntax, filters and tests are those of Jinja2 as MiniJinja has them, which the tests hold this crate against. There
//! are no statements, no calls, no clock, no chance and no loader: a template reads results and declared inputs, and the
//! same results always give the same inputs. Every evaluation ends within [`WORK_MAX`], whatever was written: what a step
//! costs is what it touches and makes, so that no single step is dear. Never names a value in a fault, only its type.
//!
//! Start at [`bind`] and [`Template`]; what can be read is a [`Scope`].
//!
//! Sources: Jinja2's template designer documentation; MiniJinja 3 for what differs; RFC 3339 for dates.
#![deny(missing_docs)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a filter names the types that it takes; all others meet one refusal"
)]
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)]

mod bind;
mod date;
mod evaluate;
mod fault;
mod filter;
mod lexer;
mod meter;
mod number;
mod operator;
mod parser;
mod scope;
mod syntax;
mod template;
mod trial;
mod value;

pub use bind::{bind, decide};
pub use fault::{BindFault, BindFaultKind, SyntaxFault};
pub use meter::{ITEMS_MAX, TEXT_MAX, WORK_MAX};
pub use parser::DEPTH_MAX;
pub use scope::{Held, Scope};
pub use template::{Jinja, Template};
