//! The loop that drives one flow, a batch, a chain or a history query: take an event, step, save what changed, start what may start. Holds the
//! executions that run. Decides nothing: the core does. Nothing awaits between a step and its writes, and an execution's end is
//! saved in the same turn as what the flow makes of it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use cxpulse_core::audit::Who;
use cxpulse_core::dispatch::{Dispatch, Urgency};
use cxpulse_core::execution::{Event, Execution};
use cxpulse_core::flow::Answer;
use cxpulse_core::id::FlowId;
use cxpulse_core::json::Json;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::wire::Waiting;
use tokio::sync::watch;
use worker::console_error;

use super::Opening;
use super::binding::Made;
use super::history::Pages;
use super::store::{Kept, Own, Store};
use super::work::{Deed, Happening, Next, Turned, Work};
use crate::clock;
use crate::feed::View;
use crate::object::delivery::deliver;
use crate::object::execution::{Life, Sockets};
use crate::object::host::{Host, Want};
use crate::problem::Problem;

/// One flow in its object.
pub(in crate::object) struct Conductor {
    pub(super) host: Rc<Host>,
    pub(super) store: Store,
    /// What storage has, once read; `None` where there is nothing.
    pub(super) kept: RefCell<Option<Kept>>,
    pub(super) is_loaded: Cell<bool>,
    /// Executions in memory, by run: those that run, those with news for the directory, those that somebody looks at.
    pub(super) lives: RefCell<BTreeMap<u32, Rc<Life>>>,
    /// Executions with news that are not in memory.
    pub(super) owing: RefCell<BTreeSet<u32>>,
    /// Until when the directory is left alone, which did not answer.
    pub(super) cut_off_until: Cell<Timestamp>,
    pub(super) sockets: Sockets,
    /// All sockets of the object, those of its executions too: of what is not in memory nobody else knows when a token ends.
    pub(super) everybody: Sockets,
    pub(super) view: RefCell<Option<Rc<View>>>,
    pub(super) changes: watch::Sender<u64>,
    /// When a change was last told.
    pub(super) told_at: Cell<Timestamp>,
    /// Whether a change is to be told a little later.
    pub(super) is_telling: Cell<bool>,
    /// The change that was told last.
    pub(super) heard_seq: Cell<u64>,
    /// What the latest view says that is waited for.
    pub(super) waited: Cell<Option<Waiting>>,
    /// Whether more is to be started in a moment.
    is_waking: Cell<bool>,
    /// Which change the directory was told of last.
    pub(super) told_seq: Cell<u64>,
    /// Whether somebody carries news to the directory.
    pub(super) has_courier: Cell<bool>,
    /// Of a history: its rows, and the pages under way.
    pub(super) pages: Pages,
}

impl Conductor {
    pub(super) fn new(host: &Rc<Host>) -> Rc<Self> {
        Rc::new(Self {
            host: Rc::clone(host),
            store: Store::new(&host.sheet),
            kept: RefCell::new(None),
            is_loaded: Cell::new(false),
            lives: RefCell::default(),
            owing: RefCell::default(),
            cut_off_until: Cell::default(),
            sockets: Sockets::new(host.raw(), Some("flow".into())),
            everybody: Sockets::new(host.raw(), None),
            view: RefCell::new(None),
            changes: watch::Sender::new(0),
            told_at: Cell::default(),
            is_telling: Cell::new(false),
            heard_seq: Cell::new(0),
            waited: Cell::new(None),
            is_waking: Cell::new(false),
            told_seq: Cell::new(0),
            has_courier: Cell::new(false),
            pages: Pages::new(&host.sheet),
        })
    }

    /// Opens a flow, unless there is one: then nothing changes. Nothing starts here: the answer comes first.
    pub(super) fn open<'a>(
        self: &Rc<Self>,
        opening: Opening<Json>,
        lines: impl Iterator<Item = &'a str>,
    ) -> Result<(), Problem> {
        if self.is_there()? {
            return Ok(());
        }
        let Opening { order, base, fingerprints, names, given, who } = opening;
        let fingerprint = fingerprints.into_iter().next().unwrap_or_default();
        let work = Work::open(&order, &names, given)?;
        let (entry, record) = work.face().opened(who.clone());
        let mut dispatch = Dispatch::default();
        dispatch.wrote(record.number, Urgency::Now, clock::now());
        let own = Own { entries: FIRST, ..Own::default() };
        let kept = Kept { work, base, fingerprint, who, own, dispatch };
        self.host.sheet.whole(|| {
            self.store.create(&kept, &order, &names, lines)?;
            self.store.book.append(FIRST, &entry)?;
            self.store.book.log(&[record], &kept.dispatch)
        })?;
        self.kept.replace(Some(kept));
        self.settle()
    }

    /// Whether there is a flow. The first look in this process goes on with whatever was under way before.
    pub(super) fn is_there(self: &Rc<Self>) -> Result<bool, Problem> {
        if !self.is_loaded.get() {
            let mut kept = self.store.load()?;
            if let Some(kept) = &mut kept {
                kept.own.outbox.interrupted();
                kept.dispatch.interrupted(clock::now());
            }
            self.kept.replace(kept);
            self.is_loaded.set(true);
            self.host.sheet.turn(|| self.resume()).inspect_err(|_| self.stumble())?;
        }
        Ok(self.kept.borrow().is_some())
    }

    /// Whether it is that tenant's.
    pub(in crate::object) fn is_of(&self, tenant: &str) -> bool {
        self.kept.borrow().as_ref().is_some_and(|kept| kept.work.face().tenant().as_str() == tenant)
    }

    /// Whether it goes by that id: those of a batch and of a chain may lead to the same object.
    pub(super) fn is_called(&self, id: &FlowId) -> bool {
        self.kept.borrow().as_ref().is_some_and(|kept| kept.work.face().id() == id)
    }

    /// Whether a body known by one of these opened it.
    pub(super) fn was_opened_by(&self, fingerprints: &[String]) -> bool {
        self.kept.borrow().as_ref().is_some_and(|kept| fingerprints.contains(&kept.fingerprint))
    }

    /// The execution of that number, begun or not; `None` where there is none.
    pub(super) fn life(self: &Rc<Self>, run: u32) -> Result<Option<Rc<Life>>, Problem> {
        if !self.is_there()? {
            return Ok(None);
        }
        // Of a flow that is over nobody else sees to it that those leave who were looked at before.
        self.sweep();
        let life = self.member(run);
        if life.is_there()? {
            return Ok(Some(life));
        }
        let view = self.unbegun(run)?;
        if view.is_none() {
            self.lives.borrow_mut().remove(&run);
            self.host.forget(run);
        }
        Ok(view.map(|view| {
            life.stand_in(view);
            life
        }))
    }

    /// The caller wants it stopped.
    pub(super) fn cancel(self: &Rc<Self>, who: &Who) -> Result<(), Problem> {
        self.note(who, "cancel", None)?;
        self.step(Happening::CancelRequested)
    }

    /// Runs these again, and with them so many in all.
    pub(super) fn redrive(self: &Rc<Self>, indices: Vec<u32>, count: usize, who: &Who) -> Result<(), Problem> {
        self.note_redrive(who, count)?;
        self.step(Happening::RedriveRequested { indices })
    }

    /// An execution of it has ended. Called in the turn that saves that.
    pub(in crate::object) fn hear(self: &Rc<Self>, run: u32, execution: &Execution) -> Result<(), Problem> {
        let ended = {
            let kept = self.kept.borrow();
            let Some(kept) = kept.as_ref() else { return Ok(()) };
            let face = kept.work.face();
            face.item_of(run).and_then(|index| Some((index, Answer::of(face.item(index)?, execution)?)))
        };
        match ended {
            Some((index, answer)) => self.step(Happening::Ended { index, answer }),
            None => Ok(()),
        }
    }

    /// The alarm rang: goes on, and stays for a while with what that starts.
    pub(super) async fn ring(self: &Rc<Self>) -> Result<(), Problem> {
        self.host.rang();
        if self.is_there()? {
            self.expire()?;
            self.everybody.expire(clock::now());
            self.wake()?;
        }
        self.host.stay().await;
        Ok(())
    }

    /// Heals an alarm that should have rung: every request comes by here.
    pub(super) fn heal(self: &Rc<Self>) -> Result<(), Problem> {
        if self.host.has_missed(self.next_wake_at()) {
            self.expire()?;
            self.wake()?;
        }
        Ok(())
    }

    /// Whatever is due.
    fn wake(self: &Rc<Self>) -> Result<(), Problem> {
        let lives: Vec<_> = self.lives.borrow().values().map(Rc::clone).collect();
        lives.iter().try_for_each(Life::wake)?;
        self.step(Happening::Woken)
    }

    /// Steps, saves what changed, and does what follows.
    pub(super) fn step(self: &Rc<Self>, happening: Happening) -> Result<(), Problem> {
        let stepped = self.host.sheet.turn(|| self.step_in(happening));
        // Where it could not be saved, what is in memory is ahead of what is stored: that is read again.
        stepped.inspect_err(|_| self.stumble())
    }

    fn step_in(self: &Rc<Self>, happening: Happening) -> Result<(), Problem> {
        let (now, floor) = (clock::now(), self.floor());
        let mut to_bind = VecDeque::new();
        let mut is_changed = self.take(happening, None, &mut to_bind, now)?;
        // One after the other, so that what one reads is gone before the next is looked at.
        while let Some(index) = to_bind.pop_front() {
            let (bound, made) = self.bind(index)?;
            is_changed |= self.take(Happening::Bound { index, bound }, made, &mut to_bind, now)?;
        }
        if is_changed {
            self.tell_soon(now);
        }
        if self.floor() > floor {
            self.tell_stopped()?;
        }
        self.settle()
    }

    /// Takes one happening, and does what follows but for nodes that are to be bound. `made` is what a node that starts is
    /// opened with, where that was made before. Gives whether something changed.
    fn take(
        self: &Rc<Self>,
        happening: Happening,
        mut made: Option<Made>,
        to_bind: &mut VecDeque<u32>,
        now: Timestamp,
    ) -> Result<bool, Problem> {
        let Some(turned) = self.turn(happening, now)? else { return Ok(false) };
        for deed in turned.deeds {
            match deed {
                Deed::Bind { index } => to_bind.push_back(index),
                Deed::Start { index, run } => self.start(index, run, made.take())?,
                Deed::Cancel { run } => self.member(run.get()).begin(Event::CancelRequested)?,
                Deed::Read { call } => self.read_page(call),
            }
        }
        Ok(turned.is_changed)
    }

    pub(super) fn turn(&self, happening: Happening, now: Timestamp) -> Result<Option<Turned>, Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut() else { return Ok(None) };
        let next = Next { entry: kept.own.entries.saturating_add(1), record: kept.dispatch.last().saturating_add(1) };
        let mut turned = kept.work.face_mut().step(happening, next, now);
        if turned.is_changed {
            self.write(kept, &mut turned, now)?;
        }
        Ok(Some(turned))
    }

    /// What is due is seen to, the alarm is set, and who is not needed leaves: after every step.
    pub(super) fn settle(self: &Rc<Self>) -> Result<(), Problem> {
        self.sweep();
        self.has_news();
        deliver(self)?;
        let wake_at = self.kept.borrow().as_ref().and_then(|kept| kept.work.face().next_wake_at());
        if wake_at.is_some_and(|at| at <= clock::now()) && !self.is_waking.replace(true) {
            let conductor = Rc::clone(self);
            self.host.spawn(async move {
                // So that what started just now leaves first, and a request is answered before the work that it asks for.
                clock::pause(Span::from_millis(1)).await;
                conductor.is_waking.set(false);
                if let Err(problem) = conductor.step(Happening::Woken) {
                    conductor.report(&problem);
                }
            });
        }
        let is_busy = self.is_waking.get() || self.has_courier.get() || self.pages.are_under_way();
        self.host.want(FLOW, Want { at: self.next_wake_at(), is_busy })
    }

    /// What could not be saved is read again. Executions stay: a call of theirs may be under way, and nobody else is to make it.
    /// Those that were opened in that very turn go: they were never saved, and have not begun.
    pub(super) fn forget(&self) {
        self.lives.borrow().values().for_each(|life| life.forget_unsaved());
        self.kept.replace(None);
        self.view.replace(None);
        self.store.book.forget();
        self.pages.forget();
        self.is_loaded.set(false);
    }

    /// A write failed: what is in memory is ahead of what is stored, which is read again, whether anybody asks or not.
    pub(in crate::object) fn stumble(&self) {
        self.forget();
        if let Err(problem) = self.host.stumbled() {
            self.report(&problem);
        }
    }

    /// The execution of that number as it is held here, or is from now on.
    pub(super) fn member(self: &Rc<Self>, run: u32) -> Rc<Life> {
        if let Some(life) = self.lives.borrow().get(&run) {
            return Rc::clone(life);
        }
        let life = Life::in_flow(&self.host, run, self);
        if !self.host.may_have_sockets() {
            life.sockets.none_yet();
        }
        self.lives.borrow_mut().insert(run, Rc::clone(&life));
        life
    }

    /// Those that have ended leave memory, once nothing of theirs is due and nobody looks at them. Where the directory does not
    /// answer, so do those that only have news for it, beyond some: they come back when they are told of.
    pub(super) fn sweep(&self) {
        let mut lives = self.lives.borrow_mut();
        let mut too_many = lives.len().saturating_sub(if self.is_cut_off() { CUT_OFF_MAX } else { LIVES_MAX });
        lives.retain(|run, life| {
            let is_free = Rc::strong_count(life) == 1;
            let is_owing = too_many > 0 && life.only_owes_news();
            let is_needed = !is_free || !(life.is_done() || is_owing);
            if !is_needed {
                too_many = too_many.saturating_sub(1);
                self.host.forget(*run);
                if !life.is_done() {
                    self.owing.borrow_mut().insert(*run);
                }
            }
            is_needed
        });
    }

    pub(super) fn report(&self, problem: &Problem) {
        let kept = self.kept.borrow();
        let id = kept.as_ref().map(|kept| kept.work.face().id().to_string());
        console_error!("flow {}:", id.unwrap_or_default());
        problem.log();
    }
}

/// Executions in memory, beyond which those leave that only have news for the directory; with results they may be long.
const LIVES_MAX: usize = 512;

/// The same while the directory does not answer.
const CUT_OFF_MAX: usize = 64;

/// The number of the first entry of a journal.
const FIRST: u64 = 1;

/// What the flow is called among those who want something of the alarm: no execution has this number.
const FLOW: u32 = u32::MAX;
