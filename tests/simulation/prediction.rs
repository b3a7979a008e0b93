//! Polls and delays until an end is noticed: prediction against the bare ladder, over lives of 1 s to 2 h.

use cxpulse_sim::Faults;
use serde_json::json;

use super::fault::{Luck, Plan};
use super::oracle::Breach;
use super::run_plan;

/// What one way of polling came to, over all lives.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    /// Lives that were noticed to have ended.
    pub lives: u32,
    /// Polls made in all of them.
    pub polls: u64,
    /// Seconds between each end on CXone and our noticing it, added up.
    pub notice_seconds: f64,
}

impl Sum {
    /// Mean delay until an end was noticed, in seconds.
    #[must_use]
    pub fn mean_notice_seconds(&self) -> f64 {
        self.notice_seconds / f64::from(self.lives.max(1))
    }
}

/// One duration on CXone, polled both ways.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// How long the lives last there.
    pub seconds: u32,
    /// By the seeds' ladder.
    pub ladder: Sum,
    /// By prediction, within the same ladder's bounds.
    pub predicted: Sum,
}

/// Plays `lives` executions of each duration, both ways, from `seed` on. The clients' attempts are raised alike, so
/// that neither gives up.
///
/// # Errors
/// [`Breach`], where an invariant does not hold.
pub fn compare(lives: u32, seed: u64) -> Result<Vec<Row>, Breach> {
    SECONDS.into_iter().map(|seconds| compare_at(seconds, lives, seed)).collect()
}

fn compare_at(seconds: u32, lives: u32, seed: u64) -> Result<Row, Breach> {
    let mut row = Row { seconds, ladder: Sum::default(), predicted: Sum::default() };
    for life in 0..lives {
        for (predict, sum) in [(false, &mut row.ladder), (true, &mut row.predicted)] {
            let report = run_plan(plan(seed.wrapping_add(u64::from(life)), seconds, predict))?;
            sum.lives += u32::from(report.notice.is_some());
            sum.polls += report.polls;
            sum.notice_seconds += report.notice.map_or(0.0, |notice| notice.as_secs_f64());
        }
    }
    Ok(row)
}

/// A life without faults or callbacks: only polling can notice its end.
fn plan(seed: u64, seconds: u32, predict: bool) -> Plan {
    let action_id = format!("sim-for-{seconds}s");
    let request = json!({
        "start": {"action_id": action_id},
        "timeout_seconds": 86_400,
        "callback": false,
        "backoff": {"predict": predict, "max_attempts": 10_000},
    });
    Plan {
        seed,
        request,
        is_watch: false,
        action_id,
        faults: Faults { latency_ms: [20, 200], ..Faults::default() },
        signing: None,
        stray_callbacks: Vec::new(),
        luck: Luck::default(),
        cancel_after: None,
        clock_steps: Vec::new(),
    }
}

/// Evenly spread in ratio, from a second to two hours.
pub const SECONDS: [u32; 14] = [1, 2, 4, 8, 15, 30, 60, 120, 240, 480, 900, 1_800, 3_600, 7_200];
