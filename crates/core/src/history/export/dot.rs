//! The graph for Graphviz: nodes with their visits, edges as wide as they are frequent. Never an id that is not ours.

use alloc::collections::BTreeMap;
use core::fmt::{self, Write};

use super::super::number::{count, many};
use super::super::report::Report;
use super::super::text::{Dot, Length};

pub(super) fn write(report: &Report, out: &mut impl Write) -> fmt::Result {
    out.write_str("digraph history {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n")?;
    out.write_str("  edge [fontname=\"sans-serif\", fontsize=10];\n")?;
    let mut numbers = BTreeMap::new();
    for node in &report.dwell {
        let number = many(numbers.len());
        numbers.insert(node.node.as_str(), number);
        let (name, times) = (Dot(&node.node), &node.times);
        writeln!(out, "  n{number} [label=\"{name}\\n{} visits, mean {}\"];", times.count, Length(times.mean))?;
    }
    let most = report.dfg.edges.first().map_or(1, |edge| edge.times.count);
    for edge in &report.dfg.edges {
        let (Some(from), Some(to)) = (numbers.get(edge.from.as_str()), numbers.get(edge.to.as_str())) else { continue };
        let (times, width) = (&edge.times, 1.0 + 4.0 * count(edge.times.count) / count(most));
        let mean = Length(times.mean);
        writeln!(out, "  n{from} -> n{to} [label=\"{}, {mean}\", penwidth={width:.1}];", times.count)?;
    }
    for (ends, name, shape) in [(&report.dfg.start, "start", "circle"), (&report.dfg.end, "end", "doublecircle")] {
        writeln!(out, "  {name} [shape={shape}, label=\"{name}\"];")?;
        for end in ends {
            let Some(number) = numbers.get(end.node.as_str()) else { continue };
            if name == "start" {
                writeln!(out, "  start -> n{number} [label=\"{}\", style=dashed];", end.count)?;
            } else {
                writeln!(out, "  n{number} -> end [label=\"{}\", style=dashed];", end.count)?;
            }
        }
    }
    out.write_str("}\n")
}
