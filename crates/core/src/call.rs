//! One call to CXone: what is sent for an execution, and what an answer says. Never sends, never holds a token.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::id::{Attempt, UpstreamId};

mod answer;
mod history;
mod read;
mod request;

pub use answer::{Answer, HEAD_MAX, Payload, RESULT_MAX, Sighting, Word};
pub use history::{
    CURSOR_MAX, Envelope, HistoryCall, Page, PageQuery, ROWS_MAX, history_request, read_envelope, read_page,
};
pub use read::{ERROR_MAX, read_answer, read_callback};
pub use request::request;
pub(crate) use request::{request_id, span_index};

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// What a request needs to know of an execution beyond its order.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// CXone's id, once known.
    pub upstream_id: Option<&'a UpstreamId>,
    /// Where CXone may call back, if it may.
    pub callback_url: Option<&'a str>,
}

/// Bytes of an answer that a shell reads; of a longer one nothing is understood. 16 MiB.
pub const ANSWER_MAX: usize = 16_777_216;
