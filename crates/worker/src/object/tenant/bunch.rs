//! What the executions of one object ask their tenant's gate in the same moment goes there in one message; and where the gate
//! allows a series of calls under one lease, who comes next takes the lease of who came back. Never decides anything, and holds
//! nobody up: whoever is answered goes, and for the others it is asked again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use cxpulse_core::call::CallKind;
use cxpulse_core::gate::{Fate, Report, SERIES_MAX};
use cxpulse_core::id::TenantId;
use cxpulse_core::time::{Span, Timestamp};
use tokio::sync::oneshot;
use wasm_bindgen_futures::spawn_local;
use worker::Env;

use super::message::{Answered, Pass, Petition, Verdict};
use super::{client, mailbox};
use crate::clock;
use crate::object::host::Host;
use crate::problem::Problem;

/// Those who ask, of one object and so of one tenant.
#[derive(Default)]
pub(in crate::object) struct Bunch {
    waiting: RefCell<Vec<Waiting>>,
    /// Whether somebody is about to leave with them.
    is_leaving: Cell<bool>,
    /// Leases that another call may be made under.
    spares: RefCell<Vec<Spare>>,
    /// Whether somebody looks after them.
    is_minded: Cell<bool>,
}

/// A lease that is free for another call of its series.
struct Spare {
    pass: Pass,
    kind: CallKind,
    since: Timestamp,
}

/// One who asks.
struct Waiting {
    petition: Petition,
    answer: oneshot::Sender<Result<Answered, Problem>>,
}

impl Bunch {
    /// Asks, together with whoever asks in this moment.
    ///
    /// # Errors
    /// Where the tenant's object cannot be reached, or does not answer in time.
    pub(in crate::object) async fn ask(
        self: &Rc<Self>,
        env: &Env,
        tenant: &TenantId,
        petition: Petition,
    ) -> Result<Answered, Problem> {
        if let Some(pass) = self.spare(&petition, || true) {
            return Ok(Answered { memory: None, verdict: Some(Verdict::Granted(pass)) });
        }
        let petition = Petition { more: SERIES_MAX, ..petition };
        let (answer, answered) = oneshot::channel();
        self.waiting.borrow_mut().push(Waiting { petition, answer });
        if !self.is_leaving.replace(true) {
            let (bunch, env, tenant) = (Rc::clone(self), env.clone(), tenant.clone());
            // It begins after those have asked who are about to.
            spawn_local(async move { bunch.leave(&env, &tenant).await });
        }
        answered.await.unwrap_or_else(|_| Err(unanswered("nobody asked")))
    }

    /// A call has come back. Where that was well, and more may be done under its lease, that is kept for who comes next: for a
    /// moment, then it goes back.
    pub(in crate::object) fn came_back(
        self: &Rc<Self>,
        host: &Rc<Host>,
        tenant: &TenantId,
        kind: CallKind,
        pass: Pass,
        report: Report,
    ) {
        let now = clock::now();
        let is_well = report.fate == Fate::Good && now < pass.token.renew_at;
        let Some(series) = pass.series.filter(|_| is_well).and_then(|series| series.next(now)) else {
            if report.fate != Fate::Good {
                // What is wrong may be so for all.
                self.give_back(host, tenant, |_| true);
            }
            return host.spawn(client::report(&host.env, tenant, report));
        };
        // It is a measurement, and goes along with whoever goes next.
        mailbox::put(tenant, Report { keeps: true, ..report });
        self.spares.borrow_mut().push(Spare { pass: Pass { series: Some(series), ..pass }, kind, since: now });
        if !self.is_minded.replace(true) {
            let (bunch, tenant, minded) = (Rc::clone(self), tenant.clone(), Rc::clone(host));
            host.spawn(async move { bunch.mind(&minded, &tenant).await });
        }
    }

    /// Whether there may be leave at hand for somebody.
    pub(in crate::object) fn has_spares(&self) -> bool {
        !self.spares.borrow().is_empty()
    }

    /// What a call may go with that was let go as part of a series, where it `may` go.
    pub(in crate::object) fn spare(&self, petition: &Petition, may: impl FnOnce() -> bool) -> Option<Pass> {
        let is_plain = petition.lookup.is_none() && petition.ask.newer_than.is_none();
        let (now, kind) = (clock::now(), petition.ask.kind.filter(|_| is_plain)?);
        let is_good = |spare: &Spare| {
            let is_on = spare.pass.series.is_some_and(|series| now < series.until);
            is_on && spare.kind == kind && now < spare.pass.token.renew_at
        };
        let mut spares = self.spares.borrow_mut();
        let place = spares.iter().position(is_good).filter(|_| may())?;
        Some(spares.swap_remove(place).pass)
    }

    /// Gives back what nobody takes, as long as there is something.
    async fn mind(&self, host: &Host, tenant: &TenantId) {
        while !self.spares.borrow().is_empty() {
            clock::pause(SPARE_MAX).await;
            let now = clock::now();
            self.give_back(host, tenant, |spare| spare.since.plus(SPARE_MAX) <= now);
        }
        self.is_minded.set(false);
    }

    fn give_back(&self, host: &Host, tenant: &TenantId, is_due: impl Fn(&Spare) -> bool) {
        let (due, kept) = self.spares.take().into_iter().partition(is_due);
        self.spares.replace(kept);
        let due: Vec<Spare> = due;
        for spare in due {
            host.spawn(client::report(&host.env, tenant, Report::unused(spare.pass.lease)));
        }
    }

    async fn leave(&self, env: &Env, tenant: &TenantId) {
        self.is_leaving.set(false);
        let mut waiting = self.waiting.take();
        while !waiting.is_empty() {
            let petitions: Vec<&Petition> = waiting.iter().map(|waiting| &waiting.petition).collect();
            match client::acquire_all(env, tenant, &petitions).await {
                Ok(answers) => waiting = hand_out(waiting, answers),
                Err(problem) => {
                    problem.log();
                    // Nobody is there to be told where the execution has gone meanwhile.
                    waiting.drain(..).for_each(|waiting| drop(waiting.answer.send(Err(unanswered("the gate")))));
                }
            }
        }
    }
}

/// Gives those their answers who have one; gives back the others.
fn hand_out(waiting: Vec<Waiting>, answers: Vec<Option<Answered>>) -> Vec<Waiting> {
    let mut answers = answers.into_iter();
    let mut left = Vec::new();
    for one in waiting {
        match answers.next() {
            Some(Some(answered)) => drop(one.answer.send(Ok(answered))),
            Some(None) => left.push(one),
            None => drop(one.answer.send(Err(unanswered("the gate")))),
        }
    }
    left
}

/// How long a lease waits for another call: those who end let others begin at once, or not.
const SPARE_MAX: Span = Span::from_millis(20);

fn unanswered(who: &str) -> Problem {
    Problem::Unavailable(format!("no answer came from {who}"))
}
