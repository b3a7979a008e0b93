//! How a flow looks, and who is told of it when: at most a few times a second, of the end at once. Never changes the flow.

use std::rc::Rc;

use cxpulse_core::batch::ItemOrder;
use cxpulse_core::flow::Turnout;
use cxpulse_core::id::Run;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::wire::{Snapshot, Waiting};
use tokio::sync::watch;

use super::Conductor;
use super::work::{Happening, Work};
use crate::clock;
use crate::feed::View;
use crate::object::execution::{Life, Sockets};
use crate::problem::Problem;

impl Conductor {
    /// The latest snapshot; `None` where there is no flow.
    pub(super) fn view(&self) -> Result<Option<Rc<View>>, Problem> {
        let kept = self.kept.borrow();
        let Some(kept) = kept.as_ref() else { return Ok(None) };
        let (face, seq) = (kept.work.face(), kept.work.face().standing().seq());
        if let Some(view) = self.view.borrow().as_ref().filter(|view| view.seq() == seq) {
            return Ok(Some(Rc::clone(view)));
        }
        let shown = face.shown(self.waits(), &kept.base)?;
        self.waited.set(shown.waiting);
        let view = Rc::new(View::new(seq, face.standing().ended().is_some(), shown.json));
        self.view.replace(Some(Rc::clone(&view)));
        Ok(Some(view))
    }

    /// What those that run wait for changes without the flow. Where that is news to who was shown the flow as it stands,
    /// it counts as a change.
    pub(super) fn look(&self) -> Result<(), Problem> {
        let now = clock::now();
        let is_news = {
            let kept = self.kept.borrow();
            let going = kept.as_ref().filter(|kept| kept.work.face().standing().ended().is_none());
            let view = self.view.borrow();
            let shown = going.zip(view.as_ref()).filter(|(kept, view)| view.seq() == kept.work.face().standing().seq());
            let waited = shown.and_then(|_| Waiting::of_most(self.waits()));
            shown.is_some() && Waiting::is_news(waited.as_ref(), self.waited.get().as_ref(), now)
        };
        if is_news {
            self.host.sheet.turn(|| self.turn(Happening::WaitChanged, now)).inspect_err(|_| self.stumble())?;
        }
        Ok(())
    }

    /// An execution of it goes on: those who look on may have something to hear.
    pub(in crate::object) fn stirred(self: &Rc<Self>) {
        if self.changes.receiver_count() > 0 || self.sockets.may_be_there() {
            self.tell_soon(clock::now());
        }
    }

    /// Tells of changes from now on, a few a second.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// How an execution of a batch looks that has not begun; `None` where none of that number is to begin, nor ever was. That of a
    /// chain's node is not there before it begins: nobody knows its inputs.
    pub(super) fn unbegun(&self, run: u32) -> Result<Option<View>, Problem> {
        let kept = self.kept.borrow();
        let Some(kept) = kept.as_ref() else { return Ok(None) };
        let Work::Batch(work) = &kept.work else { return Ok(None) };
        let (batch, standing) = (&work.batch, work.batch.standing());
        // One whose item runs again as another was stopped.
        let (Some((index, generation)), Some(run)) = (batch.planned(run), Run::new(run)) else { return Ok(None) };
        let (started_at, deadline_at) = (work.order.created_at, standing.deadline_at());
        let turnout = Turnout { run, generation, started_at, deadline_at };
        let order = work.order.execution_order(&self.store.item::<ItemOrder>(index)?.order, &turnout);
        let is_stopped = generation < standing.floor();
        let stopped_at = is_stopped.then(|| standing.stopped_at().unwrap_or_else(|| standing.updated_at()));
        let snapshot = Snapshot::unbegun(&order, stopped_at, &kept.base);
        let json = serde_json::to_string(&snapshot)?;
        Ok(Some(View::new(snapshot.seq, stopped_at.is_some(), json)))
    }

    /// What was planned in an earlier generation is planned no more.
    pub(super) fn floor(&self) -> u32 {
        self.kept.borrow().as_ref().map_or(0, |kept| kept.work.face().standing().floor())
    }

    /// Somebody opened a socket, here or at one of its executions, with a token that is good until then.
    pub(in crate::object) fn has_socket(self: &Rc<Self>, until: Option<Timestamp>) -> Result<(), Problem> {
        self.everybody.expires_at_most(until);
        self.settle()
    }

    /// Tells those who look on at an execution that has not begun that it will not: nothing else would. Of what begins, or ends,
    /// its own life tells.
    pub(super) fn tell_stopped(self: &Rc<Self>) -> Result<(), Problem> {
        let mut watched = Life::with_sockets(&self.host);
        watched.extend(self.lives.borrow().iter().filter(|(_, life)| !life.has_begun()).map(|(run, _)| *run));
        for run in watched {
            let life = self.member(run);
            life.is_there()?;
            if !life.has_begun()
                && let Some(view) = self.unbegun(run)?
            {
                life.show(Some(view));
            }
        }
        Ok(())
    }

    /// Tells those who look on, at most a few times a second; of the end at once.
    pub(super) fn tell_soon(self: &Rc<Self>, now: Timestamp) {
        let is_ended = self.kept.borrow().as_ref().is_some_and(|kept| kept.work.face().standing().ended().is_some());
        let next_at = self.told_at.get().plus(TELLING_GAP);
        if is_ended || now >= next_at {
            return self.tell(now);
        }
        if self.is_telling.replace(true) {
            return;
        }
        let conductor = Rc::clone(self);
        self.host.spawn(async move {
            clock::pause(next_at.since(now)).await;
            if conductor.is_telling.replace(false) {
                conductor.tell(clock::now());
            }
        });
    }

    fn tell(&self, now: Timestamp) {
        self.is_telling.set(false);
        self.told_at.set(now);
        // Nobody hears of what is not written.
        let view = match self.look().and_then(|()| self.host.sheet.flush()).and_then(|()| self.view()) {
            Ok(Some(view)) => view,
            Ok(None) => return,
            Err(problem) => return self.report(&problem),
        };
        if self.heard_seq.replace(view.seq()) == view.seq() {
            return;
        }
        self.changes.send_replace(view.seq());
        let told = self.sockets.tell(&view, now);
        if !told.is_empty() {
            self.host.spawn(Sockets::part(told));
        }
    }
}

/// How often those who look on are told of changes, at most.
const TELLING_GAP: Span = Span::from_millis(250);
