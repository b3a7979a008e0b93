//! Answers and callbacks as the profile reads them, without what must not be kept. Never decides what follows from one.

use alloc::format;
use alloc::string::String;

use serde_json::value::RawValue;

use super::answer::{Answer, Sighting, Word};
use super::{CallKind, Reply};
use crate::failure::{Failure, FailureKind, cut};
use crate::id::{UpstreamId, is_uuid};
use crate::json::{self, Json};
use crate::profile::{AnswerRule, Endpoint, Profile};
use crate::progress::Progress;
use crate::redaction::Redactor;
use crate::time::Timestamp;

/// What an answer to a call of `kind` says.
#[must_use]
pub fn read_answer(profile: &Profile, kind: CallKind, reply: Reply<'_>, redactor: &Redactor, now: Timestamp) -> Answer {
    if let Some(failure) = Failure::of_answer(reply.status, reply.retry_after, now) {
        return Answer::Failed(failure);
    }
    let Some(endpoint) = profile.endpoint(kind) else { return Answer::Absent };
    let read = match kind {
        CallKind::Cancel => Ok(Answer::Acknowledged),
        CallKind::LookUp => read_list(profile, endpoint, reply.body, redactor),
        CallKind::Submit | CallKind::Poll => {
            read_sighting(profile, &endpoint.answer, reply.body, redactor).map(Answer::Seen)
        }
    };
    read.unwrap_or_else(|what| Answer::Failed(malformed(reply.status, &what)))
}

/// What a callback's body says: the same shape as a poll's answer.
///
/// # Errors
/// [`FailureKind::Malformed`] where it is not that shape.
pub fn read_callback(profile: &Profile, body: &str, redactor: &Redactor) -> Result<Sighting, Failure> {
    let Some(poll) = &profile.poll else {
        return Err(Failure::new(FailureKind::Malformed, "the profile has no callbacks"));
    };
    read_sighting(profile, &poll.answer, body, redactor).map_err(|what| Failure::new(FailureKind::Malformed, &what))
}

pub(super) fn malformed(status: u16, what: &str) -> Failure {
    Failure { status: Some(status), ..Failure::new(FailureKind::Malformed, what) }
}

fn read_list(profile: &Profile, endpoint: &Endpoint, body: &str, redactor: &Redactor) -> Result<Answer, String> {
    let body = Json::parse(body).map_err(|error| format!("the answer is not JSON: {error}"))?;
    let pointer = endpoint.answer.list.as_deref().unwrap_or_default();
    let list = body.pointer(pointer).and_then(json::items).ok_or_else(|| format!("no list at {pointer}"))?;
    // Of several that share our key, none can be told to be ours.
    match list.as_slice() {
        [one] => read_value(profile, &endpoint.answer, one, redactor).map(Answer::Seen),
        [] | [_, _, ..] => Ok(Answer::Absent),
    }
}

fn read_sighting(
    profile: &Profile,
    pointers: &AnswerRule,
    body: &str,
    redactor: &Redactor,
) -> Result<Sighting, String> {
    let body = Json::parse(body).map_err(|error| format!("the answer is not JSON: {error}"))?;
    let root = body.pointer("").ok_or("the answer is empty")?;
    read_value(profile, pointers, root, redactor)
}

fn read_value(
    profile: &Profile,
    pointers: &AnswerRule,
    value: &RawValue,
    redactor: &Redactor,
) -> Result<Sighting, String> {
    let at = |pointer: &Option<String>| pointer.as_deref().and_then(|pointer| json::descend(value, pointer));
    let present = |pointer: &Option<String>| at(pointer).filter(|raw| raw.get() != "null");
    let missing = |pointer: &Option<String>| format!("no text at {}", pointer.as_deref().unwrap_or("a required place"));
    let upstream_id = match &pointers.id {
        Some(_) => Some(read_id(profile, at(&pointers.id)).ok_or_else(|| missing(&pointers.id))?),
        None => None,
    };
    if upstream_id.as_ref().is_some_and(|id| redactor.forbids(id)) {
        return Err("its id holds what must not be kept".into());
    }
    let said = || at(&pointers.status).and_then(json::text);
    let word = pointers.means.clone().or_else(said).ok_or_else(|| missing(&pointers.status))?;
    let word =
        profile.status_of(&word).map_or_else(|| Word::Unknown(cut(&redactor.word(&word), 64).into()), Word::Known);
    let count = |pointer: &Option<String>| at(pointer).and_then(|raw| raw.get().parse::<u64>().ok());
    Ok(Sighting {
        upstream_id,
        word,
        progress: count(&pointers.done)
            .zip(count(&pointers.total))
            .and_then(|(done, total)| Progress::new(done, total)),
        result: present(&pointers.result).and_then(|raw| redactor.payload(raw)),
        error: present(&pointers.error).filter(|raw| raw.get().len() <= ERROR_MAX).and_then(|raw| redactor.error(raw)),
    })
}

fn read_id(profile: &Profile, raw: Option<&RawValue>) -> Option<UpstreamId> {
    let id = json::text(raw?)?;
    if profile.ids_are_uuids && !is_uuid(&id) {
        return None;
    }
    UpstreamId::parse(id).ok()
}

/// Bytes of an error that is kept.
pub const ERROR_MAX: usize = 65_536;
