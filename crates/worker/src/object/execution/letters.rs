//! What an operator sees of an execution's notifications, and what they say should be sent again; and what became of them,
//! for the audit log. Never sends one.

use std::fmt::Display;
use std::rc::Rc;

use cxpulse_core::audit::{self, DeliveryResult, Record, Trip, Who};
use cxpulse_core::dispatch::Urgency;
use cxpulse_core::execution::Order;
use cxpulse_core::outbox::{Change, Letter, LetterState, LetterView, Outbox};
use cxpulse_core::time::Timestamp;
use cxpulse_core::validate::{Code, Violation};
use serde::{Deserialize, Serialize};
use web_sys::Response;

use super::life::Life;
use super::reading::place;
use super::store::{Logged, Store};
use crate::clock;
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::reply;

/// What our own routes ask an object for; the body of `/send-again`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Redrive {
    /// Who says so.
    pub(crate) who: Who,
    /// Which; all where it is not said.
    pub(crate) numbers: Option<Vec<u64>>,
}

/// What was owed again; the answer to `/send-again`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Redriven {
    /// By number.
    pub(crate) redriven: Vec<u64>,
    /// How many are dead still.
    pub(crate) dead: usize,
}

/// `GET …/notifications`.
#[derive(Serialize)]
struct Page {
    notifications: Vec<LetterView>,
    owed: usize,
    dead: usize,
    /// Whether the receiver said that it wants no more.
    is_gone: bool,
}

/// `GET …/notifications?state=&after=&limit=`: an operator looks.
pub(super) fn show(life: &Rc<Life>, incoming: &Incoming) -> Result<Response, Problem> {
    let kept = life.kept.borrow();
    let kept = kept.as_ref().ok_or(Problem::NotFound)?;
    let id = &kept.order.id;
    let address = format!("{}/v1/executions/{id}/notifications", kept.base);
    letters_page(incoming, &life.store, &kept.standing.outbox, id, &address)
}

/// A page of the letters of what has these rows, this outbox and this id; `address` is where callers find it.
pub(in crate::object) fn letters_page(
    incoming: &Incoming,
    store: &Store,
    outbox: &Outbox,
    id: &impl Display,
    address: &str,
) -> Result<Response, Problem> {
    let (after, limit) = place(incoming)?;
    let state = incoming.query("state").map(|name| LetterState::parse(name).ok_or_else(no_state)).transpose()?;
    let mut letters = store.letters(after, limit)?;
    let is_full = u64::try_from(letters.len()).is_ok_and(|count| count == limit);
    let last = letters.last().map(|letter| letter.number).filter(|_| is_full);
    letters.retain(|letter| state.is_none_or(|state| letter.state == state));
    let page = Page {
        notifications: letters.into_iter().map(|letter| letter.view(id, outbox)).collect(),
        owed: outbox.owed(),
        dead: outbox.dead().len(),
        is_gone: outbox.is_gone(),
    };
    let kind = state.map(|state| format!("&state={}", state.name())).unwrap_or_default();
    let link = last.map(|last| format!("<{address}?after={last}&limit={limit}{kind}>; rel=\"next\""));
    let headers: Vec<_> = link.as_deref().map(|link| ("link", link)).into_iter().collect();
    reply::json(200, &headers, &serde_json::to_string(&page)?)
}

/// `POST …/notifications/redrive`: an operator says so. 202, for what is owed again is yet to arrive.
pub(super) async fn redrive(life: &Rc<Life>, incoming: &Incoming) -> Result<Response, Problem> {
    let asked: Redrive = serde_json::from_str(&incoming.text().await?)?;
    if !life.is_there()? {
        return Err(Problem::NotFound);
    }
    reply::json(202, &[], &serde_json::to_string(&life.redrive(&asked)?)?)
}

impl Life {
    /// Owes dead letters again.
    fn redrive(self: &Rc<Self>, asked: &Redrive) -> Result<Redriven, Problem> {
        let (redriven, dead) = {
            let mut slot = self.kept.borrow_mut();
            let kept = slot.as_mut().ok_or(Problem::NotFound)?;
            let (now, mut next) = (clock::now(), kept.standing.clone());
            let redriven = next.outbox.redrive(asked.numbers.as_deref(), now);
            if !redriven.is_empty() {
                let owed = |number: &u64| Change { number: *number, state: LetterState::Owed };
                let letters = self.store.change_letters(&redriven.iter().map(owed).collect::<Vec<_>>())?;
                let mut logged = Logged { records: Vec::new(), dispatch: kept.dispatch.clone() };
                log(&mut logged, &kept.order, &letters, Tale::Redriven(&asked.who), now);
                self.store.save(&next, None, Some(&logged), &[])?;
                (kept.standing, kept.dispatch) = (next, logged.dispatch);
            }
            (redriven, kept.standing.outbox.dead().len())
        };
        self.settle()?;
        Ok(Redriven { redriven, dead })
    }
}

/// What led to a change of letters.
#[derive(Clone, Copy)]
pub(in crate::object) enum Tale<'a> {
    /// A try of the letter of this number.
    Tried(u64),
    /// There were too many.
    Crowded,
    /// Somebody said so.
    Redriven(&'a Who),
}

impl Tale<'_> {
    /// Who did it.
    pub(in crate::object) const fn who(&self) -> &Who {
        match self {
            Self::Redriven(who) => who,
            Self::Tried(_) | Self::Crowded => &Who::System,
        }
    }

    /// What became of one of them.
    pub(in crate::object) fn of(self, letter: &Letter) -> audit::Notification {
        let trip = letter.last.filter(|_| matches!(self, Self::Tried(of) if of == letter.number));
        audit::Notification {
            number: letter.number,
            topic: Some(letter.topic),
            result: result(letter.state, self),
            attempt: trip.map(|_| letter.tries),
            trip: trip.map(|trip| Trip { started_at: trip.at.0, http_status: trip.status }),
        }
    }

    /// Whether lists show it.
    pub(in crate::object) fn is_news(self, letters: &[Letter]) -> bool {
        matches!(self, Self::Redriven(_)) || letters.iter().any(|letter| letter.state == LetterState::Dead)
    }
}

/// Adds what became of letters. What is dead, or is no longer, is told at once: lists show it.
pub(super) fn log(logged: &mut Logged, order: &Order, letters: &[Letter], tale: Tale<'_>, now: Timestamp) {
    let last = logged.dispatch.last();
    for (number, letter) in (last.saturating_add(1)..).zip(letters) {
        logged.records.push(Record::notification(order, number, now, tale.who().clone(), &tale.of(letter)));
    }
    let urgency = if tale.is_news(letters) { Urgency::Now } else { Urgency::Later };
    let count = u64::try_from(letters.len()).unwrap_or(u64::MAX);
    logged.dispatch.wrote(last.saturating_add(count), urgency, now);
}

const fn result(state: LetterState, tale: Tale<'_>) -> DeliveryResult {
    match (state, tale) {
        (LetterState::Owed, Tale::Redriven(_)) => DeliveryResult::Redriven,
        (LetterState::Owed, Tale::Tried(_) | Tale::Crowded) => DeliveryResult::Failed,
        (LetterState::Delivered, _) => DeliveryResult::Arrived,
        (LetterState::Dead, _) => DeliveryResult::Dead,
        (LetterState::Dropped, _) => DeliveryResult::Dropped,
        (LetterState::Unwanted, _) => DeliveryResult::Gone,
    }
}

fn no_state() -> Problem {
    let message = "must be one of owed, delivered, dead, dropped, unwanted".into();
    Problem::BadParameter(Violation { pointer: "?state".into(), code: Code::OutOfRange, message })
}
