//! A shell as the Worker is one: loads, steps, saves, arms, performs, and loses its memory when told to.

use std::collections::{BTreeMap, BTreeSet};

use cxpulse_core::call::{self, Answer, Call, CallKind, Credential};
use cxpulse_core::callback::Inbox;
use cxpulse_core::execution::{Effect, Event, Identity, Order, Reason, State};
use cxpulse_core::id::ExecutionId;
use cxpulse_core::profile::Profile;
use cxpulse_core::redaction::Redactor;
use cxpulse_core::status::Outcome;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::parse_execution;
use cxpulse_sim::{CallbackCall, Request, Settings};
use fastrand::Rng;

use super::door::{Door, Verdict};
use super::fault::Plan;
use super::oracle::{Breach, agrees};
use super::process::Process;
use super::world::{Truth, Upstream};
use super::{BEGINNING, Report};

/// The shell and everything around it.
#[derive(Debug)]
pub struct Shell {
    plan: Plan,
    chance: Rng,
    upstream: Upstream,
    process: Process,
    /// True time. The shell's own clock is `skew_ms` away from it.
    now: Timestamp,
    skew_ms: i64,
    queue: BTreeMap<(Timestamp, u64), Happening>,
    queued: u64,
    is_lifecycle_regular: bool,
    noticed_at: Option<Timestamp>,
    truth_at_end: Option<Truth>,
    counts: Counts,
    door: Door,
    /// What callbacks were known by whose steps were saved.
    told: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Counts {
    calls: u64,
    polls: u64,
    called_back: u64,
    refused: u64,
    repeated: u64,
}

/// Something that will happen at an instant of true time.
#[derive(Debug, Clone)]
enum Happening {
    /// The gate has decided, in that life of the process.
    Gate {
        epoch: u64,
        call: Call,
    },
    /// A request reaches CXone, whether or not its sender lives.
    Arrival {
        epoch: u64,
        call: Call,
        request: Request,
        sent_at: Timestamp,
    },
    /// An answer reaches the process that sent the request.
    Answer {
        epoch: u64,
        call: Call,
        answer: Answer,
        took: Span,
    },
    CallbackDue,
    /// CXone calls back with old news.
    Stray,
    Cancel,
    ClockStep(i64),
    Restart,
}

impl Shell {
    /// Accepts the plan's request, and opens the execution.
    ///
    /// # Errors
    /// [`Breach`], where opening breaks an invariant.
    pub fn open(plan: Plan) -> Result<Self, Breach> {
        let settings = Settings { seed: plan.seed, callbacks: plan.signing.clone(), ..Settings::default() };
        let mut upstream = Upstream::with(settings, Profile::built_in("dataactions").expect("it is built in"));
        let mut request = plan.request.clone();
        if plan.is_watch {
            let id = upstream.submit_foreign(&plan.action_id, BEGINNING);
            request["watch"] = serde_json::json!({ "execution_id": id.as_str() });
        }
        let request = parse_execution(&request.to_string()).expect("planned requests are well formed");
        let identity = Identity {
            id: ExecutionId::from_bytes([1; 16]),
            correlation_bytes: [2; 16],
            trace: TraceContext::root([3; 16]),
            seed: plan.seed,
        };
        let order = Order::accept(request, identity, upstream.profile(), BEGINNING);
        upstream.set_faults(&plan.faults, BEGINNING);
        let (mut process, effects) = Process::open(order, plan.seed);
        process.arm(BEGINNING);
        let mut shell = Self {
            chance: Rng::with_seed(!plan.seed),
            upstream,
            process,
            now: BEGINNING,
            skew_ms: 0,
            queue: BTreeMap::new(),
            queued: 0,
            is_lifecycle_regular: !plan.action_id.contains("stepping"),
            noticed_at: None,
            truth_at_end: None,
            counts: Counts::default(),
            door: Door::of(plan.signing.as_ref()),
            told: BTreeSet::new(),
            plan,
        };
        shell.schedule_plan();
        shell.perform_all(&effects)?;
        Ok(shell)
    }

    /// Lets the next thing happen; `false` when nothing will ever happen again.
    ///
    /// # Errors
    /// [`Breach`], where an invariant does not hold.
    pub fn play_next(&mut self) -> Result<bool, Breach> {
        let steps = self.process.oracle.steps;
        self.process.oracle.demand(steps < STEPS_MAX, || "it never ends".into())?;
        let queued_at = self.queue.first_key_value().map(|((at, _), _)| *at);
        let callback_at = self.upstream.next_callback_at();
        let alarm_at = self.process.alarm_at.filter(|_| self.process.epoch.is_some()).map(|at| self.true_time(at));
        let Some(at) = [queued_at, callback_at, alarm_at].into_iter().flatten().min() else { return Ok(false) };
        self.now = self.now.max(at);
        if queued_at == Some(at) {
            if let Some((_, happening)) = self.queue.pop_first() {
                self.happen(happening)?;
            }
        } else if callback_at == Some(at) {
            self.happen(Happening::CallbackDue)?;
        } else {
            self.process.alarm_at = None;
            self.feed(Event::Woken)?;
        }
        Ok(true)
    }

    /// The end of it all: what only then can be checked, and the report.
    ///
    /// # Errors
    /// [`Breach`], where an invariant does not hold.
    pub fn finish(mut self) -> Result<Report, Breach> {
        let ending = self.process.execution.ending().map(|(ending, _)| ending.outcome());
        let outcome = ending.ok_or_else(|| Breach {
            seed: self.plan.seed,
            step: self.process.oracle.steps,
            what: format!("nothing is due and it has not ended: {:?}", self.process.execution.state()),
        })?;
        self.check_submits()?;
        self.process.check_journal()?;
        self.check_outcome(outcome)?;
        let ended_at = self.truth_at_end.as_ref().and_then(|truth| truth.ends_at).map(|at| at.0);
        let is_upstreams = matches!(outcome, Outcome::Completed | Outcome::Failed);
        let notice =
            ended_at.zip(self.noticed_at).filter(|_| is_upstreams).map(|(ended, noticed)| noticed.since(ended));
        Ok(Report {
            outcome,
            steps: self.process.oracle.steps,
            calls: self.counts.calls,
            polls: self.counts.polls,
            crashes: self.process.crashes,
            anomalies: self.process.anomalies,
            called_back: self.counts.called_back,
            refused: self.counts.refused,
            repeated: self.counts.repeated,
            notice,
            lasted: self.now.since(BEGINNING),
            digest: self.process.digest(),
        })
    }

    fn schedule_plan(&mut self) {
        if let Some(after) = self.plan.cancel_after {
            self.push(BEGINNING.plus(after), Happening::Cancel);
        }
        for after in self.plan.stray_callbacks.clone() {
            self.push(BEGINNING.plus(after), Happening::Stray);
        }
        for (after, by) in self.plan.clock_steps.clone() {
            self.push(BEGINNING.plus(after), Happening::ClockStep(by));
        }
    }

    fn happen(&mut self, happening: Happening) -> Result<(), Breach> {
        match happening {
            Happening::Gate { epoch, call } if self.process.epoch == Some(epoch) => self.decide(call),
            Happening::Gate { .. } => Ok(()),
            Happening::Arrival { epoch, call, request, sent_at } => self.arrive(epoch, call, &request, sent_at),
            Happening::Answer { epoch, call, answer, took } if self.process.epoch == Some(epoch) => {
                self.feed(Event::Answered { call, answer, took })
            }
            Happening::Answer { .. } => Ok(()),
            Happening::CallbackDue => self.call_back(),
            Happening::Stray => self.call_back_astray(),
            Happening::Cancel if self.process.epoch.is_some() => self.feed(Event::CancelRequested),
            Happening::Cancel => {
                self.push(self.now.plus(Span::from_secs(1)), Happening::Cancel);
                Ok(())
            }
            Happening::ClockStep(by) => {
                self.skew_ms += by;
                Ok(())
            }
            Happening::Restart => {
                self.process.restart()?;
                self.feed(Event::Interrupted)
            }
        }
    }

    /// Load, step, save, arm, perform; and perhaps die on the way.
    fn feed(&mut self, event: Event) -> Result<(), Breach> {
        if self.strikes(self.plan.luck.crash_before_save) {
            self.crash();
            return Ok(());
        }
        self.take(event)
    }

    fn take(&mut self, event: Event) -> Result<(), Breach> {
        let now = self.clock();
        let was_over = self.process.execution.ending().is_some();
        let effects = self.process.step(event, now)?;
        if !was_over && self.process.execution.ending().is_some() {
            self.noticed_at = Some(self.now);
            let truths = self.upstream.truths(&self.process.order, self.plan.is_watch, self.now);
            self.truth_at_end = truths.into_iter().next();
        }
        self.perform_all(&effects)
    }

    fn perform_all(&mut self, effects: &[Effect]) -> Result<(), Breach> {
        if !effects.is_empty() && self.strikes(self.plan.luck.crash_before_perform) {
            self.crash();
            return Ok(());
        }
        effects.iter().for_each(|effect| self.perform(*effect));
        self.check_submits()
    }

    fn perform(&mut self, effect: Effect) {
        let Some(epoch) = self.process.epoch else { return };
        match effect {
            Effect::Acquire { call } => {
                let at = self.now.plus(Span::from_millis(self.chance.u64(..50)));
                self.push(at, Happening::Gate { epoch, call });
            }
            Effect::Send { call } => {
                self.counts.calls += 1;
                self.counts.polls += u64::from(call.kind == CallKind::Poll);
                let Process { order, execution, .. } = &self.process;
                let request = self.upstream.write(order, execution, call, self.upstream.token());
                let at = self.now.plus(Span::from_millis(self.chance.u64(1..200)));
                self.push(at, Happening::Arrival { epoch, call, request, sent_at: self.now });
            }
            Effect::Remember | Effect::Notify { .. } => {}
        }
    }

    /// The gate: a token, and now and then no permit.
    fn decide(&mut self, call: Call) -> Result<(), Breach> {
        let later = |shell: &mut Self, reason, least: u64| {
            let until = shell.clock().plus(Span::from_millis(shell.chance.u64(least..least + 5_000)));
            shell.feed(Event::Postponed { call, reason, until })
        };
        if self.strikes(self.plan.luck.postpone) {
            let reason = [Reason::Permit, Reason::RateLimited, Reason::BreakerOpen][self.chance.usize(..3)];
            return later(self, reason, 0);
        }
        let is_renewal = call.credential == Credential::Fresh || self.upstream.token().is_none();
        if is_renewal && !self.upstream.renew_token(self.now) {
            return later(self, Reason::Credentials, 500);
        }
        self.feed(Event::Cleared { call })
    }

    fn arrive(&mut self, epoch: u64, call: Call, request: &Request, sent_at: Timestamp) -> Result<(), Breach> {
        let returned = self.upstream.answer(call, request, self.now);
        self.check_submits()?;
        if returned.is_broken && self.strikes(self.plan.luck.silence) {
            return Ok(());
        }
        let dawdled = if self.strikes(self.plan.luck.dawdle) { self.chance.u64(..120_000) } else { 0 };
        let at = self.now.plus(returned.delay).plus(Span::from_millis(self.chance.u64(1..200) + dawdled));
        let took = at.since(sent_at);
        let answer = Happening::Answer { epoch, call, answer: returned.answer, took };
        if self.strikes(self.plan.luck.duplicate) {
            let again = at.plus(Span::from_millis(self.chance.u64(..30_000)));
            self.push(again, answer.clone());
        }
        self.push(at, answer);
        Ok(())
    }

    fn call_back(&mut self) -> Result<(), Breach> {
        for callback in self.upstream.take_callbacks(self.now) {
            let is_refused = self.process.epoch.is_none() || self.strikes(self.plan.luck.refuse_callback);
            // A callback may be taken and its answer lost: then it is made again.
            let is_heard = self.process.epoch.is_some() && (!is_refused || self.chance.bool());
            let is_taken = is_heard && self.receive(&callback)?;
            if is_refused || !is_taken {
                self.upstream.refuse_callback(callback, self.now);
            }
        }
        Ok(())
    }

    /// A callback knocks. `true` where its sender is told that it was taken.
    fn receive(&mut self, callback: &CallbackCall) -> Result<bool, Breach> {
        match self.door.knock(callback, &self.process.inbox, self.clock()) {
            Verdict::Refused => {
                self.counts.refused += 1;
                Ok(false)
            }
            Verdict::Repeated(inbox) => {
                self.counts.repeated += 1;
                self.process.inbox = inbox;
                Ok(true)
            }
            Verdict::New(inbox, mark) => self.let_in(callback, inbox, mark),
        }
    }

    /// The step that a callback leads to and the memory of it are one write: a crash leaves both or neither.
    fn let_in(&mut self, callback: &CallbackCall, inbox: Inbox, mark: Option<String>) -> Result<bool, Breach> {
        if self.strikes(self.plan.luck.crash_before_save) {
            self.crash();
            return Ok(false);
        }
        // A clock that steps may forget, and then believe again: the machine has to bear that.
        let is_new = mark.is_none_or(|mark| self.told.insert(mark)) || !self.plan.clock_steps.is_empty();
        self.process.oracle.demand(is_new, || "one callback reaches the machine twice".into())?;
        self.process.inbox = inbox;
        self.counts.called_back += 1;
        let body = String::from_utf8_lossy(&callback.body);
        let sighting = call::read_callback(self.upstream.profile(), &body, &Redactor::default());
        self.take(Event::CalledBack { sighting: sighting.expect("CXone's callbacks are of its own schema") })?;
        // Who dies does not answer, though all is saved: then CXone makes the call once more.
        Ok(self.process.epoch.is_some())
    }

    /// Old news about the execution, perhaps before the submit is answered, or after the end: it ends nothing. Before the
    /// submit arrives CXone knows nobody to call.
    fn call_back_astray(&mut self) -> Result<(), Breach> {
        if self.process.epoch.is_none() {
            return Ok(());
        }
        let truths = self.upstream.truths(&self.process.order, self.plan.is_watch, self.now);
        let Some(truth) = truths.into_iter().next() else { return Ok(()) };
        let word = ["PENDING", "QUEUED", "RUNNING"][self.chance.usize(..3)];
        let body = serde_json::json!({"execution_id": truth.id, "status": word});
        let sighting = call::read_callback(self.upstream.profile(), &body.to_string(), &Redactor::default());
        self.counts.called_back += 1;
        self.feed(Event::CalledBack { sighting: sighting.expect("it is of the schema") })
    }

    fn crash(&mut self) {
        self.process.crash();
        let down = Span::from_millis(self.chance.u64(..20_000));
        self.push(self.now.plus(down), Happening::Restart);
    }

    fn check_submits(&mut self) -> Result<(), Breach> {
        let is_settled =
            !matches!(self.process.execution.state(), State::Calling { call, .. } if call.kind == CallKind::Submit);
        if self.plan.is_watch || is_settled && self.process.execution.ending().is_none() {
            return Ok(());
        }
        let count = self.upstream.truths(&self.process.order, false, self.now).len();
        self.process.oracle.demand(count <= 1, || format!("submitted {count} times"))
    }

    fn check_outcome(&self, outcome: Outcome) -> Result<(), Breach> {
        let status = self.truth_at_end.as_ref().map(|truth| truth.status.as_str());
        let is_canceled_here = self.plan.cancel_after.is_some();
        // A script that speaks after its end may by then say something else again.
        let is_agreed = agrees(outcome, is_canceled_here, status) || self.plan.action_id == "sim-chatty-end";
        self.process.oracle.demand(is_agreed, || format!("{outcome} here, {status:?} there"))?;
        let is_explained = match outcome {
            Outcome::Rejected => self.plan.may_refuse(),
            Outcome::Invalid => {
                self.plan.may_garble() || !self.is_lifecycle_regular || self.process.order.policy != Default::default()
            }
            Outcome::Unknown => !self.plan.is_watch && !self.plan.is_calm(),
            Outcome::Completed | Outcome::Failed | Outcome::Canceled | Outcome::TimedOut => true,
        };
        self.process.oracle.demand(is_explained, || format!("{outcome} for no reason that was planned"))?;
        let is_over = self.process.execution.ending().is_some_and(|(_, at)| at >= self.process.order.deadline_at);
        let is_spent = self.process.execution.attempt().get() >= self.process.order.backoff.attempts_max;
        let is_in_time = outcome != Outcome::TimedOut || is_over || is_spent;
        self.process.oracle.demand(is_in_time, || "timed out before any limit was reached".into())
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

    fn clock(&self) -> Timestamp {
        shifted(self.now, self.skew_ms)
    }

    fn true_time(&self, at: Timestamp) -> Timestamp {
        shifted(at, -self.skew_ms)
    }
}

fn shifted(at: Timestamp, by_ms: i64) -> Timestamp {
    let span = Span::from_millis(by_ms.unsigned_abs());
    if by_ms < 0 { at.minus(span) } else { at.plus(span) }
}

/// More steps than any planned life takes.
const STEPS_MAX: u64 = 50_000;

const CALM_AFTER: Span = Span::from_secs(7_200);
