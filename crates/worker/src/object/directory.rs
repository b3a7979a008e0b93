//! The `Directory` object: one for a tenant. Keeps its lists of executions, batches and chains and its audit log, which their own
//! objects tell it of, at least once; it takes each record exactly once, counts it, and exports the span
//! that it tells of. Never called from outside, only by our other
//! objects and routes, and never asks an execution anything.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Request, Response};
use worker::Env;
use worker::durable::State;
use worker::worker_sys::DurableObjectState;

use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::reply;

mod clerk;
mod client;
mod flows;
mod log;
mod message;
mod page;
mod shelf;
mod store;
mod telemetry;

pub(crate) use client::{ask, counted, note, read, tell, tell_all};
pub(crate) use message::{Listed, Told, Used};

use clerk::Clerk;

/// The object.
#[wasm_bindgen]
pub struct Directory {
    clerk: Rc<Clerk>,
}

#[wasm_bindgen]
impl Directory {
    /// Called by the runtime.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self { clerk: Clerk::new(State::from(state), env) }
    }

    /// Called by the runtime: an object or a route asks.
    pub async fn fetch(&self, request: Request) -> Result<Response, JsValue> {
        let clerk = Rc::clone(&self.clerk);
        let incoming = Incoming::new(request);
        match answer(&clerk, &incoming).await {
            Ok(response) => Ok(response),
            Err(problem) => problem.answer(),
        }
    }

    /// Called by the runtime at the time that was set. Fails only where storage does: then the runtime tries again.
    pub fn alarm(&self) -> Promise {
        let clerk = Rc::clone(&self.clerk);
        future_to_promise(async move {
            clerk.ring().await.map(|()| JsValue::UNDEFINED).map_err(|problem| {
                problem.log();
                JsValue::from_str("the alarm's work could not be saved")
            })
        })
    }
}

async fn answer(clerk: &Rc<Clerk>, incoming: &Incoming) -> Result<Response, Problem> {
    match (incoming.method(), incoming.path().rsplit('/').next().unwrap_or_default()) {
        ("POST", "take") => {
            let told: Vec<Told> = serde_json::from_str(&incoming.message().await?)?;
            reply::inner(&serde_json::to_string(&clerk.take(&told)?)?)
        }
        ("POST", "note") => {
            clerk.note(serde_json::from_str(&incoming.message().await?)?)?;
            reply::empty(204, &[])
        }
        ("GET" | "HEAD", "executions") => clerk.shelf(incoming),
        ("GET" | "HEAD", "batches") => clerk.batches(incoming),
        ("GET" | "HEAD", "chains") => clerk.chains(incoming),
        ("GET" | "HEAD", "histories") => clerk.histories(incoming),
        ("GET" | "HEAD", "dead-letters") => clerk.dead_letters(incoming),
        ("GET" | "HEAD", "audit") => clerk.log(incoming),
        ("GET", "metrics") => reply::json(200, &[], &serde_json::to_string(&clerk.counted()?)?),
        _ => Err(Problem::NotFound),
    }
}
