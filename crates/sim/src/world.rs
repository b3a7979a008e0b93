//! The world: one CXone tenant, from the request to the reply. Never waits, calls, reads a clock or opens a socket.
//!
//! A request goes through the faults, then the token, then the rate limit, then the dialect; each may answer. The
//! same seed, requests and instants give the same replies, byte for byte.

use cxpulse_core::time::{Span, Timestamp};
use uuid::Uuid;

use crate::callback::{CallbackCall, Callbacks, Owed};
use crate::control;
use crate::dialect::{Dialect, Target};
use crate::exchange::{Delivery, Reply, Request};
use crate::execution::Executions;
use crate::fault::{Faults, Injection, Injector, Plan};
use crate::limit::{Limits, too_many};
use crate::stats::{Stats, add_one};
use crate::token::{Tokens, invalid_token};

/// What a tenant is set up with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The seed of ids and tokens; that of faults comes with the faults.
    pub seed: u64,
    /// The one OAuth client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The scopes that it may ask for.
    pub scopes: Vec<String>,
    /// API calls that a client gets in a second.
    pub limit_per_second: u32,
    /// How long a token lasts.
    pub token_lifetime: Span,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            client_id: "sim-client".to_owned(),
            client_secret: "sim-secret".to_owned(),
            scopes: ["dataactions:read", "dataactions:execute"].map(str::to_owned).to_vec(),
            limit_per_second: 100,
            token_lifetime: Span::from_secs(3_600),
        }
    }
}

/// A CXone tenant with everything in it.
#[derive(Debug)]
pub struct World {
    settings: Settings,
    seen_at: Timestamp,
    ids: fastrand::Rng,
    pub(crate) injector: Injector,
    pub(crate) tokens: Tokens,
    limits: Limits,
    pub(crate) executions: Executions,
    pub(crate) callbacks: Callbacks,
    pub(crate) stats: Stats,
}

impl World {
    /// An empty tenant, without faults.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let ids = fastrand::Rng::with_seed(settings.seed);
        Self {
            settings,
            seen_at: Timestamp::default(),
            ids,
            injector: Injector::new(Faults::default(), Timestamp::default()),
            tokens: Tokens::default(),
            limits: Limits::default(),
            executions: Executions::default(),
            callbacks: Callbacks::default(),
            stats: Stats::default(),
        }
    }

    /// Answers a request that arrived at `now`. Time does not go back here: an earlier `now` counts as the latest.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Reply {
        let now = self.advance(now);
        if let Some(reply) = control::answer(self, request, now) {
            return reply;
        }
        let target = Target::of(request);
        let plan = self.injector.plan(target.kind(), now);
        if let Some((name, _)) = plan.injection {
            self.stats.count_fault(name);
        }
        let reply = self.answer_under(&plan, &target, request, now);
        let outcome = match reply.delivery {
            Delivery::Whole | Delivery::CutAfter(_) | Delivery::Trickle(_) => reply.status.to_string(),
            Delivery::NoAnswer => "none".to_owned(),
        };
        self.stats.count(target.kind(), outcome, now, plan.delay);
        let echoed = ["x-request-id", "traceparent"];
        let echoed = echoed.into_iter().filter_map(|name| Some((name, request.header(name)?)));
        let reply = echoed.fold(reply, |reply, (name, value)| reply.with_header(name, value));
        Reply { delay: plan.delay, ..reply }
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
                Owed::Written(call) => calls.push(call),
                Owed::Scheduled(id) => calls.extend(self.fall_due(id, due_at, now)),
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

    /// Forgets executions, callbacks, counts and faults. Tokens stay, and ids go on: nothing new may be taken for
    /// something old by a caller who was not reset.
    pub(crate) fn reset(&mut self, now: Timestamp) {
        self.injector = Injector::new(Faults::default(), now);
        self.limits = Limits::default();
        self.executions = Executions::default();
        self.callbacks = Callbacks::default();
        self.stats = Stats::default();
    }

    pub(crate) fn draw_uuid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.ids.u128(..).to_be_bytes()).into_uuid()
    }

    fn advance(&mut self, now: Timestamp) -> Timestamp {
        self.seen_at = self.seen_at.max(now);
        self.seen_at
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
            Injection::Unauthorized => invalid_token("the access token was revoked"),
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
                self.answer(target, request, now);
                Reply::maintenance_page()
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
            Target::Token => self.answer_token(request, now),
            Target::Api(dialect, call) => match self.tokens.verify(request, now) {
                Ok(grant) => {
                    self.limited(&grant.client_id, now, |world| dialect.perform(world, call, request, &grant, now))
                }
                Err(refusal) => self.limited(NO_CLIENT, now, |_| refusal),
            },
            Target::WrongMethod(allowed) => {
                Reply::refusal(405, "method_not_allowed", "not with this method").with_header("allow", allowed)
            }
            Target::Nowhere => Reply::refusal(404, "not_found", "no such route"),
        }
    }

    fn answer_token(&mut self, request: &Request, now: Timestamp) -> Reply {
        let token = format!("sim_{}{}", self.draw_uuid().simple(), self.draw_uuid().simple());
        let faults = self.injector.active(now);
        let seconds = faults.and_then(|faults| faults.token_lifetime_seconds);
        let lifetime = seconds.map_or(self.settings.token_lifetime, Span::from_secs);
        self.tokens.answer(request, &self.settings, token, lifetime, now)
    }

    fn limited(&mut self, client: &str, now: Timestamp, perform: impl FnOnce(&mut Self) -> Reply) -> Reply {
        let faults = self.injector.active(now);
        let limit = faults.and_then(|faults| faults.limit_per_second).unwrap_or(self.settings.limit_per_second);
        let standing = self.limits.count(client, limit, now);
        // A real limit tells the truth about the wait; only an injected one says what the faults tell it to.
        let reply = if standing.is_over { too_many(Some("1")) } else { perform(self) };
        standing.write(reply)
    }

    /// What an execution's callback comes to at the instant it falls due.
    fn fall_due(&mut self, id: Uuid, due_at: Timestamp, now: Timestamp) -> Vec<CallbackCall> {
        let execution = self.executions.get(id);
        let Some(call) = execution.and_then(|execution| Dialect::DataActions.callback(execution, due_at)) else {
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

fn count(calls: &[CallbackCall]) -> u64 {
    u64::try_from(calls.len()).unwrap_or(u64::MAX)
}

/// Whose rate limit a call without a token counts against.
const NO_CLIENT: &str = "";
