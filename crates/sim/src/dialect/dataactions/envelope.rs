//! The envelope in which this dialect tells of an execution, whole and broken. Never changes the execution.

use cxpulse_core::time::{Rfc3339, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::exchange::Reply;
use crate::execution::Execution;
use crate::script::{RECORDS_TOTAL, Twist, is_completed, is_failed};

/// To whom it is told; a script may keep its weight for one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    Poll,
    Answer,
    Callback,
}

/// The envelope as JSON; a callback's has the correlation id and action beside it.
pub(super) fn write(execution: &Execution, now: Timestamp, audience: Audience) -> Vec<u8> {
    let envelope = Envelope::of(execution, now, audience);
    let written = match audience {
        Audience::Poll | Audience::Answer => serde_json::to_vec(&envelope),
        Audience::Callback => {
            let (correlation_id, definition_id) = (execution.correlation_id.as_deref(), &execution.action_id);
            serde_json::to_vec(&Told { envelope, correlation_id, definition_id })
        }
    };
    // Every key is text, so writing cannot fail; an empty body would show.
    written.unwrap_or_default()
}

pub(super) fn write_list<'a>(executions: impl Iterator<Item = &'a Execution>, now: Timestamp) -> Vec<u8> {
    let executions = executions.map(|execution| Envelope::of(execution, now, Audience::Answer)).collect();
    serde_json::to_vec(&List { executions }).unwrap_or_default()
}

/// The broken answers of a gateway in maintenance, one after the other from poll to poll.
pub(super) fn degraded(execution: &Execution, now: Timestamp) -> Reply {
    let whole = write(execution, now, Audience::Poll);
    let without = |field: &str| match serde_json::from_slice(&whole) {
        Ok(Value::Object(mut fields)) => {
            fields.remove(field);
            Reply::json(200, &fields)
        }
        Ok(_) | Err(_) => Reply::new(200),
    };
    match execution.polls % 5 {
        0 => without("status"),
        1 => Reply::maintenance_page(),
        2 => Reply::raw_json(200, whole.get(..whole.len() / 2).unwrap_or_default().to_vec()),
        3 => Reply::raw_json(200, [b"[", whole.as_slice(), b"]"].concat()),
        _ => without("execution_id"),
    }
}

/// In the order of the seed.
#[derive(Serialize)]
struct Envelope<'a> {
    execution_id: String,
    status: &'static str,
    created_time: Rfc3339,
    started_time: Option<Rfc3339>,
    completed_time: Option<Rfc3339>,
    result: Option<ExecutionResult<'a>>,
    error: Option<ExecutionError>,
    metadata: Option<Metadata>,
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    envelope: Envelope<'a>,
    correlation_id: Option<&'a str>,
    definition_id: &'a str,
}

#[derive(Serialize)]
struct List<'a> {
    executions: Vec<Envelope<'a>>,
}

#[derive(Serialize)]
struct ExecutionResult<'a> {
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

#[derive(Serialize)]
struct ExecutionError {
    code: &'static str,
    message: &'static str,
    retryable: bool,
}

#[derive(Serialize)]
struct Metadata {
    records_processed: u64,
    records_total: u64,
}

impl<'a> Envelope<'a> {
    fn of(execution: &'a Execution, now: Timestamp, audience: Audience) -> Self {
        let sight = execution.sight(now);
        Self {
            execution_id: uuid_text(execution.id),
            status: sight.word,
            created_time: Rfc3339(execution.created_at),
            started_time: execution.started_at(now).map(Rfc3339),
            completed_time: execution.completed_at(now).map(Rfc3339),
            result: is_completed(sight.word).then(|| ExecutionResult::of(execution, audience)),
            error: is_failed(sight.word).then_some(ExecutionError {
                code: "DATA_ACTION_FAILED",
                message: "the target system refused record 30001",
                retryable: false,
            }),
            metadata: sight.done.map(|done| Metadata { records_processed: done, records_total: RECORDS_TOTAL }),
        }
    }
}

impl<'a> ExecutionResult<'a> {
    fn of(execution: &'a Execution, audience: Audience) -> Self {
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

fn uuid_text(id: Uuid) -> String {
    id.hyphenated().to_string()
}
