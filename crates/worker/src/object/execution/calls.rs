//! What an execution's calls take: a token from the tenant, and the call itself. Never steps, never saves.

use std::rc::Rc;

use cxpulse_core::call::{Answer, Call, Credential, Known};
use cxpulse_core::credential::Token;
use cxpulse_core::execution::{Effect, Event, Order, Reason};
use cxpulse_core::failure::{Failure, FailureKind};
use cxpulse_core::id::UpstreamId;
use cxpulse_core::time::Span;

use super::life::Life;
use crate::config::Settings;
use crate::object::tenant::{self, Lease};
use crate::problem::Problem;
use crate::{auth, clock, upstream};

impl Life {
    /// Performs what leaves the object, and gives what it brought back.
    pub(super) async fn perform(&self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Acquire { call } => Some(self.acquire(call).await),
            Effect::Send { call } => Some(self.send(call).await),
            // Owed in the same write as the step, and delivered from there.
            Effect::Remember | Effect::Notify { .. } => None,
        }
    }

    async fn acquire(&self, call: Call) -> Event {
        match self.lease(call).await {
            Ok(Lease::Granted(token)) => {
                self.token.replace(Some(token));
                Event::Cleared { call }
            }
            Ok(Lease::Postponed(until)) => Event::Postponed { call, reason: Reason::Credentials, until },
            Err(problem) => {
                self.report(&problem);
                Event::Postponed { call, reason: Reason::Credentials, until: clock::now().plus(TENANT_PAUSE) }
            }
        }
    }

    async fn lease(&self, call: Call) -> Result<Lease, Problem> {
        let Some((tenant, refused)) = self.tenant_and_token_version() else { return Err(Problem::NotFound) };
        let newer_than = match call.credential {
            Credential::Held => None,
            Credential::Fresh => Some(refused),
        };
        if let Some(token) = self.kept_token(newer_than) {
            return Ok(Lease::Granted(token));
        }
        tenant::lease(&self.env, &tenant, newer_than).await
    }

    fn kept_token(&self, newer_than: Option<u64>) -> Option<Token> {
        let token = self.token.borrow().clone()?;
        let fits = clock::now() < token.renew_at && token.version > newer_than.unwrap_or(0);
        fits.then_some(token)
    }

    async fn send(&self, call: Call) -> Event {
        let sent_at = clock::now();
        let answer = self.answer(call).await;
        Event::Answered { call, answer, took: clock::now().since(sent_at) }
    }

    async fn answer(&self, call: Call) -> Answer {
        // Acquired in this process just before. If it were not so, nothing was sent, and a new token may be had.
        let unsent = || Answer::Failed(Failure::new(FailureKind::AuthExpired, "no token was at hand"));
        let (Some((order, upstream_id)), Some(token)) = (self.order_and_upstream_id(), self.token.borrow().clone())
        else {
            return unsent();
        };
        let Ok(settings) = Settings::of(&self.env) else { return unsent() };
        let capability = |base: &String| format!("{base}/v1/callbacks/{}", auth::capability(&settings, &order.id));
        let callback_url = settings.public_url.as_ref().filter(|_| order.callback).map(capability);
        let known = Known { upstream_id: upstream_id.as_ref(), callback_url: callback_url.as_deref() };
        let Some(tenant) = settings.tenant(&order.tenant) else { return unsent() };
        upstream::make(&tenant, &order, call, known, &token.secret).await
    }

    fn order_and_upstream_id(&self) -> Option<(Rc<Order>, Option<UpstreamId>)> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref()?;
        Some((Rc::clone(&kept.order), kept.standing.execution.upstream_id().cloned()))
    }

    fn tenant_and_token_version(&self) -> Option<(cxpulse_core::id::TenantId, u64)> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref()?;
        Some((kept.order.tenant.clone(), kept.standing.token_version))
    }
}

/// How long a call waits when the tenant's object itself cannot be reached.
const TENANT_PAUSE: Span = Span::from_secs(2);
