//! Takes what the outbox owes to the caller's webhook, one after the other. Never decides when: the outbox does.

use std::rc::Rc;

use cxpulse_core::outbox::Delivery;

use super::life::Life;
use super::store::Standing;
use crate::clock;
use crate::config::Settings;
use crate::problem::Problem;
use crate::webhook::{self, Message};

impl Life {
    /// Delivers what is due, in the background.
    pub(super) fn deliver(self: &Rc<Self>) -> Result<(), Problem> {
        let due = self.change_outbox(|standing| standing.outbox.take_due(clock::now()))?;
        if let Some(number) = due {
            let life = Rc::clone(self);
            self.spawn(async move {
                if let Err(problem) = life.hand_over(number).await {
                    life.report(&problem);
                }
            });
        }
        Ok(())
    }

    async fn hand_over(self: &Rc<Self>, number: u64) -> Result<(), Problem> {
        let delivery = self.post(number).await?;
        let over = self.change_outbox(|standing| Some(standing.outbox.delivered(number, delivery, clock::now())))?;
        self.store.forget(&over.unwrap_or_default())?;
        self.settle()
    }

    async fn post(&self, number: u64) -> Result<Delivery, Problem> {
        let settings = Settings::of(&self.env)?;
        let (id, url, tenant) = {
            let kept = self.kept.borrow();
            let Some(kept) = &*kept else { return Ok(Delivery::Gone) };
            let url = kept.order.notify.as_ref().map(|subscription| subscription.url.clone());
            (format!("msg_{}_{number}", kept.order.id), url, settings.tenant(&kept.order.tenant))
        };
        let (Some(url), Some(tenant), Some(body)) = (url, tenant, self.store.notice(number)?) else {
            return Ok(Delivery::Gone);
        };
        Ok(webhook::post(&self.connections, &settings, &tenant, &Message { id: &id, url: &url, body: &body }).await)
    }

    /// Changes the outbox, and saves it if that changed anything.
    fn change_outbox<T>(&self, change: impl FnOnce(&mut Standing) -> Option<T>) -> Result<Option<T>, Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut() else { return Ok(None) };
        if kept.standing.outbox.owed() == 0 {
            return Ok(None);
        }
        let mut next = kept.standing.clone();
        let value = change(&mut next);
        if value.is_some() {
            self.store.save(&next, None, None, &[])?;
            kept.standing = next;
        }
        Ok(value)
    }
}
