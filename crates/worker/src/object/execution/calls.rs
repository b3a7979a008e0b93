//! What an execution's calls take: a pass from the tenant's gate, the call itself, and a report on it. Never steps, never
//! saves.

use std::rc::Rc;

use cxpulse_core::cache::{Asking, CACHED_RESULT_MAX, CacheKey, Memory};
use cxpulse_core::call::{Call, CallKind, Credential, Known, Payload};
use cxpulse_core::execution::{Effect, Ending, Event, Execution, Order, Reason};
use cxpulse_core::failure::FailureKind;
use cxpulse_core::gate::{self, Ask, CALL_PATIENCE, Report, Share};
use cxpulse_core::id::{ExecutionId, Home, UpstreamId};
use cxpulse_core::limiter::Lease;
use cxpulse_core::random;

use super::life::Life;
use crate::config::Settings;
use crate::object::tenant::{self, Answered, Found, Lookup, Pass, Petition, Verdict};
use crate::problem::Problem;
use crate::upstream::Heard;
use crate::{auth, clock, upstream};

/// What performing an effect brought: events in order, and with a clearance what the call goes with.
#[derive(Default)]
pub(super) struct Brought {
    pub(super) events: Vec<Event>,
    pub(super) pass: Option<Pass>,
}

impl Life {
    /// Performs what leaves the object; `pass` is what a call to send was cleared with.
    pub(super) async fn perform(&self, effect: Effect, pass: Option<Pass>) -> Brought {
        match effect {
            Effect::Acquire { call } => self.acquire(call).await,
            Effect::Send { call } => Brought { events: vec![self.send(call, pass).await], pass: None },
            // Owed in the same write as the step, and sent off from there.
            Effect::Remember | Effect::Notify { .. } => Brought::default(),
        }
    }

    /// Gives back a lease that no call was made with, or none whose fate is known.
    pub(super) fn hand_back(&self, lease: Lease) {
        self.tell(Report::unused(lease));
    }

    /// Tells the tenant what became of a lease.
    fn tell(&self, report: Report) {
        if let Some(order) = self.order() {
            self.host.spawn(tenant::report(&self.host.env, &order.tenant, report));
        }
    }

    /// Gives the result that an execution ended with to the tenant's cache.
    pub(super) fn remember(&self, order: &Order, ended: &Execution) {
        let Some(found) = found(order, ended) else { return };
        let (env, tenant) = (self.host.env.clone(), order.tenant.clone());
        self.host.spawn(async move {
            if let Err(problem) = tenant::remember(&env, &tenant, found).await {
                problem.log();
            }
        });
    }

    async fn acquire(&self, call: Call) -> Brought {
        // Before the gate is asked: what is cleared goes at once, and holds no permit while it waits for this.
        self.host.admit_call().await;
        match self.ask(call).await {
            Ok(Answered { memory, verdict }) => {
                self.has_looked_up.set(true);
                let recalled =
                    memory.and_then(|memory| self.redacted(memory)).map(|memory| Event::Recalled { call, memory });
                let (event, pass) = match verdict {
                    Some(Verdict::Granted(pass)) => (Some(Event::Cleared { call }), Some(pass)),
                    Some(Verdict::Postponed { reason, until }) => {
                        (Some(Event::Postponed { call, reason, until }), None)
                    }
                    None => (None, None),
                };
                Brought { events: recalled.into_iter().chain(event).collect(), pass }
            }
            Err(problem) => {
                self.report(&problem);
                let seed = self.order().map_or(0, |order| order.seed);
                let until = gate::unreached_until(seed, clock::now());
                let postponed = Event::Postponed { call, reason: Reason::Retry, until };
                Brought { events: vec![postponed], pass: None }
            }
        }
    }

    /// What a call may go with at once, without a question: a lease of a series that another execution of the flow has just made
    /// a call under.
    pub(super) fn pass_at_hand(&self, call: Call) -> Option<Pass> {
        let bunch = self.host.bunch.as_ref().filter(|bunch| bunch.has_spares())?;
        let is_idle = self.under_way.borrow().is_empty();
        let petition = self.petition(call).filter(|_| is_idle)?;
        bunch.spare(&petition, || self.host.admits_call())
    }

    async fn ask(&self, call: Call) -> Result<Answered, Problem> {
        let tenant = self.order().ok_or(Problem::NotFound)?.tenant.clone();
        let petition = self.petition(call).ok_or(Problem::NotFound)?;
        match &self.host.bunch {
            Some(bunch) => bunch.ask(&self.host.env, &tenant, petition).await,
            None => tenant::acquire(&self.host.env, &tenant, petition).await,
        }
    }

    /// What the gate is asked for a call.
    fn petition(&self, call: Call) -> Option<Petition> {
        let (order, refused) = self.order_and_token_version()?;
        let key = key_of(&order.id);
        let ask = Ask {
            caller: random::draw(caller_of(&order.id, key), number_of(call)),
            key,
            kind: Some(call.kind),
            newer_than: match call.credential {
                Credential::Held => None,
                Credential::Fresh => Some(refused),
            },
            patience: CALL_PATIENCE,
            share: Share::Whole,
        };
        Some(Petition { ask, lookup: lookup(&order, call, self.asking()), span: Some(order.span_of(call)), more: 0 })
    }

    /// What the tenant's cache has told already. How often it was asked is not worth a write: a crash counts anew.
    fn asking(&self) -> Asking {
        let kept = self.kept.borrow();
        let known = kept.as_ref().and_then(|kept| kept.standing.execution.fallback());
        match known.map(|memory| memory.stored_at) {
            None if !self.has_looked_up.get() => Asking::First,
            known_since => Asking::Again(known_since),
        }
    }

    async fn send(&self, call: Call, pass: Option<Pass>) -> Event {
        let sent_at = clock::now();
        let Heard { answer, fate, allowance } = self.answer(call, pass.as_ref()).await;
        let took = clock::now().since(sent_at);
        if let Some(pass) = pass {
            let (lease, token_version) = (pass.lease, pass.token.version);
            self.over(call, pass, Report { lease, keeps: false, token_version, fate, took, allowance });
        }
        Event::Answered { call, answer, took }
    }

    /// A call is over: its lease goes back, or on to another execution of the same flow.
    fn over(&self, call: Call, pass: Pass, report: Report) {
        let Some(order) = self.order() else { return };
        match &self.host.bunch {
            Some(bunch) => bunch.came_back(&self.host, &order.tenant, call.kind, pass, report),
            None => self.tell(report),
        }
    }

    async fn answer(&self, call: Call, pass: Option<&Pass>) -> Heard {
        // Cleared in this process just before, and saved. If it were not so, nothing was sent, and a new token may be had.
        let unsent = || Heard::unmade(FailureKind::AuthExpired, "no token was at hand");
        let Some(pass) = pass.filter(|pass| self.was_cleared_with(pass)) else { return unsent() };
        let Some((order, upstream_id)) = self.order_and_upstream_id() else { return unsent() };
        let Ok(settings) = Settings::of(&self.host.env) else { return unsent() };
        let capability = |base: &String| format!("{base}/v1/callbacks/{}", auth::capability(&settings, &order.id));
        let callback_url = settings.public_url.as_ref().filter(|_| order.callback).map(capability);
        let known = Known { upstream_id: upstream_id.as_ref(), callback_url: callback_url.as_deref() };
        let Some(tenant) = settings.tenant(&order.tenant) else { return unsent() };
        let redactor = self.redactor(&settings, vec![pass.token.secret.reveal().into()]);
        let order = match (self.unsealed(&settings, &order), call.kind) {
            (Some(unsealed), _) => unsealed,
            (None, CallKind::Submit) => return Heard::unmade(FailureKind::ClientError, UNREADABLE),
            (None, CallKind::Poll | CallKind::LookUp | CallKind::Cancel) => order,
        };
        upstream::make(&self.host.connections, &tenant, &order, call, known, pass, &redactor).await
    }

    /// Another execution's result as this one may keep it.
    fn redacted(&self, memory: Memory) -> Option<Memory> {
        let settings = Settings::of(&self.host.env).ok()?;
        self.redactor(&settings, Vec::new()).memory(memory)
    }

    /// Whether storage says so: a call that was cleared in a turn which could not be saved does not go.
    fn was_cleared_with(&self, pass: &Pass) -> bool {
        self.kept.borrow().as_ref().is_some_and(|kept| kept.standing.lease == Some(pass.lease))
    }

    fn order(&self) -> Option<Rc<Order>> {
        self.kept.borrow().as_ref().map(|kept| Rc::clone(&kept.order))
    }

    fn order_and_upstream_id(&self) -> Option<(Rc<Order>, Option<UpstreamId>)> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref()?;
        Some((Rc::clone(&kept.order), kept.standing.execution.upstream_id().cloned()))
    }

    fn order_and_token_version(&self) -> Option<(Rc<Order>, u64)> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref()?;
        Some((Rc::clone(&kept.order), kept.standing.token_version))
    }
}

/// What would do in place of a call.
fn lookup(order: &Order, call: Call, asking: Asking) -> Option<Lookup> {
    let key = CacheKey::of_order(order).filter(|_| call.kind == CallKind::Submit && order.may_recall())?;
    Some(Lookup { key, ttl: order.cache_ttl?, asking })
}

/// What an execution has for the cache; nothing where it is too long to be kept.
fn found(order: &Order, ended: &Execution) -> Option<Found> {
    let (Ending::Completed { result: Some(Payload::Whole(result)) }, _) = ended.ending()? else { return None };
    let is_short = result.as_str().len() <= CACHED_RESULT_MAX;
    let key = CacheKey::of_order(order).filter(|_| is_short)?;
    Some(Found { key, ttl: order.cache_ttl?, result: result.clone() })
}

/// Whose calls they are: those of a flow are its executions', which have a share together.
fn caller_of(id: &ExecutionId, key: u64) -> u64 {
    match id.home() {
        Home::Own => key,
        Home::Flow { run, .. } => random::draw(key, (1 << 40) | u64::from(run.get())),
    }
}

/// Whose share of the tenant's limits an execution's calls take: the first half of its id, which a flow's have in common.
fn key_of(id: &ExecutionId) -> u64 {
    let digits = id.as_str().strip_prefix("exe_").and_then(|digits| digits.get(..16));
    digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

/// A number for each call of an execution, the same after a crash.
fn number_of(call: Call) -> u64 {
    let kind = match call.kind {
        CallKind::Submit => 0,
        CallKind::Poll => 1,
        CallKind::LookUp => 2,
        CallKind::Cancel => 3,
    };
    let credential = match call.credential {
        Credential::Held => 0,
        Credential::Fresh => 1,
    };
    u64::from(call.attempt.get()) * 8 + kind * 2 + credential
}

/// Why a submit cannot be made whose inputs nobody can read any more.
const UNREADABLE: &str = "the key that its inputs were sealed with is gone";
