//! Executions from a seed: the machine, a CXone, a network, shells that die, on a clock that does not exist.
//!
//! A seed decides everything: the request, the script that CXone follows, what goes wrong and when. [`run`] plays
//! it to the end and watches every step through [`oracle::Oracle`]; the same seed plays the same life. It never
//! sleeps, opens a socket or asks for the time.
//!
//! - [`fault`]: what a seed decides.
//! - [`door`]: which callbacks are let in.
//! - [`world`]: CXone and the wires to it.
//! - [`process`]: what of an execution outlives a crash, and is checked at every step.
//! - [`shell`]: what stores and performs, as the Worker does, and loses its memory when told to.
//! - [`host`]: the object that hosts a flow with its executions.
//! - [`batch`]: a batch in it.
//! - [`chain`]: a chain in it.
//! - [`crowd`]: many executions of one tenant, through one gate.
//! - [`tenant`]: the gate's shell.
//! - [`oracle`]: what must hold after every step, and at the end.
//! - [`prediction`]: polls and delays with prediction and without.

pub mod batch;
pub mod chain;
pub mod crowd;
pub mod door;
pub mod fault;
pub mod host;
pub mod oracle;
pub mod prediction;
pub mod process;
pub mod shell;
pub mod tenant;
pub mod world;

use std::thread;

use cxpulse_core::status::Outcome;
use cxpulse_core::time::{Span, Timestamp};

use batch::{BatchPlan, BatchReport};
use chain::{ChainPlan, ChainReport};
use crowd::{Crowd, CrowdPlan, CrowdReport};
use fault::Plan;
use oracle::Breach;
use shell::Shell;

/// How one life went.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// Steps of the machine.
    pub steps: u64,
    /// Calls sent.
    pub calls: u64,
    /// Polls among them.
    pub polls: u64,
    /// Times that the process died.
    pub crashes: u64,
    /// Anomalies found.
    pub anomalies: u64,
    /// Callbacks that the machine was told of.
    pub called_back: u64,
    /// Callbacks that were not believed.
    pub refused: u64,
    /// Callbacks that were here before.
    pub repeated: u64,
    /// Between the end on CXone and our noticing it; `None` where not both happened.
    pub notice: Option<Span>,
    /// Simulated time from opening to the last happening.
    pub lasted: Span,
    /// A digest of every journal line: two runs of one seed agree in it.
    pub digest: u64,
}

/// Plays the life that `seed` decides.
///
/// # Errors
/// [`Breach`]: the first invariant that did not hold, and where.
pub fn run(seed: u64) -> Result<Report, Breach> {
    run_plan(Plan::of(seed))
}

/// Plays the crowd that `seed` decides.
///
/// # Errors
/// [`Breach`]: the first invariant that did not hold, and where.
pub fn run_crowd(seed: u64) -> Result<CrowdReport, Breach> {
    Crowd::new(CrowdPlan::of(seed)).play()
}

/// Plays the batch that `seed` decides.
///
/// # Errors
/// [`Breach`]: the first invariant that did not hold, and where.
pub fn run_batch(seed: u64) -> Result<BatchReport, Breach> {
    batch::play(&BatchPlan::of(seed))
}

/// Plays the chain that `seed` decides.
///
/// # Errors
/// [`Breach`]: the first invariant that did not hold, and where.
pub fn run_chain(seed: u64) -> Result<ChainReport, Breach> {
    chain::play(&ChainPlan::of(seed))
}

/// Plays each seed, by [`run`], [`run_crowd`], [`run_batch`] or [`run_chain`], on as many threads as there are processors.
///
/// # Errors
/// [`Breach`]: one invariant that did not hold, and where.
///
/// # Panics
/// Where a life panics.
pub fn run_all<T: Send>(
    seeds: impl Iterator<Item = u64> + Clone + Send + Sync,
    play: fn(u64) -> Result<T, Breach>,
) -> Result<Vec<T>, Breach> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let lane = |offset: usize| seeds.clone().skip(offset).step_by(threads).map(play).collect::<Result<Vec<_>, _>>();
    let lanes = thread::scope(|scope| {
        let lanes: Vec<_> = (0..threads).map(|offset| scope.spawn(move || lane(offset))).collect();
        lanes.into_iter().map(|lane| lane.join().expect("a lane does not panic")).collect::<Vec<_>>()
    });
    let mut reports = Vec::new();
    for lane in lanes {
        reports.extend(lane?);
    }
    Ok(reports)
}

/// Plays one plan.
///
/// # Errors
/// [`Breach`]: the first invariant that did not hold, and where.
pub fn run_plan(plan: Plan) -> Result<Report, Breach> {
    let mut shell = Shell::open(plan)?;
    while shell.play_next()? {}
    shell.finish()
}

/// The instant at which every simulated life begins: 2026-11-21T10:00:00.000Z.
pub const BEGINNING: Timestamp = Timestamp::from_millis(1_795_255_200_000);
