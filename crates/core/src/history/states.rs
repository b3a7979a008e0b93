//! The states of a contact, as CXone's reporting tells them, as the steps of an interaction: so that one analyzer is enough. Never
//! guesses a time.
//!
//! Rows of `GET /contacts/{contactId}/state-history`: `stateIndex`, `contactStateName`, `startDate`, `duration` in seconds.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::text::{Instant, Quoted};
use crate::json::{self, Json};
use crate::time::{Span, Timestamp};

/// One interaction of the states of a contact, in the order of their index: its text. What a row lacks its step lacks, and the
/// analyzer counts it.
#[must_use]
pub fn interaction_of_states<'r>(contact: &str, rows: impl Iterator<Item = &'r str>) -> String {
    let mut steps: Vec<(i64, String)> = rows.map(step_of).collect();
    steps.sort_by_key(|(index, _)| *index);
    let steps: Vec<String> = steps.into_iter().map(|(_, step)| step).collect();
    format!("{{\"interactionId\":{},\"steps\":[{}]}}", Quoted(contact), steps.join(","))
}

/// Its place, and the step; what is no object is no step, either.
fn step_of(row: &str) -> (i64, String) {
    let Ok(row) = Json::parse(row) else { return (i64::MAX, "null".into()) };
    let text = |pointer| row.pointer(pointer).and_then(json::text);
    let number = |pointer| row.pointer(pointer).and_then(|value| value.get().parse::<f64>().ok());
    let index = row.pointer("/stateIndex").and_then(|value| value.get().parse().ok()).unwrap_or(i64::MAX);
    let mut fields: Vec<String> = Vec::new();
    let name = text("/contactStateName").or_else(|| Some(row.pointer("/contactStateId")?.get().to_string()));
    fields.extend(name.map(|name| format!("\"nodeId\":{}", Quoted(&name))));
    fields.push("\"nodeType\":\"STATE\"".into());
    let start = text("/startDate");
    fields.extend(start.as_deref().map(|start| format!("\"startTime\":{}", Quoted(start))));
    let start = start.and_then(|start| Timestamp::parse_rfc3339(&start).ok());
    let end = start.zip(number("/duration")).filter(|(_, duration)| *duration >= 0.0);
    fields.extend(end.map(|(start, duration)| {
        let end = start.plus(Span::from_secs_f64(duration));
        format!("\"endTime\":\"{}\"", Instant(i64::try_from(end.as_millis()).unwrap_or(i64::MAX)))
    }));
    (index, format!("{{{}}}", fields.join(",")))
}
