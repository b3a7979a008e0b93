//! What must not be kept: values that rules name are taken out of documents before anything is stored, shown or sent on.
//! Never stores, never logs, never sends: it gives the redacted document, and the originals apart from it.
//!
//! Rules speak of four documents: the `inputs` and `context` of a start, and the `result` and `error` that CXone gives.
//! What they take out of the first two is looked for in all that comes back, too, in any string and in the spellings that
//! people and programs put text into; see [`Values`]. Everything that no rule and no such value touches keeps its text,
//! byte for byte.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::cache::Memory;
use crate::call::Payload;
use crate::execution::Door;
use crate::id::UpstreamId;
use crate::json::Json;
use crate::validate::{Code, ExecutionRequest, Faults, Invalid};

mod batch;
mod chain;
mod derived;
mod rules;
mod values;
mod walk;

pub use batch::conceal_batch;
pub use chain::{ConcealedChain, conceal_chain, conceal_order, reads_redacted};
pub use derived::derived;
pub use rules::{NAME_MAX, POINTER_MAX, RULES_MAX, RuleError, Rules};
pub use values::{VALUE_MIN, Values};

use walk::redact;

/// One of the documents that rules speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Document {
    /// What an action is given.
    Inputs,
    /// What is known around it.
    Context,
    /// What it gave.
    Result,
    /// Why it failed.
    Error,
}

impl Document {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Inputs, Self::Context, Self::Result, Self::Error];

    /// What a pointer to it begins with, behind its slash: `inputs`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Context => "context",
            Self::Result => "result",
            Self::Error => "error",
        }
    }
}

/// What was asked for, word for word: to be sealed, and opened for CXone only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Originals {
    /// A JSON object.
    pub inputs: Json,
    /// A JSON object.
    pub context: Json,
    /// Values beside those in both that must not be kept either: rules took them out of what these were made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<String>,
}

/// What [`conceal`] took out of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Concealed {
    /// Both documents as they were; `None` where nothing was taken out of either.
    pub originals: Option<Originals>,
    /// What was taken out.
    pub values: Values,
}

/// Redacts a request by the tenant's rules and its own, which the request has both from then on. Values that were taken
/// out of one place are taken out of every other place of the two documents.
///
/// # Errors
/// [`Invalid`] with the pointer of each other field that holds such a value, for these are stored, shown and sent on.
pub fn conceal(request: &mut ExecutionRequest, tenant: &Rules) -> Result<Concealed, Invalid> {
    request.redact = tenant.with(&request.redact);
    let Door::Start { inputs, context, .. } = &mut request.door else { return Ok(Concealed::default()) };
    if request.redact.is_empty() {
        return Ok(Concealed::default());
    }
    let originals = Originals::new(inputs.clone(), context.clone());
    let values = originals.values(&request.redact);
    *inputs = redact(raw(&originals.inputs), Document::Inputs, &request.redact, &values).json;
    *context = redact(raw(&originals.context), Document::Context, &request.redact, &values).json;
    let is_touched = *inputs != originals.inputs || *context != originals.context;
    check(request, &values)?;
    Ok(Concealed { originals: is_touched.then_some(originals), values })
}

impl Originals {
    /// Of a request.
    #[must_use]
    pub const fn new(inputs: Json, context: Json) -> Self {
        Self { inputs, context, taken: Vec::new() }
    }

    /// What these rules take out of them.
    #[must_use]
    pub fn values(&self, rules: &Rules) -> Values {
        Values::of(self.found(rules))
    }

    fn found(&self, rules: &Rules) -> Vec<String> {
        let none = Values::default();
        let mut found = redact(raw(&self.inputs), Document::Inputs, rules, &none).found;
        found.extend(redact(raw(&self.context), Document::Context, rules, &none).found);
        found.extend(self.taken.iter().cloned());
        found
    }
}

impl core::fmt::Debug for Originals {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Originals(…)")
    }
}

/// The fields that are no documents cannot be redacted: they are names by which others find things.
fn check(request: &ExecutionRequest, values: &Values) -> Result<(), Invalid> {
    let faults = Faults::default();
    let refuse = |pointer: String, text: &str| {
        if values.are_in(text) {
            faults.add(
                pointer,
                Code::Contradiction,
                "holds a value that is to be redacted, and cannot be redacted itself",
            );
        }
    };
    if let Some(action_id) = request.door.action_id() {
        refuse("/start/action_id".into(), action_id.as_str());
    }
    if let Some(correlation_id) = &request.correlation_id {
        refuse("/correlation_id".into(), correlation_id.as_str());
    }
    for (index, tag) in request.tags.iter().enumerate() {
        refuse(format!("/tags/{index}"), tag.as_str());
    }
    if let Some(notify) = &request.notify {
        refuse("/notify/url".into(), &notify.url);
    }
    faults.check(Some(()))
}

/// Takes out of what CXone says what must not be kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Redactor {
    rules: Rules,
    values: Values,
    sight: Sight,
}

/// Whether the values are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Sight {
    /// They are.
    #[default]
    Clear,
    /// Not any more, so no text can be told to be free of them but the name that CXone has given the execution.
    Lost(Option<UpstreamId>),
}

impl Redactor {
    /// By these rules, and free of the values that they take out of the originals and of these other secrets.
    #[must_use]
    pub fn new(rules: Rules, originals: Option<&Originals>, secrets: Vec<String>) -> Self {
        let mut found = originals.map(|originals| originals.found(&rules)).unwrap_or_default();
        found.extend(secrets);
        Self { rules, values: Values::of(found), sight: Sight::Clear }
    }

    /// Of an execution whose originals are gone: it keeps no document, no word of CXone's own, and no name but the one that
    /// it is known by there.
    #[must_use]
    pub fn closed(known: Option<UpstreamId>) -> Self {
        Self { sight: Sight::Lost(known), ..Self::default() }
    }

    /// A result as it may be kept.
    #[must_use]
    pub fn payload(&self, raw: &RawValue) -> Option<Payload> {
        Some(Payload::of(&self.document(Document::Result, raw)?))
    }

    /// An error as it may be kept.
    #[must_use]
    pub fn error(&self, raw: &RawValue) -> Option<Json> {
        Some(Json::from(&*self.document(Document::Error, raw)?))
    }

    /// A result of another execution's as it may be kept.
    #[must_use]
    pub fn memory(&self, memory: Memory) -> Option<Memory> {
        let result = Json::from(&*self.document(Document::Result, raw(&memory.result))?);
        Some(Memory { result, ..memory })
    }

    /// Of the rows of a history: by these rules' names, but those that a history is made of, and free of this secret.
    #[must_use]
    pub fn of_rows(rules: &Rules, secret: &str) -> Self {
        Self::new(rules.without(&ROW_NAMES), None, alloc::vec![secret.into()])
    }

    /// A row of a history as it may be kept. What is no JSON is not kept.
    #[must_use]
    pub fn row<'a>(&self, row: &'a str) -> Cow<'a, str> {
        if self.rules.is_empty() && !self.values.are_in(row) {
            return Cow::Borrowed(row);
        }
        let kept =
            Json::parse(row).ok().and_then(|json| Some(self.document(Document::Result, json.as_raw())?.get().into()));
        Cow::Owned(kept.unwrap_or_else(|| alloc::format!("\"{REDACTED}\"")))
    }

    /// A word of CXone's as it may be kept.
    #[must_use]
    pub fn word<'a>(&self, word: &'a str) -> Cow<'a, str> {
        if self.is_closed() {
            return Cow::Borrowed(REDACTED);
        }
        self.values.scrub(word).map_or(Cow::Borrowed(word), Cow::Owned)
    }

    /// Whether CXone's name of an execution must not be kept. Of values in it only long ones count, and one that is the whole
    /// name: six digits stand in many a random id.
    #[must_use]
    pub fn forbids(&self, name: &UpstreamId) -> bool {
        match &self.sight {
            Sight::Clear => self.values.are_in_name(name.as_str()),
            Sight::Lost(known) => known.as_ref() != Some(name),
        }
    }

    const fn is_closed(&self) -> bool {
        matches!(self.sight, Sight::Lost(_))
    }

    fn document<'a>(&self, document: Document, raw: &'a RawValue) -> Option<Cow<'a, RawValue>> {
        if self.is_closed() {
            return None;
        }
        if self.rules.is_empty() && self.values.is_empty() {
            return Some(Cow::Borrowed(raw));
        }
        let json = redact(raw, document, &self.rules, &self.values).json;
        Some(Cow::Owned(json.into_raw()))
    }
}

fn raw(json: &Json) -> &RawValue {
    json.as_raw()
}

/// What rows of a history are made of: without these there is none. Names of variables are not among them.
const ROW_NAMES: [&str; 14] = [
    "interactionId",
    "steps",
    "nodeId",
    "nodeType",
    "startTime",
    "endTime",
    "errorState",
    "variablesBefore",
    "variablesAfter",
    "stateIndex",
    "contactStateName",
    "contactStateId",
    "startDate",
    "duration",
];

/// What stands in place of what was taken out.
pub const REDACTED: &str = "[redacted]";
