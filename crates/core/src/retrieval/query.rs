//! What of a history is wanted, and how CXone is asked for it: a filter with every value checked and quoted. Never sends it.
//!
//! The grammar of `/api/v2/interactions/history/query`, as a tutorial on workflow history writes it: conditions joined by
//! ` AND `, texts in single quotes without an escape.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Which interactions: each condition that is given has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HistoryQuery {
    /// These; any where empty.
    pub interaction_ids: Vec<InteractionId>,
    /// With a step then or later.
    pub start: Option<Timestamp>,
    /// With a step then or earlier.
    pub end: Option<Timestamp>,
    /// With a step that failed, or with one that did not.
    pub error_state: Option<bool>,
}

/// CXone's id of an interaction: 1..=128 letters, digits and `._:@/+=-`. A quote or a bracket would end the text of a filter, and
/// CXone has no escape for one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InteractionId(String);

impl InteractionId {
    /// Takes a text that follows the rule.
    ///
    /// # Errors
    /// The rule, where it does not.
    pub fn parse(text: impl Into<String>) -> Result<Self, &'static str> {
        let text = text.into();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:@/+=-".contains(&byte);
        let is_id = (1..=128).contains(&text.len()) && text.bytes().all(is_plain);
        if is_id { Ok(Self(text)) } else { Err("must be 1 to 128 letters, digits and ._:@/+=-") }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for InteractionId {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, &'static str> {
        Self::parse(text)
    }
}

impl From<InteractionId> for String {
    fn from(id: InteractionId) -> Self {
        id.0
    }
}

impl HistoryQuery {
    /// CXone's filter: `interactionId IN ['a', 'b'] AND nodeTimestamp >= '…'`.
    #[must_use]
    pub fn filter(&self) -> String {
        let mut conditions: Vec<String> = Vec::new();
        if !self.interaction_ids.is_empty() {
            let ids: Vec<String> = self.interaction_ids.iter().map(|id| quoted(id.as_str())).collect();
            conditions.push(format!("interactionId IN [{}]", ids.join(", ")));
        }
        conditions.extend(self.start.map(|at| format!("nodeTimestamp >= {}", quoted(&format!("{at}")))));
        conditions.extend(self.end.map(|at| format!("nodeTimestamp <= {}", quoted(&format!("{at}")))));
        conditions.extend(self.error_state.map(|is| format!("errorState = {}", if is { "True" } else { "False" })));
        conditions.join(" AND ")
    }
}

/// In single quotes; what would end them is not in it, whatever was checked before.
fn quoted(text: &str) -> String {
    let inside: String = text.to_owned().replace(['\'', '\\'], "");
    format!("'{inside}'")
}
