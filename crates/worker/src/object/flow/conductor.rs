//! The loop that drives one batch: take an event, step, save what changed, start what may start. Holds the executions that run.
//! Decides nothing: the core's batch does. Nothing awaits between a step and its writes, and an execution's end is saved in the
//! same turn as what the batch makes of it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use cxpulse_core::audit::{Record, Who};
use cxpulse_core::batch::{Answer, Batch, BatchEntry, Effect, Event, Names, Plan, Turn, Turnout};
use cxpulse_core::dispatch::{Dispatch, Urgency};
use cxpulse_core::execution::{Event as ExecutionEvent, Execution};
use cxpulse_core::id::Run;
use cxpulse_core::retention;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::wire::Waiting;
use tokio::sync::watch;
use worker::console_error;

use super::BatchOpening;
use super::store::{Kept, Own, Store};
use crate::clock;
use crate::config::Settings;
use crate::feed::View;
use crate::object::delivery::deliver;
use crate::object::execution::{Life, Opening, Sockets};
use crate::object::host::{Host, Want};
use crate::problem::Problem;

/// One batch in its object.
pub(in crate::object) struct Conductor {
    pub(super) host: Rc<Host>,
    pub(super) store: Store,
    /// What storage has, once read; `None` where there is nothing.
    pub(super) kept: RefCell<Option<Kept>>,
    is_loaded: Cell<bool>,
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
        })
    }

    /// Opens a batch, unless there is one: then nothing changes. Nothing starts here: the answer comes first.
    pub(super) fn open<'a>(
        self: &Rc<Self>,
        opening: BatchOpening,
        lines: impl Iterator<Item = &'a str>,
    ) -> Result<(), Problem> {
        if self.is_there()? {
            return Ok(());
        }
        let BatchOpening { order, base, fingerprints, names, who } = opening;
        let fingerprint = fingerprints.into_iter().next().unwrap_or_default();
        let batch = Batch::open(&order, Names::new(&names));
        let (entry, record) = (BatchEntry::opened(&order), Record::batch_opened(&order, who.clone()));
        let mut dispatch = Dispatch::default();
        dispatch.wrote(record.number, Urgency::Now, clock::now());
        let own = Own { entries: entry.number, ..Own::default() };
        let kept = Kept { order: Rc::new(order), base, fingerprint, who, batch, own, dispatch };
        self.host.sheet.whole(|| {
            self.store.create(&kept, &names, lines)?;
            self.store.book.append(entry.number, &entry)?;
            self.store.book.log(&[record], &kept.dispatch)
        })?;
        self.kept.replace(Some(kept));
        self.settle()
    }

    /// Whether there is a batch. The first look in this process goes on with whatever was under way before.
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
        self.kept.borrow().as_ref().is_some_and(|kept| kept.order.tenant.as_str() == tenant)
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
        // Of a batch that is over nobody else sees to it that those leave who were looked at before.
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
        self.step(Event::CancelRequested)
    }

    /// Runs these again.
    pub(super) fn redrive(self: &Rc<Self>, plan: Plan, who: &Who) -> Result<(), Problem> {
        self.note_redrive(who, plan.items.len())?;
        self.step(Event::RedriveRequested { items: plan.items })
    }

    /// An execution of it has ended. Called in the turn that saves that.
    pub(in crate::object) fn hear(self: &Rc<Self>, run: u32, execution: &Execution) -> Result<(), Problem> {
        let ended = {
            let kept = self.kept.borrow();
            let Some(kept) = kept.as_ref() else { return Ok(()) };
            kept.batch.item_of(run).and_then(|index| Some((index, Answer::of(kept.batch.item(index)?, execution)?)))
        };
        match ended {
            Some((item, answer)) => self.step(Event::ItemEnded { item, answer }),
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
        self.step(Event::Woken)
    }

    /// Steps, saves what changed, and does what follows.
    fn step(self: &Rc<Self>, event: Event) -> Result<(), Problem> {
        let stepped = self.host.sheet.turn(|| self.step_in(event));
        // Where it could not be saved, what is in memory is ahead of what is stored: that is read again.
        stepped.inspect_err(|_| self.stumble())
    }

    fn step_in(self: &Rc<Self>, event: Event) -> Result<(), Problem> {
        let now = clock::now();
        let floor = self.floor();
        let Some(turn) = self.turn(event, now)? else { return Ok(()) };
        for effect in &turn.effects {
            match *effect {
                Effect::Start { item, run } => self.start(item, run)?,
                Effect::Cancel { run, .. } => self.member(run.get()).begin(ExecutionEvent::CancelRequested)?,
                Effect::Notify { .. } => {}
            }
        }
        if turn.is_changed {
            self.tell_soon(now);
        }
        if self.floor() > floor {
            self.tell_stopped()?;
        }
        self.settle()
    }

    pub(super) fn turn(&self, event: Event, now: Timestamp) -> Result<Option<Turn>, Problem> {
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut() else { return Ok(None) };
        let turn = kept.batch.step(&kept.order, event.clone(), now);
        if turn.is_changed {
            self.write(kept, event, &turn, now)?;
        }
        Ok(Some(turn))
    }

    /// Opens the execution of an item, in the write that says that it runs.
    fn start(self: &Rc<Self>, index: u32, run: Run) -> Result<(), Problem> {
        let item = self.store.item(index)?;
        let opening = {
            let kept = self.kept.borrow();
            let Some(kept) = kept.as_ref() else { return Ok(()) };
            let Some(place) = kept.batch.item(index) else { return Ok(()) };
            let standing = kept.batch.standing();
            let turnout = Turnout {
                run,
                generation: place.generation,
                started_at: place.started_at.unwrap_or_else(clock::now),
                deadline_at: standing.deadline_at(),
            };
            let order = kept.order.execution_order(&item.order, &turnout);
            let (base, who) = (kept.base.clone(), kept.who.clone());
            Opening { order, base, fingerprints: Vec::new(), sealed: item.sealed, who }
        };
        self.member(run.get()).create(opening)
    }

    /// Goes on after a restart with what ran: its executions say for themselves what became of them.
    fn resume(self: &Rc<Self>) -> Result<(), Problem> {
        let (running, is_canceled) = {
            let kept = self.kept.borrow();
            let Some(kept) = kept.as_ref() else { return Ok(()) };
            let is_canceled = kept.batch.standing().stop() == Some(cxpulse_core::batch::Stop::Canceled);
            (kept.batch.running().collect::<Vec<_>>(), is_canceled)
        };
        self.owing.replace(self.store.owing()?.into_iter().collect());
        for (index, run) in running {
            let life = self.member(run.get());
            if !life.is_there()? {
                self.start(index, run)?;
                continue;
            }
            let execution = life.kept.borrow().as_ref().map(|kept| kept.standing.execution.clone());
            match execution {
                Some(execution) if execution.ending().is_some() => self.hear(run.get(), &execution)?,
                Some(_) if is_canceled => life.begin(ExecutionEvent::CancelRequested)?,
                Some(_) | None => {}
            }
        }
        self.settle()
    }

    /// What is due is seen to, the alarm is set, and who is not needed leaves: after every step.
    pub(super) fn settle(self: &Rc<Self>) -> Result<(), Problem> {
        self.sweep();
        self.has_news();
        deliver(self)?;
        let wake_at = self.kept.borrow().as_ref().and_then(|kept| kept.batch.next_wake_at());
        if wake_at.is_some_and(|at| at <= clock::now()) && !self.is_waking.replace(true) {
            let conductor = Rc::clone(self);
            self.host.spawn(async move {
                // So that what started just now leaves first, and a request is answered before the work that it asks for.
                clock::pause(Span::from_millis(1)).await;
                conductor.is_waking.set(false);
                if let Err(problem) = conductor.step(Event::Woken) {
                    conductor.report(&problem);
                }
            });
        }
        let is_busy = self.is_waking.get() || self.has_courier.get();
        self.host.want(FLOW, Want { at: self.next_wake_at(), is_busy })
    }

    fn next_wake_at(&self) -> Option<Timestamp> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref()?;
        let look_at =
            self.over_at(kept).map(|over_at| retention::look_at(over_at, self.delete_at(kept, over_at), clock::now()));
        let news_at = self.news_at();
        let (of_batch, of_outbox) = (kept.batch.next_wake_at(), kept.own.outbox.next_wake_at());
        of_batch.into_iter().chain(of_outbox).chain(news_at).chain(look_at).chain(self.everybody.next_expiry()).min()
    }

    /// Since when nothing goes on and nothing is owed; `None` while something does.
    pub(super) fn over_at(&self, kept: &Kept) -> Option<Timestamp> {
        let (_, ended_at) = kept.batch.standing().ended()?;
        let is_owing = kept.own.outbox.owed() > 0
            || kept.dispatch.owed() > 0
            || !self.owing.borrow().is_empty()
            || self.lives.borrow().values().any(|life| !life.is_done());
        retention::over_at(Some(ended_at), kept.own.outbox.changed_at(), is_owing)
    }

    fn delete_at(&self, kept: &Kept, over_at: Timestamp) -> Option<Timestamp> {
        // Where the settings cannot be read, nothing is deleted.
        let settings = Settings::of(&self.host.env).ok()?;
        Some(settings.retention_of(&kept.order.tenant).delete_at(over_at))
    }

    /// The end of what was kept is there: nothing stays but the empty object.
    fn expire(self: &Rc<Self>) -> Result<(), Problem> {
        let is_due = {
            let kept = self.kept.borrow();
            let delete_at = kept.as_ref().and_then(|kept| self.delete_at(kept, self.over_at(kept)?));
            delete_at.is_some_and(|at| clock::now() >= at)
        };
        if is_due {
            self.host.wipe()?;
            self.forget();
            self.lives.borrow_mut().clear();
            self.is_loaded.set(true);
        }
        Ok(())
    }

    /// What could not be saved is read again. Executions stay: a call of theirs may be under way, and nobody else is to make it.
    /// Those that were opened in that very turn go: they were never saved, and have not begun.
    fn forget(&self) {
        self.lives.borrow().values().for_each(|life| life.forget_unsaved());
        self.kept.replace(None);
        self.view.replace(None);
        self.store.book.forget();
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
        let id = kept.as_ref().map(|kept| kept.order.id.to_string());
        console_error!("batch {}:", id.unwrap_or_default());
        problem.log();
    }
}

/// Executions in memory, beyond which those leave that only have news for the directory; with results they may be long.
const LIVES_MAX: usize = 512;

/// The same while the directory does not answer.
const CUT_OFF_MAX: usize = 64;

/// What the flow is called among those who want something of the alarm: no execution has this number.
const FLOW: u32 = u32::MAX;
