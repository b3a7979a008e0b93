//! The gate as an operator sees it. Never shows a token.

use alloc::collections::BTreeMap;

use serde::Serialize;

use super::{Counts, Gate, Rules};
use crate::breaker::Breaker;
use crate::call::CallKind;
use crate::credential::Verdict;
use crate::map::gather;
use crate::time::{Rfc3339, Span, Timestamp};

/// The answer of `GET /v1/tenants/{id}/gate`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Gate"))]
pub struct GateView {
    /// Calls in flight, as far as their leases say.
    pub in_flight: u32,
    /// How many there may be now.
    pub limit: u32,
    /// How many there may be at most.
    pub bound: u32,
    /// Calls that may start in a second.
    pub per_second: f64,
    /// Mean time of an answer in milliseconds; null where none came yet.
    pub mean_ms: Option<u64>,
    /// Callers in line.
    pub waiting: WaitingView,
    /// CXone asked that no call be made before then; null where it did not.
    pub embargo_until: Option<Rfc3339>,
    /// The breaker.
    pub breaker: BreakerView,
    /// The token.
    pub credentials: CredentialsView,
    /// What the gate has done.
    pub counts: Counts,
}

/// Callers in line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "GateWaiting"))]
pub struct WaitingView {
    /// For no endpoint in particular.
    pub main: usize,
    /// For an endpoint with a least interval of its own.
    pub by_kind: BTreeMap<CallKind, usize>,
}

/// The breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "GateBreaker"))]
pub struct BreakerView {
    /// `closed`, `open` or `half_open`.
    pub state: &'static str,
    /// When an open one lets a probe through; null otherwise.
    pub until: Option<Rfc3339>,
    /// Probes under way.
    pub probes: usize,
}

/// The token, without itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "GateCredentials"))]
pub struct CredentialsView {
    /// `none`, `good`, `refused` or `failing`.
    pub state: &'static str,
    /// When the token is renewed.
    pub renew_at: Option<Rfc3339>,
    /// When it ends.
    pub expires_at: Option<Rfc3339>,
    /// When the endpoint is asked again after trouble.
    pub retry_at: Option<Rfc3339>,
}

impl Gate {
    /// How it stands at `now`.
    #[must_use]
    pub fn view(&self, rules: &Rules, now: Timestamp) -> GateView {
        GateView {
            in_flight: self.permits.alive(now),
            limit: self.permits.limit(rules.in_flight),
            bound: rules.in_flight,
            per_second: rules.per_second,
            mean_ms: self.permits.measured_mean().map(Span::as_millis),
            waiting: WaitingView {
                main: self.main.line.waiting(),
                by_kind: gather(self.lanes.iter().map(|(kind, lane)| (*kind, lane.line.waiting()))),
            },
            embargo_until: self.embargo.filter(|until| now < *until).map(Rfc3339),
            breaker: self.breaker_view(),
            credentials: self.credentials_view(now),
            counts: self.counts,
        }
    }

    fn credentials_view(&self, now: Timestamp) -> CredentialsView {
        let nothing = CredentialsView { state: "none", renew_at: None, expires_at: None, retry_at: None };
        match self.credentials.decide(None, now) {
            Verdict::Use(token) => CredentialsView {
                state: "good",
                renew_at: Some(Rfc3339(token.renew_at)),
                expires_at: Some(Rfc3339(token.expires_at)),
                ..nothing
            },
            Verdict::Wait(until) => {
                let state = if self.credentials.condition().is_some() { "refused" } else { "failing" };
                CredentialsView { state, retry_at: Some(Rfc3339(until)), ..nothing }
            }
            Verdict::Fetch => nothing,
        }
    }

    fn breaker_view(&self) -> BreakerView {
        match &self.breaker {
            Breaker::Closed { .. } => BreakerView { state: "closed", until: None, probes: 0 },
            Breaker::Open { until } => BreakerView { state: "open", until: Some(Rfc3339(*until)), probes: 0 },
            Breaker::HalfOpen { probes, .. } => BreakerView { state: "half_open", until: None, probes: probes.len() },
        }
    }
}
