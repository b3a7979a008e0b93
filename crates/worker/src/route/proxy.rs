//! `ANY /v1/proxy/{path}`: passes on what the tenant's rules allow, with the tenant's token, body by body as they come.
//! Never decides what is allowed: the core's `proxy` does. Never keeps a body: what may serve others the tenant's object keeps.

use cxpulse_core::id::TenantId;
use cxpulse_core::key::Scope;
use cxpulse_core::profile::ProxyRule;
use cxpulse_core::proxy::{Admitted, Refusal, admit};
use cxpulse_core::time::Span;
use cxpulse_core::validate::{Code, Violation};
use js_sys::Promise;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{future_to_promise, spawn_local};
use web_sys::{ReadableStream, Response};
use worker::worker_sys::Context;
use worker::{Env, console_error};

use crate::auth::{self, Passport};
use crate::config::{Settings, TenantSettings};
use crate::incoming::Incoming;
use crate::object::tenant::clearance::{Times, Way};
use crate::object::tenant::proxy as shared;
use crate::passage::{self, Arrived, PROXY, Passage, Patience, Sent};
use crate::pipe::{Cut, Pipe, pump};
use crate::problem::Problem;
use crate::{body, reply};

/// What every proxied path begins with.
pub(crate) const PREFIX: &str = "/v1/proxy/";

/// Passes a request on, and its answer back.
pub(crate) async fn pass(
    incoming: &Incoming,
    env: &Env,
    settings: &Settings,
    context: &Context,
) -> Result<Response, Problem> {
    let passport = auth::require_key(incoming, settings, Scope::Execute)?;
    let tenant = tenant(incoming, settings, &passport)?;
    let (path, query) = incoming.after(PROXY).ok_or(Problem::NotFound)?;
    let refused = |refusal: Refusal| match refusal.is_malformed() {
        true => Problem::ProxyRefused(refusal),
        false => Problem::NotProxied,
    };
    let admitted = admit(&tenant.profile.proxy, incoming.method(), path, query).map_err(refused)?;
    let exchange = Exchange { incoming, env, context, tenant: &tenant, admitted: &admitted };
    match admitted.rule.cache.filter(|_| incoming.method() == "GET") {
        Some(lifetime) => exchange.shared(lifetime).await,
        None => exchange.direct().await,
    }
}

/// Whose request it is: the key's own, or what an operator names in a header.
fn tenant(incoming: &Incoming, settings: &Settings, passport: &Passport) -> Result<Rc<TenantSettings>, Problem> {
    let named = incoming.header(TENANT_HEADER).map(TenantId::parse).transpose();
    let tenant = named.ok().and_then(|named| passport.tenant(named)).and_then(|tenant| settings.tenant(&tenant));
    tenant.ok_or_else(|| {
        let message = "there is no such tenant".into();
        Problem::BadParameter(Violation { pointer: "Cxpulse-Tenant".into(), code: Code::OutOfRange, message })
    })
}

/// One request on its way.
struct Exchange<'a> {
    incoming: &'a Incoming,
    env: &'a Env,
    context: &'a Context,
    tenant: &'a TenantSettings,
    admitted: &'a Admitted<'a>,
}

impl Exchange<'_> {
    /// Through the tenant's object, where others may be asking the same. What is too long to be kept there comes directly.
    async fn shared(&self, lifetime: Span) -> Result<Response, Problem> {
        let ask = shared::Ask {
            tenant: self.tenant.id.clone(),
            target: self.admitted.target.clone(),
            accept: self.incoming.header("accept"),
            lifetime_ms: lifetime.as_millis(),
            timeout_ms: timeout(self.rule()).as_millis(),
            gate_patience_ms: gate_patience(self.rule()).as_millis(),
            traceparent: self.incoming.header("traceparent"),
            tracestate: self.incoming.header("tracestate"),
        };
        let answer = shared::ask(self.env, &ask).await?;
        if shared::is_too_long(&answer)? { self.direct().await } else { Ok(answer) }
    }

    /// A caller who leaves before the answer begins takes the call along: the runtime ends all that it waits for. Then the
    /// permit comes back at its own deadline.
    async fn direct(&self) -> Result<Response, Problem> {
        let raw = self.incoming.raw();
        let patience = Rc::new(Patience::new(timeout(self.rule()))?);
        let headers = passage::headers_up(&raw.headers())?;
        let target = &self.admitted.target;
        let passage = Passage { method: self.incoming.method(), target, headers, patience: &patience };
        let body = self.body().await?;
        let sent = body.as_ref().map(|upload| Sent { stream: &upload.stream, passed: &upload.passed });
        let way = Way::from_away(self.env, self.context);
        let times = Times { at_gate: gate_patience(self.rule()), in_flight: timeout(self.rule()) };
        let arrived = passage.send(&way, &self.tenant.id, times, sent).await;
        if body.as_ref().is_some_and(Upload::was_too_long) {
            return Err(Problem::TooLarge(request_max(self.rule())));
        }
        self.answer(arrived?, patience)
    }

    /// The caller's body, within its limit.
    async fn body(&self) -> Result<Option<Upload>, Problem> {
        let raw = self.incoming.raw();
        let Some(body) = raw.body() else { return Ok(None) };
        let max = u64::try_from(request_max(self.rule())).unwrap_or(u64::MAX);
        let told: Option<u64> = self.incoming.header("content-length").and_then(|len| len.parse().ok());
        if told.is_some_and(|len| len > max) {
            body::drain(Some(body)).await;
            return Err(Problem::TooLarge(request_max(self.rule())));
        }
        Ok(Some(Upload::new(body, told, max)))
    }

    fn answer(&self, arrived: Arrived, patience: Rc<Patience>) -> Result<Response, Problem> {
        let Arrived { answer, clearance, base } = arrived;
        let max = answer_max(self.rule());
        let headers = passage::headers_down(&answer, &base, &format!("{base}{}", self.admitted.target))?;
        let mut headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // It answers this caller's key: no cache on the way may serve it to another.
        headers.retain(|(name, value)| *name != "cache-control" || value.contains("no-store"));
        if !headers.iter().any(|(name, _)| *name == "cache-control") {
            headers.push(("cache-control", "private"));
        }
        let head = reply::head(answer.status(), &headers);
        let judged = clearance.read(&answer);
        let is_bodiless = matches!(answer.status(), 204 | 205 | 304) || self.incoming.method() == "HEAD";
        let Some(body) = answer.body().filter(|_| !is_bodiless) else {
            body::discard(answer.body());
            clearance.answered(&judged);
            return Ok(Response::new_with_opt_str_and_init(None, &head)?);
        };
        let len = known_len(&answer)?;
        if let Some(len) = len.filter(|len| *len > max) {
            body::discard(Some(body));
            clearance.answered(&judged);
            console_error!("proxy: an answer of {len} bytes was not passed on, the limit is {max}");
            return Err(Problem::UpstreamTooLarge(max));
        }
        let Pipe { readable, writable } = Pipe::new(len);
        let left = patience.left().plus(READING_SLACK);
        let passing = async move {
            let passed = pump(&body, &writable, max, Some(left)).await;
            match passed {
                Err(Cut::Broken) => clearance.lost(true),
                Ok(()) | Err(Cut::TooLong | Cut::Unwanted | Cut::Late) => clearance.answered(&judged),
            }
            if let Err(cut) = passed {
                patience.end();
                log(cut, max);
            }
            Ok(JsValue::UNDEFINED)
        };
        self.keep(&future_to_promise(passing))?;
        Ok(Response::new_with_opt_readable_stream_and_init(Some(&readable), &head)?)
    }

    /// Goes on even if the caller goes away: what is under way has to be ended in order.
    fn keep(&self, work: &Promise) -> Result<(), Problem> {
        Ok(self.context.wait_until(work)?)
    }

    const fn rule(&self) -> &ProxyRule {
        self.admitted.rule
    }
}

/// A caller's body on its way to CXone.
struct Upload {
    stream: ReadableStream,
    passed: Rc<Cell<Option<Result<(), Cut>>>>,
}

impl Upload {
    fn new(body: ReadableStream, len: Option<u64>, max: u64) -> Self {
        let end = Rc::new(Cell::new(None));
        let Pipe { readable, writable } = Pipe::new(len);
        let passed = Rc::clone(&end);
        spawn_local(async move {
            passed.set(Some(pump(&body, &writable, max, None).await));
        });
        Self { stream: readable, passed: end }
    }

    fn was_too_long(&self) -> bool {
        self.passed.get() == Some(Err(Cut::TooLong))
    }
}

/// The bytes of an answer as they will come out of the runtime; it decodes what is encoded.
fn known_len(answer: &Response) -> Result<Option<u64>, Problem> {
    let headers = answer.headers();
    if headers.has("content-encoding")? {
        return Ok(None);
    }
    Ok(headers.get("content-length")?.and_then(|len| len.parse().ok()))
}

fn log(cut: Cut, max: u64) {
    match cut {
        Cut::TooLong => console_error!("proxy: an answer was cut at {max} bytes: {}", cut.message()),
        Cut::Broken => console_error!("proxy: {}", cut.message()),
        // A caller may leave, or read slowly.
        Cut::Unwanted | Cut::Late => {}
    }
}

fn timeout(rule: &ProxyRule) -> Span {
    rule.timeout.unwrap_or(TIMEOUT)
}

/// How long a request waits at the gate.
fn gate_patience(rule: &ProxyRule) -> Span {
    rule.timeout.unwrap_or(GATE_PATIENCE)
}

fn request_max(rule: &ProxyRule) -> usize {
    rule.request_bytes_max.and_then(|max| usize::try_from(max).ok()).unwrap_or(REQUEST_MAX)
}

fn answer_max(rule: &ProxyRule) -> u64 {
    rule.answer_bytes_max.map_or(ANSWER_MAX, u64::from)
}

const TENANT_HEADER: &str = "cxpulse-tenant";

/// From the first byte sent to the last one read, where the rule does not say.
const TIMEOUT: Span = Span::from_secs(60);

/// How long after its time an answer may go on that CXone has not broken off by then: its reader is what it waits for.
const READING_SLACK: Span = Span::from_secs(1);

/// How long the gate may hold a request, where the rule does not say.
const GATE_PATIENCE: Span = Span::from_secs(10);

/// Bytes of a request's body, where the rule does not say: 10 MiB.
const REQUEST_MAX: usize = 10_485_760;

/// Bytes of an answer's body, where the rule does not say: 100 MiB.
const ANSWER_MAX: u64 = 104_857_600;
