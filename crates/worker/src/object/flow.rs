//! The `Flow` object: one for a batch or a chain, with all its executions in it, so that it and they change in one write and
//! never disagree. And the `History` object: one for a history query, with all its rows in it, driven by the same conductor. Its requests come from our own routes only, which have checked them.
//! Never decides what happens: see `conductor`, and `life` of an execution.

use std::rc::Rc;

use cxpulse_core::audit::Who;
use cxpulse_core::id::{ExecutionId, FlowId, Home};
use cxpulse_core::json::Json;
use js_sys::Promise;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Request, Response};
use worker::Env;
use worker::durable::State;
use worker::worker_sys::DurableObjectState;

use super::execution::{Access, Sockets, serve};
use super::host::Host;
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::reply;
use crate::socket::WebSocket;

mod binding;
mod conductor;
mod delivery;
mod graph;
mod history;
mod items;
mod keeping;
mod ledger;
mod letters;
mod news;
mod reading;
mod redriving;
mod results;
mod showing;
mod starting;
mod store;
mod work;

pub(in crate::object) use conductor::Conductor;
pub(crate) use redriving::Redriving;
pub(crate) use work::Given;

/// What opens a flow: the first line of the body of `/open`. Each further line is a [`NodeOpening`].
#[derive(Serialize, Deserialize)]
pub(crate) struct Opening<O> {
    /// The accepted request.
    pub(crate) order: O,
    /// Where its API is served, without a slash at the end.
    pub(crate) base: String,
    /// Of the request's body, by each signing key, that of now first.
    pub(crate) fingerprints: Vec<String>,
    /// The ids of a batch's items or the names of a chain's nodes, in order.
    pub(crate) names: Vec<String>,
    /// What a chain was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) given: Option<Given>,
    /// Who asked for it.
    pub(crate) who: Who,
}

/// An item of a batch, or a node of a chain, as it is opened with, and kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct NodeOpening<O> {
    /// What was asked for.
    pub(crate) order: O,
    /// What that has `[redacted]` for, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sealed: Option<String>,
}

/// The object.
#[wasm_bindgen]
pub struct Flow {
    conductor: Rc<Conductor>,
}

/// The object of a history query.
#[wasm_bindgen]
pub struct History {
    flow: Flow,
}

#[wasm_bindgen]
impl History {
    /// Called by the runtime.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self { flow: Flow::new(state, env) }
    }

    /// Called by the runtime: a route asks.
    pub fn fetch(&self, request: Request) -> Result<JsValue, JsValue> {
        self.flow.fetch(request)
    }

    /// Called by the runtime at the time that was set.
    pub fn alarm(&self) -> Promise {
        self.flow.alarm()
    }

    /// Called by the runtime: somebody says something on a socket.
    #[wasm_bindgen(js_name = "webSocketMessage")]
    pub fn web_socket_message(&self, socket: JsValue, message: &JsValue) {
        self.flow.web_socket_message(socket, message);
    }

    /// Called by the runtime: a socket is closed, or broke.
    #[wasm_bindgen(js_name = "webSocketClose")]
    pub fn web_socket_close(&self) {
        self.flow.web_socket_close();
    }
}

/// Whom a request is for.
enum Addressee {
    /// The flow.
    Flow,
    /// One of its executions.
    Run(u32),
    /// Nobody.
    None,
}

#[wasm_bindgen]
impl Flow {
    /// Called by the runtime.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self { conductor: Conductor::new(&Host::relaying(State::from(state), env)) }
    }

    /// Called by the runtime: a route asks.
    pub fn fetch(&self, request: Request) -> Result<JsValue, JsValue> {
        let incoming = Incoming::new(request);
        let conductor = Rc::clone(&self.conductor);
        conductor.host.renew();
        match addressee(&incoming) {
            Addressee::Run(run) => match conductor.life(run) {
                Ok(Some(life)) => serve(&life, incoming),
                Ok(None) => Problem::NotFound.answer().map(JsValue::from),
                Err(problem) => problem.answer().map(JsValue::from),
            },
            Addressee::Flow => Ok(future_to_promise(async move {
                answer(&conductor, &incoming).await.or_else(|problem| problem.answer()).map(JsValue::from)
            })
            .into()),
            Addressee::None => Problem::NotFound.answer().map(JsValue::from),
        }
    }

    /// Called by the runtime at the time that was set. Fails only where storage does: then the runtime tries again.
    pub fn alarm(&self) -> Promise {
        let conductor = Rc::clone(&self.conductor);
        future_to_promise(async move { conductor.host.is_over(conductor.ring().await) })
    }

    /// Called by the runtime: somebody says something on a socket.
    #[wasm_bindgen(js_name = "webSocketMessage")]
    pub fn web_socket_message(&self, socket: JsValue, message: &JsValue) {
        Sockets::refuse(&socket.unchecked_into::<WebSocket>(), message);
    }

    /// Called by the runtime: a socket is closed, or broke. Whose it was, it does not say.
    #[wasm_bindgen(js_name = "webSocketClose")]
    pub fn web_socket_close(&self) {}
}

/// Readers of an execution come with its id, our own messages with its number.
fn addressee(incoming: &Incoming) -> Addressee {
    let path = incoming.path();
    let path = match path.strip_prefix("/of/") {
        Some(rest) => rest.split_once('/').map_or("", |(_, rest)| rest),
        None => path.strip_prefix('/').unwrap_or_default(),
    };
    let mut segments = path.split('/');
    let mut next = || segments.next().unwrap_or_default();
    match [next(), next(), next()] {
        ["v1", "executions", id] => match ExecutionId::parse(id).as_ref().map(ExecutionId::home) {
            Ok(Home::Flow { run, .. }) => Addressee::Run(run.get()),
            Ok(Home::Own) | Err(_) => Addressee::None,
        },
        ["run", number, _] => number.parse().map_or(Addressee::None, Addressee::Run),
        _ => Addressee::Flow,
    }
}

async fn answer(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    if let Some(tenant) = incoming.named_tenant() {
        let is_its = conductor.is_there()? && conductor.is_of(tenant);
        if !is_its {
            return Err(Problem::NotFound);
        }
    }
    // A batch and a chain may share an object's name, never an object; a history's is in another namespace.
    let named = incoming.path().split('/').find_map(|segment| FlowId::parse(segment).ok());
    if named.is_some_and(|id| conductor.is_there().is_ok_and(|is_there| is_there && !conductor.is_called(&id))) {
        return Err(Problem::NotFound);
    }
    let last = incoming.path().rsplit('/').next().unwrap_or_default();
    match (incoming.method(), last) {
        ("POST", "open") => open(conductor, incoming).await,
        ("POST", "is-open") if conductor.is_there()? => reply::empty(204, &[]),
        ("POST", "cancel") => cancel(conductor, incoming).await,
        ("POST", "redrive") => redriving::answer(conductor, incoming).await,
        ("POST", "send-again") => letters::send_again(conductor, incoming).await,
        ("POST", "access") => access(conductor, incoming).await,
        ("GET" | "HEAD", _) => reading::answer(conductor, incoming).await,
        _ => Err(Problem::NotFound),
    }
}

async fn open(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    let text = incoming.text_up_to(OPENING_MAX).await?;
    let mut lines = text.lines();
    let opening: Opening<Json> = serde_json::from_str(lines.next().unwrap_or_default())?;
    let fingerprints = opening.fingerprints.clone();
    conductor.open(opening, lines)?;
    if !conductor.was_opened_by(&fingerprints) {
        return Err(Problem::KeyReused);
    }
    reading::opened(conductor, incoming).await
}

/// 202 where that stopped it, 200 where it had ended before.
async fn cancel(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    let who: Who = serde_json::from_str(&incoming.text().await?)?;
    if !conductor.is_there()? {
        return Err(Problem::NotFound);
    }
    let had_ended = conductor.view()?.is_some_and(|view| view.is_ended());
    if !had_ended {
        conductor.cancel(&who)?;
    }
    let view = conductor.view()?.ok_or(Problem::NotFound)?;
    reply::json(if had_ended { 200 } else { 202 }, &[("etag", view.etag())], view.json())
}

/// Somebody used the flow, or was not allowed to: for the tenant's audit log.
async fn access(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    let Access { who, verb, refusal, reach, .. } = serde_json::from_str(&incoming.text().await?)?;
    if !conductor.is_there()? {
        return Err(Problem::NotFound);
    }
    let is_foreign = reach.is_some_and(|reach| !conductor.is_of(reach.as_str()));
    let refusal = refusal.as_deref().or_else(|| is_foreign.then_some("other_tenant"));
    conductor.note(&who, &verb, refusal)?;
    reply::empty(204, &[])
}

/// Bytes of what our own routes send here: the largest body of a flow, and what was made of it.
const OPENING_MAX: usize = 50_331_648;
