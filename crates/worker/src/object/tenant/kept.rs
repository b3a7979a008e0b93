//! What is kept of a tenant in memory, and each change of it with its write: gate, places, cache. Decides nothing: the core
//! does. Never awaits.

use std::rc::Rc;

use cxpulse_core::cache::{CACHED_RESULT_MAX, Cache, Memory};
use cxpulse_core::execution::Reason;
use cxpulse_core::failure::FailureKind;
use cxpulse_core::gate::{Ask, Decision, Fate, Gate, Report, Rules};
use cxpulse_core::profile::TokenRule;
use cxpulse_core::time::{Span, Timestamp};

use super::message::{Found, Lookup, Pass, Verdict};
use super::places::{Base, Places, Which};
use super::store::{Dates, Store};
use crate::clock;
use crate::config::TenantSettings;
use crate::problem::Problem;

/// What is kept of a tenant.
pub(super) struct Kept {
    pub(super) tenant: Rc<TenantSettings>,
    pub(super) rules: Rules,
    pub(super) gate: Gate,
    pub(super) places: Places,
    pub(super) cache: Cache,
    /// Uses of the cache, counted on over restarts.
    pub(super) uses: u64,
}

/// What follows a look at the gate.
pub(super) enum Next {
    Answer(Verdict),
    Hold { reason: Reason, until: Timestamp },
    Fetch,
}

impl Next {
    /// Of a caller who has been here for as long as one may: to come back.
    pub(super) fn or_leave(self, now: Timestamp, leave_at: Timestamp) -> Self {
        match self {
            Self::Hold { reason, until } if now >= leave_at => Self::Answer(Verdict::Postponed { reason, until }),
            Self::Fetch if now >= leave_at => {
                let until = now.plus(FETCH_PAUSE);
                Self::Answer(Verdict::Postponed { reason: Reason::Credentials, until })
            }
            Self::Answer(_) | Self::Hold { .. } | Self::Fetch => self,
        }
    }
}

impl Kept {
    /// Hears the news and asks the gate, and whether `more` calls may follow under the same lease. A place in line, and being told to wait, is nothing to save.
    pub(super) fn decide(
        &mut self,
        ask: &Ask,
        more: u32,
        news: &[Report],
        store: &Store,
        now: Timestamp,
    ) -> Result<Next, Problem> {
        let is_news = self.hear(news, store, now)?;
        let base_url = match self.places.base(&self.tenant, now) {
            Base::At(base_url) => base_url,
            Base::Unknown => return Ok(Next::Fetch),
            Base::Wait(until) => {
                if is_news {
                    store.save_gate(&self.gate)?;
                }
                return Ok(match self.gate.put_off(&self.rules, ask, until, now) {
                    Decision::Hold { reason, until } => Next::Hold { reason, until },
                    Decision::Leave { reason, until } => Next::Answer(Verdict::Postponed { reason, until }),
                    // Whoever is put off is neither let go nor sent for a token.
                    Decision::Granted { .. } | Decision::Fetch => Next::Fetch,
                });
            }
        };
        let first = self.gate.leases().next();
        let decision = self.gate.acquire(&self.rules, ask, now);
        if first.is_some() && first != self.gate.leases().next() {
            store.drop_leases_before(self.gate.leases().next())?;
        }
        let is_granted = matches!(decision, Decision::Granted { .. });
        let series = if is_granted { self.gate.series(&self.rules, ask, more, now) } else { None };
        if is_news || is_granted {
            store.save_gate(&self.gate)?;
        }
        Ok(match decision {
            Decision::Granted { lease, token } => {
                store.add_lease(lease)?;
                Next::Answer(Verdict::Granted(Pass { lease, token, base_url, series }))
            }
            Decision::Fetch => Next::Fetch,
            Decision::Hold { reason, until } => Next::Hold { reason, until },
            Decision::Leave { reason, until } => Next::Answer(Verdict::Postponed { reason, until }),
        })
    }

    /// Whether any of it was news, which there is to save.
    pub(super) fn hear(&mut self, reports: &[Report], store: &Store, now: Timestamp) -> Result<bool, Problem> {
        let mut is_news = false;
        for report in reports {
            if self.gate.report(&self.rules, report, now) {
                if !report.keeps {
                    store.drop_lease(report.lease)?;
                }
                is_news = true;
                self.doubt(&report.fate, store, now)?;
            }
        }
        Ok(is_news)
    }

    /// A place that CXone named may have moved when what was there is not, or is another.
    fn doubt(&mut self, fate: &Fate, store: &Store, now: Timestamp) -> Result<(), Problem> {
        let is_lost = match fate {
            Fate::Unused | Fate::Good => false,
            Fate::Failed { kind, .. } => matches!(kind, FailureKind::NotFound | FailureKind::Malformed),
        };
        if is_lost && self.places.doubt(Which::Base, now) { store.save_places(&self.places) } else { Ok(()) }
    }

    pub(super) fn recall(&mut self, lookup: Lookup, store: &Store, now: Timestamp) -> Result<Option<Memory>, Problem> {
        let Some(found) = self.cache.look_up(lookup.key, lookup.ttl, lookup.asking, now) else { return Ok(None) };
        self.uses = self.uses.saturating_add(1);
        store.note_use(lookup.key, self.uses)?;
        let result = store.result(lookup.key)?;
        Ok(result.map(|result| Memory { result, stored_at: found.stored_at, is_fresh: found.is_fresh }))
    }

    pub(super) fn remember(&mut self, found: &Found, store: &Store, now: Timestamp) -> Result<(), Problem> {
        if found.result.as_str().len() > CACHED_RESULT_MAX {
            return Ok(());
        }
        self.uses = self.uses.saturating_add(1);
        let dates = Dates { key: found.key, stored_at: now, fresh_until: now.plus(found.ttl) };
        store.save_result(&dates, self.uses, &found.result)?;
        match self.cache.store(found.key, found.ttl, now) {
            Some(oldest) => store.drop_result(oldest),
            None => Ok(()),
        }
    }

    /// A token that the settings hold takes the place of a fetched one; whether that is news.
    pub(super) fn take_static_token(&mut self) -> bool {
        let token = match self.tenant.profile.token {
            TokenRule::Static => self.tenant.account.static_token.as_ref(),
            TokenRule::ClientCredentials { .. } | TokenRule::AccessKey { .. } => None,
        };
        self.gate.set_static(token, clock::now())
    }
}

/// How long a caller waits who saw fetches end without a token to use.
const FETCH_PAUSE: Span = Span::from_secs(1);
