//! The tenant's gate: whether a call to CXone may go now, and if not, why and until when. Never makes a call.
//!
//! All executions of a tenant share one account, one rate limit and one outage; the gate is the machine that shares them.
//! A shell asks [`Gate::acquire`] before each call and tells [`Gate::report`] what became of it. In the order in which
//! they are looked at: the breaker, what CXone asked us to wait for, the token, the rate, who is next, the permits.
//!
//! Whoever must wait gets a place in a fair line and an instant of its own to come back at, so a thousand callers come
//! one after the other, not together. One who is nearly there is held: its shell waits at the gate and asks again, which
//! costs no way. Places are promises of an order, not of an instant: a place that nobody claims delays no one.

use alloc::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::allowance::Allowance;
use crate::breaker::{Admission, Breaker};
use crate::call::CallKind;
use crate::credential::{Credentials, Grant as TokenGrant, Token, Trouble, Verdict};
use crate::execution::Reason;
use crate::failure::{Failure, FailureKind};
use crate::limiter::{Interval, Lease, Line, Newcomer, Pace, Permits};
use crate::profile::{BreakerRule, Profile};
use crate::time::{Span, Timestamp};

mod view;

pub use view::{BreakerView, CredentialsView, GateView, WaitingView};

/// What a tenant's profile asks of the gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    in_flight: u32,
    per_second: f64,
    interval: Interval,
    lanes: BTreeMap<CallKind, Interval>,
    breaker: BreakerRule,
    slow: Span,
}

impl From<&Profile> for Rules {
    fn from(profile: &Profile) -> Self {
        let limits = &profile.limits;
        Self {
            in_flight: limits.in_flight.max(1),
            per_second: limits.per_second,
            interval: Interval::of_rate(limits.per_second),
            lanes: limits.least_interval.iter().map(|(kind, span)| (*kind, Interval::of_least(*span))).collect(),
            breaker: profile.breaker.clone(),
            slow: limits.slow,
        }
    }
}

/// The gate. All of it is stored but the line, whose callers come back by themselves, and the leases, which a shell keeps
/// as rows: see [`Self::leases`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    seen_at: Timestamp,
    credentials: Credentials,
    permits: Permits,
    main: Lane,
    /// Kinds of calls with a least interval of their own.
    lanes: BTreeMap<CallKind, Lane>,
    breaker: Breaker,
    /// CXone asked that no call be made before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    embargo: Option<Timestamp>,
    /// 429s in a row that did not say how long to wait.
    strikes: u32,
    counts: Counts,
}

/// A spacing of calls, and who waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Lane {
    pace: Pace,
    #[serde(skip)]
    line: Line,
}

/// What the gate has done since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Calls that it let go.
    pub granted: u64,
    /// Callers that it sent away, to come back later.
    pub sent_away: u64,
    /// 429s.
    pub rate_limited: u64,
    /// 5xx and silence.
    pub faults: u64,
    /// Times that the breaker opened.
    pub opened: u64,
}

/// Who wants to make a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Tells the call from others of the tenant: asking again, it keeps its place.
    pub caller: u64,
    /// Whose share it takes: the same for all calls of an execution, or of a flow.
    pub key: u64,
    /// Which endpoint; `None` for one that has no limit of its own.
    pub kind: Option<CallKind>,
    /// The version of the token that CXone refused, where it refused one.
    pub newer_than: Option<u64>,
}

/// What the gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Go: with this token, and under this lease, which is to be reported on.
    Granted {
        /// The permit.
        lease: Lease,
        /// The token.
        token: Token,
    },
    /// Fetch a token, tell [`Gate::granted`] or [`Gate::troubled`], and ask again.
    Fetch,
    /// Stay here, and ask again then, or when a call was reported on.
    Hold {
        /// What for.
        reason: Reason,
        /// Until when.
        until: Timestamp,
    },
    /// Go away, and come back then.
    Leave {
        /// What for.
        reason: Reason,
        /// Until when.
        until: Timestamp,
    },
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Under which lease.
    pub lease: Lease,
    /// How it went.
    pub fate: Fate,
    /// From the first byte sent to the last one read.
    pub took: Span,
    /// What the answer's headers say of calls left.
    #[serde(default)]
    pub allowance: Allowance,
}

/// How a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It was not made after all.
    Unused,
    /// It was answered well.
    Good,
    /// It failed.
    Failed {
        /// As what.
        kind: FailureKind,
        /// Whether CXone answered at all.
        is_answered: bool,
        /// How long it asked us to wait.
        retry_after: Option<Span>,
    },
}

impl From<&Failure> for Fate {
    fn from(failure: &Failure) -> Self {
        Self::Failed { kind: failure.kind, is_answered: failure.status.is_some(), retry_after: failure.retry_after }
    }
}

/// What stands in a call's way.
enum Obstacle {
    /// Nothing can go before then.
    Closed(Reason, Timestamp),
    /// Its turn has not come.
    Turn,
    /// There is no token at hand.
    Token,
}

/// What a call goes with.
struct Passage {
    token: Token,
    is_probe: bool,
}

impl Gate {
    /// A gate that has seen nothing yet.
    #[must_use]
    pub fn new(rules: &Rules) -> Self {
        Self {
            seen_at: Timestamp::default(),
            credentials: Credentials::default(),
            permits: Permits::new(rules.in_flight),
            main: Lane::default(),
            lanes: BTreeMap::new(),
            breaker: Breaker::default(),
            embargo: None,
            strikes: 0,
            counts: Counts::default(),
        }
    }

    /// Whether a call may go.
    pub fn acquire(&mut self, rules: &Rules, ask: &Ask, now: Timestamp) -> Decision {
        let now = self.tick(rules, now);
        match self.passage(rules, ask, now) {
            Ok(passage) => self.grant(rules, ask, passage, now),
            Err(Obstacle::Token) => Decision::Fetch,
            Err(Obstacle::Turn) => self.wait(rules, ask, None, now),
            Err(Obstacle::Closed(reason, until)) => self.wait(rules, ask, Some((reason, until)), now),
        }
    }

    /// What became of a call that was let go; whether that was news. A report that comes twice, or after its lease has
    /// ended, is none.
    pub fn report(&mut self, rules: &Rules, report: &Report, now: Timestamp) -> bool {
        let now = self.tick(rules, now);
        let is_busy = self.permits.free(rules.in_flight) == 0;
        if !self.permits.give_back(report.lease) {
            return false;
        }
        let sent_at = now.minus(report.took);
        let number = report.lease.number;
        match report.fate {
            Fate::Unused => self.breaker.probe_withdrawn(number),
            Fate::Good => {
                self.strikes = 0;
                self.permits.went_well(report.took, rules.slow, sent_at, now, is_busy);
                self.breaker.saw_life(&rules.breaker, number, now);
            }
            Fate::Failed { kind, is_answered, retry_after } => {
                self.failed(rules, report, kind, is_answered, retry_after, now);
            }
        }
        if let Some(drought) = report.allowance.drought() {
            self.embargo(now.plus(drought.min(EMBARGO_MAX)));
        }
        true
    }

    /// A fetch brought a token.
    pub fn granted(&mut self, grant: TokenGrant, now: Timestamp) {
        let now = self.clamp(now);
        self.credentials.granted(grant, now);
    }

    /// A fetch brought none.
    pub fn troubled(&mut self, trouble: Trouble, now: Timestamp) {
        let now = self.clamp(now);
        self.credentials.troubled(trouble, now);
    }

    /// An operator has mended something: nothing of the past stands in the way any more. Leases stay.
    pub fn reset(&mut self, rules: &Rules) {
        let counts = self.counts;
        let permits = self.permits.clone();
        *self = Self { seen_at: self.seen_at, counts, ..Self::new(rules) };
        self.permits.restore(permits.leases());
    }

    /// The leases that are out: a shell keeps each as a row, for there may be many, and each changes alone.
    pub fn leases(&self) -> impl Iterator<Item = Lease> + '_ {
        self.permits.leases()
    }

    /// Puts back what was out before a restart.
    pub fn restore(&mut self, leases: impl IntoIterator<Item = Lease>) {
        self.permits.restore(leases);
    }

    /// Who stands in line and will not come any more: a caller that was canceled, or whose execution ended.
    pub fn withdraw(&mut self, rules: &Rules, ask: &Ask) {
        self.lane_mut(rules, ask.kind).line.leave(ask.caller);
    }

    /// Takes the clock forward. One that steps back takes what was planned with it: nobody waits for an hour because the
    /// clock was wrong by one.
    fn tick(&mut self, rules: &Rules, now: Timestamp) -> Timestamp {
        let now = self.clamp(now);
        self.permits.bind(rules.in_flight);
        while let Some(lost) = self.permits.expire(now) {
            // Its holder is gone, and whether CXone is well nobody knows: a probe's own deadline says.
            self.breaker.probe_withdrawn(lost.number);
        }
        self.embargo = self.embargo.filter(|until| now < *until);
        now
    }

    fn clamp(&mut self, now: Timestamp) -> Timestamp {
        let by = self.seen_at.since(now);
        if by > CLOCK_SLACK {
            self.permits.shift_back(by);
            self.main.pace.shift_back(by);
            self.lanes.values_mut().for_each(|lane| lane.pace.shift_back(by));
            self.breaker.shift_back(by);
            self.embargo = self.embargo.map(|until| until.minus(by));
            self.seen_at = now;
        }
        self.seen_at = self.seen_at.max(now);
        self.seen_at
    }

    fn passage(&mut self, rules: &Rules, ask: &Ask, now: Timestamp) -> Result<Passage, Obstacle> {
        let is_probe = match self.breaker.admit(&rules.breaker, now) {
            Admission::Pass => false,
            Admission::Probe => true,
            Admission::Refused { until } => return Err(Obstacle::Closed(Reason::BreakerOpen, until)),
            Admission::Probing { since, until } => {
                let until = self.probe_back_at(since, now).min(until);
                return Err(Obstacle::Closed(Reason::BreakerOpen, until));
            }
        };
        if let Some(until) = self.embargo {
            return Err(Obstacle::Closed(Reason::RateLimited, until));
        }
        let token = match self.credentials.decide(ask.newer_than, now) {
            Verdict::Use(token) => Some(token),
            Verdict::Fetch => None,
            Verdict::Wait(until) => return Err(Obstacle::Closed(Reason::Credentials, until)),
        };
        let lane = self.lane(rules, ask.kind);
        let is_paced = [(self.main.pace, rules.interval), (lane.pace, lane.interval)]
            .into_iter()
            .all(|(pace, interval)| pace.next_at(interval) <= now);
        if !is_paced || lane.line.is_preceded(ask.caller, now) || self.permits.free(rules.in_flight) == 0 {
            return Err(Obstacle::Turn);
        }
        token.map(|token| Passage { token, is_probe }).ok_or(Obstacle::Token)
    }

    fn grant(&mut self, rules: &Rules, ask: &Ask, passage: Passage, now: Timestamp) -> Decision {
        let lease = self.permits.take(now);
        if passage.is_probe {
            self.breaker.probe_sent(&rules.breaker, lease.number, now);
        }
        self.main.pace.take(rules.interval, now);
        match rules.lane(ask.kind) {
            None => self.main.line.serve(ask.caller),
            Some((kind, interval)) => {
                let lane = self.lanes.entry(kind).or_default();
                lane.line.serve(ask.caller);
                lane.pace.take(interval, now);
            }
        }
        self.counts.granted = self.counts.granted.saturating_add(1);
        Decision::Granted { lease, token: passage.token }
    }

    /// Gives the caller a place in line, and an instant: by the rate, by the permits, and not before what is closed opens.
    fn wait(&mut self, rules: &Rules, ask: &Ask, closed: Option<(Reason, Timestamp)>, now: Timestamp) -> Decision {
        let floor = closed.map_or(now, |(_, until)| until.max(now));
        let newcomer = Newcomer { caller: ask.caller, key: ask.key };
        let lane = self.lane_mut(rules, ask.kind);
        let joined = lane.line.join(newcomer, now);
        // Without a place it comes after everybody who has one, and not together with others like it.
        let ahead = joined.unwrap_or_else(|| lane.line.ahead_of_all().saturating_add(ask.caller % CROWD));
        let (by_rate, by_permits) = self.estimates(rules, ask.kind, ahead, floor);
        let until = by_rate.max(by_permits);
        let reason = match closed {
            Some((reason, at)) if at > now => reason,
            Some(_) | None => {
                if by_permits > by_rate {
                    Reason::Permit
                } else {
                    Reason::RateLimited
                }
            }
        };
        let is_held = joined.is_some() && until.since(now) <= HOLD_MAX;
        let told =
            if is_held { until.max(now.plus(HOLD_MIN)) } else { until.minus(LEAD).max(floor).max(now.plus(HOLD_MAX)) };
        self.lane_mut(rules, ask.kind).line.expect(ask.caller, told, is_held);
        if is_held {
            return Decision::Hold { reason, until: told };
        }
        self.counts.sent_away = self.counts.sent_away.saturating_add(1);
        Decision::Leave { reason, until: told }
    }

    /// When the caller with so many before it may go, by the rate and by the permits.
    fn estimates(&self, rules: &Rules, kind: Option<CallKind>, ahead: u64, from: Timestamp) -> (Timestamp, Timestamp) {
        let lane = self.lane(rules, kind);
        let by_lane = lane.pace.nth_at(lane.interval, ahead, from);
        let by_rate = self.main.pace.nth_at(rules.interval, 0, from).max(by_lane);
        (by_rate, self.permits.nth_at(rules.in_flight, ahead, from))
    }

    /// When a probe that went at `since` is likely to be back; once it is not, only its deadline counts.
    fn probe_back_at(&self, since: Timestamp, now: Timestamp) -> Timestamp {
        let usual = since.plus(self.permits.mean()).plus(self.permits.mean()).plus(PROBE_PATIENCE);
        if now < usual { now.plus(PROBE_LOOK) } else { Timestamp::from_millis(u64::MAX) }
    }

    fn failed(
        &mut self,
        rules: &Rules,
        report: &Report,
        kind: FailureKind,
        is_answered: bool,
        retry_after: Option<Span>,
        now: Timestamp,
    ) {
        let (number, sent_at) = (report.lease.number, now.minus(report.took));
        match kind {
            FailureKind::RateLimited => {
                self.counts.rate_limited = self.counts.rate_limited.saturating_add(1);
                self.permits.overloaded(sent_at, now);
                self.breaker.saw_life(&rules.breaker, number, now);
                let told = retry_after.filter(|told| *told > Span::ZERO).or(report.allowance.reset);
                let wait = told.filter(|told| *told > Span::ZERO).unwrap_or_else(|| self.strike());
                self.embargo(now.plus(wait.min(EMBARGO_MAX)));
            }
            FailureKind::Transient => {
                self.counts.faults = self.counts.faults.saturating_add(1);
                if !is_answered {
                    self.permits.overloaded(sent_at, now);
                }
                self.fault(rules, number, now);
                if let Some(wait) = retry_after {
                    self.embargo(now.plus(wait.min(EMBARGO_MAX)));
                }
            }
            // CXone is there and answers: what it refuses, or garbles, is about that call alone.
            FailureKind::AuthExpired
            | FailureKind::ScopeDenied
            | FailureKind::NotFound
            | FailureKind::ClientError
            | FailureKind::Malformed => self.breaker.saw_life(&rules.breaker, number, now),
        }
    }

    fn fault(&mut self, rules: &Rules, lease: u64, now: Timestamp) {
        let was_open = matches!(self.breaker, Breaker::Open { .. });
        self.breaker.saw_fault(&rules.breaker, lease, now);
        if !was_open && matches!(self.breaker, Breaker::Open { .. }) {
            self.counts.opened = self.counts.opened.saturating_add(1);
        }
    }

    /// How long to wait after a 429 that does not say: twice as long each time.
    fn strike(&mut self) -> Span {
        let wait = Span::from_millis(STRIKE.as_millis().saturating_mul(1_u64 << self.strikes.min(STRIKES_MAX)));
        self.strikes = self.strikes.saturating_add(1);
        wait
    }

    fn embargo(&mut self, until: Timestamp) {
        self.embargo = Some(self.embargo.map_or(until, |known| known.max(until)));
    }

    fn lane(&self, rules: &Rules, kind: Option<CallKind>) -> LaneView<'_> {
        match rules.lane(kind) {
            None => LaneView { pace: self.main.pace, interval: rules.interval, line: &self.main.line },
            Some((kind, interval)) => match self.lanes.get(&kind) {
                Some(lane) => LaneView { pace: lane.pace, interval, line: &lane.line },
                None => LaneView { pace: Pace::default(), interval, line: &EMPTY },
            },
        }
    }

    fn lane_mut(&mut self, rules: &Rules, kind: Option<CallKind>) -> &mut Lane {
        match rules.lane(kind) {
            None => &mut self.main,
            Some((kind, _)) => self.lanes.entry(kind).or_default(),
        }
    }
}

/// A lane with the interval that the rules give it.
struct LaneView<'a> {
    pace: Pace,
    interval: Interval,
    line: &'a Line,
}

impl Rules {
    /// The lane of a kind of call, and its interval; `None` for the main one.
    fn lane(&self, kind: Option<CallKind>) -> Option<(CallKind, Interval)> {
        let kind = kind?;
        self.lanes.get(&kind).map(|interval| (kind, *interval))
    }
}

/// Who has a lane that nobody ever waited in.
static EMPTY: Line = Line::new();

/// Whoever can go within this is held at the gate; everybody else is sent away.
pub const HOLD_MAX: Span = Span::from_millis(1_000);

/// The shortest hold: a clock that ticks in milliseconds cannot tell less.
const HOLD_MIN: Span = Span::from_millis(1);

/// How much before its instant one who was sent away comes back, so that somebody is always there to go.
const LEAD: Span = Span::from_millis(500);

/// The longest that one answer's `Retry-After`, or its rate-limit headers, can keep the whole tenant waiting. Whatever asks
/// for more is wrong, or will say so again.
pub const EMBARGO_MAX: Span = Span::from_secs(900);

/// The first wait after a 429 that does not say how long.
const STRIKE: Span = Span::from_secs(1);

/// Doublings of it: 32 s at most.
const STRIKES_MAX: u32 = 5;

/// A clock that steps back by more than this takes what was planned with it.
const CLOCK_SLACK: Span = Span::from_secs(1);

/// Added to what a probe usually takes.
const PROBE_PATIENCE: Span = Span::from_millis(500);

/// How often those at the gate look whether the probe is back.
const PROBE_LOOK: Span = Span::from_millis(250);

/// Over how many intervals those without a place are spread.
const CROWD: u64 = 1_024;
