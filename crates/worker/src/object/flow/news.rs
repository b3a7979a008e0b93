//! What a flow tells the tenant's directory of its executions: of many in one message. Never decides when something is due, for
//! each execution's dispatch says; but what is due waits a moment for the news of others.

use std::rc::Rc;

use cxpulse_core::dispatch::MESSAGE_RECORDS_MAX;
use cxpulse_core::json::Json;
use cxpulse_core::time::{Span, Timestamp};

use super::Conductor;
use crate::clock;
use crate::object::directory::{self, Told};
use crate::object::execution::Life;
use crate::problem::Problem;

impl Conductor {
    /// Sends somebody with what is due, unless there is somebody under way.
    pub(in crate::object) fn has_news(self: &Rc<Self>) {
        if self.has_courier.get() || self.news_at().is_none_or(|at| at > clock::now()) {
            return;
        }
        self.has_courier.set(true);
        let conductor = Rc::clone(self);
        self.host.spawn(async move {
            if let Err(problem) = conductor.carry().await {
                conductor.report(&problem);
            }
            conductor.has_courier.set(false);
            if let Err(problem) = conductor.settle() {
                conductor.report(&problem);
            }
        });
    }

    /// When there is news; `None` where all of it has arrived.
    pub(super) fn news_at(&self) -> Option<Timestamp> {
        let owing_at = if self.owing.borrow().is_empty() { None } else { Some(self.cut_off_until.get()) };
        let own_at = self.kept.borrow().as_ref().and_then(|kept| kept.dispatch.next_wake_at());
        self.lives.borrow().values().filter_map(|life| life.news_at()).chain(own_at).chain(owing_at).min()
    }

    /// Whether the directory did not answer lately.
    pub(super) fn is_cut_off(&self) -> bool {
        clock::now() < self.cut_off_until.get()
    }

    async fn carry(self: &Rc<Self>) -> Result<(), Problem> {
        loop {
            clock::pause(GATHERING).await;
            let (own, bunch) = (self.to_tell()?, self.gather()?);
            if own.is_none() && bunch.is_empty() {
                return Ok(());
            }
            let Some(tenant) = self.kept.borrow().as_ref().map(|kept| kept.work.face().tenant().clone()) else {
                return Ok(());
            };
            let told: Vec<&Told> = own.iter().chain(bunch.iter().map(|(_, told)| told)).collect();
            self.host.ask_one();
            let heard = directory::tell_all(&self.host.env, &tenant, &told).await;
            let mut taken = heard.as_ref().ok().into_iter().flatten().copied();
            self.host.sheet.turn(|| {
                if let Some(own) = &own {
                    self.has_told(own, taken.next())?;
                }
                bunch.iter().try_for_each(|(life, told)| life.has_told(told, taken.next().ok_or_else(unanswered)))
            })?;
            if let Err(problem) = heard {
                problem.log();
                self.cut_off_until.set(clock::now().plus(CUT_OFF));
            }
            self.settle()?;
        }
    }

    /// What is due of the flow itself. How it stands is told whenever somebody goes.
    fn to_tell(&self) -> Result<Option<Told>, Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut() else { return Ok(None) };
        let (seq, now) = (kept.work.face().standing().seq(), clock::now());
        let due = kept.dispatch.take_due(now);
        if due.is_none() && self.told_seq.get() == seq {
            return Ok(None);
        }
        // Beside what is under way nothing else is sent, so nothing is told twice but after a crash.
        let after = due.unwrap_or_else(|| kept.dispatch.last());
        let texts = self.store.book.records(after, MESSAGE_RECORDS_MAX)?;
        let last = after.saturating_add(u64::try_from(texts.len()).unwrap_or(u64::MAX));
        let records = texts.iter().map(|text| Json::parse(text)).collect::<Result<_, _>>();
        let records = records.map_err(|error| Problem::Fault(error.to_string()))?;
        let dead = u64::try_from(kept.own.outbox.dead().len()).unwrap_or(u64::MAX);
        let listing = kept.work.face().listing(dead, &kept.base);
        let over_at = self.over_at(kept).unwrap_or_else(|| now.plus(UNHEARD_MAX));
        self.told_seq.set(seq);
        Ok(Some(Told { listing, over_at, last, records }))
    }

    /// What became of a message.
    fn has_told(&self, told: &Told, taken: Option<u64>) -> Result<(), Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut() else { return Ok(()) };
        let is_full = u64::try_from(told.records.len()).is_ok_and(|count| count >= MESSAGE_RECORDS_MAX);
        match taken {
            Some(taken) => {
                self.store.book.told(taken);
                kept.dispatch.arrived(taken, is_full, clock::now());
            }
            None => {
                self.told_seq.set(0);
                kept.dispatch.failed(kept.work.face().seed(), clock::now());
            }
        }
        self.store.book.log(&[], &kept.dispatch)
    }

    /// What is due, of some executions.
    fn gather(self: &Rc<Self>) -> Result<Vec<(Rc<Life>, Told)>, Problem> {
        let mut lives: Vec<_> = self.lives.borrow().values().map(Rc::clone).collect();
        if lives.len() < BUNCH_MAX && !self.is_cut_off() {
            lives.extend(self.recall()?);
        }
        let (mut bunch, mut records) = (Vec::new(), 0_usize);
        for life in lives {
            if bunch.len() >= BUNCH_MAX || records >= RECORDS_MAX {
                break;
            }
            if let Some(told) = life.to_tell()? {
                records = records.saturating_add(told.records.len());
                bunch.push((life, told));
            }
        }
        Ok(bunch)
    }

    /// Executions with news that are not in memory: some of them come back.
    fn recall(self: &Rc<Self>) -> Result<Vec<Rc<Life>>, Problem> {
        let mut lives = Vec::new();
        while lives.len() < BUNCH_MAX {
            let Some(run) = self.owing.borrow_mut().pop_first() else { break };
            let is_held = self.lives.borrow().contains_key(&run);
            if !is_held {
                let life = self.member(run);
                life.is_there()?;
                lives.push(life);
            }
        }
        Ok(lives)
    }
}

fn unanswered() -> Problem {
    Problem::Unavailable("the directory did not answer for each".into())
}

/// How long the directory keeps a flow that goes on, and is not heard of any more.
const UNHEARD_MAX: Span = Span::from_secs(31 * 86_400);

/// How long nobody is called back into memory for a directory that did not answer.
const CUT_OFF: Span = Span::from_secs(30);

/// How long news waits for other news.
const GATHERING: Span = Span::from_millis(250);

/// Executions of one message.
const BUNCH_MAX: usize = 200;

/// Records after which a message is full.
const RECORDS_MAX: usize = 1_500;
