//! The door that CXone's callbacks come to: whether one is believed, and whether it was here before, comes first; what it
//! says is read only then. Never decides what follows from it: the core's machine does.

use std::rc::Rc;

use cxpulse_core::audit::Record;
use cxpulse_core::call::{Sighting, read_callback};
use cxpulse_core::callback::{Accepted, Inbox, Receipt, verify};
use cxpulse_core::execution::Event;
use cxpulse_core::signature::Refusal;
use cxpulse_core::validate::{Code, Invalid, Violation, parse_body};
use web_sys::Response;

use super::OPENING_MAX;
use super::life::Life;
use crate::clock;
use crate::config::{Settings, TenantSettings};
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::reply;

/// Takes a callback. One that was here before is answered as it was then, so that its sender stops.
pub(super) async fn call_back(life: &Rc<Life>, incoming: &Incoming) -> Result<Response, Problem> {
    let body = incoming.text_up_to(OPENING_MAX).await?;
    let tenant = life.tenant()?.ok_or(Problem::NotFound)?;
    let accepted = match check(&tenant, incoming, &body) {
        Ok(accepted) => accepted,
        Err(refusal) => {
            life.count_refused(refusal)?;
            return Err(Problem::Unverified(refusal));
        }
    };
    parse_body(&body).map_err(Problem::NotCallback)?;
    let redactor = life.redactor(&*Settings::of(&life.host.env)?, Vec::new());
    let sighting = read_callback(&tenant.profile, &body, &redactor).map_err(|failure| {
        let violation = Violation { pointer: String::new(), code: Code::WrongType, message: failure.message };
        Problem::NotCallback(Invalid::of(violation))
    })?;
    life.let_in(accepted, sighting)?;
    reply::empty(204, &[])
}

/// `None` where its address alone is what it is believed by.
fn check(tenant: &TenantSettings, incoming: &Incoming, body: &str) -> Result<Option<Accepted>, Refusal> {
    let Some(rule) = &tenant.profile.callback else { return Ok(None) };
    verify(rule, &tenant.callback_keys, &|name| incoming.header(name), body.as_bytes(), clock::now()).map(Some)
}

impl Life {
    /// Counts a callback that was not believed, and keeps nothing of it. Of many, ever fewer are written down.
    fn count_refused(self: &Rc<Self>, refusal: Refusal) -> Result<(), Problem> {
        let is_noted = self.with_inbox(|inbox| {
            let is_noted = inbox.refuse();
            (is_noted, is_noted)
        })?;
        if is_noted {
            self.note(|order, number, now| Record::callback_refused(order, number, now, refusal.name()))?;
        }
        Ok(())
    }

    /// Tells the machine of a callback, unless it was here before. That it was here now is saved with the step.
    fn let_in(self: &Rc<Self>, accepted: Option<Accepted>, sighting: Sighting) -> Result<(), Problem> {
        let Some(accepted) = accepted else { return self.begin(Event::CalledBack { sighting }) };
        let (receipt, before) = self.with_inbox(|inbox| {
            let before = inbox.clone();
            let receipt = inbox.receive(accepted, clock::now());
            ((receipt, before), matches!(receipt, Receipt::Repeated { is_noted: true }))
        })?;
        match receipt {
            // What could not be saved was not here, so that it can come again.
            Receipt::New => self.begin(Event::CalledBack { sighting }).inspect_err(|_| self.remember_as(before)),
            Receipt::Repeated { is_noted: true } => {
                self.note(|order, number, now| Record::callback_refused(order, number, now, REPEATED))
            }
            Receipt::Repeated { is_noted: false } => Ok(()),
        }
    }

    /// Changes what is remembered of callbacks, and saves that at once where the change says so.
    fn with_inbox<T>(&self, change: impl FnOnce(&mut Inbox) -> (T, bool)) -> Result<T, Problem> {
        let mut slot = self.kept.borrow_mut();
        let kept = slot.as_mut().ok_or(Problem::NotFound)?;
        let mut next = kept.standing.clone();
        let (told, is_saved) = change(&mut next.inbox);
        if is_saved {
            self.store.save(&next, None, None, &[])?;
        }
        kept.standing = next;
        Ok(told)
    }

    fn remember_as(&self, inbox: Inbox) {
        if let Some(kept) = self.kept.borrow_mut().as_mut() {
            kept.standing.inbox = inbox;
        }
    }
}

/// What the audit log calls a callback that was here before.
const REPEATED: &str = "repeated";
