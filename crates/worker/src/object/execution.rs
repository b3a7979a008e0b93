//! The `Execution` object: one for an execution. Its requests come from our own routes only, which have checked them.
//! Never decides what happens to the execution: see `life`.

use std::rc::Rc;

use cxpulse_core::audit::{Record, Who};
use cxpulse_core::execution::{Event, Order};
use cxpulse_core::id::TenantId;
use js_sys::Promise;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Request, Response};
use worker::Env;
use worker::durable::State;
use worker::worker_sys::DurableObjectState;

use crate::incoming::Incoming;
use crate::object::host::Host;
use crate::problem::Problem;
use crate::reply;
use crate::socket::WebSocket;

mod bundle;
mod calls;
mod delivery;
mod door;
mod ledger;
mod letters;
mod life;
mod part;
mod reading;
mod secrets;
mod sockets;
mod store;

pub(crate) use letters::{Redrive, Redriven};
pub(in crate::object) use letters::{Tale, letters_page};
pub(in crate::object) use life::Life;
pub(crate) use reading::seconds;
pub(in crate::object) use reading::{first_seq, is_named, place, whole};
pub(in crate::object) use sockets::Sockets;
pub(in crate::object) use store::{Notice, Store};

/// What opens an execution.
#[derive(Serialize, Deserialize)]
pub(crate) struct Opening {
    /// The accepted request.
    pub(crate) order: Order,
    /// Where its API is served, without a slash at the end.
    pub(crate) base: String,
    /// Of the request's body, by each signing key, that of now first: the same idempotency key with another body is refused.
    pub(crate) fingerprints: Vec<String>,
    /// What the order has `[redacted]` for, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sealed: Option<String>,
    /// Who asked for it.
    pub(crate) who: Who,
}

/// That somebody used an execution.
#[derive(Serialize, Deserialize)]
pub(crate) struct Access {
    /// Who.
    pub(crate) who: Who,
    /// Of a token's holder: who had it minted.
    pub(crate) minted_by: Option<Who>,
    /// What for: `read`, `journal`, ….
    pub(crate) verb: String,
    /// Why not, where they were not allowed to.
    pub(crate) refusal: Option<String>,
    /// The only tenant that there is for them.
    pub(crate) reach: Option<TenantId>,
}

/// The object.
#[wasm_bindgen]
pub struct Execution {
    life: Rc<Life>,
}

#[wasm_bindgen]
impl Execution {
    /// Called by the runtime.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self { life: Life::new(&Host::new(State::from(state), env), OWN_RUN) }
    }

    /// Called by the runtime: a route asks.
    pub fn fetch(&self, request: Request) -> Result<JsValue, JsValue> {
        self.life.host.renew();
        serve(&self.life, Incoming::new(request))
    }

    /// Called by the runtime at the time that was set. Fails only where storage does: then the runtime tries again.
    pub fn alarm(&self) -> Promise {
        let life = Rc::clone(&self.life);
        future_to_promise(async move { life.host.is_over(life.ring().await) })
    }

    /// Called by the runtime: somebody says something on a socket.
    #[wasm_bindgen(js_name = "webSocketMessage")]
    pub fn web_socket_message(&self, socket: JsValue, message: &JsValue) {
        Sockets::refuse(&socket.unchecked_into::<WebSocket>(), message);
    }

    /// Called by the runtime: a socket is closed, or broke.
    #[wasm_bindgen(js_name = "webSocketClose")]
    pub fn web_socket_close(&self) {
        self.life.sockets.forget();
    }
}

/// Answers a request for an execution, at once where it can: a promise costs a fifth of such an answer.
pub(in crate::object) fn serve(life: &Rc<Life>, incoming: Incoming) -> Result<JsValue, JsValue> {
    match is_of_another(life, &incoming) {
        Ok(false) => {}
        Ok(true) => return Problem::NotFound.answer().map(JsValue::from),
        Err(problem) => return problem.answer().map(JsValue::from),
    }
    if is_read(&incoming) && !reading::is_wait(&incoming) {
        return reading::answer(life, &incoming).or_else(|problem| problem.answer()).map(JsValue::from);
    }
    let life = Rc::clone(life);
    let answer = async move { answer(&life, &incoming).await.or_else(|problem| problem.answer()).map(JsValue::from) };
    Ok(future_to_promise(answer).into())
}

/// Whether somebody asks who may see one tenant's only, and this is another's.
fn is_of_another(life: &Rc<Life>, incoming: &Incoming) -> Result<bool, Problem> {
    let Some(tenant) = incoming.named_tenant() else { return Ok(false) };
    let is_there = life.is_there()?;
    Ok(!is_there || !life.is_of(tenant))
}

/// The runtime leaves the body of an answer to `HEAD` away.
fn is_read(incoming: &Incoming) -> bool {
    matches!(incoming.method(), "GET" | "HEAD")
}

async fn answer(life: &Rc<Life>, incoming: &Incoming) -> Result<Response, Problem> {
    match (incoming.method(), incoming.path().rsplit('/').next().unwrap_or_default()) {
        ("POST", "open") => open(life, incoming).await,
        ("POST", "callback") => door::call_back(life, incoming).await,
        ("POST", "is-open") => is_open(life),
        ("POST", "cancel") => cancel(life, incoming).await,
        ("POST", "access") => access(life, incoming).await,
        ("POST", "send-again") => letters::redrive(life, incoming).await,
        _ if is_read(incoming) => reading::wait(life, incoming).await,
        _ => Err(Problem::NotFound),
    }
}

async fn open(life: &Rc<Life>, incoming: &Incoming) -> Result<Response, Problem> {
    let opening: Opening = serde_json::from_str(&incoming.text_up_to(OPENING_MAX).await?)?;
    let fingerprints = opening.fingerprints.clone();
    life.open(opening)?;
    let is_same = life.kept.borrow().as_ref().is_some_and(|kept| fingerprints.contains(&kept.fingerprint));
    if !is_same {
        return Err(Problem::KeyReused);
    }
    reading::opened(life, incoming).await
}

/// Whether there is an execution here; one that is not there makes nothing.
fn is_open(life: &Rc<Life>) -> Result<Response, Problem> {
    if life.is_there()? { reply::empty(204, &[]) } else { Err(Problem::NotFound) }
}

/// 202 where that ended it, 200 where it had ended before.
async fn cancel(life: &Rc<Life>, incoming: &Incoming) -> Result<Response, Problem> {
    let who: Who = serde_json::from_str(&incoming.text().await?)?;
    if !life.is_there()? {
        return Err(Problem::NotFound);
    }
    let had_ended = life.view()?.is_some_and(|view| view.is_ended());
    if !had_ended && !life.has_begun() {
        return Err(Problem::NotBegun);
    }
    if !had_ended {
        life.begin_by(Event::CancelRequested, &who)?;
    }
    let view = life.view()?.ok_or(Problem::NotFound)?;
    reply::json(if had_ended { 200 } else { 202 }, &[("etag", view.etag())], view.json())
}

/// Somebody used the execution, or was not allowed to: for the audit log.
async fn access(life: &Rc<Life>, incoming: &Incoming) -> Result<Response, Problem> {
    let Access { who, minted_by, verb, refusal, reach } = serde_json::from_str(&incoming.text().await?)?;
    if !life.is_there()? {
        return Err(Problem::NotFound);
    }
    life.note(|order, number, now| {
        let is_foreign = reach.is_some_and(|reach| reach != order.tenant);
        let refusal = refusal.as_deref().or_else(|| is_foreign.then_some("other_tenant"));
        Record { minted_by, ..Record::access(order, number, now, who, &verb, refusal) }
    })?;
    reply::empty(204, &[])
}

/// The number of an execution that has an object of its own.
const OWN_RUN: u32 = 0;

/// Bytes of what our own routes send here: a callback's result may be of 1 MiB, in JSON twice that.
const OPENING_MAX: usize = 4_194_304;
