//! `cargo xtask bench gate`: the gate's decision and its state natively, and a crowd and an outage on a virtual clock.
//!
//! Times are of this build: its profile is told beside them. Bytes are those that the allocator gave out.

use std::alloc::System;
use std::error::Error;
use std::hint::black_box;
use std::io::{Write as _, stdout};
use std::time::Instant;

use cxpulse_core::allowance::Allowance;
use cxpulse_core::call::CallKind;
use cxpulse_core::credential::{Grant, Secret};
use cxpulse_core::gate::{Ask, CALL_PATIENCE, Decision, Fate, Gate, Report, Rules, Share};
use cxpulse_core::limiter::Lease;
use cxpulse_core::profile::{Limits, Profile};
use cxpulse_core::time::Span;
use cxpulse_tests::BEGINNING;
use cxpulse_tests::crowd::{Crowd, CrowdPlan, CrowdReport};
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = pico_args::Arguments::from_env();
    let is_json = arguments.contains("--json");
    let seed: u64 = arguments.opt_value_from_str("--seed")?.unwrap_or(1);
    if let Some(unknown) = arguments.finish().first() {
        return Err(format!("there is no argument {}", unknown.to_string_lossy()).into());
    }
    let (call_ns, decision_ns) = time_decisions()?;
    let found = json!({
        "profile": if cfg!(debug_assertions) { "dev" } else { "release" },
        "decision_ns": decision_ns,
        "call_ns": call_ns,
        "state_bytes": weigh_state(),
        "crowd": crowd(seed)?,
        "outage": outage(seed)?,
    });
    let text = if is_json { found.to_string() } else { serde_json::to_string_pretty(&found)? };
    writeln!(stdout(), "{text}")?;
    Ok(())
}

/// Nanoseconds of a call's whole way through a gate with ten thousand leases out and a thousand callers in line, and of
/// one of its three questions: to join the line, to go, and the report.
fn time_decisions() -> Result<(f64, f64), Box<dyn Error>> {
    let (rules, mut gate, mut leases) = full_gate();
    (LEASES..LEASES + WAITING).for_each(|caller| drop(gate.acquire(&rules, &ask(caller), BEGINNING)));
    let (mut now, mut granted) = (BEGINNING, 0_u64);
    let began = Instant::now();
    for turn in 0..TURNS {
        now = now.plus(Span::from_millis(1));
        let oldest = leases.get(usize::try_from(turn)?).copied().ok_or("a lease is missing")?;
        gate.report(&rules, &good(oldest), now);
        if let Decision::Granted { lease, .. } = gate.acquire(&rules, &ask(LEASES + turn), now) {
            granted += 1;
            leases.push(lease);
        }
        black_box(gate.acquire(&rules, &ask(LEASES + WAITING + turn), now));
    }
    let nanos = began.elapsed().as_secs_f64() * 1e9 / f64::from(u32::try_from(TURNS)?);
    if granted != TURNS {
        return Err(format!("{granted} calls of {TURNS} were let go in their turn").into());
    }
    Ok((nanos, nanos / 3.0))
}

/// Bytes of a gate with ten thousand leases out and ten thousand callers in line.
fn weigh_state() -> usize {
    let region = Region::new(ALLOCATOR);
    let (rules, mut gate, leases) = full_gate();
    drop(leases);
    (LEASES..2 * LEASES).for_each(|caller| drop(gate.acquire(&rules, &ask(caller), BEGINNING)));
    let change = region.change();
    black_box((gate, rules));
    change.bytes_allocated.saturating_sub(change.bytes_deallocated)
}

/// A gate whose every permit is out.
fn full_gate() -> (Rules, Gate, Vec<Lease>) {
    let mut profile = Profile::built_in("dataactions").expect("it is built in");
    profile.limits = Limits { in_flight: 10_000, per_second: 10_000.0, ..Limits::default() };
    let rules = Rules::from(&profile);
    let mut gate = Gate::new(&rules);
    let mut now = BEGINNING.minus(Span::from_secs(10));
    gate.granted(Grant { secret: Secret::new("token"), lifetime: Some(Span::from_secs(86_400)) }, now);
    let mut leases = Vec::new();
    for caller in 0..LEASES {
        now = now.plus(Span::from_millis(1));
        if let Decision::Granted { lease, .. } = gate.acquire(&rules, &ask(caller), now) {
            leases.push(lease);
        }
    }
    (rules, gate, leases)
}

const fn ask(caller: u64) -> Ask {
    Ask {
        caller,
        key: caller,
        kind: Some(CallKind::Poll),
        newer_than: None,
        patience: CALL_PATIENCE,
        share: Share::Whole,
    }
}

fn good(lease: Lease) -> Report {
    Report {
        lease,
        keeps: false,
        token_version: 1,
        fate: Fate::Good,
        took: Span::from_millis(40),
        allowance: Allowance::default(),
    }
}

/// A thousand executions at once, against 50 calls a second and 10 in flight.
fn crowd(seed: u64) -> Result<Value, Box<dyn Error>> {
    let report = play(CrowdPlan::herd(1_000, seed))?;
    Ok(json!({
        "ratio": report.ratio(50.0),
        "in_flight_max": report.in_flight_max,
        "per_second_max": report.per_second_max,
        "rate_limited": report.rate_limited,
        "trips_by_call": report.trips as f64 / report.calls as f64,
        "completed": report.completed,
    }))
}

/// A minute in which everything fails, while executions start.
fn outage(seed: u64) -> Result<Value, Box<dyn Error>> {
    let plan = CrowdPlan::outage(300, seed);
    let probe_seconds = plan.breaker.open().as_secs_f64();
    let report = play(plan)?;
    Ok(json!({
        "calls_during": report.outage_calls,
        "recovered_after_probe_intervals": report.recovered_after.map(|span| span.as_secs_f64() / probe_seconds),
        "completed": report.completed,
        "unknown": report.unknown,
        "lost": report.executions - report.completed - report.unknown,
    }))
}

fn play(plan: CrowdPlan) -> Result<CrowdReport, String> {
    Crowd::new(plan).play().map_err(|breach| breach.to_string())
}

/// Leases out, and callers in line where its weight is taken.
const LEASES: u64 = 10_000;

/// Callers in line where it is timed.
const WAITING: u64 = 1_000;

/// Calls timed.
const TURNS: u64 = 200_000;
