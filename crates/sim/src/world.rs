//! The world: one CXone tenant, from the request to the reply. Never waits, calls, reads a clock or opens a socket.
//!
//! A request goes through the faults, then the bound on calls in flight, then the token, then the rate limit, then the
//! dialect; each may answer. The same seed, requests and instants give the same replies, byte for byte.

use cxpulse_core::time::{Span, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::callback::{CALLBACK_ATTEMPTS_MAX, CallbackCall, Callbacks, Owed, Signing};
use crate::control;
use crate::dialect::{Archive, Kind, Target, callback, file};
use crate::exchange::{Delivery, Reply, Request};
use crate::execution::Executions;
use crate::fault::{Faults, HistoryFaults, Injection, Injector, Plan};
use crate::flight::{Flight, Flights, Landing, Passenger};
use crate::limit::{Intervals, Limits, overwrite, too_many};
use crate::settings::Settings;
use crate::stats::{Stats, add_one};
use crate::token::{Flow, Mint, Tokens, invalid_client, invalid_token};

/// A CXone tenant with everything in it.
#[derive(Debug)]
pub struct World {
    pub(crate) settings: Settings,
    /// The first instant seen; the epoch while none was.
    pub(crate) born_at: Timestamp,
    seen_at: Timestamp,
    ids: fastrand::Rng,
    pub(crate) injector: Injector,
    pub(crate) tokens: Tokens,
    limits: Limits,
    pub(crate) intervals: Intervals,
    pub(crate) flights: Flights,
    archive: Option<Archive>,
    pub(crate) executions: Executions,
    pub(crate) callbacks: Callbacks,
    pub(crate) stats: Stats,
}

/// How many interactions of the past changed their place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moved {
    pub(crate) came: usize,
    pub(crate) left: usize,
    pub(crate) resumed: usize,
}

impl World {
    /// An empty tenant, without faults.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let ids = fastrand::Rng::with_seed(settings.seed);
        Self {
            settings,
            born_at: Timestamp::default(),
            seen_at: Timestamp::default(),
            ids,
            injector: Injector::new(Faults::default(), Timestamp::default()),
            tokens: Tokens::default(),
            limits: Limits::default(),
            intervals: Intervals::default(),
            flights: Flights::default(),
            archive: None,
            executions: Executions::default(),
            callbacks: Callbacks::default(),
            stats: Stats::default(),
        }
    }

    /// Answers a request that arrived at `now`. Time does not go back here: an earlier `now` counts as the latest.
    ///
    /// The request is in flight until the reply's delay has passed.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Reply {
        let (reply, _) = self.receive(request, now, |now, delay| Landing::At(now.plus(delay)));
        reply
    }

    /// As [`Self::handle`], for who delivers the reply itself: the request is in flight until its flight goes to
    /// [`Self::delivered`]. `None` for requests that do not count as calls.
    pub fn take(&mut self, request: &Request, now: Timestamp) -> (Reply, Option<Flight>) {
        self.receive(request, now, |_, _| Landing::Told)
    }

    /// The reply to a request has reached its caller, or never will.
    pub fn delivered(&mut self, flight: &Flight) {
        self.flights.land(flight);
    }

    /// Sets what goes wrong from `now` on, in place of what was set before.
    ///
    /// # Errors
    /// Every violation in words; then nothing is changed.
    pub fn set_faults(&mut self, faults: Faults, now: Timestamp) -> Result<(), Vec<String>> {
        let now = self.advance(now);
        let violations = faults.violations();
        if !violations.is_empty() {
            return Err(violations);
        }
        self.injector = Injector::new(faults, now);
        Ok(())
    }

    /// When [`Self::take_callbacks`] has something next; `None` while nothing is owed.
    #[must_use]
    pub fn next_wake_at(&self) -> Option<Timestamp> {
        self.callbacks.next_at()
    }

    /// The calls due at `now`, for the caller to make; each one that fails goes to [`Self::callback_failed`].
    pub fn take_callbacks(&mut self, now: Timestamp) -> Vec<CallbackCall> {
        let now = self.advance(now);
        let mut calls = Vec::new();
        while let Some((due_at, owed)) = self.callbacks.pop_due(now) {
            match owed {
                Owed::Replayed(call) => calls.push(call),
                Owed::Written(call) => self.depart(call, now, &mut calls),
                Owed::Scheduled(id) => {
                    let due = self.fall_due(id, due_at, now);
                    due.into_iter().for_each(|call| self.depart(call, now, &mut calls));
                }
            }
        }
        self.stats.callbacks().made = self.stats.callbacks().made.saturating_add(count(&calls));
        calls
    }

    /// Takes back a call that was not answered with a status of 200..=299: it is owed again after 0.5 s, doubled
    /// from try to try, until the last.
    pub fn callback_failed(&mut self, call: CallbackCall, now: Timestamp) {
        let now = self.advance(now);
        add_one(&mut self.stats.callbacks().failed);
        if !self.callbacks.try_again(call, now) {
            add_one(&mut self.stats.callbacks().given_up);
        }
    }

    /// Forgets executions, callbacks, counts, faults, and what came to the past and left it. Tokens stay, ids go on, and
    /// what is in flight stays so: nothing new may be taken for something old by a caller who was not reset.
    pub(crate) fn reset(&mut self, now: Timestamp) {
        self.injector = Injector::new(Faults::default(), now);
        self.limits = Limits::default();
        self.intervals = Intervals::default();
        self.flights.settle(now);
        self.flights.forget_peaks();
        self.executions = Executions::default();
        self.callbacks = Callbacks::default();
        self.stats = Stats::default();
        // One that is as it was made need not be made again.
        self.archive.take_if(|archive| archive.has_changed());
    }

    pub(crate) fn draw_uuid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.ids.u128(..).to_be_bytes()).into_uuid()
    }

    /// The interactions of the past, made when they are first asked for.
    pub(crate) fn archive(&mut self, now: Timestamp) -> &mut Archive {
        let end = self.born_at.min(now);
        self.archive.get_or_insert_with(|| Archive::new(&self.settings, end))
    }

    /// Lets interactions of the past come, leave and go on, as the faults say; gives how many did.
    pub(crate) fn change_past(&mut self, faults: &HistoryFaults, now: Timestamp) -> Moved {
        let end = self.born_at.min(now);
        let archive = self.archive.get_or_insert_with(|| Archive::new(&self.settings, end));
        let came = archive.grow(&self.settings.past, faults.grows, now);
        Moved { came, left: archive.shrink(faults.shrinks), resumed: archive.resume(faults.resumes, now) }
    }

    fn advance(&mut self, now: Timestamp) -> Timestamp {
        if self.born_at == Timestamp::default() {
            self.born_at = now;
        }
        self.seen_at = self.seen_at.max(now);
        self.seen_at
    }

    fn receive(
        &mut self,
        request: &Request,
        now: Timestamp,
        landing: impl FnOnce(Timestamp, Span) -> Landing,
    ) -> (Reply, Option<Flight>) {
        let now = self.advance(now);
        if let Some(reply) = control::answer(self, request, now) {
            return (reply, None);
        }
        self.flights.settle(now);
        let target = Target::of(request);
        let reply = self.answer_counted(&target, request, now);
        let flight = target.kind().is_api().then(|| {
            let passenger = self.passenger(&target, request, now);
            self.flights.enter(passenger, landing(now, reply.delay))
        });
        (reply, flight)
    }

    fn answer_counted(&mut self, target: &Target, request: &Request, now: Timestamp) -> Reply {
        let plan = self.injector.plan(target.kind(), now);
        if let Some((name, _)) = plan.injection {
            self.stats.count_fault(name);
        }
        let reply = self.answer_under(&plan, target, request, now);
        let outcome = match reply.delivery {
            Delivery::Whole | Delivery::CutAfter(_) | Delivery::Trickle(_) => reply.status.to_string(),
            Delivery::NoAnswer => "none".to_owned(),
        };
        self.stats.count(target.kind(), outcome, now);
        let echoed = ["x-request-id", "traceparent"];
        let echoed = echoed.into_iter().filter_map(|name| Some((name, request.header(name)?)));
        let reply = echoed.fold(reply, |reply, (name, value)| reply.with_header(name, value));
        let delay = reply.delay.plus(plan.delay);
        Reply { delay, ..self.overwrite_limits(target, reply, now) }
    }

    fn overwrite_limits(&self, target: &Target, reply: Reply, now: Timestamp) -> Reply {
        let faults = self.injector.active_for(target.kind(), now);
        match faults.and_then(|faults| faults.ratelimit_headers.as_ref()) {
            Some(headers) if target.kind().is_api() => overwrite(reply, headers),
            Some(_) | None => reply,
        }
    }

    fn passenger(&self, target: &Target, request: &Request, now: Timestamp) -> Passenger {
        let client = || self.tokens.verify(request, &self.settings, now).ok().map(|grant| grant.client_id);
        let history_of = (target.kind() == Kind::History).then(client).flatten();
        Passenger { dialect: target.dialect(), history_of }
    }

    /// The answer as a fault leaves it.
    fn answer_under(&mut self, plan: &Plan, target: &Target, request: &Request, now: Timestamp) -> Reply {
        let Some((_, injection)) = plan.injection else {
            return self.answer(target, request, now);
        };
        let retry_after = self.injector.faults().retry_after.clone();
        match injection {
            Injection::RateLimited => too_many(retry_after.as_deref()),
            Injection::Unavailable => unavailable(retry_after.as_deref()),
            Injection::Outage => unavailable(None),
            Injection::Hang(delay) => Reply { delivery: Delivery::NoAnswer, delay, ..Reply::new(503) },
            Injection::Unauthorized => invalid_token("the access token was revoked"),
            Injection::TokenRefused => invalid_client(),
            Injection::TokenHtml => Reply::maintenance_page(),
            Injection::TokenWithoutExpiry => without_expiry(self.answer(target, request, now)),
            Injection::NotFound => Reply::refusal(404, "not_found", "not found"),
            Injection::Dropped => Reply { delivery: Delivery::NoAnswer, ..Reply::new(503) },
            Injection::ServerError => {
                if plan.is_done {
                    self.answer(target, request, now);
                }
                Reply::refusal(500, "server_error", "something went wrong")
            }
            Injection::LostAnswer => Reply { delivery: Delivery::NoAnswer, ..self.answer(target, request, now) },
            Injection::Html => {
                let delay = self.answer(target, request, now).delay;
                Reply { delay, ..Reply::maintenance_page() }
            }
            Injection::Cut => {
                let reply = self.answer(target, request, now);
                Reply { delivery: Delivery::CutAfter(reply.body.len() / 2), ..reply }
            }
            Injection::Slow => {
                let span = Span::from_millis(self.injector.faults().slow_ms);
                Reply { delivery: Delivery::Trickle(span), ..self.answer(target, request, now) }
            }
        }
    }

    /// The answer without faults.
    fn answer(&mut self, target: &Target, request: &Request, now: Timestamp) -> Reply {
        match target {
            Target::Token(flow) => self.answer_token(*flow, request, now),
            Target::Discovery(document) => document.answer(request, &self.settings),
            Target::Api(_) if self.is_crowded() => too_many(Some("1")),
            Target::Api(call) => match self.tokens.verify(request, &self.settings, now) {
                Ok(grant) => self.limited(&grant.client_id, now, |world| call.perform(world, request, &grant, now)),
                Err(refusal) => self.limited(NO_CLIENT, now, |_| refusal),
            },
            Target::File(id) => file(self, id, request, now),
            Target::WrongMethod(allowed) => {
                Reply::refusal(405, "method_not_allowed", "not with this method").with_header("allow", allowed)
            }
            Target::Nowhere => Reply::refusal(404, "not_found", "no such route"),
        }
    }

    fn is_crowded(&self) -> bool {
        self.settings.in_flight_max.is_some_and(|bound| self.flights.count() >= bound)
    }

    fn answer_token(&mut self, flow: Flow, request: &Request, now: Timestamp) -> Reply {
        let token = format!("sim_{}{}", self.draw_uuid().simple(), self.draw_uuid().simple());
        let faults = self.injector.active(now);
        let seconds = faults.and_then(|faults| faults.token_lifetime_seconds);
        let lifetime = seconds.map_or(self.settings.token_lifetime, Span::from_secs);
        self.tokens.answer(flow, request, &self.settings, Mint { token, lifetime }, now)
    }

    fn limited(&mut self, client: &str, now: Timestamp, perform: impl FnOnce(&mut Self) -> Reply) -> Reply {
        let faults = self.injector.active(now);
        let limit = faults.and_then(|faults| faults.limit_per_second).unwrap_or(self.settings.limit_per_second);
        let standing = self.limits.count(client, limit, now);
        // A real limit tells the truth about the wait; only an injected one says what the faults tell it to.
        let reply = if standing.is_over { too_many(Some("1")) } else { perform(self) };
        standing.write(reply)
    }

    /// Signs a call that leaves now, as far as that is set; and lets who forges and who replays have their way.
    fn depart(&mut self, call: CallbackCall, now: Timestamp, calls: &mut Vec<CallbackCall>) {
        let faults = self.injector.active(now).map(|faults| faults.callback.clone()).unwrap_or_default();
        let signing = self.settings.callbacks.clone();
        let skew = Span::from_millis(u64::from(faults.skew_seconds.unsigned_abs()).saturating_mul(1_000));
        let at = if faults.skew_seconds < 0 { now.minus(skew) } else { now.plus(skew) };
        let signed = |signing: &Signing, call: &CallbackCall| CallbackCall {
            proof: signing.headers(&call.id, at, &call.body),
            ..call.clone()
        };
        if self.injector.forges(&faults) {
            let forged = signing.as_ref().map(|signing| signed(&signing.forged(), &call));
            // Nobody tries a forgery again that was refused.
            calls.extend(forged.map(|call| CallbackCall { attempt: CALLBACK_ATTEMPTS_MAX, ..call }));
        }
        let call = signing.as_ref().map_or_else(|| call.clone(), |signing| signed(signing, &call));
        if faults.replay_ms > 0 {
            let again = CallbackCall { attempt: CALLBACK_ATTEMPTS_MAX, ..call.clone() };
            self.callbacks.push(now.plus(Span::from_millis(faults.replay_ms)), Owed::Replayed(again));
        }
        calls.push(call);
    }

    /// What an execution's callback comes to at the instant it falls due.
    fn fall_due(&mut self, id: Uuid, due_at: Timestamp, now: Timestamp) -> Vec<CallbackCall> {
        let execution = self.executions.get(id);
        let Some(call) = execution.and_then(|execution| callback(execution, due_at)) else {
            return Vec::new();
        };
        let plan = self.injector.callback_plan(now);
        match plan.count {
            0 => add_one(&mut self.stats.callbacks().dropped),
            1 => {}
            _ => add_one(&mut self.stats.callbacks().duplicated),
        }
        let calls = vec![call; plan.count];
        if plan.late == Span::ZERO {
            return calls;
        }
        for call in calls {
            self.callbacks.push(due_at.plus(plan.late), Owed::Written(call));
        }
        Vec::new()
    }
}

fn unavailable(retry_after: Option<&str>) -> Reply {
    let reply = Reply::refusal(503, "unavailable", "the service is not available");
    match retry_after {
        Some(value) => reply.with_header("retry-after", value),
        None => reply,
    }
}

/// A token's answer that does not say how long the token lasts.
fn without_expiry(reply: Reply) -> Reply {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(&reply.body) else { return reply };
    fields.remove("expires_in");
    Reply { body: Value::Object(fields).to_string().into_bytes(), ..reply }
}

fn count(calls: &[CallbackCall]) -> u64 {
    u64::try_from(calls.len()).unwrap_or(u64::MAX)
}

/// Whose rate limit a call without a token counts against.
const NO_CLIENT: &str = "";
