//! The Worker: routes and Durable Objects around `cxpulse-core`. Decides nothing about executions, and keeps nothing
//! but in its objects' storage. This file is the route table, and nothing else.
//!
//! The entry is a plain function: a route that only checks and forwards returns the object's own promise, so that no
//! other is made for it.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Request, Response};
use worker::Env;

use config::Settings;
use incoming::Incoming;
use problem::Problem;

mod auth;
mod body;
mod clock;
mod config;
mod cors;
mod feed;
mod http;
mod incoming;
mod object;
mod problem;
mod reply;
mod route;
mod seal;
mod upstream;
mod webhook;

/// Called by the runtime for every request from outside.
#[wasm_bindgen]
pub fn fetch(request: Request, env: Env, _context: JsValue) -> Result<JsValue, JsValue> {
    let incoming = Incoming::new(request);
    let settings = match Settings::of(&env) {
        Ok(settings) => settings,
        Err(problem) => return problem.answer().map(JsValue::from),
    };
    match cors::allowed(&incoming, &settings) {
        None => answer(incoming, env, settings),
        Some(origin) if cors::is_preflight(&incoming) => encode(cors::preflight(&origin)),
        Some(origin) => {
            let answer = answer(incoming, env, settings)?;
            let opened = async move {
                let answer = JsFuture::from(Promise::resolve(&answer)).await?;
                encode(cors::open(&answer.unchecked_into(), &origin))
            };
            Ok(future_to_promise(opened).into())
        }
    }
}

fn answer(incoming: Incoming, env: Env, settings: Rc<Settings>) -> Result<JsValue, JsValue> {
    let found = match (incoming.method(), find(incoming.path())) {
        ("GET", Place::Execution(id) | Place::Journal(id)) => route::execution::read(&incoming, &env, &settings, id),
        ("GET", Place::Events(id)) => route::execution::stream(&incoming, &env, &settings, id),
        ("POST", Place::Cancel(id)) => route::execution::cancel(&incoming, &env, &settings, id),
        ("GET", Place::Health) => return encode(reply::json(200, &[], r#"{"status":"ok"}"#)),
        ("GET", Place::Session) => return encode(route::page::session(&settings)),
        ("POST", Place::Executions | Place::Tokens | Place::Callback(_))
        | ("GET" | "HEAD", Place::Embed | Place::File) => Ok(later(incoming, env, settings)),
        (_, place) => Err(place.allow().map_or(Problem::NotFound, Problem::MethodNotAllowed)),
    };
    match found {
        Ok(promise) => Ok(promise.into()),
        Err(problem) => problem.answer().map(JsValue::from),
    }
}

/// The routes that wait for something themselves.
fn later(incoming: Incoming, env: Env, settings: Rc<Settings>) -> Promise {
    future_to_promise(async move {
        encode(match find(incoming.path()) {
            Place::Executions => route::execution::start(&incoming, &env, &settings).await,
            Place::Tokens => route::token::mint(&incoming, &settings).await,
            Place::Callback(capability) => route::callback::take(&incoming, &env, &settings, capability).await,
            Place::Embed => route::page::embed(&incoming, &env, &settings).await,
            Place::File => route::page::file(&incoming, &env, &settings).await,
            Place::Execution(_)
            | Place::Journal(_)
            | Place::Events(_)
            | Place::Cancel(_)
            | Place::Health
            | Place::Session
            | Place::Nowhere => Err(Problem::NotFound),
        })
    })
}

/// Where a path leads.
enum Place<'a> {
    Executions,
    Execution(&'a str),
    Events(&'a str),
    Journal(&'a str),
    Cancel(&'a str),
    Callback(&'a str),
    Tokens,
    Health,
    Session,
    Embed,
    File,
    Nowhere,
}

fn find(path: &str) -> Place<'_> {
    // A slash too many is not passed over: the object would read another path than this does.
    if path.starts_with("/v1/") && path.split('/').skip(1).any(str::is_empty) {
        return Place::Nowhere;
    }
    // Whatever is deeper stays in the last segment, and matches nothing.
    let mut segments = path.splitn(6, '/').skip(1);
    let mut next = || segments.next().unwrap_or_default();
    match [next(), next(), next(), next(), next()] {
        ["v1", "executions", "", "", ""] => Place::Executions,
        ["v1", "executions", id, "", ""] => Place::Execution(id),
        ["v1", "executions", id, "events", ""] => Place::Events(id),
        ["v1", "executions", id, "journal", ""] => Place::Journal(id),
        ["v1", "executions", id, "cancel", ""] => Place::Cancel(id),
        ["v1", "callbacks", capability, "", ""] => Place::Callback(capability),
        ["v1", "tokens", "", "", ""] => Place::Tokens,
        ["healthz", "", "", "", ""] => Place::Health,
        ["dev", "session", "", "", ""] => Place::Session,
        ["embed", kind, id, "", ""] if !kind.is_empty() && !id.is_empty() => Place::Embed,
        ["v1", ..] => Place::Nowhere,
        _ => Place::File,
    }
}

impl Place<'_> {
    /// The methods that there are; `None` where there is nothing.
    const fn allow(&self) -> Option<&'static str> {
        match self {
            Self::Executions | Self::Cancel(_) | Self::Callback(_) | Self::Tokens => Some("POST"),
            Self::Execution(_) | Self::Events(_) | Self::Journal(_) | Self::Health | Self::Session => Some("GET"),
            Self::Embed | Self::File => Some("GET, HEAD"),
            Self::Nowhere => None,
        }
    }
}

fn encode(answer: Result<Response, Problem>) -> Result<JsValue, JsValue> {
    answer.or_else(|problem| problem.answer()).map(JsValue::from)
}
