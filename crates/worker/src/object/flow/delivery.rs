//! Takes what a flow owes to the caller's webhook, one after the other. Never decides when, nor what is given up: the outbox does.

use std::rc::Rc;

use cxpulse_core::outbox::{LADDER, Letter, Pacing};
use cxpulse_core::trace::TraceContext;

use super::Conductor;
use crate::clock;
use crate::config::{Settings, TenantSettings};
use crate::object::execution::Tale;
use crate::problem::Problem;
use crate::webhook::{self, Message, Sent};

/// What a notification is sent with.
struct Errand {
    tenant: Rc<TenantSettings>,
    seed: u64,
    id: String,
    url: String,
    body: String,
    span: TraceContext,
}

impl Conductor {
    /// Delivers what is due, in the background.
    pub(super) fn deliver(self: &Rc<Self>) -> Result<(), Problem> {
        if let Some(number) = self.take_due()? {
            let conductor = Rc::clone(self);
            self.host.spawn(async move {
                if let Err(problem) = conductor.hand_over(number).await {
                    conductor.report(&problem);
                }
            });
        }
        Ok(())
    }

    /// What is due, marked as under way before it leaves.
    fn take_due(&self) -> Result<Option<u64>, Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut().filter(|kept| kept.own.outbox.owed() > 0) else { return Ok(None) };
        let due = kept.own.outbox.take_due(clock::now());
        if due.is_some() {
            self.store.save(kept, &[])?;
        }
        Ok(due)
    }

    async fn hand_over(self: &Rc<Self>, number: u64) -> Result<(), Problem> {
        match self.errand(number)? {
            Some(Errand { tenant, seed, id, url, body, span }) => {
                self.host.ask_one();
                let message = Message { id: &id, url: &url, body: &body, span: &span };
                let sent = webhook::post(&self.host.connections, &tenant, &message).await;
                self.came_back(number, &sent, Pacing { ladder: &tenant.webhook.ladder, seed })?;
            }
            None => self.came_back(number, &Sent::forbidden(clock::now()), Pacing { ladder: &LADDER, seed: 0 })?,
        }
        self.settle()
    }

    /// What to send; `None` where the tenant is no longer set up. It may be again, so that is a try that failed.
    fn errand(&self, number: u64) -> Result<Option<Errand>, Problem> {
        let settings = Settings::of(&self.host.env)?;
        let kept = self.kept.borrow();
        let Some(kept) = &*kept else { return Ok(None) };
        let face = kept.work.face();
        let url = face.notify().map(|subscription| subscription.url.clone());
        let (Some(url), Some(tenant)) = (url, settings.tenant(face.tenant())) else { return Ok(None) };
        let Some(body) = self.store.book.notice(number)? else { return Ok(None) };
        let tries = self.store.book.letter(number)?.map_or(0, |letter| letter.tries);
        let span = face.span_of_delivery(number, tries.saturating_add(1));
        Ok(Some(Errand { tenant, seed: face.seed(), id: Letter::id(face.id(), number), url, body, span }))
    }

    /// Saves what became of a try, and of what that led to, in one write.
    fn came_back(&self, number: u64, sent: &Sent, pacing: Pacing<'_>) -> Result<(), Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut() else { return Ok(()) };
        let now = clock::now();
        let changes = kept.own.outbox.delivered(number, sent.delivery, pacing, now);
        if changes.is_empty() {
            return Ok(());
        }
        if let Some(letter) = self.store.book.letter(number)? {
            self.store.book.write_letter(&letter.tried(sent.last))?;
        }
        let letters = self.store.book.change_letters(&changes)?;
        self.log_letters(kept, &letters, Tale::Tried(number), now)?;
        self.store.save(kept, &[])
    }
}
