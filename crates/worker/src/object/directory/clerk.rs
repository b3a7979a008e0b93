//! The directory's loop: take in, save, prune, export. Decides nothing about an execution. Nothing awaits between reading the
//! rows and writing them.

use std::cell::Cell;
use std::rc::Rc;

use cxpulse_core::audit::Record;
use cxpulse_core::dispatch::Intake;
use cxpulse_core::retention::{LOOK_GAP, Retention};
use cxpulse_core::time::{Span, Timestamp};
use web_sys::Response;
use worker::Env;
use worker::durable::State;

use super::message::{Told, Used};
use super::store::Store;
use super::telemetry::{Counted, Telemetry};
use super::{batches, log, shelf};
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
    /// write: what comes twice, or late, changes nothing. That it is had is saved last, so what breaks off comes again.
    pub(super) fn take(&self, told: &Told) -> Result<u64, Problem> {
        self.prepare()?;
        let settings = Settings::of(&self.env)?;
        let Told { listing, over_at, last, records } = told;
        let had = match Intake::of(self.store.taken(listing)?, listing.created_at()) {
            Intake::Nothing => return Ok(*last),
            Intake::After(number) => number,
            Intake::All { replaces } => {
                if replaces {
                    self.store.drop_listing(listing)?;
                }
                0
            }
        };
        let mut fresh = Vec::new();
        for text in records {
            let record: Record = serde_json::from_str(text.as_str())?;
            if record.number > had {
                fresh.push((record, text));
            }
        }
        // What else is made of records, each of them once: in the same write that takes them.
        self.telemetry.take(settings.collector.as_ref(), fresh.iter().map(|(record, _)| record))?;
        self.store.note_tenant(listing.tenant())?;
        for (record, text) in &fresh {
            self.store.add_record(record, text.as_str())?;
        }
        if *last >= had {
            self.store.save(listing, *over_at, *last)?;
        }
        let prune_at = settings.retention_of(listing.tenant()).delete_at(*over_at);
        let due_at = self.telemetry.next_wake_at()?.map_or(prune_at, |export_at| export_at.min(prune_at));
        if self.armed.get().is_none_or(|armed| due_at < armed) {
            self.settle(&settings)?;
        }
        Ok(had.max(*last))
    }

    /// Writes down that somebody used something of the tenant's that is no execution.
    pub(super) fn note(&self, used: Used) -> Result<(), Problem> {
        self.prepare()?;
        let Used { tenant, who, verb, token, trace } = used;
        let number = self.store.next_number()?;
        let record = Record { token, ..Record::of_tenant(&tenant, &trace, number, clock::now(), who, &verb) };
        self.store.add_record(&record, &serde_json::to_string(&record)?)?;
        self.store.note_tenant(&tenant)?;
        if self.armed.get().is_none() {
            self.settle(&*Settings::of(&self.env)?)?;
        }
        Ok(())
    }

    /// The alarm rang: what has been kept for long enough goes, some of it at a time, and spans leave for the collector.
    pub(super) async fn ring(&self) -> Result<(), Problem> {
        self.armed.set(None);
        self.prepare()?;
        let settings = match Settings::of(&self.env) {
            Ok(settings) => settings,
            // Nobody can say what is to go; the runtime's own tries would be over long before somebody mends it.
            Err(problem) => {
                problem.log();
                return self.arm(Some(clock::now().plus(FAULT_PAUSE)));
            }
        };
        let (now, retention) = (clock::now(), self.retention(&settings)?);
        self.store.prune_listings(now.minus(retention.executions))?;
        self.store.prune_records(now.minus(retention.audit))?;
        if let Some(tenant) = self.store.tenant()? {
            // Whatever is wrong with spans, rows are to go in time, and the spans leave at the next ring.
            let exported = self.telemetry.export(&settings, &tenant).await;
            exported.unwrap_or_else(|problem| problem.log());
        }
        self.settle(&settings)
    }

    /// What was counted.
    pub(super) fn counted(&self) -> Result<Counted, Problem> {
        self.prepare()?;
        self.telemetry.counted(self.store.active()?)
    }

    /// A page of the list.
    pub(super) fn shelf(&self, incoming: &Incoming) -> Result<Response, Problem> {
        self.heal()?;
        shelf::answer(&self.store, incoming)
    }

    /// A page of the list of batches.
    pub(super) fn batches(&self, incoming: &Incoming) -> Result<Response, Problem> {
        self.heal()?;
        batches::answer(&self.store, incoming)
    }

    /// A page of the executions that have dead letters.
    pub(super) fn dead_letters(&self, incoming: &Incoming) -> Result<Response, Problem> {
        self.heal()?;
        shelf::dead_letters(&self.store, incoming)
    }

    /// A page of the audit log.
    pub(super) fn log(&self, incoming: &Incoming) -> Result<Response, Problem> {
        self.heal()?;
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

    /// Makes sure of the alarm, should it have been lost: readers come by here.
    fn heal(&self) -> Result<(), Problem> {
        self.prepare()?;
        if self.armed.get().is_none() {
            self.settle(&*Settings::of(&self.env)?)?;
        }
        Ok(())
    }

    /// The object cannot know whose it is, but for what it was told.
    fn retention(&self, settings: &Settings) -> Result<Retention, Problem> {
        let tenant = self.store.tenant()?;
        Ok(tenant.map_or(settings.retention, |tenant| settings.retention_of(&tenant)))
    }

    /// Sets the alarm to when spans are to leave, or to when the oldest row is to go, but not for each row: a part of the retention later is soon enough.
    fn settle(&self, settings: &Settings) -> Result<(), Problem> {
        let (now, retention) = (clock::now(), self.retention(settings)?);
        let oldest_listing = self.store.oldest_listing()?.map(|over_at| over_at.plus(retention.executions));
        let oldest_record = self.store.oldest_record()?.map(|at| at.plus(retention.audit));
        let shortest = retention.executions.min(retention.audit).as_millis();
        let gap = Span::from_millis(shortest / PRUNES_PER_RETENTION).min(PRUNE_GAP_MAX);
        let due_at = oldest_listing.into_iter().chain(oldest_record).min();
        // What is overdue by more than a gap is more than one step takes.
        let gap_at = |due_at: Timestamp| now.plus(if due_at.plus(gap) < now { gap.min(PRUNE_PAUSE) } else { gap });
        // The retention may be made shorter meanwhile.
        let prune_at = due_at.map(|due_at| due_at.max(gap_at(due_at)).min(now.plus(LOOK_GAP)));
        self.arm(prune_at.into_iter().chain(self.telemetry.next_wake_at()?).min())
    }

    fn arm(&self, at: Option<Timestamp>) -> Result<(), Problem> {
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

/// Until another look at settings that could not be read.
const FAULT_PAUSE: Span = Span::from_secs(60);

/// The longest time between two looks at rows that are to go.
const PRUNE_GAP_MAX: Span = Span::from_secs(60);
