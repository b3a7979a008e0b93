//! A page of what happened on CXone: how it is asked for, and what rows it has. Never joins pages, never reads a row.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::read::malformed;
use super::request::{Filling, Sender, build, request_id};
use super::{Reply, Request};
use crate::failure::Failure;
use crate::id::CorrelationId;
use crate::json::{self, Json};
use crate::profile::Profile;
use crate::time::Timestamp;
use crate::trace::TraceContext;

/// Which rows are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageQuery<'a> {
    /// CXone's filter expression, where the profile takes one.
    pub filter: Option<&'a str>,
    /// The contact, where the profile asks for one at a time.
    pub contact_id: Option<&'a str>,
    /// Rows at most, 1..=1,000.
    pub limit: u32,
    /// Rows before the first of the page.
    pub offset: u64,
    /// What the page before said that this one is asked for with; empty for the first.
    pub cursor: &'a str,
}

/// Who asks, and which of their calls it is.
#[derive(Debug, Clone, Copy)]
pub struct HistoryCall<'a> {
    /// Our key on CXone's side.
    pub correlation_id: &'a CorrelationId,
    /// Our place in the caller's trace; each call is a span of its own.
    pub trace: &'a TraceContext,
    /// Decides the names of spans and requests.
    pub seed: u64,
    /// 1 and up.
    pub number: u32,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The rows, each as its text.
    pub rows: Vec<Json>,
    /// Rows in all, where CXone says.
    pub total: Option<u64>,
}

/// The request for a page. `None` where the profile has no history, or what its template needs is not given.
#[must_use]
pub fn history_request(profile: &Profile, query: PageQuery<'_>, call: HistoryCall<'_>) -> Option<Request> {
    let endpoint = profile.history.as_ref()?;
    let index = u64::from(call.number);
    let sender = Sender {
        correlation_id: call.correlation_id,
        span: call.trace.child(call.seed, index),
        request_id: request_id(call.seed, index),
    };
    build(profile, endpoint, &sender, &|name| {
        Some(match name {
            "filter" => Filling::Text(Cow::Borrowed(query.filter?)),
            "contact_id" => Filling::Text(Cow::Borrowed(query.contact_id?)),
            "limit" => Filling::Json(Cow::Owned(query.limit.to_string())),
            "offset" => Filling::Json(Cow::Owned(query.offset.to_string())),
            "cursor" => Filling::Text(Cow::Borrowed(query.cursor)),
            "correlation_id" => Filling::Text(Cow::Borrowed(call.correlation_id.as_str())),
            _ => return None,
        })
    })
}

/// What an answer to [`history_request`] says.
///
/// # Errors
/// [`Failure`] for every status but 2xx, and for a body that has no list of at most [`ROWS_MAX`] rows where the profile
/// has one.
pub fn read_page(profile: &Profile, reply: Reply<'_>, now: Timestamp) -> Result<Page, Failure> {
    if let Some(failure) = Failure::of_answer(reply.status, reply.retry_after, now) {
        return Err(failure);
    }
    let fault = |what: &str| malformed(reply.status, what);
    let Some(rule) = profile.history.as_ref().map(|endpoint| &endpoint.answer) else {
        return Err(fault("the profile has no history"));
    };
    let body = Json::parse(reply.body).map_err(|error| fault(&format!("the answer is not JSON: {error}")))?;
    let pointer = rule.list.as_deref().unwrap_or_default();
    let rows = body.pointer(pointer).and_then(json::items).ok_or_else(|| fault(&format!("no list at {pointer}")))?;
    if rows.len() > ROWS_MAX {
        return Err(fault("more rows than were asked for"));
    }
    let total = rule.total.as_deref().and_then(|pointer| body.pointer(pointer));
    Ok(Page {
        rows: rows.into_iter().map(Json::from).collect(),
        total: total.and_then(|total| total.get().parse().ok()),
    })
}

/// What a page says beside its rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// Rows in all, where CXone says.
    pub total: Option<u64>,
    /// What the page after it is asked for with; `None` where there is none.
    pub next: Option<String>,
}

/// Reads what an answer has beside its rows, with an empty list in their place, as [`crate::history::Splitter`] leaves it.
///
/// # Errors
/// [`Failure`] for what is no answer with a list where the profile has one.
pub fn read_envelope(profile: &Profile, status: u16, text: &str) -> Result<Envelope, Failure> {
    let fault = |what: &str| malformed(status, what);
    let Some(rule) = profile.history.as_ref().map(|endpoint| &endpoint.answer) else {
        return Err(fault("the profile has no history"));
    };
    let body = Json::parse(text).map_err(|error| fault(&format!("the answer is not JSON: {error}")))?;
    let pointer = rule.list.as_deref().unwrap_or_default();
    if body.pointer(pointer).and_then(json::items).is_none() {
        return Err(fault(&format!("no list at {pointer}")));
    }
    let total = rule.total.as_deref().and_then(|pointer| body.pointer(pointer));
    let next = rule.next.as_deref().and_then(|pointer| body.pointer(pointer)).and_then(json::text);
    Ok(Envelope {
        total: total.and_then(|total| total.get().parse().ok()),
        next: next.filter(|next| !next.is_empty() && next.len() <= CURSOR_MAX),
    })
}

/// Bytes of what a page is asked for with.
pub const CURSOR_MAX: usize = 4_096;

/// Rows of one answer; a tenfold of what can be asked for.
pub const ROWS_MAX: usize = 10_000;
