//! What must hold of a crowd, on the way and at its end, by what CXone counted. Never steers anything.

use cxpulse_core::gate::Fate;
use cxpulse_core::random::draw;
use cxpulse_core::status::Outcome;
use cxpulse_core::time::{Span, Timestamp};

use super::member::Member;
use super::{Crowd, CrowdReport};
use crate::oracle::Breach;
use crate::world::Counts;

impl Crowd {
    pub(super) fn note_weather(&mut self, fate: Fate) {
        let passed = self.plan.weather_ends_at();
        let is_first = self.tally.good_after_weather.is_none() && fate == Fate::Good;
        if is_first && passed.is_some_and(|at| self.now >= at) {
            self.tally.good_after_weather = Some(self.now);
        }
    }

    pub(super) fn check_wait(&mut self, since: Timestamp) -> Result<(), Breach> {
        let waited = self.now.since(since.max(self.tenant.hindered_until));
        self.tally.longest_wait = self.tally.longest_wait.max(waited);
        let most = self.plan.wait_max();
        self.demand(waited <= most, || format!("one waited {waited:?} at the gate, more than {most:?}"))
    }

    pub(super) fn finish(mut self) -> Result<CrowdReport, Breach> {
        for member in &self.members {
            let process = &member.process;
            let is_over = process.execution.ending().is_some();
            process.oracle.demand(is_over, || format!("it has not ended: {:?}", process.execution.state()))?;
            process.check_journal()?;
        }
        let counts = self.upstream.counts(self.now);
        self.check_counts(&counts)?;
        let ended = |outcome| {
            let of = |member: &&Member| {
                member.process.execution.ending().map(|(ending, _)| ending.outcome()) == Some(outcome)
            };
            self.members.iter().filter(of).count()
        };
        Ok(CrowdReport {
            executions: self.members.len(),
            completed: ended(Outcome::Completed),
            unknown: ended(Outcome::Unknown),
            calls: counts.api_calls,
            calls_lasted: lasted(&counts),
            in_flight_max: counts.in_flight_max,
            per_second_max: counts.requests_per_sliding_second_max,
            rate_limited: counts.rate_limited,
            trips: self.tally.trips,
            asks: self.tally.asks,
            fetches: self.tally.fetches,
            crashes: self.members.iter().map(|member| member.process.crashes).sum(),
            tenant_crashes: self.tally.tenant_crashes,
            longest_wait: self.tally.longest_wait,
            recovered_after: self.recovered_after(),
            outage_calls: counts.faults.get("outage").copied().unwrap_or(0),
            steps: self.members.iter().map(|member| member.process.oracle.steps).sum(),
            digest: self.members.iter().fold(0, |sum, member| draw(sum, member.process.digest())),
        })
    }

    fn recovered_after(&self) -> Option<Span> {
        Some(self.tally.good_after_weather?.since(self.plan.weather_ends_at()?))
    }

    fn check_counts(&self, counts: &Counts) -> Result<(), Breach> {
        let bound = u64::from(self.plan.limits.in_flight);
        self.demand(counts.in_flight_max <= bound, || format!("{} calls in flight of {bound}", counts.in_flight_max))?;
        let most = self.plan.per_second_max();
        let seen = counts.requests_per_sliding_second_max;
        self.demand(seen <= most, || format!("{seen} calls in a second of {most}"))?;
        let injected = counts.faults.get("rate_limited").copied().unwrap_or(0);
        let own = counts.rate_limited.saturating_sub(injected);
        self.demand(own == 0, || format!("{own} answers of 429 by our own doing"))?;
        let (fetches, most) = (self.tally.fetches, self.plan.fetches_max(lasted(counts), self.tally.tenant_crashes));
        self.demand(fetches <= most, || format!("{fetches} tokens were fetched, more than {most}"))
    }
}

fn lasted(counts: &Counts) -> Span {
    let ends = counts.first_api_at.zip(counts.last_api_at);
    ends.map_or(Span::ZERO, |(first, last)| Span::from_millis(last.saturating_sub(first)))
}
