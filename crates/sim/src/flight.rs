//! Requests in flight: from the arrival of a request until its answer was delivered. Never delivers one: on a clock
//! that a simulation turns an answer is delivered when its delay has passed, on a socket the shell says when it was.

use std::collections::BTreeMap;

use cxpulse_core::time::Timestamp;

use crate::dialect::Dialect;

/// A request whose answer is on its way; to be given back when it was delivered, or never will be.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Flight(pub(crate) u64);

/// When an answer is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Landing {
    /// At that instant, by itself.
    At(Timestamp),
    /// When it is told.
    Told,
}

/// What is known of one request in flight.
#[derive(Debug, Default)]
pub(crate) struct Passenger {
    pub(crate) dialect: Option<Dialect>,
    /// The client, where it asks for history.
    pub(crate) history_of: Option<String>,
}

/// The API calls in flight, and the most that ever were. Tokens, discovery and the simulation's own routes never
/// count.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    timed: BTreeMap<(Timestamp, u64), Passenger>,
    told: BTreeMap<u64, Passenger>,
    number: u64,
    all: Peak,
    by_dialect: BTreeMap<Dialect, Peak>,
    histories: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Peak {
    now: u64,
    max: u64,
}

impl Peak {
    fn rise(&mut self) {
        self.now = self.now.saturating_add(1);
        self.max = self.max.max(self.now);
    }

    fn sink(&mut self) {
        self.now = self.now.saturating_sub(1);
    }
}

impl Flights {
    /// Lands those whose instant has come.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        while let Some(first) = self.timed.first_entry().filter(|first| first.key().0 <= now) {
            let passenger = first.remove();
            self.leave(&passenger);
        }
    }

    pub(crate) fn enter(&mut self, passenger: Passenger, landing: Landing) -> Flight {
        self.all.rise();
        if let Some(dialect) = passenger.dialect {
            self.by_dialect.entry(dialect).or_default().rise();
        }
        if let Some(client) = &passenger.history_of {
            let count = self.histories.entry(client.clone()).or_default();
            *count = count.saturating_add(1);
        }
        self.number = self.number.saturating_add(1);
        match landing {
            Landing::At(at) => drop(self.timed.insert((at, self.number), passenger)),
            Landing::Told => drop(self.told.insert(self.number, passenger)),
        }
        Flight(self.number)
    }

    /// Lands one that is told; any other is left alone.
    pub(crate) fn land(&mut self, flight: &Flight) {
        if let Some(passenger) = self.told.remove(&flight.0) {
            self.leave(&passenger);
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.all.now
    }

    pub(crate) fn max(&self) -> u64 {
        self.all.max
    }

    pub(crate) fn max_by_dialect(&self) -> BTreeMap<Dialect, u64> {
        self.by_dialect.iter().map(|(dialect, peak)| (*dialect, peak.max)).collect()
    }

    /// Queries for history that a client has in flight.
    pub(crate) fn histories_of(&self, client: &str) -> u64 {
        self.histories.get(client).copied().unwrap_or_default()
    }

    /// Forgets the peaks; what is in flight stays so.
    pub(crate) fn forget_peaks(&mut self) {
        self.all.max = self.all.now;
        self.by_dialect.retain(|_, peak| peak.now > 0);
        self.by_dialect.values_mut().for_each(|peak| peak.max = peak.now);
    }

    fn leave(&mut self, passenger: &Passenger) {
        self.all.sink();
        if let Some(peak) = passenger.dialect.and_then(|dialect| self.by_dialect.get_mut(&dialect)) {
            peak.sink();
        }
        let Some(client) = &passenger.history_of else { return };
        if let Some(count) = self.histories.get_mut(client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.histories.remove(client);
            }
        }
    }
}
