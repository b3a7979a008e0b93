//! Counts of what was asked and answered. Never looks into a request.

use std::collections::{BTreeMap, VecDeque};

use cxpulse_core::time::{Span, Timestamp};
use serde::Serialize;

use crate::dialect::{Dialect, Kind};
use crate::flight::Flights;

/// What has happened since the start or the last reset.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    requests: BTreeMap<Kind, BTreeMap<String, u64>>,
    faults: BTreeMap<&'static str, u64>,
    callbacks: CallbackCounts,
    calls: Calls,
}

/// API calls: every request but those for tokens, discovery and the simulation itself.
#[derive(Debug, Default)]
struct Calls {
    count: u64,
    refused_by_rate: u64,
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    /// The current second of the clock, and calls in it.
    second: (u64, u64),
    per_second_max: u64,
    /// Calls by instant, within the second that ends now; their sum beside them.
    sliding: VecDeque<(Timestamp, u64)>,
    sliding_count: u64,
    per_sliding_second_max: u64,
}

/// What became of callbacks.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct CallbackCounts {
    /// Calls handed out, tries after the first included.
    pub(crate) made: u64,
    /// Never made, by a fault.
    pub(crate) dropped: u64,
    /// Made twice, by a fault.
    pub(crate) duplicated: u64,
    /// Tries that were answered with anything but success, or not at all.
    pub(crate) failed: u64,
    /// Given up after the last try.
    pub(crate) given_up: u64,
}

/// The counts as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct StatsView<'a> {
    requests: &'a BTreeMap<Kind, BTreeMap<String, u64>>,
    totals: BTreeMap<Kind, u64>,
    faults: &'a BTreeMap<&'static str, u64>,
    callbacks: CallbackCounts,
    api_calls: u64,
    /// Epoch milliseconds, as [`Self::last_api_at`].
    first_api_at: Option<u64>,
    last_api_at: Option<u64>,
    /// API calls answered 429, by whatever rule or fault.
    rate_limited: u64,
    /// API calls in the fullest second of the clock.
    requests_per_second_max: u64,
    /// API calls in the fullest 1000 ms, wherever they begin.
    requests_per_sliding_second_max: u64,
    /// API calls in flight now, and the most at a time.
    in_flight: u64,
    in_flight_max: u64,
    in_flight_max_by_dialect: BTreeMap<Dialect, u64>,
}

impl Stats {
    /// Counts one request; `outcome` is the status as text, or `none` for a connection closed without an answer.
    pub(crate) fn count(&mut self, kind: Kind, outcome: String, now: Timestamp) {
        if kind.is_api() {
            self.calls.count(outcome == "429", now);
        }
        add_one(self.requests.entry(kind).or_default().entry(outcome).or_default());
    }

    pub(crate) fn count_fault(&mut self, name: &'static str) {
        self.count_faults(name, 1);
    }

    /// Counts a fault that struck so many times at once; none leave no entry.
    pub(crate) fn count_faults(&mut self, name: &'static str, count: u64) {
        if count > 0 {
            let counted = self.faults.entry(name).or_default();
            *counted = counted.saturating_add(count);
        }
    }

    pub(crate) fn callbacks(&mut self) -> &mut CallbackCounts {
        &mut self.callbacks
    }

    pub(crate) fn view(&self, flights: &Flights) -> StatsView<'_> {
        let calls = &self.calls;
        StatsView {
            requests: &self.requests,
            totals: self.requests.iter().map(|(kind, counts)| (*kind, counts.values().sum())).collect(),
            faults: &self.faults,
            callbacks: self.callbacks,
            api_calls: calls.count,
            first_api_at: calls.first_at.map(Timestamp::as_millis),
            last_api_at: calls.last_at.map(Timestamp::as_millis),
            rate_limited: calls.refused_by_rate,
            requests_per_second_max: calls.per_second_max,
            requests_per_sliding_second_max: calls.per_sliding_second_max,
            in_flight: flights.count(),
            in_flight_max: flights.max(),
            in_flight_max_by_dialect: flights.max_by_dialect(),
        }
    }
}

impl Calls {
    fn count(&mut self, is_refused_by_rate: bool, now: Timestamp) {
        add_one(&mut self.count);
        if is_refused_by_rate {
            add_one(&mut self.refused_by_rate);
        }
        self.first_at = self.first_at.or(Some(now));
        self.last_at = Some(now);
        self.count_second(now);
        self.count_sliding_second(now);
    }

    fn count_second(&mut self, now: Timestamp) {
        let second = now.as_millis() / 1_000;
        if self.second.0 != second {
            self.second = (second, 0);
        }
        add_one(&mut self.second.1);
        self.per_second_max = self.per_second_max.max(self.second.1);
    }

    /// The fullest second ends with a call, so it is enough to look when there is one.
    fn count_sliding_second(&mut self, now: Timestamp) {
        while let Some((_, count)) = self.sliding.front().filter(|(at, _)| now.since(*at) >= SECOND) {
            self.sliding_count = self.sliding_count.saturating_sub(*count);
            self.sliding.pop_front();
        }
        match self.sliding.back_mut() {
            Some((at, count)) if *at == now => add_one(count),
            Some(_) | None => self.sliding.push_back((now, 1)),
        }
        add_one(&mut self.sliding_count);
        self.per_sliding_second_max = self.per_sliding_second_max.max(self.sliding_count);
    }
}

pub(crate) fn add_one(count: &mut u64) {
    *count = count.saturating_add(1);
}

const SECOND: Span = Span::from_secs(1);
