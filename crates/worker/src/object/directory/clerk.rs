//! The directory's loop: take in, save, prune, export. Decides nothing about an execution. Nothing awaits between reading the
//! rows and writing them.

use std::cell::Cell;
use std::rc::Rc;

use cxpulse_core::audit::Record;
use cxpulse_core::dispatch::{Intake, Taken};
use cxpulse_core::json::Json;
use cxpulse_core::retention::{LOOK_GAP, Retention};
use cxpulse_core::time::{Span, Timestamp};
use web_sys::Response;
use worker::Env;
use worker::durable::State;

use super::message::{Told, Used};
use super::store::Store;
use super::telemetry::{Counted, Telemetry};
use super::{flows, log, shelf};
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

/// What is new of what was told.
struct News<'a> {
    told: &'a Told,
    /// The number of the last record that was here; `None` where another has its place, and nothing of it is news.
    had: Option<u64>,
    /// It is of another than what is here under its id.
    replaces: bool,
    /// Records that were not here, each with its JSON.
    fresh: Vec<(Record, &'a Json)>,
}

impl<'a> News<'a> {
    fn of(told: &'a Told, taken: Option<Taken>) -> Result<Self, Problem> {
        let (had, replaces) = match Intake::of(taken, told.listing.created_at()) {
            Intake::Nothing => return Ok(Self { told, had: None, replaces: false, fresh: Vec::new() }),
            Intake::After(number) => (number, false),
            Intake::All { replaces } => (0, replaces),
        };
        let mut fresh = Vec::new();
        for text in &told.records {
            let record: Record = serde_json::from_str(text.as_str())?;
            if record.number > had {
                fresh.push((record, text));
            }
        }
        Ok(Self { told, had: Some(had), replaces, fresh })
    }

    /// Whether it is not older than what is here.
    fn is_latest(&self) -> bool {
        self.had.is_some_and(|had| self.told.last >= had)
    }
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

    /// Takes in what the tenant's executions, batches and chains tell, each once in a message, as far as it is new; gives for each the
    /// number of the last record that is here. One write: what comes twice, or late, changes nothing. That it is had is saved
    /// last, so what breaks off comes again.
    pub(super) fn take(&self, told: &[Told]) -> Result<Vec<u64>, Problem> {
        let Some(tenant) = told.first().map(|first| first.listing.tenant()) else { return Ok(Vec::new()) };
        self.prepare()?;
        let settings = Settings::of(&self.env)?;
        let taken = self.store.taken(told)?;
        let news = told.iter().map(|told| News::of(told, taken.get(told.listing.id()).copied()));
        let news = news.collect::<Result<Vec<_>, _>>()?;
        // What else is made of records, each of them once: in the same write that takes them.
        let records = || news.iter().flat_map(|news| &news.fresh);
        self.telemetry.take(settings.collector.as_ref(), records().map(|(record, _)| record))?;
        self.store.note_tenant(tenant)?;
        for replaced in news.iter().filter(|news| news.replaces) {
            self.store.drop_listing(&replaced.told.listing)?;
        }
        self.store.add_records(records().map(|(record, text)| (record, text.as_str())))?;
        self.store.save(news.iter().filter(|news| news.is_latest()).map(|news| news.told))?;
        let retention = settings.retention_of(tenant);
        let prune_at = told.iter().map(|told| retention.delete_at(told.over_at)).min();
        let due_at = prune_at.into_iter().chain(self.telemetry.next_wake_at()?).min();
        if self.armed.get().is_none_or(|armed| due_at.is_some_and(|due_at| due_at < armed)) {
            self.settle(&settings)?;
        }
        Ok(news.iter().map(|news| news.had.unwrap_or_default().max(news.told.last)).collect())
    }

    /// Writes down that somebody used something of the tenant's that is no execution.
    pub(super) fn note(&self, used: Used) -> Result<(), Problem> {
        self.prepare()?;
        let Used { tenant, who, verb, token, trace } = used;
        let number = self.store.next_number()?;
        let record = Record { token, ..Record::of_tenant(&tenant, &trace, number, clock::now(), who, &verb) };
        self.store.add_records([(&record, serde_json::to_string(&record)?.as_str())].into_iter())?;
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
        flows::batches(&self.store, incoming)
    }

    /// A page of the list of chains.
    pub(super) fn chains(&self, incoming: &Incoming) -> Result<Response, Problem> {
        self.heal()?;
        flows::chains(&self.store, incoming)
    }

    /// A page of the list of histories.
    pub(super) fn histories(&self, incoming: &Incoming) -> Result<Response, Problem> {
        self.heal()?;
        flows::histories(&self.store, incoming)
    }

    /// A page of what has dead letters.
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
