//! The loop that drives one execution: load, step, save, arm, perform, and feed back what that brings. Lives in an object
//! that may hold others: see `host`.
//! Decides nothing: the core's machine does. Nothing awaits between reading the state and issuing its write.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use cxpulse_core::audit::{Bound, Who, records_of};
use cxpulse_core::dispatch::{Dispatch, Urgency};
use cxpulse_core::execution::{Effect, Event, Execution, Step};
use cxpulse_core::journal::Entry;
use cxpulse_core::outbox::{Admission, Change, Letter, LetterState, Topic};
use cxpulse_core::retention;
use cxpulse_core::time::{Rfc3339, Span, Timestamp};
use serde::Serialize;
use tokio::sync::watch;
use worker::console_error;

use super::Opening;
use super::calls::Brought;
use super::ledger::{self, last_of};
use super::letters::{self, Tale};
use super::sockets::Sockets;
use super::store::{Kept, Notice, Standing, Store};
use crate::clock;
use crate::config::{Settings, TenantSettings};
use crate::feed::View;
use crate::object::delivery::deliver;
use crate::object::flow::Conductor;
use crate::object::host::{Host, Want};
use crate::object::tenant::Pass;
use crate::problem::Problem;

/// One execution in its object.
pub(in crate::object) struct Life {
    pub(in crate::object) host: Rc<Host>,
    /// Its number among those that the object holds.
    pub(super) run: u32,
    /// What it is part of; `None` of one that has its object to itself.
    pub(super) flow: Option<Weak<Conductor>>,
    pub(super) store: Store,
    pub(in crate::object) sockets: Sockets,
    /// What storage has, once read; `None` where there is nothing.
    pub(in crate::object) kept: RefCell<Option<Kept>>,
    is_loaded: Cell<bool>,
    pub(super) view: RefCell<Option<Rc<View>>>,
    pub(super) changes: watch::Sender<u64>,
    /// What is being performed in this process. Dies with it, as the calls themselves do.
    pub(super) under_way: RefCell<Vec<Effect>>,
    /// Whether this process has asked the tenant's cache before.
    pub(super) has_looked_up: Cell<bool>,
    /// The turn that it was opened in by this process; 0 where storage had it.
    pub(super) opened_in: Cell<u64>,
}

impl Life {
    /// The life of the one execution of an object, which may not have begun.
    pub(super) fn new(host: &Rc<Host>, run: u32) -> Rc<Self> {
        Rc::new(Self::of(host, run, None, Sockets::new(host.raw(), None)))
    }

    pub(super) fn of(host: &Rc<Host>, run: u32, flow: Option<Weak<Conductor>>, sockets: Sockets) -> Self {
        Self {
            host: Rc::clone(host),
            run,
            flow,
            store: Store::new(&host.sheet, run),
            sockets,
            kept: RefCell::new(None),
            is_loaded: Cell::new(false),
            view: RefCell::new(None),
            changes: watch::Sender::new(0),
            under_way: RefCell::new(Vec::new()),
            has_looked_up: Cell::new(false),
            opened_in: Cell::new(0),
        }
    }

    /// Opens an execution, unless there is one: then nothing changes.
    pub(super) fn open(self: &Rc<Self>, opening: Opening) -> Result<(), Problem> {
        if self.is_there()? {
            return Ok(());
        }
        self.store.prepare()?;
        self.create(opening)
    }

    /// Opens one that is known not to be there, in an object whose tables are.
    pub(in crate::object) fn create(self: &Rc<Self>, opening: Opening) -> Result<(), Problem> {
        let Opening { order, base, fingerprints, sealed, who } = opening;
        let fingerprint = fingerprints.into_iter().next().unwrap_or_default();
        let step = Execution::open(&order);
        let entry = Entry::opened(&order, &step);
        let records = records_of(&order, &entry, None, &step.next, &who, 0);
        let mut dispatch = Dispatch::default();
        // A flow opens many, and most of them end soon: they are told of together.
        let urgency = if self.flow.is_some() { Urgency::Later } else { Urgency::Now };
        dispatch.wrote(last_of(&records), urgency, clock::now());
        let standing = Standing {
            execution: step.next.clone(),
            outbox: cxpulse_core::outbox::Outbox::default(),
            entries: entry.number,
            notices: 0,
            bound: Bound::default(),
            token_version: 0,
            lease: None,
            inbox: cxpulse_core::callback::Inbox::default(),
        };
        let kept = Kept { order: Rc::new(order), base, fingerprint, sealed, standing, dispatch };
        self.store.create(&kept, &entry, &records)?;
        self.kept.replace(Some(kept));
        self.is_loaded.set(true);
        self.opened_in.set(self.host.sheet.turn_number());
        if self.flow.is_some() {
            self.show(None);
        }
        self.follow(call_of(&step))
    }

    /// Whether there is an execution. The first look in this process also tells the machine that whatever was under
    /// way before is lost.
    pub(in crate::object) fn is_there(self: &Rc<Self>) -> Result<bool, Problem> {
        if !self.is_loaded.get() {
            let mut kept = self.store.load()?;
            if let Some(kept) = &mut kept {
                kept.standing.outbox.interrupted();
                kept.dispatch.interrupted(clock::now());
            }
            // One that was read again after a write failed may have a call under way, in this very process.
            let is_lost = self.under_way.borrow().is_empty();
            let lost = kept.as_ref().and_then(|kept| kept.standing.lease).filter(|_| is_lost);
            self.kept.replace(kept);
            if is_lost {
                // What follows, the alarm brings: it is due at once.
                self.take(Event::Interrupted, None, &Who::System).inspect_err(|_| drop(self.kept.take()))?;
            }
            self.is_loaded.set(true);
            if let Some(lease) = lost {
                // Its call died with the process that made it, so others need not wait for its deadline.
                self.hand_back(lease);
            }
            if self.flow.is_none() {
                self.expire()?;
                self.trust_far_alarm();
            }
            self.settle()?;
        }
        Ok(self.kept.borrow().is_some() || self.view.borrow().is_some())
    }

    /// Whose execution it is; `None` where there is none, or its tenant is no longer set up.
    pub(super) fn tenant(self: &Rc<Self>) -> Result<Option<Rc<TenantSettings>>, Problem> {
        if !self.is_there()? {
            return Ok(None);
        }
        let settings = Settings::of(&self.host.env)?;
        Ok(self.kept.borrow().as_ref().and_then(|kept| settings.tenant(&kept.order.tenant)))
    }

    /// Heals an alarm that should have rung: every request comes by here.
    pub(in crate::object) fn heal(self: &Rc<Self>) -> Result<(), Problem> {
        if !self.host.has_missed(self.next_wake_at()) {
            return Ok(());
        }
        if self.flow.is_none() {
            self.expire()?;
        }
        self.begin(Event::Woken)
    }

    /// The alarm rang: goes on, and stays for a while with what that starts, so that the object is not put away.
    pub(super) async fn ring(self: &Rc<Self>) -> Result<(), Problem> {
        self.host.rang();
        if self.is_there()? {
            self.sockets.expire(clock::now());
            self.expire()?;
            self.begin(Event::Woken)?;
        }
        self.host.stay().await;
        Ok(())
    }

    /// Takes an event, and performs what it leads to in the background.
    pub(in crate::object) fn begin(self: &Rc<Self>, event: Event) -> Result<(), Problem> {
        self.begin_by(event, &Who::System)
    }

    /// The same of an event that somebody caused.
    pub(in crate::object) fn begin_by(self: &Rc<Self>, event: Event, who: &Who) -> Result<(), Problem> {
        let effect = self.take(event, None, who)?;
        self.follow(effect)
    }

    /// The latest snapshot; `None` where there is no execution.
    pub(in crate::object) fn view(&self) -> Result<Option<Rc<View>>, Problem> {
        if let Some(view) = &*self.view.borrow() {
            return Ok(Some(Rc::clone(view)));
        }
        let kept = self.kept.borrow();
        let Some(kept) = &*kept else { return Ok(None) };
        let view = Rc::new(View::of(&kept.order, &kept.standing.execution, &kept.base)?);
        self.view.replace(Some(Rc::clone(&view)));
        Ok(Some(view))
    }

    /// Tells of every change from now on.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Steps and saves. Gives the call that it leads to, if any: of calls there is at most one. `pass` is what a call that
    /// was cleared goes with, `who` caused the event.
    fn take(&self, event: Event, pass: Option<&Pass>, who: &Who) -> Result<Option<Effect>, Problem> {
        let taken = self.host.sheet.turn(|| self.take_in(event, pass, who));
        // Where it could not be saved, what is in memory is ahead of what is stored, of its flow, too: that is read again.
        taken.inspect_err(|_| {
            self.forget();
            match self.conductor() {
                Some(flow) => flow.stumble(),
                None => self.host.stumbled().unwrap_or_else(|problem| self.report(&problem)),
            }
        })
    }

    pub(super) fn forget(&self) {
        self.kept.replace(None);
        self.view.replace(None);
        self.is_loaded.set(false);
        self.store.forget();
    }

    fn take_in(&self, event: Event, pass: Option<&Pass>, who: &Who) -> Result<Option<Effect>, Problem> {
        let now = clock::now();
        let mut slot = self.kept.borrow_mut();
        let Some(kept) = slot.as_mut() else { return Ok(None) };
        let before = &kept.standing;
        let event = event.within(kept.order.result_max());
        let step = before.execution.step(&kept.order, event.clone(), now);
        let number = before.entries.saturating_add(1);
        let entry = Entry::of(number, now.into(), event.clone(), &before.execution, &step);
        // Whoever calls back for ever, and changes nothing, does not fill the logs for ever.
        let mut bound = before.bound;
        let entry = entry.filter(|entry| bound.takes_entry(entry));
        let is_changed = step.next.seq() != before.execution.seq();
        let has_ended = before.execution.ending().is_none() && step.next.ending().is_some();
        let is_over = before.lease.is_some() && matches!(event, Event::Answered { .. } | Event::Interrupted);
        if entry.is_none() && !is_changed && !is_over {
            return Ok(call_of(&step));
        }
        let mut next = Standing { execution: step.next.clone(), bound, ..before.clone() };
        if entry.is_some() {
            next.entries = number;
        }
        match (&event, pass) {
            (Event::Cleared { .. }, Some(pass)) => {
                next.token_version = pass.token.version;
                next.lease = Some(pass.lease);
            }
            _ if is_over => next.lease = None,
            _ => {}
        }
        let (notices, dropped) = owe(&mut next, &step, kept, now)?;
        let mut logged = ledger::logged(kept, entry.as_ref(), &step, who, now);
        letters::log(&mut logged, &kept.order, &self.store.change_letters(&dropped)?, Tale::Crowded, now);
        self.store.save(&next, entry.as_ref(), Some(&logged), &notices)?;
        // Once nothing will be sent any more, nobody needs to know what would have been.
        if kept.sealed.is_some() && next.execution.is_settled(&kept.order) {
            self.store.erase_sealed()?;
            kept.sealed = None;
        }
        (kept.standing, kept.dispatch) = (next, logged.dispatch);
        if step.effects.contains(&Effect::Remember) {
            self.remember(&kept.order, &step.next);
        }
        drop(slot);
        if is_changed {
            self.view.replace(None);
            self.changes.send_replace(step.next.seq());
            self.tell_sockets(now);
        }
        match self.conductor() {
            // In the same write: the flow and what is part of it never disagree.
            Some(flow) if has_ended => flow.hear(self.run, &step.next)?,
            Some(flow) if is_changed => flow.stirred(),
            Some(_) | None => {}
        }
        Ok(call_of(&step))
    }

    /// Performs a call in the background, unless the same one is under way.
    fn follow(self: &Rc<Self>, effect: Option<Effect>) -> Result<(), Problem> {
        let (effect, pass) = self.cleared_at_once(effect)?;
        // What is claimed is performed, whatever becomes of the alarm: nobody else would.
        if let Some(effect) = effect.filter(|effect| self.claim(*effect)) {
            let life = Rc::clone(self);
            self.host.spawn(async move { life.run(effect, pass).await });
        }
        self.settle()
    }

    /// Where there is leave for a call at hand, it is cleared in the very turn that leads to it: one write less, and no wait.
    fn cleared_at_once(&self, effect: Option<Effect>) -> Result<(Option<Effect>, Option<Pass>), Problem> {
        let Some(Effect::Acquire { call }) = effect else { return Ok((effect, None)) };
        let Some(pass) = self.pass_at_hand(call) else { return Ok((effect, None)) };
        let next = self.take(Event::Cleared { call }, Some(&pass), &Who::System);
        if matches!(next, Ok(Some(Effect::Send { .. }))) {
            return next.map(|next| (next, Some(pass)));
        }
        self.hand_back(pass.lease);
        next.map(|next| (next, None))
    }

    /// Performs a call, and the calls that its answer leads to; `pass` is what it was cleared with.
    async fn run(self: Rc<Self>, mut effect: Effect, mut pass: Option<Pass>) {
        loop {
            let Brought { events, pass: brought } = self.perform(effect, pass.take()).await;
            let taken = self.take_all(&events, brought.as_ref()).await;
            self.under_way.borrow_mut().retain(|other| *other != effect);
            self.host.end_call();
            match self.go_on(taken, brought) {
                Some(next) => (effect, pass) = next,
                None => break,
            }
        }
        self.host.tell_idle();
    }

    /// Claims the call that what a call brought leads to, if any: then it has to be performed, with what it was cleared with. A
    /// clearance that nothing is sent with goes back.
    fn go_on(
        self: &Rc<Self>,
        taken: Result<Option<Effect>, Problem>,
        pass: Option<Pass>,
    ) -> Option<(Effect, Option<Pass>)> {
        let next = taken.as_ref().ok().copied().flatten().filter(|next| self.claim(*next));
        let is_sent = matches!(next, Some(Effect::Send { .. }));
        if let Some(unused) = pass.as_ref().filter(|_| !is_sent) {
            self.hand_back(unused.lease);
        }
        if let Err(problem) = taken.and_then(|_| self.settle()) {
            self.report(&problem);
        }
        next.map(|next| (next, pass.filter(|_| is_sent)))
    }

    /// Takes what a call brought; the last event says what follows. An answer comes once: where it cannot be saved, that is
    /// tried again for a while, and its call counts as under way until then.
    async fn take_all(self: &Rc<Self>, events: &[Event], pass: Option<&Pass>) -> Result<Option<Effect>, Problem> {
        let mut waits = SAVE_LADDER.into_iter().filter(|_| pass.is_none());
        loop {
            // What was forgotten, for another write failed, is read again.
            let taken = self
                .is_there()
                .and_then(|_| events.iter().try_fold(None, |_, event| self.take(event.clone(), pass, &Who::System)));
            let Err(problem) = &taken else { return taken };
            let Some(wait) = waits.next() else { return taken };
            self.report(problem);
            clock::pause(wait).await;
        }
    }

    fn claim(&self, effect: Effect) -> bool {
        let mut under_way = self.under_way.borrow_mut();
        let is_new = !under_way.contains(&effect);
        if is_new {
            under_way.push(effect);
            self.host.begin_call();
        }
        is_new
    }

    /// What is owed goes out, and the alarm is set: after every step.
    pub(in crate::object) fn settle(self: &Rc<Self>) -> Result<(), Problem> {
        deliver(self)?;
        match self.conductor() {
            Some(flow) => flow.has_news(),
            None => self.dispatch()?,
        }
        let is_busy = !self.under_way.borrow().is_empty();
        self.host.want(self.run, Want { at: self.next_wake_at(), is_busy })
    }

    /// What cannot be rendered is told by whoever asks next.
    pub(super) fn tell_sockets(&self, now: Timestamp) {
        if !self.sockets.may_be_there() {
            return;
        }
        // Nobody hears of what is not written.
        match self.host.sheet.flush().and_then(|()| self.view()) {
            Ok(Some(view)) => {
                let told = self.sockets.tell(&view, now);
                if !told.is_empty() {
                    self.host.spawn(Sockets::part(told));
                }
            }
            Ok(None) => {}
            Err(problem) => self.report(&problem),
        }
    }

    pub(super) fn next_wake_at(&self) -> Option<Timestamp> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref()?;
        let of_execution = kept.standing.execution.next_wake_at(&kept.order);
        let of_outbox = kept.standing.outbox.next_wake_at();
        let of_all = of_execution.into_iter().chain(of_outbox).chain(self.sockets.next_expiry());
        if self.flow.is_some() {
            // The flow tells the directory of it, and deletes it with all else.
            return of_all.min();
        }
        of_all.chain(kept.dispatch.next_wake_at()).chain(self.look_at(kept)).min()
    }

    /// The end of what was kept is there: nothing stays but the empty object.
    fn expire(self: &Rc<Self>) -> Result<(), Problem> {
        let is_due = {
            let kept = self.kept.borrow();
            let delete_at = kept.as_ref().and_then(|kept| self.delete_at(kept));
            delete_at.is_some_and(|at| clock::now() >= at) && self.under_way.borrow().is_empty()
        };
        if is_due {
            self.host.wipe()?;
            self.kept.replace(None);
            self.view.replace(None);
        }
        Ok(())
    }

    /// When everything is deleted; `None` while something goes on or is owed, and where nobody can say.
    fn delete_at(&self, kept: &Kept) -> Option<Timestamp> {
        // Where the settings cannot be read, nothing is deleted.
        let settings = Settings::of(&self.host.env).ok()?;
        Some(settings.retention_of(&kept.order.tenant).delete_at(over_at(kept)?))
    }

    /// When to look next whether everything is to be deleted.
    fn look_at(&self, kept: &Kept) -> Option<Timestamp> {
        Some(retention::look_at(over_at(kept)?, self.delete_at(kept), clock::now()))
    }

    /// Where nothing is due but the deletion, its alarm was set when it ended: setting it again would cost every reader
    /// of an old execution a write. If it was lost, whoever comes after it finds nothing all the same.
    fn trust_far_alarm(&self) {
        let look_at = self.kept.borrow().as_ref().and_then(|kept| self.look_at(kept));
        if let Some(look_at) = look_at {
            self.host.trust(look_at);
        }
    }

    pub(super) fn report(&self, problem: &Problem) {
        let kept = self.kept.borrow();
        let order = kept.as_ref().map(|kept| &kept.order);
        let names = order.map(|order| format!("{} (correlation id {})", order.id, order.correlation_id));
        console_error!("execution {}:", names.unwrap_or_default());
        problem.log();
    }
}

/// Since when nothing goes on and nothing is owed; `None` while something does.
fn over_at(kept: &Kept) -> Option<Timestamp> {
    let Kept { order, standing: Standing { execution, outbox, .. }, dispatch, .. } = kept;
    let is_owing = execution.next_wake_at(order).is_some() || outbox.owed() > 0 || dispatch.owed() > 0;
    retention::over_at(execution.ending().map(|(_, at)| at), outbox.changed_at(), is_owing)
}

/// Waits before a write is tried again that holds what comes once.
const SAVE_LADDER: [Span; 4] = [Span::from_secs(1), Span::from_secs(2), Span::from_secs(4), Span::from_secs(8)];

fn call_of(step: &Step) -> Option<Effect> {
    step.effects.iter().copied().find(|effect| match effect {
        Effect::Acquire { .. } | Effect::Send { .. } => true,
        Effect::Remember | Effect::Notify { .. } => false,
    })
}

/// Renders what a step wants told, and owes it. Gives also what was dropped to make room.
fn owe(next: &mut Standing, step: &Step, kept: &Kept, now: Timestamp) -> Result<(Vec<Notice>, Vec<Change>), Problem> {
    let (mut notices, mut dropped) = (Vec::new(), Vec::new());
    for effect in &step.effects {
        let Effect::Notify { topic } = effect else { continue };
        let number = next.notices.saturating_add(1);
        if let Admission::Taken { dropped: made_room } = next.outbox.owe(number, now) {
            next.notices = number;
            let body = render(*topic, step, kept, now)?;
            notices.push(Notice { letter: Letter::new(number, *topic, now), body });
            dropped.extend(made_room.map(|number| Change { number, state: LetterState::Dropped }));
        }
    }
    Ok((notices, dropped))
}

fn render(topic: Topic, step: &Step, kept: &Kept, now: Timestamp) -> Result<String, Problem> {
    let data = cxpulse_core::wire::Snapshot::of(&kept.order, &step.next, &kept.base);
    let kind = format!("execution.{}", topic.name());
    Ok(serde_json::to_string(&Notification { kind, timestamp: now.into(), data })?)
}

/// The body of a notification, as Standard Webhooks recommends it.
#[derive(Serialize)]
struct Notification {
    #[serde(rename = "type")]
    kind: String,
    timestamp: Rfc3339,
    data: cxpulse_core::wire::Snapshot,
}
