//! A picture for Mermaid, as pages on code hosts draw it. Leaves the places to it.
//!
//! Source: <https://mermaid.js.org/syntax/flowchart.html>: within quotes a character is written as `#`, its code and `;`.

use alloc::format;
use alloc::string::String;

use super::{Picture, PictureNode, shortened};
use crate::wire::chain::ChainStatus;

pub(super) fn write(picture: &Picture) -> String {
    let mut out = String::from("flowchart LR\n");
    for (number, node) in picture.nodes.iter().enumerate() {
        out.push_str(&format!("  n{number}[\"{}\"]:::{}\n", label(node), node.status.name()));
    }
    let number = |name: &str| picture.nodes.iter().position(|node| node.name == name).unwrap_or_default();
    for edge in &picture.edges {
        let arrow = if edge.critical { "==>" } else { "-->" };
        out.push_str(&format!("  n{} {arrow} n{}\n", number(&edge.from), number(&edge.to)));
    }
    for status in ChainStatus::ALL {
        out.push_str(&format!("  classDef {} {}\n", status.name(), look(status)));
    }
    out
}

fn label(node: &PictureNode) -> String {
    let mut label = format!("{}<br/>{}", escaped(&node.name), escaped(&node.state()));
    if let Some(why) = node.why() {
        label.push_str(&format!("<br/>{}", escaped(&shortened(&why, WHY_MAX))));
    }
    label
}

const fn look(status: ChainStatus) -> &'static str {
    match status {
        ChainStatus::Successful => "fill:#d7f0dd,stroke:#1a7f37,color:#111",
        ChainStatus::Failed => "fill:#fbdcd9,stroke:#b3261e,stroke-width:3px,color:#111",
        ChainStatus::Degraded => "fill:#fdeec2,stroke:#8a6100,color:#111",
        ChainStatus::Canceled => "fill:#e6e6e6,stroke:#5c5c5c,color:#111",
        ChainStatus::Skipped => "fill:#fff,stroke:#5c5c5c,stroke-dasharray:2 4,color:#333",
        ChainStatus::NotStarted => "fill:#fff,stroke:#5c5c5c,stroke-dasharray:6 4,color:#333",
        ChainStatus::Running => "fill:#d6e6fb,stroke:#0b57d0,stroke-width:2px,color:#111",
    }
}

/// Only letters, digits and a few signs are themselves: everything else that Mermaid or HTML could read is a code.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            ' ' | '.' | ',' | '-' | '_' | '…' => out.push(letter),
            other if other.is_alphanumeric() => out.push(other),
            other if other.is_control() => out.push(' '),
            other => out.push_str(&format!("#{};", u32::from(other))),
        }
    }
    out
}

/// Letters of an error that are shown.
const WHY_MAX: usize = 80;
