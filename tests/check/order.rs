//! Orders for the tables: a request's JSON, accepted under fixed names.

use cxpulse_core::execution::{Identity, Order};
use cxpulse_core::id::ExecutionId;
use cxpulse_core::profile::Profile;
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::parse_execution;

use super::NOON;

/// A start whose ladder has no chance in it, so that waits can be read: 2 s, 3.2 s, 5.12 s, …
pub(crate) const START: &str = r#"{"start": {"action_id": "sim-fast", "inputs": {"customerId": "CUST-99887"}},
    "timeout_seconds": 600, "backoff": {"jitter_factor": 0}, "notify": {"url": "https://example.com/hook"}}"#;

/// The same for a caller who takes results of the last five minutes, whoever asked for them.
pub(crate) const CACHED: &str = r#"{"start": {"action_id": "sim-fast", "inputs": {"customerId": "CUST-99887"}},
    "timeout_seconds": 600, "backoff": {"jitter_factor": 0}, "notify": {"url": "https://example.com/hook"},
    "cache": {"ttl_seconds": 300}}"#;

/// The same for the other door.
pub(crate) const WATCH: &str = r#"{"watch": {"execution_id": "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d"},
    "timeout_seconds": 600, "backoff": {"jitter_factor": 0}, "notify": {"url": "https://example.com/hook"}}"#;

/// The built-in profile that the tables use.
pub(crate) fn profile() -> Profile {
    Profile::built_in("dataactions").expect("the built-in profile is well formed")
}

/// Accepts a request as the Worker would, by the profile `dataactions`.
pub(crate) fn order(request: &str) -> Order {
    order_by(&profile(), request)
}

/// The same by another profile.
pub(crate) fn order_by(profile: &Profile, request: &str) -> Order {
    let request = parse_execution(request).expect("the table's request is well formed");
    let identity = Identity {
        id: ExecutionId::from_bytes([0x11; 16]),
        correlation_bytes: [0x22; 16],
        trace: TraceContext::root([0x33; 16]),
        seed: 42,
    };
    Order::accept(request, identity, profile, NOON)
}
