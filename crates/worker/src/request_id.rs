//! `X-Request-Id`: what a caller knows a request by in their logs and ours. Never a lookup key, never trusted.

use cxpulse_core::id::CorrelationId;
use web_sys::Response;

use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::route::proxy;
use crate::{reply, seal};

/// A new one: a UUID.
pub(crate) fn fresh() -> Result<String, Problem> {
    Ok(CorrelationId::from_bytes(seal::random()?).to_string())
}

/// Whether the answer is to name it: that of whoever posts. Reading costs nothing more, and the proxy has names of its own.
pub(crate) fn concerns(incoming: &Incoming) -> bool {
    incoming.method() == "POST" && !incoming.path().starts_with(proxy::PREFIX)
}

/// The answer with it: the caller's own where it is one, else ours.
pub(crate) fn put(answer: Response, incoming: &Incoming) -> Result<Response, Problem> {
    let theirs = incoming.header("x-request-id").filter(|id| is_sound(id));
    let id = theirs.map_or_else(fresh, Ok)?;
    // It refuses where the answer is an object's.
    match answer.headers().set(NAME, &id) {
        Ok(()) => Ok(answer),
        Err(_) => reply::with_headers(&answer, &[(NAME, &id)]),
    }
}

/// Visible ASCII, and short enough to be a name.
fn is_sound(id: &str) -> bool {
    (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

const NAME: &str = "x-request-id";

/// Characters of a caller's.
const ID_MAX: usize = 128;
