//! One execution of a crowd, and what it keeps in memory of its calls. Never asks or sends anything.

use cxpulse_core::call::{Call, Credential};
use cxpulse_core::credential::Token;
use cxpulse_core::execution::{Identity, Order};
use cxpulse_core::id::ExecutionId;
use cxpulse_core::limiter::Lease;
use cxpulse_core::random::draw;
use cxpulse_core::time::Timestamp;
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::parse_execution;
use serde_json::Value;

use super::CrowdPlan;
use crate::BEGINNING;
use crate::process::Process;
use crate::world::Upstream;

/// One execution.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) process: Process,
    /// The call that a question is under way for.
    pub(super) asking: Option<Call>,
    /// The call that it wants to make, and since when.
    pub(super) wanted: Option<(Call, Timestamp)>,
    /// The lease and the token of the call that it was let go with.
    pub(super) passage: Option<(Call, Lease, Token)>,
    /// The version of the token that CXone refused last.
    pub(super) refused: Option<u64>,
}

impl Member {
    /// The one of that number, 1 and up: its request accepted as the Worker would.
    pub(super) fn new(plan: &CrowdPlan, upstream: &Upstream, request: &Value, number: u64) -> Self {
        let request = parse_execution(&request.to_string()).expect("planned requests are well formed");
        let (seed, bytes) = (draw(plan.seed, number), u128::from(number).to_be_bytes());
        let identity = Identity {
            id: ExecutionId::from_bytes(bytes),
            correlation_bytes: bytes,
            trace: TraceContext::root([3; 16]),
            seed,
        };
        let order = Order::accept(request, identity, upstream.profile(), BEGINNING);
        let (process, _) = Process::open(order, plan.seed);
        Self { process, asking: None, wanted: None, passage: None, refused: None }
    }
}

/// The same for the same call, also after a crash.
pub(super) fn caller_of(key: u64, call: Call) -> u64 {
    let fresh = u64::from(call.credential == Credential::Fresh);
    draw(draw(key, u64::from(call.attempt.get())), call.kind as u64 * 2 + fresh)
}
