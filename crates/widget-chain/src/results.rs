//! What the server answers beside snapshots: what a node came to, and what a redrive would run. Never more of it than is shown.
//!
//! The shapes are those of `cxpulse_core::wire::chain`.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_element::json::Raw;

/// What a redrive would run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// How many nodes, if all goes well.
    pub count: u64,
    /// Names of those that it begins with.
    pub nodes: Vec<String>,
    /// Names of those that run again because they need one of these.
    pub after: Vec<String>,
    /// How many may have run on CXone without anybody knowing how it ended.
    pub may_have_run: u64,
}

impl Preview {
    /// Reads what a redrive with `preview` is answered with; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let root = Raw::first(text)?;
        let names = |name: &str| -> Vec<String> {
            root.member(name).map(|names| names.items().filter_map(Raw::string).collect()).unwrap_or_default()
        };
        let may_have_run = names("may_have_run").len().try_into().unwrap_or_default();
        Some(Self { count: root.member("count")?.whole()?, nodes: names("nodes"), after: names("after"), may_have_run })
    }
}

/// The output of that node, over several lines and cut where it is long; empty where it has none, `None` where the text is no
/// answer to such a question.
#[must_use]
pub fn output(text: &str, node: &str) -> Option<String> {
    let results = Raw::first(text)?.member("results")?;
    let found = results.members().find(|(name, _)| *name == node);
    Some(found.map(|(_, value)| value.pretty(SHOWN_MAX)).unwrap_or_default())
}

/// Bytes of an output that are shown; the whole of it is what the API is for.
const SHOWN_MAX: usize = 16_384;
