//! The simulation as a test: ten thousand lives, and those that once found something.

use std::thread;

use cxpulse_tests::oracle::Breach;
use cxpulse_tests::{Report, run};

/// Seeds that found a bug, each with what it was.
const FOUND: [(u64, &str); 1] =
    [(74, "a multiplier of sixteen digits was stored as JSON and read back as its neighbour")];

#[test]
fn ten_thousand_lives_break_no_invariant() {
    let seeds = chosen_seed().map_or(0..SEEDS, |seed| seed..seed + 1);
    let reports = run_all(seeds).unwrap_or_else(|breach| {
        unreachable!("{breach}\nrun it alone: CXPULSE_SEED={} cargo test -p cxpulse-tests lives", breach.seed)
    });
    assert!(!reports.is_empty());
}

#[test]
fn lives_that_once_broke_an_invariant_hold() {
    for (seed, what) in FOUND {
        assert_eq!(run(seed).err(), None, "{what}");
    }
}

#[test]
fn a_seed_plays_the_same_life_again() {
    for seed in 0..50 {
        assert_eq!(run(seed), run(seed));
    }
}

#[test]
fn the_lives_differ_enough_to_prove_something() {
    let reports = run_all(0..1_000).expect("no breach");
    let of = |name: &str| reports.iter().filter(|report| report.outcome.name() == name).count();
    for name in ["completed", "failed", "canceled", "timed_out", "rejected", "invalid", "unknown"] {
        assert!(of(name) > 0, "no life ended {name}");
    }
    assert!(reports.iter().any(|report| report.crashes > 0));
    assert!(reports.iter().any(|report| report.anomalies > 0));
}

/// On as many threads as there are processors; the first breach by seed, where there is one.
fn run_all(seeds: std::ops::Range<u64>) -> Result<Vec<Report>, Breach> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let lane = |offset: usize| seeds.clone().skip(offset).step_by(threads).map(run).collect::<Result<Vec<_>, _>>();
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

fn chosen_seed() -> Option<u64> {
    std::env::var("CXPULSE_SEED").ok().map(|text| text.parse().expect("CXPULSE_SEED is a number"))
}

const SEEDS: u64 = 10_000;
