//! `X-Request-Id`: what a caller knows a request by in their logs and ours. Never a lookup key, never trusted.

use cxpulse_core::id::CorrelationId;
use web_sys::Response;

use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::seal;

/// A new one: a UUID.
pub(crate) fn fresh() -> Result<String, Problem> {
    Ok(CorrelationId::from_bytes(seal::random()?).to_string())
}

/// Puts it on an answer: the caller's own where it is one, else ours. On answers that are not ours to change, nothing: they
/// come from an object as they are, for a snapshot has to cost nothing more.
pub(crate) fn put(answer: &Response, incoming: &Incoming) {
    let theirs = incoming.header("x-request-id").filter(|id| is_sound(id));
    if let Some(id) = theirs.or_else(|| fresh().ok()) {
        // It refuses where the answer is not ours.
        answer.headers().set("x-request-id", &id).ok();
    }
}

/// Visible ASCII, and short enough to be a name.
fn is_sound(id: &str) -> bool {
    (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Characters of a caller's.
const ID_MAX: usize = 128;
