//! Which nodes of a chain are to run again. Never looks at any.

use alloc::string::String;
use alloc::vec::Vec;

use super::fields::{Faults, Fields, parse_body};
use super::{Code, Invalid};
use crate::chain::NODES_MAX;

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainRedrive {
    /// By name, 1..=[`NODES_MAX`] of them; `None` for all that failed, was canceled or did not start.
    pub nodes: Option<Vec<String>>,
    /// Whether nothing is to be run, and only told what would be.
    pub is_preview: bool,
}

/// Reads `{"nodes": ["fetch"], "preview": true}`; `{}` or no body at all is for all that failed, was canceled or did not start.
///
/// # Errors
/// [`Invalid`] with every violation and its pointer.
pub fn parse_chain_redrive(text: &str) -> Result<ChainRedrive, Invalid> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    let body = parse_body(text)?;
    let faults = Faults::default();
    let request = Fields::of(body.as_raw(), String::new(), &faults).map(read);
    faults.check(request)
}

fn read(mut fields: Fields<'_>) -> ChainRedrive {
    let nodes = fields.list("nodes", NODES_MAX, Ok::<_, String>);
    let is_preview = fields.flag("preview").unwrap_or_default();
    if nodes.as_ref().is_some_and(Vec::is_empty) {
        fields.fault("nodes", Code::OutOfRange, "must name at least one; leave it out for all");
    }
    fields.finish();
    ChainRedrive { nodes, is_preview }
}
