//! Counts of what was asked and answered. Never looks into a request.

use std::collections::BTreeMap;

use cxpulse_core::time::{Span, Timestamp};
use serde::Serialize;

use crate::dialect::Kind;

/// What has happened since the start or the last reset.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    requests: BTreeMap<Kind, BTreeMap<String, u64>>,
    faults: BTreeMap<&'static str, u64>,
    callbacks: CallbackCounts,
    second: (u64, u64),
    per_second_max: u64,
    /// How many answers are still under way until each instant.
    under_way: BTreeMap<Timestamp, u64>,
    in_flight: u64,
    in_flight_max: u64,
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
    requests_per_second_max: u64,
    in_flight_max: u64,
}

impl Stats {
    /// Counts one request; `outcome` is the status as text, or `none` for a connection closed without an answer.
    pub(crate) fn count(&mut self, kind: Kind, outcome: String, now: Timestamp, delay: Span) {
        let of_kind = self.requests.entry(kind).or_default();
        add_one(of_kind.entry(outcome).or_default());
        let second = now.as_millis() / 1_000;
        if self.second.0 != second {
            self.second = (second, 0);
        }
        add_one(&mut self.second.1);
        self.per_second_max = self.per_second_max.max(self.second.1);
        self.count_in_flight(now, delay);
    }

    pub(crate) fn count_fault(&mut self, name: &'static str) {
        add_one(self.faults.entry(name).or_default());
    }

    pub(crate) fn callbacks(&mut self) -> &mut CallbackCounts {
        &mut self.callbacks
    }

    pub(crate) fn view(&self) -> StatsView<'_> {
        StatsView {
            requests: &self.requests,
            totals: self.requests.iter().map(|(kind, counts)| (*kind, counts.values().sum())).collect(),
            faults: &self.faults,
            callbacks: self.callbacks,
            requests_per_second_max: self.per_second_max,
            in_flight_max: self.in_flight_max,
        }
    }

    /// An answer is under way for its delay; one without delay counts at its own instant only.
    fn count_in_flight(&mut self, now: Timestamp, delay: Span) {
        while let Some(first) = self.under_way.first_entry().filter(|first| *first.key() <= now) {
            self.in_flight = self.in_flight.saturating_sub(first.remove());
        }
        add_one(self.under_way.entry(now.plus(delay)).or_default());
        add_one(&mut self.in_flight);
        self.in_flight_max = self.in_flight_max.max(self.in_flight);
    }
}

pub(crate) fn add_one(count: &mut u64) {
    *count = count.saturating_add(1);
}
