//! The loop around a tenant's gate and cache: load, decide, save, answer. Decides nothing: the core does. Nothing awaits
//! between reading the state and issuing its write.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use cxpulse_core::cache::{Cache, Memory};
use cxpulse_core::credential::identity;
use cxpulse_core::execution::Reason;
use cxpulse_core::gate::{Ask, Gate, Report, Rules};
use cxpulse_core::id::TenantId;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::trace::TraceContext;
use tokio::sync::Notify;
use worker::Env;
use worker::durable::State;

use super::kept::{Kept, Next};
use super::message::{Acquire, AcquireAll, Answered, CacheCounts, Lookup, Petition, Standing, Told, Verdict};
use super::places::Places;
use super::store::Store;
use crate::clock;
use crate::config::{Settings, TenantSettings};
use crate::feed::happens_within;
use crate::http::Connections;
use crate::problem::Problem;

/// One tenant in its object.
pub(super) struct Keeper {
    pub(super) state: State,
    pub(super) env: Env,
    store: Store,
    /// What storage has, once read, with the line, which it has not.
    kept: RefCell<Option<Kept>>,
    /// Told when a call was reported on: somebody who is held may go.
    reported: Notify,
    /// Callers that are held.
    held: Cell<usize>,
    /// Until when a fetch of a token counts as under way.
    pub(super) renewing_until: Cell<Option<Timestamp>>,
    /// Told when a fetch has ended.
    pub(super) renewed: Notify,
    pub(super) connections: Connections,
}

/// One of several callers.
struct Asking<'a> {
    petition: &'a Petition,
    /// An old result, for whoever may need one.
    memory: Option<Memory>,
    answer: Option<Answered>,
}

/// What stands in the way of all of several callers.
enum Obstacle<'a> {
    /// Nothing.
    None,
    /// Their turns have not come: of the first of them.
    Held(Reason, Timestamp),
    /// There is no token; the span of one that needs it.
    Token(Option<&'a TraceContext>),
}

impl Obstacle<'_> {
    /// With one more who is held. A token comes first: it is fetched for all.
    fn or_hold(self, reason: Reason, until: Timestamp) -> Self {
        match self {
            Self::Token(_) => self,
            Self::Held(_, earlier) if earlier <= until => self,
            Self::None | Self::Held(..) => Self::Held(reason, until),
        }
    }
}

impl Keeper {
    pub(super) fn new(state: State, env: Env) -> Rc<Self> {
        Rc::new(Self {
            store: Store::new(&state),
            state,
            env,
            kept: RefCell::new(None),
            reported: Notify::new(),
            held: Cell::new(0),
            renewing_until: Cell::new(None),
            renewed: Notify::new(),
            connections: Connections::default(),
        })
    }

    /// Whether a call may go. Whoever is nearly there is held, for [`STAY_MAX`] at most.
    pub(super) async fn acquire(self: &Rc<Self>, message: &Acquire) -> Result<Answered, Problem> {
        let Acquire { tenant, ask, reports, lookup, span } = message;
        let memory = match lookup {
            Some(lookup) => self.recall(tenant, *lookup)?,
            None => None,
        };
        if memory.as_ref().is_some_and(|memory| memory.is_fresh) {
            self.hear(tenant, reports)?;
            return Ok(Answered { memory, verdict: None });
        }
        let verdict = self.pass(tenant, ask, reports, span.as_ref()).await?;
        Ok(Answered { memory, verdict: Some(verdict) })
    }

    /// Whether each of several calls may go: answers as soon as any of them is decided. Those that are not come again.
    pub(super) async fn acquire_all(
        self: &Rc<Self>,
        message: &AcquireAll<Petition>,
    ) -> Result<Vec<Option<Answered>>, Problem> {
        let AcquireAll { tenant, petitions, reports } = message;
        self.hear(tenant, reports)?;
        let mut asking = petitions.iter().map(|of| self.begin(tenant, of)).collect::<Result<Vec<_>, _>>()?;
        let leave_at = clock::now().plus(STAY_MAX);
        loop {
            let now = clock::now();
            let obstacle = self.decide_all(tenant, &mut asking, now, leave_at)?;
            let is_any = asking.iter().any(|one| one.answer.is_some());
            match obstacle {
                Obstacle::Token(span) if !is_any => self.renew(tenant, span).await,
                Obstacle::Held(reason, until) if !is_any => self.hold(reason, until.since(now)).await,
                Obstacle::None | Obstacle::Token(_) | Obstacle::Held(..) => break,
            }
        }
        Ok(asking.into_iter().map(|one| one.answer).collect())
    }

    /// Looks first whether a result would do.
    fn begin<'a>(&self, tenant: &TenantId, petition: &'a Petition) -> Result<Asking<'a>, Problem> {
        let memory = petition.lookup.map(|lookup| self.recall(tenant, lookup)).transpose()?.flatten();
        Ok(match memory {
            Some(memory) if memory.is_fresh => {
                let answer = Some(Answered { memory: Some(memory), verdict: None });
                Asking { petition, memory: None, answer }
            }
            memory => Asking { petition, memory, answer: None },
        })
    }

    /// Decides what can be decided now; gives what stands in the way of the rest.
    fn decide_all<'a>(
        &self,
        tenant: &TenantId,
        asking: &mut [Asking<'a>],
        now: Timestamp,
        leave_at: Timestamp,
    ) -> Result<Obstacle<'a>, Problem> {
        let mut obstacle = Obstacle::None;
        for one in asking.iter_mut().filter(|one| one.answer.is_none()) {
            let next =
                self.with(tenant, |kept, store| kept.decide(&one.petition.ask, one.petition.more, &[], store, now))?;
            match next.or_leave(now, leave_at) {
                Next::Answer(verdict) => {
                    one.answer = Some(Answered { memory: one.memory.take(), verdict: Some(verdict) });
                }
                Next::Hold { reason, until } => obstacle = obstacle.or_hold(reason, until),
                Next::Fetch => obstacle = Obstacle::Token(one.petition.span.as_ref()),
            }
        }
        Ok(obstacle)
    }

    /// What has happened elsewhere.
    pub(super) fn take(&self, told: &Told) -> Result<(), Problem> {
        self.hear(&told.tenant, &told.reports)?;
        self.with(&told.tenant, |kept, store| {
            told.results.iter().try_for_each(|found| kept.remember(found, store, clock::now()))
        })
    }

    /// How it stands, as JSON.
    pub(super) fn standing(&self, tenant: &TenantId) -> Result<String, Problem> {
        self.with(tenant, |kept, _| {
            let (hits, misses) = kept.cache.hits_and_misses();
            let standing = Standing {
                tenant,
                profile: &kept.tenant.profile.name,
                gate: kept.gate.view(&kept.rules, clock::now()),
                held: self.held.get(),
                cache: CacheCounts { entries: kept.cache.len(), hits, misses },
            };
            Ok(serde_json::to_string(&standing)?)
        })
    }

    /// An operator has mended something: what was learned of CXone is forgotten. What is in flight stays.
    pub(super) fn reset(&self, tenant: &TenantId) -> Result<(), Problem> {
        self.with(tenant, |kept, store| {
            kept.gate.reset(&kept.rules);
            kept.take_static_token();
            kept.places = Places::default();
            store.save_places(&kept.places)?;
            store.save_gate(&kept.gate)
        })?;
        self.reported.notify_waiters();
        Ok(())
    }

    /// Reads, changes and saves, in one turn. What could not be saved is forgotten, and read again.
    pub(super) fn with<T>(
        &self,
        tenant: &TenantId,
        work: impl FnOnce(&mut Kept, &Store) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut slot = self.kept.borrow_mut();
        let mut kept = match slot.take() {
            Some(kept) => kept,
            None => self.load(tenant)?,
        };
        let done = work(&mut kept, &self.store)?;
        *slot = Some(kept);
        Ok(done)
    }

    fn load(&self, tenant: &TenantId) -> Result<Kept, Problem> {
        let tenant = Settings::of(&self.env)?.tenant(tenant).ok_or(Problem::NotFound)?;
        let rules = Rules::from(&*tenant.profile);
        self.store.prepare()?;
        let mut gate = self.store.gate()?.unwrap_or_else(|| Gate::new(&rules));
        gate.restore(self.store.leases()?);
        self.forget_another(&tenant, &mut gate, &rules)?;
        let (results, uses) = self.store.results()?;
        let mut cache = Cache::default();
        for dates in results {
            if let Some(oldest) = cache.restore(dates.key, dates.stored_at, dates.fresh_until) {
                self.store.drop_result(oldest)?;
            }
        }
        let places = self.store.places()?.unwrap_or_default();
        let mut kept = Kept { tenant, rules, gate, places, cache, uses };
        if kept.take_static_token() {
            self.store.save_gate(&kept.gate)?;
        }
        Ok(kept)
    }

    /// What was learned with another account, or of another CXone, is not true of this one: not even its token.
    fn forget_another(&self, tenant: &TenantSettings, gate: &mut Gate, rules: &Rules) -> Result<(), Problem> {
        let account = identity(&tenant.profile, &tenant.site, &tenant.account);
        let account = account.map_err(|error| Problem::Fault(error.to_string()))?;
        if self.store.account()?.as_ref() == Some(&account) {
            return Ok(());
        }
        gate.reset(rules);
        self.store.save_gate(gate)?;
        self.store.change_account(&account)
    }

    async fn pass(
        self: &Rc<Self>,
        tenant: &TenantId,
        ask: &Ask,
        reports: &[Report],
        span: Option<&TraceContext>,
    ) -> Result<Verdict, Problem> {
        let leave_at = clock::now().plus(STAY_MAX);
        let mut news = reports;
        loop {
            let now = clock::now();
            let next = self.with(tenant, |kept, store| kept.decide(ask, 0, std::mem::take(&mut news), store, now))?;
            match next.or_leave(now, leave_at) {
                Next::Answer(verdict) => return Ok(verdict),
                Next::Hold { reason, until } => self.hold(reason, until.since(now)).await,
                Next::Fetch => self.renew(tenant, span).await,
            }
        }
    }

    /// Waits until the caller may go, or somebody else's report changes when that is.
    async fn hold(&self, reason: Reason, span: Span) {
        let _held = Held::count(&self.held);
        match reason {
            Reason::Permit | Reason::BreakerOpen => {
                happens_within(self.reported.notified(), span).await;
            }
            // No report makes it sooner.
            Reason::RateLimited
            | Reason::Credentials
            | Reason::Backoff
            | Reason::Predicted
            | Reason::Retry
            | Reason::LookUp
            | Reason::Callback => clock::pause(span).await,
        }
    }

    fn hear(&self, tenant: &TenantId, reports: &[Report]) -> Result<(), Problem> {
        if reports.is_empty() {
            return Ok(());
        }
        self.with(tenant, |kept, store| {
            let is_news = kept.hear(reports, store, clock::now())?;
            if is_news { store.save_gate(&kept.gate) } else { Ok(()) }
        })?;
        self.reported.notify_waiters();
        Ok(())
    }

    fn recall(&self, tenant: &TenantId, lookup: Lookup) -> Result<Option<Memory>, Problem> {
        self.with(tenant, |kept, store| kept.recall(lookup, store, clock::now()))
    }
}

/// Counts one who is held, for as long as it is.
struct Held<'a>(&'a Cell<usize>);

impl<'a> Held<'a> {
    fn count(held: &'a Cell<usize>) -> Self {
        held.set(held.get().saturating_add(1));
        Self(held)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

/// How long a caller stays in the object at most, a fetch that it waits for not counted.
const STAY_MAX: Span = Span::from_secs(5);
