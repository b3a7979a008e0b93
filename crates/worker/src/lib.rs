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
use worker::worker_sys::Context;

use cxpulse_core::quota::Standing;

use config::Settings;
use incoming::Incoming;
use problem::Problem;
use route::access::Desk;

mod auth;
mod body;
mod checkup;
mod clock;
mod config;
mod cors;
mod deadline;
mod feed;
mod http;
mod idempotency;
mod incoming;
mod object;
mod passage;
mod pipe;
mod problem;
mod relay;
mod reply;
mod request_id;
mod route;
mod seal;
mod socket;
mod upstream;
mod vault;
mod webhook;

/// Called by the runtime for every request from outside.
#[wasm_bindgen]
pub fn fetch(request: Request, env: Env, context: Context) -> Result<JsValue, JsValue> {
    let incoming = Incoming::new(request);
    if incoming.is_too_long() {
        return Problem::AddressTooLong.answer().map(JsValue::from);
    }
    let settings = match Settings::of(&env) {
        Ok(settings) => settings,
        Err(problem) => return problem.answer().map(JsValue::from),
    };
    if !cors::concerns(&incoming, &settings) {
        return answer(incoming, env, settings, context);
    }
    match cors::allowed(&incoming, &settings) {
        Some(origin) if cors::is_preflight(&incoming) => encode(cors::preflight(&incoming, &origin), None),
        origin => {
            let answer = answer(incoming, env, settings, context)?;
            let opened = async move {
                let answer = JsFuture::from(Promise::resolve(&answer)).await;
                let answer = answer.map(JsCast::unchecked_into).map_err(Problem::of_object);
                let answer = answer.or_else(|problem| problem.answer())?;
                encode(cors::open(&answer, origin.as_deref()), None)
            };
            Ok(future_to_promise(opened).into())
        }
    }
}

/// Called by the entry where `fetch` was rejected or trapped, for what an object's call came to is known there only.
#[wasm_bindgen]
pub fn unavailable(error: JsValue) -> Result<JsValue, JsValue> {
    Problem::of_object(error).answer().map(JsValue::from)
}

fn answer(incoming: Incoming, env: Env, settings: Rc<Settings>, context: Context) -> Result<JsValue, JsValue> {
    let desk = Desk { incoming: &incoming, env: &env, settings: &settings, context: &context };
    let place = find(incoming.path());
    let is_snapshot = matches!(place, Place::Execution(_));
    let found = match (incoming.method(), place) {
        ("GET" | "HEAD", Place::Execution(id)) => route::execution::read(&desk, id),
        ("GET" | "HEAD", Place::Batch(id)) => route::batch::read(&desk, id),
        ("GET" | "HEAD", Place::Chain(id)) => route::chain::read(&desk, id),
        ("GET" | "HEAD", Place::Results(id)) => route::chain::results(&desk, id),
        ("GET" | "HEAD", Place::Graph(id)) => route::chain::graph(&desk, id),
        ("GET" | "HEAD", Place::History(id)) => route::history::read(&desk, id),
        ("GET" | "HEAD", Place::Report(id)) => route::history::report(&desk, id),
        ("GET", Place::Steps(id)) => route::history::steps(&desk, id),
        ("GET", Place::Export(id)) => route::history::export(&desk, id),
        ("GET", Place::Journal(id)) => route::execution::journal(&desk, id),
        ("GET", Place::Bundle(id)) => route::execution::bundle(&desk, id),
        ("GET", Place::Events(id)) => route::execution::stream(&desk, id),
        ("GET", Place::Audit(id)) => route::execution::audit(&desk, id),
        ("GET", Place::Socket(id)) => route::socket::open(&desk, id),
        ("GET", Place::Feed) => return encode(route::feed::open(&desk), None),
        ("POST", Place::Cancel(id)) => route::execution::cancel(&desk, id),
        ("GET" | "HEAD", Place::Health) => return encode(reply::json(200, &[], r#"{"status":"ok"}"#), None),
        ("GET", Place::Session) => return encode(route::page::session(&incoming, &settings), None),
        ("GET", Place::Gate(tenant)) => route::tenant::gate(&desk, tenant),
        ("GET" | "HEAD", Place::Executions) => route::directory::list(&desk),
        ("GET" | "HEAD", Place::Batches) => route::directory::batches(&desk),
        ("GET" | "HEAD", Place::Chains) => route::directory::chains(&desk),
        ("GET" | "HEAD", Place::Histories) => route::directory::histories(&desk),
        ("GET", Place::TenantAudit(tenant)) => route::directory::audit(&desk, tenant),
        ("GET", Place::Notifications(id)) => route::letter::show(&desk, id),
        ("GET" | "HEAD", Place::DeadLetters(tenant)) => route::letter::list(&desk, tenant),
        ("GET", Place::Webhook(tenant)) => return encode(route::tenant::webhook(&desk, tenant), None),
        ("POST", Place::Reset(tenant)) => route::tenant::reset(&desk, tenant),
        ("POST", Place::Executions | Place::Batches | Place::Chains | Place::Histories)
        | ("POST", Place::Tokens | Place::Callback(_))
        | ("GET", Place::Comparison(_))
        | ("POST", Place::Redrive(_) | Place::RedriveAll(_) | Place::RedriveBatch(_) | Place::RedriveChain(_))
        | ("POST", Place::Doctor(_))
        | ("GET" | "HEAD", Place::Embed | Place::File)
        | ("GET", Place::Metrics)
        | (_, Place::Proxy) => return Ok(later(incoming, env, settings, context).into()),
        (_, place) => Err(place.allow().map_or(Problem::NotFound, Problem::MethodNotAllowed)),
    };
    // A snapshot with much left is the answer that all others are measured by: it passes as the object gave it.
    let is_told = |standing: &Standing| standing.is_low() || !is_snapshot;
    match (found, incoming.standing().filter(is_told)) {
        (Ok(promise), None) if !request_id::concerns(&incoming) => Ok(promise.into()),
        (Ok(promise), standing) => Ok(future_to_promise(async move {
            let answer = JsFuture::from(promise).await.map(JsCast::unchecked_into).map_err(Problem::of_object);
            encode(named(answer, &incoming), standing)
        })
        .into()),
        (Err(problem), standing) => encode(named(Err(problem), &incoming), standing),
    }
}

/// The routes that wait for something themselves.
fn later(incoming: Incoming, env: Env, settings: Rc<Settings>, context: Context) -> Promise {
    future_to_promise(async move {
        let desk = Desk { incoming: &incoming, env: &env, settings: &settings, context: &context };
        let place = find(incoming.path());
        let answer = match place {
            Place::Executions => route::execution::start(&incoming, &env, &settings).await,
            Place::Batches => route::batch::start(&incoming, &env, &settings).await,
            Place::RedriveBatch(id) => route::batch::redrive(&desk, id).await,
            Place::Chains => route::chain::start(&incoming, &env, &settings).await,
            Place::RedriveChain(id) => route::chain::redrive(&desk, id).await,
            Place::Histories => route::history::start(&incoming, &env, &settings).await,
            Place::Comparison(id) => route::history::compare(&desk, id).await,
            Place::Tokens => route::token::mint(&desk).await,
            Place::Callback(capability) => route::callback::take(&incoming, &env, &settings, capability).await,
            Place::Redrive(id) => route::letter::redrive(&desk, id).await,
            Place::RedriveAll(tenant) => route::letter::redrive_all(&desk, tenant).await,
            Place::Doctor(tenant) => route::tenant::doctor(&desk, tenant).await,
            Place::Metrics => route::metrics::scrape(&incoming, &env, &settings).await,
            Place::Proxy => route::proxy::pass(&incoming, &env, &settings, &context).await,
            Place::Embed => route::page::embed(&incoming, &env, &settings).await,
            Place::File => route::page::file(&incoming, &env, &settings).await,
            Place::Execution(_)
            | Place::Batch(_)
            | Place::Chain(_)
            | Place::Results(_)
            | Place::Graph(_)
            | Place::History(_)
            | Place::Report(_)
            | Place::Steps(_)
            | Place::Export(_)
            | Place::Journal(_)
            | Place::Audit(_)
            | Place::TenantAudit(_)
            | Place::Bundle(_)
            | Place::Events(_)
            | Place::Socket(_)
            | Place::Feed
            | Place::Cancel(_)
            | Place::Notifications(_)
            | Place::DeadLetters(_)
            | Place::Webhook(_)
            | Place::Gate(_)
            | Place::Reset(_)
            | Place::Health
            | Place::Session
            | Place::Nowhere => Err(Problem::NotFound),
        };
        encode(named(answer, &incoming), incoming.standing())
    })
}

/// Where a path leads.
enum Place<'a> {
    Executions,
    Execution(&'a str),
    Batches,
    Batch(&'a str),
    RedriveBatch(&'a str),
    Chains,
    Chain(&'a str),
    Results(&'a str),
    Graph(&'a str),
    RedriveChain(&'a str),
    Histories,
    History(&'a str),
    Report(&'a str),
    Steps(&'a str),
    Export(&'a str),
    Comparison(&'a str),
    Events(&'a str),
    Socket(&'a str),
    Feed,
    Journal(&'a str),
    Audit(&'a str),
    TenantAudit(&'a str),
    Bundle(&'a str),
    Cancel(&'a str),
    Notifications(&'a str),
    Redrive(&'a str),
    DeadLetters(&'a str),
    RedriveAll(&'a str),
    Callback(&'a str),
    Tokens,
    Gate(&'a str),
    Reset(&'a str),
    Doctor(&'a str),
    Webhook(&'a str),
    Proxy,
    Metrics,
    Health,
    Session,
    Embed,
    File,
    Nowhere,
}

fn find(path: &str) -> Place<'_> {
    // Whatever follows is looked at by the proxy itself.
    if path.starts_with(route::proxy::PREFIX) {
        return Place::Proxy;
    }
    // A slash too many is not passed over: the object would read another path than this does.
    if path.starts_with("/v1/") && path.split('/').skip(1).any(str::is_empty) {
        return Place::Nowhere;
    }
    // Whatever is deeper stays in the last segment, and matches nothing.
    let mut segments = path.splitn(6, '/').skip(1);
    let mut next = || segments.next().unwrap_or_default();
    match [next(), next(), next(), next(), next()] {
        // Below each, ids of the others are not there.
        ["v1", kind, id, ..] if belongs_elsewhere(kind, id) => Place::Nowhere,
        ["v1", "histories", "", "", ""] => Place::Histories,
        ["v1", "histories", id, "", ""] => Place::History(id),
        ["v1", "histories", id, "events", ""] => Place::Events(id),
        ["v1", "histories", id, "socket", ""] => Place::Socket(id),
        ["v1", "histories", id, "report", ""] => Place::Report(id),
        ["v1", "histories", id, "steps", ""] => Place::Steps(id),
        ["v1", "histories", id, "export", ""] => Place::Export(id),
        ["v1", "histories", id, "comparison", ""] => Place::Comparison(id),
        ["v1", "histories", id, "cancel", ""] => Place::Cancel(id),
        ["v1", "histories", id, "journal", ""] => Place::Journal(id),
        ["v1", "histories", id, "audit", ""] => Place::Audit(id),
        ["v1", "histories", id, "notifications", ""] => Place::Notifications(id),
        ["v1", "histories", id, "notifications", "redrive"] => Place::Redrive(id),
        ["v1", "chains", "", "", ""] => Place::Chains,
        ["v1", "chains", id, "", ""] => Place::Chain(id),
        ["v1", "chains", id, "events", ""] => Place::Events(id),
        ["v1", "chains", id, "socket", ""] => Place::Socket(id),
        ["v1", "chains", id, "results", ""] => Place::Results(id),
        ["v1", "chains", id, "graph", ""] => Place::Graph(id),
        ["v1", "chains", id, "cancel", ""] => Place::Cancel(id),
        ["v1", "chains", id, "redrive", ""] => Place::RedriveChain(id),
        ["v1", "chains", id, "journal", ""] => Place::Journal(id),
        ["v1", "chains", id, "audit", ""] => Place::Audit(id),
        ["v1", "chains", id, "notifications", ""] => Place::Notifications(id),
        ["v1", "chains", id, "notifications", "redrive"] => Place::Redrive(id),
        ["v1", "batches", "", "", ""] => Place::Batches,
        ["v1", "batches", id, "", ""] => Place::Batch(id),
        ["v1", "batches", id, "events", ""] => Place::Events(id),
        ["v1", "batches", id, "socket", ""] => Place::Socket(id),
        ["v1", "batches", id, "cancel", ""] => Place::Cancel(id),
        ["v1", "batches", id, "redrive", ""] => Place::RedriveBatch(id),
        ["v1", "batches", id, "journal", ""] => Place::Journal(id),
        ["v1", "batches", id, "audit", ""] => Place::Audit(id),
        ["v1", "batches", id, "notifications", ""] => Place::Notifications(id),
        ["v1", "batches", id, "notifications", "redrive"] => Place::Redrive(id),
        ["v1", "executions", "", "", ""] => Place::Executions,
        ["v1", "executions", id, "", ""] => Place::Execution(id),
        ["v1", "executions", id, "events", ""] => Place::Events(id),
        ["v1", "executions", id, "socket", ""] => Place::Socket(id),
        ["v1", "feed", "", "", ""] => Place::Feed,
        ["v1", "executions", id, "journal", ""] => Place::Journal(id),
        ["v1", "executions", id, "audit", ""] => Place::Audit(id),
        ["v1", "tenants", tenant, "audit", ""] => Place::TenantAudit(tenant),
        ["v1", "executions", id, "bundle", ""] => Place::Bundle(id),
        ["v1", "executions", id, "cancel", ""] => Place::Cancel(id),
        ["v1", "executions", id, "notifications", ""] => Place::Notifications(id),
        ["v1", "executions", id, "notifications", "redrive"] => Place::Redrive(id),
        ["v1", "callbacks", capability, "", ""] => Place::Callback(capability),
        ["v1", "tokens", "", "", ""] => Place::Tokens,
        ["v1", "tenants", tenant, "gate", ""] => Place::Gate(tenant),
        ["v1", "tenants", tenant, "gate", "reset"] => Place::Reset(tenant),
        ["v1", "tenants", tenant, "doctor", ""] => Place::Doctor(tenant),
        ["v1", "tenants", tenant, "dead-letters", ""] => Place::DeadLetters(tenant),
        ["v1", "tenants", tenant, "dead-letters", "redrive"] => Place::RedriveAll(tenant),
        ["v1", "tenants", tenant, "webhook", ""] => Place::Webhook(tenant),
        ["healthz", "", "", "", ""] => Place::Health,
        ["metrics", "", "", "", ""] => Place::Metrics,
        ["dev", "session", "", "", ""] => Place::Session,
        ["embed", kind, id, "", ""] if !kind.is_empty() && !id.is_empty() => Place::Embed,
        ["v1", ..] => Place::Nowhere,
        _ => Place::File,
    }
}

/// Whether what stands below `kind` is the id of another kind.
fn belongs_elsewhere(kind: &str, id: &str) -> bool {
    const KINDS: [(&str, &str); 4] =
        [("executions", "exe_"), ("batches", "bat_"), ("chains", "chn_"), ("histories", "his_")];
    let is_kind = KINDS.iter().any(|(known, _)| *known == kind);
    is_kind && KINDS.iter().any(|(other, prefix)| *other != kind && id.starts_with(prefix))
}

impl Place<'_> {
    /// The methods that there are; `None` where there is nothing.
    const fn allow(&self) -> Option<&'static str> {
        match self {
            Self::Executions | Self::Batches | Self::Chains | Self::Histories => Some("GET, HEAD, POST"),
            Self::Cancel(_)
            | Self::Callback(_)
            | Self::Tokens
            | Self::Reset(_)
            | Self::Redrive(_)
            | Self::RedriveAll(_)
            | Self::RedriveBatch(_)
            | Self::RedriveChain(_)
            | Self::Doctor(_) => Some("POST"),
            Self::Metrics
            | Self::Events(_)
            | Self::Socket(_)
            | Self::Feed
            | Self::Journal(_)
            | Self::Bundle(_)
            | Self::Audit(_)
            | Self::TenantAudit(_)
            | Self::Notifications(_)
            | Self::Gate(_)
            | Self::Webhook(_)
            | Self::Steps(_)
            | Self::Export(_)
            | Self::Comparison(_)
            | Self::Session => Some("GET"),
            Self::DeadLetters(_) | Self::Execution(_) | Self::Batch(_) | Self::Chain(_) | Self::Results(_) => {
                Some("GET, HEAD")
            }
            Self::History(_) | Self::Report(_) => Some("GET, HEAD"),
            Self::Graph(_) | Self::Health | Self::Embed | Self::File => Some("GET, HEAD"),
            // The proxy says for each path.
            Self::Proxy | Self::Nowhere => None,
        }
    }
}

/// The answer, with the name of its request where it is to have one.
fn named(answer: Result<Response, Problem>, incoming: &Incoming) -> Result<Response, Problem> {
    if !request_id::concerns(incoming) {
        return answer;
    }
    request_id::put(answer.or_else(|problem| problem.answer().map_err(Problem::from))?, incoming)
}

/// The answer, and how its receiver stands where that is to be told.
fn encode(answer: Result<Response, Problem>, standing: Option<Standing>) -> Result<JsValue, JsValue> {
    let answer = answer.or_else(|problem| problem.answer())?;
    let Some(standing) = standing else { return Ok(answer.into()) };
    let told = problem::told(&standing);
    let told = told.each_ref().map(|(name, value)| (*name, value.as_str()));
    reply::with_headers(&answer, &told).or_else(|problem| problem.answer()).map(JsValue::from)
}
