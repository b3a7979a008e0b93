//! What a seed decides of a flow, and what became of it. Never decides anything after the beginning.

use cxpulse_core::flow::Stop;
use cxpulse_core::time::Span;
use cxpulse_sim::Faults;
use fastrand::Rng;

use crate::fault::{Luck, pick_faults, pick_luck};

/// What is decided of a flow before it begins, whatever it is.
#[derive(Debug, Clone)]
pub struct Fortune<R> {
    /// The seed of every later chance.
    pub seed: u64,
    /// What goes wrong at CXone.
    pub faults: Faults,
    /// What goes wrong on our side.
    pub luck: Luck,
    /// When the caller cancels, after the beginning.
    pub cancels: Vec<Span>,
    /// When the caller wants something run again.
    pub redrives: Vec<(Span, R)>,
    /// When an end is told once more.
    pub repeats: Vec<Span>,
}

impl<R> Fortune<R> {
    /// What `chance` decides; `redrive` picks what is to run again.
    pub(crate) fn pick(seed: u64, chance: &mut Rng, redrive: impl Fn(&mut Rng) -> R) -> Self {
        let mut faults = pick_faults(chance);
        faults.latency_ms = [faults.latency_ms[0] / 4, faults.latency_ms[1] / 4];
        let luck = pick_luck(chance);
        let span = |chance: &mut Rng| Span::from_millis(chance.u64(..400_000));
        let cancels = (0..chance.usize(..4) / 2).map(|_| span(chance)).collect();
        let redrives = (0..chance.usize(..4)).map(|_| (span(chance), redrive(chance))).collect();
        let repeats = (0..chance.usize(..6)).map(|_| span(chance)).collect();
        Self { seed, faults, luck, cancels, redrives, repeats }
    }
}

/// What there is to say of every flow at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// Executions that were begun, over all generations.
    pub started: u64,
    /// Generations.
    pub generations: u32,
    /// Times that the object died.
    pub crashes: u64,
    /// Why it was stopped, at last.
    pub stop: Option<Stop>,
    /// Calls sent.
    pub calls: u64,
}
