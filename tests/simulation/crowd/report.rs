//! How a crowd went. Never judges: the invariants were checked on the way.

use cxpulse_core::time::Span;

/// How one crowd went. Calls, seconds and calls in flight are as CXone counted them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrowdReport {
    /// Executions.
    pub executions: usize,
    /// Executions that completed.
    pub completed: usize,
    /// Executions of which nobody knows what became.
    pub unknown: usize,
    /// Calls.
    pub calls: u64,
    /// From the first call to the last.
    pub calls_lasted: Span,
    /// The most calls at a time.
    pub in_flight_max: u64,
    /// The most calls in any 1000 ms.
    pub per_second_max: u64,
    /// Calls answered 429.
    pub rate_limited: u64,
    /// Questions sent to the tenant's object.
    pub trips: u64,
    /// Questions that it was there to hear.
    pub asks: u64,
    /// Tokens asked for.
    pub fetches: u64,
    /// Times that an execution's process died.
    pub crashes: u64,
    /// Times that the tenant's object died.
    pub tenant_crashes: u64,
    /// The longest that anybody waited while nothing but the limits stood in the way.
    pub longest_wait: Span,
    /// From the end of an outage to the first good answer; `None` where there was none.
    pub recovered_after: Option<Span>,
    /// Calls that an outage met.
    pub outage_calls: u64,
    /// Steps of all machines.
    pub steps: u64,
    /// A digest of every journal: two runs of one seed agree in it.
    pub digest: u64,
}

/// The invariants, in words, as the commands print them.
pub const CROWD_INVARIANTS: [&str; 8] = [
    "calls in flight at CXone never exceed the bound",
    "calls in any second never exceed the rate and one",
    "no answer of 429 is by our own doing",
    "no call goes while the breaker is open, or CXone asked for a wait, but probes",
    "tokens are fetched one at a time, and no more often than they end or are refused",
    "nobody waits at the gate for longer than its limits explain",
    "the gate loads as it was saved",
    "every execution ends",
];

impl CrowdReport {
    /// The time that its calls took to the ideal: calls by the rate of so many a second.
    #[must_use]
    pub fn ratio(&self, per_second: f64) -> f64 {
        self.calls_lasted.as_secs_f64() / (self.calls as f64 / per_second)
    }
}
