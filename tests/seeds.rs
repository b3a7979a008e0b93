//! The simulation as a test: ten thousand lives, and those that once found something.

use cxpulse_core::batch::Stop;
use cxpulse_core::time::Span;
use cxpulse_core::wire::chain::ChainStatus;
use cxpulse_tests::batch::BatchReport;
use cxpulse_tests::chain::ChainReport;
use cxpulse_tests::crowd::{Crowd, CrowdPlan, CrowdReport};
use cxpulse_tests::{run, run_all, run_batch, run_chain, run_crowd};

/// Seeds that found a bug, each with what it was.
const FOUND: [(u64, &str); 1] =
    [(74, "a multiplier of sixteen digits was stored as JSON and read back as its neighbour")];

#[test]
fn ten_thousand_lives_break_no_invariant() {
    let seeds = chosen_seed().map_or(0..SEEDS, |seed| seed..seed + 1);
    let reports = run_all(seeds, run).unwrap_or_else(|breach| {
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
    let reports = run_all(0..1_000, run).expect("no breach");
    let of = |name: &str| reports.iter().filter(|report| report.outcome.name() == name).count();
    for name in ["completed", "failed", "canceled", "timed_out", "rejected", "invalid", "unknown"] {
        assert!(of(name) > 0, "no life ended {name}");
    }
    assert!(reports.iter().any(|report| report.crashes > 0));
    assert!(reports.iter().any(|report| report.anomalies > 0));
    let sum = |of: fn(&cxpulse_tests::Report) -> u64| reports.iter().map(of).sum::<u64>();
    let of_callbacks = [sum(|report| report.called_back), sum(|report| report.refused), sum(|report| report.repeated)];
    assert!(of_callbacks.iter().all(|count| *count > 50), "told, refused, repeated: {of_callbacks:?}");
}

#[test]
fn hundreds_of_crowds_break_no_invariant() {
    let seeds = chosen_seed().map_or(0..CROWDS, |seed| seed..seed + 1);
    let reports = run_all(seeds, run_crowd).unwrap_or_else(|breach| {
        unreachable!("{breach}\nrun it alone: CXPULSE_SEED={} cargo test -p cxpulse-tests crowds", breach.seed)
    });
    assert!(!reports.is_empty());
}

#[test]
fn a_seed_plays_the_same_crowd_again() {
    for seed in 0..20 {
        assert_eq!(run_crowd(seed), run_crowd(seed));
    }
}

#[test]
fn the_crowds_differ_enough_to_prove_something() {
    let reports = run_all(0..100, run_crowd).expect("no breach");
    let has = |what: &str, is_it: fn(&CrowdReport) -> bool| assert!(reports.iter().any(is_it), "no crowd {what}");
    has("was held up for long", |report| report.longest_wait > Span::from_secs(5));
    has("used every permit there was", |report| report.in_flight_max >= 4);
    has("lost a process", |report| report.crashes > 5);
    has("lost its gate", |report| report.tenant_crashes > 3);
    has("renewed a token", |report| report.fetches > 3);
    has("was told to wait", |report| report.rate_limited > 0);
    has("met an outage", |report| report.outage_calls > 0 && report.recovered_after.is_some());
}

#[test]
fn thousands_of_batches_break_no_invariant() {
    let seeds = chosen_seed().map_or(0..BATCHES, |seed| seed..seed + 1);
    let reports = run_all(seeds, run_batch).unwrap_or_else(|breach| {
        unreachable!("{breach}\nrun it alone: CXPULSE_SEED={} cargo test -p cxpulse-tests batches", breach.seed)
    });
    assert!(!reports.is_empty());
}

#[test]
fn a_seed_plays_the_same_batch_again() {
    for seed in 0..20 {
        assert_eq!(run_batch(seed), run_batch(seed));
    }
}

#[test]
fn the_batches_differ_enough_to_prove_something() {
    let reports = run_all(0..300, run_batch).expect("no breach");
    let has = |what: &str, is_it: fn(&BatchReport) -> bool| assert!(reports.iter().any(is_it), "no batch {what}");
    has("succeeded as a whole", |report| report.successful == report.items && report.items > 10);
    has("succeeded in a part", |report| report.successful > 0 && report.successful < report.items);
    has("was redriven twice", |report| report.generations > 2);
    has("began more executions than it has items", |report| report.started > u64::from(report.items));
    has("lost its object often", |report| report.crashes > 5);
    for stop in [Stop::Canceled, Stop::Deadline, Stop::Tolerance] {
        assert!(reports.iter().any(|report| report.stop == Some(stop)), "no batch was stopped by {stop:?}");
    }
}

#[test]
fn thousands_of_chains_break_no_invariant() {
    let seeds = chosen_seed().map_or(0..CHAINS, |seed| seed..seed + 1);
    let reports = run_all(seeds, run_chain).unwrap_or_else(|breach| {
        unreachable!("{breach}\nrun it alone: CXPULSE_SEED={} cargo test -p cxpulse-tests chains", breach.seed)
    });
    assert!(!reports.is_empty());
}

#[test]
fn a_seed_plays_the_same_chain_again() {
    for seed in 0..20 {
        assert_eq!(run_chain(seed), run_chain(seed));
    }
}

#[test]
fn the_chains_differ_enough_to_prove_something() {
    let reports = run_all(0..300, run_chain).expect("no breach");
    let has = |what: &str, is_it: fn(&ChainReport) -> bool| assert!(reports.iter().any(is_it), "no chain {what}");
    for status in ChainStatus::ALL.into_iter().filter(|status| *status != ChainStatus::Running) {
        let count =
            |report: &ChainReport| report.counts.iter().find(|(of, _)| *of == status).map_or(0, |(_, count)| *count);
        assert!(reports.iter().any(|report| count(report) > 0), "no node of any chain is {}", status.name());
    }
    has("succeeded as a whole", |report| {
        report.nodes > 5
            && report.counts.iter().any(|(status, count)| *status == ChainStatus::Successful && *count == report.nodes)
    });
    has("was redriven twice", |report| report.generations > 2);
    has("began more executions than it has nodes", |report| report.started > u64::from(report.nodes));
    has("lost its object often", |report| report.crashes > 5);
    has("had inputs that could not be made", |report| report.faults > 0);
    for stop in [Stop::Canceled, Stop::Deadline] {
        assert!(reports.iter().any(|report| report.stop == Some(stop)), "no chain was stopped by {stop:?}");
    }
}

#[test]
fn a_herd_takes_little_longer_than_its_rate_allows() {
    let report = Crowd::new(CrowdPlan::herd(300, 7)).play().expect("no breach");
    assert!(report.ratio(50.0) <= 1.15, "{report:?}");
    assert_eq!((report.completed, report.rate_limited, report.fetches), (300, 0, 1));
}

#[test]
fn a_herd_that_permits_hold_back_keeps_them_busy() {
    for (in_flight, latency_ms) in [(1, [100, 300]), (4, [400, 800]), (10, [1_000, 2_000])] {
        let mut plan = CrowdPlan::herd(200, 7);
        plan.limits.in_flight = in_flight;
        plan.faults.latency_ms = latency_ms;
        let report = Crowd::new(plan).play().expect("no breach");
        let mean = (latency_ms[0] + latency_ms[1]) as f64 / 2_000.0;
        let ratio = report.calls_lasted.as_secs_f64() / (report.calls as f64 * mean / f64::from(in_flight));
        assert!(ratio <= 1.15, "{in_flight} in flight: {ratio:.3} of the ideal, {report:?}");
        assert_eq!(report.in_flight_max, u64::from(in_flight));
    }
}

#[test]
fn an_outage_meets_probes_alone_and_loses_nobody() {
    let plan = CrowdPlan::outage(200, 7);
    let (failures, open) = (5, plan.breaker.open());
    let report = Crowd::new(plan).play().expect("no breach");
    let probes = 60_u64.div_ceil(open.as_secs_ceil()) + 1;
    // What was on its way as the breaker opened is met by the outage too.
    assert!(report.outage_calls <= failures + probes + report.in_flight_max, "{report:?}");
    assert!(report.recovered_after.is_some_and(|span| span <= open), "{report:?}");
    assert_eq!(report.completed + report.unknown, 200, "{report:?}");
}

fn chosen_seed() -> Option<u64> {
    std::env::var("CXPULSE_SEED").ok().map(|text| text.parse().expect("CXPULSE_SEED is a number"))
}

const SEEDS: u64 = 10_000;

const CROWDS: u64 = 400;

const BATCHES: u64 = 2_000;

const CHAINS: u64 = 2_000;
