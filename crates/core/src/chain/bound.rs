//! What templates of a node find of those before it, and why its inputs could not be made. Never evaluates a template.

use serde_json::value::RawValue;

use crate::call::Payload;
use crate::execution::Execution;
use crate::flow::End;
use crate::json::Json;
use crate::wire::payload_of;

use super::Chain;

/// Why a node's inputs could not be made, as programs match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BindCode {
    /// A template reads what there is not.
    Undefined,
    /// A template cannot be evaluated with what it reads.
    Fault,
    /// A template takes too long, or comes to too much.
    Limit,
    /// A template reads a result that was too large to keep whole.
    TooLarge,
}

/// What a node before has for templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Nothing: it has no result.
    None,
    /// This: `output` of its result, where that is an object with an object so named, else the result itself.
    Whole(Json),
    /// More than was kept of it.
    Cut,
}

impl BindCode {
    /// Ours, as in JSON: `TEMPLATE_UNDEFINED`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Undefined => "TEMPLATE_UNDEFINED",
            Self::Fault => "TEMPLATE_FAULT",
            Self::Limit => "TEMPLATE_LIMIT",
            Self::TooLarge => "RESULT_TOO_LARGE",
        }
    }
}

impl Chain {
    /// What a node that has ended has for those after it. `execution` is that of its answer, where there was one, `fallback`
    /// what its order says.
    #[must_use]
    pub fn output(&self, index: u32, execution: Option<&Execution>, fallback: Option<&Json>) -> Output {
        match self.end(index) {
            Some(End::Successful | End::Degraded) => execution.map_or(Output::None, output_of),
            Some(End::Replaced) => fallback.cloned().map_or(Output::None, Output::Whole),
            Some(End::Failed | End::Canceled | End::Skipped | End::Excused) | None => Output::None,
        }
    }
}

fn output_of(execution: &Execution) -> Output {
    match payload_of(execution).as_ref().map(AsRef::as_ref) {
        None => Output::None,
        Some(Payload::Truncated { .. }) => Output::Cut,
        Some(Payload::Whole(result)) => Output::Whole(unwrapped(result)),
    }
}

/// CXone wraps what an action gives in an envelope, which has its `output` beside what is said of it.
fn unwrapped(result: &Json) -> Json {
    let is_object = |value: &&RawValue| value.get().starts_with('{');
    // Of a list `/output` is nothing.
    result.pointer("/output").filter(is_object).map_or_else(|| result.clone(), Json::from)
}
