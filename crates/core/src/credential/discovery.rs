//! Places that CXone itself names: its API's and its token endpoint's. Never asks, never follows a redirect.
//!
//! OpenID Connect Discovery 1.0 section 4.2 for the token endpoint; CXone's own `cxone-configuration` for the API. The
//! place that is named is sent secrets, so it has to be `https`; only who was itself asked on this machine may name a
//! place on it.

use alloc::string::{String, ToString};

use super::grant::{Refusal, Trouble};
use crate::call::Reply;
use crate::failure::parse_retry_after;
use crate::json::{self, Json};
use crate::profile::Question;
use crate::profile::url::read_url;
use crate::time::Timestamp;

/// The headers of a discovery; it is a GET without credentials.
pub const DISCOVERY_HEADERS: [(&str, &str); 1] = [("accept", "application/json")];

/// Reads the answer to a [`Question`]: the URL that it names, without a slash at its end.
///
/// # Errors
/// [`Trouble::Refused`] for 400, 401, 403 and 404; [`Trouble::Failed`] for anything else that names no URL that we call.
pub fn read_discovery(question: &Question, reply: Reply<'_>, now: Timestamp) -> Result<String, Trouble> {
    let retry_after = reply.retry_after.and_then(|value| parse_retry_after(value, now));
    match reply.status {
        200..=299 => read_place(question, reply.body).ok_or(Trouble::Failed(retry_after)),
        400 | 401 | 403 | 404 => Err(Trouble::Refused(Refusal::Discovery)),
        _ => Err(Trouble::Failed(retry_after)),
    }
}

fn read_place(question: &Question, body: &str) -> Option<String> {
    let body = Json::parse(body).ok()?;
    let named = body.pointer(&question.pointer).and_then(json::text)?;
    let named = named.strip_suffix('/').unwrap_or(&named);
    let place = read_url(named).ok()?;
    let is_same_machine = || host_of(&question.url) == Some(place.host);
    (place.is_https || is_same_machine()).then(|| named.to_string())
}

/// The host that was asked; its path and query have passed their own checks.
fn host_of(url: &str) -> Option<&str> {
    let (before_query, _) = url.split_once('?').unwrap_or((url, ""));
    read_url(before_query).ok().map(|url| url.host)
}
