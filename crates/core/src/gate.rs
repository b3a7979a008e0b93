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

use crate::breaker::{Admission, Breaker};
use crate::call::CallKind;
use crate::credential::{Credentials, Grant as TokenGrant, Secret, Token, Trouble, Verdict};
use crate::execution::Reason;
use crate::failure::FailureKind;
use crate::limiter::{Interval, Lease, Line, Pace, Permits};
use crate::map::gather;
use crate::profile::{BreakerRule, Profile};
use crate::time::{Span, Timestamp};

use series::Usage;

mod exchange;
mod series;
mod unreached;
mod view;
mod wait;

pub use exchange::{Ask, CALL_PATIENCE, Decision, Fate, Report, Share};
pub use series::{SERIES_MAX, SERIES_SPAN, Series};
pub use unreached::{UNREACHED_MAX, UNREACHED_MIN, unreached_until};
pub use view::{BreakerView, CredentialsView, GateView, WaitingView};
pub use wait::{AWAY_MAX, HOLD_MAX, hears_reports};

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
            lanes: gather(limits.least_interval.iter().map(|(kind, span)| (*kind, Interval::of_least(*span)))),
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
    /// What was let go of late.
    #[serde(default)]
    usage: Usage,
    /// Until when calls of a series may begin.
    #[serde(default)]
    series_until: Timestamp,
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "GateCounts"))]
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
            usage: Usage::default(),
            series_until: Timestamp::default(),
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
    /// ended, is none; one whose holder keeps the lease is only a measurement, and counts twice where it comes twice.
    pub fn report(&mut self, rules: &Rules, report: &Report, now: Timestamp) -> bool {
        let now = self.tick(rules, now);
        let is_busy = self.permits.free(Share::Whole, rules.in_flight) == 0;
        let is_kept = report.keeps && report.fate == Fate::Good;
        let share = if is_kept { self.permits.share_of(report.lease) } else { self.permits.give_back(report.lease) };
        let Some(share) = share else { return false };
        if !is_kept {
            self.main.line.call(now);
            self.lanes.values_mut().for_each(|lane| lane.line.call(now));
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
                if kind == FailureKind::AuthExpired {
                    self.refused(share, report.token_version, now);
                }
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

    /// What the tenant is set up with: its static token, or none where its tokens are fetched. Says whether that is news,
    /// which there is to save.
    pub fn set_static(&mut self, secret: Option<&Secret>, now: Timestamp) -> bool {
        let now = self.clamp(now);
        self.credentials.set_static(secret, now)
    }

    /// An operator has mended something: nothing of the past stands in the way any more. Leases stay.
    pub fn reset(&mut self, rules: &Rules) {
        self.permits.reset(rules.in_flight);
        self.credentials.forget();
        let (permits, credentials) = (self.permits.clone(), self.credentials.clone());
        *self = Self { seen_at: self.seen_at, counts: self.counts, permits, credentials, ..Self::new(rules) };
    }

    /// The leases that are out: a shell keeps each as a row, for there may be many, and each changes alone.
    pub fn leases(&self) -> impl Iterator<Item = Lease> + '_ {
        self.permits.leases()
    }

    /// Puts back what was out before a restart.
    pub fn restore(&mut self, leases: impl IntoIterator<Item = Lease>) {
        self.permits.restore(leases);
    }

    /// Takes the clock forward. One that steps back takes what was planned with it: nobody waits for an hour because the
    /// clock was wrong by one.
    fn tick(&mut self, rules: &Rules, now: Timestamp) -> Timestamp {
        let now = self.clamp(now);
        self.permits.bind(rules.in_flight);
        self.permits.curtail(now);
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
            self.main.shift_back(by);
            self.lanes.values_mut().for_each(|lane| lane.shift_back(by));
            self.breaker.shift_back(by);
            self.embargo = self.embargo.map(|until| until.minus(by));
            self.usage.shift_back(by);
            self.series_until = self.series_until.minus(by);
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
        let is_paced = [(self.main.pace, self.interval(rules, now)), (lane.pace, lane.interval)]
            .into_iter()
            .all(|(pace, interval)| pace.next_at(interval) <= now);
        if !is_paced || lane.line.is_preceded(ask.newcomer(), now) || self.permits.free(ask.share, rules.in_flight) == 0
        {
            return Err(Obstacle::Turn);
        }
        token.map(|token| Passage { token, is_probe }).ok_or(Obstacle::Token)
    }

    fn grant(&mut self, rules: &Rules, ask: &Ask, passage: Passage, now: Timestamp) -> Decision {
        let lease = self.permits.take(ask.share, ask.patience, now);
        if passage.is_probe {
            self.breaker.probe_sent(&rules.breaker, lease.number, now);
        }
        self.main.pace.take(self.interval(rules, now), now);
        self.usage.add(1, now);
        match rules.lane(ask.kind) {
            None => self.main.line.serve(ask.newcomer()),
            Some((kind, interval)) => {
                let lane = self.lanes.entry(kind).or_default();
                lane.line.serve(ask.newcomer());
                lane.pace.take(interval, now);
            }
        }
        self.counts.granted = self.counts.granted.saturating_add(1);
        Decision::Granted { lease, token: passage.token }
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

    /// CXone answered 401 to a call with a token of that version. Of our own calls a fetched one is renewed by whoever asks
    /// for a newer one, and for a static one there is no other. Where others ask, it may be about what they asked for.
    fn refused(&mut self, share: Share, version: u64, now: Timestamp) {
        match share {
            Share::Whole => drop(self.credentials.rejected(version, now)),
            Share::Half => drop(self.credentials.doubted(version, now)),
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

impl Lane {
    fn shift_back(&mut self, by: Span) {
        self.pace.shift_back(by);
        self.line.shift_back(by);
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

/// The longest that one answer's `Retry-After`, or its rate-limit headers, can keep the whole tenant waiting. Whatever asks
/// for more is wrong, or will say so again.
pub const EMBARGO_MAX: Span = Span::from_secs(900);

/// The first wait after a 429 that does not say how long.
const STRIKE: Span = Span::from_secs(1);

/// Doublings of it: 32 s at most.
const STRIKES_MAX: u32 = 5;

/// A clock that steps back by more than this takes what was planned with it.
const CLOCK_SLACK: Span = Span::from_secs(1);
