//! `GET /v1/executions/{id}/socket` and that of a batch: hands a caller on to its object, which keeps the socket while it sleeps.
//! Never holds one itself.

use cxpulse_core::time::Timestamp;
use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use web_sys::{Request, RequestInit};
use worker::Env;

use super::access::Desk;
use crate::auth::{self, Passport, Verb};
use crate::object::stub::Target;
use crate::problem::Problem;
use crate::socket;

/// What an object is asked for.
pub(crate) struct Line<'a> {
    /// Whose socket.
    pub(crate) id: &'a str,
    /// Who may see it, and until when.
    pub(crate) passport: &'a Passport,
    /// `seq` of the snapshot that is there already.
    pub(crate) after: Option<u64>,
    /// The sub-protocol to be spoken.
    pub(crate) protocol: Option<&'static str>,
}

/// `GET /v1/executions/{id}/socket`, `GET /v1/batches/{id}/socket`.
pub(crate) fn open(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let Desk { incoming, env, settings, .. } = *desk;
    socket::require(incoming, settings)?;
    let admitted = auth::require_shown(auth::shown(incoming), settings, Verb::Read, id);
    let passport = desk.note(admitted, id, "socket")?;
    let told = incoming.header("last-event-id");
    let told = told.as_deref().or_else(|| incoming.query("last_event_id"));
    // A number that is none of ours begins anew, as on a stream.
    let after = told.and_then(|told| told.parse().ok());
    let protocol = socket::chosen_protocol(incoming)?;
    connect(env, &Line { id, passport: &passport, after, protocol })
}

/// Asks the object for a socket: the promise of its answer.
pub(crate) fn connect(env: &Env, line: &Line<'_>) -> Result<Promise, Problem> {
    // What is no id of ours is not there, and makes no object.
    let target = Target::parse(line.id).ok_or(Problem::NotFound)?;
    let number = |name: &str, value: Option<u64>| value.map(|value| format!("{name}={value}&")).unwrap_or_default();
    let until = number("until", line.passport.until.map(Timestamp::as_millis));
    let after = number("after", line.after);
    let url = target.address(line.passport.reach(), &format!("socket?{until}{after}"));
    let pair = |name: &str, value: &str| Array::of2(&JsValue::from_str(name), &JsValue::from_str(value));
    let headers = Array::of1(&pair("upgrade", "websocket"));
    if let Some(protocol) = line.protocol {
        headers.push(&pair("sec-websocket-protocol", protocol));
    }
    let init = RequestInit::new();
    init.set_headers(&headers);
    target.promise(env, &Request::new_with_str_and_init(&url, &init)?)
}
