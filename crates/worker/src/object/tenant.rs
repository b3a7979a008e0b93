//! The `Tenant` object: one for a tenant. Keeps its gate and its result cache, and fetches its token once however many
//! executions ask. Never decides who goes and when: that is core's `gate`. Never called from outside, only by our other
//! objects and routes.

use std::rc::Rc;

use cxpulse_core::id::TenantId;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::Env;
use worker::durable::State;
use worker::worker_sys::DurableObjectState;

use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::reply;

mod bunch;
pub(crate) mod clearance;
mod client;
mod keeper;
mod kept;
mod mailbox;
mod message;
mod places;
pub(crate) mod proxy;
mod renewal;
mod store;

pub(in crate::object) use bunch::Bunch;
pub(crate) use client::{acquire, remember, report};
pub(in crate::object) use message::Petition;
pub(crate) use message::{Answered, Found, Lookup, Pass, Verdict};

use keeper::Keeper;

/// The object.
#[wasm_bindgen]
pub struct Tenant {
    keeper: Rc<Keeper>,
    answers: Rc<proxy::Answers>,
}

#[wasm_bindgen]
impl Tenant {
    /// Called by the runtime.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self { keeper: Keeper::new(State::from(state), env), answers: Rc::new(proxy::Answers::new()) }
    }

    /// Called by the runtime: an object or a route asks.
    pub async fn fetch(&self, request: Request) -> Result<Response, JsValue> {
        let (keeper, answers) = (Rc::clone(&self.keeper), Rc::clone(&self.answers));
        let incoming = Incoming::new(request);
        let answer = match incoming.path() {
            "/proxy" => proxy::answer(&answers, &keeper, &incoming).await,
            _ => answer(&keeper, &incoming).await,
        };
        match answer {
            Ok(response) => Ok(response),
            Err(problem) => problem.answer(),
        }
    }
}

async fn answer(keeper: &Rc<Keeper>, incoming: &Incoming) -> Result<Response, Problem> {
    match (incoming.method(), incoming.path()) {
        ("POST", "/acquire") => {
            let message = serde_json::from_str(&incoming.message().await?)?;
            reply::inner(&serde_json::to_string(&keeper.acquire(&message).await?)?)
        }
        ("POST", "/acquire-all") => {
            let message = serde_json::from_str(&incoming.message().await?)?;
            reply::inner(&serde_json::to_string(&keeper.acquire_all(&message).await?)?)
        }
        ("POST", "/report") => {
            keeper.take(&serde_json::from_str(&incoming.message().await?)?)?;
            reply::inner("")
        }
        ("GET", "/gate") => reply::json(200, &[], &keeper.standing(&named(incoming)?)?),
        ("POST", "/reset") => {
            keeper.reset(&named(incoming)?)?;
            reply::empty(204, &[])
        }
        _ => Err(Problem::NotFound),
    }
}

fn named(incoming: &Incoming) -> Result<TenantId, Problem> {
    TenantId::parse(incoming.query("tenant").unwrap_or_default()).map_err(|_| Problem::NotFound)
}
