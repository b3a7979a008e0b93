//! Fetches a tenant's token, and before it asks CXone where its places are, where the profile says that CXone tells.
//! One fetch however many wait. Never decides when: the gate does.

use std::rc::Rc;

use cxpulse_core::credential::{Grant, Pause, Trouble};
use cxpulse_core::gate::EMBARGO_MAX;
use cxpulse_core::id::TenantId;
use cxpulse_core::profile::{Located, Question};
use cxpulse_core::time::Span;
use cxpulse_core::trace::TraceContext;

use super::keeper::Keeper;
use super::places::{Which, locate_token};
use crate::config::TenantSettings;
use crate::feed::happens_within;
use crate::problem::Problem;
use crate::{clock, upstream};

impl Keeper {
    /// Waits for the fetch under way, or begins one, as a part of the span of the call that needs it. It goes on where the
    /// caller who began it goes away.
    pub(super) async fn renew(self: &Rc<Self>, tenant: &TenantId, span: Option<&TraceContext>) {
        let renewed = self.renewed.notified();
        let now = clock::now();
        if self.renewing_until.get().is_none_or(|until| until <= now) {
            self.renewing_until.set(Some(now.plus(RENEWAL_MAX)));
            let (keeper, tenant, span) = (Rc::clone(self), tenant.clone(), span.cloned());
            self.state.wait_until(async move {
                if let Err(problem) = keeper.fetch(&tenant, span.as_ref()).await {
                    problem.log();
                }
                keeper.renewing_until.set(None);
                keeper.renewed.notify_waiters();
            });
        }
        happens_within(renewed, RENEWAL_MAX).await;
    }

    async fn fetch(&self, id: &TenantId, span: Option<&TraceContext>) -> Result<(), Problem> {
        let tenant = self.with(id, |kept, _| Ok(Rc::clone(&kept.tenant)))?;
        let fetched = self.grant(id, &tenant, span).await?;
        self.with(id, |kept, store| {
            let now = clock::now();
            match fetched {
                Ok(Some(grant)) => kept.gate.granted(grant, now),
                Ok(None) => {}
                Err(trouble) => {
                    kept.gate.troubled(trouble, now);
                    kept.places.not_found(Pause::new(pause_after(trouble), now));
                    if kept.places.doubt(Which::Token, now) {
                        store.save_places(&kept.places)?;
                    }
                }
            }
            store.save_gate(&kept.gate)
        })
    }

    /// A new token; `None` where tokens are not fetched.
    async fn grant(
        &self,
        id: &TenantId,
        tenant: &TenantSettings,
        span: Option<&TraceContext>,
    ) -> Result<Result<Option<Grant>, Trouble>, Problem> {
        let Ok(base) = tenant.profile.locate_base(&tenant.site) else { return Ok(Err(Trouble::Failed(None))) };
        let base_url = match self.place(id, Which::Base, base).await? {
            Ok(url) => url,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let token_url = match locate_token(tenant, &base_url) {
            Ok(Some(place)) => self.place(id, Which::Token, place).await?,
            Ok(None) => return Ok(Ok(None)),
            Err(_) => return Ok(Err(Trouble::Failed(None))),
        };
        Ok(match token_url {
            Ok(url) => upstream::fetch_token(&self.connections, tenant, &url, span).await.map(Some),
            Err(trouble) => Err(trouble),
        })
    }

    /// Where something is: as the settings say, as CXone told lately, or as it tells now.
    async fn place(&self, id: &TenantId, which: Which, located: Located) -> Result<Result<String, Trouble>, Problem> {
        let question = match located {
            Located::At(url) => return Ok(Ok(url)),
            Located::Ask(question) => question,
        };
        let now = clock::now();
        let known = self.with(id, |kept, _| Ok(kept.places.fresh(which, &question, now).map(str::to_owned)))?;
        match known {
            Some(url) => Ok(Ok(url)),
            None => self.discover(id, which, &question).await,
        }
    }

    async fn discover(
        &self,
        id: &TenantId,
        which: Which,
        question: &Question,
    ) -> Result<Result<String, Trouble>, Problem> {
        let told = upstream::discover(&self.connections, question).await;
        if let Ok(url) = &told {
            self.with(id, |kept, store| {
                kept.places.found(which, question, url, clock::now());
                store.save_places(&kept.places)
            })?;
        }
        Ok(told)
    }
}

/// How long nobody asks for a place again.
fn pause_after(trouble: Trouble) -> Span {
    match trouble {
        Trouble::Refused(_) => REFUSED_PAUSE,
        Trouble::Failed(retry_after) => FAILED_PAUSE.max(retry_after.unwrap_or(Span::ZERO).min(EMBARGO_MAX)),
    }
}

/// How long a fetch counts as under way: two discoveries and the token itself, and a little more.
const RENEWAL_MAX: Span = Span::from_secs(32);

const REFUSED_PAUSE: Span = Span::from_secs(30);

const FAILED_PAUSE: Span = Span::from_secs(2);
