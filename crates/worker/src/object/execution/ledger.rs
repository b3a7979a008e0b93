//! What is written into the audit log of an execution, and told to its tenant's directory. Never decides what a record
//! says, nor when it is told: the core's `audit` and `dispatch` do.

use std::rc::Rc;

use cxpulse_core::audit::{Record, Who, records_of};
use cxpulse_core::dispatch::{MESSAGE_RECORDS_MAX, Urgency};
use cxpulse_core::execution::{Order, Step};
use cxpulse_core::journal::Entry;
use cxpulse_core::json::Json;
use cxpulse_core::listing::Listing;
use cxpulse_core::retention::over_at;
use cxpulse_core::time::Timestamp;

use super::life::Life;
use super::store::{Kept, Logged, Standing};
use crate::clock;
use crate::object::directory::{self, Listed, Told};
use crate::problem::Problem;

/// The records of a step, and the dispatch with them.
pub(super) fn logged(kept: &Kept, entry: Option<&Entry>, step: &Step, who: &Who, now: Timestamp) -> Logged {
    let mut dispatch = kept.dispatch.clone();
    let before = &kept.standing.execution;
    let records = match entry {
        Some(entry) => records_of(&kept.order, entry, Some(before), &step.next, who, dispatch.last()),
        None => Vec::new(),
    };
    dispatch.wrote(last_of(&records), Urgency::of(Some(before), &step.next), now);
    Logged { records, dispatch }
}

/// The number of the last record; 0 of none.
pub(super) fn last_of(records: &[Record]) -> u64 {
    records.last().map_or(0, |record| record.number)
}

/// Whether a message had room for no more.
fn is_full(told: &Told) -> bool {
    u64::try_from(told.records.len()).is_ok_and(|count| count >= MESSAGE_RECORDS_MAX)
}

impl Life {
    /// Writes a record of something that is no step of the execution, while there is room for it: `record` makes it of the
    /// order, its number and now.
    pub(super) fn note(self: &Rc<Self>, record: impl FnOnce(&Order, u64, Timestamp) -> Record) -> Result<(), Problem> {
        {
            let mut slot = self.kept.borrow_mut();
            let Some(kept) = slot.as_mut() else { return Ok(()) };
            let (now, mut dispatch) = (clock::now(), kept.dispatch.clone());
            let number = dispatch.last().saturating_add(1);
            let record = record(&kept.order, number, now);
            let mut bound = kept.standing.bound;
            if !bound.takes_record(&record) {
                return Ok(());
            }
            dispatch.wrote(number, Urgency::Later, now);
            if bound == kept.standing.bound {
                self.store.log(&[record], &dispatch)?;
            } else {
                let next = Standing { bound, ..kept.standing.clone() };
                self.store.save(
                    &next,
                    None,
                    Some(&Logged { records: vec![record], dispatch: dispatch.clone() }),
                    &[],
                )?;
                kept.standing = next;
            }
            kept.dispatch = dispatch;
        }
        self.settle()
    }

    /// Tells the tenant's directory what is due, in the background.
    pub(super) fn dispatch(self: &Rc<Self>) -> Result<(), Problem> {
        let Some(told) = self.to_tell()? else { return Ok(()) };
        let life = Rc::clone(self);
        self.host.spawn(async move {
            let heard = directory::tell(&life.host.env, &told).await;
            if let Err(problem) = life.has_told(&told, heard) {
                life.report(&problem);
            }
        });
        Ok(())
    }

    /// When it has news for the directory; `None` where it has none.
    pub(in crate::object) fn news_at(&self) -> Option<Timestamp> {
        self.kept.borrow().as_ref().and_then(|kept| kept.dispatch.next_wake_at())
    }

    /// What is due, marked as under way; `None` where nothing is.
    pub(in crate::object) fn to_tell(&self) -> Result<Option<Told>, Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut() else { return Ok(None) };
        let Some(after) = kept.dispatch.take_due(clock::now()) else { return Ok(None) };
        let texts = self.store.records(after, MESSAGE_RECORDS_MAX)?;
        let last = after.saturating_add(u64::try_from(texts.len()).unwrap_or(u64::MAX));
        let records = texts.iter().map(|text| Json::parse(text)).collect::<Result<_, _>>();
        let records = records.map_err(|error| Problem::Fault(error.to_string()))?;
        let Standing { execution, outbox, .. } = &kept.standing;
        let dead = u64::try_from(outbox.dead().len()).unwrap_or(u64::MAX);
        let listing = Listing::of(&kept.order, execution, dead, &kept.base);
        let over_at = over_at(execution.ending().map(|(_, at)| at), outbox.changed_at(), outbox.owed() > 0);
        Ok(Some(Told { over_at: listing.over_at(over_at), listing: Listed::Execution(listing), last, records }))
    }

    /// What became of a message.
    pub(in crate::object) fn has_told(
        self: &Rc<Self>,
        told: &Told,
        heard: Result<u64, Problem>,
    ) -> Result<(), Problem> {
        {
            let mut slot = self.kept.borrow_mut();
            let Some(kept) = slot.as_mut() else { return Ok(()) };
            let (now, mut dispatch) = (clock::now(), kept.dispatch.clone());
            match heard {
                Ok(taken) => {
                    self.store.told(taken);
                    dispatch.arrived(taken, is_full(told), now);
                }
                Err(problem) => {
                    problem.log();
                    dispatch.failed(kept.order.seed, now);
                }
            }
            self.store.log(&[], &dispatch)?;
            kept.dispatch = dispatch;
        }
        self.settle()
    }
}
