//! A batch from a seed: the machine of the batch, those of its items, one object that hosts them all and dies now and then, a
//! CXone that fails in every way. Never sleeps, and never asks for the time.
//!
//! The object's shell keeps what the Worker's does: the batch's standing, the rows of items that a turn names, and the
//! executions that it opens, all in one write. A crash loses everything else.

use std::collections::BTreeMap;

use cxpulse_core::batch::{
    Answer as ItemAnswer, Batch, BatchIdentity, BatchOrder, Effect as BatchEffect, Event as BatchEvent, Item,
    ItemOrder, Names, Standing, Stop, Turn, Turnout,
};
use cxpulse_core::call::{Answer, Call, CallKind, Credential};
use cxpulse_core::execution::{Effect, Event, Reason, State};
use cxpulse_core::flow::NodeStatus;
use cxpulse_core::id::{FlowId, Run};
use cxpulse_core::profile::Profile;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::{BatchRedrive, parse_batch};
use cxpulse_sim::{Request, Settings};
use fastrand::Rng;

use super::BEGINNING;
use super::oracle::{Breach, Oracle};
use super::process::Process;
use super::world::Upstream;

mod check;
mod plan;

pub use check::BATCH_INVARIANTS;
pub use plan::BatchPlan;

/// How one batch went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchReport {
    /// Items.
    pub items: u32,
    /// Items that are successful at last.
    pub successful: u32,
    /// Executions that were begun, over all generations.
    pub started: u64,
    /// Generations.
    pub generations: u32,
    /// Times that the object died.
    pub crashes: u64,
    /// Why it was stopped, at last.
    pub stop: Option<Stop>,
    /// Calls sent.
    pub calls: u64,
}

/// The object and everything around it.
#[derive(Debug)]
pub struct BatchShell {
    plan: BatchPlan,
    chance: Rng,
    upstream: Upstream,
    order: BatchOrder,
    items: Vec<ItemOrder>,
    /// In memory; `None` while the object is dead.
    batch: Option<Batch>,
    /// As stored.
    standing: String,
    /// As stored, by index.
    rows: BTreeMap<u32, String>,
    /// As stored, each with its item.
    executions: BTreeMap<Run, (u32, Process)>,
    now: Timestamp,
    queue: BTreeMap<(Timestamp, u64), Happening>,
    queued: u64,
    /// Which life of the object this is.
    epoch: u64,
    oracle: Oracle,
    crashes: u64,
    calls: u64,
}

/// Something that will happen at an instant.
#[derive(Debug, Clone)]
enum Happening {
    /// The gate has decided, in that life of the object.
    Gate {
        epoch: u64,
        run: Run,
        call: Call,
    },
    /// A request reaches CXone, whether or not its sender lives.
    Arrival {
        epoch: u64,
        run: Run,
        call: Call,
        request: Request,
        sent_at: Timestamp,
    },
    /// An answer reaches the object.
    Answer {
        epoch: u64,
        run: Run,
        call: Call,
        answer: Answer,
        took: Span,
    },
    Cancel,
    Redrive(Vec<NodeStatus>),
    /// An end that was told once is told again.
    Repeat,
    Restart,
}

impl BatchShell {
    /// Accepts the plan's request, and opens the batch.
    ///
    /// # Panics
    /// Where the plan is none.
    #[must_use]
    pub fn open(plan: BatchPlan) -> Self {
        let settings = Settings { seed: plan.seed, ..Settings::default() };
        let mut upstream = Upstream::with(settings, Profile::built_in("dataactions").expect("it is built in"));
        upstream.set_faults(&plan.faults, BEGINNING);
        let request = parse_batch(&plan.request.to_string()).expect("planned requests are well formed");
        let identity =
            BatchIdentity { id: FlowId::batch([1; 16]), trace: TraceContext::root([3; 16]), seed: plan.seed };
        let (order, items) = BatchOrder::accept(request, identity, upstream.profile(), BEGINNING);
        let batch = Batch::open(&order, names(&items));
        let standing = serde_json::to_string(batch.standing()).expect("a standing is JSON");
        let mut shell = Self {
            chance: Rng::with_seed(!plan.seed),
            upstream,
            order,
            items,
            batch: Some(batch),
            standing,
            rows: BTreeMap::new(),
            executions: BTreeMap::new(),
            now: BEGINNING,
            queue: BTreeMap::new(),
            queued: 0,
            epoch: 0,
            oracle: Oracle::new(plan.seed),
            crashes: 0,
            calls: 0,
            plan,
        };
        shell.schedule_plan();
        shell
    }

    /// Plays it to the end.
    ///
    /// # Errors
    /// [`Breach`]: the first invariant that did not hold, and where.
    pub fn play(mut self) -> Result<BatchReport, Breach> {
        while self.play_next()? {}
        self.finish()
    }

    fn schedule_plan(&mut self) {
        for after in self.plan.cancels.clone() {
            self.push(BEGINNING.plus(after), Happening::Cancel);
        }
        for (after, statuses) in self.plan.redrives.clone() {
            self.push(BEGINNING.plus(after), Happening::Redrive(statuses));
        }
        for after in self.plan.repeats.clone() {
            self.push(BEGINNING.plus(after), Happening::Repeat);
        }
    }

    /// Lets the next thing happen; `false` when nothing will ever happen again.
    fn play_next(&mut self) -> Result<bool, Breach> {
        self.oracle.steps += 1;
        self.oracle.demand(self.oracle.steps < STEPS_MAX, || "it never ends".into())?;
        let queued_at = self.queue.first_key_value().map(|((at, _), _)| *at);
        let alarm = self.next_alarm();
        let Some(at) = [queued_at, alarm.map(|(at, _)| at)].into_iter().flatten().min() else { return Ok(false) };
        self.now = self.now.max(at);
        if queued_at == Some(at) {
            if let Some((_, happening)) = self.queue.pop_first() {
                self.happen(happening)?;
            }
        } else if let Some((_, Some(run))) = alarm {
            self.feed(run, Event::Woken)?;
        } else {
            self.feed_batch(BatchEvent::Woken)?;
        }
        Ok(true)
    }

    /// One alarm: the least of the batch's and its executions'. `None` while the object is dead.
    fn next_alarm(&self) -> Option<(Timestamp, Option<Run>)> {
        let batch = self.batch.as_ref()?;
        let of_batch = batch.next_wake_at().map(|at| (at, None));
        let of_runs = self.executions.iter().filter_map(|(run, (_, process))| Some((process.alarm_at?, Some(*run))));
        of_runs.chain(of_batch).min()
    }

    fn happen(&mut self, happening: Happening) -> Result<(), Breach> {
        match happening {
            Happening::Gate { epoch, run, call } if self.lives(epoch) => self.decide(run, call),
            Happening::Gate { .. } => Ok(()),
            Happening::Arrival { epoch, run, call, request, sent_at } => {
                self.arrive(epoch, run, call, &request, sent_at);
                Ok(())
            }
            Happening::Answer { epoch, run, call, answer, took } if self.lives(epoch) => {
                self.feed(run, Event::Answered { call, answer, took })
            }
            Happening::Answer { .. } => Ok(()),
            Happening::Restart => self.restart(),
            // Who asks a dead object asks again.
            again if self.batch.is_none() => {
                self.push(self.now.plus(Span::from_secs(1)), again);
                Ok(())
            }
            Happening::Cancel => self.feed_batch(BatchEvent::CancelRequested),
            Happening::Redrive(statuses) => self.redrive(&statuses),
            Happening::Repeat => self.repeat(),
        }
    }

    fn lives(&self, epoch: u64) -> bool {
        self.batch.is_some() && self.epoch == epoch
    }

    fn redrive(&mut self, statuses: &[NodeStatus]) -> Result<(), Breach> {
        let request = BatchRedrive { items: None, statuses: statuses.to_vec(), is_preview: false };
        let plan = self.batch.as_ref().and_then(|batch| batch.plan(&request).ok());
        let items = plan.map(|plan| plan.items).unwrap_or_default();
        self.feed_batch(BatchEvent::RedriveRequested { items })
    }

    fn repeat(&mut self) -> Result<(), Breach> {
        let ended: Vec<(u32, ItemAnswer)> =
            self.rows().filter_map(|(index, item)| Some((index, item.answer?))).collect();
        if ended.is_empty() {
            return Ok(());
        }
        let (item, answer) = ended[self.chance.usize(..ended.len())].clone();
        self.feed_batch(BatchEvent::ItemEnded { item, answer })
    }

    /// Steps, saves and performs what happened to the batch; and perhaps dies on the way.
    fn feed_batch(&mut self, event: BatchEvent) -> Result<(), Breach> {
        if self.strikes(self.plan.luck.crash_before_save) {
            self.crash();
            return Ok(());
        }
        let turn = self.step_batch(event)?;
        self.perform_turn(&turn)
    }

    /// In one write: the standing, the items that changed, and the executions that they begin with.
    fn step_batch(&mut self, event: BatchEvent) -> Result<Turn, Breach> {
        let Some(mut batch) = self.batch.take() else { return Ok(Turn::default()) };
        let turn = batch.step(&self.order, event, self.now);
        if turn.is_changed {
            self.standing = serde_json::to_string(batch.standing()).expect("a standing is JSON");
        }
        for index in &turn.items {
            let item = batch.item(*index).expect("an item that there is");
            self.rows.insert(*index, serde_json::to_string(item).expect("an item is JSON"));
        }
        for effect in &turn.effects {
            if let BatchEffect::Start { item, run } = effect {
                self.begin(&batch, *item, *run)?;
            }
        }
        self.batch = Some(batch);
        self.check_batch()?;
        Ok(turn)
    }

    fn begin(&mut self, batch: &Batch, index: u32, run: Run) -> Result<(), Breach> {
        let item = batch.item(index).expect("an item that there is");
        let turnout = Turnout {
            run,
            generation: item.generation,
            started_at: self.now,
            deadline_at: batch.standing().deadline_at(),
        };
        let place = usize::try_from(index).expect("an index");
        let order = self.order.execution_order(&self.items[place], &turnout);
        let (mut process, _) = Process::open(order, self.plan.seed);
        process.arm(self.now);
        let earlier = self.executions.insert(run, (index, process));
        self.oracle.demand(earlier.is_none(), || format!("run {run} begins a second time"))
    }

    fn perform_turn(&mut self, turn: &Turn) -> Result<(), Breach> {
        if !turn.effects.is_empty() && self.strikes(self.plan.luck.crash_before_perform) {
            self.crash();
            return Ok(());
        }
        for effect in &turn.effects {
            match effect {
                BatchEffect::Start { run, .. } => self.feed(*run, Event::Woken)?,
                BatchEffect::Cancel { run, .. } => self.feed(*run, Event::CancelRequested)?,
                BatchEffect::Notify { .. } => {}
            }
        }
        Ok(())
    }

    /// Steps an execution; where it ends by that, the batch takes its end in the same write.
    fn feed(&mut self, run: Run, event: Event) -> Result<(), Breach> {
        if self.batch.is_none() {
            return Ok(());
        }
        if self.strikes(self.plan.luck.crash_before_save) {
            self.crash();
            return Ok(());
        }
        let now = self.now;
        let Some((index, process)) = self.executions.get_mut(&run) else { return Ok(()) };
        let (index, was_over) = (*index, process.execution.ending().is_some());
        let effects = process.step(event, now)?;
        let is_over = !was_over && process.execution.ending().is_some();
        let turn = if is_over { self.take_end(index, run)? } else { Turn::default() };
        if !effects.is_empty() && self.strikes(self.plan.luck.crash_before_perform) {
            self.crash();
            return Ok(());
        }
        effects.iter().for_each(|effect| self.perform(run, *effect));
        self.perform_turn(&turn)
    }

    fn take_end(&mut self, index: u32, run: Run) -> Result<Turn, Breach> {
        let item = self.batch.as_ref().and_then(|batch| batch.item(index)).expect("an item that there is");
        let (_, process) = &self.executions[&run];
        let answer = ItemAnswer::of(item, &process.execution).expect("it has ended");
        self.step_batch(BatchEvent::ItemEnded { item: index, answer })
    }

    fn perform(&mut self, run: Run, effect: Effect) {
        let epoch = self.epoch;
        match effect {
            Effect::Acquire { call } => {
                let at = self.now.plus(Span::from_millis(self.chance.u64(..50)));
                self.push(at, Happening::Gate { epoch, run, call });
            }
            Effect::Send { call } => {
                self.calls += 1;
                let (_, Process { order, execution, .. }) = &self.executions[&run];
                let request = self.upstream.write(order, execution, call, self.upstream.token());
                let at = self.now.plus(Span::from_millis(self.chance.u64(1..200)));
                self.push(at, Happening::Arrival { epoch, run, call, request, sent_at: self.now });
            }
            Effect::Remember | Effect::Notify { .. } => {}
        }
    }

    /// The gate: a token, and now and then no permit.
    fn decide(&mut self, run: Run, call: Call) -> Result<(), Breach> {
        if self.strikes(self.plan.luck.postpone) {
            let until = self.now.plus(Span::from_millis(self.chance.u64(..5_000)));
            return self.feed(run, Event::Postponed { call, reason: Reason::Permit, until });
        }
        let is_renewal = call.credential == Credential::Fresh || self.upstream.token().is_none();
        if is_renewal && !self.upstream.renew_token(self.now) {
            let until = self.now.plus(Span::from_millis(self.chance.u64(500..5_500)));
            return self.feed(run, Event::Postponed { call, reason: Reason::Credentials, until });
        }
        self.feed(run, Event::Cleared { call })
    }

    fn arrive(&mut self, epoch: u64, run: Run, call: Call, request: &Request, sent_at: Timestamp) {
        let returned = self.upstream.answer(call, request, self.now);
        if returned.is_broken && self.strikes(self.plan.luck.silence) {
            return;
        }
        let dawdled = if self.strikes(self.plan.luck.dawdle) { self.chance.u64(..120_000) } else { 0 };
        let at = self.now.plus(returned.delay).plus(Span::from_millis(self.chance.u64(1..200) + dawdled));
        let answer = Happening::Answer { epoch, run, call, answer: returned.answer, took: at.since(sent_at) };
        if self.strikes(self.plan.luck.duplicate) {
            let again = at.plus(Span::from_millis(self.chance.u64(..30_000)));
            self.push(again, answer.clone());
        }
        self.push(at, answer);
    }

    fn crash(&mut self) {
        self.batch = None;
        self.crashes += 1;
        let down = Span::from_millis(self.chance.u64(..20_000));
        self.push(self.now.plus(down), Happening::Restart);
    }

    /// Lives again: reads what is stored, goes on with what runs, and cancels what was to be canceled.
    fn restart(&mut self) -> Result<(), Breach> {
        self.epoch += 1;
        let standing: Standing = serde_json::from_str(&self.standing).expect("our own standing");
        let rows: BTreeMap<u32, Item> = self.rows().collect();
        let batch = Batch::restore(&self.order, standing, names(&self.items), |index| rows.get(&index).cloned());
        let running: Vec<Run> = batch.running().map(|(_, run)| run).collect();
        let is_canceled = batch.standing().stop() == Some(Stop::Canceled);
        self.batch = Some(batch);
        self.check_batch()?;
        for (_, process) in self.executions.values_mut() {
            process.restart()?;
        }
        let owed: Vec<Run> = self.executions.keys().copied().collect();
        for run in owed {
            self.feed(run, Event::Interrupted)?;
            if is_canceled && running.contains(&run) {
                self.feed(run, Event::CancelRequested)?;
            }
        }
        Ok(())
    }

    fn rows(&self) -> impl Iterator<Item = (u32, Item)> + '_ {
        self.rows.iter().map(|(index, row)| (*index, serde_json::from_str(row).expect("our own item")))
    }

    fn is_submitting(process: &Process) -> bool {
        matches!(process.execution.state(), State::Calling { call, .. } if call.kind == CallKind::Submit)
    }

    fn strikes(&mut self, rate: f64) -> bool {
        // The second end of a life is calm, so that what is owed gets done.
        let is_late = self.now.since(BEGINNING) > CALM_AFTER;
        self.chance.f64() < rate && !is_late
    }

    fn push(&mut self, at: Timestamp, happening: Happening) {
        self.queued += 1;
        self.queue.insert((at, self.queued), happening);
    }
}

fn names(items: &[ItemOrder]) -> Names {
    Names::new(items.iter().map(|item| &item.id))
}

/// More steps than any planned life takes.
const STEPS_MAX: u64 = 400_000;

const CALM_AFTER: Span = Span::from_secs(7_200);
