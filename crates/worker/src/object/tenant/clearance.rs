//! Leave of a tenant's gate to make one proxied call, from asking for it to saying what became of the call. Never decides
//! who goes: the gate does.

use std::rc::Rc;

use cxpulse_core::allowance::Allowance;
use cxpulse_core::failure::{FailureKind, parse_retry_after};
use cxpulse_core::gate::{Ask, Fate, Report, Share};
use cxpulse_core::id::TenantId;
use cxpulse_core::time::{Span, Timestamp};
use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::future_to_promise;
use web_sys::Response;
use worker::Env;
use worker::worker_sys::Context;

use super::client;
use super::keeper::Keeper;
use super::message::{Acquire, Pass, Petition, Told, Verdict};
use crate::problem::Problem;
use crate::{clock, http, seal};

/// How the gate is reached.
#[derive(Clone)]
pub(crate) struct Way(Place);

#[derive(Clone)]
enum Place {
    /// In the tenant's object, from a request elsewhere: what is to outlast its answer, its context has to be told.
    Away(Env, Rc<Context>),
    /// In this very object.
    Here(Rc<Keeper>),
}

/// Leave to make one call. Whoever has it says what became of it; where nobody does, it was not used.
pub(crate) struct Clearance {
    way: Way,
    tenant: TenantId,
    pass: Pass,
    since: Timestamp,
    is_settled: bool,
}

impl Way {
    /// From anywhere but the tenant's object, for the request of that context.
    pub(crate) fn from_away(env: &Env, context: &Context) -> Self {
        // A second reference to it; the binding's class is not `Clone`.
        let context: &JsValue = context.as_ref();
        Self(Place::Away(env.clone(), Rc::new(context.clone().unchecked_into())))
    }

    /// From within it.
    pub(super) fn within(keeper: &Rc<Keeper>) -> Self {
        Self(Place::Here(Rc::clone(keeper)))
    }

    /// Waits for leave.
    ///
    /// # Errors
    /// [`Problem::Held`] where the gate opens later than that.
    pub(crate) async fn clear(&self, tenant: &TenantId, times: Times) -> Result<Clearance, Problem> {
        let deadline = clock::now().plus(times.at_gate);
        let caller = u64::from_be_bytes(seal::random()?);
        let ask =
            Ask { caller, key: PROXY_KEY, kind: None, newer_than: None, patience: times.in_flight, share: Share::Half };
        loop {
            match self.ask(tenant, &ask).await? {
                Verdict::Granted(pass) => return Ok(Clearance::new(self.clone(), tenant.clone(), pass)),
                Verdict::Postponed { until, .. } if until <= deadline => clock::pause(until.since(clock::now())).await,
                Verdict::Postponed { reason, until } => return Err(Problem::Held(reason, until.since(clock::now()))),
            }
        }
    }

    async fn ask(&self, tenant: &TenantId, ask: &Ask) -> Result<Verdict, Problem> {
        let answered = match &self.0 {
            Place::Away(env, _) => {
                let petition = Petition { ask: *ask, lookup: None, span: None, more: 0 };
                client::acquire(env, tenant, petition).await?
            }
            Place::Here(keeper) => {
                let message =
                    Acquire { tenant: tenant.clone(), ask: *ask, reports: Vec::new(), lookup: None, span: None };
                keeper.acquire(&message).await?
            }
        };
        answered.verdict.ok_or_else(|| Problem::Fault("the gate said nothing".into()))
    }
}

impl Clearance {
    fn new(way: Way, tenant: TenantId, pass: Pass) -> Self {
        Self { way, tenant, pass, since: clock::now(), is_settled: false }
    }

    /// What the call goes with.
    pub(crate) const fn pass(&self) -> &Pass {
        &self.pass
    }

    /// It was answered, and the answer's body has come to its end.
    pub(crate) fn answered(self, judged: &Judged) {
        self.settle(judged.fate, judged.took, judged.allowance);
    }

    /// It was not answered, or the answer broke off.
    pub(crate) fn lost(self, is_answered: bool) {
        let took = clock::now().since(self.since);
        let fate = Fate::Failed { kind: FailureKind::Transient, is_answered, retry_after: None };
        self.settle(fate, took, Allowance::default());
    }

    /// What an answer's head says to the gate. Only what CXone itself has to do with counts: that a caller asked for
    /// something which is not there is none of its business.
    pub(crate) fn read(&self, answer: &Response) -> Judged {
        let (head, now) = (http::Head::of(answer), clock::now());
        let retry_after = head.retry_after.and_then(|value| parse_retry_after(&value, now));
        let fate = match FailureKind::of_status(answer.status()) {
            Some(kind @ (FailureKind::AuthExpired | FailureKind::RateLimited | FailureKind::Transient)) => {
                Fate::Failed { kind, is_answered: true, retry_after }
            }
            Some(
                FailureKind::ScopeDenied | FailureKind::NotFound | FailureKind::ClientError | FailureKind::Malformed,
            )
            | None => Fate::Good,
        };
        // How long the body takes is for its reader to say, too.
        Judged { fate, took: now.since(self.since), allowance: head.allowance }
    }

    fn settle(mut self, fate: Fate, took: Span, allowance: Allowance) {
        self.is_settled = true;
        self.tell(fate, took, allowance);
    }

    fn tell(&self, fate: Fate, took: Span, allowance: Allowance) {
        let Pass { lease, token, .. } = &self.pass;
        let report = Report { lease: *lease, keeps: false, token_version: token.version, fate, took, allowance };
        match &self.way.0 {
            Place::Away(env, context) => {
                let telling = client::report(env, &self.tenant, report);
                let telling: Promise = future_to_promise(async move {
                    telling.await;
                    Ok(JsValue::UNDEFINED)
                });
                // Nobody is there to be told of a failure; then the lease ends by itself.
                if let Err(error) = context.wait_until(&telling) {
                    Problem::from(error).log();
                }
            }
            Place::Here(keeper) => {
                let told = Told { tenant: self.tenant.clone(), reports: vec![report], results: Vec::new() };
                if let Err(problem) = keeper.take(&told) {
                    problem.log();
                }
            }
        }
    }
}

impl Drop for Clearance {
    fn drop(&mut self) {
        if !self.is_settled {
            self.tell(Fate::Unused, Span::ZERO, Allowance::default());
        }
    }
}

/// How long a call may take.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    /// Until the gate lets it go.
    pub(crate) at_gate: Span,
    /// From then on, to the last byte of its answer.
    pub(crate) in_flight: Span,
}

/// What an answer's head says to the gate.
#[derive(Clone, Copy)]
pub(crate) struct Judged {
    fate: Fate,
    took: Span,
    allowance: Allowance,
}

/// All proxied calls of a tenant share one share: together they starve no execution.
const PROXY_KEY: u64 = u64::from_be_bytes(*b"cx-proxy");
