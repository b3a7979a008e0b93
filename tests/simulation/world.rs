//! CXone and the wires to it: calls in, answers out, with what happens to them on the way.

use std::collections::BTreeMap;

use cxpulse_core::allowance::Allowance;
use cxpulse_core::call::{self, Answer, Call, Known};
use cxpulse_core::credential::{Grant, Secret, Trouble, read_grant};
use cxpulse_core::execution::{Execution, Order};
use cxpulse_core::failure::Failure;
use cxpulse_core::id::UpstreamId;
use cxpulse_core::json::{self, Json};
use cxpulse_core::profile::Profile;
use cxpulse_core::redaction::Redactor;
use cxpulse_core::time::{Rfc3339, Span, Timestamp};
use cxpulse_sim::{CallbackCall, Delivery, Faults, Request, Settings, World};
use serde::Deserialize;

/// A CXone with our token in hand.
#[derive(Debug)]
pub struct Upstream {
    world: World,
    profile: Profile,
    token: Option<Secret>,
}

/// What came back over the wire.
#[derive(Debug, Clone)]
pub struct Returned {
    /// As the machine is told it.
    pub answer: Answer,
    /// What its headers say of calls left.
    pub allowance: Allowance,
    /// When, after the request arrived.
    pub delay: Span,
    /// Whether the connection broke.
    pub is_broken: bool,
}

/// What CXone itself knows of an execution.
#[derive(Debug, Clone, Deserialize)]
pub struct Truth {
    /// Its id there.
    pub id: String,
    /// What it says of it now.
    pub status: String,
    /// When it ends or ended; `None` for never.
    pub ends_at: Option<Rfc3339>,
}

/// What CXone counted.
#[derive(Debug, Clone, Deserialize)]
pub struct Counts {
    /// Requests by kind.
    pub totals: BTreeMap<String, u64>,
    /// Faults that struck, by name.
    pub faults: BTreeMap<String, u64>,
    /// Calls.
    pub api_calls: u64,
    /// When the first of them came.
    pub first_api_at: Option<u64>,
    /// When the last of them came.
    pub last_api_at: Option<u64>,
    /// Calls answered 429.
    pub rate_limited: u64,
    /// The most calls in 1000 ms, wherever they begin.
    pub requests_per_sliding_second_max: u64,
    /// The most calls at a time.
    pub in_flight_max: u64,
}

#[derive(Deserialize)]
struct Truths {
    executions: Vec<Truth>,
}

impl Upstream {
    /// A CXone without faults yet.
    #[must_use]
    pub fn new(seed: u64, profile: Profile) -> Self {
        Self::with(Settings { seed, ..Settings::default() }, profile)
    }

    /// The same, set up otherwise.
    #[must_use]
    pub fn with(settings: Settings, profile: Profile) -> Self {
        Self { world: World::new(settings), profile, token: None }
    }

    /// The profile in which it is spoken to.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// From now on these go wrong.
    pub fn set_faults(&mut self, faults: &Faults, now: Timestamp) {
        self.world.set_faults(faults.clone(), now).expect("planned faults are well formed");
    }

    /// An execution that somebody else submits, under no correlation id of ours.
    pub fn submit_foreign(&mut self, action_id: &str, now: Timestamp) -> UpstreamId {
        assert!(self.renew_token(now), "a calm world grants a token");
        let body = format!(r#"{{"definition_id": "{action_id}"}}"#);
        let request = Request::new("POST", "/api/v2/dataactions/executions")
            .with_header("accept", "application/json")
            .with_header("content-type", "application/json")
            .with_header("x-correlation-id", FOREIGN_CORRELATION)
            .with_body(body);
        let reply = self.world.handle(&authorized(request, self.token()), now);
        let body = Json::parse(&String::from_utf8_lossy(&reply.body)).expect("a calm world answers in JSON");
        let id = body.pointer("/execution_id").and_then(json::text).expect("a submit is answered with an id");
        UpstreamId::parse(id).expect("it is an id")
    }

    /// Fetches a token, to be kept here; `false` where that failed.
    pub fn renew_token(&mut self, now: Timestamp) -> bool {
        let (grant, _) = self.fetch_token(now);
        self.token = grant.ok().map(|grant| grant.secret);
        self.token.is_some()
    }

    /// Fetches a token: what came of it, and when.
    ///
    /// # Errors
    /// [`Trouble`], where none came.
    pub fn fetch_token(&mut self, now: Timestamp) -> (Result<Grant, Trouble>, Span) {
        let request = Request::new("POST", "/oauth/token")
            .with_header("content-type", "application/x-www-form-urlencoded")
            .with_body("grant_type=client_credentials&client_id=sim-client&client_secret=sim-secret");
        let reply = self.world.handle(&request, now);
        let is_broken = matches!(reply.delivery, Delivery::CutAfter(_) | Delivery::NoAnswer);
        let body = String::from_utf8_lossy(&reply.body);
        let read = call::Reply { status: reply.status, retry_after: reply.header("retry-after"), body: &body };
        let grant = if is_broken { Err(Trouble::Failed(None)) } else { read_grant(read, now) };
        (grant, reply.delay)
    }

    /// The token at hand, good or not.
    #[must_use]
    pub const fn token(&self) -> Option<&Secret> {
        self.token.as_ref()
    }

    /// The bytes of a call, as they go on the wire.
    ///
    /// # Panics
    /// Where the machine asks for a call that the profile cannot make.
    #[must_use]
    pub fn write(&self, order: &Order, execution: &Execution, call: Call, token: Option<&Secret>) -> Request {
        let callback_url = order.callback.then_some(CALLBACK_URL);
        let known = Known { upstream_id: execution.upstream_id(), callback_url };
        let made = call::request(&self.profile, order, call, known).expect("the machine asks for possible calls only");
        let request = Request::new(&made.method, &made.path).with_body(made.body.unwrap_or_default());
        let headers = made.headers.into_iter();
        authorized(headers.fold(request, |request, (name, value)| request.with_header(&name, &value)), token)
    }

    /// A call arrives at `now`; what comes back of it, and when.
    pub fn answer(&mut self, call: Call, request: &Request, now: Timestamp) -> Returned {
        let reply = self.world.handle(request, now);
        let delay = match reply.delivery {
            Delivery::Trickle(span) => reply.delay.plus(span),
            Delivery::Whole | Delivery::CutAfter(_) | Delivery::NoAnswer => reply.delay,
        };
        let is_broken = matches!(reply.delivery, Delivery::CutAfter(_) | Delivery::NoAnswer);
        let answer = if is_broken {
            Answer::Failed(Failure::unanswered("the connection broke"))
        } else {
            let body = String::from_utf8_lossy(&reply.body);
            let retry_after = reply.header("retry-after");
            let read = call::Reply { status: reply.status, retry_after, body: &body };
            call::read_answer(&self.profile, call.kind, read, &Redactor::default(), now.plus(delay))
        };
        let header = |name| reply.header(name).filter(|_| !is_broken);
        let allowance = Allowance::read(header("x-ratelimit-remaining"), header("x-ratelimit-reset"), now.plus(delay));
        Returned { answer, allowance, delay, is_broken }
    }

    /// When CXone next wants to call back.
    #[must_use]
    pub fn next_callback_at(&self) -> Option<Timestamp> {
        self.world.next_wake_at()
    }

    /// The callbacks due.
    pub fn take_callbacks(&mut self, now: Timestamp) -> Vec<CallbackCall> {
        self.world.take_callbacks(now)
    }

    /// A callback that we did not take.
    pub fn refuse_callback(&mut self, call: CallbackCall, now: Timestamp) {
        self.world.callback_failed(call, now);
    }

    /// Every execution under our order's correlation id, or the watched one; asked of CXone behind its API.
    #[must_use]
    pub fn truths(&mut self, order: &Order, is_watch: bool, now: Timestamp) -> Vec<Truth> {
        let key = if is_watch { FOREIGN_CORRELATION } else { order.correlation_id.as_str() };
        let reply = self.world.handle(&Request::new("GET", &format!("/_sim/executions?correlation_id={key}")), now);
        let truths: Truths = serde_json::from_slice(&reply.body).expect("the world tells of its executions");
        truths.executions
    }

    /// What CXone counted of all that it was asked.
    #[must_use]
    pub fn counts(&mut self, now: Timestamp) -> Counts {
        let reply = self.world.handle(&Request::new("GET", "/_sim/stats"), now);
        serde_json::from_slice(&reply.body).expect("the world tells what it counted")
    }
}

fn authorized(request: Request, token: Option<&Secret>) -> Request {
    let token = token.map_or("none", Secret::reveal);
    request.with_header("authorization", &format!("Bearer {token}"))
}

const CALLBACK_URL: &str = "http://127.0.0.1/v1/callbacks/cap";
const FOREIGN_CORRELATION: &str = "somebody-else";
