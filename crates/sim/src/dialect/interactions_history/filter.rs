//! The filter's grammar: conditions joined by ` AND `, each at most once, in any order. Never guesses: what it does not
//! know it refuses in words.
//!
//! `interactionId IN ['a', 'b'] AND nodeTimestamp >= '…' AND nodeTimestamp <= '…' AND errorState = True`, as the
//! profile's source writes it.

use std::collections::BTreeSet;

use cxpulse_core::time::Timestamp;

use super::row::{Row, Visit};

/// What an interaction is to meet.
#[derive(Debug, Default)]
pub(super) struct Filter {
    ids: Option<BTreeSet<String>>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    error_state: Option<bool>,
}

impl Filter {
    /// Reads the text of a filter; the error says in words where it was left.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut filter = Self::default();
        let mut rest = text;
        loop {
            rest = filter.take_condition(rest)?;
            if rest.is_empty() {
                return Ok(filter);
            }
            rest = rest.strip_prefix(" AND ").ok_or_else(|| lost(rest, "AND and a condition"))?;
        }
    }

    /// The earliest instant that it names.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        [self.from, self.to].into_iter().flatten().min()
    }

    /// Whether the interaction is named, and a step of it meets every condition on steps.
    pub(super) fn admits(&self, row: &Row) -> bool {
        let is_named = self.ids.as_ref().is_none_or(|ids| ids.contains(&*row.id));
        let is_of_steps = self.from.or(self.to).is_some() || self.error_state.is_some();
        is_named && (!is_of_steps || row.visits.iter().any(|visit| self.admits_visit(visit)))
    }

    /// A step without a start is at no time.
    fn admits_visit(&self, visit: &Visit) -> bool {
        self.from.is_none_or(|from| visit.start.is_some_and(|start| start >= from))
            && self.to.is_none_or(|to| visit.start.is_some_and(|start| start <= to))
            && self.error_state.is_none_or(|wanted| visit.has_error == wanted)
    }

    fn take_condition<'a>(&mut self, text: &'a str) -> Result<&'a str, String> {
        if let Some(rest) = text.strip_prefix("interactionId IN [") {
            let (ids, rest) = take_ids(rest)?;
            return put(&mut self.ids, ids, rest, "interactionId");
        }
        if let Some(rest) = text.strip_prefix("nodeTimestamp >= ") {
            let (at, rest) = take_instant(rest)?;
            return put(&mut self.from, at, rest, "nodeTimestamp >=");
        }
        if let Some(rest) = text.strip_prefix("nodeTimestamp <= ") {
            let (at, rest) = take_instant(rest)?;
            return put(&mut self.to, at, rest, "nodeTimestamp <=");
        }
        if let Some(rest) = text.strip_prefix("errorState = ") {
            let (wanted, rest) = take_truth(rest)?;
            return put(&mut self.error_state, wanted, rest, "errorState");
        }
        Err(lost(text, "a condition on interactionId, nodeTimestamp or errorState"))
    }
}

fn put<'a, T>(place: &mut Option<T>, value: T, rest: &'a str, name: &str) -> Result<&'a str, String> {
    match place.replace(value) {
        None => Ok(rest),
        Some(_) => Err(format!("the filter has {name} twice")),
    }
}

fn take_ids(text: &str) -> Result<(BTreeSet<String>, &str), String> {
    let mut ids = BTreeSet::new();
    let mut rest = text;
    loop {
        let (id, after) = take_quoted(rest)?;
        ids.insert(id.to_owned());
        if let Some(after) = after.strip_prefix(']') {
            return Ok((ids, after));
        }
        rest = after.strip_prefix(", ").ok_or_else(|| lost(after, "a comma and an id, or a bracket"))?;
    }
}

fn take_instant(text: &str) -> Result<(Timestamp, &str), String> {
    let (quoted, rest) = take_quoted(text)?;
    match Timestamp::parse_rfc3339(quoted) {
        Ok(at) => Ok((at, rest)),
        Err(_) => Err(lost(quoted, "an instant in ISO 8601 with its time zone")),
    }
}

fn take_truth(text: &str) -> Result<(bool, &str), String> {
    let read = |word, truth| text.strip_prefix(word).map(|rest| (truth, rest));
    read("True", true).or_else(|| read("False", false)).ok_or_else(|| lost(text, "True or False"))
}

/// A text between single quotes, which has none itself and is not empty.
fn take_quoted(text: &str) -> Result<(&str, &str), String> {
    let quoted = text.strip_prefix('\'').and_then(|rest| rest.split_once('\''));
    quoted.filter(|(inside, _)| !inside.is_empty()).ok_or_else(|| lost(text, "a text in single quotes"))
}

fn lost(at: &str, wanted: &str) -> String {
    let shown: String = at.chars().take(SHOWN_MAX).collect();
    format!("the filter is to have {wanted} at \"{shown}\"")
}

/// Characters of a filter that an error repeats.
const SHOWN_MAX: usize = 40;
