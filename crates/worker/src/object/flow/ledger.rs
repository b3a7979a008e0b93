//! What is written down of a flow itself: journal, audit log, notifications owed. Never decides what a record says, nor what is
//! notified: the core does. What becomes of its executions stands in their own.

use cxpulse_core::audit::{Record, Who};
use cxpulse_core::batch::{BatchEntry, BatchOrder, Effect, Event, Turn};
use cxpulse_core::dispatch::Urgency;
use cxpulse_core::outbox::{Admission, Change, Letter, LetterState, Topic};
use cxpulse_core::time::{Rfc3339, Timestamp};
use cxpulse_core::wire::batch::BatchSnapshot;
use serde::Serialize;
use std::rc::Rc;

use super::Conductor;
use super::store::Kept;
use crate::clock;
use crate::object::execution::{Notice, Tale};
use crate::problem::Problem;

/// The body of a notification, as Standard Webhooks recommends it.
#[derive(Serialize)]
struct Notification {
    #[serde(rename = "type")]
    kind: String,
    timestamp: Rfc3339,
    data: BatchSnapshot,
}

impl Conductor {
    /// Saves what a turn changed, and what there is to tell of it: one write, with that of the execution that led to it.
    pub(super) fn write(&self, kept: &mut Kept, event: Event, turn: &Turn, now: Timestamp) -> Result<(), Problem> {
        let number = kept.own.entries.saturating_add(1);
        if let Some(entry) = BatchEntry::of(number, now.into(), event, turn, &kept.batch) {
            self.store.book.append(number, &entry)?;
            kept.own.entries = number;
        }
        let last = kept.dispatch.last().saturating_add(1);
        if let Some(record) = Record::batch_ended(&kept.order, &kept.batch, turn, last) {
            kept.dispatch.wrote(last, Urgency::Now, now);
            self.store.book.log(&[record], &kept.dispatch)?;
        }
        for effect in &turn.effects {
            if let Effect::Notify { topic } = effect {
                self.owe(kept, *topic, now)?;
            }
        }
        self.store.save(kept, &turn.items)
    }

    /// Writes down that somebody used the flow, or was not allowed to, while there is room for it.
    pub(super) fn note(self: &Rc<Self>, who: &Who, verb: &str, refusal: Option<&str>) -> Result<(), Problem> {
        let who = who.clone();
        self.put_down(|order, number, now| Record::batch_access(order, number, now, who, verb, refusal))?;
        self.settle()
    }

    /// Writes down who has so many items run again.
    pub(super) fn note_redrive(&self, who: &Who, items: usize) -> Result<(), Problem> {
        let (who, items) = (who.clone(), u32::try_from(items).unwrap_or(u32::MAX));
        let generation = self.kept.borrow().as_ref().map_or(0, |kept| kept.batch.standing().generation());
        let generation = generation.saturating_add(1);
        self.put_down(|order, number, now| Record::batch_redriven(order, number, now, who, generation, items))
    }

    fn put_down(&self, record: impl FnOnce(&BatchOrder, u64, Timestamp) -> Record) -> Result<(), Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut() else { return Ok(()) };
        let now = clock::now();
        let number = kept.dispatch.last().saturating_add(1);
        let record = record(&kept.order, number, now);
        let before = kept.own.bound;
        if !kept.own.bound.takes_record(&record) {
            return Ok(());
        }
        kept.dispatch.wrote(number, Urgency::Later, now);
        self.store.book.log(&[record], &kept.dispatch)?;
        if kept.own.bound == before { Ok(()) } else { self.store.save(kept, &[]) }
    }

    fn owe(&self, kept: &mut Kept, topic: Topic, now: Timestamp) -> Result<(), Problem> {
        let number = kept.own.notices.saturating_add(1);
        let Admission::Taken { dropped } = kept.own.outbox.owe(number, now) else { return Ok(()) };
        kept.own.notices = number;
        let data = BatchSnapshot::of(&kept.order, &kept.batch, [], &kept.base);
        let notification = Notification { kind: format!("batch.{}", topic.name()), timestamp: now.into(), data };
        let body = serde_json::to_string(&notification)?;
        self.store.book.owe(&Notice { letter: Letter::new(number, topic, now), body })?;
        let dropped: Vec<_> =
            dropped.into_iter().map(|number| Change { number, state: LetterState::Dropped }).collect();
        let letters = self.store.book.change_letters(&dropped)?;
        self.log_letters(kept, &letters, Tale::Crowded, now)
    }
}
