//! `POST /v1/callbacks/{capability}`: CXone calls back. Whoever has the address may; nobody else can guess it.

use cxpulse_core::call::ANSWER_MAX;
use wasm_bindgen::JsValue;
use web_sys::{Headers, Request, RequestInit, Response};
use worker::Env;

use crate::auth;
use crate::config::Settings;
use crate::incoming::Incoming;
use crate::object::stub::Target;
use crate::problem::Problem;

/// Takes a callback. The object verifies and reads it, for it knows whose it is, and so by which profile and secret; the
/// signature may be in any header, so it gets all of them.
pub(crate) async fn take(
    incoming: &Incoming,
    env: &Env,
    settings: &Settings,
    capability: &str,
) -> Result<Response, Problem> {
    let id = auth::read_capability(settings, capability).ok_or(Problem::NotFound)?;
    let body = incoming.untyped_json_up_to(ANSWER_MAX).await?;
    let headers = Headers::new_with_headers(&incoming.raw().headers())?;
    for name in OF_THE_CONNECTION {
        headers.delete(name)?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(&body));
    let target = Target::Execution(id);
    target.send(env, &Request::new_with_str_and_init(&target.address(None, "callback"), &init)?).await
}

/// What concerns the caller's connection and how the body was sent on it (RFC 9110, section 7.6.1), and no signature. Passed
/// on, the runtime would take it for ours: of a request that asks for an upgrade it makes a `GET`.
const OF_THE_CONNECTION: [&str; 17] = [
    "connection",
    "content-encoding",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
