//! One endpoint of a profile: what may be sent, and where an answer may keep what. Never sends.
//!
//! Pointers after RFC 6901 section 3.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;
use serde_json::value::RawValue;

use super::{check_word, require, required};
use crate::json;
use crate::profile::template::{pieces, slot, slots};
use crate::profile::url::check_path;
use crate::profile::{AnswerRule, Endpoint, RowKind};
use crate::validate::Code;
use crate::validate::fields::{Faults, Fields};

/// Which endpoint it is: that says what it may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Submit,
    Poll,
    Cancel,
    Lookup,
    History,
}

impl Part {
    pub(super) const ALL: [Self; 5] = [Self::Submit, Self::Poll, Self::Cancel, Self::Lookup, Self::History];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Poll => "poll",
            Self::Cancel => "cancel",
            Self::Lookup => "lookup",
            Self::History => "history",
        }
    }

    /// The placeholders that its path may have.
    const fn path_slots(self) -> &'static [&'static str] {
        match self {
            Self::Submit | Self::Lookup => &["action_id", "correlation_id"],
            Self::Poll | Self::Cancel => &["action_id", "execution_id", "correlation_id"],
            Self::History => &["contact_id", "filter", "limit", "offset", "cursor", "correlation_id"],
        }
    }

    /// The placeholders that its body may have.
    const fn body_slots(self) -> &'static [&'static str] {
        match self {
            Self::Submit => &["action_id", "correlation_id", "inputs", "context"],
            Self::Poll | Self::Cancel | Self::Lookup | Self::History => self.path_slots(),
        }
    }

    /// The placeholder without which it would ask after nothing in particular.
    const fn needed_slot(self) -> Option<&'static str> {
        match self {
            Self::Poll | Self::Cancel => Some("execution_id"),
            Self::Lookup => Some("correlation_id"),
            Self::Submit | Self::History => None,
        }
    }
}

/// `has_poll`: then a submit has to tell the id that polls ask after.
pub(super) fn read_endpoint(mut fields: Fields<'_>, part: Part, has_poll: bool) -> Option<Endpoint> {
    require(&fields, "method");
    let methods = METHODS.map(|method| (method, method));
    let method = fields.word("method", &methods);
    let path = required(&mut fields, "path", |path| check_template(path, part));
    let body_at = fields.at("body");
    let raw_body = fields.take("body");
    if raw_body.is_some() && method == Some("GET") {
        fields.fault("body", Code::Contradiction, "cannot be sent with GET");
    }
    let body = raw_body.and_then(|body| read_body(body, &body_at, part, fields.faults()));
    let answer = read_answer(&mut fields, part, has_poll);
    let endpoint = Endpoint { method: method?.into(), path: path?, body, answer };
    if endpoint.names("cursor") && endpoint.answer.next.is_none() {
        fields.fault("answer", Code::Missing, "must have next, which says what {cursor} is");
    }
    if endpoint.names("cursor") && endpoint.names("offset") {
        fields.fault("body", Code::Contradiction, "cannot have both {cursor} and {offset}");
    }
    if let Some(slot) = part.needed_slot().filter(|slot| !endpoint.names(slot)) {
        fields.fault("path", Code::Missing, format!("must have {{{slot}}}, or else the body"));
    }
    fields.finish();
    Some(endpoint)
}

fn check_template(path: String, part: Part) -> Result<String, String> {
    if pieces(&path).is_none() {
        return Err("must have braces around names of placeholders only".into());
    }
    if let Some(unknown) = slots(&path).into_iter().find(|slot| !part.path_slots().contains(slot)) {
        return Err(unknown_slot(unknown, part.path_slots()));
    }
    let filled = slots(&path).iter().fold(path.clone(), |path, slot| path.replace(&format!("{{{slot}}}"), "x"));
    check_path(&filled)?;
    Ok(path)
}

fn unknown_slot(unknown: &str, known: &[&str]) -> String {
    let known = known.iter().map(|slot| format!("{{{slot}}}")).collect::<Vec<_>>().join(", ");
    format!("must have no placeholder {{{unknown}}}: here there are {known}")
}

fn read_body(body: &RawValue, at: &str, part: Part, faults: &Faults) -> Option<Value> {
    check_body(body, at, part, faults);
    serde_json::from_str(body.get()).ok()
}

/// Every placeholder is a known one, and no object has a field twice.
fn check_body(value: &RawValue, at: &str, part: Part, faults: &Faults) {
    if let Some(text) = json::text(value) {
        if let Some(unknown) = slot(&text).filter(|slot| !part.body_slots().contains(slot)) {
            faults.add(at.into(), Code::OutOfRange, unknown_slot(unknown, part.body_slots()));
        }
    } else if let Some(items) = json::items(value) {
        for (index, item) in items.iter().enumerate() {
            check_body(item, &format!("{at}/{index}"), part, faults);
        }
    } else if value.get().starts_with('{') {
        let Some(mut fields) = Fields::of(value, at.into(), faults) else { return };
        for name in fields.names() {
            let at = fields.at(&name);
            let Some(field) = fields.take(&name) else { continue };
            if name == "..." && !is_spreadable(field) {
                faults.add(at.clone(), Code::OutOfRange, "must be {inputs} or {context}, whose fields it spreads");
            }
            check_body(field, &at, part, faults);
        }
    }
}

fn is_spreadable(value: &RawValue) -> bool {
    json::text(value).is_some_and(|text| matches!(slot(&text), Some("inputs" | "context")))
}

fn read_answer(fields: &mut Fields<'_>, part: Part, has_poll: bool) -> AnswerRule {
    let is_read = part != Part::Cancel;
    if is_read {
        require(fields, "answer");
    }
    let Some(mut fields) = fields.object("answer") else { return AnswerRule::default() };
    let mut rule = AnswerRule::default();
    match part {
        Part::Cancel => {}
        Part::History => {
            require(&fields, "list");
            // The rows are taken out of the answer while it comes, so they stand at its top.
            rule.list = fields.text("list", check_top);
            rule.total = fields.text("total", check_pointer);
            rule.next = fields.text("next", check_pointer);
            let kinds = [("interactions", RowKind::Interactions), ("contact_states", RowKind::ContactStates)];
            rule.rows = fields.word("rows", &kinds).unwrap_or_default();
        }
        Part::Lookup => {
            require(&fields, "list");
            rule.list = fields.text("list", check_pointer);
            read_sighting(&mut fields, &mut rule);
        }
        Part::Submit => {
            if has_poll {
                require(&fields, "id");
            }
            read_sighting(&mut fields, &mut rule);
        }
        Part::Poll => read_sighting(&mut fields, &mut rule),
    }
    fields.finish();
    rule
}

fn read_sighting(fields: &mut Fields<'_>, rule: &mut AnswerRule) {
    match (fields.has("status"), fields.has("means")) {
        (true, true) => fields.fault("means", Code::Contradiction, "cannot stand beside status: give one of them"),
        (false, false) => fields.fault("status", Code::Missing, "is required, unless there is means"),
        (true, false) | (false, true) => {}
    }
    match (fields.has("done"), fields.has("total")) {
        (true, false) => fields.fault("done", Code::Contradiction, "is of no use without total"),
        (false, true) => fields.fault("total", Code::Contradiction, "is of no use without done"),
        (true, true) | (false, false) => {}
    }
    rule.id = fields.text("id", check_pointer);
    rule.status = fields.text("status", check_pointer);
    rule.means = fields.text("means", check_word);
    rule.result = fields.text("result", check_pointer);
    rule.error = fields.text("error", check_pointer);
    rule.done = fields.text("done", check_pointer);
    rule.total = fields.text("total", check_pointer);
}

/// The whole answer, or a field of it.
fn check_top(pointer: String) -> Result<String, &'static str> {
    let is_top = pointer.split('/').count() <= 2 && !pointer.contains('~');
    if is_top { check_pointer(pointer) } else { Err("must be empty or name a field of the answer, such as /data") }
}

pub(super) fn check_pointer(pointer: String) -> Result<String, &'static str> {
    let starts_right = pointer.is_empty() || pointer.starts_with('/');
    let is_escaped = |rest: &str| rest.starts_with('0') || rest.starts_with('1');
    let is_escaped_right = pointer.split('~').skip(1).all(is_escaped);
    let is_pointer = starts_right && is_escaped_right && pointer.len() <= 256;
    is_pointer.then_some(pointer).ok_or("must be an RFC 6901 pointer such as /metadata/total, of at most 256 bytes")
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
