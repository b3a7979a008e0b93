//! CXone and the wires to it: calls in, answers out, with what happens to them on the way.

use cxpulse_core::call::{self, Answer, Call, Known};
use cxpulse_core::execution::{Execution, Order};
use cxpulse_core::failure::Failure;
use cxpulse_core::id::UpstreamId;
use cxpulse_core::json::{self, Json};
use cxpulse_core::profile::Profile;
use cxpulse_core::time::{Rfc3339, Span, Timestamp};
use cxpulse_sim::{CallbackCall, Delivery, Faults, Request, Settings, World};
use serde::Deserialize;

/// A CXone with our token in hand.
#[derive(Debug)]
pub struct Upstream {
    world: World,
    profile: Profile,
    token: Option<String>,
}

/// What came back over the wire.
#[derive(Debug, Clone)]
pub struct Returned {
    /// As the machine is told it.
    pub answer: Answer,
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

#[derive(Deserialize)]
struct Truths {
    executions: Vec<Truth>,
}

impl Upstream {
    /// A CXone without faults yet.
    #[must_use]
    pub fn new(seed: u64, profile: Profile) -> Self {
        Self { world: World::new(Settings { seed, ..Settings::default() }), profile, token: None }
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
        let reply = self.world.handle(&self.authorized(request), now);
        let body = Json::parse(&String::from_utf8_lossy(&reply.body)).expect("a calm world answers in JSON");
        let id = body.pointer("/execution_id").and_then(json::text).expect("a submit is answered with an id");
        UpstreamId::parse(id).expect("it is an id")
    }

    /// Fetches a token; `false` where that failed.
    pub fn renew_token(&mut self, now: Timestamp) -> bool {
        let request = Request::new("POST", "/oauth/token")
            .with_header("content-type", "application/x-www-form-urlencoded")
            .with_body("grant_type=client_credentials&client_id=sim-client&client_secret=sim-secret");
        let reply = self.world.handle(&request, now);
        let body = String::from_utf8_lossy(&reply.body).into_owned();
        let is_whole = matches!(reply.delivery, Delivery::Whole | Delivery::Trickle(_)) && reply.status == 200;
        let token = Json::parse(&body).ok().and_then(|body| body.pointer("/access_token").and_then(json::text));
        self.token = token.filter(|_| is_whole);
        self.token.is_some()
    }

    /// Whether a token is at hand, good or not.
    #[must_use]
    pub const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// The bytes of a call, as they go on the wire.
    ///
    /// # Panics
    /// Where the machine asks for a call that the profile cannot make.
    #[must_use]
    pub fn write(&self, order: &Order, execution: &Execution, call: Call) -> Request {
        let callback_url = order.callback.then_some(CALLBACK_URL);
        let known = Known { upstream_id: execution.upstream_id(), callback_url };
        let made = call::request(&self.profile, order, call, known).expect("the machine asks for possible calls only");
        let request = Request::new(&made.method, &made.path).with_body(made.body.unwrap_or_default());
        let headers = made.headers.into_iter();
        self.authorized(headers.fold(request, |request, (name, value)| request.with_header(&name, &value)))
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
            call::read_answer(&self.profile, call.kind, read, now.plus(delay))
        };
        Returned { answer, delay, is_broken }
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

    fn authorized(&self, request: Request) -> Request {
        let token = self.token.as_deref().unwrap_or("none");
        request.with_header("authorization", &format!("Bearer {token}"))
    }
}

const CALLBACK_URL: &str = "http://127.0.0.1/v1/callbacks/cap";
const FOREIGN_CORRELATION: &str = "somebody-else";
