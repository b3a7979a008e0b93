//! The directory's loop: take in, save, prune, export. Decides nothing about an execution. Nothing awaits between reading the
//! rows and writing them.

use std::cell::Cell;
use std::rc::Rc;

use cxpulse_core::audit::Record;
use cxpulse_core::id::TenantId;
use cxpulse_core::json::Json;
use cxpulse_core::retention::Retention;
use cxpulse_core::time::{Span, Timestamp};
use web_sys::Response;
use worker::Env;
use worker::durable::State;

use super::message::Told;
use super::store::Store;
use super::telemetry::{Counted, Telemetry};
use super::{log, shelf};
use crate::clock;
use crate::config::Settings;
use crate::incoming::Incoming;
use crate::problem::Problem;

/// A tenant's directory in its object.
pub(super) struct Clerk {
    state: State,
    env: Env,
    store: Store,
    telemetry: Telemetry,
    is_prepared: Cell<bool>,
    /// What the alarm is set to, as far as this process knows.
    armed: Cell<Option<Timestamp>>,
}

impl Clerk {
    pub(super) fn new(state: State, env: Env) -> Rc<Self> {
        Rc::new(Self {
            store: Store::new(&state),
            telemetry: Telemetry::new(&state),
            state,
            env,
            is_prepared: Cell::new(false),
            armed: Cell::new(None),
        })
    }

    /// Takes in what an execution tells, as far as it is new, and gives the number of the last record that is here. One
    /// write: what comes twice, or late, changes nothing.
    pub(super) fn take(&self, told: &Told) -> Result<u64, Problem> {
        self.prepare()?;
        let had = self.store.taken(&told.listing.id)?;
        let mut fresh = Vec::new();
        for text in &told.records {
            let record: Record = serde_json::from_str(text.as_str())?;
            if had.is_none_or(|had| record.number > had) {
                fresh.push((record, text));
            }
        }
        let taken = told.last.max(had.unwrap_or_default());
        for (record, text) in &fresh {
            self.store.add_record(record, text)?;
        }
        if had.is_none_or(|had| told.last >= had) {
            self.store.save_listing(&told.listing, taken)?;
        }
        self.consume(&told.listing.tenant, &fresh)?;
        let export_at = self.telemetry.next_wake_at()?;
        let is_sooner = |armed: Timestamp| export_at.is_some_and(|at| at < armed);
        if self.armed.get().is_none_or(is_sooner) {
            self.settle()?;
        }
        Ok(taken)
    }

    /// What else is made of records, each of them once: in the same write that takes them.
    fn consume(&self, tenant: &TenantId, fresh: &[(Record, &Json)]) -> Result<(), Problem> {
        self.store.note_tenant(tenant)?;
        let settings = Settings::of(&self.env)?;
        self.telemetry.take(settings.collector.as_ref(), fresh.iter().map(|(record, _)| record))
    }

    /// The alarm rang: what has been kept for long enough goes, some of it at a time, and spans leave for the collector.
    pub(super) async fn ring(&self) -> Result<(), Problem> {
        self.armed.set(None);
        self.prepare()?;
        let (now, retention) = (clock::now(), self.retention()?);
        self.store.prune_listings(now.minus(retention.executions))?;
        self.store.prune_records(now.minus(retention.audit))?;
        if let Some(tenant) = self.store.tenant()? {
            self.telemetry.export(&Settings::of(&self.env)?, &tenant).await?;
        }
        self.settle()
    }

    /// What was counted.
    pub(super) fn counted(&self) -> Result<Counted, Problem> {
        self.prepare()?;
        self.telemetry.counted()
    }

    /// A page of the list.
    pub(super) fn shelf(&self, incoming: &Incoming) -> Result<Response, Problem> {
        self.prepare()?;
        shelf::answer(&self.store, incoming)
    }

    /// A page of the executions that have dead letters.
    pub(super) fn dead_letters(&self, incoming: &Incoming) -> Result<Response, Problem> {
        self.prepare()?;
        shelf::dead_letters(&self.store, incoming)
    }

    /// A page of the audit log.
    pub(super) fn log(&self, incoming: &Incoming) -> Result<Response, Problem> {
        self.prepare()?;
        log::answer(&self.store, incoming)
    }

    fn prepare(&self) -> Result<(), Problem> {
        if !self.is_prepared.get() {
            self.store.prepare()?;
            self.telemetry.prepare()?;
            self.is_prepared.set(true);
        }
        Ok(())
    }

    /// The object cannot know whose it is, but for what it was told.
    fn retention(&self) -> Result<Retention, Problem> {
        let settings = Settings::of(&self.env)?;
        let tenant = self.store.tenant()?.and_then(|tenant| settings.tenant(&tenant));
        Ok(tenant.map(|tenant| tenant.retention).unwrap_or_default())
    }

    /// Sets the alarm to when spans are to leave, or to when the oldest row is to go, but not for each row: a part of the retention later is soon enough.
    fn settle(&self) -> Result<(), Problem> {
        let (now, retention) = (clock::now(), self.retention()?);
        let oldest_listing = self.store.oldest_listing()?.map(|over_at| over_at.plus(retention.executions));
        let oldest_record = self.store.oldest_record()?.map(|at| at.plus(retention.audit));
        let shortest = retention.executions.min(retention.audit).as_millis();
        let gap = Span::from_millis(shortest / PRUNES_PER_RETENTION).min(PRUNE_GAP_MAX);
        let due_at = oldest_listing.into_iter().chain(oldest_record).min();
        // What is overdue by more than a gap is more than one step takes.
        let gap_at = |due_at: Timestamp| now.plus(if due_at.plus(gap) < now { gap.min(PRUNE_PAUSE) } else { gap });
        let prune_at = due_at.map(|due_at| due_at.max(gap_at(due_at)));
        let at = prune_at.into_iter().chain(self.telemetry.next_wake_at()?).min();
        if at != self.armed.get() {
            clock::arm(&self.state, at)?;
            self.armed.set(at);
        }
        Ok(())
    }
}

/// How much longer than its retention a row may stay: a twelfth of it, at most [`PRUNE_GAP_MAX`].
const PRUNES_PER_RETENTION: u64 = 12;

/// Between two steps, where one does not do.
const PRUNE_PAUSE: Span = Span::from_secs(1);

/// The longest time between two looks at rows that are to go.
const PRUNE_GAP_MAX: Span = Span::from_secs(60);
