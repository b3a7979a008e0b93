//! Rules of redaction as operators and callers write them.

use alloc::string::String;

use super::Invalid;
use super::fields::{Faults, Fields, parse_body};
use crate::redaction::{RULES_MAX, Rules};

/// Reads `{"names": […], "pointers": […]}`, each with at most [`RULES_MAX`] of them.
///
/// # Errors
/// [`Invalid`] with every violation and its pointer.
pub fn parse_redaction(text: &str) -> Result<Rules, Invalid> {
    let body = parse_body(text)?;
    let faults = Faults::default();
    let rules = body.pointer("").and_then(|root| Fields::of(root, String::new(), &faults)).map(read_rules);
    faults.check(rules)
}

pub(super) fn read_rules(mut fields: Fields<'_>) -> Rules {
    let names = fields.list("names", RULES_MAX, Rules::name);
    let pointers = fields.list("pointers", RULES_MAX, Rules::pointer);
    fields.finish();
    Rules::new(names.unwrap_or_default(), pointers.unwrap_or_default())
}
