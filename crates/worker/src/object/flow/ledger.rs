//! What is written down of a flow itself: journal, audit log, notifications owed. Never decides what a record says, nor what is
//! notified: the core does. What becomes of its executions stands in their own.

use std::rc::Rc;

use cxpulse_core::audit::{Record, Who};
use cxpulse_core::dispatch::Urgency;
use cxpulse_core::outbox::{Admission, Change, Letter, LetterState, Topic};
use cxpulse_core::time::Timestamp;

use super::Conductor;
use super::store::Kept;
use super::work::{About, Face, Seen, Turned, Work};
use crate::clock;
use crate::object::execution::{Notice, Tale};
use crate::problem::Problem;

impl Conductor {
    /// Saves what a turn changed, and what there is to tell of it: one write, with that of the execution that led to it.
    pub(super) fn write(&self, kept: &mut Kept, turned: &mut Turned, now: Timestamp) -> Result<(), Problem> {
        if let Some(entry) = turned.entry.take() {
            let number = kept.own.entries.saturating_add(1);
            self.store.book.append(number, &entry)?;
            kept.own.entries = number;
        }
        if let Some(record) = turned.ended.take() {
            kept.dispatch.wrote(record.number, Urgency::Now, now);
            self.store.book.log(&[record], &kept.dispatch)?;
        }
        for (topic, node) in &turned.notices {
            self.owe(kept, *topic, *node, now)?;
        }
        self.store.save(kept, &turned.items)
    }

    /// Writes down that somebody used the flow, or was not allowed to, while there is room for it.
    pub(super) fn note(self: &Rc<Self>, who: &Who, verb: &str, refusal: Option<&str>) -> Result<(), Problem> {
        let who = who.clone();
        self.put_down(|face, number, now| face.access(number, now, who, verb, refusal))?;
        self.settle()
    }

    /// Writes down who has so many nodes run again.
    pub(super) fn note_redrive(&self, who: &Who, nodes: usize) -> Result<(), Problem> {
        let (who, nodes) = (who.clone(), u32::try_from(nodes).unwrap_or(u32::MAX));
        self.put_down(|face, number, now| {
            let generation = face.standing().generation().saturating_add(1);
            face.redriven(number, now, who, generation, nodes)
        })
    }

    fn put_down(&self, record: impl FnOnce(&dyn Face, u64, Timestamp) -> Record) -> Result<(), Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut() else { return Ok(()) };
        let now = clock::now();
        let number = kept.dispatch.last().saturating_add(1);
        let record = record(kept.work.face(), number, now);
        let before = kept.own.bound;
        if !kept.own.bound.takes_record(&record) {
            return Ok(());
        }
        kept.dispatch.wrote(number, Urgency::Later, now);
        self.store.book.log(&[record], &kept.dispatch)?;
        if kept.own.bound == before { Ok(()) } else { self.store.save(kept, &[]) }
    }

    fn owe(&self, kept: &mut Kept, topic: Topic, node: Option<u32>, now: Timestamp) -> Result<(), Problem> {
        let number = kept.own.notices.saturating_add(1);
        let Admission::Taken { dropped } = kept.own.outbox.owe(number, now) else { return Ok(()) };
        kept.own.notices = number;
        let body = self.rendered(kept, topic, node, now)?;
        self.store.book.owe(&Notice { letter: Letter::new(number, topic, now), body })?;
        let dropped: Vec<_> =
            dropped.into_iter().map(|number| Change { number, state: LetterState::Dropped }).collect();
        let letters = self.store.book.change_letters(&dropped)?;
        self.log_letters(kept, &letters, Tale::Crowded, now)
    }

    /// The body of a notification, of a node with what it came to.
    fn rendered(&self, kept: &Kept, topic: Topic, node: Option<u32>, now: Timestamp) -> Result<String, Problem> {
        let (Work::Chain(work), Some(index)) = (&kept.work, node) else {
            let bottlenecks = self.bottlenecks(kept);
            return kept.work.face().notification(&About { topic, node: None, bottlenecks }, &kept.base, now);
        };
        let fallback = self.fallback(work, index)?;
        self.with_answer(work, index, |execution| {
            let node = Some(Seen { index, execution, fallback: fallback.as_ref() });
            work.notification(&About { topic, node, bottlenecks: None }, &kept.base, now)
        })?
    }
}
