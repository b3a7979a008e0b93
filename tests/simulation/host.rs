//! A batch or a chain from a seed: its machine, those of its executions, one object that hosts them all and dies now and then, a
//! CXone that fails in every way. Never sleeps, and never asks for the time.
//!
//! The object's shell keeps what the Worker's does: the flow's standing, the rows of items or nodes that a turn names, and the
//! executions that it opens, all in one write. A crash loses everything else.

use std::collections::BTreeMap;

use cxpulse_core::call::{Answer, Call, CallKind, Credential};
use cxpulse_core::chain::Bound;
use cxpulse_core::execution::{Effect, Event, Execution, Order, Reason, State};
use cxpulse_core::flow::{self, Standing, Stop};
use cxpulse_core::id::Run;
use cxpulse_core::profile::Profile;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_sim::{Faults, Request, Settings};
use fastrand::Rng;

use super::BEGINNING;
use super::fault::{Luck, pick_faults, pick_luck};
use super::oracle::{Breach, Oracle};
use super::process::Process;
use super::world::Upstream;

/// What a batch and a chain do each in its own way: the machine, and what its shell has stored of it.
pub trait Face {
    /// What the caller may want run again.
    type Redrive: Clone;

    /// The machine as of its latest step.
    fn standing(&self) -> &Standing;

    /// When it is to be woken.
    fn next_wake_at(&self) -> Option<Timestamp>;

    /// Steps, and saves what the turn names.
    fn step(&mut self, event: FlowEvent<Self::Redrive>, now: Timestamp) -> Vec<Act>;

    /// Forgets what is not stored.
    fn restore(&mut self);

    /// What is under way, each with its execution.
    fn running(&self) -> BTreeMap<u32, Run>;

    /// How many may be at once.
    fn parallel(&self) -> u32;

    /// How many of its parts stand where: all of them, and the sum of those that are counted.
    fn counts(&self) -> (u32, u32);

    /// The answer that is stored of each part.
    fn answers(&self) -> Vec<(u32, flow::Answer)>;

    /// The answer that is shown of a part.
    fn shown(&self, index: u32) -> Option<&flow::Answer>;

    /// How an execution of a part has ended.
    fn answer_of(&self, index: u32, execution: &Execution) -> Option<flow::Answer>;

    /// What an execution of a part is opened with.
    fn order_of(&self, index: u32, run: Run, now: Timestamp, hosted: &Hosted) -> Order;

    /// What the inputs of a part come to.
    ///
    /// # Errors
    /// What does not hold of what it finds.
    fn bind(&self, index: u32, hosted: &Hosted) -> Result<Bound, String>;

    /// Whether what was written down of it, run again, comes to the same.
    ///
    /// # Errors
    /// Where it does not.
    fn check_journal(&self) -> Result<(), String>;

    /// What does not hold of the machine beside what holds of every flow.
    ///
    /// # Errors
    /// What it is.
    fn check(&self, hosted: &Hosted) -> Result<(), String>;
}

/// Executions as stored, each with the part that it is of.
pub type Hosted = BTreeMap<Run, (u32, Process)>;

/// What happens to a flow.
#[derive(Debug, Clone)]
pub enum FlowEvent<R> {
    /// The alarm.
    Woken,
    /// What inputs came to.
    Bound(u32, Bound),
    /// An execution ended.
    Ended(u32, flow::Answer),
    /// The caller wants it stopped.
    Cancel,
    /// The caller wants something run again.
    Redrive(R),
}

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Make the inputs of a part.
    Bind(u32),
    /// Open an execution of a part.
    Start(u32, Run),
    /// Cancel an execution.
    Cancel(Run),
}

/// What is decided of a flow before it begins, whatever it is.
#[derive(Debug, Clone)]
pub struct Fortune<R> {
    /// The seed of every later chance.
    pub seed: u64,
    /// What goes wrong at CXone.
    pub faults: Faults,
    /// What goes wrong on our side.
    pub luck: Luck,
    /// When the caller cancels, after the beginning.
    pub cancels: Vec<Span>,
    /// When the caller wants something run again.
    pub redrives: Vec<(Span, R)>,
    /// When an end is told once more.
    pub repeats: Vec<Span>,
}

impl<R> Fortune<R> {
    /// What `chance` decides; `redrive` picks what is to run again.
    pub(super) fn pick(seed: u64, chance: &mut Rng, redrive: impl Fn(&mut Rng) -> R) -> Self {
        let mut faults = pick_faults(chance);
        faults.latency_ms = [faults.latency_ms[0] / 4, faults.latency_ms[1] / 4];
        let luck = pick_luck(chance);
        let span = |chance: &mut Rng| Span::from_millis(chance.u64(..400_000));
        let cancels = (0..chance.usize(..4) / 2).map(|_| span(chance)).collect();
        let redrives = (0..chance.usize(..4)).map(|_| (span(chance), redrive(chance))).collect();
        let repeats = (0..chance.usize(..6)).map(|_| span(chance)).collect();
        Self { seed, faults, luck, cancels, redrives, repeats }
    }
}

/// What there is to say of every flow at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
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
pub struct Host<F: Face> {
    fortune: Fortune<F::Redrive>,
    chance: Rng,
    upstream: Upstream,
    face: F,
    /// Whether the object lives.
    is_up: bool,
    hosted: Hosted,
    now: Timestamp,
    queue: BTreeMap<(Timestamp, u64), Happening<F::Redrive>>,
    queued: u64,
    /// Which life of the object this is.
    epoch: u64,
    oracle: Oracle,
    crashes: u64,
    calls: u64,
}

/// Something that will happen at an instant.
#[derive(Debug, Clone)]
enum Happening<R> {
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
    Redrive(R),
    /// An end that was told once is told again.
    Repeat,
    Restart,
}

impl<F: Face> Host<F> {
    /// Opens the flow that `open` makes of CXone's profile.
    ///
    /// # Panics
    /// Where that profile is none.
    #[must_use]
    pub fn open(fortune: Fortune<F::Redrive>, open: impl FnOnce(&Profile) -> F) -> Self {
        let settings = Settings { seed: fortune.seed, ..Settings::default() };
        let mut upstream = Upstream::with(settings, Profile::built_in("dataactions").expect("it is built in"));
        upstream.set_faults(&fortune.faults, BEGINNING);
        let face = open(upstream.profile());
        let mut host = Self {
            chance: Rng::with_seed(!fortune.seed),
            upstream,
            face,
            is_up: true,
            hosted: BTreeMap::new(),
            now: BEGINNING,
            queue: BTreeMap::new(),
            queued: 0,
            epoch: 0,
            oracle: Oracle::new(fortune.seed),
            crashes: 0,
            calls: 0,
            fortune,
        };
        host.schedule();
        host
    }

    /// Plays it to the end.
    ///
    /// # Errors
    /// [`Breach`]: the first invariant that did not hold, and where.
    pub fn play(mut self) -> Result<(Fate, F), Breach> {
        while self.play_next()? {}
        self.finish()
    }

    fn schedule(&mut self) {
        for after in self.fortune.cancels.clone() {
            self.push(BEGINNING.plus(after), Happening::Cancel);
        }
        for (after, what) in self.fortune.redrives.clone() {
            self.push(BEGINNING.plus(after), Happening::Redrive(what));
        }
        for after in self.fortune.repeats.clone() {
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
            self.feed_flow(FlowEvent::Woken)?;
        }
        Ok(true)
    }

    /// One alarm: the least of the flow's and its executions'. `None` while the object is dead.
    fn next_alarm(&self) -> Option<(Timestamp, Option<Run>)> {
        let of_flow = self.face.next_wake_at().map(|at| (at, None));
        let of_runs = self.hosted.iter().filter_map(|(run, (_, process))| Some((process.alarm_at?, Some(*run))));
        of_runs.chain(of_flow).min().filter(|_| self.is_up)
    }

    fn happen(&mut self, happening: Happening<F::Redrive>) -> Result<(), Breach> {
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
            again if !self.is_up => {
                self.push(self.now.plus(Span::from_secs(1)), again);
                Ok(())
            }
            Happening::Cancel => self.feed_flow(FlowEvent::Cancel),
            Happening::Redrive(what) => self.feed_flow(FlowEvent::Redrive(what)),
            Happening::Repeat => self.repeat(),
        }
    }

    fn lives(&self, epoch: u64) -> bool {
        self.is_up && self.epoch == epoch
    }

    fn repeat(&mut self) -> Result<(), Breach> {
        let ended = self.face.answers();
        if ended.is_empty() {
            return Ok(());
        }
        let (index, answer) = ended[self.chance.usize(..ended.len())].clone();
        self.feed_flow(FlowEvent::Ended(index, answer))
    }

    /// Steps, saves and performs what happened to the flow; and perhaps dies on the way.
    fn feed_flow(&mut self, event: FlowEvent<F::Redrive>) -> Result<(), Breach> {
        if self.strikes(self.fortune.luck.crash_before_save) {
            self.crash();
            return Ok(());
        }
        let acts = self.step_flow(event)?;
        self.perform_acts(&acts)
    }

    /// In one write: the standing, the rows that changed, and the executions that begin. What is to be bound is bound in the
    /// same turn; where the object dies before, what was asked is saved all the same, and asked again.
    fn step_flow(&mut self, event: FlowEvent<F::Redrive>) -> Result<Vec<Act>, Breach> {
        let mut acts = self.face.step(event, self.now);
        let mut at = 0;
        while let Some(act) = acts.get(at).copied() {
            at += 1;
            match act {
                Act::Bind(index) => {
                    if self.strikes(self.fortune.luck.crash_before_perform) {
                        self.crash();
                        return Ok(Vec::new());
                    }
                    let bound = self.face.bind(index, &self.hosted);
                    self.oracle.demand(bound.is_ok(), || format!("{bound:?}"))?;
                    let bound = bound.unwrap_or(Bound::Skip);
                    // What it starts is begun before anything else, for both are one write.
                    let led = self.face.step(FlowEvent::Bound(index, bound), self.now);
                    acts.splice(at..at, led);
                }
                Act::Start(index, run) => self.begin(index, run)?,
                Act::Cancel(_) => {}
            }
        }
        self.check_flow()?;
        Ok(acts)
    }

    fn begin(&mut self, index: u32, run: Run) -> Result<(), Breach> {
        let order = self.face.order_of(index, run, self.now, &self.hosted);
        let (mut process, _) = Process::open(order, self.fortune.seed);
        process.arm(self.now);
        let earlier = self.hosted.insert(run, (index, process));
        self.oracle.demand(earlier.is_none(), || format!("run {run} begins a second time"))
    }

    fn perform_acts(&mut self, acts: &[Act]) -> Result<(), Breach> {
        if !acts.is_empty() && self.strikes(self.fortune.luck.crash_before_perform) {
            self.crash();
            return Ok(());
        }
        for act in acts {
            match act {
                Act::Start(_, run) => self.feed(*run, Event::Woken)?,
                Act::Cancel(run) => self.feed(*run, Event::CancelRequested)?,
                Act::Bind(_) => {}
            }
        }
        Ok(())
    }

    /// Steps an execution; where it ends by that, the flow takes its end in the same write.
    fn feed(&mut self, run: Run, event: Event) -> Result<(), Breach> {
        if !self.is_up {
            return Ok(());
        }
        if self.strikes(self.fortune.luck.crash_before_save) {
            self.crash();
            return Ok(());
        }
        let now = self.now;
        let Some((index, process)) = self.hosted.get_mut(&run) else { return Ok(()) };
        let (index, was_over) = (*index, process.execution.ending().is_some());
        let effects = process.step(event, now)?;
        let is_over = !was_over && process.execution.ending().is_some();
        let acts = if is_over { self.take_end(index, run)? } else { Vec::new() };
        if !self.is_up {
            return Ok(());
        }
        if !effects.is_empty() && self.strikes(self.fortune.luck.crash_before_perform) {
            self.crash();
            return Ok(());
        }
        effects.iter().for_each(|effect| self.perform(run, *effect));
        self.perform_acts(&acts)
    }

    fn take_end(&mut self, index: u32, run: Run) -> Result<Vec<Act>, Breach> {
        let (_, process) = &self.hosted[&run];
        let answer = self.face.answer_of(index, &process.execution).expect("it has ended");
        self.step_flow(FlowEvent::Ended(index, answer))
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
                let (_, Process { order, execution, .. }) = &self.hosted[&run];
                let request = self.upstream.write(order, execution, call, self.upstream.token());
                let at = self.now.plus(Span::from_millis(self.chance.u64(1..200)));
                self.push(at, Happening::Arrival { epoch, run, call, request, sent_at: self.now });
            }
            Effect::Remember | Effect::Notify { .. } => {}
        }
    }

    /// The gate: a token, and now and then no permit.
    fn decide(&mut self, run: Run, call: Call) -> Result<(), Breach> {
        if self.strikes(self.fortune.luck.postpone) {
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
        if returned.is_broken && self.strikes(self.fortune.luck.silence) {
            return;
        }
        let dawdled = if self.strikes(self.fortune.luck.dawdle) { self.chance.u64(..120_000) } else { 0 };
        let at = self.now.plus(returned.delay).plus(Span::from_millis(self.chance.u64(1..200) + dawdled));
        let answer = Happening::Answer { epoch, run, call, answer: returned.answer, took: at.since(sent_at) };
        if self.strikes(self.fortune.luck.duplicate) {
            let again = at.plus(Span::from_millis(self.chance.u64(..30_000)));
            self.push(again, answer.clone());
        }
        self.push(at, answer);
    }

    fn crash(&mut self) {
        self.is_up = false;
        self.crashes += 1;
        let down = Span::from_millis(self.chance.u64(..20_000));
        self.push(self.now.plus(down), Happening::Restart);
    }

    /// Lives again: reads what is stored, goes on with what runs, and cancels what was to be canceled.
    fn restart(&mut self) -> Result<(), Breach> {
        self.epoch += 1;
        self.face.restore();
        self.is_up = true;
        let running: Vec<Run> = self.face.running().into_values().collect();
        let is_canceled = self.face.standing().stop() == Some(Stop::Canceled);
        self.check_flow()?;
        for (_, process) in self.hosted.values_mut() {
            process.restart()?;
        }
        let owed: Vec<Run> = self.hosted.keys().copied().collect();
        for run in owed {
            self.feed(run, Event::Interrupted)?;
            if is_canceled && running.contains(&run) {
                self.feed(run, Event::CancelRequested)?;
            }
        }
        Ok(())
    }

    fn check_flow(&self) -> Result<(), Breach> {
        if !self.is_up {
            return Ok(());
        }
        let (total, sum) = self.face.counts();
        self.oracle.demand(sum == total, || format!("{sum} are counted of {total}"))?;
        let running = self.face.running();
        let is_bounded = running.len() <= usize::try_from(self.face.parallel()).unwrap_or(usize::MAX);
        self.oracle.demand(is_bounded, || format!("{} run of {}", running.len(), self.face.parallel()))?;
        for (index, run) in &running {
            let process = self.hosted.get(run).filter(|(of, _)| of == index);
            let lives = process.is_some_and(|(_, process)| process.execution.ending().is_none());
            self.oracle.demand(lives, || format!("{index} runs without an execution {run}"))?;
        }
        let live = self.hosted.iter().filter(|(_, (_, process))| process.execution.ending().is_none());
        for (run, (index, _)) in live {
            self.oracle.demand(running.get(index) == Some(run), || format!("execution {run} runs on its own"))?;
        }
        let is_over = self.face.standing().ended().is_some();
        let is_idle = running.is_empty() && self.face.next_wake_at().is_none();
        self.oracle.demand(is_over == is_idle, || format!("ended: {is_over}, idle: {is_idle}"))?;
        let checked = self.face.check(&self.hosted);
        self.oracle.demand(checked.is_ok(), || format!("{checked:?}"))
    }

    fn finish(mut self) -> Result<(Fate, F), Breach> {
        self.oracle.demand(self.is_up, || "nothing is due and the object is dead".into())?;
        self.check_flow()?;
        let is_over = self.face.standing().ended().is_some();
        self.oracle.demand(is_over, || format!("nothing is due and it has not ended: {:?}", self.face.counts()))?;
        self.check_executions()?;
        for index in 0..self.face.counts().0 {
            let Some(answer) = self.face.shown(index) else { continue };
            let execution = self.hosted.get(&answer.run).and_then(|(_, process)| process.execution.ending());
            let outcome = execution.map(|(ending, _)| ending.outcome());
            self.oracle.demand(outcome == answer.outcome, || format!("{index} shows {answer:?}"))?;
        }
        let journal = self.face.check_journal();
        self.oracle.demand(journal.is_ok(), || format!("{journal:?}"))?;
        let standing = self.face.standing();
        let fate = Fate {
            started: u64::try_from(self.hosted.len()).unwrap_or(u64::MAX),
            generations: standing.generation(),
            crashes: self.crashes,
            stop: standing.stop(),
            calls: self.calls,
        };
        Ok((fate, self.face))
    }

    /// Each ended, replays, and is on CXone once at most.
    fn check_executions(&mut self) -> Result<(), Breach> {
        for (run, (_, process)) in &self.hosted {
            process.check_journal()?;
            let is_over = process.execution.ending().is_some() && !Self::is_submitting(process);
            self.oracle.demand(is_over, || format!("execution {run} never ends"))?;
            let count = self.upstream.truths(&process.order, false, self.now).len();
            self.oracle.demand(count <= 1, || format!("execution {run} was submitted {count} times"))?;
        }
        Ok(())
    }

    fn is_submitting(process: &Process) -> bool {
        matches!(process.execution.state(), State::Calling { call, .. } if call.kind == CallKind::Submit)
    }

    fn strikes(&mut self, rate: f64) -> bool {
        // The second end of a life is calm, so that what is owed gets done.
        let is_late = self.now.since(BEGINNING) > CALM_AFTER;
        self.chance.f64() < rate && !is_late
    }

    fn push(&mut self, at: Timestamp, happening: Happening<F::Redrive>) {
        self.queued += 1;
        self.queue.insert((at, self.queued), happening);
    }
}

/// More steps than any planned life takes.
const STEPS_MAX: u64 = 400_000;

const CALM_AFTER: Span = Span::from_secs(7_200);
