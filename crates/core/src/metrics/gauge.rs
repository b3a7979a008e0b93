//! What a tenant's gate shows of itself to a scraper, read when it is scraped. Never counts, never asks the gate.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::gate::Counts;

/// The answer of `GET /v1/tenants/{id}/gate`, as far as it is shown here.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct GateReading {
    in_flight: u64,
    limit: u64,
    bound: u64,
    per_second: f64,
    waiting: Waiting,
    held: u64,
    breaker: Condition,
    credentials: Condition,
    embargo_until: Option<String>,
    counts: Counts,
    cache: Cache,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Waiting {
    main: u64,
    by_kind: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Condition {
    state: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Cache {
    entries: u64,
}

/// A family that is read, not counted here.
pub(super) enum Gauge {
    Number { name: &'static str, help: &'static str, samples: Vec<(Vec<(&'static str, &'static str)>, String)> },
    Count { name: &'static str, help: &'static str, value: u64 },
    State { name: &'static str, help: &'static str, states: &'static [&'static str], state: String },
}

impl Gauge {
    pub(super) fn of(name: &'static str, help: &'static str, value: u64) -> Self {
        Self::Number { name, help, samples: alloc::vec![(Vec::new(), value.to_string())] }
    }
}

impl GateReading {
    pub(super) fn gauges(&self) -> Vec<Gauge> {
        let count = |name, help, value| Gauge::Count { name, help, value };
        let state =
            |name, help, states, state: &Condition| Gauge::State { name, help, states, state: state.state.clone() };
        alloc::vec![
            Gauge::of("permits_in_use", "Calls to CXone in flight.", self.in_flight),
            Gauge::of("permits_limit", "How many there may be now.", self.limit),
            Gauge::of("permits_bound", "How many there may be at most.", self.bound),
            Gauge::Number {
                name: "rate_limit_per_second",
                help: "Calls that may start in a second.",
                samples: alloc::vec![(Vec::new(), serde_json::to_string(&self.per_second).unwrap_or_default())],
            },
            self.queue(),
            Gauge::of("gate_held", "Callers that wait in the gate right now.", self.held),
            Gauge::of(
                "gate_embargo",
                "Whether CXone asked that no call be made for now.",
                u64::from(self.embargo_until.is_some())
            ),
            state("breaker_state", "Where the breaker stands.", BREAKER, &self.breaker),
            state("credentials_state", "How the token stands.", CREDENTIALS, &self.credentials),
            Gauge::of("cache_entries", "Results in the cache.", self.cache.entries),
            count("breaker_openings", "Times that the breaker opened.", self.counts.opened),
            count("gate_grants", "Calls that the gate let go.", self.counts.granted),
            count("gate_refusals", "Callers that the gate sent away, to come back later.", self.counts.sent_away),
            count("upstream_rate_limited", "429s of CXone.", self.counts.rate_limited),
            count("upstream_faults", "5xx and silence of CXone.", self.counts.faults),
        ]
    }

    /// By endpoint: one without a limit of its own queues with all others.
    fn queue(&self) -> Gauge {
        let of = |call: &str| self.waiting.by_kind.get(call).copied().unwrap_or_default();
        let own = QUEUES.iter().map(|call| (alloc::vec![("call", *call)], of(call).to_string()));
        let all = (alloc::vec![("call", "any")], self.waiting.main.to_string());
        let samples = [all].into_iter().chain(own).collect();
        Gauge::Number { name: "queue_length", help: "Callers in line for a call.", samples }
    }
}

const BREAKER: &[&str] = &["closed", "open", "half_open"];

const CREDENTIALS: &[&str] = &["none", "good", "refused", "failing"];

const QUEUES: [&str; 4] = ["submit", "poll", "look_up", "cancel"];
