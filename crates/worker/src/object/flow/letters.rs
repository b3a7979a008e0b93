//! What an operator sees of a flow's notifications, and what they say should be sent again; and what became of them, for the
//! audit log. Never sends one.

use std::rc::Rc;

use cxpulse_core::audit::Record;
use cxpulse_core::dispatch::Urgency;
use cxpulse_core::outbox::{Change, Letter, LetterState};
use cxpulse_core::time::Timestamp;
use web_sys::Response;

use super::Conductor;
use super::store::Kept;
use crate::clock;
use crate::incoming::Incoming;
use crate::object::execution::{Redrive, Redriven, Tale, letters_page};
use crate::problem::Problem;
use crate::reply;

/// `GET …/notifications?state=&after=&limit=`: an operator looks.
pub(super) fn show(conductor: &Conductor, incoming: &Incoming) -> Result<Response, Problem> {
    let kept = conductor.kept.borrow();
    let kept = kept.as_ref().ok_or(Problem::NotFound)?;
    let id = kept.work.face().id();
    let address = format!("{}/v1/{}/{id}/notifications", kept.base, kept.work.collection());
    letters_page(incoming, &conductor.store.book, &kept.own.outbox, id, &address)
}

/// `POST …/notifications/redrive`: an operator says so. 202, for what is owed again is yet to arrive.
pub(super) async fn send_again(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    let asked: Redrive = serde_json::from_str(&incoming.text().await?)?;
    if !conductor.is_there()? {
        return Err(Problem::NotFound);
    }
    let redriven = conductor.owe_again(&asked)?;
    conductor.settle()?;
    reply::json(202, &[], &serde_json::to_string(&redriven)?)
}

impl Conductor {
    /// Owes dead letters again.
    fn owe_again(&self, asked: &Redrive) -> Result<Redriven, Problem> {
        let mut slot = self.kept.borrow_mut();
        let kept = slot.as_mut().ok_or(Problem::NotFound)?;
        let now = clock::now();
        let redriven = kept.own.outbox.redrive(asked.numbers.as_deref(), now);
        if !redriven.is_empty() {
            let owed = |number: &u64| Change { number: *number, state: LetterState::Owed };
            let letters = self.store.book.change_letters(&redriven.iter().map(owed).collect::<Vec<_>>())?;
            self.log_letters(kept, &letters, Tale::Redriven(&asked.who), now)?;
            self.store.save(kept, &[])?;
        }
        Ok(Redriven { redriven, dead: kept.own.outbox.dead().len() })
    }

    /// Writes down what became of letters. What is dead, or is no longer, is told at once: lists show it.
    pub(super) fn log_letters(
        &self,
        kept: &mut Kept,
        letters: &[Letter],
        tale: Tale<'_>,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let first = kept.dispatch.last().saturating_add(1);
        let record =
            |(number, letter): (u64, &Letter)| kept.work.face().told(number, now, tale.who().clone(), &tale.of(letter));
        let records: Vec<Record> = (first..).zip(letters).map(record).collect();
        let Some(last) = records.last().map(|record| record.number) else { return Ok(()) };
        kept.dispatch.wrote(last, if tale.is_news(letters) { Urgency::Now } else { Urgency::Later }, now);
        self.store.book.log(&records, &kept.dispatch)
    }
}
