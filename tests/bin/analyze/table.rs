//! A report for people: tables that fit a terminal. Never a figure that the JSON does not have.

use std::fmt::{self, Write};

use cxpulse_core::history::report::{Place, Report};
use cxpulse_core::history::{Comparison, Delta};

/// The whole report.
pub(crate) fn report(report: &Report, out: &mut impl Write) -> fmt::Result {
    writeln!(out, "{} interactions, {} steps", report.interactions, report.steps)?;
    if let (Some(period), Some(duration)) = (&report.period, &report.duration) {
        writeln!(out, "from {} to {}", period.from.0, period.to.0)?;
        let (mean, p50, p95) = (length(duration.mean), length(duration.p50), length(duration.p95));
        writeln!(out, "an interaction takes {mean} on average, {p50} in the middle, {p95} at the 95th percentile")?;
    }
    variants(report, out)?;
    bottlenecks(report, out)?;
    dwell(report, out)?;
    edges(report, out)?;
    again(report, out)?;
    failed(report, out)?;
    changes(report, out)?;
    outliers(report, out)?;
    anomalies(report, out)
}

fn variants(report: &Report, out: &mut impl Write) -> fmt::Result {
    writeln!(out, "\nvariants: {}", report.variants.count)?;
    if report.variants.others > 0 {
        writeln!(
            out,
            "{:>8} interactions went other ways: there are too many to tell them apart",
            report.variants.others
        )?;
    }
    for variant in report.variants.top.iter().take(ROWS) {
        let (share, coverage) = (percent(variant.share), percent(variant.coverage));
        let mean = length(variant.duration.mean);
        write!(out, "{:>8} {share:>7} {coverage:>7} {mean:>9}  {}  ", variant.count, variant.id)?;
        writeln!(out, "{}", clipped(&variant.nodes.join(" > "), 100))?;
    }
    Ok(())
}

fn bottlenecks(report: &Report, out: &mut impl Write) -> fmt::Result {
    let found = &report.bottlenecks;
    writeln!(out, "\nwhere the time goes (share of {})", length(found.total))?;
    for one in found.ranking.iter().take(ROWS) {
        writeln!(out, "{:>8} {:>9}  {}", percent(one.share), length(one.contributed), place(&one.place))?;
    }
    writeln!(out, "{} steps beyond {}", found.flagged, length(found.threshold))
}

fn dwell(report: &Report, out: &mut impl Write) -> fmt::Result {
    writeln!(out, "\n{:>8} {:>9} {:>9} {:>9} {:>9}  node", "visits", "mean", "median", "p95", "max")?;
    for node in &report.dwell {
        let times = &node.times;
        let [mean, p50, p95, max] = [times.mean, times.p50, times.p95, times.max].map(length);
        writeln!(out, "{:>8} {mean:>9} {p50:>9} {p95:>9} {max:>9}  {}", times.count, clipped(&node.node, 60))?;
    }
    Ok(())
}

fn edges(report: &Report, out: &mut impl Write) -> fmt::Result {
    let edges = &report.dfg.edges;
    writeln!(out, "\n{:>8} {:>9} {:>9} {:>9}  edge ({} in all)", "times", "mean", "median", "p95", edges.len())?;
    for edge in edges.iter().take(ROWS) {
        let [mean, p50, p95] = [edge.times.mean, edge.times.p50, edge.times.p95].map(length);
        let (from, to) = (clipped(&edge.from, 40), clipped(&edge.to, 40));
        writeln!(out, "{:>8} {mean:>9} {p50:>9} {p95:>9}  {from} > {to}", edge.times.count)?;
    }
    Ok(())
}

fn again(report: &Report, out: &mut impl Write) -> fmt::Result {
    let rework = &report.rework;
    let (share, loops, back) = (percent(rework.share), rework.self_loops, rework.back_and_forth);
    writeln!(
        out,
        "\nrework: in {} interactions ({share}); self-loops in {loops}, back and forth in {back}",
        rework.interactions
    )?;
    for node in rework.nodes.iter().take(ROWS) {
        writeln!(out, "{:>8} {:>7}  {}", node.repeats, percent(node.share), clipped(&node.node, 60))?;
    }
    Ok(())
}

fn failed(report: &Report, out: &mut impl Write) -> fmt::Result {
    let errors = &report.errors;
    if errors.steps == 0 {
        return writeln!(out, "\nerrors: none");
    }
    let (share, on, well) = (percent(errors.share), errors.went_on, errors.recovered);
    writeln!(
        out,
        "\nerrors: {} in {} interactions ({share}); {on} went on, {well} recovered",
        errors.steps, errors.interactions
    )?;
    for node in errors.nodes.iter().take(ROWS) {
        writeln!(out, "{:>8} {:>7}  {}", node.count, percent(node.share), clipped(&node.node, 60))?;
    }
    Ok(())
}

fn changes(report: &Report, out: &mut impl Write) -> fmt::Result {
    if report.changes.top.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{:>8} {:>8} {:>8} {:>8}  variable by node", "changed", "added", "removed", "retyped")?;
    for one in report.changes.top.iter().take(ROWS) {
        let (variable, node) = (clipped(&one.variable, 40), clipped(&one.node, 40));
        let (changed, added) = (one.changed, one.added);
        writeln!(out, "{changed:>8} {added:>8} {:>8} {:>8}  {variable} by {node}", one.removed, one.retyped)?;
    }
    Ok(())
}

fn outliers(report: &Report, out: &mut impl Write) -> fmt::Result {
    let found = &report.outliers;
    writeln!(out, "\noutliers: {}", if found.is_computed { found.count.to_string() } else { "not looked for".into() })?;
    for one in found.top.iter().take(ROWS) {
        let (value, mean) = (length(one.value), length(one.mean));
        let (interaction, place) = (clipped(&one.interaction, 40), place(&one.place));
        writeln!(out, "{:>7.1}z {value:>9} (mean {mean})  {place} in {interaction} at {}", one.z, one.at.0)?;
    }
    Ok(())
}

fn anomalies(report: &Report, out: &mut impl Write) -> fmt::Result {
    for one in &report.anomalies {
        let kind =
            serde_json::to_value(one.kind).ok().and_then(|kind| kind.as_str().map(|kind| kind.replace('_', " ")));
        writeln!(out, "\n{}: {}", kind.unwrap_or_default(), one.count)?;
        for example in &one.examples {
            let (whose, node) = (example.interaction.as_deref().unwrap_or("?"), example.node.as_deref().unwrap_or("-"));
            let (whose, node) = (clipped(whose, 40), clipped(node, 40));
            writeln!(out, "{:>8} {whose}, {node}: {}", "such as", clipped(&example.found, 80))?;
        }
    }
    Ok(())
}

/// What is different.
pub(crate) fn comparison(found: &Comparison, out: &mut impl Write) -> fmt::Result {
    let line = |out: &mut dyn Write, what: &str, delta: &Delta, shown: fn(f64) -> String| {
        let relative = delta.relative.map_or_else(|| "new".into(), |relative| format!("{:+.1} %", relative * 100.0));
        let mark = if delta.is_significant { "*" } else { " " };
        writeln!(out, "{:>10} {:>10} {relative:>10}{mark} {what}", shown(delta.before), shown(delta.after))
    };
    line(out, "interactions", &found.interactions, whole)?;
    line(out, "steps", &found.steps, whole)?;
    line(out, "interactions with an error", &found.errors, percent)?;
    if let Some(duration) = &found.duration {
        line(out, "mean duration", duration, length)?;
    }
    for edge in &found.edges {
        let name = format!("{} > {}", clipped(&edge.from, 40), clipped(&edge.to, 40));
        line(out, &format!("of interactions: {name}"), &edge.share, percent)?;
        if let Some(mean) = edge.mean.as_ref().filter(|mean| mean.is_significant) {
            line(out, &format!("waiting: {name}"), mean, length)?;
        }
    }
    for node in &found.dwell {
        if let Some(mean) = &node.mean {
            line(out, &format!("dwell: {}", clipped(&node.node, 60)), mean, length)?;
        }
    }
    for variant in &found.variants {
        let name = format!("{}  {}", variant.id, clipped(&variant.nodes.join(" > "), 80));
        let told = if variant.is_known { "" } else { " (listed on one side only)" };
        line(out, &format!("of interactions{told}: {name}"), &variant.share, percent)?;
        if let Some(duration) = variant.duration.as_ref().filter(|duration| duration.is_significant) {
            line(out, &format!("duration: {name}"), duration, length)?;
        }
    }
    writeln!(out, "\n* beyond 1.96 standard errors, each by itself")
}

fn place(place: &Place) -> String {
    match place {
        Place::Node { node } => clipped(node, 60),
        Place::Edge { from, to } => format!("{} > {} (waiting)", clipped(from, 40), clipped(to, 40)),
    }
}

/// Seconds in a unit that fits.
fn length(seconds: f64) -> String {
    let size = seconds.abs();
    match size {
        _ if size == 0.0 => "0 s".into(),
        _ if size < 1.0 => format!("{:.0} ms", seconds * 1_000.0),
        _ if size < 120.0 => format!("{seconds:.1} s"),
        _ if size < 7_200.0 => format!("{:.0} min", seconds / 60.0),
        _ if size < 172_800.0 => format!("{:.1} h", seconds / 3_600.0),
        _ => format!("{:.1} d", seconds / 86_400.0),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn whole(count: f64) -> String {
    format!("{count:.0}")
}

/// What fits, without what a terminal would obey.
fn clipped(text: &str, len: usize) -> String {
    let mut clipped: String = text.chars().take(len).map(|one| if one.is_control() { ' ' } else { one }).collect();
    if text.chars().nth(len).is_some() {
        clipped.push('…');
    }
    clipped
}

/// Rows of a table for people.
const ROWS: usize = 10;
