//! Examples: what callers sent to the built Worker, and what it answered. A test records them, and holds them to what is
//! answered now; nothing here is made up.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An exchange of one operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// What was sent, where something was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Value>,
    /// The status of the answer.
    pub status: u16,
    /// Its media type.
    pub media_type: String,
    /// Its body: JSON, or text as it was.
    pub body: Value,
}

/// Exchanges by operation, and by a name of each, in words.
pub type Exchanges = BTreeMap<String, BTreeMap<String, Exchange>>;

/// What was recorded.
///
/// # Errors
/// Where the file is not what a recording writes.
pub fn recorded() -> Result<Exchanges, serde_json::Error> {
    serde_json::from_str(RECORDED)
}

/// The exchanges of one operation.
pub(crate) fn of(operation: &str) -> impl Iterator<Item = (&'static str, &'static Exchange)> {
    static ALL: OnceLock<Exchanges> = OnceLock::new();
    // A file that cannot be read has no examples; a test reads it by `recorded`, and says why.
    let all = ALL.get_or_init(|| recorded().unwrap_or_default());
    all.get(operation).into_iter().flatten().map(|(name, exchange)| (name.as_str(), exchange))
}

const RECORDED: &str = include_str!("example/recorded.json");
