//! Takes what an outbox owes to the caller's webhook, one after the other: an execution's, or a flow's. Never decides when, nor
//! what is given up: the outbox does.

use std::rc::Rc;

use cxpulse_core::id::TenantId;
use cxpulse_core::outbox::{LADDER, Letter, Pacing};
use cxpulse_core::trace::TraceContext;

use super::execution::Store;
use super::host::Host;
use crate::clock;
use crate::config::{Settings, TenantSettings};
use crate::problem::Problem;
use crate::webhook::{self, Message, Sent};

/// What has an outbox.
pub(in crate::object) trait Owing: 'static {
    /// The object that it is in.
    fn host(&self) -> &Rc<Host>;

    /// Its letters and their bodies.
    fn book(&self) -> &Store;

    /// The number of the letter that is due, marked as under way before it leaves.
    fn take_due(&self) -> Result<Option<u64>, Problem>;

    /// What a try of the letter of this number goes with, which had so many tries before; `None` where nobody is to have it.
    fn cover(&self, number: u64, tries: u32) -> Option<Cover>;

    /// Saves what became of a try, and of what that led to, in one write.
    fn came_back(&self, number: u64, sent: &Sent, pacing: Pacing<'_>) -> Result<(), Problem>;

    /// Goes on after that.
    fn settle(self: &Rc<Self>) -> Result<(), Problem>;

    /// Tells the log.
    fn report(&self, problem: &Problem);
}

/// What a letter goes with, beside its body.
pub(in crate::object) struct Cover {
    pub(in crate::object) tenant: TenantId,
    pub(in crate::object) seed: u64,
    /// What a receiver knows a repeat by.
    pub(in crate::object) id: String,
    pub(in crate::object) url: String,
    /// Of this try.
    pub(in crate::object) span: TraceContext,
}

/// Delivers what is due, in the background.
pub(in crate::object) fn deliver<O: Owing>(owing: &Rc<O>) -> Result<(), Problem> {
    if let Some(number) = owing.take_due()? {
        let by = Rc::clone(owing);
        owing.host().spawn(async move {
            if let Err(problem) = hand_over(&by, number).await {
                by.report(&problem);
            }
        });
    }
    Ok(())
}

async fn hand_over<O: Owing>(owing: &Rc<O>, number: u64) -> Result<(), Problem> {
    match errand(&**owing, number)? {
        Some((tenant, Cover { seed, id, url, span, .. }, body)) => {
            owing.host().ask_one();
            let message = Message { id: &id, url: &url, body: &body, span: &span };
            let sent = webhook::post(&owing.host().connections, &tenant, &message).await;
            owing.came_back(number, &sent, Pacing { ladder: &tenant.webhook.ladder, seed })?;
        }
        None => owing.came_back(number, &Sent::forbidden(clock::now()), Pacing { ladder: &LADDER, seed: 0 })?,
    }
    owing.settle()
}

/// What to send; `None` where the tenant is no longer set up. It may be again, so that is a try that failed.
fn errand(owing: &impl Owing, number: u64) -> Result<Option<(Rc<TenantSettings>, Cover, String)>, Problem> {
    let settings = Settings::of(&owing.host().env)?;
    let tries = owing.book().letter(number)?.map_or(0, |letter: Letter| letter.tries);
    let Some(cover) = owing.cover(number, tries) else { return Ok(None) };
    let Some(tenant) = settings.tenant(&cover.tenant) else { return Ok(None) };
    Ok(owing.book().notice(number)?.map(|body| (tenant, cover, body)))
}
