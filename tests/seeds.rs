//! The simulation as a test: ten thousand lives, and those that once found something.

use cxpulse_tests::{run, run_all};

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

fn chosen_seed() -> Option<u64> {
    std::env::var("CXPULSE_SEED").ok().map(|text| text.parse().expect("CXPULSE_SEED is a number"))
}

const SEEDS: u64 = 10_000;
