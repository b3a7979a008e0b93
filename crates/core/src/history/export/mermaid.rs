//! The graph for Mermaid, as pages and editors draw it. Never an id that is not ours.

use alloc::collections::BTreeMap;
use core::fmt::{self, Write};

use super::super::number::many;
use super::super::report::Report;
use super::super::text::{Length, Mermaid};

pub(super) fn write(report: &Report, out: &mut impl Write) -> fmt::Result {
    out.write_str("flowchart LR\n")?;
    let mut numbers = BTreeMap::new();
    for node in &report.dwell {
        let number = many(numbers.len());
        numbers.insert(node.node.as_str(), number);
        let (name, times) = (Mermaid(&node.node), &node.times);
        writeln!(out, "  n{number}[\"{name}<br/>{} visits, mean {}\"]", times.count, Length(times.mean))?;
    }
    for edge in &report.dfg.edges {
        let (Some(from), Some(to)) = (numbers.get(edge.from.as_str()), numbers.get(edge.to.as_str())) else { continue };
        writeln!(out, "  n{from} -->|\"{}, {}\"| n{to}", edge.times.count, Length(edge.times.mean))?;
    }
    out.write_str("  begin((\"start\"))\n")?;
    for start in &report.dfg.start {
        if let Some(number) = numbers.get(start.node.as_str()) {
            writeln!(out, "  begin -.->|\"{}\"| n{number}", start.count)?;
        }
    }
    out.write_str("  finish(((\"end\")))\n")?;
    for end in &report.dfg.end {
        if let Some(number) = numbers.get(end.node.as_str()) {
            writeln!(out, "  n{number} -.->|\"{}\"| finish", end.count)?;
        }
    }
    Ok(())
}
