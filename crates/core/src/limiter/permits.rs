//! Permits: calls in flight, under a limit that adapts between one and the bound. Never knows what the calls are.
//!
//! Each is leased until a deadline, so one whose holder was lost comes back by itself. The limit goes down by a factor on
//! 429, on an answer that never came and on slowness, and up by one for each round of good answers (additive increase,
//! multiplicative decrease: RFC 5681 section 3.1 has the idea, the seed's decoupler the 2,000 ms).

use alloc::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::gate::Share;
use crate::time::{Span, Timestamp};

/// One call's right to be in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Lease {
    /// When it ends by itself. First, so that leases sort by it.
    pub until: Timestamp,
    /// Tells it from others.
    pub number: u64,
}

/// The leases that are out, and how many there may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permits {
    /// In their order. Kept as rows of their own by a shell that stores them.
    #[serde(skip)]
    leases: VecDeque<Lease>,
    /// The numbers of those among them that share a half. Few: kept apart, so that a lease needs no more room.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    halves: BTreeSet<u64>,
    /// Numbers given out.
    numbered: u64,
    /// In thousandths, 1,000..=the bound's; a whole call more for each round of good answers.
    limit: u32,
    /// Mean of answers, in microseconds; none before the first.
    mean_micros: Option<u64>,
    /// Answers since the limit last went down for slowness.
    samples: u32,
    /// Calls that started before then say nothing new.
    cut_at: Timestamp,
}

impl Permits {
    /// None leased, and the limit at its bound.
    #[must_use]
    pub const fn new(bound: u32) -> Self {
        Self {
            leases: VecDeque::new(),
            halves: BTreeSet::new(),
            numbered: 0,
            limit: bound.saturating_mul(WHOLE),
            mean_micros: None,
            samples: 0,
            cut_at: Timestamp::from_millis(0),
        }
    }

    /// Calls that may be in flight now, 1..=`bound`.
    #[must_use]
    pub fn limit(&self, bound: u32) -> u32 {
        (self.limit / WHOLE).clamp(1, bound.max(1))
    }

    /// Permits that are free now for a call of that share.
    #[must_use]
    pub fn free(&self, share: Share, bound: u32) -> u32 {
        let free = self.limit(bound).saturating_sub(self.in_flight());
        match share {
            Share::Whole => free,
            Share::Half => {
                let taken = u32::try_from(self.halves.len()).unwrap_or(u32::MAX);
                free.min(self.limit_of(share, bound).saturating_sub(taken))
            }
        }
    }

    /// Calls of that share that may be in flight now, 1..=`bound`.
    fn limit_of(&self, share: Share, bound: u32) -> u32 {
        match share {
            Share::Whole => self.limit(bound),
            Share::Half => (self.limit(bound) / 2).max(1),
        }
    }

    /// Leases that are out.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        u32::try_from(self.leases.len()).unwrap_or(u32::MAX)
    }

    /// Those of them that have not ended by `now`: whoever only looks takes none back.
    #[must_use]
    pub fn alive(&self, now: Timestamp) -> u32 {
        let alive = self.leases.iter().filter(|lease| lease.until > now).count();
        u32::try_from(alive).unwrap_or(u32::MAX)
    }

    /// The mean time of an answer; what is assumed where none came yet.
    #[must_use]
    pub fn mean(&self) -> Span {
        self.measured_mean().unwrap_or(LATENCY_UNKNOWN)
    }

    /// The same as it was measured; `None` where no answer came yet.
    #[must_use]
    pub fn measured_mean(&self) -> Option<Span> {
        self.mean_micros.map(|micros| Span::from_millis(micros / 1_000))
    }

    /// When the one who has `ahead` others before it may expect a permit, if calls go on taking as long as they do. What
    /// is far away is drawn nearer, for calls may become faster, and never lies beyond [`WAIT_MAX`]: whoever sleeps through
    /// the end of a slow spell leaves permits free that are its own.
    #[must_use]
    pub fn nth_at(&self, share: Share, bound: u32, ahead: u64, now: Timestamp) -> Timestamp {
        let free = u64::from(self.free(share, bound));
        let Some(short) = ahead.saturating_add(1).checked_sub(free).filter(|short| *short > 0) else { return now };
        let limit = u64::from(self.limit_of(share, bound));
        let wait = self.mean().as_millis().saturating_mul(short).checked_div(limit);
        let wait = Span::from_millis(wait.unwrap_or(0));
        let far = Span::from_millis(wait.minus(FORESIGHT).as_millis() / FAR_PARTS);
        now.plus(wait.min(FORESIGHT).plus(far).min(WAIT_MAX))
    }

    /// Leases one, whether or not the limit allows it: ask [`Self::free`] before. It lasts [`LEASE_SLACK`] longer than the
    /// call may take, so that no call outlives it.
    pub fn take(&mut self, share: Share, patience: Span, now: Timestamp) -> Lease {
        self.numbered = self.numbered.saturating_add(1);
        let span = patience.min(PATIENCE_MAX).plus(LEASE_SLACK);
        let lease = Lease { until: now.plus(span), number: self.numbered };
        self.put(lease);
        match share {
            Share::Whole => {}
            Share::Half => drop(self.halves.insert(lease.number)),
        }
        lease
    }

    /// Returns one, and gives its share; `None` where it was not out.
    pub fn give_back(&mut self, lease: Lease) -> Option<Share> {
        let place = self.leases.binary_search(&lease).ok();
        // One whose deadline was moved is known by its number.
        let place = place.or_else(|| self.leases.iter().position(|other| other.number == lease.number));
        let lease = place.and_then(|place| self.leases.remove(place))?;
        Some(if self.halves.remove(&lease.number) { Share::Half } else { Share::Whole })
    }

    /// The share of one that is out; `None` where it is not.
    #[must_use]
    pub fn share_of(&self, lease: Lease) -> Option<Share> {
        self.leases.iter().find(|other| other.number == lease.number)?;
        Some(if self.halves.contains(&lease.number) { Share::Half } else { Share::Whole })
    }

    /// None ends later than the longest new one: a row of before a step back of the clock would outlast its call by as
    /// much.
    pub fn curtail(&mut self, now: Timestamp) {
        let until = now.plus(LEASE_MAX);
        while let Some(last) = self.leases.back().copied().filter(|last| last.until > until) {
            self.leases.pop_back();
            self.put(Lease { until, ..last });
        }
    }

    /// As new, but for what is out and for the numbers.
    pub fn reset(&mut self, bound: u32) {
        let (leases, halves) = (core::mem::take(&mut self.leases), core::mem::take(&mut self.halves));
        *self = Self { leases, halves, numbered: self.numbered, ..Self::new(bound) };
    }

    /// Takes back what is past its deadline, and gives it.
    pub fn expire(&mut self, now: Timestamp) -> Option<Lease> {
        self.leases.front().filter(|first| first.until <= now)?;
        let lost = self.leases.pop_front()?;
        self.halves.remove(&lost.number);
        Some(lost)
    }

    /// A good answer to a call that started at `sent_at`. `is_busy`: whether permits were what held calls back.
    pub fn went_well(&mut self, took: Span, slow: Span, sent_at: Timestamp, now: Timestamp, is_busy: bool) {
        self.measure(took);
        let is_slow = self.samples >= LATENCY_SAMPLES_MIN && self.mean() > slow;
        if is_slow {
            self.cut(SLOW_FACTOR, sent_at, now);
            self.samples = 0;
        } else if is_busy && self.mean() <= slow {
            let step = WHOLE.saturating_mul(WHOLE).checked_div(self.limit).unwrap_or(WHOLE);
            self.limit = self.limit.saturating_add(step);
        }
    }

    /// CXone was asked for too much by a call that started at `sent_at`: 429, or no answer. However many calls of one
    /// round say so, the limit goes down once.
    pub fn overloaded(&mut self, sent_at: Timestamp, now: Timestamp) {
        self.cut(OVERLOAD_FACTOR, sent_at, now);
    }

    /// The bound is another one now.
    pub fn bind(&mut self, bound: u32) {
        self.limit = self.limit.clamp(WHOLE, bound.max(1).saturating_mul(WHOLE));
    }

    /// The leases that are out, by deadline.
    pub fn leases(&self) -> impl Iterator<Item = Lease> + '_ {
        self.leases.iter().copied()
    }

    /// Puts back what was out before a restart.
    pub fn restore(&mut self, leases: impl IntoIterator<Item = Lease>) {
        leases.into_iter().for_each(|lease| self.put(lease));
        let latest = self.leases.iter().map(|lease| lease.number).max().unwrap_or(0);
        self.numbered = self.numbered.max(latest);
        let leases = &self.leases;
        self.halves.retain(|number| leases.iter().any(|lease| lease.number == *number));
    }

    /// The clock was set back by `by`: the leases go with it, each with the time that it has left.
    pub fn shift_back(&mut self, by: Span) {
        self.leases.iter_mut().for_each(|lease| lease.until = lease.until.minus(by));
        self.cut_at = self.cut_at.minus(by);
    }

    fn put(&mut self, lease: Lease) {
        if let Err(place) = self.leases.binary_search(&lease) {
            self.leases.insert(place, lease);
        }
    }

    fn measure(&mut self, took: Span) {
        let micros = took.as_millis().saturating_mul(1_000);
        let mean = self.mean_micros.map_or(micros, |mean| {
            let eighth = mean / 8;
            mean.saturating_sub(eighth).saturating_add(micros / 8)
        });
        self.mean_micros = Some(mean);
        self.samples = self.samples.saturating_add(1);
    }

    fn cut(&mut self, parts: u32, sent_at: Timestamp, now: Timestamp) {
        if sent_at < self.cut_at {
            return;
        }
        self.cut_at = now;
        let cut = (self.limit / WHOLE_PARTS).saturating_mul(parts);
        self.limit = cut.max(WHOLE);
    }
}

/// How much longer than its call may take a lease lasts: for the way there and back, and for a report on its way.
pub const LEASE_SLACK: Span = Span::from_secs(15);

/// The longest that a call may take: as long as a rule of the proxy may say.
pub const PATIENCE_MAX: Span = Span::from_secs(300);

/// The longest lease.
pub const LEASE_MAX: Span = Span::from_secs(315);

/// What a call is taken to last before any was measured. Too little costs a question more; too much would keep callers
/// away for longer than they must.
pub const LATENCY_UNKNOWN: Span = Span::from_millis(50);

/// How far ahead the time that calls take is believed to stay what it is.
const FORESIGHT: Span = Span::from_secs(10);

/// Of what lies beyond it, so small a part is waited for.
const FAR_PARTS: u64 = 4;

/// Nobody is told to wait for a permit for longer than this before it asks again.
pub const WAIT_MAX: Span = Span::from_secs(45);

/// Answers before their mean counts.
pub const LATENCY_SAMPLES_MIN: u32 = 8;

/// One permit in the limit's unit.
const WHOLE: u32 = 1_000;

/// What is left of the limit after 429 or silence, in tenths.
const OVERLOAD_FACTOR: u32 = 5;

/// What is left of it after slowness, in tenths.
const SLOW_FACTOR: u32 = 7;

/// What the two factors are parts of.
const WHOLE_PARTS: u32 = 10;
