//! A picture for Graphviz. Leaves the places to it.
//!
//! Source: <https://graphviz.org/doc/info/lang.html>: within quotes `"` and `\` are escaped.

use alloc::format;
use alloc::string::String;

use super::{Picture, PictureNode, harmless, shortened};
use crate::wire::chain::ChainStatus;

pub(super) fn write(picture: &Picture) -> String {
    let mut out = format!("digraph {} {{\n", quoted(&picture.id));
    out.push_str("  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n");
    for node in &picture.nodes {
        out.push_str(&line(node));
    }
    for edge in &picture.edges {
        let style = if edge.critical { " [penwidth=3]" } else { "" };
        out.push_str(&format!("  {} -> {}{style};\n", quoted(&edge.from), quoted(&edge.to)));
    }
    out.push_str("}\n");
    out
}

fn line(node: &PictureNode) -> String {
    let label = quoted(&format!("{}\n{}", node.name, node.state()));
    let tooltip = node.why().map_or_else(String::new, |why| format!(", tooltip={}", quoted(&shortened(&why, WHY_MAX))));
    let width = if node.critical { 3 } else { 1 };
    let (fill, style) = look(node.status);
    let name = quoted(&node.name);
    format!(
        "  {name} [label={label}, style=\"{style}\", fillcolor=\"{fill}\", fontcolor=\"#111111\", penwidth={width}{tooltip}];\n"
    )
}

const fn look(status: ChainStatus) -> (&'static str, &'static str) {
    match status {
        ChainStatus::Successful => ("#d7f0dd", "filled,rounded"),
        ChainStatus::Failed => ("#fbdcd9", "filled,bold"),
        ChainStatus::Degraded => ("#fdeec2", "filled,rounded"),
        ChainStatus::Canceled => ("#e6e6e6", "filled,diagonals"),
        ChainStatus::Skipped => ("#ffffff", "filled,dotted"),
        ChainStatus::NotStarted => ("#ffffff", "filled,dashed"),
        ChainStatus::Running => ("#d6e6fb", "filled,rounded"),
    }
}

/// A quoted id. A line break is written as `\n`.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            other => out.push(harmless(other)),
        }
    }
    out.push('"');
    out
}

/// Letters of an error that are shown.
const WHY_MAX: usize = 200;
