//! What templates of a node find of those before it. Never evaluates a template.

use serde_json::value::RawValue;

use super::Chain;
use crate::call::Payload;
use crate::execution::Execution;
use crate::flow::End;
use crate::json::{Json, descend};
use crate::wire::payload_of;

/// What there is of a node's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// None: the node was skipped, or failed and was excused, or gave none.
    Nothing,
    /// All of it: what is read of it is its [`output_of`].
    Whole(Json),
    /// Only a part of it was kept: to read it is a fault, `RESULT_TOO_LARGE`.
    TooLarge,
}

impl Chain {
    /// What a node that has ended has for those after it. `execution` is that of its answer, where there was one; `fallback`
    /// is what its order says, and stands in for a result.
    #[must_use]
    pub fn held(&self, index: u32, execution: Option<&Execution>, fallback: Option<&Json>) -> Held {
        match self.end(index) {
            Some(End::Successful | End::Degraded) => execution.map_or(Held::Nothing, held_by),
            Some(End::Replaced) => fallback.cloned().map_or(Held::Nothing, Held::Whole),
            Some(End::Failed | End::Canceled | End::Skipped | End::Excused) | None => Held::Nothing,
        }
    }
}

fn held_by(execution: &Execution) -> Held {
    match payload_of(execution).as_ref().map(AsRef::as_ref) {
        None => Held::Nothing,
        Some(Payload::Truncated { .. }) => Held::TooLarge,
        Some(Payload::Whole(result)) => Held::Whole(result.clone()),
    }
}

/// The output within a result: what CXone wraps as `{"output": {…}, …}` is unwrapped; any other result is its own output.
#[must_use]
pub fn output_of(result: &RawValue) -> &RawValue {
    // Of a list `/output` is nothing.
    descend(result, "/output").filter(|output| output.get().starts_with('{')).unwrap_or(result)
}
