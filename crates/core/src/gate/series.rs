//! Calls that go one after the other under one lease without another question. Where there is plenty of room, a flow that
//! has many short calls to make would ask for each of them; so whoever was let go may be told to go on, for a moment.
//!
//! A lease is one call in flight, whoever's it is, so permits stay what they are. The rate stays what it is by three rules:
//! - A series is given only where all that was let go of late, the calls of series among it, is half of the rate at most.
//! - It is over after [`SERIES_SPAN`].
//! - Until a second after that, calls that are asked for go at half the rate.
//!
//! So what is seen in any second are calls that were let go, one by one, in the [`SERIES_SPAN`] before it or in it: half a rate
//! of those before the last series, and half a rate of those after it.

use serde::{Deserialize, Serialize};

use super::{Ask, Gate, Rules, Share};
use crate::breaker::Breaker;
use crate::limiter::Interval;
use crate::time::{Span, Timestamp};

/// What whoever was let go may do under the same lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// So many more calls, one after the other.
    pub calls: u32,
    /// None of which begins then, or later.
    pub until: Timestamp,
}

impl Series {
    /// What is left of it after a call that ended at `now`; `None` where it is over.
    #[must_use]
    pub fn next(self, now: Timestamp) -> Option<Self> {
        let calls = self.calls.checked_sub(1)?;
        (now < self.until).then_some(Self { calls, ..self })
    }
}

/// Calls that were let go of late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Usage {
    /// The number of the latest slot since the epoch.
    slot: u64,
    /// Of that slot and those before it.
    counts: [u32; SLOTS],
}

impl Usage {
    pub(super) fn add(&mut self, calls: u32, now: Timestamp) {
        self.turn_to(now);
        let [latest, ..] = &mut self.counts;
        *latest = latest.saturating_add(calls);
    }

    /// Of one and a half seconds at least, and of two at most.
    fn lately(&mut self, now: Timestamp) -> u32 {
        self.turn_to(now);
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    pub(super) fn shift_back(&mut self, by: Span) {
        self.slot = self.slot.saturating_sub(by.as_millis() / SLOT_MILLIS);
    }

    fn turn_to(&mut self, now: Timestamp) {
        let slot = now.as_millis() / SLOT_MILLIS;
        while self.slot < slot && self.counts != [0; SLOTS] {
            self.slot = self.slot.saturating_add(1);
            self.counts.rotate_right(1);
            let [latest, ..] = &mut self.counts;
            *latest = 0;
        }
        self.slot = self.slot.max(slot);
    }
}

impl Gate {
    /// What else whoever was let go by `ask` just now may do under its lease: `wanted` more calls at most. `None` where
    /// anybody waits, or where there is no room to spare.
    pub fn series(&mut self, rules: &Rules, ask: &Ask, wanted: u32, now: Timestamp) -> Option<Series> {
        let calls = wanted.min(SERIES_MAX);
        let has_room = self.permits.limit(rules.in_flight) >= rules.in_flight && self.embargo.is_none();
        let is_plain = ask.share == Share::Whole && rules.lane(ask.kind).is_none();
        let is_well = matches!(self.breaker, Breaker::Closed { .. });
        let let_go = f64::from(self.usage.lately(now).saturating_add(calls));
        let is_quiet = self.main.line.waiting() == 0 && let_go <= rules.per_second / 2.0;
        if calls == 0 || !(has_room && is_plain && is_well && is_quiet) {
            return None;
        }
        self.usage.add(calls, now);
        self.counts.granted = self.counts.granted.saturating_add(calls.into());
        let until = now.plus(SERIES_SPAN);
        self.series_until = self.series_until.max(until);
        Some(Series { calls, until })
    }

    /// From one call that is asked for to the next: twice as long while calls of a series may be seen beside them.
    pub(super) fn interval(&self, rules: &Rules, now: Timestamp) -> Interval {
        let may_be_seen = now < self.series_until.plus(Span::from_secs(1));
        if may_be_seen { rules.interval.doubled() } else { rules.interval }
    }
}

/// How long a series lasts.
pub const SERIES_SPAN: Span = Span::from_millis(SLOT_MILLIS);

/// Calls of a series, the one that was asked for not counted.
pub const SERIES_MAX: u32 = 8;

/// Slots that usage is counted in.
const SLOTS: usize = 4;

const SLOT_MILLIS: u64 = 500;
