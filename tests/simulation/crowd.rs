//! Many executions of one tenant from a seed: their processes, one gate, one CXone, on a clock that does not exist.
//!
//! As the Worker does it: each call is asked for at the tenant's object, reports ride along with the next question or
//! leave by themselves after a moment, a failure's at once. Either side dies at any point. What is checked of the whole
//! is what CXone counted, not what the gate thinks.

use std::collections::BTreeMap;

use cxpulse_core::allowance::Allowance;
use cxpulse_core::call::{Answer, Call, Credential};
use cxpulse_core::credential::{Grant, Token, Trouble};
use cxpulse_core::execution::{Effect, Event, Reason};
use cxpulse_core::failure::FailureKind;
use cxpulse_core::gate::{Ask, CALL_PATIENCE, Fate, Report, Rules, Share, unreached_until};
use cxpulse_core::limiter::Lease;
use cxpulse_core::profile::Profile;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_sim::{Faults, Request, Settings};
use fastrand::Rng;

use super::BEGINNING;
use super::oracle::Breach;
use super::process::Process;
use super::tenant::{Caller, Deed, Tenant, Told};
use super::world::Upstream;

mod check;
mod member;
mod plan;
mod report;

use member::{Member, caller_of};
pub use plan::{CrowdLuck, CrowdPlan};
pub use report::{CROWD_INVARIANTS, CrowdReport};

/// The crowd and everything around it.
#[derive(Debug)]
pub struct Crowd {
    plan: CrowdPlan,
    chance: Rng,
    upstream: Upstream,
    tenant: Tenant,
    members: Vec<Member>,
    now: Timestamp,
    queue: BTreeMap<(Timestamp, u64), Happening>,
    queued: u64,
    /// Reports that wait for a question to ride along with.
    mailbox: Vec<Report>,
    tally: Tally,
}

/// What was counted on our side.
#[derive(Debug, Default)]
struct Tally {
    steps: u64,
    asks: u64,
    trips: u64,
    fetches: u64,
    tenant_crashes: u64,
    longest_wait: Span,
    /// When each good answer came: only the first after an outage is of interest, so one instant is kept.
    good_after_weather: Option<Timestamp>,
}

/// Something that will happen at an instant.
#[derive(Debug)]
enum Happening {
    Start(usize),
    Alarm(usize),
    Restart(usize),
    Cancel(usize),
    Asked(Caller, Vec<Report>),
    Reported(Vec<Report>),
    Flush,
    Told(Caller, Told),
    Wake(u64),
    Fetched(Box<Result<Grant, Trouble>>),
    TenantRestart,
    Arrival(Flight, Request),
    Answer(Flight, Answer, Allowance),
    Weather(Box<Faults>),
}

/// A call under way.
#[derive(Debug, Clone)]
struct Flight {
    member: usize,
    epoch: u64,
    call: Call,
    lease: Lease,
    token_version: u64,
    sent_at: Timestamp,
}

impl Crowd {
    /// Everybody is there, and nothing has begun.
    #[must_use]
    pub fn new(plan: CrowdPlan) -> Self {
        let mut profile = Profile::built_in("dataactions").expect("it is built in");
        profile.limits = plan.limits.clone();
        profile.breaker = plan.breaker.clone();
        let settings = Settings {
            seed: plan.seed,
            limit_per_second: plan.world_per_second,
            in_flight_max: Some(u64::from(plan.limits.in_flight)),
            ..Settings::default()
        };
        let tenant = Tenant::new(Rules::from(&profile));
        let mut upstream = Upstream::with(settings, profile);
        upstream.set_faults(&plan.faults, BEGINNING);
        let members =
            plan.requests.iter().zip(1..).map(|(request, number)| Member::new(&plan, &upstream, request, number));
        let mut crowd = Self {
            chance: Rng::with_seed(!plan.seed),
            members: members.collect(),
            upstream,
            tenant,
            now: BEGINNING,
            queue: BTreeMap::new(),
            queued: 0,
            mailbox: Vec::new(),
            tally: Tally::default(),
            plan,
        };
        crowd.schedule_plan();
        crowd
    }

    /// Plays it to the end.
    ///
    /// # Errors
    /// [`Breach`]: the first invariant that did not hold, and where.
    pub fn play(mut self) -> Result<CrowdReport, Breach> {
        while let Some(((at, _), happening)) = self.queue.pop_first() {
            self.now = self.now.max(at);
            self.tally.steps += 1;
            let steps = self.tally.steps;
            self.demand(steps < STEPS_MAX, || "it never ends".into())?;
            self.happen(happening)?;
        }
        self.finish()
    }

    fn schedule_plan(&mut self) {
        for index in 0..self.members.len() {
            let after = if self.plan.spread_ms == 0 { 0 } else { self.chance.u64(..self.plan.spread_ms) };
            self.push(Span::from_millis(after), Happening::Start(index));
            if self.chance.f64() < self.plan.luck.cancel {
                let after = Span::from_millis(after + self.chance.u64(..60_000));
                self.push(after, Happening::Cancel(index));
            }
        }
        if let Some((after, faults)) = self.plan.weather.clone() {
            self.push(after, Happening::Weather(Box::new(faults)));
        }
    }

    fn happen(&mut self, happening: Happening) -> Result<(), Breach> {
        match happening {
            Happening::Start(index) => self.feed(index, Event::Woken),
            Happening::Alarm(index) if self.members[index].process.alarm_at == Some(self.now) => {
                self.members[index].process.alarm_at = None;
                self.feed(index, Event::Woken)
            }
            Happening::Alarm(_) => Ok(()),
            Happening::Restart(index) => {
                self.members[index].process.restart()?;
                self.feed(index, Event::Interrupted)
            }
            Happening::Cancel(index) => self.feed(index, Event::CancelRequested),
            Happening::Asked(caller, reports) => self.asked(caller, reports),
            Happening::Reported(reports) => self.reported(reports),
            Happening::Flush => {
                self.flush();
                Ok(())
            }
            Happening::Told(caller, told) => self.told(caller, told),
            Happening::Wake(ticket) => {
                let deeds = self.tenant.wake(ticket, self.now);
                self.perform_deeds(deeds)
            }
            Happening::Fetched(result) => {
                let deeds = self.tenant.fetched(*result, self.now);
                self.perform_deeds(deeds)
            }
            Happening::TenantRestart => {
                let restarted = self.tenant.restart();
                self.lawful(restarted)
            }
            Happening::Arrival(flight, request) => {
                let returned = self.upstream.answer(flight.call, &request, self.now);
                let after = returned.delay.plus(self.wire());
                self.push(after, Happening::Answer(flight, returned.answer, returned.allowance));
                Ok(())
            }
            Happening::Answer(flight, answer, allowance) => self.answered(flight, answer, allowance),
            Happening::Weather(faults) => {
                self.upstream.set_faults(&faults, self.now);
                Ok(())
            }
        }
    }

    /// Load, step, save, arm, perform; and perhaps die on the way.
    fn feed(&mut self, index: usize, event: Event) -> Result<(), Breach> {
        if self.members[index].process.epoch.is_none() {
            return Ok(());
        }
        if self.strikes(self.plan.luck.crash) {
            self.crash(index);
            return Ok(());
        }
        let effects = self.members[index].process.step(event, self.now)?;
        self.wake_up_call(index);
        if !effects.is_empty() && self.strikes(self.plan.luck.crash) {
            self.crash(index);
            return Ok(());
        }
        for effect in effects {
            match effect {
                Effect::Acquire { call } => self.ask(index, call),
                Effect::Send { call } => self.send(index, call),
                Effect::Remember | Effect::Notify { .. } => {}
            }
        }
        Ok(())
    }

    fn wake_up_call(&mut self, index: usize) {
        if let Some(at) = self.members[index].process.alarm_at {
            self.push(at.since(self.now), Happening::Alarm(index));
        }
    }

    /// Asks for a call, once at a time.
    fn ask(&mut self, index: usize, call: Call) {
        let member = &mut self.members[index];
        let Some(epoch) = member.process.epoch else { return };
        if member.asking == Some(call) {
            return;
        }
        member.asking = Some(call);
        let since = member.wanted.filter(|(wanted, _)| *wanted == call).map_or(self.now, |(_, since)| since);
        member.wanted = Some((call, since));
        let key = u64::try_from(index).unwrap_or(u64::MAX);
        let newer_than = member.refused.filter(|_| call.credential == Credential::Fresh);
        let ask = Ask {
            caller: caller_of(key, call),
            key,
            kind: Some(call.kind),
            newer_than,
            patience: CALL_PATIENCE,
            share: Share::Whole,
        };
        let reports = std::mem::take(&mut self.mailbox);
        self.tally.trips += 1;
        let wire = self.wire();
        self.push(wire, Happening::Asked(Caller { member: index, epoch, call, ask }, reports));
    }

    fn asked(&mut self, caller: Caller, reports: Vec<Report>) -> Result<(), Breach> {
        if !self.tenant.is_up() {
            self.mailbox.extend(reports);
            self.tell(caller, Told::Unreachable);
            return Ok(());
        }
        if self.strikes(self.plan.luck.tenant_crash) {
            // Nothing was saved of what came with the question.
            self.crash_tenant();
            self.tell(caller, Told::Unreachable);
            return Ok(());
        }
        self.tally.asks += 1;
        let deeds = self.tenant.report(&reports, self.now);
        self.perform_deeds(deeds)?;
        let deeds = self.tenant.ask(caller, self.now);
        if self.strikes(self.plan.luck.tenant_crash) {
            // Decided and saved, and then nobody was told.
            self.lawful(deeds.map(|_| ()))?;
            self.hinder(LEAKED);
            self.crash_tenant();
            self.tell(caller, Told::Unreachable);
            return Ok(());
        }
        self.perform_deeds(deeds)
    }

    fn reported(&mut self, reports: Vec<Report>) -> Result<(), Breach> {
        if !self.tenant.is_up() {
            self.mailbox.extend(reports);
            self.push(FLUSH_AFTER, Happening::Flush);
            return Ok(());
        }
        let deeds = self.tenant.report(&reports, self.now);
        self.perform_deeds(deeds)
    }

    fn perform_deeds(&mut self, deeds: Result<Vec<Deed>, String>) -> Result<(), Breach> {
        for deed in self.lawful(deeds)? {
            match deed {
                Deed::Tell(caller, told) => self.tell(caller, told),
                Deed::Wake(ticket, at) => self.push(at.since(self.now), Happening::Wake(ticket)),
                Deed::Fetch => {
                    self.tally.fetches += 1;
                    let (result, delay) = self.upstream.fetch_token(self.now);
                    let after = delay.plus(self.wire());
                    self.push(after, Happening::Fetched(Box::new(result)));
                }
            }
        }
        Ok(())
    }

    fn tell(&mut self, caller: Caller, told: Told) {
        let wire = self.wire();
        self.push(wire, Happening::Told(caller, told));
    }

    fn told(&mut self, caller: Caller, told: Told) -> Result<(), Breach> {
        let member = &mut self.members[caller.member];
        if member.process.epoch != Some(caller.epoch) {
            if matches!(told, Told::Granted(..)) {
                self.hinder(LEAKED);
            }
            return Ok(());
        }
        member.asking = member.asking.filter(|asked| *asked != caller.call);
        match told {
            Told::Granted(lease, token) => {
                if let Some((_, since)) = member.wanted.take_if(|(wanted, _)| *wanted == caller.call) {
                    self.check_wait(since)?;
                }
                self.go(caller, lease, token)
            }
            Told::Postponed(reason, until) => {
                self.feed(caller.member, Event::Postponed { call: caller.call, reason, until })
            }
            Told::Unreachable => {
                let until = unreached_until(self.members[caller.member].process.order.seed, self.now);
                self.feed(caller.member, Event::Postponed { call: caller.call, reason: Reason::Retry, until })
            }
        }
    }

    /// Was let go: it sends, or gives the permit back.
    fn go(&mut self, caller: Caller, lease: Lease, token: Token) -> Result<(), Breach> {
        let member = &mut self.members[caller.member];
        member.passage = Some((caller.call, lease, token));
        self.feed(caller.member, Event::Cleared { call: caller.call })?;
        let member = &mut self.members[caller.member];
        if member.process.epoch != Some(caller.epoch) {
            self.hinder(LEAKED);
        } else if let Some((_, lease, _)) = member.passage.take() {
            let report = Report {
                lease,
                keeps: false,
                token_version: 0,
                fate: Fate::Unused,
                took: Span::ZERO,
                allowance: Allowance::default(),
            };
            self.post(report);
        }
        Ok(())
    }

    fn send(&mut self, index: usize, call: Call) {
        let member = &mut self.members[index];
        let (Some(epoch), Some((_, lease, token))) = (member.process.epoch, member.passage.take()) else { return };
        let Process { order, execution, .. } = &member.process;
        let request = self.upstream.write(order, execution, call, Some(&token.secret));
        let flight = Flight { member: index, epoch, call, lease, token_version: token.version, sent_at: self.now };
        let wire = self.wire();
        self.push(wire, Happening::Arrival(flight, request));
    }

    fn answered(&mut self, flight: Flight, answer: Answer, allowance: Allowance) -> Result<(), Breach> {
        let member = &mut self.members[flight.member];
        if member.process.epoch != Some(flight.epoch) {
            self.hinder(LEAKED);
            return Ok(());
        }
        let took = self.now.since(flight.sent_at);
        let fate = match &answer {
            Answer::Failed(failure) => Fate::from(failure),
            Answer::Seen(_) | Answer::Absent | Answer::Acknowledged => Fate::Good,
        };
        let is_expired = matches!(&answer, Answer::Failed(failure) if failure.kind == FailureKind::AuthExpired);
        member.refused = is_expired.then_some(flight.token_version).or(member.refused);
        self.note_weather(fate);
        self.post(Report {
            lease: flight.lease,
            keeps: false,
            token_version: flight.token_version,
            fate,
            took,
            allowance,
        });
        self.feed(flight.member, Event::Answered { call: flight.call, answer, took })
    }

    /// A failure's report leaves at once, any other with the next question or after a moment.
    fn post(&mut self, report: Report) {
        self.mailbox.push(report);
        if matches!(report.fate, Fate::Failed { .. }) {
            self.flush();
        } else {
            self.push(FLUSH_AFTER, Happening::Flush);
        }
    }

    fn flush(&mut self) {
        let reports = std::mem::take(&mut self.mailbox);
        if !reports.is_empty() {
            let wire = self.wire();
            self.push(wire, Happening::Reported(reports));
        }
    }

    fn crash(&mut self, index: usize) {
        self.members[index].process.crash();
        self.members[index].asking = None;
        self.members[index].wanted = None;
        self.members[index].passage = None;
        self.tenant.hang_up(index);
        self.hinder(LEAKED);
        let down = Span::from_millis(self.chance.u64(..20_000));
        self.push(down, Happening::Restart(index));
    }

    fn crash_tenant(&mut self) {
        self.tally.tenant_crashes += 1;
        let deeds = self.tenant.crash();
        let down = Span::from_millis(self.chance.u64(..5_000));
        self.hinder(LEAKED.plus(down));
        self.push(down, Happening::TenantRestart);
        for deed in deeds {
            if let Deed::Tell(caller, told) = deed {
                self.tell(caller, told);
            }
        }
    }

    /// For so long nobody can tell whose fault a wait is: permits are lost, or the object is.
    fn hinder(&mut self, span: Span) {
        self.tenant.hindered_until = self.tenant.hindered_until.max(self.now.plus(span));
    }

    fn lawful<T>(&self, result: Result<T, String>) -> Result<T, Breach> {
        result.map_err(|what| Breach { seed: self.plan.seed, step: self.tally.steps, what })
    }

    fn demand(&self, holds: bool, what: impl FnOnce() -> String) -> Result<(), Breach> {
        if holds { Ok(()) } else { Err(Breach { seed: self.plan.seed, step: self.tally.steps, what: what() }) }
    }

    fn strikes(&mut self, rate: f64) -> bool {
        let is_late = self.now.since(BEGINNING) > CALM_AFTER;
        self.chance.f64() < rate && !is_late
    }

    fn wire(&mut self) -> Span {
        Span::from_millis(self.chance.u64(1..=WIRE_MS_MAX))
    }

    fn push(&mut self, after: Span, happening: Happening) {
        self.queued += 1;
        self.queue.insert((self.now.plus(after), self.queued), happening);
    }
}

/// The longest way of a message: from object to object, or to CXone.
pub const WIRE_MS_MAX: u64 = 6;

/// A report that nobody took along leaves by itself.
const FLUSH_AFTER: Span = Span::from_millis(20);

/// A lease whose holder was lost ends by itself, and whoever was to follow may be asleep for somewhat longer.
const LEAKED: Span = Span::from_secs(60);

/// More happenings than any planned crowd takes.
const STEPS_MAX: u64 = 5_000_000;

const CALM_AFTER: Span = Span::from_secs(3_600);
