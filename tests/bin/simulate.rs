//! `cargo xtask simulate`: many lives of the core on a virtual clock, and what they came to. Never waits for real.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::Instant;

use cxpulse_tests::crowd::{CROWD_INVARIANTS, Crowd, CrowdPlan};
use cxpulse_tests::oracle::{Breach, INVARIANTS};
use cxpulse_tests::{Report, run, run_all};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = pico_args::Arguments::from_env();
    let executions: u64 = arguments.opt_value_from_str("--executions")?.unwrap_or(10_000);
    let hours: f64 = arguments.opt_value_from_str("--hours")?.unwrap_or(24.0);
    let seed: u64 = arguments.opt_value_from_str("--seed")?.unwrap_or(1);
    if let Some(unknown) = arguments.finish().first() {
        return Err(format!("there is no argument {}", unknown.to_string_lossy()).into());
    }
    if executions == 0 || !(hours > 0.0 && hours.is_finite()) {
        return Err("--executions and --hours are to be more than 0".into());
    }
    let began = Instant::now();
    let lives = run_all((0..executions).map(|index| seed.wrapping_add(index)), run);
    let took_seconds = began.elapsed().as_secs_f64();
    match lives.and_then(|reports| Ok((reports, through_one_gate(executions, seed)?))) {
        Ok((reports, gate)) => {
            let table = describe(&reports, hours, took_seconds);
            stdout().write_all((table + &gate).as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(breach) => {
            writeln!(stdout(), "an invariant does not hold\n{breach}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// As many of them as one tenant may have in line, started at once, against its rate.
fn through_one_gate(executions: u64, seed: u64) -> Result<String, Breach> {
    let count = usize::try_from(executions).unwrap_or(usize::MAX).min(TENANT_EXECUTIONS_MAX);
    let plan = CrowdPlan::herd(count, seed);
    let limits = plan.limits.clone();
    let report = Crowd::new(plan).play()?;
    let mut lines = vec![
        format!(
            "through one gate       {} at once, {} calls a second, {} in flight",
            count, limits.per_second, limits.in_flight
        ),
        format!(
            "  calls                {} in {:.1} s, {:.3} of the ideal time",
            report.calls,
            report.calls_lasted.as_secs_f64(),
            report.ratio(limits.per_second)
        ),
        format!("  at most              {} in flight, {} in a second", report.in_flight_max, report.per_second_max),
        format!("  answers of 429       {}", report.rate_limited),
        format!("  questions to it      {:.2} a call", as_float(report.trips) / as_float(report.calls)),
        format!("  waited at it         {:.1} s at most", report.longest_wait.as_secs_f64()),
        "invariants that held there:".to_owned(),
    ];
    lines.extend(CROWD_INVARIANTS.iter().map(|words| format!("  {words}")));
    Ok(lines.join("\n") + "\n")
}

fn describe(reports: &[Report], hours: f64, took_seconds: f64) -> String {
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let lived = reports.iter().map(|report| report.lasted.as_secs_f64()).sum::<f64>();
    let mut notices: Vec<f64> = reports.iter().filter_map(|report| Some(report.notice?.as_secs_f64())).collect();
    notices.sort_by(f64::total_cmp);
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    for report in reports {
        *outcomes.entry(report.outcome.name()).or_default() += 1;
    }
    let mut lines = vec![
        format!("executions             {}", reports.len()),
        format!("spread over            {hours} h, {:.2} starts a second", count(reports) / hours / 3_600.0),
        format!("alive at once, mean    {:.1}", lived / hours / 3_600.0),
        format!(
            "calls                  {} ({:.2} a second)",
            sum(|r| r.calls),
            as_float(sum(|r| r.calls)) / hours / 3_600.0
        ),
        format!(
            "polls                  {} ({:.2} an execution)",
            sum(|r| r.polls),
            as_float(sum(|r| r.polls)) / count(reports)
        ),
        format!(
            "steps                  {} ({:.0} a second of this machine)",
            sum(|r| r.steps),
            as_float(sum(|r| r.steps)) / took_seconds
        ),
        format!("crashes survived       {}", sum(|r| r.crashes)),
        format!("anomalies              {}", sum(|r| r.anomalies)),
        format!("noticed ends           {}, after {}", notices.len(), quantiles(&notices)),
    ];
    lines.extend(outcomes.iter().map(|(name, number)| format!("ended {name:<16} {number}")));
    lines.push(format!("simulated time         {:.1} h in {took_seconds:.1} s", lived / 3_600.0));
    lines.push("invariants that held after every step:".to_owned());
    lines.extend(INVARIANTS.iter().map(|words| format!("  {words}")));
    lines.join("\n") + "\n"
}

fn quantiles(sorted: &[f64]) -> String {
    let at = |share: f64| sorted.get((as_float(sorted.len().saturating_sub(1) as u64) * share) as usize);
    let text = |share: f64| at(share).map_or("-".to_owned(), |seconds| format!("{seconds:.2} s"));
    format!("{} (median), {} (95 %), {} (longest)", text(0.5), text(0.95), text(1.0))
}

fn count(reports: &[Report]) -> f64 {
    as_float(reports.len() as u64)
}

/// Counts are far below 2^53.
const fn as_float(number: u64) -> f64 {
    number as f64
}

/// Executions of one tenant that are played at once.
const TENANT_EXECUTIONS_MAX: usize = 10_000;
