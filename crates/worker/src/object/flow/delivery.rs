//! What a flow owes to the caller's webhook: see `object::delivery`, which takes it there.

use std::rc::Rc;

use cxpulse_core::outbox::{Letter, Pacing};

use super::Conductor;
use crate::clock;
use crate::object::delivery::{Cover, Owing};
use crate::object::execution::{Store, Tale};
use crate::object::host::Host;
use crate::problem::Problem;
use crate::webhook::Sent;

impl Owing for Conductor {
    fn host(&self) -> &Rc<Host> {
        &self.host
    }

    fn book(&self) -> &Store {
        &self.store.book
    }

    fn take_due(&self) -> Result<Option<u64>, Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut().filter(|kept| kept.own.outbox.owed() > 0) else { return Ok(None) };
        let due = kept.own.outbox.take_due(clock::now());
        if due.is_some() {
            self.store.save(kept, &[])?;
        }
        Ok(due)
    }

    fn cover(&self, number: u64, tries: u32) -> Option<Cover> {
        let kept = self.kept.borrow();
        let face = kept.as_ref()?.work.face();
        let url = face.notify()?.url.clone();
        let span = face.span_of_delivery(number, tries.saturating_add(1));
        Some(Cover { tenant: face.tenant().clone(), seed: face.seed(), id: Letter::id(face.id(), number), url, span })
    }

    fn came_back(&self, number: u64, sent: &Sent, pacing: Pacing<'_>) -> Result<(), Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut() else { return Ok(()) };
        let now = clock::now();
        let changes = kept.own.outbox.delivered(number, sent.delivery, pacing, now);
        if changes.is_empty() {
            return Ok(());
        }
        let letters = self.store.book.tried(number, sent.last, &changes)?;
        self.log_letters(kept, &letters, Tale::Tried(number), now)?;
        self.store.save(kept, &[])
    }

    fn settle(self: &Rc<Self>) -> Result<(), Problem> {
        Self::settle(self)
    }

    fn report(&self, problem: &Problem) {
        Self::report(self, problem);
    }
}
