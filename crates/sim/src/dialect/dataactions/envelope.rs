//! The envelope in which this dialect tells of an execution. Never changes the execution.

use cxpulse_core::time::{Rfc3339, Timestamp};
use serde::Serialize;

use super::super::outcome::{ActionError, ActionResult, Audience};
use super::super::uuid_text;
use crate::execution::Execution;
use crate::script::{RECORDS_TOTAL, is_completed};

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

/// In the order of the seed.
#[derive(Serialize)]
struct Envelope<'a> {
    execution_id: String,
    status: &'static str,
    created_time: Rfc3339,
    started_time: Option<Rfc3339>,
    completed_time: Option<Rfc3339>,
    result: Option<ActionResult<'a>>,
    error: Option<ActionError>,
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
            result: is_completed(sight.word).then(|| ActionResult::of(execution, audience)),
            error: ActionError::of(sight.word),
            metadata: sight.done.map(|done| Metadata { records_processed: done, records_total: RECORDS_TOTAL }),
        }
    }
}
