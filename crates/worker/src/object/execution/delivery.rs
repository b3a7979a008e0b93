//! What an execution owes to the caller's webhook: see `object::delivery`, which takes it there.

use std::rc::Rc;

use cxpulse_core::outbox::{Letter, Pacing};

use super::letters::{self, Tale};
use super::life::Life;
use super::store::{Logged, Store};
use crate::clock;
use crate::object::delivery::{Cover, Owing};
use crate::object::host::Host;
use crate::problem::Problem;
use crate::webhook::Sent;

impl Owing for Life {
    fn host(&self) -> &Rc<Host> {
        &self.host
    }

    fn book(&self) -> &Store {
        &self.store
    }

    fn take_due(&self) -> Result<Option<u64>, Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut().filter(|kept| kept.standing.outbox.owed() > 0) else { return Ok(None) };
        let mut next = kept.standing.clone();
        let due = next.outbox.take_due(clock::now());
        if due.is_some() {
            self.store.save(&next, None, None, &[])?;
            kept.standing = next;
        }
        Ok(due)
    }

    fn cover(&self, number: u64, tries: u32) -> Option<Cover> {
        let kept = self.kept.borrow();
        let order = &kept.as_ref()?.order;
        let url = order.notify.as_ref()?.url.clone();
        let span = order.span_of_delivery(number, tries.saturating_add(1));
        Some(Cover { tenant: order.tenant.clone(), seed: order.seed, id: Letter::id(&order.id, number), url, span })
    }

    fn came_back(&self, number: u64, sent: &Sent, pacing: Pacing<'_>) -> Result<(), Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut() else { return Ok(()) };
        let (now, mut next) = (clock::now(), kept.standing.clone());
        let changes = next.outbox.delivered(number, sent.delivery, pacing, now);
        if changes.is_empty() {
            return Ok(());
        }
        let letters = self.store.tried(number, sent.last, &changes)?;
        let mut logged = Logged { records: Vec::new(), dispatch: kept.dispatch.clone() };
        letters::log(&mut logged, &kept.order, &letters, Tale::Tried(number), now);
        self.store.save(&next, None, Some(&logged), &[])?;
        (kept.standing, kept.dispatch) = (next, logged.dispatch);
        Ok(())
    }

    fn settle(self: &Rc<Self>) -> Result<(), Problem> {
        Self::settle(self)
    }

    fn report(&self, problem: &Problem) {
        Self::report(self, problem);
    }
}
