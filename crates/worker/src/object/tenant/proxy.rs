//! What the plain proxy asks of a tenant's object: answers to GET that several may share. Keeps small
//! good answers for a while; never one that is not 200, never one across tenants, for each tenant has its own object.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;

use cxpulse_core::execution::Reason;
use cxpulse_core::id::TenantId;
use cxpulse_core::proxy::AnswerCache;
use cxpulse_core::time::Span;
use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use wasm_bindgen::JsValue;
use web_sys::{Request, RequestInit, Response};
use worker::Env;

use super::clearance::{Times, Way};
use super::keeper::Keeper;
use crate::body::{self, BodyFault};
use crate::http::Connections;
use crate::incoming::Incoming;
use crate::object::stub;
use crate::passage::{self, Arrived, Passage, Patience};
use crate::problem::Problem;
use crate::{clock, reply};

/// A GET that may be shared. Nothing of its caller goes along but this, so what serves one serves all who ask alike.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Ask {
    /// Whose CXone.
    pub(crate) tenant: TenantId,
    /// Path and query, admitted.
    pub(crate) target: String,
    /// What the caller can read.
    pub(crate) accept: Option<String>,
    /// How long a good answer serves others.
    pub(crate) lifetime_ms: u64,
    /// How long CXone may take.
    pub(crate) timeout_ms: u64,
    /// How long the gate may hold it.
    pub(crate) gate_patience_ms: u64,
    /// The caller's trace.
    pub(crate) traceparent: Option<String>,
    /// What others know of it.
    pub(crate) tracestate: Option<String>,
}

/// Answers, kept and on their way.
pub(super) struct Answers {
    kept: RefCell<AnswerCache<Landing>>,
    flights: RefCell<BTreeMap<String, watch::Receiver<Option<Landing>>>>,
    /// One is left for the token that all of them may have to wait for.
    connections: Connections,
}

/// What a call came to.
#[derive(Clone)]
enum Landing {
    Answer(Rc<Answer>),
    /// The answer is longer than any that is kept.
    TooLong,
    Failed(Rc<Problem>),
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Uint8Array,
}

/// How a caller came to its answer.
#[derive(Clone, Copy)]
enum Source {
    Miss,
    Coalesced,
    Hit(Span),
}

/// Asks a tenant's object.
pub(crate) async fn ask(env: &Env, ask: &Ask) -> Result<Response, Problem> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(&serde_json::to_string(ask)?));
    let request = Request::new_with_str_and_init("https://tenant/proxy", &init)?;
    stub::send(env, "TENANT", ask.tenant.as_str(), &request).await
}

/// Whether the answer is only that the answer is too long to come this way.
pub(crate) fn is_too_long(answer: &Response) -> Result<bool, Problem> {
    Ok(answer.headers().get(CACHE_HEADER)?.is_some_and(|source| source == TOO_LONG))
}

/// Answers the request of [`ask`].
pub(super) async fn answer(
    answers: &Rc<Answers>,
    keeper: &Rc<Keeper>,
    incoming: &Incoming,
) -> Result<Response, Problem> {
    let ask: Ask = serde_json::from_str(&incoming.text().await?)?;
    answers.answer(keeper, &ask).await
}

impl Answers {
    pub(super) fn new() -> Self {
        Self {
            kept: RefCell::new(AnswerCache::new(BYTES_MAX)),
            flights: RefCell::new(BTreeMap::new()),
            connections: Connections::all_but_one(),
        }
    }

    /// Answers out of what is kept, or of a call that is under way, or makes one.
    async fn answer(self: &Rc<Self>, keeper: &Rc<Keeper>, ask: &Ask) -> Result<Response, Problem> {
        let key = format!("{}\n{}", ask.target, ask.accept.as_deref().unwrap_or_default());
        let kept = self.kept.borrow_mut().get(&key, clock::now());
        if let Some((landing, age)) = kept {
            return landing.encode(Source::Hit(age));
        }
        let under_way = self.flights.borrow().get(&key).cloned();
        if under_way.is_none() && self.flights.borrow().len() >= FLIGHTS_MAX {
            return Err(Problem::Held(Reason::Permit, BUSY_PAUSE));
        }
        let source = if under_way.is_some() { Source::Coalesced } else { Source::Miss };
        let mut flight = under_way.unwrap_or_else(|| self.take_off(keeper, ask, key));
        let landed = flight.wait_for(Option::is_some).await.ok().and_then(|landing| Option::clone(&landing));
        let landing = landed.ok_or_else(|| Problem::Unavailable("a shared call was lost".into()))?;
        landing.encode(source)
    }

    /// Makes a call that goes on whoever leaves.
    fn take_off(self: &Rc<Self>, keeper: &Rc<Keeper>, ask: &Ask, key: String) -> watch::Receiver<Option<Landing>> {
        let (sender, flight) = watch::channel(None);
        self.flights.borrow_mut().insert(key.clone(), flight.clone());
        let (answers, ask) = (Rc::clone(self), ask.clone());
        let way = Way::within(keeper);
        keeper.state.wait_until(async move {
            let flown = fly(&answers.connections, &way, &ask).await;
            let landing = flown.unwrap_or_else(|problem| Landing::Failed(Rc::new(problem)));
            answers.flights.borrow_mut().remove(&key);
            answers.keep(&key, &landing, Span::from_millis(ask.lifetime_ms));
            sender.send_replace(Some(landing));
        });
        flight
    }

    fn keep(&self, key: &str, landing: &Landing, lifetime: Span) {
        let bytes = match landing {
            Landing::Answer(answer) if answer.status == 200 => answer.bytes(),
            Landing::TooLong => 0,
            Landing::Answer(_) | Landing::Failed(_) => return,
        };
        self.kept.borrow_mut().put(key, landing.clone(), bytes, lifetime, clock::now());
    }
}

/// A connection is taken once the gate lets the call go: nobody who waits for the gate keeps one from others.
async fn fly(connections: &Connections, way: &Way, ask: &Ask) -> Result<Landing, Problem> {
    let timeout = Span::from_millis(ask.timeout_ms);
    let times = Times { at_gate: Span::from_millis(ask.gate_patience_ms), in_flight: timeout };
    let clearance = way.clear(&ask.tenant, times).await?;
    let (opening, pause) = (pin!(connections.open()), pin!(clock::pause(timeout.min(CONNECTION_PATIENCE))));
    let Either::Left((_open, _)) = select(opening, pause).await else {
        return Err(Problem::Held(Reason::Permit, BUSY_PAUSE));
    };
    let accept = ask.accept.clone().unwrap_or_else(|| "application/json".into());
    let mut headers = vec![("accept".to_owned(), accept)];
    headers.extend(passage::trace(ask.traceparent.as_deref(), ask.tracestate.as_deref())?);
    let passage = Passage { method: "GET", target: &ask.target, headers, patience: &Patience::new(timeout)? };
    let Arrived { answer, clearance, base } = passage.send_cleared(clearance, way, &ask.tenant, times, None).await?;
    let judged = clearance.read(&answer);
    let headers = passage::headers_down(&answer, &base, &format!("{base}{}", ask.target))?;
    match body::read(answer.body(), BODY_MAX).await {
        Ok(bytes) => {
            clearance.answered(&judged);
            let body = Uint8Array::from(bytes.as_slice());
            Ok(Landing::Answer(Rc::new(Answer { status: answer.status(), headers, body })))
        }
        Err(BodyFault::TooLong) => {
            clearance.answered(&judged);
            Ok(Landing::TooLong)
        }
        Err(BodyFault::Broken | BodyFault::Late) => {
            clearance.lost(true);
            Err(Problem::UpstreamBroken)
        }
    }
}

impl Landing {
    fn encode(&self, source: Source) -> Result<Response, Problem> {
        match self {
            Self::Answer(answer) => answer.encode(source),
            Self::TooLong => reply::empty(200, &[(CACHE_HEADER, TOO_LONG)]),
            Self::Failed(problem) => Ok(problem.answer()?),
        }
    }
}

impl Answer {
    fn bytes(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len().saturating_add(value.len())).sum();
        headers.saturating_add(usize::try_from(self.body.length()).unwrap_or(usize::MAX))
    }

    fn encode(&self, source: Source) -> Result<Response, Problem> {
        let age = (source.age().as_millis() / 1_000).to_string();
        let mut headers: Vec<_> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        headers.retain(|(name, _)| *name != "age");
        headers.extend([(CACHE_HEADER, source.name()), ("age", &age)]);
        let head = reply::head(self.status, &headers);
        if matches!(self.status, 204 | 205 | 304) {
            return Ok(Response::new_with_opt_str_and_init(None, &head)?);
        }
        Ok(Response::new_with_opt_js_u8_array_and_init(Some(&self.body), &head)?)
    }
}

impl Source {
    const fn name(self) -> &'static str {
        match self {
            Self::Miss => "miss",
            Self::Coalesced => "coalesced",
            Self::Hit(_) => "hit",
        }
    }

    const fn age(self) -> Span {
        match self {
            Self::Miss | Self::Coalesced => Span::ZERO,
            Self::Hit(age) => age,
        }
    }
}

const CACHE_HEADER: &str = "cxpulse-cache";

/// Said between the object and the route only.
const TOO_LONG: &str = "too-long";

/// Different answers that are under way at a time.
const FLIGHTS_MAX: usize = 64;

/// How long a call that may go waits for a connection; within the slack of its lease.
const CONNECTION_PATIENCE: Span = Span::from_secs(10);

/// When somebody may come back who found too many under way.
const BUSY_PAUSE: Span = Span::from_secs(1);

/// Bytes of all answers that are kept: 8 MiB.
const BYTES_MAX: usize = 8_388_608;

/// Bytes of one: 1 MiB.
const BODY_MAX: usize = 1_048_576;
