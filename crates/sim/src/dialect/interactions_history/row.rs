//! An interaction as a page has it: its text, made once, and beside it what a filter and an order ask of it.

use std::cmp::Reverse;

use cxpulse_core::time::Timestamp;
use serde_json::json;
use serde_json::value::RawValue;

use crate::fields::Fields;

/// One interaction of the past.
#[derive(Debug)]
pub(super) struct Row {
    /// Its own in the archive, and with every start of the same past.
    pub(super) number: u64,
    /// The start of its latest step.
    pub(super) node_timestamp: Timestamp,
    /// Empty where it has none.
    pub(super) id: Box<str>,
    pub(super) visits: Box<[Visit]>,
    /// A JSON object.
    pub(super) text: Box<str>,
}

/// What a filter asks of a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    /// `None` where it names none that can be read.
    pub(super) start: Option<Timestamp>,
    pub(super) has_error: bool,
}

/// A row's place among all: newest first, and in the order of numbers where that is the same.
pub(super) type Key = (Reverse<Timestamp>, u64);

impl Row {
    /// A row that has no number yet.
    pub(super) fn new(node_timestamp: Timestamp, visits: Vec<Visit>, text: String, id: String) -> Self {
        let (id, visits, text) = (id.into_boxed_str(), visits.into_boxed_slice(), text.into_boxed_str());
        Self { number: 0, node_timestamp, id, visits, text }
    }

    pub(super) fn key(&self) -> Key {
        (Reverse(self.node_timestamp), self.number)
    }

    /// The same with a step more, which starts and ends at `at`. Steps that are no list stay as they are.
    pub(super) fn resumed(self, at: Timestamp) -> Self {
        let step = json!({
            "nodeId": "follow-up", "nodeType": "ACTION", "startTime": at.to_string(), "endTime": at.to_string(),
            "variablesBefore": {}, "variablesAfter": {}, "errorState": false,
        });
        let mut text = String::with_capacity(self.text.len());
        if let Some(fields) = Fields::of(&self.text) {
            fields.write(&mut text, |to, name, value| match name {
                "steps" => to.push_str(&with_last(value, &step.to_string())),
                _ => to.push_str(value),
            });
        }
        let visit = Visit { start: Some(at), has_error: false };
        let visits = self.visits.iter().copied().chain([visit]).collect();
        Self { node_timestamp: at, visits, text: text.into_boxed_str(), ..self }
    }
}

/// A list as JSON with one item more.
fn with_last(list: &str, item: &str) -> String {
    match serde_json::from_str::<Vec<&RawValue>>(list) {
        Ok(items) if items.is_empty() => format!("[{item}]"),
        Ok(_) => format!("{},{item}]", list.trim_end().trim_end_matches(']').trim_end()),
        Err(_) => list.to_owned(),
    }
}
