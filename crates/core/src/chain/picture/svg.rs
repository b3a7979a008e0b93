//! A picture as SVG: readable in light and dark, by a screen reader and without colour; no script, nothing from elsewhere.
//!
//! Sources: SVG 2; WAI-ARIA Graphics Module (`graphics-document`, `graphics-symbol`); XML 1.0, section 2.2 for what may stand in a text.

use alloc::format;
use alloc::string::String;

use super::{Picture, PictureEdge, PictureNode, duration, harmless, shortened};
use crate::chain::layout::{NODE_HEIGHT, NODE_WIDTH};
use crate::wire::chain::ChainStatus;

pub(super) fn write(picture: &Picture) -> String {
    let (width, height) = (picture.width, picture.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"graphics-document document\" aria-roledescription=\"chain\" aria-labelledby=\"title desc\">\n"
    );
    out.push_str(&format!("<title id=\"title\">Chain {}</title>\n", escaped(&picture.id)));
    out.push_str(&format!("<desc id=\"desc\">{}</desc>\n", escaped(&summary(picture))));
    out.push_str(&format!("<style>{STYLE}</style>\n<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n"));
    out.push_str("<defs>");
    for (id, class) in [("arrow", "tip"), ("arrow-critical", "tip critical")] {
        out.push_str(&format!(
            "<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"{class}\" d=\"M0 0 8 4 0 8z\"/></marker>"
        ));
    }
    out.push_str("</defs>\n<g aria-hidden=\"true\">\n");
    // Those of the critical path last, on top of the others.
    for edge in
        picture.edges.iter().filter(|edge| !edge.critical).chain(picture.edges.iter().filter(|edge| edge.critical))
    {
        out.push_str(&path(edge));
    }
    out.push_str("</g>\n");
    for node in &picture.nodes {
        out.push_str(&symbol(picture, node));
    }
    out.push_str("</svg>\n");
    out
}

/// What somebody who cannot see it is told first.
fn summary(picture: &Picture) -> String {
    let mut words = format!("Nodes: {}. Dependencies: {}.", picture.nodes.len(), picture.edges.len());
    for status in ChainStatus::ALL {
        let count = picture.nodes.iter().filter(|node| node.status == status).count();
        if count > 0 {
            words.push_str(&format!(" Of these {}: {count}.", status.name().replace('_', " ")));
        }
    }
    if !picture.critical_path.is_empty() {
        words.push_str(&format!(" Critical path: {}.", picture.critical_path.join(", ")));
    }
    words
}

/// Curves that leave and arrive level.
fn path(edge: &PictureEdge) -> String {
    let mut line = String::new();
    let mut last: Option<(u32, u32)> = None;
    for (x, y) in &edge.points {
        match last {
            None => line.push_str(&format!("M{x} {y}")),
            Some((_, before)) if before == *y => line.push_str(&format!("H{x}")),
            Some((from, before)) => {
                let middle = from.midpoint(*x);
                line.push_str(&format!("C{middle} {before} {middle} {y} {x} {y}"));
            }
        }
        last = Some((*x, *y));
    }
    let (class, arrow) = if edge.critical { ("edge critical", "arrow-critical") } else { ("edge", "arrow") };
    format!("<path class=\"{class}\" d=\"{line}\" marker-end=\"url(#{arrow})\"/>\n")
}

fn symbol(picture: &Picture, node: &PictureNode) -> String {
    let status = node.status.name();
    let critical = if node.critical { " critical" } else { "" };
    let mut out = format!(
        "<g class=\"node {status}{critical}\" role=\"graphics-symbol img\" aria-label=\"{}\" transform=\"translate({} {})\">",
        escaped(&spoken(picture, node)),
        node.x,
        node.y
    );
    let why = node.why().map_or_else(String::new, |why| format!(": {}", shortened(&why, WHY_MAX)));
    out.push_str(&format!("<title>{}</title>", escaped(&format!("{}, {}{why}", node.name, node.state()))));
    out.push_str(&format!("<rect width=\"{NODE_WIDTH}\" height=\"{NODE_HEIGHT}\" rx=\"8\"/>"));
    out.push_str(&format!("<text class=\"sign\" x=\"14\" y=\"32\">{}</text>", sign(node.status)));
    out.push_str(&format!(
        "<text class=\"name\" x=\"38\" y=\"22\">{}</text>",
        escaped(&shortened(&node.name, NAME_LETTERS))
    ));
    out.push_str(&format!("<text class=\"state\" x=\"38\" y=\"40\">{}</text></g>\n", escaped(&shown(node))));
    out
}

/// State, time and attempts, short enough for the box.
fn shown(node: &PictureNode) -> String {
    let mut words = node.status.name().replace('_', " ");
    if let Some(took) = node.latency_ms {
        words.push_str(&format!(" · {}", duration(took)));
    }
    if node.attempts > 1 {
        words.push_str(&format!(" · {}×", node.attempts));
    }
    shortened(&words, STATE_LETTERS)
}

/// What a screen reader says of a node.
fn spoken(picture: &Picture, node: &PictureNode) -> String {
    let mut words = format!("{}: {}", node.name, node.state());
    if let Some(why) = node.why() {
        words.push_str(&format!(", {}", shortened(&why, WHY_MAX)));
    }
    let mut needs = picture.edges.iter().filter(|edge| edge.to == node.name).map(|edge| edge.from.as_str()).peekable();
    if needs.peek().is_some() {
        words.push_str(". Needs ");
        for (number, need) in needs.enumerate() {
            words.push_str(if number == 0 { "" } else { ", " });
            words.push_str(need);
        }
    }
    if node.critical {
        words.push_str(". On the critical path");
    }
    words
}

const fn sign(status: ChainStatus) -> &'static str {
    match status {
        ChainStatus::Successful => "✓",
        ChainStatus::Failed => "✕",
        ChainStatus::Degraded => "≈",
        ChainStatus::Canceled => "⊘",
        ChainStatus::Skipped => "↷",
        ChainStatus::NotStarted => "○",
        ChainStatus::Running => "▶",
    }
}

/// What may stand in XML, with what XML would read written as references.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(harmless(other)),
        }
    }
    out
}

/// Colours with a contrast of at least 4.5 for texts and 3 for borders, in both schemes.
const STYLE: &str = "\
svg{color-scheme:light dark;font:13px system-ui,sans-serif}\
.page{fill:#fff}.edge{fill:none;stroke:#767676;stroke-width:1.5}.edge.critical{stroke:#111;stroke-width:3}.tip{fill:#767676}.tip.critical{fill:#111}\
.node rect{fill:#fff;stroke:#5c5c5c;stroke-width:1.5}.node.critical rect{stroke-width:3}.node text{fill:#111}.node .name{font-weight:600}.node .sign{font-size:16px}\
.successful rect{fill:#e3f5e7;stroke:#1a7f37}.failed rect{fill:#fde7e5;stroke:#b3261e}.degraded rect{fill:#fdf1cf;stroke:#8a6100}\
.canceled rect{fill:#ececec}.skipped rect{stroke-dasharray:2 4}.not_started rect{stroke-dasharray:6 4}.running rect{fill:#e1edfd;stroke:#0b57d0}\
@media (prefers-color-scheme:dark){.page{fill:#16181c}.edge{stroke:#8e9299}.edge.critical{stroke:#f2f2f2}.tip{fill:#8e9299}.tip.critical{fill:#f2f2f2}\
.node rect{fill:#1f2227;stroke:#a0a4ab}.node text{fill:#f2f2f2}.successful rect{fill:#12331d;stroke:#5fca7d}.failed rect{fill:#431713;stroke:#ff8a80}\
.degraded rect{fill:#3b2d07;stroke:#e5b94b}.canceled rect{fill:#2c2f34}.running rect{fill:#10294d;stroke:#7fb1ff}}";

/// Letters of a name that a node has room for.
const NAME_LETTERS: usize = 21;

/// Letters of a state that a node has room for.
const STATE_LETTERS: usize = 25;

/// Letters of an error that are shown.
const WHY_MAX: usize = 200;
