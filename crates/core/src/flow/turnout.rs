//! One execution of a flow's node: when it begins and by when it ends, and what is drawn for it. Never the order itself.

use crate::id::{CorrelationId, Run};
use crate::random::draw;
use crate::time::Timestamp;
use crate::trace::TraceContext;

/// One execution of an item of a batch, or of a node of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turnout {
    /// Which of the flow's executions.
    pub run: Run,
    /// Of which generation, 1 and up.
    pub generation: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// When the flow ends at the latest.
    pub deadline_at: Timestamp,
}

/// A key on CXone's side names one execution: a later generation that had the same would find the earlier one by it. `None`
/// where it grows too long.
pub(crate) fn in_generation(given: &CorrelationId, generation: u32) -> Option<CorrelationId> {
    if generation <= 1 {
        return Some(given.clone());
    }
    CorrelationId::parse(alloc::format!("{given}~{generation}")).ok()
}

/// What the correlation id of an execution of that seed is made of, where the caller gave none.
pub(crate) fn drawn_bytes(seed: u64) -> [u8; 16] {
    let (high, low) = (draw(seed, CORRELATION), draw(seed, CORRELATION.wrapping_add(1)));
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(high.to_be_bytes().into_iter().chain(low.to_be_bytes())).for_each(|(to, from)| *to = from);
    bytes
}

/// The span of a try (1 and up) to deliver a flow's notification of that number.
pub(crate) fn span_of_delivery(trace: &TraceContext, seed: u64, number: u64, attempt: u32) -> TraceContext {
    trace.child(seed, DELIVERY | (number << 8) | u64::from(attempt & 0xff))
}

/// Numbers of a seed's sequence that nothing else draws: those of calls and deliveries lie below.
const CORRELATION: u64 = 1 << 60;

/// Numbers of deliveries' spans lie past those of runs.
const DELIVERY: u64 = 1 << 43;
