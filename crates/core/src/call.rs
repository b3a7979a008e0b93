//! One call to CXone: what is sent for an execution, and what an answer says. Never sends, never holds a token.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::execution::{Door, Order};
use crate::failure::{Failure, FailureKind, cut};
use crate::id::{Attempt, CorrelationId, UpstreamId, is_uuid, prefixed_hex};
use crate::json::{self, Json};
use crate::profile::{AnswerRule, Endpoint, Profile};
use crate::progress::Progress;
use crate::random;
use crate::status::Status;
use crate::time::{Span, Timestamp};

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// Starts the execution. The one call that must never be repeated once it may have arrived.
    Submit,
    /// Asks after it by id.
    Poll,
    /// Asks after it by correlation id, because its submit's answer was lost.
    LookUp,
    /// Asks CXone to stop it, after it ended here.
    Cancel,
}

/// Which token a call goes out with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    /// The one that the tenant holds.
    Held,
    /// One fetched after this call's first try, which was refused with 401.
    Fresh,
}

/// A call that is to be made, or is under way: its identity. The answer carries it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// What for.
    pub kind: CallKind,
    /// Its number. Of a cancel: its number among the cancels.
    pub attempt: Attempt,
    /// With which token.
    pub credential: Credential,
}

/// A request, complete but for its `Authorization`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Path and query, percent-encoded, to be put after the tenant's base URL.
    pub path: String,
    /// Name and value of each header.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// JSON text.
    pub body: Option<String>,
}

/// An HTTP answer as the shell has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply<'a> {
    /// 100..=599.
    pub status: u16,
    /// The header of that name.
    pub retry_after: Option<&'a str>,
    /// The body as text.
    pub body: &'a str,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case", try_from = "AnswerFields")]
pub enum Answer {
    /// The execution as CXone sees it.
    Seen(Sighting),
    /// No execution has the correlation id yet, or several have, and none can be told to be ours.
    Absent,
    /// The cancel was taken.
    Acknowledged,
    /// It failed.
    Failed(Failure),
}

/// One look at an execution, by poll, callback or the submit's own answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// CXone's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_id: Option<UpstreamId>,
    /// The status word.
    pub word: Word,
    /// How far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// The result, where there is one that is not null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Payload>,
    /// The error, where there is one that is not null; at most [`ERROR_MAX`] bytes, else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Json>,
}

/// A status word, understood or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// The profile knows it.
    Known(Status),
    /// It does not: the word, cut to 64 bytes.
    Unknown(String),
}

/// A result: whole, or what stays of one that is too large.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// At most [`RESULT_MAX`] bytes.
    Whole(Json),
    /// Larger.
    Truncated {
        /// Bytes of the JSON text.
        size: u64,
        /// SHA-256 of the JSON text in lower-case hex.
        sha256: String,
        /// Its first part, at most [`HEAD_MAX`] bytes, cut between characters.
        head: String,
    },
}

impl Payload {
    /// Keeps a result, or what fits of it.
    #[must_use]
    pub fn of(raw: &RawValue) -> Self {
        let text = raw.get();
        if text.len() <= RESULT_MAX {
            return Self::Whole(raw.into());
        }
        let sha256 = prefixed_hex("", &Sha256::digest(text.as_bytes()));
        Self::Truncated {
            size: u64::try_from(text.len()).unwrap_or(u64::MAX),
            sha256,
            head: cut(text, HEAD_MAX).into(),
        }
    }
}

/// An answer as it is read: out of a struct, for serde's way to read a tagged enum loses the text of JSON in it.
#[derive(Deserialize)]
struct AnswerFields {
    answer: AnswerTag,
    upstream_id: Option<UpstreamId>,
    word: Option<Word>,
    progress: Option<Progress>,
    result: Option<Payload>,
    error: Option<Json>,
    kind: Option<FailureKind>,
    status: Option<u16>,
    retry_after: Option<Span>,
    message: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AnswerTag {
    Seen,
    Absent,
    Acknowledged,
    Failed,
}

impl TryFrom<AnswerFields> for Answer {
    type Error = &'static str;

    fn try_from(fields: AnswerFields) -> Result<Self, &'static str> {
        let AnswerFields { answer, upstream_id, word, progress, result, error, kind, status, retry_after, message } =
            fields;
        let read = || {
            Some(match answer {
                AnswerTag::Seen => Self::Seen(Sighting { upstream_id, word: word?, progress, result, error }),
                AnswerTag::Absent => Self::Absent,
                AnswerTag::Acknowledged => Self::Acknowledged,
                AnswerTag::Failed => Self::Failed(Failure { kind: kind?, status, retry_after, message: message? }),
            })
        };
        read().ok_or("a field of the answer is missing")
    }
}

/// What a request needs to know of an execution beyond its order.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// CXone's id, once known.
    pub upstream_id: Option<&'a UpstreamId>,
    /// Where CXone may call back, if it may.
    pub callback_url: Option<&'a str>,
}

/// The request of a call. `None` where the profile has no such endpoint, or the call's id is not known:
/// the machine asks for neither.
#[must_use]
pub fn request(profile: &Profile, order: &Order, call: Call, known: Known<'_>) -> Option<Request> {
    let endpoint = profile.endpoint(call.kind)?;
    let path = fill_path(&endpoint.path, order, known.upstream_id)?;
    let body = endpoint.body.as_ref().map(|body| fill_body(body, profile, order, known.callback_url));
    let span = order.trace.child(order.seed, span_index(call));
    let mut headers: Vec<(Cow<'static, str>, String)> = alloc::vec![
        // CXone refuses a request without it.
        (Cow::Borrowed("accept"), "application/json".into()),
        (Cow::Owned(profile.correlation_header.to_ascii_lowercase()), order.correlation_id.to_string()),
        (Cow::Borrowed("traceparent"), span.to_string()),
        (Cow::Borrowed("x-request-id"), request_id(order.seed, call)),
    ];
    if !span.tracestate().is_empty() {
        headers.push((Cow::Borrowed("tracestate"), span.tracestate().into()));
    }
    if body.is_some() {
        headers.push((Cow::Borrowed("content-type"), "application/json".into()));
    }
    Some(Request { method: endpoint.method.clone(), path, headers, body })
}

/// What an answer to a call of `kind` says.
#[must_use]
pub fn read_answer(profile: &Profile, kind: CallKind, reply: Reply<'_>, now: Timestamp) -> Answer {
    if let Some(failure) = Failure::of_answer(reply.status, reply.retry_after, now) {
        return Answer::Failed(failure);
    }
    let Some(endpoint) = profile.endpoint(kind) else { return Answer::Absent };
    let read = match kind {
        CallKind::Cancel => Ok(Answer::Acknowledged),
        CallKind::LookUp => read_list(profile, endpoint, reply.body),
        CallKind::Submit | CallKind::Poll => read_sighting(profile, &endpoint.answer, reply.body).map(Answer::Seen),
    };
    read.unwrap_or_else(|what| Answer::Failed(malformed(reply.status, &what)))
}

/// What a callback's body says: the same shape as a poll's answer.
///
/// # Errors
/// [`FailureKind::Malformed`] where it is not that shape.
pub fn read_callback(profile: &Profile, body: &str) -> Result<Sighting, Failure> {
    let Some(poll) = &profile.poll else {
        return Err(Failure::new(FailureKind::Malformed, "the profile has no callbacks"));
    };
    read_sighting(profile, &poll.answer, body).map_err(|what| Failure::new(FailureKind::Malformed, &what))
}

fn malformed(status: u16, what: &str) -> Failure {
    Failure { status: Some(status), ..Failure::new(FailureKind::Malformed, what) }
}

fn read_list(profile: &Profile, endpoint: &Endpoint, body: &str) -> Result<Answer, String> {
    let body = Json::parse(body).map_err(|error| format!("the answer is not JSON: {error}"))?;
    let pointer = endpoint.answer.list.as_deref().unwrap_or_default();
    let list = body.pointer(pointer).and_then(json::items).ok_or_else(|| format!("no list at {pointer}"))?;
    // Of several that share our key, none can be told to be ours.
    match list.as_slice() {
        [one] => read_value(profile, &endpoint.answer, one).map(Answer::Seen),
        [] | [_, _, ..] => Ok(Answer::Absent),
    }
}

fn read_sighting(profile: &Profile, pointers: &AnswerRule, body: &str) -> Result<Sighting, String> {
    let body = Json::parse(body).map_err(|error| format!("the answer is not JSON: {error}"))?;
    let root = body.pointer("").ok_or("the answer is empty")?;
    read_value(profile, pointers, root)
}

fn read_value(profile: &Profile, pointers: &AnswerRule, value: &RawValue) -> Result<Sighting, String> {
    let at = |pointer: &Option<String>| pointer.as_deref().and_then(|pointer| json::descend(value, pointer));
    let present = |pointer: &Option<String>| at(pointer).filter(|raw| raw.get() != "null");
    let missing = |pointer: &Option<String>| format!("no text at {}", pointer.as_deref().unwrap_or("a required place"));
    let upstream_id = match &pointers.id {
        Some(_) => Some(read_id(profile, at(&pointers.id)).ok_or_else(|| missing(&pointers.id))?),
        None => None,
    };
    let word = at(&pointers.status).and_then(json::text).ok_or_else(|| missing(&pointers.status))?;
    let word = profile.status_of(&word).map_or_else(|| Word::Unknown(cut(&word, 64).into()), Word::Known);
    let count = |pointer: &Option<String>| at(pointer).and_then(|raw| raw.get().parse::<u64>().ok());
    Ok(Sighting {
        upstream_id,
        word,
        progress: count(&pointers.done)
            .zip(count(&pointers.total))
            .and_then(|(done, total)| Progress::new(done, total)),
        result: present(&pointers.result).map(Payload::of),
        error: present(&pointers.error).filter(|raw| raw.get().len() <= ERROR_MAX).map(Json::from),
    })
}

fn read_id(profile: &Profile, raw: Option<&RawValue>) -> Option<UpstreamId> {
    let id = json::text(raw?)?;
    if profile.ids_are_uuids && !is_uuid(&id) {
        return None;
    }
    UpstreamId::parse(id).ok()
}

fn fill_path(template: &str, order: &Order, upstream_id: Option<&UpstreamId>) -> Option<String> {
    let mut path = template.to_string();
    if path.contains("{execution_id}") {
        path = path.replace("{execution_id}", &percent_encode(upstream_id?.as_str()));
    }
    if path.contains("{action_id}") {
        path = path.replace("{action_id}", &percent_encode(order.door.action_id()?.as_str()));
    }
    Some(path.replace("{correlation_id}", &percent_encode(order.correlation_id.as_str())))
}

/// The body as JSON text: placeholders become values, everything else is copied.
fn fill_body(template: &Value, profile: &Profile, order: &Order, callback_url: Option<&str>) -> String {
    match template {
        Value::String(text) => {
            placeholder(text, profile, order, callback_url).unwrap_or_else(|| Value::String(text.clone()).to_string())
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| fill_body(item, profile, order, callback_url)).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                format!("{}:{}", Value::String(name.clone()), fill_body(value, profile, order, callback_url))
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => template.to_string(),
    }
}

fn placeholder(text: &str, profile: &Profile, order: &Order, callback_url: Option<&str>) -> Option<String> {
    let quoted = |text: &str| Value::String(text.into()).to_string();
    let Door::Start { action_id, inputs, context } = &order.door else { return None };
    match text {
        "{action_id}" => Some(quoted(action_id.as_str())),
        "{correlation_id}" => Some(quoted(order.correlation_id.as_str())),
        "{inputs}" => Some(inputs.as_str().into()),
        "{context}" => Some(match (&profile.callback_field, callback_url) {
            (Some(field), Some(url)) => with_field(context, field, &quoted(url)),
            _ => context.as_str().into(),
        }),
        _ => None,
    }
}

/// The object with one field set; the others keep their text.
fn with_field(object: &Json, name: &str, value: &str) -> String {
    let fields = object.pointer("").and_then(json::fields).unwrap_or_default();
    let kept = fields.iter().filter(|(key, _)| *key != name);
    let mut parts: Vec<String> =
        kept.map(|(key, raw)| format!("{}:{}", Value::String(key.clone()), raw.get())).collect();
    parts.push(format!("{}:{value}", Value::String(name.into())));
    format!("{{{}}}", parts.join(","))
}

/// RFC 3986: everything but the unreserved characters.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Each call is its own span; a repeat with a fresh token is another one.
const fn span_index(call: Call) -> u64 {
    let kind = match call.kind {
        CallKind::Submit | CallKind::Poll | CallKind::LookUp => 0,
        CallKind::Cancel => 1 << 40,
    };
    let token = match call.credential {
        Credential::Held => 0,
        Credential::Fresh => 1 << 41,
    };
    #[expect(clippy::as_conversions, reason = "widening in a const function")]
    let attempt = call.attempt.get() as u64;
    kind | token | attempt
}

fn request_id(seed: u64, call: Call) -> String {
    let [high, low] = [0, 1_u64 << 42].map(|half| random::draw(!seed, span_index(call) | half).to_be_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(high.into_iter().chain(low)).for_each(|(to, from)| *to = from);
    CorrelationId::from_bytes(bytes).to_string()
}

/// Bytes of a result that is kept whole: 1 MiB.
pub const RESULT_MAX: usize = 1_048_576;

/// Bytes kept of a larger one.
pub const HEAD_MAX: usize = 65_536;

/// Bytes of an error that is kept.
pub const ERROR_MAX: usize = 65_536;

/// Bytes of an answer that a shell reads; of a longer one nothing is understood. 16 MiB.
pub const ANSWER_MAX: usize = 16_777_216;
