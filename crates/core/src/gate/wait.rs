//! How long a caller waits, where, and what for. Never lets one go.

use super::{Ask, Decision, Gate, Rules, Share};
use crate::execution::Reason;
use crate::limiter::Hears;
use crate::time::{Span, Timestamp};

impl Gate {
    /// Nothing can go before `until`, for a reason that is outside of the gate: it is not known where CXone is.
    pub fn put_off(&mut self, rules: &Rules, ask: &Ask, until: Timestamp, now: Timestamp) -> Decision {
        let now = self.tick(rules, now);
        self.wait(rules, ask, Some((Reason::Credentials, until)), now)
    }

    /// Gives the caller a place in line, and an instant: by the rate, by the permits, and not before what is closed opens.
    pub(super) fn wait(
        &mut self,
        rules: &Rules,
        ask: &Ask,
        closed: Option<(Reason, Timestamp)>,
        now: Timestamp,
    ) -> Decision {
        // What is closed for long may be opened by an operator: whoever waits for it looks again before.
        let floor = closed.map_or(now, |(_, until)| until.clamp(now, now.plus(AWAY_MAX)));
        let newcomer = ask.newcomer();
        let lane = self.lane_mut(rules, ask.kind);
        let joined = lane.line.join(newcomer, now);
        // Without a place it comes after everybody who has one, and not together with others like it.
        let ahead = joined.unwrap_or_else(|| lane.line.ahead_of_all().saturating_add(ask.caller % CROWD));
        let (by_rate, by_permits) = self.estimates(rules, ask, ahead, floor);
        let until = by_rate.max(by_permits);
        let reason = match closed {
            Some((reason, at)) if at > now => reason,
            Some(_) | None if by_permits > by_rate => Reason::Permit,
            Some(_) | None => Reason::RateLimited,
        };
        // Of those before it, only who is here takes a turn: one who never comes leaves no gap.
        let line = self.lane(rules, ask.kind).line;
        let (here, has_room) = (line.held_before(newcomer, now).min(ahead), line.has_room(newcomer));
        let (soonest, by_permits) = self.estimates(rules, ask, here, floor);
        // The first few here stay until permits are free, however long that takes: somebody is to be there then.
        let is_near = here < NEAR_MAX && soonest.since(now) <= HOLD_MAX;
        let is_held = joined.is_some() && has_room && (is_near || until.since(now) <= HOLD_MAX);
        let told = if is_held {
            soonest.max(by_permits).clamp(now.plus(HOLD_MIN), now.plus(HOLD_MAX))
        } else {
            early(until, floor.max(now.plus(HOLD_MAX)))
        };
        let hears = if hears_reports(reason) { Hears::Reports } else { Hears::Nothing };
        // Who waits for a permit of its share that others need not wait for stands in nobody's way.
        let (share, bound) = (ask.share, rules.in_flight);
        let is_aside = self.permits.free(share, bound) < self.permits.free(Share::Whole, bound).min(1);
        self.lane_mut(rules, ask.kind).line.expect_back(newcomer, told, (is_held && !is_aside).then_some(hears));
        if is_held {
            return Decision::Hold { reason, until: told };
        }
        self.counts.sent_away = self.counts.sent_away.saturating_add(1);
        Decision::Leave { reason, until: told }
    }

    /// When the caller with so many before it may go, by the rate and by the permits.
    fn estimates(&self, rules: &Rules, ask: &Ask, ahead: u64, from: Timestamp) -> (Timestamp, Timestamp) {
        let lane = self.lane(rules, ask.kind);
        let by_lane = lane.pace.nth_at(lane.interval, ahead, from);
        let by_rate = self.main.pace.nth_at(rules.interval, 0, from).max(by_lane);
        (by_rate, self.permits.nth_at(ask.share, rules.in_flight, ahead, from))
    }

    /// When a probe that went at `since` is likely to be back; once it is not, only its deadline counts.
    pub(super) fn probe_back_at(&self, since: Timestamp, now: Timestamp) -> Timestamp {
        let usual = since.plus(self.permits.mean()).plus(self.permits.mean()).plus(PROBE_PATIENCE);
        if now < usual { now.plus(PROBE_LOOK) } else { Timestamp::from_millis(u64::MAX) }
    }
}

/// Whether one who is held for that reason is to ask again as soon as any call was reported on.
#[must_use]
pub const fn hears_reports(reason: Reason) -> bool {
    match reason {
        Reason::Permit | Reason::BreakerOpen => true,
        Reason::RateLimited
        | Reason::Credentials
        | Reason::Backoff
        | Reason::Predicted
        | Reason::Retry
        | Reason::LookUp
        | Reason::Callback => false,
    }
}

/// Somewhat before `until`, and not before `soonest`: by [`LEAD`], or by half of what there is, so that instants that
/// differ stay apart.
fn early(until: Timestamp, soonest: Timestamp) -> Timestamp {
    let half = Span::from_millis(until.since(soonest).as_millis() / 2);
    until.max(soonest).minus(half.min(LEAD))
}

/// Whoever can go within this is held at the gate; everybody else is sent away.
pub const HOLD_MAX: Span = Span::from_millis(1_000);

/// Nobody is sent away for longer than this, and its place in line, because something is closed: a reset finds everybody
/// back soon, and a thousand who wait for long ask a thousand times a minute at most.
pub const AWAY_MAX: Span = Span::from_secs(60);

/// The shortest hold: a clock that ticks in milliseconds cannot tell less.
const HOLD_MIN: Span = Span::from_millis(1);

/// So many stay at the gate for permits, however far away these are.
const NEAR_MAX: u64 = 8;

/// How much before its instant one who was sent away comes back, so that somebody is always there to go.
const LEAD: Span = Span::from_millis(500);

/// Added to what a probe usually takes.
const PROBE_PATIENCE: Span = Span::from_millis(500);

/// How often those at the gate look whether the probe is back.
const PROBE_LOOK: Span = Span::from_millis(250);

/// Over how many intervals those without a place are spread.
const CROWD: u64 = 1_024;
