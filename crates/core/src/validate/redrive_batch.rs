//! Which items of a batch are to run again. Never looks at any.

use alloc::string::String;
use alloc::vec::Vec;

use super::fields::{Faults, Fields, parse_body};
use super::{Code, Invalid};
use crate::batch::ITEMS_MAX;
use crate::flow::NodeStatus;

/// What a caller asks for: items that are of `items`, where it says so, and have one of `statuses`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRedrive {
    /// By id, 1..=[`ITEMS_MAX`] of them; `None` for all.
    pub items: Option<Vec<String>>,
    /// Never empty; what failed, is degraded, canceled or not started unless given.
    pub statuses: Vec<NodeStatus>,
    /// Whether nothing is to be run, and only told what would be.
    pub is_preview: bool,
}

/// Reads `{"items": ["a"], "statuses": ["failed"], "preview": true}`; `{}` or no body at all is for all that did not succeed.
///
/// # Errors
/// [`Invalid`] with every violation and its pointer.
pub fn parse_batch_redrive(text: &str) -> Result<BatchRedrive, Invalid> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    let body = parse_body(text)?;
    let faults = Faults::default();
    let request = Fields::of(body.as_raw(), String::new(), &faults).map(read);
    faults.check(request)
}

fn read(mut fields: Fields<'_>) -> BatchRedrive {
    let items = fields.list("items", ITEMS_MAX, Ok::<_, String>);
    let statuses = fields.list("statuses", NodeStatus::REDRIVEN.len(), |word| {
        let found = NodeStatus::REDRIVEN.into_iter().find(|status| status.name() == word);
        found.ok_or("must be one of failed, degraded, canceled, not_started")
    });
    let is_preview = fields.flag("preview").unwrap_or_default();
    for (name, is_empty) in [
        ("items", items.as_ref().is_some_and(Vec::is_empty)),
        ("statuses", statuses.as_ref().is_some_and(Vec::is_empty)),
    ] {
        if is_empty {
            fields.fault(name, Code::OutOfRange, "must name at least one; leave it out for all");
        }
    }
    fields.finish();
    BatchRedrive { items, statuses: statuses.unwrap_or_else(|| NodeStatus::REDRIVEN.to_vec()), is_preview }
}
