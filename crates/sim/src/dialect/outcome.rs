//! What an action brings about, whichever dialect tells of it: the result, the error, and answers that are broken.
//! Never changes an execution.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::uuid_text;
use crate::exchange::Reply;
use crate::execution::Execution;
use crate::script::{RECORDS_TOTAL, Twist, is_failed};

/// To whom it is told; a script may keep its weight for one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    Poll,
    Answer,
    Callback,
}

/// What a completed action gives.
#[derive(Serialize)]
pub(super) struct ActionResult<'a> {
    customer_id: Value,
    record_id: String,
    echo: &'a RawValue,
    records: u64,
    /// What a chain's next action takes its inputs from.
    output: Output,
    #[serde(skip_serializing_if = "Option::is_none")]
    filler: Option<String>,
}

#[derive(Serialize)]
struct Output {
    customer_id: Value,
    record_id: String,
}

/// Why an action failed.
#[derive(Serialize)]
pub(super) struct ActionError {
    pub(super) code: &'static str,
    pub(super) message: &'static str,
    retryable: bool,
}

impl<'a> ActionResult<'a> {
    pub(super) fn of(execution: &'a Execution, audience: Audience) -> Self {
        let weight = match (execution.life.twist, audience) {
            (Twist::Heavy(bytes), _) | (Twist::HeavyPoll(bytes), Audience::Poll) => Some(bytes),
            (Twist::HeavyPoll(_), Audience::Answer | Audience::Callback) => None,
            (Twist::Plain | Twist::Degraded { .. } | Twist::Late(_), _) => None,
        };
        let (customer_id, record_id) = (customer_id(execution), uuid_text(execution.record_id));
        Self {
            customer_id: customer_id.clone(),
            record_id: record_id.clone(),
            echo: &execution.inputs,
            records: RECORDS_TOTAL,
            output: Output { customer_id, record_id },
            filler: weight.map(|bytes| "x".repeat(bytes)),
        }
    }
}

impl ActionError {
    /// The error behind a word; `None` unless the word is the bad end.
    pub(super) fn of(word: &str) -> Option<Self> {
        let message = "the target system refused record 30001";
        is_failed(word).then_some(Self { code: "DATA_ACTION_FAILED", message, retryable: false })
    }
}

/// The broken answers of a gateway in maintenance, one after the other from poll to poll; `status` and `id` are the
/// fields of `whole` that two of them lack.
pub(super) fn broken(polls: u64, whole: Vec<u8>, status: &str, id: &str) -> Reply {
    let without = |field: &str| match serde_json::from_slice(&whole) {
        Ok(Value::Object(mut fields)) => {
            fields.remove(field);
            Reply::json(200, &fields)
        }
        Ok(_) | Err(_) => Reply::new(200),
    };
    match polls % 5 {
        0 => without(status),
        1 => Reply::maintenance_page(),
        2 => Reply::raw_json(200, whole.get(..whole.len() / 2).unwrap_or_default().to_vec()),
        3 => Reply::raw_json(200, [b"[", whole.as_slice(), b"]"].concat()),
        _ => without(id),
    }
}

/// The customer that the inputs name, else one that this action found.
fn customer_id(execution: &Execution) -> Value {
    let known: KnownInputs = serde_json::from_str(execution.inputs.get()).unwrap_or_default();
    known.customer_id.or(known.camel_customer_id).unwrap_or_else(|| {
        let account = known.account_id.as_ref().and_then(Value::as_str).map(str::to_owned);
        Value::String(format!("CUST-{}", account.unwrap_or_else(|| execution.record_id.simple().to_string())))
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct KnownInputs {
    customer_id: Option<Value>,
    #[serde(rename = "customerId")]
    camel_customer_id: Option<Value>,
    account_id: Option<Value>,
}
